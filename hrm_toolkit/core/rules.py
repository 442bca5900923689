"""Rules, which alone say what is right, and the verdicts they give."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic

from pydantic import AfterValidator, model_validator

from hrm_toolkit.core.errors import InputError, one_line
from hrm_toolkit.core.puzzle import A, Model, P

Sentence = Annotated[str, AfterValidator(one_line)]
"""Words for a reader, which may quote a puzzle's names: on one line, with nothing hidden."""

Place = tuple[int | str, ...]


UNVERIFIABLE = "unverifiable"
"""The rule of a violation that is none: nothing is known that could check the answer."""


class Violation(Model):
    """One broken rule.

    Attributes:
        rule: a short machine name, such as ``row`` or ``wall``.
        message: a sentence with its place, rows and columns counted from 1:
            "row 3 has two 5s, at columns 2 and 7".
        places: the positions concerned, counted from 0 (or node names).
    """

    rule: str
    message: Sentence
    places: tuple[Place, ...] = ()


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


class Verdict(Model):
    """Falsy when the answer is refuted.

    Attributes:
        valid: whether every rule holds.
        optimal: whether no better answer exists; None where the task has no cost, or it was
            too dear to find out.
        cost: the answer's cost in the task's own unit (moves, summed edge weight), if any.
        violations: the broken rules; empty exactly when ``valid``.

    Example:
        >>> broken = Violation(rule="row", message="row 1 has two 5s, at columns 2 and 7")
        >>> bool(Verdict(valid=False, violations=(broken,)))
        False
    """

    valid: bool
    optimal: bool | None = None
    cost: float | None = None
    violations: tuple[Violation, ...] = ()

    @model_validator(mode="after")
    def _valid_exactly_without_violations(self) -> Verdict:
        if self.valid == bool(self.violations):
            raise InputError("a verdict is valid exactly when it has no violations")
        return self

    def __bool__(self) -> bool:
        return self.valid


def verdict_from(
    violations: list[Violation], *, optimal: bool | None = None, cost: float | None = None
) -> Verdict:
    """A verdict that is valid exactly when there are no violations."""
    valid = not violations
    return Verdict(
        valid=valid,
        optimal=optimal if valid else None,
        cost=cost if valid else None,
        violations=tuple(violations),
    )


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

    def least(self, state: Any) -> float:
        """What the way from a state to an answer costs at least; infinite where it is seen at once
        that there is none. The default knows nothing: 0."""
        return 0.0

    def key(self, state: Any) -> Hashable | None:
        """What makes two states the same for a search, or None when states never recur."""
        return None


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
