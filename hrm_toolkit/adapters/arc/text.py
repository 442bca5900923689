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

_ARROW, _OR, UNKNOWN = "  ->  ", "  or  ", "?"
HEADING = re.compile(r"(train|test) \d+")


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
    name, blocks = task_blocks(text)
    parts: dict[str, list[dict[str, Any]]] = {"train": [], "test": []}
    for heading, rows in blocks:
        parts[heading.split()[0]].append(_pair(heading, rows))
    return validate(ArcPuzzle, {"name": name, **parts})


def from_json(data: Any, name: str | None = None) -> ArcPuzzle:
    """A task from a task file's object, with its ``train`` and ``test``.

    Files of others say more (tags, an author, comments on a pair), which is no matter. An ``id``,
    ``task_id`` or ``name`` in the object names the task. A test whose output is ``[]`` has none
    that is known.

    Args:
        name: the task's id, where the object does not carry one.

    Raises:
        InputError: naming the first field at fault.

    Example:
        >>> pair = {"input": [[1]], "output": [[2]], "comment": "add one"}
        >>> task = from_json({"id": "x1", "train": [pair], "test": [{"input": [[3]]}]})
        >>> task.name, task.test[0].output
        ('x1', None)
    """
    if not isinstance(data, dict):
        raise InputError("this is not an ARC task", expected='an object with "train" and "test"')
    said = (_named(data.get(key)) for key in ("id", "task_id", "name"))
    kept = {key: data[key] for key in ("train", "test") if key in data}
    for part, pairs in kept.items():
        if isinstance(pairs, list):
            kept[part] = [_pair_alone(pair, part) for pair in pairs]
    task = data.get("task", "arc")
    if "name" in data and "task" in data:
        # Our own form says so where a task has no name.
        name = None
    return validate(ArcPuzzle, {"task": task, "name": next(filter(None, said), name), **kept})


def _named(value: Any) -> str | None:
    """A task's id as a name: one line of at most 100 characters."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return " ".join(str(value).split())[:100].strip() or None


def _pair_alone(pair: Any, part: str) -> Any:
    """A pair without what else its object says."""
    if not isinstance(pair, dict):
        return pair
    kept = {key: pair[key] for key in ("input", "output") if key in pair}
    if part == "test" and kept.get("output") == []:
        kept["output"] = None
    return kept


def _beside(grids: Sequence[Grid | None]) -> list[str]:
    columns = [[UNKNOWN] if grid is None else list(map(_row, grid)) for grid in grids]
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


def task_blocks(text: str) -> tuple[str | None, list[tuple[str, list[str]]]]:
    """The name of a task, and the rows under each heading such as "test 1"."""
    name: str | None = None
    blocks: list[tuple[str, list[str]]] = []
    rows, first = text_rows(text)
    for number, row in enumerate(rows, first):
        if number == first and row.startswith("name "):
            name = row.removeprefix("name ").strip()
        elif HEADING.fullmatch(row.strip()):
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
    unknown = heading.startswith("test") and right in ([], [[UNKNOWN]])
    return {"input": left, "output": None if unknown else right}
