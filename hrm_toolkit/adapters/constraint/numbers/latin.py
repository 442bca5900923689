"""Latin squares: each row and each column holds 1 to n once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from hrm_toolkit.adapters.constraint.generate import thin
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.numbers.filling import Filled, FillingAdapter, drawn_square
from hrm_toolkit.adapters.constraint.pencil.boards import Board
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import OptionError, WrongAnswer


class LatinPuzzle(Board):
    """A square, some of whose numbers are given."""

    task: Literal["latin"] = "latin"
    pattern, meaning = "[1-9][0-9]?", "a number, or . for none"


class LatinAnswer(Filled):
    """The square filled."""

    task: Literal["latin"] = "latin"


class LatinAdapter(FillingAdapter[LatinPuzzle, LatinAnswer]):
    """Latin squares."""

    task, title = "latin", "latin square"
    summary = "fill a square so that each row and each column holds 1 to n once"
    puzzle_type, answer_type = LatinPuzzle, LatinAnswer
    default_sizes = (4, 5, 6)
    smallest = 2

    def declare(self, puzzle: LatinPuzzle) -> Problem:
        return self.squared(puzzle)[0]

    def make(self, rng: np.random.Generator, height: int, width: int) -> tuple[LatinPuzzle, Values]:
        """A drawn square, and of its numbers those that are needed."""
        if height != width:
            raise OptionError("a latin square has one side", expected="one number")
        while True:
            square = drawn_square(rng, height)
            puzzle = self.board(square.tolist())
            kept = thin(self.declare(puzzle), square.ravel(), rng)
            if kept is not None:
                return self.only(puzzle, kept), square.ravel()

    def wrong_answers(self) -> Sequence[WrongAnswer[LatinPuzzle, LatinAnswer]]:
        return self.wrong(
            "1 .\n. .",
            {
                "row 1 column 1 is not 1, as given": [[2, 1], [1, 2]],
                "row 2 has 2 2s, at row 2 column 1 and row 2 column 2": [[1, 2], [2, 2]],
                "row 1 column 2 is 3, which it cannot be": [[1, 3], [2, 1]],
            },
        )
