"""Sudoku grids as values: rows, flat lists and arrays of numbers, texts, nothing, or cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hrm_toolkit.adapters.sudoku.boxes import BOXES
from hrm_toolkit.adapters.sudoku.reading.content import SQUARES
from hrm_toolkit.adapters.sudoku.reading.grids import LONGEST, Grid, grid_of_cells, parse_grid
from hrm_toolkit.adapters.sudoku.reading.lists import is_list, line_record
from hrm_toolkit.core.errors import InputError


def grid_of(value: Any) -> Grid | None:
    """The grid that ``value`` is: text, rows, a flat list or an array; None where it is no grid.

    A cell is a number, a text, None, or a mapping with a ``value``. Whether rows are as long as
    they must be, and numbers digits, is left to the puzzle.

    Raises:
        InputError: for text that is no grid, and symbols that stand for no cell.

    Example:
        >>> grid_of([["1", ".", None, ""], [".", ".", "3", "."], ".4..", "...2"]).rows[0]
        (1, 0, 0, 0)
    """
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, str):
        return grid_of_text(value)
    rows = _rows(value)
    if rows is None:
        return None
    flat = [cell for row in rows for cell in row]
    size = len(rows)
    plain = all(isinstance(cell, int) and cell >= 0 for cell in flat)
    if plain and not (size >= 10 and flat and max(flat) == size - 1):
        return Grid(tuple(map(tuple, rows)))
    symbols = [_symbol(cell) for cell in flat]
    if None in symbols or len(symbols) != size * size or size not in BOXES:
        return None
    if size < 10 and any(isinstance(cell, int) and cell < 0 for cell in flat) and 0 in flat:
        return None
    try:
        return grid_of_cells([symbol for symbol in symbols if symbol is not None])
    except InputError as error:
        odd = next((k for k, cell in enumerate(flat) if not isinstance(cell, int)), 0)
        error.at(f"grid.{odd // size}.{odd % size}")
        raise


def grid_of_text(text: str) -> Grid:
    """The one grid of a text: a line of cells, or a drawing.

    Raises:
        InputError: as ``parse_grid``; for a text that is too long.
    """
    if len(text) > LONGEST:
        raise InputError(
            f"the text has {len(text)} characters", expected=f"a Sudoku of at most {LONGEST}"
        )
    return line_record(text)[0] if "\n" not in text.strip() and is_list(text) else parse_grid(text)


def _rows(value: Any) -> list[list[Any]] | None:
    """Rows of cells, however they are held."""
    if not isinstance(value, list | tuple) or not value:
        return None
    rowed = all(isinstance(row, str) and len(row) == len(value) for row in value)
    if all(isinstance(row, str) for row in value) and (rowed or len(value) not in SQUARES):
        # Rows of text; together they may be any drawing of a grid.
        return [list(row) for row in grid_of_text("\n".join(value)).rows]
    if all(_is_cell(cell) for cell in value):
        size = SQUARES.get(len(value), 0)
        return [list(value[i : i + size]) for i in range(0, len(value), size)] if size else None
    rows = [list(row) if isinstance(row, str | list | tuple) else None for row in value]
    held = [row for row in rows if row is not None and all(_is_cell(cell) for cell in row)]
    return held if len(held) == len(rows) else None


def _is_cell(value: Any) -> bool:
    if isinstance(value, Mapping):
        return not value or "value" in value
    return value is None or isinstance(value, str | int | float)


def _symbol(cell: Any) -> str | None:
    """A cell's symbol; None for what is no cell."""
    if isinstance(cell, Mapping):
        cell = cell.get("value")
    if cell is None:
        return ""
    if isinstance(cell, bool) or (isinstance(cell, float) and not cell.is_integer()):
        return None
    return cell.strip() if isinstance(cell, str) else str(int(cell))


def positions(cells: Sequence[Any]) -> Grid | None:
    """The grid of cells that say where they are: ``{"position": [row, column], "value": 5}``.

    Of cells that say so, those that were filled in later are left out. None for other cells.

    Raises:
        InputError: for a cell outside of the grid, which is 9x9.
    """
    if not all(isinstance(c, Mapping) and isinstance(c.get("position"), list) for c in cells):
        return None
    rows = [[0] * 9 for _ in range(9)]
    for cell in cells:
        place, value = cell["position"], cell.get("value")
        inside = len(place) == 2 and all(isinstance(at, int) and 0 <= at < 9 for at in place)
        if not inside or not isinstance(value, int) or not 0 <= value <= 9:
            raise InputError(
                "a cell is outside of the grid",
                expected="rows, columns 0 to 8, values 1 to 9",
                got=cell,
            )
        if cell.get("fixed", True):
            rows[place[0]][place[1]] = value
    return Grid(tuple(map(tuple, rows)))


def is_matrix(value: list[Any]) -> bool:
    """Whether rows are a square table without a diagonal that holds what no Sudoku can."""
    size = len(value)
    if size < min(BOXES) or not all(isinstance(row, list) and len(row) == size for row in value):
        return False
    numbers = [cell for row in value for cell in row if cell is not None]
    return (
        all(isinstance(cell, int | float) for cell in numbers)
        and not any(row[k] for k, row in enumerate(value))
        and any(cell > size or cell < 0 or cell % 1 for cell in numbers)
    )
