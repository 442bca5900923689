"""ARC tasks as text: grids side by side for a terminal, and the task files' JSON."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any

from hrm_toolkit.adapters.arc.rules import ArcAnswer, ArcPuzzle, Grid
from hrm_toolkit.adapters.grid import text_rows
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.core import InputError, validate

_ARROW, _OR, _UNKNOWN = "  ->  ", "  or  ", "?"
_HEADING = re.compile(r"(train|test) \d+")


def render_task(puzzle: ArcPuzzle, answer: ArcAnswer | None) -> str:
    """Each demonstration as input -> output, blank cells as dots, under a heading of its own.

    Example:
        >>> pair = {"input": [[1, 0]], "output": [[0, 1], [2, 2]]}
        >>> puzzle = ArcPuzzle(name="demo", train=[pair], test=[{"input": [[3]]}])
        >>> print(render_task(puzzle, None))
        name demo
        train 1
        1.  ->  .1
                22
        test 1
        3  ->  ?
    """
    lines = [f"name {puzzle.name}"] if puzzle.name else []
    for number, pair in enumerate(puzzle.train, 1):
        lines += [f"train {number}", *_beside([pair.input, pair.output])]
    for index, test in enumerate(puzzle.test):
        shown: Sequence[Grid | None] = (test.output,)
        if answer is not None and index < len(answer.attempts):
            shown = answer.attempts[index] or (None,)
        lines += [f"test {index + 1}", *_beside([test.input, *shown])]
    return "\n".join(lines)


def parse_task(text: str) -> ArcPuzzle:
    """The task that ``render_task`` without an answer, or a task file's JSON, stands for.

    Raises:
        InputError: saying where and what was expected.
    """
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        return from_json(read_json(text.lstrip("\ufeff")))
    name, blocks = _blocks(text)
    parts: dict[str, list[dict[str, Any]]] = {"train": [], "test": []}
    for heading, rows in blocks:
        parts[heading.split()[0]].append(_pair(heading, rows))
    return validate(ArcPuzzle, {"name": name, **parts})


def from_json(data: Any, name: str | None = None) -> ArcPuzzle:
    """A task from a task file's object, with its ``train`` and ``test``.

    Args:
        name: the task's id, where the object does not carry one.

    Raises:
        InputError: naming the first field at fault.
    """
    if not isinstance(data, dict):
        raise InputError("this is not an ARC task", expected='an object with "train" and "test"')
    return validate(ArcPuzzle, {"task": "arc", "name": name, **data})


def _beside(grids: Sequence[Grid | None]) -> list[str]:
    columns = [[_UNKNOWN] if grid is None else list(map(_row, grid)) for grid in grids]
    lines = []
    for number, cells in enumerate(itertools.zip_longest(*columns, fillvalue="")):
        line = ""
        for place, (cell, column) in enumerate(zip(cells, columns, strict=True)):
            joint = ("", _ARROW, *[_OR] * len(columns))[place]
            line += (joint if number == 0 else " " * len(joint)) + cell.ljust(len(column[0]))
        lines.append(line.rstrip())
    return lines


def _row(row: Sequence[int]) -> str:
    return "".join(str(colour) if colour else "." for colour in row)


def _blocks(text: str) -> tuple[str | None, list[tuple[str, list[str]]]]:
    name: str | None = None
    blocks: list[tuple[str, list[str]]] = []
    rows, first = text_rows(text)
    for number, row in enumerate(rows, first):
        if number == first and row.startswith("name "):
            name = row.removeprefix("name ").strip()
        elif _HEADING.fullmatch(row.strip()):
            blocks.append((row.strip(), []))
        elif blocks:
            blocks[-1][1].append(row)
        else:
            raise InputError(
                f"line {number} does not begin an ARC task",
                expected='"train 1" and rows such as "1.  ->  .1", or the JSON of a task',
                got=row,
            )
    return name, blocks


def _pair(heading: str, rows: Sequence[str]) -> dict[str, Any]:
    """Input and output of one block; an indented row belongs to the output alone."""
    left: list[list[str]] = []
    right: list[list[str]] = []
    for row in filter(str.strip, rows):
        cells = row.replace("->", " ").replace(".", "0").split()
        if row[0] != " ":
            left.append(list(cells.pop(0)))
        if len(cells) > 1:
            raise InputError(
                f"{heading} has a row of too many grids", expected="input -> output", got=row
            )
        if cells:
            right.append(list(cells[0]))
    unknown = heading.startswith("test") and right in ([], [[_UNKNOWN]])
    return {"input": left, "output": None if unknown else right}
