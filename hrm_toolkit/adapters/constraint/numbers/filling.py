"""The parts that tasks of numbers share: a number for each cell of a square."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

import numpy as np
from pydantic import AfterValidator, Field

from hrm_toolkit.adapters.constraint.kinds import AllDifferent, exactly
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil import canvas
from hrm_toolkit.adapters.constraint.pencil.boards import Board, require_board
from hrm_toolkit.adapters.constraint.pencil.geometry import place
from hrm_toolkit.adapters.constraint.pencil.tasks import BLANK, PencilAdapter
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import Answer, InputError, validate

LARGEST = 25
NAMES = tuple(map(str, range(1, LARGEST + 1)))


Number = Annotated[int, Field(ge=0, le=9_999)]


def _rectangle(grid: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    require_board(grid)
    return grid


class Filled(Answer):
    """A number for each cell, 0 for none."""

    grid: Annotated[tuple[tuple[Number, ...], ...], AfterValidator(_rectangle)]


FP = TypeVar("FP", bound=Board)
FA = TypeVar("FA", bound=Filled)


class FillingAdapter(PencilAdapter[FP, FA], Generic[FP, FA]):
    """A variable a cell, with values from 1 to the side of the square."""

    family = "numbers"
    values, lowest = NAMES, 1
    clue_words = NAMES

    def squared(self, puzzle: FP) -> tuple[Problem, Values]:
        """A problem in which rows and columns hold each number once, and clues stay.

        Raises:
            InputError: when the board is no square, or too large.
        """
        side = puzzle.shape[0]
        if puzzle.shape != (side, side) or side > LARGEST:
            raise InputError(
                f"the board is {side}x{puzzle.shape[1]}", expected=f"a square of 1 to {LARGEST}"
            )
        problem = Problem()
        cells = problem.grid(side, side, 1, side)
        for k in range(side):
            for label, line in (("row", cells[k]), ("column", cells[:, k])):
                scope, where = tuple(map(int, line)), f"{label} {k + 1}"
                problem.add(AllDifferent(label=label, scope=scope, where=where))
        for cell, clue in puzzle.clues.items():
            where = f"the {clue} at {place(cell)}"
            says, literal = f"{place(cell)} is not {clue}, as given", (int(cells[cell]), int(clue))
            problem.add(exactly("clue", 1, [literal], where=where, says=says, clue=cell))
        return problem, cells

    def values_of(self, puzzle: FP, answer: FA) -> Values:
        x = np.array(answer.grid, np.int64)
        if x.shape != puzzle.shape:
            raise InputError(
                f"the answer is {x.shape[0]}x{x.shape[1]}, the puzzle {puzzle.size_words}"
            )
        return x.ravel()

    def answer_of(self, puzzle: FP, x: Values) -> FA:
        rows = x.reshape(puzzle.shape).tolist()
        return self.answer_type.model_construct(grid=tuple(map(tuple, rows)))

    def answered(self, puzzle: FP, answer: FA) -> list[list[str]]:
        return [list(map(str, row)) for row in answer.grid]

    def parse_answer(self, puzzle: FP, text: str) -> FA:
        shown = canvas.read_plain(*canvas.body(text))
        grid = [[0 if sign == BLANK else sign for sign in row] for row in shown]
        return validate(self.answer_type, {"grid": grid})

    def drawn(self, puzzle: FP, answer: FA) -> dict[str, Any]:
        clues = puzzle.clues
        return {
            "numbers": {
                (r, c): str(value)
                for r, row in enumerate(answer.grid)
                for c, value in enumerate(row)
                if (r, c) not in clues and r < puzzle.shape[0] and c < puzzle.shape[1]
            }
        }


def drawn_square(rng: np.random.Generator, side: int) -> Values:
    """A square whose rows and columns hold each number once."""
    pattern = np.add.outer(rng.permutation(side), rng.permutation(side)) % side
    square: Values = (rng.permutation(side) + 1)[pattern]
    return square
