"""Tapa: one wall without 2x2 squares; clues tell the runs of wall around them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import Literal

import numpy as np

from hrm_toolkit.adapters.constraint.generate import thin
from hrm_toolkit.adapters.constraint.kinds import exactly
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil import codes
from hrm_toolkit.adapters.constraint.pencil.answers import ShadingAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Board, Clue, Shading
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    RING,
    Cell,
    cells,
    connected,
    grown,
    inside,
    layout,
    moved,
    no_square,
    on,
    place,
    pruned,
    runs_around,
)
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.constraint.tables import Table
from hrm_toolkit.core import WrongAnswer


class TapaPuzzle(Board):
    """Clues such as ``3`` or ``1,2``: runs of wall in the cells around; ``?`` of any length."""

    task: Literal["tapa"] = "tapa"
    pattern = r"[0-8?]|[1-5?],[1-5?]|[1-3?](,[1-3?]){2}|[1?](,[1?]){3}"
    meaning = "runs of wall such as 3, 1,2 or 1,?, or . for none"


class TapaAnswer(Shading):
    """1 where the wall is."""

    task: Literal["tapa"] = "tapa"


# Two numbers in base 6, three in base 4, four in base 2: two signs in base 36 from these on.
_SEVERAL = ((2, 6, 360), (3, 4, 396), (4, 2, 460))


def _read(text: codes.Text, sign: str) -> tuple[Clue, int]:
    if sign in "012345678":
        return int(sign), 0
    if sign in "9.":
        return "1,1,1,1" if sign == "9" else "?", 0
    if sign not in "abcdef":
        raise text.wrong(sign)
    value = codes.DIGITS.index(sign) * 36 + text.number(1, 36)
    count, base, first = next(way for way in reversed(_SEVERAL) if value >= way[2])
    left = value - first
    if left >= base**count:
        raise text.wrong(sign)
    told = [left // base**k % base for k in range(count - 1, -1, -1)]
    return ",".join(str(number or "?") for number in told), 0


def _write(clue: Clue) -> str:
    told = [0 if number == "?" else int(number) for number in str(clue).split(",")]
    if len(told) == 1:
        return "." if clue == "?" else str(told[0])
    if told == [1, 1, 1, 1]:
        return "9"
    count, base, first = next(way for way in _SEVERAL if way[0] == len(told))
    value = first + sum(number * base ** (count - 1 - k) for k, number in enumerate(told))
    return codes.DIGITS[value // 36] + codes.DIGITS[value % 36]


class TapaAdapter(ShadingAdapter[TapaPuzzle, TapaAnswer]):
    """Tapa."""

    task = title = "tapa"
    summary = "shade a connected wall without 2x2 squares, with the runs that clues tell"
    puzzle_type, answer_type = TapaPuzzle, TapaAnswer
    default_sizes = (6, 7)
    code = codes.cell_code(_read, _write)

    def declare(self, puzzle: TapaPuzzle) -> Problem:
        problem = Problem(words=self.words)
        wall = problem.grid(*puzzle.shape)
        problem.add(no_square(wall, 1, "shaded"), connected(wall, 1, "shaded"))
        for cell, clue in puzzle.clues.items():
            where, says = f"the {clue} at {place(cell)}", f"the clue at {place(cell)} is shaded"
            problem.add(exactly("clue", 0, on(wall, [cell]), where=where, says=says, clue=cell))
            inner = tuple(inside(puzzle.shape, moved(cell, step)) for step in RING)
            scope = [
                int(wall[moved(cell, s)]) for s, there in zip(RING, inner, strict=True) if there
            ]
            rows = _around(inner, str(clue))
            says = "the wall around {where} has other runs"
            problem.add(
                Table(
                    label="runs", scope=tuple(scope), rows=rows, where=where, says=says, clue=cell
                )
            )
        return problem

    def make(self, rng: np.random.Generator, height: int, width: int) -> tuple[TapaPuzzle, Values]:
        """A wall that is grown and pruned, and of all clues around it those that are needed."""
        shape = height, width
        while True:
            held = pruned(rng, shape, grown(rng, shape), (height + width) // 2)
            x = np.array([int(cell in held) for cell in cells(shape)], np.int64)
            clues = {cell: _clue(shape, cell, held) for cell in cells(shape) if cell not in held}
            puzzle = self.board(layout(shape, clues.get))
            kept = thin(self.declare(puzzle), x, rng) if puzzle.clues else None
            if kept:
                return self.only(puzzle, kept), x

    def wrong_answers(self) -> Sequence[WrongAnswer[TapaPuzzle, TapaAnswer]]:
        return self.wrong(
            "2 . .\n. . .\n. . .",
            {
                "the 2x2 square at row 2 column 2 is all shaded": [[0, 1, 0], [0, 1, 1], [0, 1, 1]],
                "row 3 column 1 cut off from the others": [[0, 1, 0], [0, 1, 0], [1, 0, 0]],
                "the clue at row 1 column 1 is shaded": [[1, 1, 0], [0, 1, 0], [0, 0, 0]],
                "the wall around the 2 at row 1 column 1": [[0, 1, 0], [1, 1, 0], [0, 0, 0]],
            },
        )


def _clue(shape: Cell, cell: Cell, held: set[Cell]) -> str:
    return ",".join(map(str, runs_around(shape, cell, held))) or "0"


@lru_cache(maxsize=4096)
def _around(inner: tuple[bool, ...], clue: str) -> tuple[tuple[int, ...], ...]:
    """What the cells around a clue that are on the board may be."""
    told = clue.split(",")
    middle, rows = (1, 1), []
    for row in product(*((0, 1) if there else (0,) for there in inner)):
        held = {moved(middle, step) for step, value in zip(RING, row, strict=True) if value}
        runs = runs_around((3, 3), middle, held) or [0]
        left = list(map(str, runs))
        fits = len(runs) == len(told)
        for number in told:
            if number in left:
                left.remove(number)
            elif number != "?":
                fits = False
        if fits:
            rows.append(tuple(v for v, there in zip(row, inner, strict=True) if there))
    return tuple(rows)
