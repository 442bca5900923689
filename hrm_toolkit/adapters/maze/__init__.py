"""Mazes: find a path from start to goal, one cell at a time, around the walls."""

from hrm_toolkit.adapters.maze.adapter import MazeAdapter, MazeSymmetry
from hrm_toolkit.adapters.maze.codec import MazeCodec
from hrm_toolkit.adapters.maze.rules import MazeAnswer, MazePuzzle, MazeRules, MazeState

__all__ = [
    "MazeAdapter",
    "MazeAnswer",
    "MazeCodec",
    "MazePuzzle",
    "MazeRules",
    "MazeState",
    "MazeSymmetry",
]
