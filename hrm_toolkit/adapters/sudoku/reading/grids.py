"""Grids of digits from text, in every usual way to draw one."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hrm_toolkit.adapters.sudoku.boxes import Box, Rows
from hrm_toolkit.adapters.sudoku.reading.drawing import Drawn, drawn_grids
from hrm_toolkit.adapters.sudoku.reading.symbols import Cell, values_of
from hrm_toolkit.core.errors import InputError

LONGEST = 20_000
"""Characters accepted of one grid; a boxed 25x25 grid has under 4,000."""


@dataclass(frozen=True)
class Grid:
    """A grid as it was read.

    Attributes:
        rows: its digits, 0 for a blank.
        box: the shape of the boxes where they are drawn.
        notes: what was assumed of its symbols.
        line: where it begins, from 1.
    """

    rows: Rows
    box: Box | None = None
    notes: tuple[str, ...] = ()
    line: int = 1


def parse_grid(text: str) -> Grid:
    """The one grid in ``text``: one string of symbols, or lines, with or without separators.

    Blanks are ``.``, ``_``, ``*``, ``?``, ``-``, ``-1``, empty fields, spaces where the grid is
    drawn with them, and 0 where no other mark of a blank is there. Numbers above 9 are letters
    (A is 10; A is 1 where all clues are letters) or, where spaces stand between all cells,
    decimal. Frames, code fences, headings and lines that begin with ``#`` are passed over. The
    number of cells decides the size.

    Raises:
        InputError: naming the symbol and its place, or the number of cells found, or where two
            readings are possible.

    Example:
        >>> parse_grid("1... ..3. .4.. ...2").rows
        ((1, 0, 0, 0), (0, 0, 3, 0), (0, 4, 0, 0), (0, 0, 0, 2))
    """
    grids = parse_grids(text)
    if len(grids) > 1:
        raise InputError(
            f"there are {len(grids)} grids, the second at line {grids[1].line}", expected="one"
        )
    return grids[0]


def parse_grids(text: str) -> list[Grid]:
    """The grids drawn in ``text``, at least one.

    Raises:
        InputError: as ``parse_grid``.
    """
    return [_read(drawn) for drawn in drawn_grids(text)]


def grid_of_cells(cells: list[str]) -> Grid:
    """The grid of these symbols, row by row; their number is a square of a side.

    Raises:
        InputError: as ``parse_grid``.
    """
    size = math.isqrt(len(cells))
    placed: list[Cell] = [(s, i // size + 1, i % size + 1) for i, s in enumerate(cells)]
    return _read(Drawn(tuple(placed), size))


def _read(drawn: Drawn) -> Grid:
    read, size = values_of(drawn.cells, drawn.size), drawn.size
    rows = tuple(read.values[i : i + size] for i in range(0, size * size, size))
    return Grid(rows, drawn.box, read.notes, drawn.line)
