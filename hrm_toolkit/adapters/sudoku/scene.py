"""Sudoku as a picture."""

from __future__ import annotations

from hrm_toolkit.adapters.sudoku.rules import SudokuAnswer, SudokuPuzzle
from hrm_toolkit.core.scene import INK, MARGIN, NEW, PALE, RULE, WRONG, Line, Scene, Shape, Words


def draw(puzzle: SudokuPuzzle, answer: SudokuAnswer | None) -> Scene:
    """The grid with its boxes: clues in ink, what the answer adds in blue, changed clues in red."""
    size = len(puzzle.grid)
    filled = puzzle.grid if answer is None or len(answer.grid) != size else answer.grid
    shapes: list[Shape] = []
    for i, row in enumerate(filled):
        for j, value in enumerate(row):
            clue = puzzle.grid[i][j]
            if value or clue:
                colour = INK if value == clue else WRONG if clue else NEW
                x, y = j + 0.5 + MARGIN, i + 0.5 + MARGIN
                shapes.append(Words(x, y, 0.6, str(value), colour, bool(clue)))
    height, width = puzzle.boxes
    end = size + MARGIN
    # Thin lines first, so that the box borders lie on top.
    for thick in (False, True):
        for k in range(size + 1):
            at = k + MARGIN
            for points, step in (
                (((MARGIN, at), (end, at)), height),
                (((at, MARGIN), (at, end)), width),
            ):
                if (k % step == 0) is thick:
                    colour = RULE if thick else PALE
                    shapes.append(Line(points, colour, 0.07 if thick else 0.025))
    side = size + 2 * MARGIN
    return Scene(side, side, tuple(shapes), (MARGIN, MARGIN))
