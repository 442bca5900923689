"""Slitherlink: one loop along the sides of cells; a number tells how many of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from hrm_toolkit.adapters.constraint.generate import thin
from hrm_toolkit.adapters.constraint.kinds import exactly
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil import codes
from hrm_toolkit.adapters.constraint.pencil.answers import LoopAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Board, Drawing
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    Cell,
    Pair,
    cells,
    drawn_loop,
    layout,
    pairs,
    place,
)
from hrm_toolkit.adapters.constraint.pencil.looping import loop_of, ring
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import WrongAnswer


class SlitherlinkPuzzle(Board):
    """How many sides of a cell the loop takes."""

    task: Literal["slitherlink"] = "slitherlink"
    pattern, meaning = r"[0-4?]", "how many sides, 0 to 4, ?, or . for none"


class SlitherlinkAnswer(Drawing):
    """Lines between corners of cells; corner [0, 0] is the upper left one."""

    task: Literal["slitherlink"] = "slitherlink"


class SlitherlinkAdapter(LoopAdapter[SlitherlinkPuzzle, SlitherlinkAnswer]):
    """Slitherlink."""

    task, title = "slitherlink", "slitherlink"
    summary = "draw one loop along sides of cells, as many a cell as its number says"
    puzzle_type, answer_type = SlitherlinkPuzzle, SlitherlinkAnswer
    default_sizes = (5, 6)
    corners = True
    code = codes.SMALL

    def declare(self, puzzle: SlitherlinkPuzzle) -> Problem:
        problem = Problem(words=self.words)
        variable = loop_of(problem, self.nodes(puzzle), "corner at {}")
        for cell, clue in puzzle.clues.items():
            if clue != "?":
                where = f"the {clue} at {place(cell)}"
                says = "{where} has {n} lines around it"
                of = [(variable[side], 1) for side in _sides(cell)]
                problem.add(exactly("number", int(clue), of, where=where, says=says, clue=cell))
        return problem

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[SlitherlinkPuzzle, Values]:
        """A drawn loop, and of all numbers those that are needed."""
        shape = height, width
        while True:
            loop = drawn_loop(rng, (height + 1, width + 1))
            x = np.array([int(two in loop) for two in pairs((height + 1, width + 1))], np.int64)
            count = {cell: sum(s in loop for s in _sides(cell)) for cell in cells(shape)}
            puzzle = self.board(layout(shape, count.get))
            kept = thin(self.declare(puzzle), x, rng)
            if kept:
                return self.only(puzzle, kept), x

    def wrong_answers(self) -> Sequence[WrongAnswer[SlitherlinkPuzzle, SlitherlinkAnswer]]:
        small, left, right = ring(0, 0, 1, 1), ring(0, 0, 3, 1), ring(0, 2, 3, 3)
        return self.wrong(
            "3 . .\n. . .\n. . .",
            {
                "the 3 at row 1 column 1 has 4 lines around it": small,
                "another line runs by corner at row 1 column 3": [*left, *right],
                "a line ends at corner at row 1 column 1": left[1:],
                "there is no line": [],
            },
        )


def _sides(cell: Cell) -> list[Pair]:
    r, c = cell
    return [
        ((r, c), (r, c + 1)),
        ((r + 1, c), (r + 1, c + 1)),
        ((r, c), (r + 1, c)),
        ((r, c + 1), (r + 1, c + 1)),
    ]
