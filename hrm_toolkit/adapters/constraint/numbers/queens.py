"""Queens: place n queens on an n x n board so that none attacks another, some being placed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from hrm_toolkit.adapters.constraint.generate import drawn, thin
from hrm_toolkit.adapters.constraint.kinds import at_most, exactly
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil.answers import ShadingAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Board, Shading
from hrm_toolkit.adapters.constraint.pencil.geometry import cells, layout, on, place
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import InputError, OptionError, WrongAnswer


class QueensPuzzle(Board):
    """A board with some queens."""

    task: Literal["queens"] = "queens"
    pattern, meaning = "Q", "Q for a queen, or . for none"


class QueensAnswer(Shading):
    """1 where a queen is."""

    task: Literal["queens"] = "queens"


class QueensAdapter(ShadingAdapter[QueensPuzzle, QueensAnswer]):
    """Completion of the n queens."""

    task = title = "queens"
    family = "numbers"
    summary = "place a queen in each row and column so that none attacks another"
    puzzle_type, answer_type = QueensPuzzle, QueensAnswer
    default_sizes = (6, 8)
    mark, dotted = "Q", True
    clue_words = ("Q",)

    def declare(self, puzzle: QueensPuzzle) -> Problem:
        side = puzzle.shape[0]
        if puzzle.shape != (side, side):
            raise InputError(f"the board is {side}x{puzzle.shape[1]}", expected="a square")
        problem = Problem(words={0: "empty", 1: "a queen"})
        grid = problem.grid(side, side)
        for k in range(side):
            for name, line in (("row", grid[k]), ("column", grid[:, k])):
                where = f"{name} {k + 1}"
                of, says = [(int(v), 1) for v in line], "{where} has {n} queens"
                problem.add(exactly(name, 1, of, where=where, says=says))
        for board, way in ((grid, "down"), (grid[:, ::-1], "up")):
            for k in range(2 - side, side - 1):
                of = [(int(v), 1) for v in np.diagonal(board, k)]
                where = f"the diagonal {way} by {problem.names[of[0][0]]}"
                says = "{where} has {n} queens"
                problem.add(at_most("diagonal", 1, of, where=where, says=says))
        for cell in puzzle.clues:
            where = f"the queen at {place(cell)}"
            says = "{where} is gone"
            problem.add(exactly("queen", 1, on(grid, [cell]), where=where, says=says, clue=cell))
        return problem

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[QueensPuzzle, Values]:
        """An answer at random, and of its queens those that are needed."""
        if height != width:
            raise OptionError("the board of the queens has one side", expected="one number")
        shape = height, width
        while True:
            x = drawn(self.declare(self.board(layout(shape, lambda cell: None))), rng)
            if x is None:
                continue
            held = {cell: "Q" for cell, v in zip(cells(shape), x.tolist(), strict=True) if v}
            puzzle = self.board(layout(shape, held.get))
            kept = thin(self.declare(puzzle), x, rng)
            if kept is not None:
                return self.only(puzzle, kept), x

    def wrong_answers(self) -> Sequence[WrongAnswer[QueensPuzzle, QueensAnswer]]:
        return self.wrong(
            ". Q . .\n. . . .\n. . . .\n. . . .",
            {
                "the queen at row 1 column 2 is gone": [
                    [0, 0, 1, 0],
                    [1, 0, 0, 0],
                    [0, 0, 0, 1],
                    [0, 1, 0, 0],
                ],
                "row 4 has 0 queens": [[0, 1, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0]],
                "the diagonal down by row 1 column 2 has 2 queens": [
                    [0, 1, 0, 0],
                    [0, 0, 1, 0],
                    [1, 0, 0, 0],
                    [0, 0, 0, 1],
                ],
            },
        )
