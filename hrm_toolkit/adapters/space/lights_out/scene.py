"""Boards of lights as pictures."""

from __future__ import annotations

from collections.abc import Sequence

from hrm_toolkit.adapters.space.lights_out.puzzle import LightsOutPuzzle
from hrm_toolkit.core.scene import NEW, WALL, Circle, Rectangle, Scene, Shape

_LIT, _DARK, _GAP = "#ffd23f", "#5b6270", 0.06


def draw(puzzle: LightsOutPuzzle, pressed: Sequence[int]) -> Scene:
    """The lights, and a dot on some buttons, row-major from 0."""
    height, width = puzzle.shape
    shapes: list[Shape] = [Rectangle(0, 0, width, height, WALL)]
    for i, row in enumerate(puzzle.grid):
        for j, light in enumerate(row):
            side = 1 - 2 * _GAP
            shapes.append(Rectangle(j + _GAP, i + _GAP, side, side, _LIT if light else _DARK))
    for button in pressed:
        i, j = divmod(button, width)
        shapes.append(Circle(j + 0.5, i + 0.5, 0.22, NEW))
    return Scene(width, height, tuple(shapes), (0, 0))
