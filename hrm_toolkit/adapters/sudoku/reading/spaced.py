"""Sudokus drawn with spaces for their blanks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hrm_toolkit.adapters.sudoku.boxes import BOXES, Box
from hrm_toolkit.adapters.sudoku.reading.symbols import Cell
from hrm_toolkit.core.errors import InputError

_BAR = re.compile("[|\u2502\u2503\u2551]")
_SYMBOL = re.compile(r"[0-9A-Y ]*")


def spaced_grid(lines: Sequence[tuple[int, str]]) -> tuple[tuple[Cell, ...], int, Box | None, int]:
    """Cells, side, box and first line of the one grid that is drawn with spaces for blanks.

    Each cell has its column: rows of as many characters as cells, every second one a gap or not,
    or parts of one width between bars.

    Raises:
        InputError: where no way, or more than one, fits.
    """
    barred = [(n, line) for n, line in lines if _BAR.search(line)]
    if barred:
        return _barred(barred)
    rows = [(n, line.rstrip()) for n, line in lines]
    first = next((i for i, (_, line) in enumerate(rows) if line), len(rows))
    del rows[:first]
    while rows and not rows[-1][1] and len(rows) not in BOXES:
        rows.pop()
    size = len(rows)
    if (
        size not in BOXES
        or not all(_SYMBOL.fullmatch(line) for _, line in rows)
        or not any(" " in line for _, line in rows)
    ):
        raise _none()
    _require_whole(lines, rows, size)
    for step in (1, 2):
        width = (size - 1) * step + 1
        longest = max(len(line) for _, line in rows)
        gaps = all(set(line[1::2]) <= {" "} for _, line in rows)
        if longest == width and gaps == (step == 2):
            return _picked(rows, [step * k for k in range(size)], size), size, None, rows[0][0]
    raise _none()


def _require_whole(
    lines: Sequence[tuple[int, str]], rows: Sequence[tuple[int, str]], size: int
) -> None:
    """Refuse a first row that lost its leading spaces: others are drawn to their full width."""
    whole = {len(line) for _, line in lines if line.strip()}
    if (
        len(whole) > 1
        and min(whole) == len(rows[0][1])
        and any(line.endswith(" ") for _, line in lines)
    ):
        raise InputError(
            f"line {rows[0][0]} is shorter than the others, and spaces are its blanks",
            expected=f"{size} characters in each row, or dots for blanks",
        )


def _barred(lines: Sequence[tuple[int, str]]) -> tuple[tuple[Cell, ...], int, Box | None, int]:
    """Of rows whose parts stand between bars."""
    size, rows = len(lines), _parts(lines)
    shape = {tuple(len(part) for part in parts) for _, parts in rows}
    widths = {width for parts in shape for width in parts}
    if size not in BOXES or len(shape) != 1 or len(widths) != 1 or size % len(rows[0][1]):
        raise _none()
    groups, width = len(rows[0][1]), widths.pop()
    each = size // groups
    filled = {k for _, parts in rows for part in parts for k, c in enumerate(part) if c != " "}
    ways = [
        columns
        for step in (1, 2, 3, 4)
        for first in range(4)
        if filled <= set(columns := [first + step * k for k in range(each)])
        and width in ((each - 1) * step + 1 + 2 * first, (each - 1) * step + 1 + first)
    ]
    if len(ways) != 1:
        raise _none()
    cells = tuple(
        (part[k].strip() or "", n, j * (width + 1) + k + 1)
        for n, parts in rows
        for j, part in enumerate(parts)
        for k in ways[0]
    )
    box = (size // each, each) if 1 < each < size else None
    return cells, size, box, lines[0][0]


def _parts(lines: Sequence[tuple[int, str]]) -> list[tuple[int, list[str]]]:
    """The parts of each line; where no bars stand around all, the outer ones made as wide as those
    inside, as the gap beside a bar is not there and blanks at an end may be lost."""
    framed = all(_BAR.match(line.strip()) and _BAR.match(line.rstrip()[-1:]) for _, line in lines)
    if framed:
        return [(n, [part for part in _BAR.split(line.strip()) if part]) for n, line in lines]
    rows = [(n, _BAR.split(line)) for n, line in lines]
    if len({len(parts) for _, parts in rows}) != 1 or len(rows[0][1]) < 2:
        raise _none()
    first = {len(parts[0]) for _, parts in rows}
    beside = all(p[0][-1:] == " " and p[-1][:1] in ("", " ") for _, p in rows)
    inner = {len(part) for _, parts in rows for part in parts[1:-1]} or {
        len(rows[0][1][0]) + beside
    }
    if len(inner) != 1 or len(first) != 1:
        raise _none()
    width, short = max(inner), max(inner) - max(first)
    if short not in (0, 1):
        raise _none()
    return [
        (n, [" " * short + parts[0], *parts[1:-1], parts[-1].rstrip().ljust(width)])
        for n, parts in rows
    ]


def _picked(rows: Sequence[tuple[int, str]], columns: Sequence[int], size: int) -> tuple[Cell, ...]:
    return tuple(
        (line[k].strip() if k < len(line) else "", n, k + 1) for n, line in rows for k in columns
    )


def _none() -> InputError:
    return InputError("no grid is drawn with spaces for blanks")
