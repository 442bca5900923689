"""Mazes: the puzzle, the answer and the rules."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator

from hrm_toolkit.adapters.grid import (
    DIRECTIONS,
    Cell,
    around,
    distances,
    fence,
    moves,
    place,
    require_rectangle,
    require_symbols,
)
from hrm_toolkit.adapters.maze.layout import cells_of
from hrm_toolkit.adapters.maze.paper import require_inside
from hrm_toolkit.core import (
    Answer,
    Deadline,
    InputError,
    Puzzle,
    Rules,
    Verdict,
    Violation,
    verdict_from,
)

LIMIT = 2_048
"""The most rows, and the most columns."""

FAULTS = 5
"""The most violations that one verdict lists."""

_NAMES, _OFFSETS = tuple(DIRECTIONS), tuple(DIRECTIONS.values())
_ALIASES = str.maketrans({" ": ".", "E": "G"})


class MazePuzzle(Puzzle):
    """A maze with one start and one goal.

    Attributes:
        grid: rows of equal length over ``#`` wall, ``.`` open, ``S`` start, ``G`` goal, at most
            2,048 x 2,048. A space is read as open and ``E`` as the goal, and a row may be a list
            of characters. Rows of text whose spaces are gaps between cells (``# # #``) or
            indentation are read as meant.

    Raises:
        InputError: naming the row and column at fault, or that spaces may be cells or gaps.

    Example:
        >>> MazePuzzle(task="maze", grid=["S E"]).grid
        ('S.G',)
    """

    task: Literal["maze"] = "maze"
    grid: tuple[str, ...] = Field(
        max_length=LIMIT,
        description="Rows of equal length: # wall, . open, S start (one), G goal (one).",
    )

    @field_validator("grid", mode="before")
    @classmethod
    def _normal_form(cls, value: object) -> tuple[str, ...]:
        if not isinstance(value, list | tuple):
            raise InputError("the grid is not a list", expected="a list of rows", got=value)
        rows = tuple(_characters(row, number) for number, row in enumerate(value, 1))
        texts = [row for row in value if isinstance(row, str)]
        if any(" " in row for row in texts) and max(map(len, texts)) > 3:
            rows = _without_gaps(rows)
        require_rectangle(rows, LIMIT)
        require_symbols(rows, "#. SEG")
        rows = tuple(row.translate(_ALIASES) for row in rows)
        _require_one(rows, "S", "start")
        _require_one(rows, "G", "goal")
        return rows

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return len(self.grid), len(self.grid[0])


class MazeAnswer(Answer):
    """A path through a maze.

    Attributes:
        path: [row, column] of each cell from start to goal, both included, counted from 0.
    """

    task: Literal["maze"] = "maze"
    path: tuple[tuple[int, int], ...] = Field(
        max_length=LIMIT * LIMIT,
        description="[row, column] of each cell from start to goal, both included, from 0.",
    )


def _characters(row: Any, number: int) -> str:
    if isinstance(row, str):
        return row
    if not isinstance(row, list | tuple):
        raise InputError(f"row {number} is not a row of cells", expected="text or a list", got=row)
    for column, item in enumerate(row, 1):
        if not (isinstance(item, str) and len(item) == 1):
            raise InputError(f"row {number} column {column} is not one character", got=item)
    return "".join(row)


def _without_gaps(rows: Sequence[str]) -> tuple[str, ...]:
    """Rows whose blanks are cells: those between cells and beside the maze are left out.

    Raises:
        InputError: where blanks may be either.
    """
    cells, _, _ = cells_of(rows, unit="row")
    if len({len(row) for row in cells}) == 1 and set().union(*map(set, cells)) <= set("#. SEG"):
        require_inside([row.replace("E", "G") for row in cells])
    return tuple(cells)


def _require_one(rows: Sequence[str], symbol: str, name: str) -> None:
    count = sum(row.count(symbol) for row in rows)
    if count == 1:
        return
    if count == 0:
        raise InputError(f"the maze has no {name}", expected=f"one {symbol}")
    cells = ((r, c) for r, row in enumerate(rows) for c, item in enumerate(row) if item == symbol)
    shown = [place(cell) for cell, _ in zip(cells, range(3), strict=False)]
    where = f"{', '.join(shown[:-1])} and {shown[-1]}"
    many = "two" if count == 2 else f"{count:,}"
    raise InputError(
        f"the maze has {many} {name}s, at {where}" + (", among others" if count > 3 else ""),
        expected=f"one {symbol}",
    )


@dataclass(frozen=True)
class MazeField:
    """A maze as fenced cells (see ``grid.fence``).

    Attributes:
        free: one byte a cell, nonzero where it is no wall.
        stride: from a cell to the one south of it.
        start: index of the start.
        goal: index of the goal.
    """

    free: bytes
    stride: int
    start: int
    goal: int

    @classmethod
    def of(cls, puzzle: MazePuzzle) -> MazeField:
        text = "".join(puzzle.grid).encode("ascii")
        height, width = puzzle.shape
        symbols = np.frombuffer(text, np.uint8).reshape(height, width)
        free, stride = fence(symbols != ord("#"))
        ends = (divmod(text.index(symbol), width) for symbol in (b"S", b"G"))
        start, goal = ((row + 1) * stride + column for row, column in ends)
        return cls(free, stride, start, goal)

    def place(self, cell: int) -> Cell:
        """Row and column of a fenced cell."""
        return divmod(cell - self.stride, self.stride)

    def positions(self, cells: Sequence[int] | npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Row-major positions of fenced cells, without the fence."""
        inside = np.asarray(cells, np.intp) - self.stride
        return inside - inside // self.stride

    @property
    def moves(self) -> int:
        """The fewest from start to goal, -1 where the walls keep them apart."""
        return moves(self.free, self.stride, self.start, self.goal)

    def to_goal(self, deadline: Deadline = Deadline.never()) -> list[int]:
        """Moves to the goal from each cell no farther than the start; -1 elsewhere."""
        return distances(self.free, self.stride, self.goal, until=self.start, deadline=deadline)

    def walk(self, steps: list[int], change: int) -> MazeAnswer:
        """From the start along ``steps`` rising or falling by one, to the goal or a dead end."""
        cell: int | None = self.start
        path = []
        while cell is not None:
            path.append(self.place(cell))
            if cell == self.goal:
                break
            after = steps[cell] + change
            cell = next((n for n in around(cell, self.stride) if steps[n] == after), None)
        return MazeAnswer.model_construct(task="maze", path=tuple(path))


class MazeState:
    """A walk from the start to a cell, linked to the walk it prolongs. Immutable.

    Attributes:
        cell: where the walk stands, as [row, column] from 0.
    """

    __slots__ = ("_at", "_before", "_field", "_moves")

    def __init__(self, field: MazeField, at: int, before: MazeState | None = None) -> None:
        self._field = field
        self._at = at
        self._before = before
        self._moves: int = 0 if before is None else before._moves + 1

    @property
    def cell(self) -> Cell:
        return self._field.place(self._at)

    def path(self) -> tuple[Cell, ...]:
        """The cells walked, from the start on."""
        return tuple(state.cell for state in self._backwards())[::-1]

    def _backwards(self) -> Iterator[MazeState]:
        state: MazeState | None = self
        while state is not None:
            yield state
            state = state._before

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MazeState):
            return NotImplemented
        same = (self._field, self._at, self._moves) == (other._field, other._at, other._moves)
        return same and self.path() == other.path()

    def __hash__(self) -> int:
        return hash((self._at, self._moves))


