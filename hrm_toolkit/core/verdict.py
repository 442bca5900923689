"""What the rules say of an answer."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, model_validator

from hrm_toolkit.core.errors import InputError, one_line
from hrm_toolkit.core.puzzle import Model

Sentence = Annotated[str, AfterValidator(one_line)]
"""Words for a reader, which may quote a puzzle's names: on one line, with nothing hidden."""

Place = tuple[int | str, ...]


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
