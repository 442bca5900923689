"""Nurimisaki: unshaded paths whose ends, the capes, are all marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from hrm_toolkit.adapters.constraint.generate import drawn, thin
from hrm_toolkit.adapters.constraint.kinds import Constraint, Count, exactly
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil.answers import ShadingAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Board, Shading
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    cells,
    connected,
    layout,
    near,
    no_square,
    on,
    place,
    sight,
)
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.constraint.spread import View
from hrm_toolkit.core import WrongAnswer


class NurimisakiPuzzle(Board):
    """The capes: how many cells one sees from each, or ``?``."""

    task: Literal["nurimisaki"] = "nurimisaki"
    pattern, meaning = r"\?|[1-9]\d{0,2}", "how many cells a cape sees, ?, or . for none"


class NurimisakiAnswer(Shading):
    """1 where a cell is shaded."""

    task: Literal["nurimisaki"] = "nurimisaki"


class NurimisakiAdapter(ShadingAdapter[NurimisakiPuzzle, NurimisakiAnswer]):
    """Nurimisaki."""

    task = title = "nurimisaki"
    summary = "shade cells, no 2x2 square alike, so that the marked cells alone are dead ends"
    puzzle_type, answer_type = NurimisakiPuzzle, NurimisakiAnswer
    default_sizes = (5, 6)
    bare = "?"

    def declare(self, puzzle: NurimisakiPuzzle) -> Problem:
        problem, grid = self._whole(puzzle.shape)
        for cell in cells(puzzle.shape):
            clue, open_ = puzzle.clues.get(cell), on(grid, near(puzzle.shape, cell), 0)
            where, says = f"{place(cell)} is no cape", f"{place(cell)} is an unmarked cape"
            if clue is None:
                inner = Count(
                    label="no cape", of=open_, low=2, high=4, when=on(grid, [cell], 0), where=where,
                    says=says,
                )  # fmt: skip
                problem.add(inner)
                continue
            where, says = f"the cape at {place(cell)}", f"the cape at {place(cell)} is shaded"
            problem.add(exactly("clue", 0, on(grid, [cell]), where=where, says=says))
            says = "{where} touches {n} unshaded cells and not 1"
            problem.add(exactly("cape", 1, open_, where=where, says=says))
            if clue != "?":
                arms = tuple(on(grid, arm, 0) for arm in sight(puzzle.shape, cell, ()))
                where = f"the {clue} at {place(cell)}"
                problem.add(View(label="view", arms=arms, n=int(clue) - 1, where=where, clue=cell))
        return problem

    def _whole(self, shape: tuple[int, int]) -> tuple[Problem, Values]:
        problem = Problem(words=self.words)
        grid = problem.grid(*shape)
        squares: list[Constraint] = no_square(grid, 1, "shaded") + no_square(grid, 0, "unshaded")
        problem.add(squares, connected(grid, 0, "unshaded"))
        return problem, grid

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[NurimisakiPuzzle, Values]:
        """A drawn pattern, its dead ends marked, and of all numbers those that are needed."""
        shape = height, width
        while True:
            x = drawn(self._whole(shape)[0], rng)
            if x is None:
                continue
            shaded = {cell for cell, v in zip(cells(shape), x.tolist(), strict=True) if v}
            capes = {
                cell: 1 + sum(map(len, sight(shape, cell, shaded)))
                for cell in cells(shape)
                if cell not in shaded and sum(n not in shaded for n in near(shape, cell)) == 1
            }
            puzzle = self.board(layout(shape, capes.get))
            problem = self.declare(puzzle)
            kept = thin(problem, x, rng) if problem.holds(x) else None
            if kept is not None:
                return self.only(puzzle, kept), x

    def wrong_answers(self) -> Sequence[WrongAnswer[NurimisakiPuzzle, NurimisakiAnswer]]:
        return self.wrong(
            "2 . .\n. . .\n. . .",
            {
                "the 2x2 square at row 2 column 1 is all unshaded": [
                    [0, 1, 1],
                    [0, 0, 0],
                    [0, 0, 0],
                ],
                "row 3 column 3 is an unmarked cape": [[0, 1, 1], [0, 1, 1], [0, 0, 0]],
                "the cape at row 1 column 1 touches 2 unshaded": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
                "the 2 at row 1 column 1 sees 2 cells": [[0, 1, 1], [0, 1, 0], [0, 0, 0]],
            },
        )
