"""One puzzle in a network's terms. Without torch, so that who makes puzzles need not load it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from hrm_toolkit.core import Structure, Tokens
from hrm_toolkit.solvers.networks.places import Places


@dataclass(frozen=True)
class Encoded:
    """One puzzle as a network sees it.

    Attributes:
        tokens: shape (L,), int32.
        structure: declared structure.
        puzzle_id: row of the puzzle embedding, 0 for none.
    """

    tokens: Tokens
    structure: Structure
    puzzle_id: int = 0

    @cached_property
    def places(self) -> Places:
        """The places of the puzzle, worked out once however often it is collated."""
        return Places.of(self.structure, len(self.tokens))
