"""Sokoban: push every box onto a goal."""

from hrm_toolkit.adapters.space.sokoban.adapter import SokobanAdapter
from hrm_toolkit.adapters.space.sokoban.puzzle import SokobanPlan, SokobanPuzzle

__all__ = ["SokobanAdapter", "SokobanPlan", "SokobanPuzzle"]
