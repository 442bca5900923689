"""Boards of Rush Hour: cars on lines, what each can do, and every position that a board has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from hrm_toolkit.core import InputError

RED = "A"
MOST_SIDE = 12
Grid = tuple[str, ...]
Offsets = tuple[int, ...]
Move = tuple[int, int]
"""The number of a car, and how far it goes: right or down, or if it is less than 0 back."""


@dataclass(frozen=True)
class Car:
    """A car, without where it stands on its line.

    Attributes:
        letter: its name.
        across: whether it stands in a row, and not in a column.
        line: the row, or the column.
        length: in cells.
    """

    letter: str
    across: bool
    line: int
    length: int

    def cells(self, offset: int) -> list[tuple[int, int]]:
        """Row and column of each of its cells."""
        along = range(offset, offset + self.length)
        return [(self.line, at) if self.across else (at, self.line) for at in along]


@dataclass(frozen=True)
class Board:
    """What does not change while cars move; their offsets, one a car, say where they stand.

    Attributes:
        height: in cells.
        width: likewise.
        walls: cells where nothing can stand.
        cars: by letter; the first is the red one, in a row.
    """

    height: int
    width: int
    walls: frozenset[tuple[int, int]]
    cars: tuple[Car, ...]
    _hash: int = field(init=False, compare=False, repr=False)
    _lines: tuple[tuple[int, ...], ...] = field(init=False, compare=False, repr=False)
    _closed: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # By car and offset, the bits of its cells: whether two stand apart is asked very often.
        lines = tuple(
            tuple(self._bits(car.cells(at)) for at in range(self.limit(car) + 1))
            for car in self.cars
        )
        object.__setattr__(self, "_lines", lines)
        object.__setattr__(self, "_closed", self._bits(sorted(self.walls)))
        key = (self.height, self.width, self.walls, self.cars)
        object.__setattr__(self, "_hash", hash(key))

    def __hash__(self) -> int:
        return self._hash

    def limit(self, car: Car) -> int:
        """The largest offset of a car."""
        return (self.width if car.across else self.height) - car.length

    def _bits(self, cells: Sequence[tuple[int, int]]) -> int:
        return sum(1 << (row * self.width + column) for row, column in cells)

    def moves(self, offsets: Offsets) -> list[Move]:
        """Every move that is possible, cars in order, those forward from near to far first."""
        lines = self._lines
        taken = self._closed
        for line, offset in zip(lines, offsets, strict=True):
            taken |= line[offset]
        found = []
        for number, (line, offset) in enumerate(zip(lines, offsets, strict=True)):
            others = taken ^ line[offset]
            for at in range(offset + 1, len(line)):
                if line[at] & others:
                    break
                found.append((number, at - offset))
            for at in range(offset - 1, -1, -1):
                if line[at] & others:
                    break
                found.append((number, at - offset))
        return found

    def is_out(self, offsets: Offsets) -> bool:
        """Whether the red car stands at the right edge."""
        return offsets[0] == self.width - self.cars[0].length

    def blocked(self, offsets: Offsets) -> int:
        """How many cars stand between the red one and the right edge."""
        row, front = self.cars[0].line, offsets[0] + self.cars[0].length
        return sum(
            1
            for car, offset in zip(self.cars[1:], offsets[1:], strict=True)
            for cell in car.cells(offset)
            if cell[0] == row and cell[1] >= front
        )

    def grid(self, offsets: Offsets) -> Grid:
        """The rows, as letters."""
        rows = [["."] * self.width for _ in range(self.height)]
        for row, column in self.walls:
            rows[row][column] = "x"
        for car, offset in zip(self.cars, offsets, strict=True):
            for row, column in car.cells(offset):
                rows[row][column] = car.letter
        return tuple(map("".join, rows))

    def positions(self, start: Offsets, most: int) -> dict[Offsets, int]:
        """Every position that moves lead to, and the fewest moves from there to one where the red
        car is out, -1 where there are none; nothing where there are more than ``most``.

        The board has 64 cells and 15 cars at most.
        """
        from hrm_toolkit.adapters.space.puzzles.traffic_kernel import explored

        cars = range(len(self.cars))
        lines = np.zeros((len(self.cars), max(map(len, self._lines))), np.uint64)
        for car, line in enumerate(self._lines):
            lines[car, : len(line)] = line
        limits = np.array([len(line) - 1 for line in self._lines])
        key = sum(offset << 4 * car for car, offset in enumerate(start))
        keys, far = explored(lines, limits, np.uint64(self._closed), key, int(limits[0]), most)
        # (N,) keys become (N, C) offsets, one a car.
        offsets = keys[:, None] >> (4 * np.array(cars)) & 15
        return dict(zip(map(tuple, offsets.tolist()), far.tolist(), strict=True))


@lru_cache(maxsize=1024)
def read(grid: Grid) -> tuple[Board, Offsets]:
    """The board of rows of letters, and where its cars stand.

    Raises:
        InputError: for what is no board.
    """
    walls, cells = set(), dict[str, list[tuple[int, int]]]()
    for r, row in enumerate(grid):
        for c, letter in enumerate(row):
            if letter == "x":
                walls.add((r, c))
            elif letter != ".":
                cells.setdefault(letter, []).append((r, c))
    if RED not in cells:
        raise InputError("there is no red car", expected=f"its cells as {RED}")
    cars, offsets = [], []
    for letter in sorted(cells):
        car, offset = _car(letter, cells[letter])
        cars.append(car)
        offsets.append(offset)
    if not cars[0].across:
        raise InputError(f"the red car {RED} stands in a column", expected="in a row")
    return Board(len(grid), len(grid[0]), frozenset(walls), tuple(cars)), tuple(offsets)


def _car(letter: str, cells: Sequence[tuple[int, int]]) -> tuple[Car, int]:
    (row, column), length = cells[0], len(cells)
    for across in (True, False):
        line, offset = (row, column) if across else (column, row)
        car = Car(letter, across, line, length)
        if length > 1 and car.cells(offset) == list(cells):
            return car, offset
    said = ", ".join(f"row {r + 1} column {c + 1}" for r, c in cells[:4])
    raise InputError(
        f"the car {letter} stands at {said}", expected="two cells or more in one line, side by side"
    )
