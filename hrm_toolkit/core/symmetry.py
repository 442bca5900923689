"""Symmetry: a drawn transformation under which the rules stay the same."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic

from hrm_toolkit.core.puzzle import A, P


class Symmetry(ABC, Generic[P, A]):
    """Maps puzzles to puzzles and answers to answers, and back.

    Used as augmentation in training and for votes at inference.
    """

    @abstractmethod
    def apply(self, puzzle: P) -> P:
        """The transformed puzzle."""

    @abstractmethod
    def apply_answer(self, answer: A) -> A:
        """The answer to the transformed puzzle."""

    @abstractmethod
    def undo(self, puzzle: P) -> P:
        """The inverse of ``apply``."""

    @abstractmethod
    def undo_answer(self, answer: A) -> A:
        """The inverse of ``apply_answer``."""


class Identity(Symmetry[P, A]):
    """The transformation that changes nothing; for tasks without symmetry."""

    def apply(self, puzzle: P) -> P:
        return puzzle

    def apply_answer(self, answer: A) -> A:
        return answer

    def undo(self, puzzle: P) -> P:
        return puzzle

    def undo_answer(self, answer: A) -> A:
        return answer
