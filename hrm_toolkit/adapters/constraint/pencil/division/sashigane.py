"""Sashigane: divide the board into Ls; circles are bends, arrows point to them from the ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import numpy as np

from hrm_toolkit.adapters.constraint.generate import drawn, other
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil import codes
from hrm_toolkit.adapters.constraint.pencil.answers import DivisionAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Board, Clue, Division
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    STEPS,
    Cell,
    Shape,
    cells,
    layout,
    moved,
    pairs,
    place,
    ray,
)
from hrm_toolkit.adapters.constraint.pieces import Partition, bounded
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import WrongAnswer

CIRCLE, ARROWS = "o", "^v<>"
_BACK = dict(zip(STEPS, "v^><", strict=True))
"""The arrow at the end of an arm that goes this way: it points back to the bend."""


class SashiganePuzzle(Board):
    """Circles where Ls bend, with their size if it is told, and arrows at their ends."""

    task: Literal["sashigane"] = "sashigane"
    pattern = rf"{CIRCLE}|[1-9]\d{{0,2}}|[\^v<>]"
    meaning = "o for a bend, its L's size, an arrow (^ v < >), or . for none"


class SashiganeAnswer(Division):
    """The number of each cell's L."""

    task: Literal["sashigane"] = "sashigane"


class SashiganeAdapter(DivisionAdapter[SashiganePuzzle, SashiganeAnswer]):
    """Sashigane."""

    task = title = "sashigane"
    summary = "divide the board into Ls that bend at circles and end where arrows point to bends"
    puzzle_type, answer_type = SashiganePuzzle, SashiganeAnswer
    default_sizes = (4, 5)
    largest = 6
    circles = dict.fromkeys(CIRCLE, "white")
    clue_words = (CIRCLE, *ARROWS, *map(str, range(3, 21)))

    def declare(self, puzzle: SashiganePuzzle) -> Problem:
        problem = Problem(words=self.words)
        index = {cell: k for k, cell in enumerate(cells(puzzle.shape))}
        names = [f"the side of {place(a)} and {place(b)}" for a, b in pairs(puzzle.shape)]
        borders = tuple(
            (index[a], index[b], problem.var(name, place=(*a, *b)))
            for name, (a, b) in zip(names, pairs(puzzle.shape), strict=True)
        )
        problem.add(
            Partition(
                label="L",
                where="each piece is an L that its signs fit",
                cells=tuple(map(place, index)),
                borders=borders,
                pieces=bounded(
                    tuple(sorted(index[cell] for cell in piece)) for piece in _pieces(puzzle)
                ),
            )
        )
        return problem

    def read_board(self, text: codes.Text, shape: Shape) -> SashiganePuzzle:
        return self.board(codes.rows(_CODE.read(text, shape[0] * shape[1]), shape))

    def write_board(self, puzzle: SashiganePuzzle) -> str:
        return _CODE.write([clue for row in puzzle.grid for clue in row])

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[SashiganePuzzle, Values]:
        """Ls at random; signs that other answers do not fit join some drawn; some are spared."""
        shape = height, width
        blank = self.board(layout(shape, lambda cell: None))
        every = self.declare(blank)
        while True:
            x = drawn(every, rng)
            if x is None:
                continue
            signs = _signs(self.answer_of(blank, x))
            told = {cell: sorted(mine, key=str)[0] for cell, mine in signs.items()
                    if rng.random() < 0.3}  # fmt: skip
            while True:
                puzzle = self.board(layout(shape, told.get))
                found = other(self.declare(puzzle), x)
                if found is None:
                    return self.spared(puzzle, x, rng), x
                theirs = _signs(self.answer_of(blank, found))
                ways = [
                    (cell, sign)
                    for cell, mine in signs.items()
                    for sign in mine
                    if sign not in theirs.get(cell, ()) and told.get(cell) != sign
                ]
                if not ways:
                    break
                cell, sign = ways[int(rng.integers(len(ways)))]
                told[cell] = sign

    def wrong_answers(self) -> Sequence[WrongAnswer[SashiganePuzzle, SashiganeAnswer]]:
        return self.wrong(
            "3 . .\n. . .",
            {
                "the piece at row 1 column 1, of 6, is none": [[0, 0, 0]] * 2,
                "the piece at row 2 column 1, of 3, is none": [[0, 0, 0], [1, 1, 1]],
                "the piece at row 1 column 1, of 3, is none": [[0, 1, 1], [0, 0, 1]],
            },
        )


def _pieces(puzzle: SashiganePuzzle) -> Iterator[list[Cell]]:
    """Every L that the signs in it fit."""
    clues, shape = puzzle.clues, puzzle.shape
    for bend in cells(shape):
        sign = clues.get(bend, CIRCLE)
        if sign in (*ARROWS,):
            continue
        arms = {step: list(_arms(bend, step, puzzle)) for step in STEPS}
        for up in STEPS[:2]:
            for side in STEPS[2:]:
                for one in arms[up]:
                    for two in arms[side]:
                        if sign in (CIRCLE, 1 + len(one) + len(two)):
                            yield [bend, *one, *two]


def _arms(bend: Cell, step: Cell, puzzle: SashiganePuzzle) -> Iterator[list[Cell]]:
    """The arms that may go from a bend: no sign within, none or an arrow to the bend at the end."""
    clues, arm = puzzle.clues, list[Cell]()
    for cell in ray(puzzle.shape, bend, step):
        arm.append(cell)
        sign = clues.get(cell)
        if sign is None or sign == _BACK[step]:
            yield list(arm)
        if sign is not None:
            return


def _signs(answer: SashiganeAnswer) -> dict[Cell, set[Clue]]:
    """What may stand in the cells of an answer: at bends and at ends."""
    parts: dict[int, set[Cell]] = {}
    for r, row in enumerate(answer.regions):
        for c, number in enumerate(row):
            parts.setdefault(number, set()).add((r, c))
    return {cell: signs for part in parts.values() for cell, signs in _signs_of(part)}


def _signs_of(part: set[Cell]) -> Iterable[tuple[Cell, set[Clue]]]:
    for cell in sorted(part):
        ways = [step for step in STEPS if moved(cell, step) in part]
        straight = len(ways) == 2 and ways[0][0] + ways[1][0] == 0 == ways[0][1] + ways[1][1]
        if len(ways) == 1:
            back = -ways[0][0], -ways[0][1]
            yield cell, {_BACK[back]}
        elif not straight:
            yield cell, {CIRCLE, len(part)}


def _sign(text: codes.Text, sign: str) -> tuple[Clue, int]:
    """A sign of a URL: arrows are g to j, a bend without a size is a dot."""
    if sign in "ghij":
        return ARROWS["ghij".index(sign)], 0
    if sign == ".":
        return CIRCLE, 0
    if sign == "-":
        return text.number(2), 0
    if sign not in codes.DIGITS[:16]:
        raise text.wrong(sign)
    return int(sign, 16), 0


def _written(clue: Clue) -> str:
    if isinstance(clue, int):
        return f"{clue:x}" if clue < 16 else f"-{clue:02x}"
    return "." if clue == CIRCLE else "ghij"[ARROWS.index(str(clue))]


_CODE = codes.cell_code(_sign, _written, "k")
