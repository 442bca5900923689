"""Shakashaka: dark triangles in cells, so that what stays white falls into rectangles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator

from hrm_toolkit.adapters.constraint.generate import drawn, thin
from hrm_toolkit.adapters.constraint.kinds import Constraint, Count, exactly, some
from hrm_toolkit.adapters.constraint.literal import Literal as Lit
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil import canvas, codes
from hrm_toolkit.adapters.constraint.pencil.answers import ShadingAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Board, Numbers, Shading, require_board
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    Cell,
    cells,
    inside,
    layout,
    moved,
    near,
    on,
    place,
    squares,
)
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import InputError, WrongAnswer, validate
from hrm_toolkit.core.scene import INK

CORNERS: dict[int, Cell] = {1: (1, -1), 2: (1, 1), 3: (-1, 1), 4: (-1, -1)}
"""Where the dark corner of each triangle is: lower left, lower right, upper right, upper left."""
_OF = {corner: number for number, corner in CORNERS.items()}
_NAMES = {(1, -1): "lower left", (1, 1): "lower right", (-1, 1): "upper right"}
_NAMES[-1, -1] = "upper left"
SIGNS = ".◣◢◥◤"
"""How each value is drawn; in a text the digits 0 to 4 say the same."""

_HALVES = (
    ((0, 0), (0, 1), (1, 1)),
    ((0, 1), (1, 1), (1, 0)),
    ((0, 0), (1, 0), (1, 1)),
    ((0, 0), (1, 0), (0, 1)),
)
"""The corners of the half that values from 1 shade, as (x, y) from the upper left."""


def _triangles(grid: Numbers) -> Numbers:
    require_board(grid)
    for r, row in enumerate(grid, 1):
        for c, value in enumerate(row, 1):
            if not 0 <= value < len(SIGNS):
                raise InputError(f"row {r} column {c} is {value}", expected="0 to 4")
    return grid


class ShakashakaPuzzle(Board):
    """Walls, some with the number of triangles beside them."""

    task: Literal["shakashaka"] = "shakashaka"
    pattern, meaning = "#|[0-4]", "a number from 0 to 4, # for a wall, or . for a cell"


class ShakashakaAnswer(Shading):
    """0 for a white cell; for a triangle where its dark corner is, from 1 for the lower left one
    on: lower right, upper right, upper left.
    """

    task: Literal["shakashaka"] = "shakashaka"
    grid: Annotated[Numbers, AfterValidator(_triangles)]


class ShakashakaAdapter(ShadingAdapter[ShakashakaPuzzle, ShakashakaAnswer]):
    """Shakashaka."""

    task = title = "shakashaka"
    summary = "blacken halves of cells, so many a number, so that what is white is rectangles"
    puzzle_type, answer_type = ShakashakaPuzzle, ShakashakaAnswer
    default_sizes = (4, 5)
    largest = 8
    values = ("0", "1", "2", "3", "4")
    bare = "#"
    code = codes.SMALL
    colours = dict.fromkeys("#01234", INK)

    def board(self, grid: Sequence[Sequence[Any]]) -> ShakashakaPuzzle:
        """A puzzle with these clues; a number that is not told is a wall."""
        return super().board([["#" if clue == "?" else clue for clue in row] for row in grid])

    def write_board(self, puzzle: ShakashakaPuzzle) -> str:
        told = [("?" if clue == "#" else clue) for row in puzzle.grid for clue in row]
        return codes.SMALL.write(told)

    def declare(self, puzzle: ShakashakaPuzzle) -> Problem:
        said = {k: f"a triangle, dark at its {_NAMES[corner]}" for k, corner in CORNERS.items()}
        problem = Problem(words={0: "white", **said})
        shape, walls = puzzle.shape, puzzle.clues
        grid = problem.grid(*shape, 0, len(CORNERS))
        for cell, clue in walls.items():
            where, says = (
                f"the wall at {place(cell)}",
                f"a triangle is on the wall at {place(cell)}",
            )
            problem.add(exactly("wall", 1, on(grid, [cell], 0), where=where, says=says))
            if clue != "#":
                where, says = f"the {clue} at {place(cell)}", "{where} has {n} triangles beside it"
                of = [lit for k in CORNERS for lit in on(grid, near(shape, cell), k)]
                problem.add(exactly("number", int(clue), of, where=where, says=says, clue=cell))
        for cell in cells(shape):
            if cell not in walls:
                problem.add(_slopes(grid, cell, walls))
        for square in squares(shape):
            problem.add(_notches(grid, square, walls))
        return problem

    def answered(self, puzzle: ShakashakaPuzzle, answer: ShakashakaAnswer) -> list[list[str]]:
        shown = self.tokens(puzzle)
        for r, row in enumerate(answer.grid):
            for c, value in enumerate(row):
                if value and r < len(shown) and c < len(shown[r]):
                    shown[r][c] = SIGNS[value]
        return shown

    def parse_answer(self, puzzle: ShakashakaPuzzle, text: str) -> ShakashakaAnswer:
        shown = canvas.read_plain(*canvas.body(text))
        grid = [[max(SIGNS.find(sign), 0) for sign in row] for row in shown]
        return validate(self.answer_type, {"grid": grid})

    def drawn(self, puzzle: ShakashakaPuzzle, answer: ShakashakaAnswer) -> dict[str, Any]:
        return {
            "triangles": {
                (r, c): _HALVES[value - 1]
                for r, row in enumerate(answer.grid)
                for c, value in enumerate(row)
                if value and r < puzzle.shape[0] and c < puzzle.shape[1]
            }
        }

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[ShakashakaPuzzle, Values]:
        """Walls and an answer at random, and of all numbers those that are needed."""
        shape = height, width
        while True:
            wall = {cell for cell in cells(shape) if rng.random() < 0.25}
            bare = self.board(layout(shape, dict.fromkeys(wall, "#").get))
            x = drawn(self.declare(bare), rng)
            if x is None or not x.any():
                continue
            grid = x.reshape(shape)
            count = {cell: sum(bool(grid[n]) for n in near(shape, cell)) for cell in wall}
            puzzle = self.board(layout(shape, count.get))
            kept = thin(self.declare(puzzle), x, rng)
            if kept:
                return self.only(puzzle, kept), x

    def wrong_answers(self) -> Sequence[WrongAnswer[ShakashakaPuzzle, ShakashakaAnswer]]:
        return self.wrong(
            "# 3\n. .\n. .",
            {
                "the 3 at row 1 column 2 has 0 triangles beside it": [[0, 0], [0, 0], [0, 0]],
                "a triangle is on the wall at row 1 column 1": [[1, 0], [0, 0], [0, 0]],
                "the slope of row 2 column 1 ends at its upper right": [[0, 0], [4, 0], [0, 0]],
                "the white corner at row 3 column 2 is none of a rectangle": [
                    [0, 0],
                    [0, 0],
                    [0, 1],
                ],
            },
        )


def _slopes(grid: Values, cell: Cell, walls: dict[Cell, int | str]) -> Iterator[Constraint]:
    """A triangle's slope goes on at both of its ends: straight or by a right angle."""
    shape = grid.shape[0], grid.shape[1]

    def free(there: Cell) -> bool:
        return inside(shape, there) and there not in walls

    for number, (dr, dc) in CORNERS.items():
        # A slope ends at two corners of its cell, and the white lies on the side away from the
        # dark corner: beyond the cell's white sides is the cell that continues it, or, where that
        # is white, the one diagonally ahead.
        for side, end in (((0, -dc), (dr, -dc)), ((-dr, 0), (-dr, dc))):
            beside, ahead = moved(cell, side), moved(cell, end)
            turned: tuple[Lit, ...] = on(grid, [beside], _OF[end]) if free(beside) else ()
            straight = free(beside) and free(ahead)
            where = f"the slope of {place(cell)}"
            says = f"{{where}} ends at its {_NAMES[end]}"
            when = on(grid, [cell], number)
            for last in (on(grid, [ahead], number), on(grid, [beside], 0)) if straight else ((),):
                of = (*turned, *last)
                yield some("slope", of, when=when, where=where, says=says)


def _notches(
    grid: Values, square: Sequence[Cell], walls: dict[Cell, int | str]
) -> Iterator[Constraint]:
    """Where three cells of a square are white, the fourth is white or dark at the far corner."""
    (top, left), (low, right) = square[0], square[-1]
    for cell in square:
        others = [other for other in square if other != cell]
        if any(other in walls for other in others):
            continue
        far = (1 if cell[0] == low else -1, 1 if cell[1] == right else -1)
        of = () if cell in walls else on(grid, [cell], 0) + on(grid, [cell], _OF[far])
        yield Count(
            label="corner", of=of, low=1, high=2, when=on(grid, others, 0),
            where=f"the square at row {top + 1} column {left + 1}",
            says=f"the white corner at {place(cell)} is none of a rectangle",
        )  # fmt: skip
