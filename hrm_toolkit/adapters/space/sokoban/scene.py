"""Levels of Sokoban as pictures."""

from __future__ import annotations

from collections.abc import Sequence

from hrm_toolkit.adapters.grid import Cell
from hrm_toolkit.adapters.space.sokoban.puzzle import (
    BOX,
    BOX_HOME,
    GOAL,
    PLAYER,
    PLAYER_HOME,
    WALL,
    SokobanPuzzle,
)
from hrm_toolkit.core import scene
from hrm_toolkit.core.scene import Circle, Line, Rectangle, Scene, Shape

_BOX, _HOME, _PLAYER = "#c58b4a", "#7aa95c", "#1f4e8c"


def draw(puzzle: SokobanPuzzle, pushes: Sequence[tuple[Cell, Cell]]) -> Scene:
    """The level, and a line for each push from one cell to the next."""
    height, width = puzzle.shape
    shapes: list[Shape] = []
    for i, row in enumerate(puzzle.grid):
        for j, sign in enumerate(row):
            if sign == WALL:
                shapes.append(Rectangle(j, i, 1, 1, scene.WALL))
            if sign in (GOAL, PLAYER_HOME, BOX_HOME):
                shapes.append(Circle(j + 0.5, i + 0.5, 0.14, scene.GOAL))
            if sign in (BOX, BOX_HOME):
                fill = _HOME if sign == BOX_HOME else _BOX
                shapes.append(Rectangle(j + 0.12, i + 0.12, 0.76, 0.76, fill))
            if sign in (PLAYER, PLAYER_HOME):
                shapes.append(Circle(j + 0.5, i + 0.5, 0.32, _PLAYER))
    for (i, j), (to_i, to_j) in pushes:
        ends = ((j + 0.5, i + 0.5), (to_j + 0.5, to_i + 0.5))
        shapes.append(Line(ends, scene.NEW, 0.1))
    return Scene(width, height, tuple(shapes), (0, 0))
