"""Levels as whole numbers: what the player reaches, pushes, pulls, and boxes that are stuck.

A set of cells is a whole number; bit ``(row + 1) * stride + column + 1`` is a cell, with a frame of
walls all around, so that a shift by 1 or by the stride is a step and never leaves the level.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from hrm_toolkit.adapters.grid import Cell
from hrm_toolkit.adapters.space.sokoban.matching import cheapest_matching
from hrm_toolkit.adapters.space.sokoban.puzzle import (
    BOX,
    BOX_HOME,
    FLOOR,
    GOAL,
    PLAYER,
    PLAYER_HOME,
    WALL,
    SokobanPuzzle,
)

WAYS = ("up", "down", "left", "right")
INFINITE = float("inf")
_REMEMBERED = 200_000
_BARE = str.maketrans({BOX: FLOOR, PLAYER: FLOOR, BOX_HOME: GOAL, PLAYER_HOME: GOAL})


@dataclass(frozen=True, eq=False)
class Level:
    """The walls and goals of a level.

    Attributes:
        height: in cells.
        width: likewise.
        open: every cell that is no wall.
        goals: cells that are goals.
    """

    height: int
    width: int
    open: int
    goals: int
    _least: dict[int, float] = field(default_factory=dict)

    @cached_property
    def stride(self) -> int:
        """Bits between a cell and the one below it."""
        return self.width + 2

    @cached_property
    def offsets(self) -> tuple[int, int, int, int]:
        """How far a step goes, for each of ``WAYS``."""
        return -self.stride, self.stride, -1, 1

    def bit(self, cell: Cell) -> int:
        """The number of a cell's bit; that of a wall of the frame for a cell outside."""
        row, column = cell
        if not (0 <= row < self.height and 0 <= column < self.width):
            return 0
        return (row + 1) * self.stride + column + 1

    def cell(self, bit: int) -> Cell:
        """The cell of a bit."""
        row, column = divmod(bit, self.stride)
        return row - 1, column - 1

    @cached_property
    def named(self) -> dict[tuple[int, int], str]:
        """What a push (bit of the box, number of its way) is called: ``push 3 4 right``."""
        return {
            (bit, way): f"push {bit // self.stride} {bit % self.stride} {name}"
            for bit in bits(self.open)
            for way, name in enumerate(WAYS)
        }

    @cached_property
    def meant(self) -> dict[str, tuple[int, int]]:
        """The push that a name stands for."""
        return {name: push for push, name in self.named.items()}

    def flood(self, reach: int, free: int) -> int:
        """Every cell that walks from ``reach`` over free cells lead to."""
        stride = self.stride
        while True:
            more = reach | reach << 1 | reach >> 1 | reach << stride | reach >> stride
            more &= free
            if more == reach:
                return reach
            reach = more

    def pushes(self, boxes: int, reach: int) -> Iterator[tuple[int, int]]:
        """Pairs (bit of the box, way): what the player can push, row-major for each way."""
        empty = self.open & ~boxes
        for way, offset in enumerate(self.offsets):
            if offset > 0:
                found = boxes & reach << offset & empty >> offset
            else:
                found = boxes & reach >> -offset & empty << -offset
            for bit in bits(found):
                yield bit, way

    def pulls(self, boxes: int, reach: int) -> Iterator[tuple[int, int]]:
        """Pairs (bit of the box before it, way): pushes that may have led here."""
        empty = self.open & ~boxes
        for way, offset in enumerate(self.offsets):
            # The player stands where the box was, and came from the cell before that.
            if offset > 0:
                found = boxes & reach << offset & empty << 2 * offset
            else:
                found = boxes & reach >> -offset & empty >> -2 * offset
            for bit in bits(found):
                yield bit - offset, way

    def pushed(self, boxes: int, bit: int, way: int) -> tuple[int, int]:
        """Boxes and what the player reaches after a push."""
        boxes ^= 1 << bit | 1 << bit + self.offsets[way]
        return boxes, self.flood(1 << bit, self.open & ~boxes)

    def pulled(self, boxes: int, bit: int, way: int) -> tuple[int, int]:
        """Boxes and what the player reaches before a push."""
        boxes ^= 1 << bit | 1 << bit + self.offsets[way]
        return boxes, self.flood(1 << bit - self.offsets[way], self.open & ~boxes)

    @cached_property
    def distances(self) -> tuple[dict[int, int], ...]:
        """For each goal, pushes to it from each cell's bit, were there no other box."""
        return tuple(self._pulled_from(goal) for goal in bits(self.goals))

    def _pulled_from(self, goal: int) -> dict[int, int]:
        found, wave = {goal: 0}, [goal]
        while wave:
            ahead = []
            for bit in wave:
                for offset in self.offsets:
                    before, player = bit - offset, bit - 2 * offset
                    if before not in found and self._is_open(before) and self._is_open(player):
                        found[before] = found[bit] + 1
                        ahead.append(before)
            wave = ahead
        return found

    def _is_open(self, bit: int) -> bool:
        return bit >= 0 and bool(self.open >> bit & 1)

    @cached_property
    def dead(self) -> int:
        """Open cells from which a box comes to no goal, whatever is done."""
        live = 0
        for found in self.distances:
            for bit in found:
                live |= 1 << bit
        return self.open & ~live

    def stuck(self, boxes: int) -> int:
        """Boxes that never move again before the level is lost.

        Of the largest set of boxes each of which has, across and up and down, a wall or another
        of the set on one side, none can be the first to move: a push needs both sides free. A push
        onto a dead cell loses the level, so that dead cells on both sides are as good as a wall.
        """
        walls, dead, stride = ~self.open, self.dead, self.stride
        # A box between two dead cells, by direction, whatever else there is.
        across = dead << 1 & dead >> 1
        upright = dead << stride & dead >> stride
        stuck = boxes
        while True:
            firm = walls | stuck
            left = stuck & (firm << 1 | firm >> 1 | across)
            left &= firm << stride | firm >> stride | upright
            if left == stuck:
                return stuck
            stuck = left

    def is_lost(self, boxes: int) -> bool:
        """Whether it is seen at once that boxes never all come to goals."""
        return bool(boxes & self.dead or self.stuck(boxes) & ~self.goals)

    def least(self, boxes: int) -> float:
        """Pushes that are left at least: the cheapest way to give each box a goal of its own."""
        known = self._least.get(boxes)
        if known is None:
            rows = [[found.get(bit, INFINITE) for found in self.distances] for bit in bits(boxes)]
            known = cheapest_matching(rows)
            if len(self._least) >= _REMEMBERED:
                self._least.clear()
            self._least[boxes] = known
        return known


