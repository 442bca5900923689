"""Moves of the player: walks between pushes, and LURD read move by move."""

from __future__ import annotations

from collections.abc import Sequence

from hrm_toolkit.adapters.grid import place
from hrm_toolkit.adapters.space.sokoban.level import WAYS, Level, bits

_SIGNS = "udlr"


def walk(level: Level, boxes: int, start: int, end: int) -> str | None:
    """The letters of a shortest walk between two cells' bits; None where there is none."""
    free = level.open & ~boxes
    waves, reach = [1 << start], 1 << start
    while not reach >> end & 1:
        wave = waves[-1]
        ahead = (
            (wave << 1 | wave >> 1 | wave << level.stride | wave >> level.stride) & free & ~reach
        )
        if not ahead:
            return None
        reach |= ahead
        waves.append(ahead)
    letters, at = "", end
    for wave in reversed(waves[:-1]):
        way = next(w for w, offset in enumerate(level.offsets) if wave >> at - offset & 1)
        letters, at = _SIGNS[way] + letters, at - level.offsets[way]
    return letters


def lurd(level: Level, boxes: int, player: int, pushes: Sequence[tuple[int, int]]) -> str | None:
    """The moves of pushes (bit, way) with shortest walks between them; None for one that fails."""
    parts = list[str]()
    for bit, way in pushes:
        offset = level.offsets[way]
        # A push that the rules refute may be of a cell outside the level.
        if min(bit, bit + offset, bit - offset) < 0:
            return None
        to = 1 << bit + offset
        if not boxes >> bit & 1 or not level.open & ~boxes & to:
            return None
        before = walk(level, boxes, player, bit - offset)
        if before is None:
            return None
        parts += [before, _SIGNS[way].upper()]
        boxes ^= 1 << bit | to
        player = bit
    return "".join(parts)


def played(
    level: Level, boxes: int, player: int, moves: Sequence[int]
) -> tuple[list[tuple[int, int]], tuple[int, int, int] | None]:
    """The pushes (bit, way) of moves, and the first move that fails: (number from 1, way, player).

    Args:
        moves: numbers of ``WAYS``.
    """
    pushes = list[tuple[int, int]]()
    for number, way in enumerate(moves, 1):
        offset = level.offsets[way]
        ahead = player + offset
        if not level.open >> ahead & 1:
            return pushes, (number, way, player)
        if boxes >> ahead & 1:
            beyond = ahead + offset
            if not level.open >> beyond & 1 or boxes >> beyond & 1:
                return pushes, (number, way, player)
            boxes ^= 1 << ahead | 1 << beyond
            pushes.append((ahead, way))
        player = ahead
    return pushes, None


def why_no_move(level: Level, boxes: int, number: int, way: str, player: int) -> str:
    """A sentence on a move of LURD that cannot be made."""
    offset = level.offsets[WAYS.index(way)]
    ahead, beyond = player + offset, player + 2 * offset
    here, there = place(level.cell(player)), place(level.cell(ahead))
    said = f"move {number} leads the player {way} from {here}"
    if not boxes >> ahead & 1:
        return f"{said} into the wall at {there}"
    what = "a box" if boxes >> beyond & 1 else "a wall"
    return f"{said} and pushes the box at {there} into {what} at {place(level.cell(beyond))}"


def why_no_push(level: Level, boxes: int, reach: int, bit: int, way: str) -> str:
    """A sentence on a push that cannot be made."""
    offset = level.offsets[WAYS.index(way)]
    where = place(level.cell(bit))
    if not boxes >> bit & 1:
        return f"there is no box at {where}"
    to, stand = bit + offset, bit - offset
    if not level.open >> to & 1:
        return f"the box at {where} would go into the wall at {place(level.cell(to))}"
    if boxes >> to & 1:
        return f"the box at {where} would go where another is, at {place(level.cell(to))}"
    if not level.open >> stand & 1 or boxes >> stand & 1:
        what = "a box" if boxes >> stand & 1 else "a wall"
        return f"the player would have to stand at {place(level.cell(stand))}, where {what} is"
    size = reach.bit_count()
    near = place(level.cell(next(bits(reach))))
    return (
        f"the player cannot come to {place(level.cell(stand))}: the part of {size} "
        f"{'cell' if size == 1 else 'cells'} that can be walked, around {near}, is closed by boxes"
    )
