"""The forms of ARC tasks in files: task files, challenge sets, and the text of a terminal."""

from __future__ import annotations

import re
from typing import Any

from hrm_toolkit.adapters.arc.text import from_json, parse_task
from hrm_toolkit.adapters.formats import arc
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
)

_HEADING = re.compile(r"(train|test) \d+|name \S.*")


def _claims_text(sample: Sample) -> Claim:
    return SURE if _HEADING.fullmatch(sample.first) else NO


def _read_text(text: str, options: ReadOptions) -> Loaded:
    puzzle = parse_task(text)
    return Loaded.of("ARC task, text", [(puzzle, arc.known_answer(puzzle))])


def _claims_record(value: Any) -> Claim:
    known = arc.is_task(value) or arc.is_challenges(value) or arc.is_submission(value)
    return SURE if known or (isinstance(value, dict) and value.get("task") == "arc") else NO


def _read_record(value: Any, options: ReadOptions) -> Loaded:
    if arc.is_submission(value):
        raise InputError("this is an ARC submission, which holds answers", expected="puzzles")
    if arc.is_challenges(value):
        return arc.read_challenges(value)
    stem = " ".join(options.path.stem.split())[:100] if options.path else ""
    puzzle = from_json(value, stem or None)
    kind = "arc puzzle, JSON" if "task" in value else "ARC task"
    return Loaded.of(kind, [(puzzle, arc.known_answer(puzzle))])


FORMS = (
    TextForm("an ARC task", "arc", _claims_text, _read_text),
    RecordForm("an ARC task", "arc", _claims_record, _read_record),
)
