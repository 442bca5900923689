"""The shared half of tasks on a grid: symmetries, neighbours, breadth-first waves, text."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from hrm_toolkit.core import Clue, Deadline, InputError, Relation, Size
from hrm_toolkit.core.structure import IntArray

T = TypeVar("T")
Cell = tuple[int, int]

_BITS = 4_096
"""Fenced cells that a number of so many bits still stands for faster than a list."""

DIRECTIONS: dict[str, Cell] = {"north": (-1, 0), "south": (1, 0), "east": (0, 1), "west": (0, -1)}
"""Row and column offset of each direction, in the order used everywhere."""


def number_clues(grid: Sequence[Sequence[int]]) -> list[Clue]:
    """The numbers of a grid with 0 for a blank, as clues (row, column, number) from 0."""
    return [
        Clue(f"row {r + 1} column {c + 1} = {value}", (r, c, value))
        for r, row in enumerate(grid)
        for c, value in enumerate(row)
        if value
    ]


def grid_keeping(
    grid: Sequence[Sequence[int]], clues: Sequence[Clue]
) -> tuple[tuple[int, ...], ...]:
    """The grid with some of its ``number_clues`` alone."""
    kept = {clue.data for clue in clues}
    return tuple(
        tuple(value if (r, c, value) in kept else 0 for c, value in enumerate(row))
        for r, row in enumerate(grid)
    )


@dataclass(frozen=True)
class Dihedral:
    """One of the eight symmetries of the square; on a rectangle height and width may swap.

    Transposes first, then reverses the rows, then the columns.

    Example:
        >>> turn = Dihedral(transpose=True, flip_columns=True)
        >>> turn.text(("ab", "cd"))
        ('ca', 'db')
        >>> turn.inverse.text(turn.text(("ab", "cd")))
        ('ab', 'cd')
    """

    transpose: bool = False
    flip_rows: bool = False
    flip_columns: bool = False

    @classmethod
    def all(cls) -> tuple[Dihedral, ...]:
        """The eight, the identity first."""
        return tuple(cls(bool(i & 4), bool(i & 2), bool(i & 1)) for i in range(8))

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Dihedral:
        """One of the eight, uniformly."""
        return _DIHEDRAL[int(rng.integers(8))]

    @property
    def inverse(self) -> Dihedral:
        """The symmetry that undoes this one."""
        if not self.transpose:
            return self
        return Dihedral(True, self.flip_columns, self.flip_rows)

    def table(self, rows: Sequence[Sequence[T]]) -> tuple[tuple[T, ...], ...]:
        """Rows of any items, moved."""
        moved = zip(*rows, strict=True) if self.transpose else map(tuple, rows)
        ordered = tuple(moved)[:: -1 if self.flip_rows else 1]
        return tuple(row[::-1] for row in ordered) if self.flip_columns else ordered

    def text(self, rows: Sequence[str]) -> tuple[str, ...]:
        """Rows of characters, moved."""
        return tuple(map("".join, self.table(rows)))

    def array(self, grid: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """An array (H, W), moved; a view."""
        moved = grid.T if self.transpose else grid
        return moved[:: -1 if self.flip_rows else 1, :: -1 if self.flip_columns else 1]

    def cells(self, cells: Iterable[Cell], height: int, width: int) -> tuple[Cell, ...]:
        """Where cells of a grid of ``height`` x ``width`` go (cells outside it too)."""
        pairs: Iterable[Cell] = cells
        if self.transpose:
            height, width = width, height
            pairs = [(column, row) for row, column in pairs]
        if self.flip_rows:
            pairs = [(height - 1 - row, column) for row, column in pairs]
        if self.flip_columns:
            pairs = [(row, width - 1 - column) for row, column in pairs]
        return tuple(pairs)


_DIHEDRAL = Dihedral.all()


def neighbours(free: npt.NDArray[np.bool_]) -> tuple[Relation, ...]:
    """One relation a direction: a free cell reads its free neighbour on that side.

    Args:
        free: which cells take part, shape (H, W), bool; or of grids side by side, (T, H, W).

    Returns:
        Relations north, south, east, west over L = T * H * W positions, row-major.

    Example:
        >>> [r.count.tolist() for r in neighbours(np.array([[True, True, False]]))]
        [[0, 0, 0], [0, 0, 0], [1, 0, 0], [0, 1, 0]]
    """
    index = np.arange(free.size, dtype=np.int32).reshape(free.shape)
    relations = []
    for name, (down, right) in DIRECTIONS.items():
        source = np.full(free.shape, -1, np.int32)
        here = (..., *_overlap(down, right))
        there = (..., *_overlap(-down, -right))
        source[here] = np.where(free[here] & free[there], index[there], -1)
        relations.append(Relation.neighbours(name, source.ravel()))
    return tuple(relations)


def _overlap(down: int, right: int) -> tuple[slice, slice]:
    """The cells whose neighbour at this offset lies on the grid."""
    return (
        slice(max(-down, 0), -down if down > 0 else None),
        slice(max(-right, 0), -right if right > 0 else None),
    )


def coordinates(height: int, width: int) -> IntArray:
    """Row and column of each position, row-major, shape (H * W, 2), int32."""
    return np.indices((height, width), dtype=np.int32).reshape(2, -1).T.copy()


def fence(free: npt.NDArray[np.bool_]) -> tuple[bytes, int]:
    """A grid (H, W) as one byte a cell with closed cells all around, and its stride.

    Cell (row, column) lies at ``(row + 1) * stride + column``; its neighbours at plus and minus
    1 and ``stride`` always exist, so that walks need no test of bounds.
    """
    height, width = free.shape
    fenced = np.zeros((height + 2, width + 1), np.bool_)
    fenced[1:-1, :-1] = free
    return fenced.tobytes(), width + 1


def around(cell: int, stride: int) -> tuple[int, int, int, int]:
    """The neighbours of a fenced cell, in the order of ``DIRECTIONS``."""
    return cell - stride, cell + stride, cell + 1, cell - 1


def waves(free: bytes, stride: int, origin: int) -> Iterator[list[int]]:
    """Fenced cells at distance 0, 1, 2, ... from ``origin``, as far as they are connected."""
    left = bytearray(free)
    left[origin] = 0
    wave = [origin]
    while wave:
        yield wave
        ahead = []
        for cell in wave:
            for near in (cell - stride, cell + stride, cell + 1, cell - 1):
                if left[near]:
                    left[near] = 0
                    ahead.append(near)
        wave = ahead


def distances(
    free: bytes, stride: int, origin: int, *, until: int = 0, deadline: Deadline = Deadline.never()
) -> list[int]:
    """Moves from ``origin`` to each fenced cell, -1 where it was not reached.

    Args:
        until: stop once this cell is reached; 0, which is fence, never is.
        deadline: when to stop.
    """
    steps = [-1] * len(free)
    for depth, wave in enumerate(waves(free, stride, origin)):
        for cell in wave:
            steps[cell] = depth
        if steps[until] >= 0 or deadline.over:
            break
    return steps


def moves(free: bytes, stride: int, one: int, other: int) -> int:
    """The fewest moves between two fenced cells, -1 where they are not connected.

    Example:
        >>> free, stride = fence(np.array([[True, True], [False, True]]))
        >>> moves(free, stride, stride, 2 * stride + 1)
        2
    """
    if len(free) > _BITS:
        return distances(free, stride, one, until=other)[other]
    # A bit a cell: all cells of a wave move at once, by shifts.
    left = int.from_bytes(np.packbits(np.frombuffer(free, np.bool_), bitorder="little"), "little")
    wave, goal, taken = 1 << one, 1 << other, 0
    while wave and not wave & goal:
        left &= ~wave
        wave = (wave << 1 | wave >> 1 | wave << stride | wave >> stride) & left
        taken += 1
    return taken if wave else -1


def sides(size: Size) -> Cell:
    """Height and width of a size, 0 and 0 of what is none; a task holds them to its own bounds.

    Example:
        >>> sides(3), sides((2, 4)), sides("3")
        ((3, 3), (2, 4), (0, 0))
    """
    try:
        one, other = size if isinstance(size, tuple | list) else (size, size)
        return operator.index(one), operator.index(other)
    except (TypeError, ValueError):
        return 0, 0


def place(cell: Cell) -> str:
    """A cell for a reader, counted from 1.

    Example:
        >>> place((0, 3))
        'row 1 column 4'
    """
    return f"row {cell[0] + 1} column {cell[1] + 1}"


def text_rows(text: str) -> tuple[list[str], int]:
    """The lines of a grid's text without empty lines before and after, and the first's number.

    Example:
        >>> text_rows("\\r\\nab\\r\\ncd\\r\\n")
        (['ab', 'cd'], 2)
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first, end = 0, len(lines)
    while end and not lines[end - 1]:
        end -= 1
    while first < end and not lines[first]:
        first += 1
    return lines[first:end], first + 1


