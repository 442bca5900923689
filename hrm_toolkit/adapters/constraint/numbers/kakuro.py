"""Kakuro: fill runs of cells with different digits that add up to what stands before them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
from pydantic import model_validator

from hrm_toolkit.adapters.constraint.generate import drawn, other
from hrm_toolkit.adapters.constraint.kinds import AllDifferent, Sum
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.numbers.filling import Filled, FillingAdapter
from hrm_toolkit.adapters.constraint.pencil import canvas
from hrm_toolkit.adapters.constraint.pencil.boards import Board
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    Cell,
    Shape,
    cells,
    inside,
    layout,
    moved,
    place,
    ray,
)
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import Clue, InputError, WrongAnswer, validate

WALL = "#"
_WAYS = (("column", (1, 0)), ("row", (0, 1)))
"""What a wall's two totals are of: the run below it, and the run to its right."""


class KakuroPuzzle(Board):
    """Walls, some with totals such as ``16\\3``: of the run below, and of the run to the right."""

    task: Literal["kakuro"] = "kakuro"
    pattern = r"#|(\d{1,2}|#)\\(\d{1,2}|#)"
    meaning = r"# for a wall, its totals below\right such as 16\3 or #\3, or . for a cell"

    @model_validator(mode="after")
    def _totals_have_runs(self) -> KakuroPuzzle:
        walls = self.clues
        for cell, told in walls.items():
            for total, (name, step) in zip(str(told).split("\\"), _WAYS, strict=False):
                beside = moved(cell, step)
                empty = beside in walls or not inside(self.shape, beside)
                if empty and total.isdecimal() and int(total):
                    raise InputError(
                        f"the total {total} at {place(cell)} is of no cells along its {name}",
                        expected="# or 0 for no total",
                    )
        return self


class KakuroAnswer(Filled):
    """The digit of each cell; 0 for a wall."""

    task: Literal["kakuro"] = "kakuro"


