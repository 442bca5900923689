"""Puzzles of constraints as tokens: a position a variable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from hrm_toolkit.adapters.constraint.mixture.declared import (
    GIVEN,
    OPEN,
    VALUE,
    VALUES,
    Declared,
    declared,
)
from hrm_toolkit.adapters.constraint.mixture.retelling import terse
from hrm_toolkit.adapters.constraint.task import DeclaredAdapter
from hrm_toolkit.core import (
    Answer,
    AnyAdapter,
    Codec,
    Puzzle,
    Structure,
    Tokens,
    TokenSpec,
    validate,
)
from hrm_toolkit.core.codec import Positions


class LiteralCodec(Codec[Puzzle, Answer]):
    """A position a variable: open in the puzzle, the place of its value in the answer."""

    def __init__(self, member: Callable[[Puzzle], AnyAdapter]) -> None:
        self._member = member
        values = [f"value {k}" for k in range(1, VALUES + 1)]
        self.spec = TokenSpec(vocabulary=("<pad>", *values, "open", "given"))

    def _told(self, puzzle: Puzzle) -> Declared:
        return declared(self._member(puzzle), puzzle)

    def encode(self, puzzle: Puzzle) -> Tokens:
        left = self._told(puzzle).allowed.sum(1)
        return np.where(left > 1, OPEN, GIVEN).astype(np.int32)

    def labels(self, puzzle: Puzzle, answer: Answer) -> Tokens:
        declared, member = self._told(puzzle), self._member(puzzle)
        if isinstance(member, DeclaredAdapter):
            x = member.values_of(puzzle, answer)
        else:
            x = np.array(answer.grid).ravel()  # type: ignore[attr-defined]
        y = x - declared.lowest
        if declared.owners is not None:
            y = declared.owners.told(x, declared.lowest)
        return (y + VALUE).astype(np.int32)

    def decode(self, puzzle: Puzzle, tokens: Tokens) -> Answer:
        """The answer; a variable of which a token says no value has its lowest."""
        told = self._told(puzzle)
        problem, lowest, owners = told.problem, told.lowest, told.owners
        said = tokens[: len(problem)].astype(np.int64) - VALUE + lowest
        if owners is not None:
            said = owners.read(said - lowest, problem, lowest)
        low, high = np.array(problem.low, np.int64), np.array(problem.high, np.int64)
        x = np.where((said < low) | (said > high), low, said)
        member = self._member(puzzle)
        if isinstance(member, DeclaredAdapter):
            answer: Answer = member.answer_of(puzzle, x)
            return answer
        side = round(len(x) ** 0.5)
        filled: Answer = validate(member.answer_type, {"grid": x.reshape(side, side).tolist()})
        return filled

    def given(
        self, tokens: Tokens, structure: Structure, answer: Tokens, at: Positions
    ) -> tuple[Tokens, Structure] | None:
        allowed = structure.allowed
        if allowed is None:
            return None
        value = answer[at] - VALUE
        fits = (value >= 0) & (value < allowed.shape[1])
        at, value = at[fits], value[fits]
        fits = allowed[at, value]
        at, value = at[fits], value[fits]
        left, told = allowed.copy(), tokens.copy()
        left[at] = False
        left[at, value] = True
        told[at] = GIVEN
        return told, terse(replace(structure, allowed=left))

    def preference(self, puzzle: Puzzle, state: Any, action: Any, probabilities: Any) -> float:
        member = self._member(puzzle)
        if not isinstance(member, DeclaredAdapter):
            return 0.0
        variable, value = action
        owners = self._told(puzzle).owners
        if owners is not None and variable in owners.node:
            entries = owners.entries((variable, value))
            return float(sum(probabilities[k, VALUE + at] for k, at in entries))
        return float(probabilities[variable, VALUE + value - member.lowest])
