"""The shapes of a Sudoku's boxes, and the units that follow from them."""

from __future__ import annotations

from functools import lru_cache

Box = tuple[int, int]
"""(rows, columns) of a box; the side of the grid is their product."""
Rows = tuple[tuple[int, ...], ...]

LARGEST = 25
"""The longest side, and so the most digits."""


@lru_cache
def shapes(size: int) -> tuple[Box, ...]:
    """Every shape of box, of two rows and two columns at least, that tiles a grid of this side.

    The usual one comes first. It is nearest to a square, and wide rather than tall: a 6x6 grid
    has boxes of 2 rows and 3 columns.

    Example:
        >>> shapes(6), shapes(9), shapes(7)
        (((2, 3), (3, 2)), ((3, 3),), ())
    """
    found = [(rows, size // rows) for rows in range(2, size // 2 + 1) if size % rows == 0]
    return tuple(sorted(found, key=lambda box: (abs(box[0] - box[1]), box[0] > box[1])))


BOXES = {size: shapes(size)[0] for size in range(LARGEST + 1) if shapes(size)}
"""Side of the grid -> (rows, columns) of a box where nobody says another shape."""

SIDES = "4, 6, 9, 16 or 25"
"""The sides that are usual, in words; every other of ``BOXES`` is as good."""


def told(box: Box) -> str:
    """A shape in words.

    Example:
        >>> told((3, 2))
        'boxes of 3 rows and 2 columns'
    """
    return f"boxes of {box[0]} rows and {box[1]} columns"


@lru_cache
def units(size: int, box: Box | None = None) -> Rows:
    """Cells of each row, then of each column, then of each box; ``3 * size`` tuples.

    Args:
        size: side of the grid.
        box: rows and columns of a box, the usual ones unless said.

    Example:
        >>> units(4)[8]
        (0, 1, 4, 5)
    """
    height, width = box or BOXES[size]
    span = range(size)
    rows = [tuple(row * size + column for column in span) for row in span]
    columns = [tuple(row * size + column for row in span) for column in span]
    boxes = [
        tuple(rows[top + i][left + j] for i in range(height) for j in range(width))
        for top in range(0, size, height)
        for left in range(0, size, width)
    ]
    return (*rows, *columns, *boxes)


@lru_cache
def peers(size: int, box: Box | None = None) -> Rows:
    """For each cell, the other cells of its row, column and box, ascending."""
    shared: list[set[int]] = [set() for _ in range(size * size)]
    for unit in units(size, box):
        for cell in unit:
            shared[cell].update(unit)
    return tuple(tuple(sorted(cells - {cell})) for cell, cells in enumerate(shared))