class KakuroAdapter(FillingAdapter[KakuroPuzzle, KakuroAnswer]):
    """Kakuro."""

    task = title = "kakuro"
    summary = "fill runs of cells with different digits from 1 to 9 that add up to their totals"
    puzzle_type, answer_type = KakuroPuzzle, KakuroAnswer
    default_sizes = (4,)
    smallest, largest = 3, 4
    values, lowest = tuple("0123456789"), 0
    clue_words = (WALL,)
    colours = dict.fromkeys([WALL], "black")

    def declare(self, puzzle: KakuroPuzzle) -> Problem:
        problem = Problem(words={0: "a wall"})
        clues = puzzle.clues
        number = {
            cell: problem.var(
                place(cell), int(cell not in clues), 0 if cell in clues else 9, place=cell
            )
            for cell in cells(puzzle.shape)
        }
        for name, before, run, total in _runs(puzzle):
            scope = tuple(number[cell] for cell in run)
            where = f"the run at {place(run[0])} along its {name}"
            problem.add(AllDifferent(label="run", scope=scope, where=where))
            if total is not None:
                problem.add(
                    Sum(label="total", scope=scope, low=total, high=total, where=where, clue=before)
                )
        return problem

    def answered(self, puzzle: KakuroPuzzle, answer: KakuroAnswer) -> list[list[str]]:
        shown = self.tokens(puzzle)
        for r, row in enumerate(answer.grid):
            for c, value in enumerate(row):
                if value and r < len(shown) and c < len(shown[r]):
                    shown[r][c] = str(value)
        return shown

    def parse_answer(self, puzzle: KakuroPuzzle, text: str) -> KakuroAnswer:
        shown = canvas.read_plain(*canvas.body(text))
        grid = [[sign if sign.isdecimal() else 0 for sign in row] for row in shown]
        return validate(self.answer_type, {"grid": grid})

    def clues(self, puzzle: KakuroPuzzle) -> Sequence[Clue]:
        """The walls with totals; a total is left out with the wall's other one."""
        return [clue for clue in super().clues(puzzle) if clue.data[2] != WALL]

    def only(self, puzzle: KakuroPuzzle, kept: Any) -> KakuroPuzzle:
        grid = [
            [clue if clue is None or (r, c) in kept else WALL for c, clue in enumerate(row)]
            for r, row in enumerate(puzzle.grid)
        ]
        return self.board(grid)

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[KakuroPuzzle, Values]:
        """Walls and digits at random, all totals told; more walls until no other answer is left."""
        shape = height, width
        while True:
            wall = {c for c in cells(shape) if 0 in c or rng.random() < 0.1}
            bare = self._walled(shape, wall)
            x = drawn(self.declare(bare), rng) if bare is not None else None
            while bare is not None and x is not None:
                puzzle = self._totalled(bare, x.reshape(shape))
                found = other(self.declare(puzzle), x)
                if found is None:
                    return puzzle, x
                # A wall where the other answer differs leaves it fewer ways to.
                differs = np.argwhere((found != x).reshape(shape)).tolist()
                ways = [self._walled(shape, wall | {(r, c)}) for r, c in differs]
                kept = [way for way in ways if way is not None]
                bare = kept[int(rng.integers(len(kept)))] if kept else None
                if bare is not None:
                    wall = set(bare.clues)
                    x = np.where([cell in wall for cell in cells(shape)], 0, x)

    def _walled(self, shape: Shape, wall: set[Cell]) -> KakuroPuzzle | None:
        """The board with these walls; None where a run has no cell beside it, or too many."""
        bare = self.board(layout(shape, dict.fromkeys(wall, WALL).get))
        lengths = [len(run) for _, _, run, _ in _runs(bare)]
        return bare if lengths and min(lengths) > 1 and max(lengths) < 10 else None

    def _totalled(self, bare: KakuroPuzzle, grid: Values) -> KakuroPuzzle:
        """The board with the totals of an answer."""
        totals: dict[Cell, dict[str, int]] = {}
        for name, before, run, _ in _runs(bare):
            totals.setdefault(before, {})[name] = sum(int(grid[cell]) for cell in run)

        def told(cell: Cell) -> str | None:
            if cell not in bare.clues:
                return None
            mine = totals.get(cell)
            sides = [str((mine or {}).get(name, WALL)) for name, _ in _WAYS]
            return WALL if mine is None else "\\".join(sides)

        return self.board(layout(bare.shape, told))

    def wrong_answers(self) -> Sequence[WrongAnswer[KakuroPuzzle, KakuroAnswer]]:
        return self.wrong(
            "#    3\\# 4\\#\n#\\3  .   .\n#\\4  .   .",
            {
                "the run at row 2 column 2 along its column adds up to 4 and not 3": [
                    [0, 0, 0],
                    [0, 1, 2],
                    [0, 3, 1],
                ],
                "the run at row 2 column 2 along its row has 2 2s": [
                    [0, 0, 0],
                    [0, 2, 2],
                    [0, 1, 3],
                ],
                "row 1 column 1 is 5, which it cannot be": [[5, 0, 0], [0, 2, 1], [0, 1, 3]],
            },
        )


def _runs(puzzle: KakuroPuzzle) -> Iterator[tuple[str, Cell, list[Cell], int | None]]:
    """Each run: its name, the cell before it, its cells, and its total where it is told."""
    clues, shape = puzzle.clues, puzzle.shape
    for k, (name, step) in enumerate(_WAYS):
        for cell in _before(shape, step):
            if cell not in clues and min(cell) >= 0:
                continue
            run: list[Cell] = []
            for there in ray(shape, cell, step):
                if there in clues:
                    break
                run.append(there)
            if run:
                told = str(clues.get(cell, WALL)).split("\\")
                total = told[k] if len(told) == 2 else WALL
                yield name, cell, run, None if total == WALL else int(total)


def _before(shape: Shape, step: Cell) -> Iterator[Cell]:
    """The cells that a run may begin behind: those of the board, and those just off it."""
    yield from cells(shape)
    for k in range(shape[1] if step[0] else shape[0]):
        yield (-1, k) if step[0] else (k, -1)
