"""Latin squares: each row and each column holds 1..n once. A whole task in one file."""

from typing import Literal

from hrm_toolkit.adapters.constraint.generate import thin
from hrm_toolkit.adapters.constraint.numbers.filling import Filled, FillingAdapter, drawn_square
from hrm_toolkit.adapters.constraint.pencil.boards import Board
from hrm_toolkit.core import OptionError


class LatinPuzzle(Board):
    task: Literal["latin-square"] = "latin-square"
    pattern, meaning = "[1-9]", "1 to 9, or . for a blank"


class LatinAnswer(Filled):
    task: Literal["latin-square"] = "latin-square"


class LatinSquareAdapter(FillingAdapter[LatinPuzzle, LatinAnswer]):
    task = title = "latin-square"
    summary = "fill an n x n grid so that each row and each column holds 1..n once"
    puzzle_type, answer_type = LatinPuzzle, LatinAnswer
    default_sizes, smallest, largest = (4, 5, 6), 2, 9

    def declare(self, puzzle):
        problem, _ = self.squared(puzzle)  # Each row and column holds 1..n once; clues stay.
        return problem

    def make(self, rng, height, width):
        if height != width:
            raise OptionError("a latin square has one side", expected="one number")
        while True:
            square = drawn_square(rng, height)
            full = self.board(square.tolist())
            kept = thin(self.declare(full), square.ravel(), rng)
            if kept is not None:
                return self.only(full, kept), square.ravel()

    def wrong_answers(self):
        cases = {
            "row 1 column 1 is not 1, as given": [[2, 1], [1, 2]],
            "row 2 has 2 2s, at row 2 column 1 and row 2 column 2": [[1, 2], [2, 2]],
            "row 1 column 2 is 3, which it cannot be": [[1, 3], [2, 1]],
        }
        return self.wrong("1 .\n. .", cases)
