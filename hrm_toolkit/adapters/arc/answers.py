"""ARC answers as people bring them: grids in text, a drawn task, bare grids, submissions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hrm_toolkit.adapters.arc.rules import ATTEMPTS, ArcAnswer, ArcPuzzle
from hrm_toolkit.adapters.arc.text import HEADING, UNKNOWN, task_blocks
from hrm_toolkit.core import InputError, validate

_FILES = ("attempt_1", "attempt_2")


def parse_attempts(puzzle: ArcPuzzle, text: str) -> ArcAnswer:
    """Attempts for each test: grids parted by empty lines, or a task drawn with its outputs.

    Cells are digits, ``.`` is 0; they may stand apart.

    Raises:
        InputError: when a grid is none, or there are not as many as tests.

    Example:
        >>> pair = {"input": [[1]], "output": [[2]]}
        >>> puzzle = ArcPuzzle(train=[pair], test=[{"input": [[3]]}])
        >>> parse_attempts(puzzle, "1 2\\n. 4").attempts
        ((((1, 2), (0, 4)),),)
    """
    if any(HEADING.fullmatch(line.strip()) for line in text.splitlines()):
        blocks = [rows for head, rows in task_blocks(text)[1] if head.startswith("test")]
        grids = [_drawn(rows) for rows in blocks]
        if not any(grids):
            raise InputError("the task is drawn without an answer", expected="an output a test")
    else:
        parts = re.split(r"\n[ \t\r]*\n", text.strip("\r\n"))
        grids = [[_grid(part.splitlines())] for part in parts if part.strip()]
    _require_count(puzzle, grids)
    return _answer(grids)


def coerce_attempts(puzzle: ArcPuzzle, value: Any) -> ArcAnswer:
    """An answer from JSON: attempts, a grid a test, one grid, or a file of several tasks' outputs.

    Raises:
        InputError: when it is none of these, or has nothing for this task.
    """
    if isinstance(value, Mapping):
        if "attempts" in value:
            return validate(ArcAnswer, {"task": "arc", **value})
        return coerce_attempts(puzzle, _of_task(puzzle, value))
    if isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        grids = [_attempts(entry) for entry in value]
        _require_count(puzzle, grids)
        return _answer(grids)
    depth = _depth(value)
    if depth == 2:
        value = [value]
    if depth in (2, 3):
        tests = len(puzzle.test)
        # Several grids for one test are attempts at it; else there is one for each.
        alone = tests == 1 and 1 < len(value) <= ATTEMPTS
        grids = [value] if alone else [[grid] for grid in value]
        _require_count(puzzle, grids)
        return _answer(grids)
    return _answer(value)


def _of_task(puzzle: ArcPuzzle, value: Mapping[str, Any]) -> Any:
    """The entry for this task in a submission or a file of solutions."""
    if puzzle.name is not None and puzzle.name in value:
        return value[puzzle.name]
    if len(value) == 1 and puzzle.name is None:
        return next(iter(value.values()))
    raise InputError(
        f'there is no answer for task "{puzzle.name}" here',
        expected=f'its id, as in a submission: {{"{puzzle.name}": [{{"attempt_1": grid, ...}}]}}',
        got=", ".join(map(str, value)),
    )


def _answer(grids: Any) -> ArcAnswer:
    return validate(ArcAnswer, {"task": "arc", "attempts": grids})


def _require_count(puzzle: ArcPuzzle, grids: Sequence[Any]) -> None:
    if len(grids) != len(puzzle.test):
        raise InputError(
            f"the answer is for {len(grids)} test inputs",
            expected=f"for {len(puzzle.test)}, which the task has",
        )


def _attempts(entry: Mapping[str, Any]) -> list[Any]:
    """The grids of a submission's entry for one test, or of a test with its output."""
    found = [entry[key] for key in (*_FILES, "output") if entry.get(key)]
    if not found and not set(_FILES) & set(entry):
        raise InputError("an entry has no attempt", expected='"attempt_1"', got=", ".join(entry))
    return found


def _depth(value: Any) -> int:
    """How deep lists are nested."""
    if not isinstance(value, list | tuple):
        return 0
    return 1 + max(map(_depth, value), default=0)


def _grid(rows: Sequence[str]) -> list[list[str]]:
    return [_cells(row) for row in rows if row.strip()]


def _cells(row: str) -> list[str]:
    cells = row.replace(".", "0").replace(",", " ").replace("|", " ").split()
    if len(cells) > 1 and any(len(cell) > 1 for cell in cells):
        raise InputError(
            "a row holds several numbers", expected="digits, as in 1 2 3 or 123", got=row
        )
    return cells if len(cells) > 1 else list("".join(cells))


def _drawn(rows: Sequence[str]) -> list[list[list[str]]]:
    """The attempts that a drawn test shows beside each other after its arrow."""
    arrow = next((row.index("->") for row in rows if "->" in row), None)
    if arrow is None:
        return []
    right = [row[arrow + 2 :].replace(" or ", "    ").rstrip() for row in rows]
    columns = sorted({m.start() for row in right for m in re.finditer(r"\S+", row)})
    grids = [[row[at:].split()[0] for row in right if row[at : at + 1].strip()] for at in columns]
    return [[list(row.replace(".", "0")) for row in grid] for grid in grids if grid != [UNKNOWN]]
