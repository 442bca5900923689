"""Kurodoko: a number tells how many cells one sees from it, itself among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from hrm_toolkit.adapters.constraint.generate import thin
from hrm_toolkit.adapters.constraint.kinds import exactly
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil.answers import ShadingAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Board, Shading
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    apart,
    cells,
    connected,
    layout,
    none_adjacent,
    on,
    place,
    sight,
)
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.constraint.spread import View
from hrm_toolkit.core import WrongAnswer


class KurodokoPuzzle(Board):
    """How many cells one sees; ``?`` for a cell that is only not shaded."""

    task: Literal["kurodoko"] = "kurodoko"
    pattern, meaning = r"\?|[1-9]\d{0,2}", "how many cells one sees, ?, or . for none"


class KurodokoAnswer(Shading):
    """1 where a cell is shaded."""

    task: Literal["kurodoko"] = "kurodoko"


class KurodokoAdapter(ShadingAdapter[KurodokoPuzzle, KurodokoAnswer]):
    """Kurodoko."""

    task = title = "kurodoko"
    summary = "shade cells apart so that from each number one sees so many cells"
    puzzle_type, answer_type = KurodokoPuzzle, KurodokoAnswer
    default_sizes = (5, 6)

    def declare(self, puzzle: KurodokoPuzzle) -> Problem:
        problem = Problem(words=self.words)
        grid = problem.grid(*puzzle.shape)
        problem.add(none_adjacent(grid, "shaded"), connected(grid, 0, "unshaded"))
        for cell, clue in puzzle.clues.items():
            where, says = f"the {clue} at {place(cell)}", f"the clue at {place(cell)} is shaded"
            problem.add(exactly("clue", 0, on(grid, [cell]), where=where, says=says, clue=cell))
            if clue != "?":
                arms = tuple(on(grid, arm, 0) for arm in sight(puzzle.shape, cell, ()))
                view = View(label="view", arms=arms, n=int(clue) - 1, where=where, clue=cell)
                problem.add(view)
        return problem

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[KurodokoPuzzle, Values]:
        """Shaded cells apart, and of all numbers those that are needed."""
        shape = height, width
        while True:
            shaded = apart(rng, shape)
            x = np.array([int(cell in shaded) for cell in cells(shape)], np.int64)
            seen = {
                cell: 1 + sum(map(len, sight(shape, cell, shaded)))
                for cell in cells(shape)
                if cell not in shaded
            }
            puzzle = self.board(layout(shape, seen.get))
            kept = thin(self.declare(puzzle), x, rng)
            if kept:
                return self.only(puzzle, kept), x

    def wrong_answers(self) -> Sequence[WrongAnswer[KurodokoPuzzle, KurodokoAnswer]]:
        return self.wrong(
            "2 . .\n. . .\n. . .",
            {
                "the 2 at row 1 column 1 sees 4 cells and not 1": [[0, 0, 0], [0, 0, 0], [0, 0, 0]],
                "the clue at row 1 column 1 is shaded": [[1, 0, 0], [0, 0, 0], [0, 0, 0]],
                "row 1 column 2 and row 1 column 3 are both shaded": [
                    [0, 1, 1],
                    [0, 0, 0],
                    [1, 0, 0],
                ],
                "cut off from the others": [[0, 1, 0], [1, 0, 0], [0, 0, 0]],
            },
        )
