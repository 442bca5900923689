"""Norinori: shade two cells a room, in pairs that touch no other pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from hrm_toolkit.adapters.constraint.kinds import exactly
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil.answers import ShadingAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Rooms, Shading
from hrm_toolkit.adapters.constraint.pencil.geometry import cells, near, on, place
from hrm_toolkit.adapters.constraint.pencil.remaking import around_answer, with_rooms
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import WrongAnswer


class NorinoriPuzzle(Rooms):
    """Rooms."""

    task: Literal["norinori"] = "norinori"


class NorinoriAnswer(Shading):
    """1 where a cell is shaded."""

    task: Literal["norinori"] = "norinori"


class NorinoriAdapter(ShadingAdapter[NorinoriPuzzle, NorinoriAnswer]):
    """Norinori."""

    task = title = "norinori"
    summary = "shade two cells a room so that each shaded cell touches one other"
    puzzle_type, answer_type = NorinoriPuzzle, NorinoriAnswer
    default_sizes = (5,)
    code = None

    def declare(self, puzzle: NorinoriPuzzle) -> Problem:
        problem = Problem(words=self.words)
        grid = problem.grid(*puzzle.shape)
        for room in puzzle.by_room:
            where = f"the room at {place(room[0])}"
            says = "{where} has {n} shaded cells and not 2"
            problem.add(exactly("room", 2, on(grid, room), where=where, says=says))
        for cell in cells(puzzle.shape):
            where, says = f"the pair at {place(cell)}", f"{place(cell)} touches {{n}} shaded cells"
            beside = on(grid, near(puzzle.shape, cell))
            problem.add(exactly("pair", 1, beside, when=on(grid, [cell]), where=where, says=says))
        return problem

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[NorinoriPuzzle, Values]:
        """Rooms at random and an answer; then each change of a cell's room refutes another one."""
        shape = height, width
        return with_rooms(self, rng, shape, lambda: around_answer(self, rng, shape, 5))

    def wrong_answers(self) -> Sequence[WrongAnswer[NorinoriPuzzle, NorinoriAnswer]]:
        return self.wrong(
            "+---+---+---+\n| .   . | . |\n+   +   +   +\n| .   . | . |\n+---+---+---+",
            {
                "the room at row 1 column 1 has 0 shaded cells": [[0, 0, 1], [0, 0, 1]],
                "row 1 column 1 touches 0 shaded cells": [[1, 0, 1], [0, 1, 1]],
                "row 1 column 2 touches 2 shaded cells": [[1, 1, 1], [0, 0, 1]],
            },
        )
