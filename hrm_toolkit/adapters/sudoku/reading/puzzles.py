"""Sudokus from text: one puzzle a line, or drawn grids; and the shape of their boxes settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hrm_toolkit.adapters.sudoku.boxes import Box
from hrm_toolkit.adapters.sudoku.reading.grids import LONGEST, Grid, parse_grids
from hrm_toolkit.adapters.sudoku.reading.lists import (
    Record,
    content_lines,
    is_heading,
    is_list,
    kind_of_lines,
    line_record,
)
from hrm_toolkit.adapters.sudoku.reading.shape import Unshaped, shaped
from hrm_toolkit.adapters.sudoku.reading.values import grid_of
from hrm_toolkit.adapters.sudoku.rules import SudokuAnswer, SudokuPuzzle
from hrm_toolkit.core.errors import InputError
from hrm_toolkit.core.files import Loaded, placed
from hrm_toolkit.core.puzzle import validate

_MOST = 1_000_000
"""Characters of a text with drawn grids."""


def read_sudoku(text: str, *, lines: bool = False, box: Box | None = None) -> Loaded:
    """Sudoku text: ``.sdm`` and other lists of one puzzle a line, ``.sdk``, ``.ss``, any grids.

    Args:
        lines: read one puzzle a line where the text could also be one grid.
        box: rows and columns of a box, where that is said.

    Raises:
        InputError: naming the line, or the cell, at fault.
    """
    if is_list(text, lines):
        found = list(content_lines(text))
        while len(found) > 1 and is_heading(found[0][1]):
            found = found[1:]
        where = [f"line {number}" if len(found) > 1 else "" for number, _ in found]
        pairs = [_placed(at, line) for at, (_, line) in zip(where, found, strict=True)]
        pairs, where = _answered(pairs, where)
        lengths = {len(line) for _, line in found}
        return loaded(
            kind_of_lines(lengths.pop() if len(lengths) == 1 else 0, len(found) > 1),
            pairs,
            box,
            where,
        )
    longest = max(map(len, text.splitlines()), default=0)
    if len(text) > _MOST or longest > LONGEST:
        raise InputError(
            f"the text has {len(text)} characters",
            expected=f"a Sudoku of at most {LONGEST}, or drawn ones of at most {_MOST:,} together",
            hint="write one puzzle a line" if longest <= LONGEST else None,
        )
    grids = parse_grids(text)
    kind = "Sudoku grid" if len(grids) == 1 else f"{len(grids)} Sudoku grids"
    where = [f"the grid at line {grid.line}" if len(grids) > 1 else "" for grid in grids]
    pairs, where = _answered([(grid, None) for grid in grids], where)
    return loaded(kind, pairs, box, where)


def _answered(pairs: list[Record], where: list[str]) -> tuple[list[Record], list[str]]:
    """Puzzles with their answers, where every second grid is the one before it, filled."""
    two = list(zip(pairs[::2], pairs[1::2], strict=False))
    if 2 * len(two) != len(pairs) or any(answer for _, answer in pairs):
        return pairs, where
    if not two or not all(_fills(puzzle, found) for (puzzle, _), (found, _) in two):
        return pairs, where
    return [(puzzle, found) for (puzzle, _), (found, _) in two], where[::2]


def _fills(puzzle: Grid, found: Grid) -> bool:
    """Whether a grid has no blank and keeps the clues of another that has."""
    clues = [cell for row in puzzle.rows for cell in row]
    cells = [cell for row in found.rows for cell in row]
    return (
        len(clues) == len(cells)
        and 0 in clues
        and 0 not in cells
        and all(clue in (0, cell) for clue, cell in zip(clues, cells, strict=True))
    )


def loaded(
    kind: str, pairs: Sequence[Record], box: Box | None, where: Sequence[str] = ()
) -> Loaded:
    """Grids with their answers as puzzles, the shape of their boxes settled.

    Args:
        box: the shape that is said.
        where: the place of each, for errors.

    Raises:
        InputError: for a grid that is no Sudoku, or drawn with other boxes than ``box``.
    """
    asked = [_unshaped(grid, answer, box) for grid, answer in pairs]
    for at, grid in zip(where, asked, strict=False):
        if at:
            placed(at, validate, SudokuPuzzle, {"grid": grid.rows})
    found = shaped(asked)
    notes = [note for grid, _ in pairs for note in grid.notes]
    notes += [note for one in found for note in one.notes]
    answers = [
        None if answer is None else validate(SudokuAnswer, {"grid": answer.rows})
        for _, answer in pairs
    ]
    made = Loaded.of(kind, [(o.puzzle, a) for o, a in zip(found, answers, strict=True)], notes)
    return replace(made, open=any(one.open for one in found))


def loaded_fields(fields: dict[str, Any], kind: str) -> Loaded:
    """Load a puzzle from its fields, and say what was assumed of symbols and boxes.

    Raises:
        InputError: naming the field at fault.
    """
    grid = grid_of(fields.get("grid"))
    if grid is None or fields.get("box") is not None or set(fields) - {"task", "grid", "box"}:
        whole = fields if grid is None else {**fields, "grid": grid.rows}
        puzzle = validate(SudokuPuzzle, {"task": "sudoku", **whole})
        return Loaded.of(kind, [(puzzle, None)], grid.notes if grid else ())
    return loaded(kind, [(grid, None)], None)


def _unshaped(grid: Grid, answer: Grid | None, box: Box | None) -> Unshaped:
    if None not in (box, grid.box) and box != grid.box:
        drawn = "x".join(map(str, grid.box or ()))
        raise InputError(
            f"the grid is drawn with boxes of {drawn}", expected="x".join(map(str, box or ()))
        )
    return Unshaped(grid.rows, box or grid.box, None if answer is None else answer.rows)


def _placed(where: str, line: str) -> Record:
    return placed(where, line_record, line) if where else line_record(line)
