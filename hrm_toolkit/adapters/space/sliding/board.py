"""Boards of sliding tiles, quickly: successors, parity, and what a plan costs at least."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from functools import lru_cache

from hrm_toolkit.adapters.space.sliding.puzzle import Ends, goal

_REMEMBERED = 400_000


@dataclass(frozen=True, eq=False)
class Board:
    """What all boards of one size and goal share.

    Attributes:
        height: in tiles.
        width: likewise.
        goal: its tiles, row-major.
        home: by tile, where the goal has it.
        slides: by the blank's place, pairs (place of the tile that slides into it, direction in
            which it slides).
    """

    height: int
    width: int
    goal: bytes
    home: tuple[int, ...]
    slides: tuple[tuple[tuple[int, str], ...], ...]
    _lines: dict[tuple[bool, int, bytes], int] = field(default_factory=dict)

    def least(self, tiles: bytes) -> int:
        """What is left at least: each tile's own way, and two for each that must make room.

        Manhattan distance with linear conflicts: of tiles that are in their own row, all but those
        of the longest run that is in order must leave the row and come back; columns alike.
        """
        lines, width, left = self._lines, self.width, 0
        for row in range(self.height):
            key = (True, row, tiles[row * width : (row + 1) * width])
            cost = lines.get(key)
            left += self._line(key) if cost is None else cost
        for column in range(width):
            key = (False, column, tiles[column::width])
            cost = lines.get(key)
            left += self._line(key) if cost is None else cost
        return left

    def _line(self, key: tuple[bool, int, bytes]) -> int:
        """What the tiles of a row cost along it, or those of a column."""
        across, line, tiles = key
        cost, ends = 0, list[int]()
        count = 0
        for at, tile in enumerate(tiles):
            if not tile:
                continue
            row, column = divmod(self.home[tile], self.width)
            along, own = (column, row) if across else (row, column)
            cost += abs(at - along)
            if own == line:
                count += 1
                # Patience sorting: the length of the longest rising run.
                spot = bisect_left(ends, along)
                ends[spot : spot + 1] = [along]
        cost += 2 * (count - len(ends))
        if len(self._lines) >= _REMEMBERED:
            self._lines.clear()
        self._lines[key] = cost
        return cost

    def solvable(self, tiles: bytes) -> bool:
        """Whether slides lead to the goal.

        A slide exchanges blank and tile and moves the blank by one: the parity of the permutation
        and that of the blank's way to its home change together.
        """
        places, swaps = [self.home[tile] for tile in tiles], 0
        for at in range(len(places)):
            while places[at] != at:
                other = places[at]
                places[at], places[other] = places[other], other
                swaps += 1
        here, home = divmod(tiles.index(0), self.width), divmod(self.home[0], self.width)
        return (swaps + abs(here[0] - home[0]) + abs(here[1] - home[1])) % 2 == 0


@lru_cache(maxsize=64)
def board(height: int, width: int, blank: Ends) -> Board:
    """The board of this size and goal.

    Example:
        >>> eight = board(3, 3, "last")
        >>> eight.least(bytes([1, 3, 2, 4, 5, 6, 7, 8, 0]))
        4
        >>> eight.solvable(bytes([1, 3, 2, 4, 5, 6, 7, 8, 0]))
        False
    """
    tiles = goal(height, width, blank)
    slides = []
    for at in range(height * width):
        row, column = divmod(at, width)
        near = (
            (row + 1, column, "up"),
            (row - 1, column, "down"),
            (row, column + 1, "left"),
            (row, column - 1, "right"),
        )
        slides.append(
            tuple((i * width + j, way) for i, j, way in near if 0 <= i < height and 0 <= j < width)
        )
    home = tuple(tiles.index(tile) for tile in range(len(tiles)))
    return Board(height, width, tiles, home, tuple(slides))
