"""Boards of sliding tiles as pictures."""

from __future__ import annotations

from collections.abc import Sequence

from hrm_toolkit.adapters.space.sliding.puzzle import SlidingPuzzle
from hrm_toolkit.core.scene import INK, NEW, WALL, Circle, Line, Rectangle, Scene, Shape, Words

_TILE, _HOME, _GAP = "#e6c88f", "#a9cf8f", 0.04


def draw(puzzle: SlidingPuzzle, home: Sequence[int], blank: Sequence[int]) -> Scene:
    """The tiles, those at home in another colour, and the way of the blank.

    Args:
        home: by tile, its place at the goal, row-major.
        blank: the places that it comes to, from where it is; one alone draws no way.
    """
    height, width = puzzle.shape
    shapes: list[Shape] = [Rectangle(0, 0, width, height, WALL)]
    for i, row in enumerate(puzzle.grid):
        for j, tile in enumerate(row):
            if tile:
                fill = _HOME if home[tile] == i * width + j else _TILE
                side = 1 - 2 * _GAP
                shapes.append(Rectangle(j + _GAP, i + _GAP, side, side, fill))
                shapes.append(Words(j + 0.5, i + 0.5, 0.45, str(tile), INK, True))
    points = tuple((at % width + 0.5, at // width + 0.5) for at in blank)
    if len(points) > 1:
        shapes.append(Line(points, NEW, 0.07))
        shapes.append(Circle(*points[-1], 0.14, NEW))
    return Scene(width, height, tuple(shapes), (0, 0))
