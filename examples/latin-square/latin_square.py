"""Latin squares: each row and each column holds 1..n once. A whole task in one file."""

from typing import Literal

import numpy as np

from hrm_toolkit.adapters.fill import FillAdapter, FillAnswer, FillCodec, FillPuzzle, FillRules
from hrm_toolkit.core import Example, OptionError, WrongAnswer


class LatinPuzzle(FillPuzzle):
    task: Literal["latin-square"] = "latin-square"


class LatinAnswer(FillAnswer):
    task: Literal["latin-square"] = "latin-square"


class LatinRules(FillRules[LatinPuzzle, LatinAnswer]):
    answer_type = LatinAnswer

    def units(self, n):
        rows = [[(r, c) for c in range(n)] for r in range(n)]
        return {"row": rows, "column": list(zip(*rows, strict=True))}


class LatinSquareAdapter(FillAdapter[LatinPuzzle, LatinAnswer]):
    task = "latin-square"
    summary = "fill an n x n grid so that each row and each column holds 1..n once"
    puzzle_type, answer_type = LatinPuzzle, LatinAnswer
    rules, codec = LatinRules(), FillCodec(LatinAnswer, largest=9)
    default_sizes = (4, 5, 6)
    relations = ("row", "column")

    def generate(self, rng, *, size=None, difficulty=None):
        self.require_difficulty(difficulty)
        n = int(rng.choice(self.default_sizes)) if size is None else size
        if n not in range(2, 10):
            raise OptionError("a side of this length is not made", expected="2 to 9", got=n)
        cyclic = np.add.outer(rng.permutation(n), rng.permutation(n)) % n
        full = rng.permutation(n)[cyclic] + 1
        answer = LatinAnswer(grid=full.tolist())
        return Example(self.dig(answer, rng), answer)

    def wrong_answers(self):
        puzzle = LatinPuzzle(grid=((1, 0), (0, 0)))
        cases = {
            "row 1 column 2 is blank": ((1, 0), (2, 1)),
            "row 1 column 1 is 2, given is 1": ((2, 1), (1, 2)),
            "column 2 holds 2 twice": ((1, 2), (1, 2)),
        }
        return [WrongAnswer(puzzle, LatinAnswer(grid=grid), says) for says, grid in cases.items()]
