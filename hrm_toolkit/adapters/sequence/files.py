"""The forms of sequences in files: lines of numbers, and JSON objects.

The text has a heading and two lines::

    sequence of 9 ids
    given 3 4 5 6
    label . 5 4 6

``.`` stands where nothing is asked, ``?`` where a label is asked and not known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hrm_toolkit.adapters.sequence.rules import SequenceAnswer, SequencePuzzle
from hrm_toolkit.core import InputError, validate
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

_HEADING = re.compile(r"sequence(?: of ([0-9]{1,6}) ids)?")
_NOT_ASKED, _UNKNOWN = ".", "?"
_FIELDS = {"task", *SequencePuzzle.model_fields}


def render(puzzle: SequencePuzzle, answer: SequenceAnswer | None = None) -> str:
    """The text of a puzzle; with an answer, that in place of the label."""
    ids = "" if puzzle.vocabulary is None else f" of {puzzle.vocabulary} ids"
    lines = [f"sequence{ids}", _line("given", puzzle.tokens)]
    if answer is not None:
        asked = set(puzzle.places)
        said = [t if at in asked else _NOT_ASKED for at, t in enumerate(answer.tokens)]
        return "\n".join([*lines, _line("answer", said)])
    if puzzle.label is not None:
        lines.append(_line("label", [token or _NOT_ASKED for token in puzzle.label]))
    elif puzzle.asked is not None:
        asked = set(puzzle.asked)
        marks = [_UNKNOWN if at in asked else _NOT_ASKED for at in range(len(puzzle.tokens))]
        lines.append(_line("label", marks))
    return "\n".join(lines)


def _line(name: str, tokens: Sequence[int | str]) -> str:
    return f"{name} {' '.join(map(str, tokens))}"


def parse(text: str) -> SequencePuzzle:
    """The puzzle of such a text, or of a bare line of numbers.

    Raises:
        InputError: naming the line at fault.
    """
    lines = [line.split() for line in text.splitlines() if line.strip()]
    heading = _HEADING.fullmatch(" ".join(lines[0])) if lines else None
    data: dict[str, Any] = {}
    if heading is not None:
        lines = lines[1:]
        data["vocabulary"] = heading[1] and int(heading[1])
    elif len(lines) == 1 and lines[0][0] != "given":
        lines[0].insert(0, "given")
    parts = {line[0]: line[1:] for line in lines}
    if len(parts) != len(lines) or "given" not in parts or parts.keys() - {"given", "label"}:
        raise InputError(
            "this is no sequence",
            expected='lines "given 3 4 5" and "label . 5 4", or one line of numbers',
            got=text.strip()[:80],
        )
    data["tokens"] = _numbers("given", parts["given"])
    label = parts.get("label")
    if label is not None and _UNKNOWN in label:
        if set(label) - {_UNKNOWN, _NOT_ASKED}:
            raise InputError(
                "the label is known in part", expected='numbers and ".", or "?" and "."'
            )
        if len(label) != len(parts["given"]):
            raise InputError(
                f"the label has {len(label)} tokens", expected=str(len(data["tokens"]))
            )
        data["asked"] = [at for at, mark in enumerate(label) if mark == _UNKNOWN]
    elif label is not None:
        data["label"] = _numbers("label", ["0" if t == _NOT_ASKED else t for t in label])
    return validate(SequencePuzzle, data)


def parse_answer(puzzle: SequencePuzzle, text: str) -> SequenceAnswer:
    """The answer of a text: numbers, ``.`` or ``0`` where nothing is asked, or what is rendered.

    Raises:
        InputError: for what is no token, naming its place.
    """
    lines = [line.split() for line in text.splitlines() if line.strip()]
    named = [line[1:] for line in lines if line[0] in ("answer", "label")]
    if not named and len(lines) == 1:
        named = lines
    if len(named) != 1:
        raise InputError(
            "this is no answer to a sequence", expected=f"{len(puzzle.tokens)} numbers in a line"
        )
    tokens = _numbers("answer", ["0" if t == _NOT_ASKED else t for t in named[0]])
    return validate(SequenceAnswer, {"tokens": tokens})


def _numbers(name: str, words: Sequence[str]) -> list[int]:
    for at, word in enumerate(words, 1):
        if not (word.isascii() and word.isdigit() and len(word) <= 6):
            raise InputError(f"entry {at} is no token", path=name, expected="a number", got=word)
    return [int(word) for word in words]


def known(puzzle: SequencePuzzle) -> SequenceAnswer | None:
    """The label as an answer."""
    return None if puzzle.label is None else SequenceAnswer(tokens=puzzle.label)


def _claims_text(sample: Sample) -> Claim:
    return SURE if _HEADING.fullmatch(" ".join(sample.first.split())) else NO


def _read_text(text: str, options: ReadOptions) -> Loaded:
    blocks = re.split(r"(?m)^(?=[ \t]*sequence\b)", text)
    puzzles = [parse(block) for block in blocks if block.strip()]
    return Loaded.of("sequences, text", [(puzzle, known(puzzle)) for puzzle in puzzles])


def _claims_record(value: Any) -> Claim:
    if not isinstance(value, dict):
        return NO
    if value.get("task") == "sequence":
        return SURE
    if {"tokens", "label"} - value.keys():
        return no('it has no "tokens" and "label"')
    return SURE if value.keys() <= _FIELDS else NO


def _read_record(value: Any, options: ReadOptions) -> Loaded:
    puzzle = validate(SequencePuzzle, {"task": "sequence", **value})
    return Loaded.of("sequence puzzle, JSON", [(puzzle, known(puzzle))])


FORMS = (
    TextForm("a sequence", "sequence", _claims_text, _read_text),
    RecordForm("a sequence", "sequence", _claims_record, _read_record),
)
