"""Puzzles and plans of PDDL, and the states between."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from hrm_toolkit.adapters.space.pddl.grounding.ground import Ground
from hrm_toolkit.adapters.space.pddl.grounding.heuristic import Estimates
from hrm_toolkit.adapters.space.pddl.language.domain import read_domain, read_problem
from hrm_toolkit.adapters.space.pddl.language.model import Domain, Problem
from hrm_toolkit.adapters.space.pddl.language.text import (
    MOST_CHARACTERS,
    Expression,
    read_lists,
    written,
)
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.core import InputError, Puzzle

_STEP = re.compile(r"(?:[\d.]+\s*:\s*)?(\(.*?\)|.*?)\s*(?:\[[\d.]+\])?")
"""An action, maybe with the time when it begins and how long it takes."""
_CALL = re.compile(r"([^\s()]+)\s*\(([^()]*)\)")
_INIT = ":init"


class PddlPuzzle(Puzzle):
    """A domain and a problem, as texts; comments and case, which say nothing, are not kept.

    Attributes:
        domain: ``(define (domain ...) ...)``.
        problem: ``(define (problem ...) ...)``.
    """

    task: Literal["pddl"] = "pddl"
    domain: str = Field(max_length=MOST_CHARACTERS)
    problem: str = Field(max_length=MOST_CHARACTERS)

    @field_validator("domain", "problem")
    @classmethod
    def _plain(cls, text: str) -> str:
        return "\n".join(map(written, read_lists(text)))

    @model_validator(mode="after")
    def _defined(self) -> PddlPuzzle:
        parsed(self.domain, self.problem)
        return self

    @property
    def size_words(self) -> str:
        """The number of objects: "8-object"."""
        return f"{len(parsed(self.domain, self.problem)[1].objects)}-object"


class PddlPlan(Plan):
    """Actions as plan files of the planning competitions write them: ``(stack a b)``."""

    task: Literal["pddl"] = "pddl"

    @field_validator("actions", mode="before")
    @classmethod
    def _written(cls, actions: Any) -> Any:
        if isinstance(actions, list | tuple):
            return tuple(action_of(a) if isinstance(a, str) else a for a in actions)
        return actions


def action_of(text: str) -> str:
    """An action as ``(stack a b)``: from that, ``stack a b``, ``stack(a, b)``, ``0: (stack a b)``.

    Example:
        >>> action_of("0.000: (STACK  a b) [1.000]"), action_of("stack(a, b)")
        ('(stack a b)', '(stack a b)')
    """
    found = _STEP.fullmatch(text.strip().lower())
    body = found[1] if found else text.strip().lower()
    call = _CALL.fullmatch(body)
    words = f"{call[1]} {call[2].replace(',', ' ')}" if call else body.strip("()")
    return f"({' '.join(words.split())})" if words.strip() else ""


@lru_cache(maxsize=256)
def parsed(domain: str, problem: str) -> tuple[Domain, Problem]:
    """A domain and a problem of it.

    Raises:
        InputError: naming which of the two is at fault.
    """
    try:
        known = _domain(domain)
    except InputError as error:
        raise error.at("the domain") from None
    try:
        return known, read_problem(problem, known)
    except InputError as error:
        raise error.at("the problem") from None


@lru_cache(maxsize=64)
def _domain(text: str) -> Domain:
    return read_domain(text)


@dataclass(frozen=True)
class State:
    """Facts that hold, as bits, in a problem without variables."""

    facts: int
    ground: Ground


@lru_cache(maxsize=1024)
def begun(puzzle: PddlPuzzle) -> State:
    """The state in which a puzzle begins.

    Problems that differ in what holds at first alone share what follows from the rest, where no
    other actions can be reached.

    Raises:
        InputError: for a problem that is too large.
    """
    domain, problem = parsed(puzzle.domain, puzzle.problem)
    fixed = frozenset(fact for fact in problem.facts if fact[0] not in domain.changing)
    rest = _without_init(puzzle.problem)
    key = (puzzle.domain, rest, fixed, tuple(sorted(problem.values.items())))
    known = _GROUNDS.get(key)
    mask = known.fits(problem.facts) if known is not None else None
    if known is None or mask is None:
        known = Ground(domain, problem)
        mask = known.start
        if len(_GROUNDS) >= _MOST_GROUNDS:
            _GROUNDS.pop(next(iter(_GROUNDS)))
        _GROUNDS[key] = known
    return State(mask, known)


_MOST_GROUNDS = 64
_GROUNDS: dict[Any, Ground] = {}


@lru_cache(maxsize=64)
def estimates(ground: Ground) -> Estimates:
    """Estimates for the states of a problem."""
    return Estimates(len(ground.atoms), ground.operators, ground.goal)


def begin_at(puzzle: PddlPuzzle, state: State) -> PddlPuzzle:
    """The puzzle whose problem begins in a state of another."""
    (whole,) = read_lists(puzzle.problem)
    holding = set(state.ground.holding(state.facts))
    sections = [_begun(part, state.ground, holding) for part in whole]
    # What is written is read already: nothing is left to look at.
    return puzzle.model_copy(update={"problem": written(tuple(sections))})


def _begun(part: Expression, ground: Ground, holding: set[tuple[str, ...]]) -> Expression:
    if not isinstance(part, tuple) or part[:1] != (_INIT,):
        return part
    kept = [one for one in part[1:] if isinstance(one, tuple) and one[0] not in ground.changing]
    return (_INIT, *kept, *sorted(holding))


@lru_cache(maxsize=256)
def _without_init(problem: str) -> tuple[Expression, ...]:
    (whole,) = read_lists(problem)
    return tuple(part for part in whole if not isinstance(part, tuple) or part[:1] != (_INIT,))
