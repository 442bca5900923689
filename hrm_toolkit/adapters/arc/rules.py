"""ARC tasks: models, and the rules that compare attempts with known outputs."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, Field

from hrm_toolkit.adapters.arc.operations import Array
from hrm_toolkit.adapters.arc.search import SIDE, Searched, find_programs
from hrm_toolkit.adapters.grid import place
from hrm_toolkit.core import Answer, InputError, Puzzle, Rules, Verdict, Violation, verdict_from
from hrm_toolkit.core.puzzle import Model
from hrm_toolkit.core.rules import UNVERIFIABLE

ATTEMPTS = 2


def _rectangle(grid: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    for number, row in enumerate(grid, 1):
        if len(row) != len(grid[0]):
            raise ValueError(f"row {number} has {len(row)} cells, and row 1 has {len(grid[0])}")
    return grid


Colour = Annotated[int, Field(ge=0, le=9)]
Row = Annotated[tuple[Colour, ...], Field(min_length=1, max_length=SIDE)]
Grid = Annotated[tuple[Row, ...], Field(min_length=1, max_length=SIDE), AfterValidator(_rectangle)]
"""1 to 30 rows of 1 to 30 colours 0..9, all of one length."""


class ArcPair(Model):
    """One demonstration."""

    input: Grid
    output: Grid


class ArcTest(Model):
    """One test input; ``output`` is None where it is not known, as in a challenge set."""

    input: Grid
    output: Grid | None = None


class ArcPuzzle(Puzzle):
    """One ARC task.

    Attributes:
        name: the task's id, such as ``007bbfb7``.
        train: demonstrations, 1 to 100.
        test: test inputs, 1 to 100.
    """

    task: Literal["arc"] = "arc"
    name: Annotated[str, Field(max_length=100, pattern=r"^\S+( \S+)*$")] | None = None
    train: tuple[ArcPair, ...] = Field(min_length=1, max_length=100)
    test: tuple[ArcTest, ...] = Field(min_length=1, max_length=100)

    @property
    def size_words(self) -> str:
        return f"{len(self.train)}-demonstration"


class ArcAnswer(Answer):
    """For each test input, in order, up to two attempts; none where nothing was made out."""

    task: Literal["arc"] = "arc"
    attempts: tuple[Annotated[tuple[Grid, ...], Field(max_length=ATTEMPTS)], ...] = Field(
        max_length=100
    )


Action = tuple[str, int, tuple[Grid, ...]]
"""("attempts", index of the test input, one or two grids)."""


@dataclass(frozen=True)
class ArcState:
    """Attempts for the first test inputs; the next one is ``len(attempts)``."""

    puzzle: ArcPuzzle
    attempts: tuple[tuple[Grid, ...], ...] = ()


class ArcRules(Rules[ArcPuzzle, ArcAnswer]):
    """An answer is right when, for each test input, one of its attempts is the known output.

    Where the task does not say the output, nothing can check an answer, and none is valid.
    """

    def check(self, puzzle: ArcPuzzle, answer: ArcAnswer) -> Verdict:
        if len(answer.attempts) != len(puzzle.test):
            message = f"there are attempts for {len(answer.attempts)} test inputs"
            message += f", and the task has {len(puzzle.test)}"
            return verdict_from([Violation(rule="count", message=message)])
        wrong: list[Violation] = []
        for index, (test, attempts) in enumerate(zip(puzzle.test, answer.attempts, strict=True)):
            if not attempts:
                message = f"test {index + 1} has no attempt"
                wrong.append(Violation(rule="unanswered", message=message, places=((index,),)))
            elif test.output is None:
                message = f"test {index + 1} has no known output, so nothing can check an answer"
                wrong.append(Violation(rule=UNVERIFIABLE, message=message, places=((index,),)))
            elif test.output not in attempts:
                wrong += [
                    _difference(index, number, attempt, test.output)
                    for number, attempt in enumerate(attempts, 1)
                ]
        return verdict_from(wrong)

    def diagnose(self, puzzle: ArcPuzzle) -> list[Violation]:
        """Demonstrations of one input with different outputs: no function does that."""
        first: dict[Grid, int] = {}
        wrong = []
        for number, pair in enumerate(puzzle.train, 1):
            earlier = first.setdefault(pair.input, number)
            if puzzle.train[earlier - 1].output != pair.output:
                message = f"demonstrations {earlier} and {number} turn one input into two outputs"
                places = ((earlier - 1,), (number - 1,))
                wrong.append(Violation(rule="demonstrations", message=message, places=places))
        return wrong

    def initial(self, puzzle: ArcPuzzle) -> ArcState:
        return ArcState(puzzle)

    def actions(self, state: ArcState) -> Sequence[Action]:
        """Attempts for the next test input: what the programs of two operations make of it.

        All 10^900 grids cannot be listed. These are the finitely many candidates that ``arc``'s
        own search finds, likeliest first, each alone and then the first two together; ``step``
        takes any grid.
        """
        index = len(state.attempts)
        if index == len(state.puzzle.test):
            return []
        grids = candidates(state.puzzle)[0][index]
        choices = [(grid,) for grid in grids]
        return [("attempts", index, choice) for choice in (*choices, *_pair(grids))]

    def step(self, state: ArcState, action: Any) -> ArcState:
        index = len(state.attempts)
        match action:
            case ("attempts", int(at), tuple(grids)) if at == index < len(state.puzzle.test):
                if 1 <= len(grids) <= ATTEMPTS:
                    return ArcState(state.puzzle, (*state.attempts, grids))
        raise InputError(
            "this is not the next action",
            expected=f'("attempts", {index}, one or two grids)'
            if index < len(state.puzzle.test)
            else "none: every test input has its attempts",
            got=action,
        )

    def result(self, state: ArcState) -> ArcAnswer | None:
        if len(state.attempts) < len(state.puzzle.test):
            return None
        return ArcAnswer(attempts=state.attempts)

    def plan(self, puzzle: ArcPuzzle, answer: ArcAnswer) -> list[Hashable]:
        return [("attempts", index, grids) for index, grids in enumerate(answer.attempts)]


def candidates(
    puzzle: ArcPuzzle, *, depth: int = 2, seconds: float | None = None
) -> tuple[tuple[tuple[Grid, ...], ...], int]:
    """For each test input the grids that fitting programs make, shortest program first.

    Known outputs play no part in it.

    Returns:
        The grids, distinct, for each test input; and how many chains of operations were tried.
    """
    inputs = tuple(test.input for test in puzzle.test)
    search = _searched if seconds is None else _searched.__wrapped__
    searched = search(puzzle.train, inputs, depth, seconds)
    made = []
    for grid in inputs:
        outputs = (program(array(grid)) for program in searched.programs)
        made.append(tuple(dict.fromkeys(to_grid(out) for out in outputs if out is not None)))
    return tuple(made), searched.tried


@lru_cache(maxsize=64)
def _searched(
    train: tuple[ArcPair, ...], tests: tuple[Grid, ...], depth: int, seconds: float | None
) -> Searched:
    pairs = [(array(pair.input), array(pair.output)) for pair in train]
    return find_programs(pairs, [array(grid) for grid in tests], depth=depth, seconds=seconds)


def array(grid: Grid) -> Array:
    """A grid as uint8 (H, W)."""
    return np.array(grid, np.uint8)


def to_grid(cells: Any) -> Grid:
    """Rows of colours from an array (H, W)."""
    return tuple(map(tuple, cells.tolist()))


def _pair(grids: Sequence[Grid]) -> list[tuple[Grid, ...]]:
    return [tuple(grids[:ATTEMPTS])] if len(grids) >= ATTEMPTS else []


def _difference(index: int, number: int, attempt: Grid, output: Grid) -> Violation:
    """Where an attempt goes wrong, without giving the answer away."""
    what = f"test {index + 1} attempt {number}"
    sizes = [f"{len(grid)} x {len(grid[0])}" for grid in (attempt, output)]
    if sizes[0] != sizes[1]:
        message = f"{what} is {sizes[0]}, and the output is {sizes[1]}"
        return Violation(rule="size", message=message, places=((index,),))
    cells = np.argwhere(array(attempt) != array(output)).tolist()
    row, column = cells[0]
    message = f"{what}: {place((row, column))} is not {attempt[row][column]}"
    if len(cells) > 1:
        message += f", and {len(cells) - 1} more cells are wrong"
    return Violation(rule="output", message=message, places=((index, row, column),))
