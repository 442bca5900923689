"""Answers to Sudokus as people write them, and as this toolkit prints them."""

from __future__ import annotations

import re

from hrm_toolkit.adapters.sudoku.boxes import Rows
from hrm_toolkit.adapters.sudoku.reading.grids import Grid, parse_grids
from hrm_toolkit.adapters.sudoku.reading.lists import is_list, line_record
from hrm_toolkit.adapters.sudoku.rules import SudokuPuzzle
from hrm_toolkit.core.errors import InputError


def answered_grid(puzzle: SudokuPuzzle, text: str) -> Grid:
    """The grid of a text that answers a puzzle: one in any form, or whatever is printed.

    Of several grids it is the one that keeps the clues and is not the puzzle itself.

    Raises:
        InputError: for a text without such a grid; that refutes nothing.
    """
    fields = re.split("[,;\t]", text.strip())
    if len(fields) == 2 and len(fields[0]) == len(fields[1]) == puzzle.size**2:
        # A row of a table: the puzzle, then its answer.
        if parse_grids(fields[0])[0].rows != puzzle.grid:
            raise InputError("the answer stands beside another puzzle")
        text = fields[1]
    found = _one_grid_of(text)
    if found is None:
        grids = [grid for part in _side_by_side(text) for grid in parse_grids(part)]
        rows = {grid.rows: grid for grid in grids}
        if len(rows) > 1:
            rows.pop(puzzle.grid, None)
        if len(rows) > 1:
            rows = {r: grid for r, grid in rows.items() if _keeps(puzzle.grid, r)}
        if len(rows) != 1:
            raise InputError(f"the text holds {len(grids)} grids", expected="one answer")
        (found,) = rows.values()
    return found


def _one_grid_of(text: str) -> Grid | None:
    """The grid of a text that is one line; None for a drawing."""
    lines = text.strip().splitlines()
    if len(lines) != 1 or not is_list(text):
        return None
    return line_record(lines[0])[0]


def _side_by_side(text: str) -> list[str]:
    """The parts of a text in which pictures stand side by side, as results are printed."""
    corner = next((line for line in text.splitlines() if line.count("┌") > 1), None)
    if corner is None:
        return [text]
    starts = [at for at, symbol in enumerate(corner) if symbol == "┌"]
    framed = [line for line in text.splitlines() if line.strip()[:1] in tuple("┌├└│")]
    ends = [*starts[1:], max(map(len, framed))]
    return [
        "\n".join(line[start:end] for line in framed)
        for start, end in zip(starts, ends, strict=True)
    ]


def _keeps(clues: Rows, rows: Rows) -> bool:
    """Whether rows hold every clue."""
    return len(rows) == len(clues) and all(
        clue in (0, value)
        for own, other in zip(clues, rows, strict=True)
        for clue, value in zip(own, other, strict=True)
    )
