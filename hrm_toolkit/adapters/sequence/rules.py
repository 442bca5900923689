"""Sequences: models, and the rule that an answer is equal to the known label."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from hrm_toolkit.core import Answer, InputError, Puzzle, Rules, Verdict, Violation, verdict_from
from hrm_toolkit.core.rules import UNVERIFIABLE

MOST_TOKENS = 65_536
"""The largest vocabulary, padding included."""
MOST_LENGTH = 1_000_000
_TOLD = 20
"""Wrong positions that a verdict names."""

Token = Annotated[int, Field(ge=0, lt=MOST_TOKENS, strict=True)]
Tokens = Annotated[tuple[Token, ...], Field(min_length=1, max_length=MOST_LENGTH)]


class SequencePuzzle(Puzzle):
    """A sequence of numbered tokens, and its label where that is known.

    Attributes:
        tokens: what is given; 0 is padding.
        label: what is right at each position, 0 where nothing is asked; None where it is not known.
        asked: positions from 0, ascending, at which an answer is asked; None asks at every one, or
            where the label is not 0.
        vocabulary: number of token ids, padding included; None for no more than are seen.
    """

    task: Literal["sequence"] = "sequence"
    tokens: Tokens
    label: Tokens | None = None
    asked: tuple[Annotated[int, Field(ge=0, strict=True)], ...] | None = None
    vocabulary: Annotated[int, Field(ge=2, le=MOST_TOKENS)] | None = None

    @model_validator(mode="after")
    def _agree(self) -> SequencePuzzle:
        count = len(self.tokens)
        if self.label is not None and len(self.label) != count:
            raise ValueError(f"the label has {len(self.label)} tokens, and the sequence {count}")
        if self.label is not None and not any(self.label):
            raise ValueError("the label is 0 everywhere, so nothing is asked")
        if self.asked is not None:
            places = self.asked
            if self.label is not None:
                raise ValueError("a known label says itself what is asked: leave out asked")
            if not places or list(places) != sorted(set(places)) or places[-1] >= count:
                raise ValueError(f"asked has no ascending positions from 0 to {count - 1}")
        largest = max((*self.tokens, *(self.label or ())))
        if self.vocabulary is not None and largest >= self.vocabulary:
            raise ValueError(f"token {largest} is beyond the vocabulary of {self.vocabulary}")
        return self

    @property
    def size_words(self) -> str:
        return f"{len(self.tokens)}-token"

    @property
    def places(self) -> tuple[int, ...]:
        """The positions at which an answer is asked."""
        if self.label is not None:
            return tuple(place for place, token in enumerate(self.label) if token)
        return tuple(range(len(self.tokens))) if self.asked is None else self.asked

    @property
    def ids(self) -> int:
        """Number of token ids, padding included."""
        return self.vocabulary or max(2, 1 + max((*self.tokens, *(self.label or ()))))


class SequenceAnswer(Answer):
    """A token for each position; what stands where nothing is asked plays no part."""

    task: Literal["sequence"] = "sequence"
    tokens: Tokens


@dataclass(frozen=True)
class SequenceState:
    """Tokens for the first of the positions that are asked."""

    puzzle: SequencePuzzle
    tokens: tuple[int, ...] = ()


class SequenceRules(Rules[SequencePuzzle, SequenceAnswer]):
    """An answer is right when it is the known label wherever one is asked.

    Without a label nothing can check an answer, and none is valid.
    """

    def check(self, puzzle: SequencePuzzle, answer: SequenceAnswer) -> Verdict:
        said, count = answer.tokens, len(puzzle.tokens)
        if len(said) != count:
            message = f"the answer has {len(said)} tokens, and the sequence has {count}"
            return verdict_from([Violation(rule="length", message=message)])
        if puzzle.label is None:
            message = "no label is known, so nothing can check an answer"
            return verdict_from([Violation(rule=UNVERIFIABLE, message=message)])
        # The label itself is not told: whoever reads this may still be asked.
        wrong = [place for place in puzzle.places if said[place] != puzzle.label[place]]
        violations = [
            Violation(
                rule="label",
                message=f"position {place + 1} is not {said[place]}"
                if said[place]
                else f"position {place + 1} has no token",
                places=((place,),),
            )
            for place in wrong[:_TOLD]
        ]
        if len(wrong) > _TOLD:
            message = f"{len(wrong) - _TOLD} more positions are wrong"
            violations.append(Violation(rule="label", message=message))
        return verdict_from(violations)

    def initial(self, puzzle: SequencePuzzle) -> SequenceState:
        return SequenceState(puzzle)

    def actions(self, state: SequenceState) -> Sequence[tuple[int, int]]:
        """(position, token) for the next position that is asked: every token but padding."""
        places = state.puzzle.places
        if len(state.tokens) == len(places):
            return []
        return [(places[len(state.tokens)], token) for token in range(1, state.puzzle.ids)]

    def step(self, state: SequenceState, action: Any) -> SequenceState:
        places, done = state.puzzle.places, len(state.tokens)
        match action:
            case (int(place), int(token)) if done < len(places) and place == places[done]:
                if 0 < token < state.puzzle.ids:
                    return SequenceState(state.puzzle, (*state.tokens, token))
        expected = (
            f"({places[done]}, 1 to {state.puzzle.ids - 1})" if done < len(places) else "none"
        )
        raise InputError("this is not the next action", expected=expected, got=action)

    def result(self, state: SequenceState) -> SequenceAnswer | None:
        if len(state.tokens) < len(state.puzzle.places):
            return None
        return self.so_far(state)

    def so_far(self, state: SequenceState) -> SequenceAnswer:
        """The answer with 0 wherever nothing is said yet, and where nothing is asked."""
        tokens = [0] * len(state.puzzle.tokens)
        for place, token in zip(state.puzzle.places, state.tokens, strict=False):
            tokens[place] = token
        return SequenceAnswer(tokens=tuple(tokens))

    def plan(self, puzzle: SequencePuzzle, answer: SequenceAnswer) -> list[Hashable]:
        return [(place, answer.tokens[place]) for place in puzzle.places]
