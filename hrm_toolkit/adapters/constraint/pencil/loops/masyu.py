"""Masyu: one loop through all pearls; it goes straight through white ones, turns on black ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import numpy as np

from hrm_toolkit.adapters.constraint.generate import thin
from hrm_toolkit.adapters.constraint.kinds import at_most, exactly
from hrm_toolkit.adapters.constraint.literal import Literal as Held
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil import codes
from hrm_toolkit.adapters.constraint.pencil.answers import LoopAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Board, Clue, Drawing
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    STEPS,
    Cell,
    Pair,
    cells,
    drawn_loop,
    layout,
    moved,
    pair,
    pairs,
    place,
    turns,
)
from hrm_toolkit.adapters.constraint.pencil.looping import loop_of, ring
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import WrongAnswer
from hrm_toolkit.core.scene import INK

_PEARLS: tuple[Clue, ...] = (None, "o", "x")


def _read(text: codes.Text, count: int) -> list[Clue]:
    pearls = codes.read_bits(text, count, base=3, each=3)
    # Boards of digits alone have passed through programs that took them for numbers.
    if text.text[text.at :] == ".0":
        text.take(2)
    return [_PEARLS[k] for k in pearls]


class MasyuPuzzle(Board):
    """Pearls: o is white, x is black."""

    task: Literal["masyu"] = "masyu"
    pattern, meaning = "o|x", "o for a white pearl, x for a black one, or . for none"


class MasyuAnswer(Drawing):
    """Lines between cells."""

    task: Literal["masyu"] = "masyu"


class MasyuAdapter(LoopAdapter[MasyuPuzzle, MasyuAnswer]):
    """Masyu."""

    task = title = "masyu"
    summary = "draw one loop, straight through white pearls and turning on black ones"
    puzzle_type, answer_type = MasyuPuzzle, MasyuAnswer
    default_sizes = (5, 6)
    clue_words = ("o", "x")
    circles: ClassVar[Mapping[str, str]] = {"o": "white", "x": INK}
    code = codes.Code(
        _read,
        lambda clues: codes.write_bits([_PEARLS.index(k) for k in clues], base=3, each=3),
    )

    def declare(self, puzzle: MasyuPuzzle) -> Problem:
        problem = Problem(words=self.words)
        variable = loop_of(problem, puzzle.shape)

        def line(cell: Cell, step: Cell, times: int = 0) -> tuple[Held, ...]:
            """The line so many steps away in a direction; none off the board."""
            two = pair(moved(cell, step, times), moved(cell, step, times + 1))
            return ((variable[two], 1),) if two in variable else ()

        for cell, clue in puzzle.clues.items():
            where = f"the {'white' if clue == 'o' else 'black'} pearl at {place(cell)}"
            more = {"where": where, "clue": cell}
            every = [end for step in STEPS for end in line(cell, step)]
            problem.add(exactly("pearl", 2, every, says="{where} is not passed", **more))
            for step in STEPS:
                back, here = (-step[0], -step[1]), line(cell, step)
                if clue == "x":
                    sides = (*here, *line(cell, back))
                    problem.add(exactly("turn", 1, sides, says="{where} is no turn", **more))
                if not here:
                    continue
                if clue == "x":
                    says, on = "the loop turns beside {where}", line(cell, step, 1)
                    problem.add(exactly("straight", 1, on, when=here, says=says, **more))
                else:
                    says, on = "the loop turns on {where}", line(cell, back)
                    problem.add(exactly("straight", 1, on, when=here, says=says, **more))
                    says, on = (
                        "{where} has no turn beside it",
                        (*line(cell, step, 1), *line(cell, back, 1)),
                    )
                    problem.add(at_most("turn", 1, on, when=here, says=says, **more))
        return problem

    def make(self, rng: np.random.Generator, height: int, width: int) -> tuple[MasyuPuzzle, Values]:
        """A drawn loop, and of all pearls that it may have those that are needed."""
        shape = height, width
        while True:
            loop = drawn_loop(rng, shape)
            x = np.array([int(two in loop) for two in pairs(shape)], np.int64)
            pearls = {cell: _pearl(loop, cell) for cell in cells(shape)}
            puzzle = self.board(layout(shape, pearls.get))
            kept = thin(self.declare(puzzle), x, rng)
            if kept:
                return self.only(puzzle, kept), x

    def wrong_answers(self) -> Sequence[WrongAnswer[MasyuPuzzle, MasyuAnswer]]:
        return self.wrong(
            "x . . .\n. o . .\n. . . .\n. . . .",
            {
                "the white pearl at row 2 column 2 is not passed": ring(0, 0, 3, 3),
                "the loop turns on the white pearl at row 2 column 2": ring(0, 0, 1, 1),
                "the loop turns beside the black pearl at row 1 column 1": ring(0, 0, 1, 1),
                "there is no line": [],
            },
        )


def _pearl(loop: set[Pair], cell: Cell) -> str | None:
    """The pearl that a loop may have in a cell."""
    ways = turns(loop, cell)
    if not ways:
        return None
    straight = [_straight(turns(loop, moved(cell, step))) for step in ways]
    if _straight(ways):
        return None if all(straight) else "o"
    return "x" if all(straight) else None


def _straight(ways: list[Cell]) -> bool:
    return ways[0][0] + ways[1][0] == 0 and ways[0][1] + ways[1][1] == 0
