"""Sequences: for each token of a row say another one, as its label does."""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hrm_toolkit.adapters.sequence import files
from hrm_toolkit.adapters.sequence.rules import (
    MOST_TOKENS,
    SequenceAnswer,
    SequencePuzzle,
    SequenceRules,
    SequenceState,
)
from hrm_toolkit.core import (
    Adapter,
    Codec,
    Exact,
    Example,
    InputError,
    OptionError,
    Probabilities,
    Relation,
    Size,
    Structure,
    Tokens,
    TokenSpec,
    WrongAnswer,
)
from hrm_toolkit.core.files import Form

if TYPE_CHECKING:
    from hrm_toolkit.adapters.sequence.published import SequenceLayout

KINDS = ("copy", "reverse", "sort")
_SYMBOLS = 8
"""Different tokens in a generated row, beside those that say what to do with them."""
_MOST_GENERATED = 4096


class SequenceCodec(Codec[SequencePuzzle, SequenceAnswer]):
    """The tokens as they are; ids have no names but their numbers."""

    spec = TokenSpec(vocabulary=("<pad>", *map(str, range(1, MOST_TOKENS))))

    def vocabulary(self, puzzle: SequencePuzzle) -> int:
        return puzzle.ids

    def encode(self, puzzle: SequencePuzzle) -> Tokens:
        return np.array(puzzle.tokens, np.int32)

    def labels(self, puzzle: SequencePuzzle, answer: SequenceAnswer) -> Tokens:
        tokens = np.zeros(len(puzzle.tokens), np.int32)
        places = list(puzzle.places)
        tokens[places] = np.array(answer.tokens, np.int32)[places]
        return tokens

    def decode(self, puzzle: SequencePuzzle, tokens: Tokens) -> SequenceAnswer:
        """The tokens where they are asked.

        Raises:
            InputError: when there is not one a position.
        """
        if tokens.shape != (len(puzzle.tokens),):
            raise InputError(
                f"the tokens have shape {tokens.shape}", expected=f"({len(puzzle.tokens)},)"
            )
        places = list(puzzle.places)
        said = np.zeros(len(puzzle.tokens), np.int32)
        said[places] = tokens[places]
        return SequenceAnswer(tokens=tuple(said.tolist()))

    def preference(
        self,
        puzzle: SequencePuzzle,
        state: SequenceState,
        action: Any,
        probabilities: Probabilities,
    ) -> float:
        place, token = action
        return float(probabilities[place, token]) if token < probabilities.shape[1] else 0.0


