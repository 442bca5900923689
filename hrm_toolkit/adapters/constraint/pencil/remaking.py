"""Puzzles of rooms with one answer: cells change rooms until no other answer is left."""

from __future__ import annotations

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
_MOVES = 60


def with_rooms(
    adapter: ShadingAdapter[R, Any], rng: np.random.Generator, shape: Shape, size: int
) -> tuple[R, Values]:
    """A puzzle without numbers, each of whose rooms has so many shaded cells, and its answer.

    A cell that another answer shades and this one does not changes its room: the other answer has
    then too many in one room.

    Args:
        size: cells of a room, about.
    """
    while True:
        room = drawn_rooms(rng, shape, size)
        x = drawn(adapter.declare(adapter.roomed(layout(shape, room.__getitem__))), rng)
        if x is None:
            continue
        shaded = {cell for cell, value in zip(cells(shape), x.tolist(), strict=True) if value}
        for _ in range(_MOVES):
            puzzle = adapter.roomed(layout(shape, room.__getitem__))
            found = other(adapter.declare(puzzle), x)
            if found is None:
                return puzzle, x
            grid = found.reshape(shape)
            moves: list[tuple[Cell, int]] = [
                (cell, to)
                for cell in cells(shape)
                if grid[cell] and cell not in shaded
                for to in movable(shape, room, cell)
            ]
            if not moves:
                break
            cell, to = moves[int(rng.integers(len(moves)))]
            room[cell] = to
