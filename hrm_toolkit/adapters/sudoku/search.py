"""Sudoku by search: solutions, rating and generation. Importing this module loads numba."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.sudoku import kernels
from hrm_toolkit.adapters.sudoku.boxes import BOXES, Box, peers, units
from hrm_toolkit.adapters.sudoku.kernels import PLACED, Grid
from hrm_toolkit.core.clock import Deadline

HARD = 8
EXTREME = 200
"""Least ``rate`` of hard and of extreme puzzles."""

HARDEST = 5_000
"""Generated 16x16 and 25x25 puzzles rate less."""

_NODES = {10: 1_000_000, 16: 300, 25: 20}
_PATIENCE = 500
_CHUNK = 200_000
_FIXED = np.zeros(1, np.uint64)


@dataclass(frozen=True)
class Solutions:
    """What a search for solutions found.

    Attributes:
        grids: the solutions, each of shape (L,).
        exhausted: whether there are no others.
        nodes: positions visited.
    """

    grids: list[Grid]
    exhausted: bool
    nodes: int


def solutions(
    grid: npt.ArrayLike, limit: int, seconds: float = math.inf, *, box: Box | None = None
) -> Solutions:
    """Up to ``limit`` solutions, in an order that depends on the grid alone.

    Args:
        grid: clues, shape (L,) or (size, size), 0 for a blank.
        limit: the most solutions to look for, at least 1.
        seconds: wall-clock bound, looked at every few milliseconds. What the first call on a
            machine takes to compile comes on top.
        box: rows and columns of a box, the usual ones unless said.
    """
    clues = _flat(grid)
    work = _workspace(box or _usual(clues), limit)
    depth = 1 if kernels.load(work, clues) else 0
    deadline = Deadline.after(seconds)
    nodes, grids = 0, list[Grid]()
    while depth and len(grids) < limit:
        room = (*work[:3], work[3][len(grids) :])
        depth, used, count = kernels.search(room, depth, _CHUNK // len(clues), _FIXED)
        nodes += used
        grids += [_digits(cells) for cells in room[3][:count]]
        if deadline.over:
            break
    return Solutions(grids, depth == 0, nodes)


def rate(grid: npt.ArrayLike, limit: int = 1_000_000, *, box: Box | None = None) -> int:
    """How many digits a solver tries by guessing until it knows the solution to be the only one.

    It places naked and hidden singles, then guesses at the cell with fewest candidates or, where
    that has more than two, at a digit with two places in a unit. Both sides of a guess count:
    the digit tried, and its being struck. 0 where singles suffice; published collections of the
    hardest 9x9 puzzles have some hundreds.

    Args:
        grid: clues, shape (L,) or (size, size), 0 for a blank.
        limit: where counting stops.
        box: rows and columns of a box, the usual ones unless said.

    Example:
        >>> rate([[1, 2, 3, 4], [3, 4, 1, 2], [2, 1, 4, 3], [4, 3, 2, 0]])
        0
    """
    clues = _flat(grid)
    return int(kernels.rate(_workspace(box or _usual(clues), 2), clues, limit))


def make(rng: np.random.Generator, box: Box, difficulty: str) -> tuple[Grid, Grid]:
    """Clues with one solution, and that solution, each of shape (L,).

    Args:
        rng: all randomness.
        box: rows and columns of a box; the side of the grid is their product.
        difficulty: a name of ``SudokuAdapter.difficulties``, which says what they mean.
    """
    filled = _fill(rng, box)
    cells = len(filled)
    if difficulty == "nearly":
        return _dig(rng, box, filled, int(rng.integers(1, 6)), singles=True), filled
    if difficulty == "easy":
        blanks = int(rng.integers(round(0.3 * cells), round(0.5 * cells) + 1))
        return _dig(rng, box, filled, blanks, singles=True), filled
    if difficulty == "medium":
        return _dig(rng, box, filled, cells, singles=True), filled
    if difficulty == "minimal" or box[0] * box[1] < 9:
        return _minimal(rng, box, filled)
    return _hardest(rng, box, filled, HARD if difficulty == "hard" else EXTREME)


def _minimal(rng: np.random.Generator, box: Box, filled: Grid) -> tuple[Grid, Grid]:
    """Clues none of which can go, for ``filled`` or, where they are too hard, another solution.

    Beyond 9x9 some of them take searches that nobody waits for, although each clue that went was
    quickly shown to be superfluous.
    """
    size = box[0] * box[1]
    while True:
        clues = _dig(rng, box, filled, len(filled), singles=False)
        if size <= 9 or rate(clues, HARDEST, box=box) < HARDEST:
            return clues, filled
        filled = _fill(rng, box)


def _hardest(rng: np.random.Generator, box: Box, filled: Grid, goal: int) -> tuple[Grid, Grid]:
    """Minimal clues with a rating of ``goal``: drawn anew where that is likely, else climbed to.

    About one minimal 9x9 puzzle in five rates ``HARD``, two climbs in five reach ``EXTREME``,
    and most larger puzzles rate ``EXTREME`` as drawn.
    """
    size = box[0] * box[1]
    work = _workspace(box, 2)
    patience = _PATIENCE if size == 9 and goal > HARD else 0
    while True:
        clues, _ = _minimal(rng, box, filled)
        rating = kernels.climb(work, clues, goal, patience, _nodes(size), _seeded(rng))
        if rating >= goal:
            return clues, solutions(clues, 1, box=box).grids[0]
        filled = _fill(rng, box)


def _fill(rng: np.random.Generator, box: Box) -> Grid:
    """A random filled grid."""
    work = _workspace(box, 1)
    blank = np.zeros((box[0] * box[1]) ** 2, np.int64)
    while True:
        kernels.load(work, blank)
        if kernels.search(work, 1, 20 * len(blank), _seeded(rng))[2]:
            return _digits(work[3][0])


def _dig(rng: np.random.Generator, box: Box, filled: Grid, blanks: int, *, singles: bool) -> Grid:
    """``filled`` with up to ``blanks`` cells emptied in random order, still with one solution."""
    nodes = 0 if singles else _nodes(box[0] * box[1])
    grid = filled.copy()
    order = rng.permutation(len(grid))
    kernels.dig(_workspace(box, 1), grid, order, blanks, nodes)
    return grid


def _workspace(box: Box, limit: int) -> kernels.Work:
    cells = (box[0] * box[1]) ** 2
    stack, found = np.empty((cells + 2, cells), np.int64), np.empty((limit, cells), np.int64)
    return stack, *_tables(box), found


@lru_cache
def _tables(box: Box) -> tuple[Grid, Grid]:
    size = box[0] * box[1]
    return np.array(units(size, box), np.int64), np.array(peers(size, box), np.int64)


def _flat(grid: npt.ArrayLike) -> Grid:
    return np.ascontiguousarray(grid, np.int64).ravel()


def _usual(grid: Grid) -> Box:
    return BOXES[math.isqrt(len(grid))]


def _nodes(size: int) -> int:
    """How much search a clue is worth: all it takes up to 10x10, ever less beyond."""
    return next(nodes for side, nodes in _NODES.items() if size <= side)


def _seeded(rng: np.random.Generator) -> kernels.Random:
    return rng.integers(1, 2**63, size=1, dtype=np.uint64)


def _digits(cells: Grid) -> Grid:
    digits: Grid = np.log2(2 * (cells & (PLACED - 1))).astype(np.int64)
    return digits
