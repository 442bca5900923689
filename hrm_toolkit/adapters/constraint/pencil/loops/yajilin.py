"""Yajilin: one loop through all cells but clues and shaded ones, which arrows count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from hrm_toolkit.adapters.constraint.generate import thin
from hrm_toolkit.adapters.constraint.kinds import exactly
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil import codes
from hrm_toolkit.adapters.constraint.pencil.answers import LoopAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Board, Drawing, ends
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    STEPS,
    Cell,
    Pair,
    cells,
    drawn_loop,
    layout,
    near,
    none_adjacent,
    on,
    pairs,
    place,
    ray,
)
from hrm_toolkit.adapters.constraint.pencil.looping import lines_of, loop_of, ring
from hrm_toolkit.adapters.constraint.pencil.tasks import SHADED
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import WrongAnswer
from hrm_toolkit.core.scene import INK

_WAYS = dict(zip(codes.ARROWS[1:], STEPS, strict=True))


class YajilinPuzzle(Board):
    """Arrows such as ``2^``: so many cells are shaded that way; ``?`` tells nothing."""

    task: Literal["yajilin"] = "yajilin"
    pattern, meaning = r"\d{1,3}[\^v<>]?|\?[\^v<>]?", "a number with an arrow such as 2^, ?, or ."


class YajilinAnswer(Drawing):
    """Lines between cells; a cell without one that is no clue is shaded."""

    task: Literal["yajilin"] = "yajilin"


class YajilinAdapter(LoopAdapter[YajilinPuzzle, YajilinAnswer]):
    """Yajilin."""

    task = title = "yajilin"
    summary = "draw one loop that leaves out clues and shaded cells apart, which arrows count"
    puzzle_type, answer_type = YajilinPuzzle, YajilinAnswer
    default_sizes = (5,)
    bare, code, flags = "?", codes.ARROW, "b"
    clue_words = ("?", *(f"{k}{way}" for k in range(6) for way in "^v<>"))

    def declare(self, puzzle: YajilinPuzzle) -> Problem:
        problem = Problem(words={0: "no", 1: "yes"})
        shape = puzzle.shape
        variable = lines_of(problem, shape)
        shaded = np.array(
            [problem.var(f"the shading of {place(cell)}", place=cell) for cell in cells(shape)]
        ).reshape(shape)
        clues = puzzle.clues
        problem.add(none_adjacent(shaded, "shaded"))
        # A clue is never shaded, so that "not shaded" says that the loop leaves it out.
        off = {cell: (int(shaded[cell]), int(cell not in clues)) for cell in cells(shape)}
        loop_of(problem, shape, variable=variable, off=off)
        for cell, clue in clues.items():
            problem.add(exactly("clue", 0, on(shaded, [cell]), where=f"the clue at {place(cell)}"))
            told, way = str(clue)[:-1], _WAYS.get(str(clue)[-1])
            if way is not None and told != "?":
                where = f"the {clue} at {place(cell)}"
                says = "{n} cells are shaded along {where}"
                seen = on(shaded, ray(shape, cell, way))
                problem.add(exactly("arrow", int(told), seen, where=where, says=says, clue=cell))
        return problem

    def further(self, puzzle: YajilinPuzzle, lines: set[Pair]) -> list[int]:
        passed = {cell for line in lines for cell in line} | puzzle.clues.keys()
        return [int(cell not in passed) for cell in cells(puzzle.shape)]

    def answered(self, puzzle: YajilinPuzzle, answer: YajilinAnswer) -> list[list[str]]:
        shown = self.tokens(puzzle)
        for r, c in self.shaded(puzzle, answer):
            shown[r][c] = SHADED
        return shown

    def drawn(self, puzzle: YajilinPuzzle, answer: YajilinAnswer) -> dict[str, object]:
        fills = dict.fromkeys(self.shaded(puzzle, answer), INK)
        return {**super().drawn(puzzle, answer), "fills": fills}

    def shaded(self, puzzle: YajilinPuzzle, answer: YajilinAnswer) -> list[Cell]:
        held = self.further(puzzle, {ends(line) for line in answer.lines})
        return [cell for cell, value in zip(cells(puzzle.shape), held, strict=True) if value]

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[YajilinPuzzle, Values]:
        """A drawn loop; what it leaves out is shaded where it can be, else an arrow."""
        shape = height, width
        while True:
            loop = drawn_loop(rng, shape)
            passed = {cell for line in loop for cell in line}
            left = [cell for cell in cells(shape) if cell not in passed]
            shaded = set[Cell]()
            for k in rng.permutation(len(left)).tolist():
                if shaded.isdisjoint(near(shape, left[k])) and rng.random() < 0.8:
                    shaded.add(left[k])
            arrows = {}
            for cell in left:
                if cell not in shaded:
                    way = "^v<>"[int(rng.integers(4))]
                    seen = sum(there in shaded for there in ray(shape, cell, _WAYS[way]))
                    arrows[cell] = f"{seen}{way}"
            puzzle = self.board(layout(shape, arrows.get))
            x = np.array([int(two in loop) for two in pairs(shape)] + self.further(puzzle, loop))
            kept = thin(self.declare(puzzle), x, rng) if arrows else None
            if kept:
                return self.only(puzzle, kept), x

    def wrong_answers(self) -> Sequence[WrongAnswer[YajilinPuzzle, YajilinAnswer]]:
        return self.wrong(
            ". . .\n. 1^ .\n. . .",
            {
                "0 cells are shaded along the 1^ at row 2 column 2": ring(0, 0, 2, 2),
                "a line ends at row 1 column 1": ring(0, 0, 2, 2)[1:],
                "row 1 column 1 and row 1 column 2 are both shaded": ring(1, 0, 2, 2),
                "there is no line": [],
            },
        )
