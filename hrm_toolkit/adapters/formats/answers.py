"""Answers from files, for whoever wants one checked."""

from __future__ import annotations

import os
from typing import Any

from hrm_toolkit.adapters.arc.rules import ArcPuzzle
from hrm_toolkit.adapters.formats import arc
from hrm_toolkit.adapters.formats.source import read_source
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.core import Answer, AnyAdapter, InputError, Puzzle
from hrm_toolkit.core.files import placed


def read_answer(
    source: str | os.PathLike[str] | bytes, adapter: AnyAdapter, puzzle: Puzzle
) -> Answer:
    """The answer in a file (or in its content as bytes): JSON or text.

    JSON may be the answer's object, its main field alone (a grid, a path), a result object with
    an ``answer``, or an ARC submission. Text may be a filled grid, a maze marked with ``o``,
    a path of node names: ``A -> B``, or one a line, or whatever the adapter draws of an answer.

    Raises:
        InputError: saying what was found and what was expected.
    """
    text, path = read_source(source)
    where = str(path) if path else "the answer"
    # Python writes a list of cells as [(0, 1), ...], which is no JSON.
    if text.lstrip()[:1] in ("{", "[", '"') and not text.lstrip()[1:].lstrip().startswith("("):
        answer: Answer = placed(where, _from_json, text, adapter, puzzle)
    else:
        answer = placed(where, adapter.parse_answer, puzzle, text)
    return answer


def _from_json(text: str, adapter: AnyAdapter, puzzle: Puzzle) -> Any:
    value = read_json(text)
    if isinstance(value, dict) and "answer" in value:
        value = value["answer"]
        if value is None:
            raise InputError("the result has no answer", expected="an answer to check")
    if isinstance(puzzle, ArcPuzzle):
        value = _of_submission(value, puzzle)
    if isinstance(value, str):
        return adapter.parse_answer(puzzle, value)
    return adapter.coerce_answer(puzzle, value)


def _of_submission(value: Any, puzzle: ArcPuzzle) -> Any:
    """The entry for this task, where the value is a submission; else the value."""
    if not arc.is_submission(value):
        return value
    if puzzle.name in value:
        return arc.attempts(value[puzzle.name])
    if len(value) == 1 and puzzle.name is None:
        return arc.attempts(*value.values())
    raise InputError(f'the submission has no task "{puzzle.name}"', got=", ".join(value))
