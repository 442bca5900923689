"""Lessons: a puzzle that shows how others like it are solved, in a network's terms."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from typing import Any, Generic, NamedTuple

from hrm_toolkit.core.codec import Tokens
from hrm_toolkit.core.puzzle import A
from hrm_toolkit.core.structure import Structure


class Lesson(NamedTuple):
    """One question as a network reads it, and its solution where that is known.

    Attributes:
        tokens: shape (L,), int32.
        labels: likewise; 0 where nothing is scored, which is everywhere where it is not known.
        structure: with the same relations and symbols for every lesson of a puzzle.
    """

    tokens: Tokens
    labels: Tokens
    structure: Structure


class Lessons(ABC, Generic[A]):
    """What a puzzle demonstrates, and what it asks; each may be looked at in several views.

    A view is a transformation that is undone by ``read``; view 0 changes nothing. How lessons are
    shown is worked out from the demonstrations alone: no answer of a question plays a part.

    Attributes:
        vocabulary: number of token ids.
        demonstrations: how many there are, at least 1.
        questions: how many the puzzle asks, at least 1.
        views: how many there are, at least 1.
    """

    vocabulary: int
    demonstrations: int
    questions: int
    views: int

    @abstractmethod
    def shown(self, number: int, view: int) -> Lesson:
        """A demonstration, counted from 0, with its labels."""

    @abstractmethod
    def asked(self, number: int, view: int) -> Lesson:
        """A question, counted from 0, without labels."""

    @abstractmethod
    def read(self, number: int, view: int, tokens: Tokens) -> Hashable | None:
        """The solution that a network's tokens (L,) stand for; None where they stand for none.

        Args:
            number: of the question.
        """

    @abstractmethod
    def solution(self, number: int) -> Hashable:
        """The solution that a demonstration shows, to be compared with what ``read`` gives."""

    @abstractmethod
    def questions_of_all(self) -> Lessons[A]:
        """The same, asking the demonstrations first, and then what the puzzle asks."""

    @abstractmethod
    def without(self, number: int) -> Lessons[A]:
        """Lessons of all demonstrations but one, which knows nothing of that one but its question.

        It asks the one that is left out first, and then what the puzzle asks. There must be two
        demonstrations.
        """

    @abstractmethod
    def answer(self, ranked: Sequence[Sequence[Any]]) -> A:
        """The answer of the best solutions to each question, best first."""

    @abstractmethod
    def solutions(self, answer: A) -> Sequence[Sequence[Hashable]]:
        """The inverse of ``answer``."""