class SequenceAdapter(Adapter[SequencePuzzle, SequenceAnswer]):
    """Rows of any length and vocabulary, such as those of a published dataset folder of one's own.

    The only rule is equality with a label that is known, so it measures a network and does not
    help it: nothing here finds an answer or chooses among several. What is generated are rows to
    try a recipe on: the first token says to copy, reverse or sort the others.

    Sizes are the number of tokens, from 2 on.

    Example:
        >>> sequence = SequenceAdapter()
        >>> puzzle = sequence.parse("given 2 5 9 4\\nlabel . 4 9 5")
        >>> bool(sequence.rules.check(puzzle, sequence.parse_answer(puzzle, "0 4 9 5")))
        True
        >>> unknown = sequence.coerce([2, 5, 9, 4])
        >>> said = sequence.parse_answer(puzzle, "1 4 9 5")
        >>> [broken.rule for broken in sequence.rules.check(unknown, said).violations]
        ['unverifiable']
    """

    task: ClassVar[str] = "sequence"
    summary: ClassVar[str] = "a token for each token of a row, checked against a known label alone"
    puzzle_type = SequencePuzzle
    answer_type = SequenceAnswer
    rules = SequenceRules()
    codec = SequenceCodec()
    difficulties: ClassVar[tuple[str, ...]] = KINDS
    default_sizes: ClassVar[tuple[Size, ...]] = (6, 8, 10)
    relations: ClassVar[tuple[str, ...]] = ("before", "after")
    verifiable: ClassVar[bool] = False

    def generate(
        self,
        rng: np.random.Generator,
        *,
        size: Size | None = None,
        difficulty: str | None = None,
    ) -> Example[SequencePuzzle, SequenceAnswer]:
        self.require_difficulty(difficulty)
        length = _length(self.default_sizes[rng.integers(3)] if size is None else size)
        kind = KINDS.index(difficulty) if difficulty else int(rng.integers(len(KINDS)))
        first = 1 + len(KINDS)
        row = rng.integers(first, first + _SYMBOLS, size=length - 1).tolist()
        made = (row, row[::-1], sorted(row))[kind]
        puzzle = SequencePuzzle(
            tokens=(1 + kind, *row), label=(0, *made), vocabulary=first + _SYMBOLS
        )
        answer = SequenceAnswer(tokens=(0, *made))
        return Example(puzzle, answer, KINDS[kind], length)

    def render(self, puzzle: SequencePuzzle, answer: SequenceAnswer | None = None) -> str:
        return files.render(puzzle, answer)

    def parse(self, text: str) -> SequencePuzzle:
        return files.parse(text)

    def parse_answer(self, puzzle: SequencePuzzle, text: str) -> SequenceAnswer:
        return files.parse_answer(puzzle, text)

    def forms(self) -> Sequence[Form]:
        return files.FORMS

    def layout(self) -> SequenceLayout:
        from hrm_toolkit.adapters.sequence.published import SequenceLayout

        return SequenceLayout(self)

    def shown(self, puzzle: SequencePuzzle) -> SequencePuzzle:
        """The sequence without its label, and with the positions that are asked."""
        if puzzle.label is None:
            return puzzle
        places = puzzle.places
        asked = None if len(places) == len(puzzle.tokens) else places
        return puzzle.model_copy(update={"label": None, "asked": asked})

    def notes(self, puzzle: SequencePuzzle) -> tuple[str, ...]:
        if puzzle.label is None:
            return ("the label is not known: this is what the network says, and nothing checks it",)
        return ("checked by comparison with the label that the puzzle brings",)

    def structure(self, puzzle: SequencePuzzle) -> Structure:
        length = len(puzzle.tokens)
        at = np.arange(length)
        after = np.where(at + 1 < length, at + 1, -1)
        before = Relation.neighbours("before", at - 1)
        return Structure((before, Relation.neighbours("after", after)))

    def canonical(self, puzzle: SequencePuzzle) -> str:
        """What is given; rows that differ in their label alone are the same question."""
        return hashlib.sha256(repr(puzzle.tokens).encode()).hexdigest()

    def exact(self, puzzle: SequencePuzzle, *, seconds: float = 10.0) -> Exact[SequenceAnswer]:
        """No answer: what a label would be, nothing but the label says."""
        return Exact(None)

    def partial(self, puzzle: SequencePuzzle) -> SequenceAnswer:
        """Nothing said anywhere."""
        return SequenceAnswer(tokens=(0,) * len(puzzle.tokens))

    def wrong_answers(self) -> Sequence[WrongAnswer[SequencePuzzle, SequenceAnswer]]:
        puzzle = SequencePuzzle(tokens=(2, 5, 9, 4), label=(0, 4, 9, 5), vocabulary=12)
        unknown = self.shown(puzzle)
        cases: tuple[tuple[SequencePuzzle, tuple[int, ...], str], ...] = (
            (puzzle, (0, 4, 9, 4), "position 4 is not 4"),
            (puzzle, (0, 0, 9, 5), "position 2 has no token"),
            (puzzle, (4, 9, 5), "the answer has 3 tokens, and the sequence has 4"),
            (unknown, (0, 4, 9, 5), "no label is known"),
        )
        return [WrongAnswer(p, SequenceAnswer(tokens=tokens), says) for p, tokens, says in cases]


def _length(size: Size) -> int:
    try:
        length = operator.index(size)  # type: ignore[arg-type]
    except TypeError:
        length = 0
    if not 2 <= length <= _MOST_GENERATED:
        raise OptionError(
            "this is no length of a sequence", expected=f"2 to {_MOST_GENERATED:,}", got=size
        )
    return length
