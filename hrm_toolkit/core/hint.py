"""Hint: the next thing that follows from a puzzle, and why."""

from __future__ import annotations

from dataclasses import dataclass

from hrm_toolkit.core.rules import Place


@dataclass(frozen=True)
class Hint:
    """One thing that follows from a puzzle, or that it contradicts itself.

    Attributes:
        says: what follows, and by which rule: "row 2 column 1 is 5, by column 1".
        why: what it follows from, step by step, in the same words; () where the puzzle shows it.
        places: where it is, counted from 0.
        contradiction: whether it says that there is no answer.
        supposing: whether a supposition was needed.
    """

    says: str
    why: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    contradiction: bool = False
    supposing: bool = False
