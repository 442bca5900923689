"""Light up (akari): bulbs light rows and columns up to a wall, and never each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from hrm_toolkit.adapters.constraint.generate import thin
from hrm_toolkit.adapters.constraint.kinds import at_most, exactly, some
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil import codes
from hrm_toolkit.adapters.constraint.pencil.answers import ShadingAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Board, Shading
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    cells,
    layout,
    near,
    on,
    place,
    sight,
)
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import WrongAnswer
from hrm_toolkit.core.scene import INK


class LightupPuzzle(Board):
    """Walls, some with the number of bulbs beside them."""

    task: Literal["lightup"] = "lightup"
    pattern, meaning = "#|[0-4]", "a number from 0 to 4, # for a wall, or . for a cell"


class LightupAnswer(Shading):
    """1 where a bulb is."""

    task: Literal["lightup"] = "lightup"


class LightupAdapter(ShadingAdapter[LightupPuzzle, LightupAnswer]):
    """Light up, which is akari."""

    task, title = "lightup", "light up"
    summary = "place bulbs so that every cell is lit and no bulb lights another"
    puzzle_type, answer_type = LightupPuzzle, LightupAnswer
    default_sizes = (6, 7)
    mark, dotted, bare = "*", True, "#"
    code = codes.SMALL
    colours = dict.fromkeys("#01234", INK)

    def board(self, grid: Sequence[Sequence[Any]]) -> LightupPuzzle:
        """A puzzle with these clues; a number that is not told is a wall."""
        return super().board([["#" if clue == "?" else clue for clue in row] for row in grid])

    def declare(self, puzzle: LightupPuzzle) -> Problem:
        problem = Problem(words={0: "empty", 1: "a bulb"})
        shape, walls = puzzle.shape, puzzle.clues
        bulb = problem.grid(*shape)
        for cell, clue in walls.items():
            says = f"a bulb is on the wall at {place(cell)}"
            problem.add(
                exactly("wall", 0, on(bulb, [cell]), where=f"the wall at {place(cell)}", says=says)
            )
            if clue != "#":
                where = f"the {clue} at {place(cell)}"
                says = "{where} has {n} bulbs beside it"
                beside = on(bulb, near(shape, cell))
                problem.add(exactly("number", int(clue), beside, where=where, says=says, clue=cell))
        for cell in cells(shape):
            if cell in walls:
                continue
            rays = sight(shape, cell, walls)
            for k in (*rays[1], *rays[3]):
                where = f"the bulbs at {place(cell)} and {place(k)} light each other"
                problem.add(at_most("bulbs", 1, on(bulb, [cell, k]), where=where, says="{where}"))
            lit, says = [cell, *(k for line in rays for k in line)], f"{place(cell)} is not lit"
            problem.add(some("lit", on(bulb, lit), where=f"{place(cell)} is lit", says=says))
        return problem

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[LightupPuzzle, Values]:
        """Walls at random, bulbs one by one where it is dark, and the numbers that are needed."""
        shape = height, width
        while True:
            every = cells(shape)
            walls = {cell for cell in every if rng.random() < 0.22}
            bulbs, lit = set(), set(walls)
            for k in rng.permutation(len(every)).tolist():
                if every[k] not in lit:
                    bulbs.add(every[k])
                    lit.update([every[k]], *sight(shape, every[k], walls))
            beside = {cell: sum(n in bulbs for n in near(shape, cell)) for cell in walls}
            puzzle = self.board(layout(shape, beside.get))
            x = np.array([int(cell in bulbs) for cell in every], np.int64)
            kept = thin(self.declare(puzzle), x, rng)
            if kept is not None:
                return self.only(puzzle, kept), x

    def wrong_answers(self) -> Sequence[WrongAnswer[LightupPuzzle, LightupAnswer]]:
        return self.wrong(
            ". . 2\n. # .\n. . .",
            {
                "row 2 column 1 is not lit": [[0, 0, 0], [0, 0, 0], [0, 0, 1]],
                "the bulbs at row 1 column 1 and row 3 column 1 light each other": [
                    [1, 0, 0],
                    [0, 0, 1],
                    [1, 0, 0],
                ],
                "a bulb is on the wall at row 2 column 2": [[0, 1, 0], [0, 1, 1], [1, 0, 0]],
                "the 2 at row 1 column 3 has 1 bulbs beside it": [[0, 1, 0], [0, 0, 0], [1, 0, 0]],
            },
        )
