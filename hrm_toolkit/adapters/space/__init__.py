"""State spaces: what may be done in a state, what comes of it, and when the goal is reached."""

from hrm_toolkit.adapters.space.derived import StateSpaceAdapter
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.adapters.space.task import SpaceAdapter
from hrm_toolkit.adapters.space.view import View

__all__ = ["Plan", "SpaceAdapter", "StateSpaceAdapter", "View"]
