"""Maze files: rows of characters, and CSV of square mazes in one string each."""

from __future__ import annotations

import math

import numpy as np

from hrm_toolkit.adapters.formats.loaded import Loaded
from hrm_toolkit.adapters.grid import text_rows
from hrm_toolkit.adapters.maze import MazeAdapter, MazeAnswer, MazePuzzle
from hrm_toolkit.adapters.maze.adapter import PATH
from hrm_toolkit.core import InputError, Puzzle, validate


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


def read_maze_answer(puzzle: Puzzle, text: str) -> MazeAnswer:
    """The answer in a text of this maze marked with ``o``.

    Raises:
        InputError: when it shows another maze.
    """
    shown = MazeAdapter().parse(text)
    if shown != puzzle:
        raise InputError("the marked maze is another one", expected="the puzzle's own cells")
    return marked_path(shown, text_rows(text)[0])


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
