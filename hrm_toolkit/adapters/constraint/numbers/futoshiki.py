"""Futoshiki: a latin square whose neighbours keep the signs < and > between them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import model_validator

from hrm_toolkit.adapters.constraint.generate import thin
from hrm_toolkit.adapters.constraint.kinds import Sum
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.numbers.filling import Filled, FillingAdapter, drawn_square
from hrm_toolkit.adapters.constraint.pencil import canvas
from hrm_toolkit.adapters.constraint.pencil.boards import MOST_CELLS, Board, Line, ends
from hrm_toolkit.adapters.constraint.pencil.geometry import inside, near, pairs, place
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import Clue, InputError, OptionError, WrongAnswer, validate
from hrm_toolkit.core.rules import Place
from hrm_toolkit.core.scene import INK, MARGIN, Scene, Words

_ACROSS, _DOWN = "<>", "^v"
"""Signs between cells, open to the larger one: the first of each says that it comes second."""


class FutoshikiPuzzle(Board):
    """A square, some of whose numbers are given, with signs between neighbours.

    Attributes:
        less: [row, column, row, column] of two neighbours, the smaller one first.
    """

    task: Literal["futoshiki"] = "futoshiki"
    pattern, meaning = "[1-9][0-9]?", "a number, or . for none"
    less: tuple[Line, ...] = ()

    @model_validator(mode="after")
    def _signs_are_between_neighbours(self) -> FutoshikiPuzzle:
        if len(self.less) > 2 * MOST_CELLS:
            raise InputError("there are too many signs", expected="one between two neighbours")
        for line in self.less:
            a, b = ends(line)
            if not inside(self.shape, a) or b not in near(self.shape, a):
                raise InputError(f"the sign {list(line)} is between no neighbours")
        return self


class FutoshikiAnswer(Filled):
    """The square filled."""

    task: Literal["futoshiki"] = "futoshiki"


class FutoshikiAdapter(FillingAdapter[FutoshikiPuzzle, FutoshikiAnswer]):
    """Futoshiki."""

    task = title = "futoshiki"
    summary = "fill a square so that lines hold 1 to n once and neighbours keep < and >"
    puzzle_type, answer_type = FutoshikiPuzzle, FutoshikiAnswer
    default_sizes = (4, 5)
    smallest = 2

    def declare(self, puzzle: FutoshikiPuzzle) -> Problem:
        problem, grid = self.squared(puzzle)
        side = puzzle.shape[0]
        for line in puzzle.less:
            a, b = ends(line)
            where = f"{place(a)} < {place(b)}"
            scope = (int(grid[a]), int(grid[b]))
            problem.add(
                Sum(
                    label="less", scope=scope, low=1 - side, high=-1, coefficients=(1, -1),
                    where=where, says="{where} does not hold", clue=line,
                )
            )  # fmt: skip
        return problem

    def laid_out(
        self, puzzle: FutoshikiPuzzle, shown: list[list[str]], answer: FutoshikiAnswer | None
    ) -> str:
        width = max(len(text) for row in shown for text in row)
        drawn = []
        for r, row in enumerate(shown):
            line, below = "", ""
            for c, text in enumerate(row):
                line += f"{text:{width}} {self._sign(puzzle, (r, c, r, c + 1), _ACROSS)} "
                below += f"{self._sign(puzzle, (r, c, r + 1, c), _DOWN):{width}}   "
            drawn += [line.rstrip(), below.rstrip()]
        return "\n".join(drawn).rstrip()

    def _sign(self, puzzle: FutoshikiPuzzle, line: Line, signs: str) -> str:
        back = (*line[2:], *line[:2])
        return signs[0] if line in puzzle.less else signs[1] if back in puzzle.less else " "

    def parse(self, text: str) -> FutoshikiPuzzle:
        lines, shape = canvas.body(text)
        grid: list[list[str]] = []
        between: list[str] = []
        for line in lines:
            if set(line) <= set(f"{_DOWN} "):
                between[-1:] = [line]
            else:
                grid.append([sign for sign in line.split() if sign not in _ACROSS])
                between.append("")
        if not grid or len(between) != len(grid):
            raise InputError("the board begins with signs", expected="a row of cells first")
        puzzle = validate(self.puzzle_type, {"grid": grid})
        if shape not in (None, puzzle.shape):
            raise InputError(f"the board is {puzzle.size_words}", expected="what its heading says")
        less = [*self._across(lines, puzzle), *self._below(between, grid, puzzle)]
        return validate(self.puzzle_type, {"grid": grid, "less": sorted(less)})

    def _across(self, lines: Sequence[str], puzzle: FutoshikiPuzzle) -> list[Line]:
        rows = [line.split() for line in lines if not set(line) <= set(f"{_DOWN} ")]
        less: list[Line] = []
        for r, signs in enumerate(rows):
            c = -1
            for sign in signs:
                if sign not in _ACROSS:
                    c += 1
                elif 0 <= c < puzzle.shape[1] - 1:
                    here, there = (r, c), (r, c + 1)
                    less.append((*here, *there) if sign == "<" else (*there, *here))
                else:
                    raise InputError(f"row {r + 1} has {sign} at a side", expected="two neighbours")
        return less

    def _below(
        self, between: Sequence[str], grid: list[list[str]], puzzle: FutoshikiPuzzle
    ) -> list[Line]:
        step = max(len(text) for row in grid for text in row) + 3
        less: list[Line] = []
        for r, line in enumerate(between):
            for at, sign in enumerate(line):
                if sign == " ":
                    continue
                c, off = divmod(at, step)
                if off or c >= puzzle.shape[1] or r + 1 >= puzzle.shape[0]:
                    raise InputError(
                        f"{sign} below row {r + 1} is out of place",
                        expected="it under the first sign of a cell, with a cell below",
                    )
                here, there = (r, c), (r + 1, c)
                less.append((*here, *there) if sign == "^" else (*there, *here))
        return less

    def parse_answer(self, puzzle: FutoshikiPuzzle, text: str) -> FutoshikiAnswer:
        rows = [line for line in canvas.body(text)[0] if not set(line) <= set(f"{_DOWN} ")]
        grid = [[sign for sign in line.split() if sign not in _ACROSS] for line in rows]
        told = [[0 if sign == "." else sign for sign in row] for row in grid]
        return validate(self.answer_type, {"grid": told})

    def scene(self, puzzle: FutoshikiPuzzle, answer: FutoshikiAnswer | None = None) -> Scene:
        drawn = super().scene(puzzle, answer)
        shapes: list[Words] = []
        for line in puzzle.less:
            (a, b), (c, d) = ends(line)
            signs = _ACROSS if a == c else _DOWN
            x, y = MARGIN + (b + d) / 2 + 0.5, MARGIN + (a + c) / 2 + 0.5
            shapes.append(Words(x, y, 0.4, signs[(a, b) > (c, d)], INK))
        return replace(drawn, shapes=(*drawn.shapes, *shapes))

    def clues(self, puzzle: FutoshikiPuzzle) -> Sequence[Clue]:
        signs = [
            Clue(f"{place(ends(line)[0])} < {place(ends(line)[1])}", line) for line in puzzle.less
        ]
        return [*super().clues(puzzle), *signs]

    def keeping(self, puzzle: FutoshikiPuzzle, clues: Sequence[Clue]) -> FutoshikiPuzzle:
        return self.only(puzzle, {tuple(c.data) if len(c.data) > 3 else tuple(c.data[:2])
                                  for c in clues})  # fmt: skip

    def only(self, puzzle: FutoshikiPuzzle, kept: Collection[Place]) -> FutoshikiPuzzle:
        grid = super().only(puzzle, kept).grid
        less = [line for line in puzzle.less if line in kept]
        return validate(self.puzzle_type, {"grid": grid, "less": less})

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[FutoshikiPuzzle, Values]:
        """A drawn square; of its numbers and signs those that are needed, signs rather."""
        if height != width:
            raise OptionError("a futoshiki has one side", expected="one number")
        while True:
            square = drawn_square(rng, height)
            less = [(*a, *b) if square[a] < square[b] else (*b, *a) for a, b in pairs(square.shape)]
            few = np.where(rng.random(square.shape) < 0.2, square, 0).tolist()
            grid = [[value or None for value in row] for row in few]
            puzzle = validate(self.puzzle_type, {"grid": grid, "less": sorted(less)})
            kept = thin(self.declare(puzzle), square.ravel(), rng)
            if kept is not None:
                return self.only(puzzle, kept), square.ravel()

    def wrong_answers(self) -> Sequence[WrongAnswer[FutoshikiPuzzle, FutoshikiAnswer]]:
        return self.wrong(
            "1 < .\n    v\n.   .",
            {
                "row 1 column 1 < row 1 column 2 does not hold": [[2, 1], [1, 2]],
                "row 2 column 2 < row 1 column 2 does not hold": [[1, 1], [2, 2]],
                "row 2 has 2 2s, at row 2 column 1 and row 2 column 2": [[1, 2], [2, 2]],
            },
        )
