"""Answers from files, for whoever wants one checked."""

from __future__ import annotations

import os
import re
from typing import Any

from hrm_toolkit.adapters.arc.rules import ArcAnswer, ArcPuzzle
from hrm_toolkit.adapters.formats import arc
from hrm_toolkit.adapters.formats.loaded import placed
from hrm_toolkit.adapters.formats.source import read_source
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.core import Answer, AnyAdapter, InputError, Puzzle, validate


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
    read = _from_json if text.lstrip()[:1] in ("{", "[", '"') else _from_text
    answer: Answer = placed(str(path) if path else "the answer", read, text, adapter, puzzle)
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
        return _from_text(value, adapter, puzzle)
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


def _from_text(text: str, adapter: AnyAdapter, puzzle: Puzzle) -> Any:
    if adapter.task == "maze":
        from hrm_toolkit.adapters.formats.maze import read_maze_answer

        return read_maze_answer(puzzle, text)
    if adapter.task == "graph":
        # Drawn with its answer, a graph has the path in the first line and itself below.
        drawn = re.fullmatch(r"(.*?)(  \(cost \S+\))?\ngraph (un)?directed\n.*", text, re.DOTALL)
        text = drawn[1] if drawn else text
        words = text.replace("->", "\n").replace("--", "\n").splitlines()
        path = [word.strip().strip('"') for word in words if word.strip()]
        return adapter.coerce_answer(puzzle, path)
    if isinstance(puzzle, ArcPuzzle):
        blocks = [block.split() for block in text.split("\n\n") if block.strip()]
        grids = [[[list(row.replace(".", "0")) for row in block]] for block in blocks]
        return validate(ArcAnswer, {"task": "arc", "attempts": grids})
    read = adapter.parse(text).model_dump()
    shared = {name: read[name] for name in adapter.answer_type.model_fields if name in read}
    return adapter.coerce_answer(puzzle, shared)
