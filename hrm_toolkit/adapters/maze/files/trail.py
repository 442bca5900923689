"""Marked cells as a walk: the way from start to goal that a picture shows."""

from __future__ import annotations

from collections.abc import Iterator

from hrm_toolkit.adapters.grid import DIRECTIONS, Cell

_OFFSETS = tuple(DIRECTIONS.values())
_TRIES = 20
"""Steps that a search for the walk may take, for each cell of it."""


def trail(marked: set[Cell], start: Cell, goal: Cell) -> list[Cell] | None:
    """A walk along every marked cell, each once.

    From the start to the goal where there is one; else one that breaks off before the goal, or
    that reaches the goal from elsewhere. None where the marks lie in pieces or branch: these are
    marks of no path.

    Example:
        >>> trail({(0, 1), (1, 1)}, (0, 0), (1, 0))
        [(0, 0), (0, 1), (1, 1), (1, 0)]
        >>> trail({(0, 1)}, (0, 0), (5, 5))
        [(0, 0), (0, 1)]
        >>> trail({(0, 1), (0, 3)}, (0, 0), (0, 4)) is None
        True
    """
    cells = marked - {start, goal}
    whole = _covering(cells | {goal}, start, goal)
    if whole is not None or not cells:
        return whole
    broken = _covering(cells, start, None)
    if broken is not None:
        return broken
    late = _covering(cells, goal, None)
    return None if late is None else late[::-1]


def whole_trail(marked: set[Cell], start: Cell, goal: Cell) -> list[Cell] | None:
    """A walk from start to goal along every marked cell, or None."""
    found = trail(marked, start, goal)
    return found if found and found[0] == start and found[-1] == goal else None


def are_remains(marked: set[Cell], start: Cell, goal: Cell) -> bool:
    """Whether marks are two chains, one that leaves the start and one that reaches the goal."""
    left = set(marked)
    chains: list[set[Cell]] = []
    while left:
        piece, wave = set(), [left.pop()]
        while wave:
            cell = wave.pop()
            piece.add(cell)
            near = [at for at in _near(cell) if at in left]
            left.difference_update(near)
            wave += near
        chains.append(piece)
    return len(chains) == 2 and any(
        _covering(one, start, None) is not None and _covering(other, goal, None) is not None
        for one, other in (chains, chains[::-1])
    )


def _covering(cells: set[Cell], start: Cell, goal: Cell | None) -> list[Cell] | None:
    """A walk from ``start`` along all of ``cells``, ending at ``goal`` where that is given."""
    left = set(cells)
    walk = [start]
    ahead = [_next(start, left, goal)]
    for _ in range(_TRIES * (len(cells) + 50)):
        if not left and (goal is None or walk[-1] == goal):
            return walk
        step = next(ahead[-1], None)
        if step is not None:
            left.remove(step)
            walk.append(step)
            ahead.append(_next(step, left, goal))
            continue
        if len(walk) == 1:
            return None
        left.add(walk.pop())
        ahead.pop()
    return None


def _next(cell: Cell, left: set[Cell], goal: Cell | None) -> Iterator[Cell]:
    """Where a walk can go on, the cell with the fewest ways out of it first; the goal last."""
    ways = [way for way in _near(cell) if way in left and (way != goal or len(left) == 1)]
    if len(ways) > 1:
        ways.sort(key=lambda way: sum(near in left for near in _near(way)))
    return iter(ways)


def _near(cell: Cell) -> list[Cell]:
    return [(cell[0] + down, cell[1] + right) for down, right in _OFFSETS]
