"""Cheapest plans of the 15-puzzle and its like: pattern databases and iterative deepening.

A table says for every arrangement of a few tiles what it costs to bring these home, where slides
of others are free. The tables of groups without a common tile add up to what is left at least
(Korf and Felner, "Disjoint pattern database heuristics", 2002); so does the mirror image of a
square board, and the larger sum counts. Importing this module loads numba.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.compiling import compiled
from hrm_toolkit.adapters.space.sliding.board import Board, board
from hrm_toolkit.core import Deadline

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

MOST_CELLS = 16
"""Of a board: a place is four bits of an index."""
_TOGETHER = 5
"""Tiles of a group: one more would make a table 16 times as large."""
_CHUNK = 1_000_000
"""States between two looks at the clock, about a tenth of a second."""
MOST_NODES = 50_000_000
"""States of one search, about three seconds; one board of 4x4 in some hundred needs more."""
_LABELS = 10 * MOST_NODES
_DEEP = 256
_UNKNOWN = 255


@dataclass(frozen=True)
class Searched:
    """What a search came to.

    Attributes:
        slid: places of the tiles that slide, one after another, in a cheapest plan, or None.
        least: no plan has fewer slides.
        nodes: states that were looked at.
    """

    slid: tuple[int, ...] | None
    least: int
    nodes: int


@dataclass(frozen=True, eq=False)
class Tables:
    """Those of one size and goal.

    Attributes:
        near: by place its neighbours, -1 for none, shape (N, 4).
        costs: by group and arrangement what it costs at least, shape (G, 16 ** 5).
        shifts: by tile where its place stands in the index of its group, shape (N,).
        groups: by tile its group, shape (N,).
        mirrored: by tile its image on the board mirrored about its diagonal, and by place
            likewise, shape (2, N); the same tiles and places where the board is no square.
    """

    near: Ints
    costs: Bytes
    shifts: Ints
    groups: Ints
    mirrored: Ints

    def cheapest(
        self, tiles: bytes, *, nodes: int = MOST_NODES, deadline: Deadline = Deadline.never()
    ) -> Searched:
        """Search for a cheapest plan: deeper by two slides each time, which parity allows.

        Args:
            tiles: of a board from which the goal can be reached.
            nodes: states to look at, about.
            deadline: when to stop.
        """
        search = _Search(self, tiles, nodes, deadline)
        bound = search.least
        while (found := search.within(bound)) is False:
            bound += 2
        return Searched(search.slid if found else None, bound, search.nodes)

    def first(self, tiles: bytes, slid: Sequence[int]) -> list[tuple[int, ...]] | None:
        """For each state of a cheapest plan, places of the tiles with which cheapest plans begin.

        Args:
            slid: places of the tiles that slide in the plan.

        Returns:
            None where that takes more than some ten times ``MOST_NODES``.
        """
        known, left, state, before = list[tuple[int, ...]](), _LABELS, bytearray(tiles), -1
        for done, taken in enumerate(slid):
            blank, best = state.index(0), [taken]
            for to in self.near[state.index(0)].tolist():
                if to < 0 or to in (taken, before):
                    continue
                state[blank], state[to] = state[to], 0
                search = _Search(self, bytes(state), left, Deadline.never())
                found = search.within(len(slid) - done - 1)
                state[to], state[blank] = state[blank], 0
                left -= search.nodes
                if found is None:
                    return None
                best += [to] * found
            known.append(tuple(sorted(best)))
            state[blank], state[taken] = state[taken], 0
            before = blank
        return known


class _Search:
    """Iterative deepening from one board, in parts between which the clock is looked at."""

    def __init__(self, tables: Tables, tiles: bytes, most: int, deadline: Deadline) -> None:
        self._tables, self._tiles, self._most, self._deadline = tables, tiles, most, deadline
        self.least = self._begin()
        self.nodes = 0

    def within(self, bound: int) -> bool | None:
        """Whether a plan of so many slides exists; None where time or states did not suffice."""
        self._begin()
        tables, told, looked = self._tables, -1, 0
        while told < 0:
            if self.nodes >= self._most or self._deadline.over:
                return None
            told, looked = _deepened(
                tables.near, tables.costs, tables.shifts, tables.groups, tables.mirrored,
                self._board, self._at, self._index, self._way, bound, _CHUNK,
            )  # fmt: skip
            self.nodes += looked
        return told == 1

    @property
    def slid(self) -> tuple[int, ...]:
        """Places of the tiles that slide in the plan that was found."""
        depth = int(self._at[0])
        # A tile slides from where the blank then is.
        return tuple(self._way[1 : depth + 1, 0].tolist())

    def _begin(self) -> int:
        tables = self._tables
        self._board = np.frombuffer(self._tiles, np.uint8).astype(np.int64)
        self._way = np.full((_DEEP, 2), -1, np.int64)
        blank = self._tiles.index(0)
        self._way[0] = blank, 0
        self._at = np.array([0], np.int64)
        self._index = np.zeros((2, len(tables.costs)), np.int64)
        images, places = tables.mirrored
        for place, tile in enumerate(self._board.tolist()):
            if tile:
                self._index[0, tables.groups[tile]] += place << tables.shifts[tile]
                image = images[tile]
                self._index[1, tables.groups[image]] += int(places[place]) << tables.shifts[image]
        sums = [sum(int(own[at]) for own, at in zip(tables.costs, index, strict=True))
                for index in self._index]  # fmt: skip
        return max(sums)


@lru_cache(maxsize=4)
def tables(height: int, width: int, blank: str) -> Tables:
    """The tables of a board of at most 16 cells; they take about a second to make.

    Example:
        >>> tables(2, 3, "last").cheapest(bytes([1, 2, 3, 4, 0, 5])).slid
        (5,)
    """
    known = board(height, width, "first" if blank == "first" else "last")
    count = height * width
    near = np.full((count, 4), -1, np.int64)
    for place, slides in enumerate(known.slides):
        near[place, : len(slides)] = [at for at, _ in slides]
    order = [known.goal[place] for place in _snake(height, width) if known.goal[place]]
    chunks = [order[at : at + _TOGETHER] for at in range(0, len(order), _TOGETHER)]
    shifts, groups = np.zeros(count, np.int64), np.zeros(count, np.int64)
    costs = np.full((len(chunks), 16**_TOGETHER), _UNKNOWN, np.uint8)
    for group, chunk in enumerate(chunks):
        groups[chunk] = group
        shifts[chunk] = 4 * np.arange(len(chunk))
        home = np.array([known.home[tile] for tile in chunk], np.int64)
        costs[group] = _distances(near, home, known.home[0], 16**_TOGETHER)
    made = Tables(near, costs, shifts, groups, _mirrored(known))
    made.cheapest(known.goal)  # the search itself is compiled here too
    return made


def _snake(height: int, width: int) -> Iterator[int]:
    """Every place, down and up through pairs of columns, so that those in a row lie together."""
    for pair, left in enumerate(range(0, width, 2)):
        rows = range(height) if pair % 2 == 0 else range(height - 1, -1, -1)
        for row in rows:
            yield from (row * width + at for at in range(left, min(left + 2, width)))


def _mirrored(known: Board) -> Ints:
    count = known.height * known.width
    places = np.arange(count)
    if known.height == known.width:
        places = places.reshape(known.height, known.width).T.reshape(-1)
    tiles = [known.goal[places[known.home[tile]]] for tile in range(count)]
    return np.array([tiles, places], np.int64)


@compiled
def _flooded(near: Ints, taken: int, start: int) -> int:
    """The bits of the places that the blank comes to between some tiles."""
    reached = 1 << start
    stack = np.empty(16, np.int64)
    stack[0] = start
    top = 1
    while top:
        top -= 1
        place = stack[top]
        for way in range(4):
            to = near[place, way]
            if to >= 0 and not ((taken | reached) >> to) & 1:
                reached |= 1 << to
                stack[top] = to
                top += 1
    return reached


@compiled
def _distances(near: Ints, home: Ints, blank: int, size: int) -> Bytes:
    """By arrangement of a few tiles the fewest slides of these that bring them home.

    Breadth first from the goal, over arrangements and the parts that the blank can be in.
    """
    costs = np.full(size, 255, np.uint8)
    seen = np.zeros(size, np.uint16)
    many = len(home)
    index, taken = 0, 0
    for slot in range(many):
        index |= home[slot] << (4 * slot)
        taken |= 1 << home[slot]
    part = _flooded(near, taken, blank)
    seen[index] = part
    costs[index] = 0
    queue = np.empty((1, 2), np.int64)
    queue[0, 0], queue[0, 1] = index, part
    end, far = 1, 0
    while end:
        far += 1
        later = np.empty((4 * end, 2), np.int64)
        count = 0
        for at in range(end):
            index, part = queue[at, 0], queue[at, 1]
            taken = 0
            for slot in range(many):
                taken |= 1 << ((index >> (4 * slot)) & 15)
            for slot in range(many):
                place = (index >> (4 * slot)) & 15
                for way in range(4):
                    to = near[place, way]
                    if to < 0 or not (part >> to) & 1:
                        continue
                    other = index ^ ((place ^ to) << (4 * slot))
                    if (seen[other] >> place) & 1:
                        continue
                    new = _flooded(near, taken ^ (1 << place) ^ (1 << to), place)
                    seen[other] |= new
                    if costs[other] == 255:
                        costs[other] = far
                    if count == len(later):
                        wider = np.empty((2 * count, 2), np.int64)
                        wider[:count] = later
                        later = wider
                    later[count, 0], later[count, 1] = other, new
                    count += 1
        queue, end = later, count
    return costs


@compiled
def _deepened(
    near: Ints,
    costs: Bytes,
    shifts: Ints,
    groups: Ints,
    mirrored: Ints,
    tiles: Ints,
    at: Ints,
    index: Ints,
    way: Ints,
    bound: int,
    most: int,
) -> tuple[int, int]:
    """Go on with a search in depth for a plan of at most ``bound`` slides.

    Args:
        tiles: the board where the search is, shape (N,), rewritten.
        at: the depth there, shape (1,), rewritten.
        index: of each group's arrangement, and of the mirror image's, shape (2, G), rewritten.
        way: by depth the blank's place and the next of its neighbours to try, rewritten.
        most: states to look at before it returns.

    Returns:
        1 where the goal was reached, 0 where no such plan exists, -1 where it goes on; and states.
    """
    seen, depth, many = 0, at[0], len(costs)
    while seen < most:
        blank, next_ = way[depth, 0], way[depth, 1]
        if next_ == 0:
            seen += 1
            left, image = 0, 0
            for group in range(many):
                left += costs[group, index[0, group]]
                image += costs[group, index[1, group]]
            left = max(left, image)
            if left == 0:
                at[0] = depth
                return 1, seen
            if depth + left > bound or depth + 1 >= len(way):
                next_ = 4
        way[depth, 1] = next_ + 1
        if next_ < 4:
            to = near[blank, next_]
            if to < 0 or (depth and to == way[depth - 1, 0]):
                continue
            _slide(tiles, index, shifts, groups, mirrored, to, blank)
            depth += 1
            way[depth, 0], way[depth, 1] = to, 0
        elif depth == 0:
            return 0, seen
        else:
            depth -= 1
            _slide(tiles, index, shifts, groups, mirrored, way[depth, 0], blank)
    at[0] = depth
    return -1, seen


@compiled
def _slide(
    tiles: Ints, index: Ints, shifts: Ints, groups: Ints, mirrored: Ints, start: int, end: int
) -> None:
    """Slide the tile at one place into the blank at another."""
    tile = tiles[start]
    tiles[start], tiles[end] = 0, tile
    index[0, groups[tile]] ^= (start ^ end) << shifts[tile]
    image = mirrored[0, tile]
    moved = mirrored[1, start] ^ mirrored[1, end]
    index[1, groups[image]] ^= moved << shifts[image]
