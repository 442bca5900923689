"""Lists of Sudokus: one a line, alone or as one field of several, maybe with its answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice

from hrm_toolkit.adapters.sudoku.boxes import BOXES, LARGEST, Box, Rows
from hrm_toolkit.adapters.sudoku.reading.content import SQUARES, wrong_count
from hrm_toolkit.adapters.sudoku.reading.grids import Grid, grid_of_cells
from hrm_toolkit.adapters.sudoku.reading.symbols import CELLS, clean, no_cell
from hrm_toolkit.adapters.sudoku.rules import SudokuAnswer, SudokuPuzzle
from hrm_toolkit.core.errors import InputError
from hrm_toolkit.core.puzzle import validate

_SIMPLE = {size: re.compile(rf"(?:[1-{size}.]+|[0-{size}]+)") for size in (4, 6, 9)}
_TO_DIGITS = bytes(b - 48 if 48 <= b <= 57 else 0 for b in range(256))
_CELL = re.compile(rf"[{CELLS}Q-Y\-]+")
_USUAL = re.compile(rf"[{CELLS}\-]+")
_ADDRESS = re.compile(r"[/?&=#,;\s]+")
_PART = re.compile(r"[,;\t|:\s\"'\[\](){}]+")
_COMMENT = re.compile(r"(^|\s)(#|//).*")
_SHORTEST = 16
_HEAD = 100_000
_LOOKED_AT = 500
"""Characters and lines by which a list is told from a drawing."""

Record = tuple[Grid, Grid | None]
"""A grid with its answer, where the line says one."""


def plain_rows(line: str) -> Rows | None:
    """The digits of a line that is 16, 36 or 81 plain cells and nothing else, fast; else None.

    Example:
        >>> plain_rows("1.....3..4.....2")
        ((1, 0, 0, 0), (0, 0, 3, 0), (0, 4, 0, 0), (0, 0, 0, 2))
    """
    size = SQUARES.get(len(line), 0)
    if size not in _SIMPLE or not _SIMPLE[size].fullmatch(line):
        return None
    digits = line.encode().translate(_TO_DIGITS)
    return tuple([tuple(digits[start : start + size]) for start in range(0, len(digits), size)])


def line_pair(
    line: str, box: Box | None = None, boxes: Mapping[int, Box] | None = None
) -> tuple[SudokuPuzzle, SudokuAnswer | None]:
    """The puzzle of one line of a list, with its answer where the line holds both.

    A line of 81 plain cells takes a few microseconds: nothing in it is looked at twice.

    Args:
        box: rows and columns of a box, where that is said.
        boxes: those of each size, where it is not; the usual ones of other sizes.

    Raises:
        InputError: saying what the line holds, or that the boxes do not tile it.

    Example:
        >>> line_pair("1.....3..4.....2;easy")[0].size
        4
    """
    rows = plain_rows(line)
    if rows is not None and box is None and len(rows) != 6:
        return SudokuPuzzle.model_construct(grid=rows), None
    grid, answer = (Grid(rows), None) if rows is not None else line_record(line)
    shape = box or (boxes or {}).get(len(grid.rows))
    puzzle = validate(SudokuPuzzle, {"grid": grid.rows, "box": shape})
    return puzzle, None if answer is None else validate(SudokuAnswer, {"grid": answer.rows})


def line_record(line: str) -> Record:
    """The grid of one line of a list, and its answer.

    The grid is the longest field that is one; the answer a second of its length without a blank.

    Raises:
        InputError: saying how many cells the line holds, or that it has two grids with blanks.
    """
    rows = plain_rows(line.strip())
    if rows is not None:
        return Grid(rows), None
    fields = _grids(clean(_COMMENT.sub("", line)))
    if not fields:
        raise _none(line)
    size = max(len(grid.rows) for grid in fields)
    held = [grid for grid in fields if len(grid.rows) == size]
    blank = [grid for grid in held if any(0 in row for row in grid.rows)]
    full = [grid for grid in held if grid not in blank]
    if len(blank) > 1:
        raise InputError(
            f"the line holds {len(blank)} grids with blanks", expected="a puzzle, maybe its answer"
        )
    if blank:
        return blank[0], full[0] if full else None
    return full[0], full[1] if len(full) > 1 else None


def content_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a list that may hold a puzzle, with their numbers; no comments."""
    return cut_lines(enumerate(text.splitlines(), 1))


