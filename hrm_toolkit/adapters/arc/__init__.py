"""ARC: infer a rule from a few demonstrations and apply it to test inputs."""

from hrm_toolkit.adapters.arc.adapter import ArcAdapter
from hrm_toolkit.adapters.arc.codec import ArcCodec
from hrm_toolkit.adapters.arc.rules import (
    ArcAnswer,
    ArcPair,
    ArcPuzzle,
    ArcRules,
    ArcState,
    ArcTest,
)
from hrm_toolkit.adapters.arc.symmetry import ArcSymmetry
from hrm_toolkit.adapters.arc.voting import ArcVotes

__all__ = [
    "ArcAdapter",
    "ArcAnswer",
    "ArcCodec",
    "ArcPair",
    "ArcPuzzle",
    "ArcRules",
    "ArcState",
    "ArcSymmetry",
    "ArcTest",
    "ArcVotes",
]
