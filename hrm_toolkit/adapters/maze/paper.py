"""Blanks that may be the paper around a maze: filled where that is certain, else refused."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.grid import Cell, around, distances, fence
from hrm_toolkit.adapters.maze.layout import DOTS
from hrm_toolkit.core import InputError

_Cells = npt.NDArray[np.bool_]
_UNKNOWN = "?"


def filled(rows: Sequence[str], *, unit: str, first: int) -> tuple[list[str], str | None]:
    """Rows of equal length, where an editor has cut the blanks at the end of some.

    Nothing is added but where blanks are open cells. What is missing is wall where walls keep
    it from the start, even diagonally: whatever it was, no path goes there. It is open where the
    maze has no outer wall at all. Anything else is refused.

    Args:
        rows: over ``#``, ``.``, blank, ``S``, ``G`` and ``o``.

    Raises:
        InputError: where what is missing may be open or outside.

    Example:
        >>> filled(["###", "#S###", "#  G#", "#####"], unit="line", first=1)[0]
        ['#####', '#S###', '#  G#', '#####']
    """
    width = max(map(len, rows), default=0)
    short = [number for number, row in enumerate(rows, first) if len(row) < width]
    blank = any(" " in row for row in rows) and not any("." in row for row in rows)
    if not short or not blank or not all(map(str.strip, rows)):
        return list(rows), None
    table = [row.ljust(width, _UNKNOWN) for row in rows]
    start = _place(table, "S")
    which = f"{unit}{'s' if len(short) > 1 else ''} " + ", ".join(map(str, short[:5]))
    which += " and others" if len(short) > 5 else ""
    if start is not None:
        unknown, wall = _where(table, _UNKNOWN), _where(table, "#")
        if not (_reached(~wall, start, diagonal=True) & unknown).any():
            note = f"what is missing at the end of {which} lies outside the walls"
            return [row.replace(_UNKNOWN, "#") for row in table], note
        if _on_edge(_reached(~wall & ~unknown, start)):
            note = f"what is missing at the end of {which} is open, as blanks are here"
            return [row.replace(_UNKNOWN, " ") for row in table], note
    shortest = next(len(row) for row in rows if len(row) < width)
    raise InputError(
        f"{unit} {short[0]} has {shortest} cells; blanks that an editor cut there may be open "
        "or outside the maze",
        expected=f"{width} cells in every {unit}",
        hint=f"spaces at the end of a {unit} are cells: {DOTS}",
    )


def require_inside(rows: Sequence[str]) -> None:
    """Refuse a maze around which a path may lead, over blanks that may be cells or paper.

    These are blanks joined to the border: where open cells are dots, all of them; where open
    cells are blanks too, those that only start and goal join to the inside, being its gates.

    Args:
        rows: of equal length over ``#``, ``.``, blank, ``S``, ``G`` and ``o``.

    Raises:
        InputError: where paths over them are shorter, or are the only ones.
    """
    start, goal = _place(rows, "S"), _place(rows, "G")
    if start is None or goal is None or not _on_edge(_where(rows, " ")):
        return
    dots = any("." in row for row in rows)
    if not dots and any(len(_open_near(rows, cell)) < 2 for cell in (start, goal)):
        return
    outside, free = _joined_to_edge(_where(rows, " ")), ~_where(rows, "#")
    if not dots and not all(_is_gate(rows, cell, outside) for cell in (start, goal)):
        return
    if _moves(free, start, goal) != _moves(free & ~outside, start, goal):
        raise InputError(
            "a path leads around the maze, over blanks that may be open ground or nothing",
            hint=f"write walls (#) outside, or {DOTS}",
        )


def _place(rows: Sequence[str], symbol: str) -> Cell | None:
    """Where the only cell with this sign is; None where there is not one."""
    found = [(r, row.index(symbol)) for r, row in enumerate(rows) if symbol in row]
    only = len(found) == 1 and rows[found[0][0]].count(symbol) == 1
    return found[0] if only else None


def _where(rows: Sequence[str], symbol: str) -> _Cells:
    """Which cells (H, W) have this sign."""
    signs = np.frombuffer("".join(rows).encode("ascii"), np.uint8)
    return np.equal(signs, ord(symbol)).reshape(len(rows), -1)


def _is_gate(rows: Sequence[str], cell: Cell, outside: _Cells) -> bool:
    near = [bool(outside[at]) for at in _open_near(rows, cell)]
    return any(near) and not all(near)


def _open_near(rows: Sequence[str], cell: Cell) -> list[Cell]:
    row, column = cell
    near = ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1))
    return [
        (r, c)
        for r, c in near
        if 0 <= r < len(rows) and 0 <= c < len(rows[0]) and rows[r][c] != "#"
    ]


def _moves(free: _Cells, start: Cell, goal: Cell) -> int:
    """Moves from start to goal; -1 where there is no path."""
    fenced, stride = fence(free)
    one, other = ((row + 1) * stride + column for row, column in (start, goal))
    return distances(fenced, stride, one, until=other)[other]


def _on_edge(cells: _Cells) -> bool:
    """Whether one of ``cells`` (H, W) lies on the border."""
    return bool(cells[[0, -1]].any() or cells[:, [0, -1]].any())


def _joined_to_edge(free: _Cells) -> _Cells:
    """The free cells (H, W) that free cells join to the border."""
    ring: _Cells = np.pad(free, 1, constant_values=True)
    return _reached(ring, (0, 0))[1:-1, 1:-1]


def _reached(free: _Cells, start: Cell, *, diagonal: bool = False) -> _Cells:
    """The free cells (H, W) that free cells join to ``start``."""
    fenced, stride = fence(free)
    left = bytearray(fenced)
    wave = [(start[0] + 1) * stride + start[1]]
    left[wave[0]] = 0
    while wave:
        ahead = []
        for cell in wave:
            near: tuple[int, ...] = around(cell, stride)
            if diagonal:
                # Beyond the last column and before the first lies fence, in every row.
                near = (*near, *around(cell - 1, stride)[:2], *around(cell + 1, stride)[:2])
            for at in near:
                if left[at]:
                    left[at] = 0
                    ahead.append(at)
        wave = ahead
    # (H + 2, W + 1) fenced -> (H, W): what was free and is no longer was reached.
    gone: _Cells = np.frombuffer(fenced, np.bool_) & ~np.frombuffer(bytes(left), np.bool_)
    return gone.reshape(-1, stride)[1:-1, :-1]