def cut_lines(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """As ``content_lines``, of numbered lines."""
    for number, line in lines:
        commented = ("#" in line or "//" in line) and "://" not in line
        kept = (_COMMENT.sub("", line) if commented else line).strip()
        if kept:
            yield number, kept


def is_list(text: str, insist: bool = False) -> bool:
    """Whether a text has one puzzle a line, rather than the rows of grids.

    Sixteen lines of 16 cells are one 16x16 grid, unless no symbol in them is above 4.

    Args:
        insist: it is a list where it could also be one grid.
    """
    lines = [line for _, line in islice(content_lines(text[:_HEAD]), _LOOKED_AT)]
    if len(text) > _HEAD:
        lines = lines[:-1]
    while lines and len(lines) > 1 and is_heading(lines[0]):
        lines = lines[1:]
    if not lines:
        return False
    sizes = [_side(line) for line in lines]
    if len(lines) == 1:
        fields = _PART.split(lines[0])
        whole = any(len(field) in SQUARES and not _foreign(field) for field in fields)
        return sizes[0] > 0 or insist or (whole and len(lines[0]) > 2 * _SHORTEST)
    if insist or all(sizes):
        return True
    # One line that is wrong makes no drawing of a list.
    return sizes[0] > 4 and sum(1 for size in sizes if size) * 2 >= len(sizes)


def is_heading(line: str) -> bool:
    """Whether a line names what comes below it: words, and no grid."""
    longest = max((len(part) for part in _PART.split(line)), default=0)
    return longest < _SHORTEST and bool(re.search(r"[A-Za-z]{2}", line)) and not _side(line)


def _side(line: str) -> int:
    """The side of a line's grid, 0 where it has none."""
    try:
        return len(line_record(line)[0].rows)
    except InputError:
        return 0


def _grids(line: str) -> list[Grid]:
    """The fields of a line that are grids."""
    parts = [p for p in (_ADDRESS if "://" in line else _PART).split(line) if p]
    found = [grid for part in parts if len(part) in SQUARES for grid in _as_grid(list(part), part)]
    if found:
        return found
    # Cells parted by spaces or commas; or the rows of one grid on one line.
    if len(parts) in SQUARES and all(len(part) <= 2 for part in parts):
        return _as_grid(parts, "".join(parts))
    if (
        len({len(part) for part in parts}) == 1
        and len(parts[0]) == len(parts)
        and len(parts) in BOXES
    ):
        return _as_grid(list("".join(parts)), "".join(parts))
    return []


def _as_grid(cells: list[str], text: str) -> list[Grid]:
    if not _CELL.fullmatch(text):
        return []
    try:
        grid = grid_of_cells(cells)
    except InputError:
        return []
    return [grid] if max(map(max, grid.rows)) <= len(grid.rows) else []


def _foreign(field: str) -> str:
    """The first symbol of a field that stands for no cell; Q to Y may where all are letters."""
    known = _CELL if len(field) == LARGEST**2 else _USUAL
    return next((symbol for symbol in field if not known.fullmatch(symbol)), "")


def _none(line: str) -> InputError:
    """Why a line holds no grid: of its longest field, what is wrong with it."""
    part = max(_PART.split(clean(line)), key=len)
    if len(part) in SQUARES:
        odd = _foreign(part)
        if odd:
            raise no_cell(odd, 1, clean(line).index(part) + part.index(odd) + 1)
        values = grid_of_cells(list(part))  # Its own error names the symbol.
        SudokuPuzzle(grid=values.rows)
    return wrong_count(len(part))


@lru_cache
def kind_of_lines(length: int, several: bool) -> str:
    """What a list of lines of one length is called; 0 where they differ."""
    cells = f"{length}-character " if length else ""
    return f"Sudoku, {cells}line{'s' if several else ''}"
