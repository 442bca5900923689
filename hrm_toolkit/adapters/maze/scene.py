"""Mazes as pictures."""

from __future__ import annotations

from hrm_toolkit.adapters.maze.rules import MazeAnswer, MazePuzzle
from hrm_toolkit.core.scene import (
    GOAL,
    NEW,
    START,
    WALL,
    Circle,
    Line,
    Rectangle,
    Scene,
    Shape,
    Words,
)


def draw(puzzle: MazePuzzle, answer: MazeAnswer | None) -> Scene:
    """The walls, start and goal, and the answer's path."""
    height, width = len(puzzle.grid), len(puzzle.grid[0])
    shapes: list[Shape] = []
    for i, row in enumerate(puzzle.grid):
        j = 0
        while j < width:
            run = len(row[j:]) - len(row[j:].lstrip("#"))
            if run:
                shapes.append(Rectangle(j, i, run, 1, WALL))
            j += run or 1
    if answer is not None and len(answer.path) > 1:
        points = tuple((column + 0.5, row + 0.5) for row, column in answer.path)
        shapes.append(Line(points, NEW, 0.3))
    for i, row in enumerate(puzzle.grid):
        for mark, colour in (("S", START), ("G", GOAL)):
            j = row.find(mark)
            if j >= 0:
                shapes.append(Circle(j + 0.5, i + 0.5, 0.4, colour))
                shapes.append(Words(j + 0.5, i + 0.5, 0.5, mark, "white", True))
    return Scene(width, height, tuple(shapes), (0, 0))
