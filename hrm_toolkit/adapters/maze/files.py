"""Maze files: rows of characters, and CSV of square mazes in one string each."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from hrm_toolkit.adapters.grid import text_rows
from hrm_toolkit.adapters.maze import MazeAdapter, MazeAnswer, MazePuzzle
from hrm_toolkit.adapters.maze.adapter import PATH
from hrm_toolkit.core import InputError, validate
from hrm_toolkit.core.files import (
    MAYBE,
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


def read_maze(text: str) -> Loaded:
    """One maze, a row a line; a path marked with ``o`` is its answer.

    Raises:
        InputError: naming the row and column at fault.
    """
    puzzle = MazeAdapter().parse(text)
    answer = marked_path(puzzle, text_rows(text)[0]) if "o" in text else None
    return Loaded.of("maze text", [(puzzle, answer)])


def maze_record(question: str, answer: str | None) -> tuple[MazePuzzle, MazeAnswer | None]:
    """Puzzle and answer of one CSV record: square mazes over ``# SGo``, row after row."""
    puzzle = validate(MazePuzzle, {"task": "maze", "grid": _rows(question)})
    return puzzle, marked_path(puzzle, _rows(answer)) if answer else None


def read_maze_answer(puzzle: MazePuzzle, text: str) -> MazeAnswer:
    """The answer in a text of this maze marked with ``o``.

    Raises:
        InputError: when it shows another maze.
    """
    height, width = puzzle.shape
    if len(text) == height * width and "\n" not in text:
        # Published sets write a maze as one string, row after row.
        text = "\n".join(text[i : i + width] for i in range(0, len(text), width))
    shown, rows = MazeAdapter().parse(text), text_rows(text)[0]
    # A mark may stand on a wall: then the path is refuted, and this is still the same maze.
    marked = ["".join(map(_under, row, own)) for row, own in zip(rows, puzzle.grid, strict=False)]
    if shown.shape != puzzle.shape or _cells(marked) != puzzle.grid:
        raise InputError("the marked maze is another one", expected="the puzzle's own cells")
    return marked_path(puzzle, rows)


def _under(shown: str, own: str) -> str:
    return own if shown == "o" else shown


def _cells(rows: Sequence[str]) -> tuple[str, ...]:
    return MazePuzzle(grid=tuple(rows)).grid


def marked_path(puzzle: MazePuzzle, rows: list[str]) -> MazeAnswer:
    """The path along the cells marked ``o``, which may break off and is then refuted.

    Raises:
        InputError: when the marks are on a grid of another size.
    """
    if (len(rows), *{len(row) for row in rows}) != puzzle.shape:
        height, width = puzzle.shape
        raise InputError("the marked maze has another size", expected=f"{height} x {width} cells")
    marks = np.array([[cell == "o" for cell in row] for row in rows]).ravel()
    tokens = np.where(marks, PATH, MazeAdapter.codec.encode(puzzle)).astype(np.int32)
    return MazeAdapter.codec.decode(puzzle, tokens)


def _rows(cells: str) -> list[str]:
    side = math.isqrt(len(cells))
    if not cells or side * side != len(cells):
        raise InputError(
            f"the maze has {len(cells)} cells", expected="a square number of cells, such as 900"
        )
    return [cells[start : start + side] for start in range(0, len(cells), side)]


_CELLS = frozenset("#. SEGo")
_SOKOBAN = frozenset("#@+$*.- _")


def _claims_text(sample: Sample) -> Claim:
    if _is_sokoban(sample.lines):
        return no("it looks like Sokoban, which no adapter reads")
    if _share(sample.lines, _CELLS) > 0.7 and _walls_or_ends(sample.lines):
        return MAYBE
    return NO


def _is_sokoban(lines: Sequence[str]) -> bool:
    board = [line for line in lines if not line.startswith(";")]
    cells = set("".join(board))
    player_and_box = bool(cells & set("@+")) and bool(cells & set("$*"))
    return player_and_box and "#" in cells and _share(board, _SOKOBAN) > 0.9


def _walls_or_ends(lines: Sequence[str]) -> bool:
    """A wall or an end and no digit, as no Sudoku is; ``# words`` is a comment of one."""
    cells = set("".join(line for line in lines if not re.match(r"#\s*\w*[a-zB-DFH-RT-Z]", line)))
    return bool(cells & set("#SG")) and not cells & set("123456789")


def _share(lines: Sequence[str], cells: frozenset[str]) -> float:
    total = sum(map(len, lines))
    return sum(sum(map(cells.__contains__, line)) for line in lines) / max(total, 1)


def _claims_record(value: Any) -> Claim:
    if isinstance(value, str):
        return SURE if value and set(value) <= set("# SGo") else NO
    rows = value.get("grid") if isinstance(value, dict) else value
    cells = rows[:100] if isinstance(rows, list | str) else ()
    return SURE if any(set("#SG") & set(row) for row in cells if _flat(row)) else NO


def _flat(row: Any) -> bool:
    return isinstance(row, str) or (
        isinstance(row, list) and all(isinstance(cell, str) for cell in row)
    )


def _read_record(value: Any, options: ReadOptions) -> Loaded:
    if isinstance(value, str):
        return Loaded.of("maze text", [maze_record(value, None)])
    said = isinstance(value, dict) and "task" in value
    puzzle = MazeAdapter().coerce(value)
    return Loaded.of(f"maze {'puzzle' if said else 'grid'}, JSON", [(puzzle, None)])


FORMS = (
    TextForm("a maze", "maze", _claims_text, lambda text, options: read_maze(text)),
    RecordForm("a maze", "maze", _claims_record, _read_record),
)
