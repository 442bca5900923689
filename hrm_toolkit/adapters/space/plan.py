"""Answers of state spaces: plans."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Self

from pydantic import Field, PrivateAttr

from hrm_toolkit.core import Answer, Puzzle

MOST_ACTIONS = 100_000
"""The longest plan."""

Action = Annotated[str, Field(min_length=1, max_length=200)]


class Plan(Answer):
    """Actions that lead from the start to a goal. A task's own plan sets ``task`` to a literal.

    Attributes:
        actions: in order.
    """

    actions: Annotated[tuple[Action, ...], Field(max_length=MOST_ACTIONS)]
    _best: tuple[tuple[str, ...], ...] | None = PrivateAttr(default=None)
    _found: tuple[Puzzle, tuple[str, ...], bool] | None = PrivateAttr(default=None)

    @property
    def best(self) -> tuple[tuple[str, ...], ...] | None:
        """For each state on the way the actions with which cheapest plans go on, where known.

        It is what a network is taught; it is part of no file, and of no comparison.
        """
        return self._best

    def knowing(self, best: tuple[tuple[str, ...], ...] | None) -> Self:
        """The same plan, with the actions with which cheapest plans go on from each state."""
        plan = self.model_copy()
        plan._best = best
        return plan

    def found(self, puzzle: Puzzle, *, proved: bool) -> Self:
        """The same plan, with the knowledge that a search for cheapest plans of a puzzle found it.

        Args:
            puzzle: whose plan it is.
            proved: whether no plan of the puzzle is cheaper; else the search asked less.
        """
        plan = self.model_copy()
        plan._found = puzzle, self.actions, proved
        return plan

    def proved(self, puzzle: Puzzle) -> bool | None:
        """Whether it is proved to be a cheapest plan of a puzzle; None where no search for those
        of this very puzzle has found it."""
        if self._found is None or self._found[:2] != (puzzle, self.actions):
            return None
        return self._found[2]

    def after(self, done: int) -> Self:
        """What is left of it after some actions."""
        rest = self.model_copy(update={"actions": self.actions[done:]})
        rest._best = None if self._best is None else self._best[done:]
        return rest

    def mapped(self, action: Callable[[str], str]) -> Self:
        """The same plan with other words for its actions."""
        plan = self.model_copy(update={"actions": tuple(map(action, self.actions))})
        if self._best is not None:
            plan._best = tuple(tuple(map(action, best)) for best in self._best)
        return plan

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.actions == self.actions

    def __hash__(self) -> int:
        return hash((self.task, self.actions))