def require_rectangle(
    rows: Sequence[Sequence[object]], limit: int, *, unit: str = "row", first: int = 1
) -> None:
    """Refuse rows that are none, too many, empty, too long or of unequal length.

    Args:
        limit: the most rows, and the most cells in a row.
        unit: what a row is called: ``row``, or ``line`` in a text.
        first: the number of the first row.

    Raises:
        InputError: naming the first row at fault.
    """
    if not rows:
        raise InputError(f"the grid has no {unit}s", expected=f"at least one {unit} of cells")
    if len(rows) > limit:
        raise InputError(f"the grid has {len(rows):,} {unit}s", expected=f"at most {limit:,}")
    width = len(rows[0])
    for number, row in enumerate(rows, first):
        if not row:
            raise InputError(f"{unit} {number} is empty", expected=f"cells in every {unit}")
        if len(row) > limit:
            raise InputError(
                f"{unit} {number} has {len(row):,} cells", expected=f"at most {limit:,}"
            )
        if len(row) != width:
            raise InputError(
                f"{unit} {number} has {len(row)} cells",
                expected=f"{width}, as in {unit} {first}",
                hint="spaces at the end of a line are cells: write open cells as dots"
                if unit == "line"
                else None,
            )


def require_symbols(rows: Sequence[str], allowed: str) -> None:
    """Refuse characters outside ``allowed``.

    Raises:
        InputError: naming the first one's row and column.
    """
    known = frozenset(allowed)
    for number, row in enumerate(rows, 1):
        if not known.issuperset(row):
            column = next(i for i, symbol in enumerate(row) if symbol not in known)
            names = " ".join("space" if symbol == " " else symbol for symbol in allowed)
            raise InputError(
                f"row {number} column {column + 1} has {row[column]!r}",
                expected=f"one of {names}",
            )
