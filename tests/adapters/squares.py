"""A task by hand, with every part that the laws look at: Latin squares with relations, renaming of
numbers and rules that are played move by move."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from hrm_toolkit.adapters.constraint.numbers.filling import drawn_square
from hrm_toolkit.adapters.grid import grid_keeping, number_clues
from hrm_toolkit.core import (
    Adapter,
    Answer,
    Clue,
    Codec,
    Example,
    InputError,
    OptionError,
    Puzzle,
    Relation,
    Rules,
    Structure,
    Symmetry,
    Tokens,
    TokenSpec,
    Verdict,
    Violation,
    WrongAnswer,
    validate,
    verdict_from,
)

Cell = tuple[int, int]
Grid = tuple[tuple[int, ...], ...]
LARGEST = 9


class SquarePuzzle(Puzzle):
    task: Literal["square"] = "square"
    grid: Grid


class SquareAnswer(Answer):
    task: Literal["square"] = "square"
    grid: Grid


def lines(n: int) -> dict[str, list[list[Cell]]]:
    rows = [[(r, c) for c in range(n)] for r in range(n)]
    return {"row": rows, "column": [list(column) for column in zip(*rows, strict=True)]}


class SquareRules(Rules[Any, Any]):
    """A state is the grid as it stands; an action is (row, column, number)."""

    answer_type: type[Answer] = SquareAnswer

    def check(self, puzzle: Any, answer: Any) -> Verdict:
        wrong = []
        for r, c in np.ndindex(len(puzzle.grid), len(puzzle.grid)):
            given, value = puzzle.grid[r][c], answer.grid[r][c]
            place = f"row {r + 1} column {c + 1}"
            if value == 0:
                wrong.append(Violation(rule="blank", message=f"{place} is blank", places=((r, c),)))
            elif given not in (0, value):
                message = f"{place} is {value}, given is {given}"
                wrong.append(Violation(rule="given", message=message, places=((r, c),)))
        return verdict_from(wrong + self._repeats(answer.grid))

    def diagnose(self, puzzle: Any) -> list[Violation]:
        return self._repeats(puzzle.grid)

    def _repeats(self, grid: Grid) -> list[Violation]:
        wrong = []
        for kind, groups in lines(len(grid)).items():
            for number, group in enumerate(groups, 1):
                held = [grid[r][c] for r, c in group if grid[r][c]]
                for value in sorted({value for value in held if held.count(value) > 1}):
                    message = f"{kind} {number} holds {value} twice or more"
                    at = tuple((r, c) for r, c in group if grid[r][c] == value)
                    wrong.append(Violation(rule=kind, message=message, places=at))
        return wrong

    def initial(self, puzzle: Any) -> Grid:
        return puzzle.grid

    def actions(self, state: Grid) -> Sequence[tuple[int, int, int]]:
        """The numbers that fit the blank with the fewest of them."""
        n = len(state)
        blanks = [cell for cell in np.ndindex(n, n) if state[cell[0]][cell[1]] == 0]
        if not blanks:
            return []
        taken = {(r, c): {*state[r], *(row[c] for row in state)} for r, c in blanks}
        r, c = max(taken, key=lambda cell: len(taken[cell]))
        return [(r, c, value) for value in range(1, n + 1) if value not in taken[r, c]]

    def step(self, state: Grid, action: Any) -> Grid:
        if action not in self.actions(state):
            raise InputError("this move is not legal", got=action, expected="one of actions(state)")
        r, c, value = action
        return (*state[:r], (*state[r][:c], value, *state[r][c + 1 :]), *state[r + 1 :])

    def result(self, state: Grid) -> Any:
        return self.so_far(state) if all(map(all, state)) else None

    def so_far(self, state: Grid) -> Any:
        return validate(self.answer_type, {"grid": state})

    def plan(self, puzzle: Any, answer: Any) -> list[Any]:
        state, plan = puzzle.grid, []
        while actions := self.actions(state):
            r, c, _ = actions[0]
            plan.append((r, c, answer.grid[r][c]))
            state = self.step(state, plan[-1])
        return plan


class SquareCodec(Codec[Any, Any]):
    """One token a cell, row by row: 1 a blank, number + 1 otherwise."""

    answer_type: type[Answer] = SquareAnswer

    def __init__(self) -> None:
        numbers = map(str, range(1, LARGEST + 1))
        self.spec = TokenSpec(vocabulary=("<pad>", "blank", *numbers), max_length=LARGEST**2)

    def encode(self, puzzle: Any) -> Tokens:
        return np.array(puzzle.grid, np.int32).ravel() + np.int32(1)

    def labels(self, puzzle: Any, answer: Any) -> Tokens:
        return np.array(answer.grid, np.int32).ravel() + np.int32(1)

    def decode(self, puzzle: Any, tokens: Tokens) -> Any:
        n = len(puzzle.grid)
        numbers = np.where((tokens > 1) & (tokens <= n + 1), tokens - 1, 0)
        return validate(self.answer_type, {"grid": numbers.reshape(n, n).tolist()})


@dataclass(frozen=True)
class Relabel(Symmetry[Any, Any]):
    """Numbers renamed: ``to[value]`` for each value, 0 (a blank) staying 0."""

    to: tuple[int, ...]

    def apply(self, puzzle: Any) -> Any:
        return renamed(puzzle, self.to)

    def apply_answer(self, answer: Any) -> Any:
        return renamed(answer, self.to)

    def undo(self, puzzle: Any) -> Any:
        return renamed(puzzle, np.argsort(self.to).tolist())

    def undo_answer(self, answer: Any) -> Any:
        return renamed(answer, np.argsort(self.to).tolist())


def renamed(held: Any, to: Sequence[int]) -> Any:
    grid = tuple(tuple(to[value] for value in row) for row in held.grid)
    return held.model_copy(update={"grid": grid})


class SquareAdapter(Adapter[Any, Any]):
    task = "square"
    summary = "fill an n x n grid so that each row and each column holds 1..n once"
    puzzle_type: Any = SquarePuzzle
    answer_type: Any = SquareAnswer
    rules, codec = SquareRules(), SquareCodec()
    default_sizes = (3, 4)
    relations = ("row", "column")

    def generate(
        self, rng: np.random.Generator, *, size: Any = None, difficulty: Any = None
    ) -> Example[Any, Any]:
        self.require_difficulty(difficulty)
        n = int(rng.choice(self.default_sizes)) if size is None else size
        if n not in range(2, LARGEST + 1):
            raise OptionError("a side of this length is not made", expected="2 to 9", got=n)
        answer = self.answer_type(grid=drawn_square(rng, n).tolist())
        return Example(self._dug(answer, rng), answer)

    def _dug(self, answer: Any, rng: np.random.Generator) -> Any:
        """A puzzle with this answer and no other: each of some cells blanked where that is so."""
        grid = [list(row) for row in answer.grid]
        n = len(grid)
        for cell in rng.permutation(n * n)[: n * n // 2].tolist():
            row, column = divmod(cell, n)
            others = {*range(1, n + 1)} - {answer.grid[row][column]}
            if not any(self._answered(grid, row, column, other) for other in others):
                grid[row][column] = 0
            else:
                grid[row][column] = answer.grid[row][column]
        return self.puzzle_type(grid=grid)

    def _answered(self, grid: list[list[int]], row: int, column: int, value: int) -> bool:
        grid[row][column] = value
        puzzle = self.puzzle_type(grid=grid)
        return not self.rules.diagnose(puzzle) and self.exact(puzzle).answer is not None

    def render(self, puzzle: Any, answer: Any = None) -> str:
        grid = (answer or puzzle).grid
        return "\n".join(" ".join(str(value or ".") for value in row) for row in grid)

    def parse(self, text: str) -> Any:
        rows = [line.replace(".", "0").split() for line in text.splitlines() if line.strip()]
        return validate(self.puzzle_type, {"grid": rows})

    def partial(self, puzzle: Any) -> Any:
        return None if all(map(all, puzzle.grid)) else self.answer_type(grid=puzzle.grid)

    def remaining(self, puzzle: Any, state: Any) -> Any:
        return puzzle.model_copy(update={"grid": state})

    def clues(self, puzzle: Any) -> Sequence[Clue]:
        return number_clues(puzzle.grid)

    def keeping(self, puzzle: Any, clues: Sequence[Clue]) -> Any:
        return puzzle.model_copy(update={"grid": grid_keeping(puzzle.grid, clues)})

    def symmetry(self, puzzle: Any, rng: np.random.Generator) -> Symmetry[Any, Any]:
        return Relabel((0, *(rng.permutation(len(puzzle.grid)) + 1).tolist()))

    def canonical(self, puzzle: Any) -> str:
        names = {0: 0}
        for row in puzzle.grid:
            for value in row:
                names.setdefault(value, len(names))
        grid = [[names[value] for value in row] for row in puzzle.grid]
        return hashlib.sha256(repr(grid).encode()).hexdigest()

    def structure(self, puzzle: Any) -> Structure:
        n = len(puzzle.grid)
        relations = tuple(
            Relation.groups(kind, [[r * n + c for r, c in group] for group in groups], n * n)
            for kind, groups in lines(n).items()
        )
        at = np.indices((n, n), np.int32).reshape(2, -1).T
        return Structure(relations, np.arange(2, n + 2, dtype=np.int32), np.ascontiguousarray(at))

    def wrong_answers(self) -> Sequence[WrongAnswer[Any, Any]]:
        puzzle = self.puzzle_type(grid=((1, 0), (0, 0)))
        cases = {
            "row 1 column 2 is blank": ((1, 0), (2, 1)),
            "row 1 column 1 is 2, given is 1": ((2, 1), (1, 2)),
            "column 2 holds 2 twice": ((1, 2), (1, 2)),
        }
        return [
            WrongAnswer(puzzle, self.answer_type(grid=grid), says) for says, grid in cases.items()
        ]
