"""Rules: they alone say what is right."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from typing import Any, Generic

from hrm_toolkit.core.puzzle import A, P
from hrm_toolkit.core.verdict import Verdict, Violation


class Rules(ABC, Generic[P, A]):
    """The rules of one task, as a check of answers and as states and actions.

    States and actions are immutable and hashable; what they are is the task's own choice.
    ``actions`` may confine itself to the next decision (the candidates of one cell), as long as
    every answer can still be reached: then a depth-first search over it is complete.
    """

    @abstractmethod
    def check(self, puzzle: P, answer: A) -> Verdict:
        """What is wrong with ``answer``, with places; valid when nothing is."""

    def diagnose(self, puzzle: P) -> list[Violation]:
        """Contradictions visible in the puzzle itself, without search; empty when none."""
        return []

    @abstractmethod
    def initial(self, puzzle: P) -> Any:
        """The state from which play starts."""

    @abstractmethod
    def actions(self, state: Any) -> Sequence[Hashable]:
        """Legal actions for the next decision; empty when the state is final or stuck."""

    @abstractmethod
    def step(self, state: Any, action: Any) -> Any:
        """The state after ``action``.

        Raises:
            InputError: when the action is not legal there.
        """

    @abstractmethod
    def result(self, state: Any) -> A | None:
        """The answer that a final state stands for, or None while it is unfinished."""

    def so_far(self, state: Any) -> A | None:
        """The answer as far as it stands in ``state``, to be drawn; the rules may refute it.

        The default knows finished ones alone.
        """
        return self.result(state)

    @abstractmethod
    def plan(self, puzzle: P, answer: A) -> list[Hashable]:
        """Actions that lead from ``initial(puzzle)`` to ``answer``."""

    def step_cost(self, state: Any, action: Any) -> float:
        """Cost of one action, at least 0. All zero where answers have no cost."""
        return 0.0

    def key(self, state: Any) -> Hashable | None:
        """What makes two states the same for a search, or None when states never recur."""
        return None
