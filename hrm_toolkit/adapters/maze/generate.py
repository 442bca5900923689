"""Mazes drawn at random: scattered walls, spanning trees, spanning trees with loops."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.grid import Cell, distances, fence

Free = npt.NDArray[np.bool_]

KINDS = ("random", "perfect", "loops", "long")
"""Kinds of maze, easiest first."""


def draw(rng: np.random.Generator, height: int, width: int, kind: str) -> tuple[str, ...]:
    """The rows of a maze whose goal can be reached from its start.

    ``random`` has walls at random, one cell in ten to two in five. ``perfect`` has exactly one
    path between any two open cells; ``loops`` is such a maze with some walls removed; ``long``
    is either of the two with start and goal about as far apart as the maze allows.

    Args:
        height: rows, at least 1; at least two cells in all.
        width: columns, at least 1.
        kind: one of ``KINDS``.
    """
    if kind == "random":
        free, start, goal = _scattered(rng, height, width)
    else:
        free = _tree(rng, height, width)
        if kind == "loops" or (kind == "long" and rng.random() < 0.5):
            free = _with_loops(rng, free)
        start, goal, _ = _endpoints(rng, free, farthest=kind == "long")
    symbols = np.where(free, ord("."), ord("#")).astype(np.uint8)
    symbols[start] = ord("S")
    symbols[goal] = ord("G")
    text = symbols.tobytes().decode("ascii")
    return tuple(text[i : i + width] for i in range(0, height * width, width))


def _endpoints(
    rng: np.random.Generator, free: Free, *, farthest: bool = False
) -> tuple[Cell, Cell, int]:
    """A start, a goal not too near, and the number of cells in reach of the start.

    The goal lies at a drawn share, 0 to 0.8, of the largest distance from the start or beyond,
    so that short ways occur and trivial ones are rare; ``farthest`` makes it 0.9 of the longest
    shortest path.
    """
    cells, stride = fence(free)
    open_cells = np.flatnonzero(np.frombuffer(cells, np.bool_))
    start = int(open_cells[rng.integers(len(open_cells))])
    steps = np.array(distances(cells, stride, start))
    if farthest:
        # The cell farthest from any cell ends a longest shortest path: in a tree, exactly.
        start = int(steps.argmax())
        steps = np.array(distances(cells, stride, start))
    share = 0.9 if farthest else rng.uniform(0.0, 0.8)
    goals = np.flatnonzero(steps >= max(1.0, share * steps.max()))
    goal = int(goals[rng.integers(len(goals))]) if len(goals) else start
    reach = int(np.count_nonzero(steps >= 0))
    return divmod(start - stride, stride), divmod(goal - stride, stride), reach


def _scattered(rng: np.random.Generator, height: int, width: int) -> tuple[Free, Cell, Cell]:
    density = rng.uniform(0.1, 0.4)
    while True:
        free = rng.random((height, width)) >= density
        if np.count_nonzero(free) >= 2:
            start, goal, reach = _endpoints(rng, free)
            if reach >= 2 and 2 * reach >= np.count_nonzero(free):
                return free, start, goal
        # Corridors fall apart at densities that squares bear; thinner walls end the loop.
        density *= 0.9


def _tree(rng: np.random.Generator, height: int, width: int) -> Free:
    """Rooms on every second row and column, joined by a random spanning tree.

    The tree grows from its newest room or from a random one; how often from which is drawn too,
    between the long corridors of depth-first search and the many short ones of Prim's algorithm.
    """
    free = np.zeros((height, width), np.bool_)
    if max(height, width) <= 2:
        free[0, :] = free[:, 0] = True
        return free
    # Sides of four and more may begin with a wall, as mazes with an outer wall do.
    top, left = (int(rng.integers(2)) if side >= 4 else 0 for side in (height, width))
    free[top::2, left::2] = True
    rooms, stride = fence(free[top::2, left::2])
    for one, other in _tree_edges(rng, rooms, stride):
        (row, column), (row_2, column_2) = (
            divmod(one - stride, stride),
            divmod(other - stride, stride),
        )
        free[top + row + row_2, left + column + column_2] = True
    return free


def _tree_edges(rng: np.random.Generator, rooms: bytes, stride: int) -> list[tuple[int, int]]:
    left = bytearray(rooms)
    count = sum(left)
    newest = rng.random()
    # Each turn adds a room or retires one, so 2 * count turns are all there are.
    draws = rng.random((2 * count, 3)).tolist()
    first = int(np.flatnonzero(np.frombuffer(rooms, np.bool_))[rng.integers(count)])
    left[first] = 0
    growing = [first]
    edges = []
    for which, where, whither in draws:
        if not growing:
            break
        at = -1 if which < newest else int(where * len(growing))
        room = growing[at]
        ways = [n for n in (room - stride, room + stride, room + 1, room - 1) if left[n]]
        if ways:
            chosen = ways[int(whither * len(ways))]
            left[chosen] = 0
            growing.append(chosen)
            edges.append((room, chosen))
        else:
            growing[at] = growing[-1]
            growing.pop()
    return edges


def _with_loops(rng: np.random.Generator, free: Free) -> Free:
    """Opens one in twenty to three in ten of the walls that part two corridors."""
    across = np.zeros_like(free)
    across[1:-1] |= free[:-2] & free[2:]
    across[:, 1:-1] |= free[:, :-2] & free[:, 2:]
    share = rng.uniform(0.05, 0.3)
    opened: Free = free | (across & (rng.random(free.shape) < share))
    return opened
