"""Puzzles of rooms with one answer: cells change rooms until no other answer is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from hrm_toolkit.adapters.constraint.generate import drawn, other
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil.answers import ShadingAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Rooms
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    Cell,
    Shape,
    cells,
    drawn_rooms,
    layout,
    movable,
)

R = TypeVar("R", bound=Rooms)
_MOVES = 25


Begun = tuple[dict[Cell, int], set[Cell]]
"""The room of each cell, and the cells that are shaded."""


def with_rooms(
    adapter: ShadingAdapter[R, Any],
    rng: np.random.Generator,
    shape: Shape,
    begin: Callable[[], Begun | None],
) -> tuple[R, Values]:
    """A puzzle without numbers, each of whose rooms has so many shaded cells, and its answer.

    A cell that another answer shades and this one does not changes its room: the other answer has
    then too many in one room.

    Args:
        begin: draws rooms with an answer, which may be one of several.
    """
    while True:
        begun = begin()
        if begun is None:
            continue
        room, shaded = begun
        x = np.array([int(cell in shaded) for cell in cells(shape)], np.int64)
        for _ in range(_MOVES):
            puzzle = adapter.roomed(layout(shape, room.__getitem__))
            found = other(adapter.declare(puzzle), x)
            if found is None:
                return puzzle, x
            grid = found.reshape(shape)
            wrong = [cell for cell in cells(shape) if grid[cell] and cell not in shaded]
            if not any(_moved(rng, shape, room, wrong[k]) for k in rng.permutation(len(wrong))):
                break


def around_answer(
    adapter: ShadingAdapter[R, Any], rng: np.random.Generator, shape: Shape, size: int
) -> Begun | None:
    """Rooms of about so many cells, and an answer where they have one."""
    room = drawn_rooms(rng, shape, max(len(cells(shape)) // size, 2))
    x = drawn(adapter.declare(adapter.roomed(layout(shape, room.__getitem__))), rng)
    if x is None:
        return None
    return room, {cell for cell, value in zip(cells(shape), x.tolist(), strict=True) if value}


def _moved(rng: np.random.Generator, shape: Shape, room: dict[Cell, int], cell: Cell) -> bool:
    """Whether a cell could be given to another room; then it is."""
    ways = movable(shape, room, cell)
    if ways:
        room[cell] = ways[int(rng.integers(len(ways)))]
    return bool(ways)