class MazeRules(Rules[MazePuzzle, MazeAnswer]):
    """A path starts at S, ends at G, and moves one open cell north, south, east or west.

    Cost is the number of moves; a path is optimal when no path has fewer.
    """

    def check(self, puzzle: MazePuzzle, answer: MazeAnswer) -> Verdict:
        field = MazeField.of(puzzle)
        faults = list(itertools.islice(_faults(puzzle, field, answer.path), FAULTS))
        if faults:
            return verdict_from(faults)
        taken = len(answer.path) - 1
        return verdict_from([], optimal=taken == field.moves, cost=float(taken))

    def diagnose(self, puzzle: MazePuzzle) -> list[Violation]:
        field = MazeField.of(puzzle)
        if field.moves >= 0:
            return []
        start, goal = field.place(field.start), field.place(field.goal)
        (top, left), (bottom, right) = start, goal
        message = (
            f"no path leads from the start (row {top + 1}, column {left + 1}) "
            f"to the goal (row {bottom + 1}, column {right + 1})"
        )
        return [Violation(rule="unreachable", message=message, places=(start, goal))]

    def initial(self, puzzle: MazePuzzle) -> MazeState:
        field = MazeField.of(puzzle)
        return MazeState(field, field.start)

    def actions(self, state: MazeState) -> list[str]:
        field = state._field
        if state._at == field.goal:
            return []
        cells = zip(DIRECTIONS, around(state._at, field.stride), strict=True)
        return [name for name, cell in cells if field.free[cell]]

    def step(self, state: MazeState, action: Any) -> MazeState:
        legal = self.actions(state)
        if action not in legal:
            raise InputError(
                f"{place(state.cell)} has no move {action!r}",
                expected="one of " + ", ".join(legal) if legal else "no move",
            )
        cells = around(state._at, state._field.stride)
        return MazeState(state._field, cells[_NAMES.index(action)], state)

    def result(self, state: MazeState) -> MazeAnswer | None:
        return self.so_far(state) if state._at == state._field.goal else None

    def so_far(self, state: MazeState) -> MazeAnswer:
        return MazeAnswer.model_construct(task="maze", path=state.path())

    def plan(self, puzzle: MazePuzzle, answer: MazeAnswer) -> list[Hashable]:
        """The moves along a valid answer, up to its first arrival at the goal.

        Raises:
            InputError: when the rules refute the answer, with the first violation.
        """
        fault = next(_faults(puzzle, MazeField.of(puzzle), answer.path), None)
        if fault is not None:
            raise InputError(fault.message, expected="a path that the rules accept")
        moves: list[Hashable] = []
        for one, other in itertools.pairwise(answer.path):
            if puzzle.grid[one[0]][one[1]] == "G":
                break
            moves.append(_NAMES[_OFFSETS.index((other[0] - one[0], other[1] - one[1]))])
        return moves

    def step_cost(self, state: MazeState, action: Any) -> float:
        return 1.0

    def key(self, state: MazeState) -> Hashable:
        return state._at


