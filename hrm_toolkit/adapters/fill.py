"""A ready half for tasks of one kind: fill the blanks of an n x n grid with 1..n so that no unit
(a row, a column, whatever the task names) holds a number twice.

A task of this kind subclasses the models with its tag, the rules with its units and the adapter
with a generator; see ``examples/latin-square``. The constraint family takes any constraints, which
its networks read as factors; here units are relations, and rows, columns and values may be renamed,
from which a network learns the same squares in a fraction of the updates (docs/experiments.md).
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import numpy as np
from pydantic import AfterValidator

from hrm_toolkit.adapters import squares
from hrm_toolkit.adapters.grid import grid_keeping, number_clues
from hrm_toolkit.core import (
    Adapter,
    Answer,
    Clue,
    Codec,
    InputError,
    Puzzle,
    Relation,
    Rules,
    Structure,
    Symmetry,
    Tokens,
    TokenSpec,
    Verdict,
    Violation,
    validate,
    verdict_from,
)
from hrm_toolkit.core.scene import Scene

Cell = tuple[int, int]
Action = tuple[int, int, int]
Units = Mapping[str, Sequence[Sequence[Cell]]]
"""Groups of cells by kind; groups of one kind do not overlap."""

LARGEST = 64


def _square(grid: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    n = len(grid)
    if not 1 <= n <= LARGEST:
        raise InputError(f"the grid has {n} rows", expected=f"1 to {LARGEST}")
    for r, row in enumerate(grid, 1):
        if len(row) != n:
            raise InputError(f"row {r} has {len(row)} cells", expected=f"{n}, as there are rows")
        for c, value in enumerate(row, 1):
            if not 0 <= value <= n:
                where = f"row {r} column {c} is {value}"
                raise InputError(where, expected=f"1 to {n}, or 0 for a blank")
    return grid


Grid = Annotated[tuple[tuple[int, ...], ...], AfterValidator(_square)]
"""n rows of n numbers, 0 for a blank."""


class FillPuzzle(Puzzle):
    """A grid with blanks (0)."""

    grid: Grid


class FillAnswer(Answer):
    """The grid filled; blanks (0) may be left, and are then refuted."""

    grid: Grid


FP = TypeVar("FP", bound=FillPuzzle)
FA = TypeVar("FA", bound=FillAnswer)


class FillRules(Rules[FP, FA]):
    """Givens stay, no blank is left, no unit holds a number twice.

    A state is the grid as it stands; an action is (row, column, number), counted from 0.

    Attributes:
        answer_type: the task's answer model.
    """

    answer_type: type[FA]

    @abstractmethod
    def units(self, n: int) -> Units:
        """The units of a grid of side n, by kind; the same kinds for every n.

        Every puzzle of this side has them. Where they differ from puzzle to puzzle (regions,
        cages), declare constraints instead, which see the puzzle: docs/your-own-problem.md.
        """

    def check(self, puzzle: FP, answer: FA) -> Verdict:
        n, grid = len(puzzle.grid), answer.grid
        if len(grid) != n:
            message = f"the answer has {len(grid)} rows, the puzzle {n}"
            return verdict_from([Violation(rule="size", message=message)])
        wrong = []
        for r, c in np.ndindex(n, n):
            given, value = puzzle.grid[r][c], grid[r][c]
            if value == 0:
                wrong.append(_violation("blank", f"row {r + 1} column {c + 1} is blank", (r, c)))
            elif given not in (0, value):
                message = f"row {r + 1} column {c + 1} is {value}, given is {given}"
                wrong.append(_violation("given", message, (r, c)))
        return verdict_from(wrong + self._repeats(grid))

    def diagnose(self, puzzle: FP) -> list[Violation]:
        return self._repeats(puzzle.grid)

    def _repeats(self, grid: Grid) -> list[Violation]:
        wrong = []
        for kind, groups in self.units(len(grid)).items():
            for number, group in enumerate(groups, 1):
                seen: dict[int, list[Cell]] = {}
                for cell in group:
                    seen.setdefault(grid[cell[0]][cell[1]], []).append(cell)
                for value, cells in seen.items():
                    if value and len(cells) > 1:
                        at = ", ".join(f"row {r + 1} column {c + 1}" for r, c in cells)
                        message = f"{kind} {number} holds {value} twice or more, at {at}"
                        wrong.append(_violation(kind, message, *cells))
        return wrong

    def initial(self, puzzle: FP) -> Grid:
        return puzzle.grid

    def actions(self, state: Grid) -> Sequence[Action]:
        """The numbers that fit the blank with the fewest of them."""
        n = len(state)
        taken: dict[Cell, set[int]] = {(r, c): set() for r, c in np.ndindex(n, n)}
        for groups in self.units(n).values():
            for group in groups:
                values = {state[r][c] for r, c in group}
                for cell in group:
                    taken[cell] |= values
        blanks = [cell for cell in taken if state[cell[0]][cell[1]] == 0]
        if not blanks:
            return []
        r, c = max(blanks, key=lambda cell: len(taken[cell]))
        return [(r, c, value) for value in range(1, n + 1) if value not in taken[r, c]]

    def step(self, state: Grid, action: Action) -> Grid:
        if action not in self.actions(state):
            raise InputError("this move is not legal", got=action, expected="one of actions(state)")
        r, c, value = action
        row = (*state[r][:c], value, *state[r][c + 1 :])
        return (*state[:r], row, *state[r + 1 :])

    def result(self, state: Grid) -> FA | None:
        return _answer(self.answer_type, state) if all(map(all, state)) else None

    def so_far(self, state: Grid) -> FA:
        return _answer(self.answer_type, state)

    def plan(self, puzzle: FP, answer: FA) -> list[Hashable]:
        state = puzzle.grid
        plan: list[Hashable] = []
        while actions := self.actions(state):
            r, c, _ = actions[0]
            action = (r, c, answer.grid[r][c])
            plan.append(action)
            state = self.step(state, action)
        return plan


class FillCodec(Codec[FP, FA]):
    """One token a cell, row by row: 1 a blank, number + 1 otherwise.

    Args:
        answer_type: the task's answer model.
        largest: the largest n, hence the largest number, at most 64.
    """

    def __init__(self, answer_type: type[FA], largest: int) -> None:
        self.answer_type = answer_type
        numbers = tuple(str(number) for number in range(1, largest + 1))
        self.spec = TokenSpec(vocabulary=("<pad>", "blank", *numbers), max_length=largest**2)

    def encode(self, puzzle: FP) -> Tokens:
        return np.array(puzzle.grid, np.int32).ravel() + np.int32(1)

    def labels(self, puzzle: FP, answer: FA) -> Tokens:
        return np.array(answer.grid, np.int32).ravel() + np.int32(1)

    def decode(self, puzzle: FP, tokens: Tokens) -> FA:
        n = len(puzzle.grid)
        numbers = np.where((tokens > 1) & (tokens <= n + 1), tokens - 1, 0)
        return _answer(self.answer_type, numbers.reshape(n, n).tolist())

    def preference(self, puzzle: FP, state: Any, action: Any, probabilities: Any) -> float:
        r, c, value = action
        return float(probabilities[r * len(state) + c, value + 1])


@dataclass(frozen=True)
class Relabel(Symmetry[FP, FA]):
    """Numbers renamed: ``to[value]`` for each value, 0 (a blank) staying 0."""

    to: tuple[int, ...]

    def apply(self, puzzle: FP) -> FP:
        return puzzle.model_copy(update={"grid": _renamed(puzzle.grid, self.to)})

    def apply_answer(self, answer: FA) -> FA:
        return answer.model_copy(update={"grid": _renamed(answer.grid, self.to)})

    def undo(self, puzzle: FP) -> FP:
        return puzzle.model_copy(update={"grid": _renamed(puzzle.grid, self._back())})

    def undo_answer(self, answer: FA) -> FA:
        return answer.model_copy(update={"grid": _renamed(answer.grid, self._back())})

    def _back(self) -> tuple[int, ...]:
        return tuple(int(value) for value in np.argsort(self.to))


class FillAdapter(Adapter[FP, FA], Generic[FP, FA]):
    """The parts that every task of this kind shares; ``rules`` is a ``FillRules``.

    A subclass adds ``generate`` and ``wrong_answers``.
    """

    rules: FillRules[FP, FA]

    def render(self, puzzle: FP, answer: FA | None = None) -> str:
        grid = (answer or puzzle).grid
        width = len(str(len(grid)))
        return "\n".join(" ".join(f"{v or '.':>{width}}" for v in row) for row in grid)

    def scene(self, puzzle: FP, answer: FA | None = None) -> Scene:
        n = len(puzzle.grid)
        return squares.draw(puzzle.grid, None if answer is None else answer.grid, (n, n))

    def parse(self, text: str) -> FP:
        rows = [line.replace(".", "0").split() for line in text.splitlines() if line.strip()]
        return validate(self.puzzle_type, {"grid": rows})

    def partial(self, puzzle: FP) -> FA | None:
        filled = all(map(all, puzzle.grid))
        return None if filled else _answer(self.answer_type, puzzle.grid)

    def remaining(self, puzzle: FP, state: Grid) -> FP:
        return puzzle.model_copy(update={"grid": state})

    def clues(self, puzzle: FP) -> Sequence[Clue]:
        return number_clues(puzzle.grid)

    def keeping(self, puzzle: FP, clues: Sequence[Clue]) -> FP:
        return puzzle.model_copy(update={"grid": grid_keeping(puzzle.grid, clues)})

    def symmetry(self, puzzle: FP, rng: np.random.Generator) -> Symmetry[FP, FA]:
        drawn = rng.permutation(len(puzzle.grid)) + 1
        return Relabel((0, *drawn.tolist()))

    def canonical(self, puzzle: FP) -> str:
        names = {0: 0}
        for row in puzzle.grid:
            for value in row:
                names.setdefault(value, len(names))
        renamed = [[names[value] for value in row] for row in puzzle.grid]
        return hashlib.sha256(repr(renamed).encode()).hexdigest()

    def dig(self, answer: FA, rng: np.random.Generator, share: float = 0.5) -> FP:
        """A puzzle with this answer and no other, for ``generate``.

        Cells are blanked in a drawn order, each where no second answer appears: were there two, the
        labels would be a matter of chance, which no network learns.

        Args:
            answer: filled in.
            rng: draws the order.
            share: of the cells, 0 to 1, to try.
        """
        grid = [list(row) for row in answer.grid]
        n = len(grid)
        for cell in rng.permutation(n * n)[: round(share * n * n)].tolist():
            row, column = divmod(cell, n)
            value = grid[row][column]
            others = [other for other in range(1, n + 1) if other != value]
            if not any(self._answered(grid, row, column, other) for other in others):
                grid[row][column] = 0
            else:
                grid[row][column] = value
        return validate(self.puzzle_type, {"grid": grid})

    def _answered(self, grid: list[list[int]], row: int, column: int, value: int) -> bool:
        """Whether the grid has an answer with this value in a cell; the grid is left so."""
        grid[row][column] = value
        puzzle = validate(self.puzzle_type, {"grid": grid})
        return not self.rules.diagnose(puzzle) and self.exact(puzzle).answer is not None

    def structure(self, puzzle: FP) -> Structure:
        n = len(puzzle.grid)
        relations = tuple(
            Relation.groups(kind, [[r * n + c for r, c in group] for group in groups], n * n)
            for kind, groups in self.rules.units(n).items()
        )
        at = np.indices((n, n), np.int32).reshape(2, -1).T
        return Structure(relations, np.arange(2, n + 2, dtype=np.int32), np.ascontiguousarray(at))


def _answer(answer_type: type[FA], grid: Any) -> FA:
    return validate(answer_type, {"grid": grid})


def _violation(rule: str, message: str, *places: Cell) -> Violation:
    return Violation(rule=rule, message=message, places=places)


def _renamed(grid: Grid, to: Sequence[int]) -> Grid:
    return tuple(tuple(to[value] for value in row) for row in grid)
