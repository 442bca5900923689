"""Every position of a board of Rush Hour, compiled.

Importing this module loads numba, so only those who draw boards do.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.compiling import compiled

Keys = npt.NDArray[np.int64]

BITS = 4
"""Of a position's key for each car: its offset."""
MOST_CARS = 15


@compiled
def explored(
    lines: npt.NDArray[np.uint64], limits: Keys, closed: np.uint64, start: int, goal: int, most: int
) -> tuple[Keys, Keys]:
    """Positions that moves lead to, and the fewest moves from each to a goal, or -1.

    Args:
        lines: by car and offset the bits of its cells, shape (C, S).
        limits: the largest offset of each car, shape (C,).
        closed: the bits of walls.
        start: the key of a position: the offset of car c at its bits from 4 c on.
        goal: the offset of car 0 in goals.
        most: positions above which none are returned.

    Returns:
        Keys, shape (N,), as they are come by, and moves, shape (N,); N is 0 above ``most``.
    """
    slots = 4
    while slots < 4 * most:
        slots *= 2
    table = np.zeros(slots, np.int64)
    keys = np.empty(most, np.int64)
    keys[0] = start
    table[_slot(table, keys, start)] = 1
    count = 1
    after = np.empty(lines.shape[0] * lines.shape[1], np.int64)
    at = 0
    while at < count:
        for i in range(_after(lines, limits, closed, keys[at], after)):
            slot = _slot(table, keys, after[i])
            if table[slot] == 0:
                if count == most:
                    return keys[:0], keys[:0]
                keys[count] = after[i]
                count += 1
                table[slot] = count
        at += 1
    # Each move can be taken back: what a position leads to leads to it.
    far = np.full(count, -1, np.int64)
    queue = np.empty(count, np.int64)
    end = 0
    for at in range(count):
        if keys[at] & 15 == goal:
            far[at] = 0
            queue[end] = at
            end += 1
    first = 0
    while first < end:
        here = queue[first]
        first += 1
        for i in range(_after(lines, limits, closed, keys[here], after)):
            there = table[_slot(table, keys, after[i])] - 1
            if far[there] < 0:
                far[there] = far[here] + 1
                queue[end] = there
                end += 1
    return keys[:count].copy(), far


@compiled
def _slot(table: Keys, keys: Keys, key: int) -> int:
    """Where a key is in the table, or where it would go; slots hold numbers of keys from 1."""
    slot = (key * 0x9E3779B97F4A7C1 >> 20) & (len(table) - 1)
    while table[slot] != 0 and keys[table[slot] - 1] != key:
        slot = (slot + 1) & (len(table) - 1)
    return slot


@compiled
def _after(
    lines: npt.NDArray[np.uint64], limits: Keys, closed: np.uint64, key: int, after: Keys
) -> int:
    """Fill ``after`` with the keys after each move, and say how many there are."""
    taken = closed
    for car in range(len(limits)):
        taken |= lines[car, key >> 4 * car & 15]
    count = 0
    for car in range(len(limits)):
        offset = key >> 4 * car & 15
        others = taken ^ lines[car, offset]
        for way in (1, -1):
            to = offset + way
            while 0 <= to <= limits[car] and lines[car, to] & others == 0:
                after[count] = key + (to - offset << 4 * car)
                count += 1
                to += way
    return count
