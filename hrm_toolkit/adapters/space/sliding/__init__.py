"""Sliding tiles: the 8-, 15- and 24-puzzle, and boards that are not square."""

from hrm_toolkit.adapters.space.sliding.adapter import SlidingAdapter
from hrm_toolkit.adapters.space.sliding.puzzle import SlidingPlan, SlidingPuzzle

__all__ = ["SlidingAdapter", "SlidingPlan", "SlidingPuzzle"]
