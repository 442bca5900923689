"""Puzzles and answers on a board, as files and programs hold them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from hrm_toolkit.adapters.constraint.pencil.geometry import Cell, Pair, Shape, cells, near, pair
from hrm_toolkit.core import Answer, InputError, Puzzle

MOST_SIDE, MOST_CELLS = 64, 2500
Clue = int | str | None
Clues = tuple[tuple[Clue, ...], ...]
Numbers = tuple[tuple[int, ...], ...]


def require_board(rows: Sequence[Sequence[object]]) -> None:
    """Refuse rows of unequal length, none, and boards that are too large.

    Raises:
        InputError: naming the row.
    """
    width = len(rows[0]) if rows else 0
    if not width:
        raise InputError("the board has no cell", expected="rows of cells")
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise InputError(f"row {number} has {len(row)} cells", expected=f"{width}, as in row 1")
    if len(rows) > MOST_SIDE or width > MOST_SIDE or len(rows) * width > MOST_CELLS:
        raise InputError(
            f"the board is {len(rows)}x{width}",
            expected=f"at most {MOST_CELLS:,} cells and {MOST_SIDE} in a row",
        )


def _clue(value: object) -> object:
    """A clue as it is kept: numbers as such, nothing as None."""
    if isinstance(value, str):
        text = value.strip()
        return None if text in ("", ".") else int(text) if text.isdecimal() else text
    return value


def _rectangle(grid: Clues) -> Clues:
    require_board(grid)
    return grid


def _bits(grid: Numbers) -> Numbers:
    require_board(grid)
    for r, row in enumerate(grid, 1):
        for c, value in enumerate(row, 1):
            if value not in (0, 1):
                raise InputError(f"row {r} column {c} is {value}", expected="0 or 1")
    return grid


def _normal_regions(regions: Numbers) -> Numbers:
    """Regions numbered from 0 in the order in which reading comes to them; each in one piece."""
    require_board(regions)
    shape = len(regions), len(regions[0])
    found: dict[Cell, int] = {}
    for cell in cells(shape):
        if cell in found:
            continue
        number = len(set(found.values()))
        found[cell], todo = number, [cell]
        while todo:
            r, c = todo.pop()
            for n in near(shape, (r, c)):
                if n not in found and regions[n[0]][n[1]] == regions[r][c]:
                    found[n] = number
                    todo.append(n)
    return tuple(tuple(found[r, c] for c in range(shape[1])) for r in range(shape[0]))


Bits = Annotated[Numbers, AfterValidator(_bits)]
"""0 or 1 for each cell."""
Regions = Annotated[Numbers, AfterValidator(_normal_regions)]
"""The number of each cell's region."""
Grid = Annotated[
    tuple[tuple[Annotated[Clue, BeforeValidator(_clue)], ...], ...], AfterValidator(_rectangle)
]
"""A clue for each cell: a number, a sign, or None."""
Line = tuple[int, int, int, int]
"""Row and column of two neighbours, the upper or left one first."""


def _ordered(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    found = set()
    for line in lines:
        a, b = (line[0], line[1]), (line[2], line[3])
        if abs(a[0] - b[0]) + abs(a[1] - b[1]) != 1:
            raise InputError(f"the line {list(line)} joins no neighbours", expected="one step")
        found.add((*min(a, b), *max(a, b)))
    return tuple(sorted(found))


Lines = Annotated[tuple[Line, ...], Field(max_length=4 * MOST_CELLS), AfterValidator(_ordered)]


class Board(Puzzle):
    """Clues in the cells of a board.

    Attributes:
        pattern: what a clue's text looks like; ``meaning`` says it in words.
        grid: the clues.
    """

    pattern: ClassVar[str]
    meaning: ClassVar[str]
    grid: Grid

    @model_validator(mode="after")
    def _clues_are_known(self) -> Board:
        known = re.compile(self.pattern)
        for r, row in enumerate(self.grid, 1):
            for c, clue in enumerate(row, 1):
                if clue is not None and (isinstance(clue, bool) or not known.fullmatch(str(clue))):
                    raise InputError(f"row {r} column {c} has {clue!r}", expected=self.meaning)
        return self

    @property
    def shape(self) -> Shape:
        """Rows and columns."""
        return len(self.grid), len(self.grid[0])

    @property
    def clues(self) -> dict[Cell, int | str]:
        """The clues by their cells, in reading order."""
        return {
            (r, c): clue
            for r, row in enumerate(self.grid)
            for c, clue in enumerate(row)
            if clue is not None
        }


class Rooms(Puzzle):
    """A board divided into rooms.

    Attributes:
        rooms: the number of each cell's room; renumbered in reading order.
        numbers: of each room in that order, or None; () where no room has one.
        walls: borders that end inside a room, and divide it in part: [row, column, row, column].
    """

    rooms: Regions
    numbers: tuple[Annotated[int, Field(ge=0, le=9999)] | None, ...] = ()
    walls: Lines = ()

    @model_validator(mode="after")
    def _numbers_are_of_rooms(self) -> Rooms:
        count = max(map(max, self.rooms)) + 1
        if len(self.numbers) not in (0, count):
            raise InputError(
                f"there are {len(self.numbers)} numbers", expected=f"{count}, one a room"
            )
        for line in self.walls:
            if not all(0 <= r < self.shape[0] and 0 <= c < self.shape[1] for r, c in ends(line)):
                raise InputError(f"the wall {list(line)} is off the board")
        return self

    @property
    def shape(self) -> Shape:
        """Rows and columns."""
        return len(self.rooms), len(self.rooms[0])

    @property
    def by_room(self) -> list[list[Cell]]:
        """The cells of each room."""
        found: list[list[Cell]] = [[] for _ in range(max(map(max, self.rooms)) + 1)]
        for r, c in cells(self.shape):
            found[self.rooms[r][c]].append((r, c))
        return found

    def walled(self, a: Cell, b: Cell) -> bool:
        """Whether a border lies between two neighbours."""
        inner = (*pair(a, b)[0], *pair(a, b)[1]) in self.walls
        return inner or self.rooms[a[0]][a[1]] != self.rooms[b[0]][b[1]]


class Shading(Answer):
    """Which cells are shaded, or hold a light: 1 in ``grid``."""

    grid: Bits


class Drawing(Answer):
    """The lines that are drawn, each as [row, column, row, column] of two neighbours."""

    lines: Lines


class Division(Answer):
    """The number of each cell's region, in any numbering."""

    regions: Regions


def ends(line: Line) -> Pair:
    """The two cells of a line."""
    return (line[0], line[1]), (line[2], line[3])