def bits(number: int) -> Iterator[int]:
    """The bits of a number that are 1, lowest first."""
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


@lru_cache(maxsize=256)
def level_of(rows: tuple[str, ...]) -> Level:
    """The walls and goals of bare rows, see ``bare``."""
    width = len(rows[0])
    stride = width + 2
    found = [0, 0]
    for i, row in enumerate(rows, 1):
        for j, sign in enumerate(row, 1):
            found[0] |= (sign != WALL) << i * stride + j
            found[1] |= (sign == GOAL) << i * stride + j
    return Level(len(rows), width, found[0], found[1])


def bare(puzzle: SokobanPuzzle) -> tuple[str, ...]:
    """The rows of a level without its boxes and player."""
    return tuple(row.translate(_BARE) for row in puzzle.grid)


def places(level: Level, puzzle: SokobanPuzzle) -> tuple[int, int]:
    """The boxes of a puzzle, and the bit of its player."""
    boxes, player = 0, 0
    for i, row in enumerate(puzzle.grid):
        for j, sign in enumerate(row):
            if sign in (BOX, BOX_HOME):
                boxes |= 1 << level.bit((i, j))
            elif sign in (PLAYER, PLAYER_HOME):
                player = level.bit((i, j))
    return boxes, player


def drawn(level: Level, boxes: int, player: int) -> SokobanPuzzle:
    """The puzzle of boxes and a player in a level."""
    rows = []
    for i in range(level.height):
        row = ""
        for j in range(level.width):
            bit = level.bit((i, j))
            home = level.goals >> bit & 1
            if not level.open >> bit & 1:
                row += WALL
            elif boxes >> bit & 1:
                row += BOX_HOME if home else BOX
            elif bit == player:
                row += PLAYER_HOME if home else PLAYER
            else:
                row += GOAL if home else FLOOR
        rows.append(row)
    return SokobanPuzzle.model_construct(task="sokoban", grid=tuple(rows))
