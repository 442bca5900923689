"""Sudoku, compiled: the search, and what digs and hill-climbs by it.

Importing this module loads numba, so only ``sudoku_search`` does, and that only where needed.

A cell is a bit mask of its candidates (bit 0 for digit 1); one that holds a digit also has the
bit ``PLACED``. The search is depth first over two-way decisions, "this digit here" and "not
here", on an explicit stack, so that it can stop after any number of nodes and go on later.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.compiling import compiled

Grid = npt.NDArray[np.int64]
"""Digits or cells, shape (L,), row by row; also tables of cells. One type, compiled once."""

PLACED = 1 << 30

Work = tuple[Grid, Grid, Grid, Grid]
"""(stack, units, peers, found): shapes (L + 2, L), (3 size, size), (L, peers), (solutions, L).

A decision adds at most one entry to the stack, so L + 2 suffice.
"""

Random = npt.NDArray[np.uint64]
"""State of a xorshift generator, shape (1,); 0 for no randomness: the first choice is taken."""


@compiled
def _copy(source: Grid, target: Grid) -> None:
    """Copy cells one by one: numba takes seconds to compile the assignment of a slice."""
    for k in range(source.size):
        target[k] = source[k]


@compiled
def _assign(cells: Grid, others: Grid, cell: int, bit: int) -> bool:
    """Place a digit; False when that leaves a peer without candidates."""
    cells[cell] = bit | PLACED
    for k in range(others.shape[1]):
        other = others[cell, k]
        if cells[other] & bit:
            cells[other] ^= bit
            if cells[other] == 0:
                return False
    return True


@compiled
def load(work: Work, grid: Grid) -> bool:
    """Put the clues at the bottom of the stack; False when they clash."""
    cells = work[0][0]
    cells[:] = (1 << work[1].shape[1]) - 1
    for cell in range(grid.size):
        if grid[cell]:
            bit = 1 << (grid[cell] - 1)
            if not cells[cell] & bit or not _assign(cells, work[2], cell, bit):
                return False
    return True


@compiled
def _naked(cells: Grid, others: Grid) -> int:
    """Place all cells with one candidate: 1 if there were any, 0 if none, -1 on a clash."""
    placed = 0
    for cell in range(cells.size):
        mask = cells[cell]
        if mask < PLACED and mask & (mask - 1) == 0:
            if not _assign(cells, others, cell, mask):
                return -1
            placed = 1
    return placed


@compiled
def _hidden(cells: Grid, groups: Grid, others: Grid, index: int) -> int:
    """Place the digits with one place left in a unit: 1 if any, 0 if none, -1 on a clash."""
    once = twice = held = 0
    for k in range(groups.shape[1]):
        mask = cells[groups[index, k]]
        if mask >= PLACED:
            held |= mask
        else:
            twice |= once & mask
            once |= mask
    if (once | held) & (PLACED - 1) != (1 << groups.shape[1]) - 1:
        return -1
    single = once & ~twice
    if single == 0:
        return 0
    for k in range(groups.shape[1]):
        cell = groups[index, k]
        bit = cells[cell] & single
        if bit and cells[cell] < PLACED:
            # Two digits with this cell as their only place make ``bit`` no single bit.
            if bit & (bit - 1) or not _assign(cells, others, cell, bit):
                return -1
            single ^= bit
    return 1 if single == 0 else -1


@compiled
def _propagate(cells: Grid, groups: Grid, others: Grid) -> bool:
    """Place singles until none is left; False on a contradiction."""
    placed = 1
    while placed:
        placed = _naked(cells, others)
        if placed < 0:
            return False
        if placed == 0:
            for index in range(groups.shape[0]):
                now = _hidden(cells, groups, others, index)
                if now < 0:
                    return False
                placed |= now
    return True


@compiled
def _draw(random: Random, bound: int) -> int:
    word = random[0]
    word ^= word << np.uint64(13)
    word ^= word >> np.uint64(7)
    word ^= word << np.uint64(17)
    random[0] = word
    return int((word >> np.uint64(11)) % np.uint64(bound))


@compiled
def _choose(mask: int, random: Random) -> int:
    """One bit of ``mask``."""
    if random[0]:
        count, rest = 0, mask
        while rest:
            rest &= rest - 1
            count += 1
        for _ in range(_draw(random, count)):
            mask &= mask - 1
    return mask & -mask


@compiled
def _tightest(cells: Grid) -> tuple[int, int]:
    """The first open cell with fewest candidates, and how many; (-1, 64) when none is open."""
    fewest, at = 64, -1
    for cell in range(cells.size):
        mask = cells[cell]
        if mask < PLACED:
            count = 0
            while mask and count < fewest:
                mask &= mask - 1
                count += 1
            if count < fewest:
                fewest, at = count, cell
                if count == 2:
                    break
    return at, fewest


@compiled
def _pairs(cells: Grid, groups: Grid, index: int) -> int:
    """The digits with exactly two places in a unit, as bits."""
    once = twice = more = 0
    for k in range(groups.shape[1]):
        mask = cells[groups[index, k]]
        if mask < PLACED:
            more |= twice & mask
            twice |= once & mask
            once |= mask
    return twice & ~more


@compiled
def _decide(cells: Grid, groups: Grid, random: Random) -> tuple[int, int]:
    """The cell and digit to guess at, or (-1, 0) when every cell holds a digit."""
    at, fewest = _tightest(cells)
    if at < 0:
        return -1, 0
    if fewest > 2:
        for index in range(groups.shape[0]):
            pairs = _pairs(cells, groups, index)
            if pairs:
                bit = _choose(pairs, random)
                for k in range(groups.shape[1]):
                    if cells[groups[index, k]] & bit:
                        return groups[index, k], bit
    return at, _choose(cells[at], random)


@compiled
def search(work: Work, depth: int, nodes: int, random: Random) -> tuple[int, int, int]:
    """Go on from ``depth`` stack entries until ``found`` is full or there are none left.

    Returns:
        Entries left, nodes visited, solutions found now.
    """
    stack, groups, others, found = work
    used = count = 0
    while depth > 0 and used < nodes and count < found.shape[0]:
        depth -= 1
        used += 1
        cells = stack[depth]
        if not _propagate(cells, groups, others):
            continue
        cell, bit = _decide(cells, groups, random)
        if cell < 0:
            _copy(cells, found[count])
            count += 1
            continue
        _copy(cells, stack[depth + 1])
        cells[cell] ^= bit
        depth += 2 if _assign(stack[depth + 1], others, cell, bit) else 1
    return depth, used, count


@compiled
def rate(work: Work, grid: Grid, limit: int) -> int:
    """Digits tried by guessing until ``found``, of two rows, is full or all is searched."""
    depth = 1 if load(work, grid) else 0
    return max(search(work, depth, limit + 1, np.zeros(1, np.uint64))[1] - 1, 0)


@compiled
def dig(work: Work, grid: Grid, order: Grid, blanks: int, nodes: int) -> None:
    """Empty up to ``blanks`` cells of ``grid``, in ``order``, while the solution stays unique.

    A clue can go when no other digit in its cell leads to a solution, which must be clear after
    ``nodes`` nodes; with 0 nodes, when singles suffice without it. One that cannot go now cannot
    later either, so one pass leaves no superfluous clue. ``found`` has one row.
    """
    cells = work[0][0]
    fixed = np.zeros(1, np.uint64)
    for cell in order:
        digit = grid[cell]
        if blanks and digit:
            grid[cell] = 0
            load(work, grid)
            if nodes:
                cells[cell] &= ~(1 << (digit - 1))
                depth = 1 if cells[cell] else 0
                depth, _, count = search(work, depth, nodes, fixed)
                unique = depth == 0 and count == 0
            else:
                unique = _propagate(cells, work[1], work[2]) and _tightest(cells)[0] < 0
            if unique:
                blanks -= 1
            else:
                grid[cell] = digit


@compiled
def _shuffle(order: Grid, random: Random) -> None:
    for i in range(order.size - 1, 0, -1):
        j = _draw(random, i + 1)
        order[i], order[j] = order[j], order[i]


@compiled
def _complete(work: Work, grid: Grid, nodes: int, random: Random) -> bool:
    """Add clues at cells where two solutions differ until there is one; False when too dear."""
    first, second = work[3][0], work[3][1]
    while True:
        depth = 1 if load(work, grid) else 0
        depth, _, count = search(work, depth, nodes, random)
        if count < 2:
            return depth == 0
        differing = 0
        for k in range(grid.size):
            differing += first[k] != second[k]
        cell, further = -1, _draw(random, differing) + 1
        while further:
            cell += 1
            further -= first[cell] != second[cell]
        while 1 << grid[cell] <= first[cell] & (PLACED - 1):
            grid[cell] += 1


@compiled
def climb(work: Work, grid: Grid, goal: int, patience: int, nodes: int, random: Random) -> int:
    """Change ``grid`` until ``rate`` gives ``goal`` or ``patience`` changes in a row did not help.

    A change drops a clue, adds clues until the solution is unique again, removes what became
    superfluous, and stays unless the rating fell. ``found`` has two rows. Returns the rating.
    """
    stack, groups, others, found = work
    best = rate(work, grid, goal)
    order = np.arange(grid.size)
    left = patience
    while left and best < goal:
        left -= 1
        trial = grid.copy()
        _shuffle(order, random)
        for cell in order:
            if trial[cell]:
                trial[cell] = 0
                break
        if _complete(work, trial, nodes, random):
            _shuffle(order, random)
            dig((stack, groups, others, found[:1]), trial, order, grid.size, nodes)
            rating = rate(work, trial, goal)
            if rating >= best:
                left = patience if rating > best else left
                best = rating
                _copy(trial, grid)
    return best
