"""Random levels of Sokoban: a room, boxes on their goals, and pulls that take them away."""

from __future__ import annotations

import numpy as np

from hrm_toolkit.adapters.space.sokoban.level import Level, bits, level_of
from hrm_toolkit.adapters.space.sokoban.puzzle import FLOOR, GOAL, WALL

KINDS = {"easy": (1, 2, 2), "medium": (2, 3, 6), "hard": (3, 4, 11)}
"""By difficulty: the fewest and the most boxes, and pushes that a level takes at least."""
_WALLS = 0.25
_PULLS = 80
_STAY = 0.7
"""How likely the box that was pulled is pulled on."""
_FLOOR_A_BOX = 4


def draw(
    rng: np.random.Generator, height: int, width: int, kind: str
) -> tuple[Level, int, int] | None:
    """A level with its boxes and a cell of the player's; None where this draw came to nothing.

    Boxes are pulled from their goals, so that pushes lead back.
    """
    fewest, most, least = KINDS[kind]
    rows = _room(rng, height, width)
    floor = [(i, j) for i, row in enumerate(rows) for j, sign in enumerate(row) if sign == FLOOR]
    most = min(most, len(floor) // _FLOOR_A_BOX)
    count = int(rng.integers(min(fewest, most), most + 1)) if most > 0 else 0
    if not count:
        return None
    for place in rng.choice(len(floor), count, replace=False).tolist():
        rows[floor[place][0]][floor[place][1]] = GOAL
    level = level_of(tuple(map("".join, rows)))
    empty = list(bits(level.open & ~level.goals))
    boxes = level.goals
    player = empty[int(rng.integers(len(empty)))]
    boxes, reach = _pulled(rng, level, boxes, level.flood(1 << player, level.open & ~boxes))
    if level.least(boxes) < min(least, height + width - 6):
        return None
    cells = list(bits(reach))
    return level, boxes, cells[int(rng.integers(len(cells)))]


def _room(rng: np.random.Generator, height: int, width: int) -> list[list[str]]:
    """The largest part of a room with walls at random; all else is wall."""
    free = np.zeros((height, width), np.bool_)
    free[1:-1, 1:-1] = rng.random((height - 2, width - 2)) >= rng.uniform(0, _WALLS)
    level = level_of(tuple("".join(FLOOR if cell else WALL for cell in row) for row in free))
    left, best = level.open, 0
    while left:
        part = level.flood(left & -left, left)
        best = part if part.bit_count() > best.bit_count() else best
        left &= ~part
    return [
        [FLOOR if best >> level.bit((i, j)) & 1 else WALL for j in range(width)]
        for i in range(height)
    ]


def _pulled(rng: np.random.Generator, level: Level, boxes: int, reach: int) -> tuple[int, int]:
    """Of the states that random pulls lead through one of those that are farthest from the end."""
    best, far, last = (boxes, reach), 0.0, -1
    for _ in range(_PULLS):
        pulls = list(level.pulls(boxes, reach))
        if not pulls:
            break
        on = [pull for pull in pulls if pull[0] + level.offsets[pull[1]] == last]
        some = on if on and rng.random() < _STAY else pulls
        bit, way = some[int(rng.integers(len(some)))]
        boxes, reach = level.pulled(boxes, bit, way)
        last = bit
        if level.least(boxes) > far:
            best, far = (boxes, reach), level.least(boxes)
    return best
