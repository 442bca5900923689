"""Classical planning in PDDL: read, written out, searched, checked."""

from hrm_toolkit.adapters.space.pddl.adapter import PddlAdapter

__all__ = ["PddlAdapter"]