def _faults(puzzle: MazePuzzle, field: MazeField, path: Sequence[Cell]) -> Iterator[Violation]:
    start, goal = field.place(field.start), field.place(field.goal)
    if not path:
        yield Violation(rule="start", message="the path is empty", places=(start,))
        return
    ends = (("start", "starts", path[0], start), ("goal", "ends", path[-1], goal))
    for name, verb, found, right in ends:
        if found != right:
            message = f"the path {verb} at {place(found)}, but the {name} is at {place(right)}"
            yield Violation(rule=name, message=message, places=(found, right))
    height, width = puzzle.shape
    before = None
    for number, (row, column) in enumerate(path):
        cell = (row, column)
        if not (0 <= row < height and 0 <= column < width):
            message = f"cell {number + 1} of the path, {place(cell)}, is outside the maze"
            yield Violation(rule="outside", message=message, places=(cell,))
        elif puzzle.grid[row][column] == "#":
            message = f"cell {number + 1} of the path, {place(cell)}, is a wall"
            yield Violation(rule="wall", message=message, places=(cell,))
        if before is not None and (row - before[0], column - before[1]) not in _OFFSETS:
            message = f"move {number} goes from {place(before)} to {place(cell)}, not one cell on"
            yield Violation(rule="move", message=message, places=(before, cell))
        before = cell
