"""Boards of sliding tiles, and plans for them."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

from pydantic import field_validator, model_validator

from hrm_toolkit.adapters.grid import Dihedral, place, require_rectangle
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.core import InputError, Puzzle

LIMIT = 8
"""The most rows, and the most columns."""

Ends = Literal["last", "first"]
"""Where the blank is at the goal: below all tiles in order, or above them."""


class SlidingPuzzle(Puzzle):
    """A board of tiles 1, 2, 3 ... and a blank.

    Attributes:
        grid: rows of numbers, 0 for the blank; from 2x2 to 8x8.
        blank: where the blank is at the goal: after the tiles in order, or before them.
    """

    task: Literal["sliding"] = "sliding"
    grid: tuple[tuple[int, ...], ...]
    blank: Ends = "last"

    @field_validator("grid", mode="before")
    @classmethod
    def _is_a_board(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple) or not all(
            isinstance(row, list | tuple) for row in value
        ):
            return value
        require_rectangle(value, LIMIT)
        if len(value) < 2 or len(value[0]) < 2:
            raise InputError(
                f"the board is {len(value)}x{len(value[0])}", expected="from 2x2 to 8x8"
            )
        return value

    @model_validator(mode="after")
    def _has_each_tile_once(self) -> SlidingPuzzle:
        count = sum(map(len, self.grid))
        for tile, times in Counter(tile for row in self.grid for tile in row).items():
            if not 0 <= tile < count:
                raise InputError(
                    f"a board of {self.size_words} has no tile {tile}",
                    expected=f"1 to {count - 1}, and 0 for the blank",
                )
            if times > 1:
                name = f"tile {tile}" if tile else "the blank"
                where = [
                    place((i, j))
                    for i, row in enumerate(self.grid)
                    for j, other in enumerate(row)
                    if other == tile
                ]
                raise InputError(
                    f"{name} comes {times} times, at {where[0]} and {where[1]}",
                    expected=f"1 to {count - 1} once each, and 0 for the blank",
                )
        return self

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return len(self.grid), len(self.grid[0])

    @property
    def detail(self) -> str:
        return "" if self.blank == "last" else "blank first"

    @classmethod
    def of(cls, height: int, width: int, tiles: bytes, blank: Ends) -> SlidingPuzzle:
        """The board of these tiles, row-major."""
        grid = tuple(tuple(tiles[at : at + width]) for at in range(0, height * width, width))
        return cls.model_construct(task="sliding", grid=grid, blank=blank)

    def moved(self, dihedral: Dihedral) -> SlidingPuzzle:
        """The board transposed, turned around, or both; its tiles are numbered anew.

        A half turn takes tiles in order to tiles in the opposite order with the blank at the other
        end, which is a goal again once they are counted from there.
        """
        names = renamed(dihedral, *self.shape, self.blank)
        table = dihedral.table(self.grid)
        other: Ends = "first" if self.blank == "last" else "last"
        blank = other if dihedral.flip_rows else self.blank
        grid = tuple(tuple(names[tile] for tile in row) for row in table)
        return self.model_construct(task="sliding", grid=grid, blank=blank)


class SlidingPlan(Plan):
    """Slides: ``12 up`` moves tile 12 up, into the blank."""

    task: Literal["sliding"] = "sliding"


def goal(height: int, width: int, blank: Ends) -> bytes:
    """The tiles of the goal, row-major."""
    count = height * width
    return bytes(range(count)) if blank == "first" else bytes((*range(1, count), 0))


def renamed(dihedral: Dihedral, height: int, width: int, blank: Ends) -> list[int]:
    """What each tile is called on the board under a symmetry that keeps a goal a goal."""
    side = goal(height, width, blank)
    rows = [side[at : at + width] for at in range(0, len(side), width)]
    table = dihedral.table(rows)
    other: Ends = "first" if blank == "last" else "last"
    there = goal(len(table), len(table[0]), other if dihedral.flip_rows else blank)
    names = [0] * len(side)
    for tile, name in zip((tile for row in table for tile in row), there, strict=True):
        names[tile] = name
    return names
