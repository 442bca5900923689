"""One ARC task alone: its demonstrations as lessons for a network that learns nothing else."""

from hrm_toolkit.adapters.arc.alone.lessons import ArcLessons

__all__ = ["ArcLessons"]
