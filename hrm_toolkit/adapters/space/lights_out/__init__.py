"""Lights out: press buttons, each of which switches its light and those beside it."""

from hrm_toolkit.adapters.space.lights_out.adapter import LightsOutAdapter
from hrm_toolkit.adapters.space.lights_out.puzzle import LightsOutPlan, LightsOutPuzzle

__all__ = ["LightsOutAdapter", "LightsOutPlan", "LightsOutPuzzle"]
