"""Hitori: shade numbers so that no row or column keeps one twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from hrm_toolkit.adapters.constraint.generate import other
from hrm_toolkit.adapters.constraint.kinds import at_most
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil import codes
from hrm_toolkit.adapters.constraint.pencil.answers import ShadingAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Board, Clue, Shading
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    Cell,
    apart,
    cells,
    connected,
    layout,
    none_adjacent,
    on,
)
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import Clue as LeftOut
from hrm_toolkit.core import WrongAnswer


def _read(text: codes.Text, count: int) -> list[Clue]:
    found: list[Clue] = []
    while len(found) < count:
        sign = text.take()
        if sign in "%@.":
            found.append("?")
        elif sign == "-":
            found.append(text.number(2, 36))
        else:
            text.at -= 1
            found.append(text.number(1, 36))
    return found


def _write(clues: Sequence[Clue]) -> str:
    return "".join(map(_sign, clues))


def _sign(clue: Clue) -> str:
    if not isinstance(clue, int):
        return "@"
    digits = codes.DIGITS
    return digits[clue] if clue < 36 else f"-{digits[clue // 36]}{digits[clue % 36]}"


class HitoriPuzzle(Board):
    """A number in each cell; ``?`` for one that is not told and repeats none."""

    task: Literal["hitori"] = "hitori"
    pattern, meaning = r"\d{1,3}|\?", "a number, or ?"


class HitoriAnswer(Shading):
    """1 where a cell is shaded."""

    task: Literal["hitori"] = "hitori"


class HitoriAdapter(ShadingAdapter[HitoriPuzzle, HitoriAnswer]):
    """Hitori."""

    task = title = "hitori"
    summary = "shade cells apart so that no row or column keeps a number twice"
    puzzle_type, answer_type = HitoriPuzzle, HitoriAnswer
    default_sizes = (5, 6)
    code = codes.Code(_read, _write)

    def declare(self, puzzle: HitoriPuzzle) -> Problem:
        problem = Problem(words=self.words)
        height, width = puzzle.shape
        grid = problem.grid(height, width)
        problem.add(none_adjacent(grid, "shaded"), connected(grid, 0, "unshaded"))
        lines = [(f"row {r + 1}", [(r, c) for c in range(width)]) for r in range(height)]
        lines += [(f"column {c + 1}", [(r, c) for r in range(height)]) for c in range(width)]
        for name, line in lines:
            same: dict[int, list[Cell]] = {}
            for cell in line:
                clue = puzzle.clues.get(cell)
                if isinstance(clue, int):
                    same.setdefault(clue, []).append(cell)
            for clue, where in same.items():
                if len(where) > 1:
                    says = f"{name} keeps {{n}} {clue}s"
                    kept = on(grid, where, 0)
                    problem.add(
                        at_most("repeat", 1, kept, where=f"the {clue}s of {name}", says=says)
                    )
        return problem

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[HitoriPuzzle, Values]:
        """A Latin pattern, shaded cells apart; a shaded number repeats one that refutes another."""
        shape, side = (height, width), max(height, width)
        while True:
            shaded = apart(rng, shape)
            latin = np.add.outer(rng.permutation(side), rng.permutation(side)) % side
            number = (rng.permutation(side) + 1)[latin][:height, :width]
            x = np.array([int(cell in shaded) for cell in cells(shape)], np.int64)
            kept = {cell for cell in cells(shape) if cell not in shaded}
            todo = sorted(shaded)
            for _ in range(4 * len(todo)):
                for cell in todo:
                    line = [k for k in kept if (k[0] == cell[0]) != (k[1] == cell[1])]
                    number[cell] = number[sorted(line)[int(rng.integers(len(line)))]]
                puzzle = self.board(layout(shape, lambda cell, n=number: int(n[cell])))  # type: ignore[misc]
                found = other(self.declare(puzzle), x)
                if found is None:
                    return puzzle, x
                open_ = found.reshape(shape)
                todo = [cell for cell in sorted(shaded) if not open_[cell]][:1]
                if not todo:
                    break
                kept = {cell for cell in cells(shape) if cell not in shaded}

    def clues(self, puzzle: HitoriPuzzle) -> Sequence[LeftOut]:
        return [clue for clue in super().clues(puzzle) if clue.data[2] != "?"]

    def wrong_answers(self) -> Sequence[WrongAnswer[HitoriPuzzle, HitoriAnswer]]:
        return self.wrong(
            "1 1 2 4\n2 3 3 1\n1 2 3 4",
            {
                "row 1 keeps 2 1s": [[0, 0, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0]],
                "row 1 column 1 and row 1 column 2 are both shaded": [
                    [1, 1, 0, 0],
                    [0, 0, 1, 0],
                    [0, 0, 0, 0],
                ],
                "cut off from the others": [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0]],
            },
        )
