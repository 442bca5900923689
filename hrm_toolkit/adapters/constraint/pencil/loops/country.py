"""Country road: one loop that passes each room once, through as many cells as its number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from hrm_toolkit.adapters.constraint.generate import thin
from hrm_toolkit.adapters.constraint.kinds import exactly, some
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil.answers import LoopAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Drawing, Rooms
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    Cell,
    Pair,
    Shape,
    cells,
    drawn_loop,
    drawn_rooms,
    layout,
    moved,
    on,
    pairs,
    place,
    turns,
)
from hrm_toolkit.adapters.constraint.pencil.looping import lines_of, loop_of, ring
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import WrongAnswer


class CountryPuzzle(Rooms):
    """Rooms, some with the number of their cells that the loop passes."""

    task: Literal["country"] = "country"


class CountryAnswer(Drawing):
    """Lines between cells."""

    task: Literal["country"] = "country"


class CountryAdapter(LoopAdapter[CountryPuzzle, CountryAnswer]):
    """Country road."""

    task, title = "country", "country road"
    summary = "draw one loop that passes each room once, in as many cells as its number says"
    puzzle_type, answer_type = CountryPuzzle, CountryAnswer
    default_sizes = (5, 6)
    largest = 8

    def declare(self, puzzle: CountryPuzzle) -> Problem:
        problem = Problem(words={0: "no", 1: "yes"})
        shape, rooms = puzzle.shape, puzzle.by_room
        variable = lines_of(problem, shape)
        passed = np.array(
            [problem.var(f"the passing of {place(cell)}", place=cell) for cell in cells(shape)]
        ).reshape(shape)
        off = {cell: (int(passed[cell]), 0) for cell in cells(shape)}
        loop_of(problem, shape, variable=variable, off=off)
        gates: list[list[tuple[int, int]]] = [[] for _ in rooms]
        for two in pairs(shape):
            if not puzzle.walled(*two):
                continue
            # A border that ends inside a room has the room on both of its sides.
            for r, c in two:
                gates[puzzle.rooms[r][c]].append((variable[two], 1))
            where = f"the border of {place(two[0])} and {place(two[1])}"
            says = f"neither {place(two[0])} nor {place(two[1])}, across a border, is passed"
            problem.add(some("border", on(passed, two), where=where, says=says))
        for number, room in enumerate(rooms):
            where = f"the room at {place(room[0])}"
            says = "{where} has {n} lines over its border and not 2"
            if len(rooms) > 1:
                problem.add(exactly("gates", 2, gates[number], where=where, says=says))
            told = puzzle.numbers[number] if puzzle.numbers else None
            if told is not None:
                says = f"the loop passes {{n}} cells of {{where}} and not {told}"
                of = on(passed, room)
                problem.add(exactly("room", told, of, where=where, says=says, clue=room[0]))
        return problem

    def further(self, puzzle: CountryPuzzle, lines: set[Pair]) -> list[int]:
        passed = {cell for line in lines for cell in line}
        return [int(cell in passed) for cell in cells(puzzle.shape)]

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[CountryPuzzle, Values]:
        """A drawn loop, rooms around stretches of it, and of all numbers those that are needed."""
        shape = height, width
        while True:
            loop = drawn_loop(rng, shape)
            room = _along(rng, shape, loop)
            bare = self.roomed(layout(shape, room.__getitem__))
            x = np.array([*(int(two in loop) for two in pairs(shape)), *self.further(bare, loop)])
            passed = {cell for line in loop for cell in line}
            numbers = [sum(cell in passed for cell in part) for part in bare.by_room]
            puzzle = self.roomed(bare.rooms, numbers)
            problem = self.declare(puzzle)
            kept = thin(problem, x, rng) if problem.holds(x) else None
            if kept is not None:
                return self.only(puzzle, kept), x

    def wrong_answers(self) -> Sequence[WrongAnswer[CountryPuzzle, CountryAnswer]]:
        small, wide = ring(0, 0, 1, 1), ring(0, 0, 1, 2)
        three = "+---+---+---+\n| 2 | .   . |\n+   +   +   +\n| . | .   . |\n+   +---+---+"
        return self.wrong(
            f"{three}\n| . | 1   . |\n+---+---+---+",
            {
                "the loop passes 0 cells of the room at row 3 column 2 and not 1": wide,
                "has 3 lines over its border and not 2": [*ring(0, 0, 2, 2), [1, 0, 1, 1]],
                "neither row 2 column 3 nor row 3 column 3, across a border, is passed": small,
                "a line ends at row 1 column 1": wide[1:],
                "there is no line": [],
            },
        )


def _along(rng: np.random.Generator, shape: Shape, loop: set[Pair]) -> dict[Cell, int]:
    """Rooms that grow from stretches of a loop, of two to five cells."""
    cell = before = min(loop)[0]
    order: list[Cell] = []
    while not order or cell != order[0]:
        order.append(cell)
        ways = [moved(cell, step) for step in turns(loop, cell)]
        before, cell = cell, next(there for there in ways if there != before)
    room: dict[Cell, int] = {}
    # The stretches begin anywhere, so that a corner is no favourite of theirs.
    begin, number, left = int(rng.integers(len(order))), -1, 0
    for cell in [*order[begin:], *order[:begin]]:
        if not left:
            number, left = number + 1, int(rng.integers(2, 6))
        room[cell], left = number, left - 1
    return drawn_rooms(rng, shape, 0, room)
