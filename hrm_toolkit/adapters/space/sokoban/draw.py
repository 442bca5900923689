"""Random levels of Sokoban: a room, boxes on their goals, and pulls that take them away."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hrm_toolkit.adapters.space.search import Space, Way, find
from hrm_toolkit.adapters.space.sokoban.level import Level, bits, level_of
from hrm_toolkit.adapters.space.sokoban.puzzle import FLOOR, GOAL, WALL

State = tuple[Level, int, int]
"""The level, its boxes, and the cells that the player reaches: sets as ``level`` has them."""

KINDS = {"easy": (1, 2, 2), "medium": (2, 3, 6), "hard": (3, 4, 11), "expert": (4, 4, 8)}
"""By difficulty: the fewest and the most boxes, and pushes that a level takes at least."""
_WALLS = 0.25
_PULLS = 80
_STAY = 0.7
"""How likely the box that was pulled is pulled on."""
_FLOOR_A_BOX = 4

_WALKS = 10
"""Walks of pulls of which the farthest is where an expert level begins."""
_SEEN, _SEARCHED = 100, 1_500
"""States that A* looks at in an expert level of 10x10, at least and at most."""
_TURN = 0.35
_STEPS = ((-1, 0), (1, 0), (0, -1), (0, 1))
_BRUSHES = (
    ((0, 0), (0, 1), (0, -1)),
    ((0, 0), (1, 0), (-1, 0)),
    ((0, 0), (0, 1), (1, 0)),
    ((0, 0), (0, -1), (1, 0)),
    ((0, 0), (0, 1), (1, 0), (1, 1)),
)


def draw(
    rng: np.random.Generator, height: int, width: int, kind: str
) -> tuple[Level, int, int] | None:
    """A level with its boxes and a cell of the player's; None where this draw came to nothing.

    Boxes are pulled from their goals, so that pushes lead back.
    """
    fewest, most, least = KINDS[kind]
    rows = (_caves if kind == "expert" else _room)(rng, height, width)
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
    reach = level.flood(1 << player, level.open & ~boxes)
    tries = _WALKS if kind == "expert" else 1
    pulled = [_pulled(rng, level, boxes, reach) for _ in range(tries)]
    boxes, reach = max(pulled, key=lambda state: level.least(state[0]))
    if level.least(boxes) < min(least, height + width - 6):
        return None
    cells = list(bits(reach))
    return level, boxes, cells[int(rng.integers(len(cells)))]


def farthest(space: Space[State], state: State, least: Callable[[State], float]) -> State | None:
    """Of a puzzle the one that no pull takes farther from its end; None where it is soon found.

    Pulls that lengthen a cheapest plan are made until there is none: what is left has boxes in
    each other's way, so that the plan is longer than each box's own. A puzzle counts as hard where
    A* looks at as many states as the level has cells, walls too, or ``_SEEN``.
    """
    way = find(space, state, least, nodes=_SEARCHED)
    tried = {state}
    while way.actions is not None:
        longer = _longer(space, state, way, least, tried)
        if longer is None:
            cells = state[0].height * state[0].width
            return state if way.nodes >= min(cells, _SEEN) else None
        state, way = longer
    return None


def _longer(
    space: Space[State],
    state: State,
    way: Way[State],
    least: Callable[[State], float],
    tried: set[State],
) -> tuple[State, Way[State]] | None:
    """The first state a pull away from which cheapest plans are longer, with one of them."""
    for earlier, _ in space.back(state) or ():
        if earlier not in tried:
            tried.add(earlier)
            found = find(space, earlier, least, nodes=_SEARCHED)
            if found.actions is not None and found.cost > way.cost:
                return earlier, found
    return None


def _caves(rng: np.random.Generator, height: int, width: int) -> list[list[str]]:
    """Passages that a brush of two to four cells leaves on its way; all else is wall."""
    rows = [[WALL] * width for _ in range(height)]
    at = int(rng.integers(1, height - 1)), int(rng.integers(1, width - 1))
    way = _STEPS[int(rng.integers(4))]
    for _ in range(3 * (height + width) // 2):
        if rng.random() < _TURN:
            way = _STEPS[int(rng.integers(4))]
        for down, right in _BRUSHES[int(rng.integers(len(_BRUSHES)))]:
            row, column = at[0] + down, at[1] + right
            if 0 < row < height - 1 and 0 < column < width - 1:
                rows[row][column] = FLOOR
        row, column = at[0] + way[0], at[1] + way[1]
        if 0 < row < height - 1 and 0 < column < width - 1:
            at = row, column
    return rows


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
