"""Codec: puzzles and answers as token sequences, and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from hrm_toolkit.core.errors import InputError
from hrm_toolkit.core.puzzle import A, Model, P

if TYPE_CHECKING:
    from hrm_toolkit.core.structure import Structure

Tokens = npt.NDArray[np.int32]
"""Token ids, shape (L,), int32. Id 0 is ``<pad>`` and is never scored."""

Positions = npt.NDArray[np.intp]
"""Some positions of a sequence, shape (N,)."""

Probabilities = npt.NDArray[np.float32]
"""A network's distribution at each position, shape (L, V), rows summing to 1."""

PAD = 0


def inside(numbers: npt.NDArray[np.integer[Any]], low: int, end: int) -> bool:
    """Whether whole numbers are all from ``low`` to below ``end``.

    Example:
        >>> inside(np.array([-1, 4]), -1, 5), inside(np.array([-2, 4]), -1, 5)
        (True, False)
    """
    if not numbers.size:
        return True
    # Without a sign, what is below is beyond every end: one look tells both.
    above = (numbers - low if low else numbers).astype(np.uint64)
    return bool(np.maximum.reduce(above, axis=None) < end - low)


class TokenSpec(Model):
    """The vocabulary that an adapter's puzzles and answers share.

    Attributes:
        vocabulary: a name for each token id; the first is ``<pad>``.
        max_length: the longest sequence the adapter makes, or None when unbounded.

    Example:
        >>> TokenSpec(vocabulary=("<pad>", "blank", "1", "2")).size
        4
    """

    vocabulary: tuple[str, ...] = Field(min_length=2)
    max_length: int | None = None

    @model_validator(mode="after")
    def _pad_first_and_names_distinct(self) -> TokenSpec:
        if self.vocabulary[0] != "<pad>":
            raise InputError("token 0 must be <pad>", got=self.vocabulary[0])
        if len(set(self.vocabulary)) != len(self.vocabulary):
            raise InputError("two tokens share a name", expected="distinct names")
        return self

    @property
    def size(self) -> int:
        """V, the number of token ids."""
        return len(self.vocabulary)


class Identifiers(Model):
    """What the rows of a network's puzzle embedding were learned for.

    Attributes:
        names: of the rows, in order; row 0 is for none.
        shown: rows of the tasks that show a demonstration, by its digest.
    """

    names: tuple[str, ...] = Field(min_length=1)
    shown: dict[str, tuple[int, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _rows_are_named(self) -> Identifiers:
        # They index an embedding: one that is not there would fail in the midst of a solve.
        if not all(0 < row < len(self.names) for rows in self.shown.values() for row in rows):
            raise ValueError(f"a demonstration has a row outside 1 to {len(self.names) - 1}")
        return self


class Codec(ABC, Generic[P, A]):
    """Puzzle and answer <-> int32 tokens (L,).

    Attributes:
        spec: the tokens.
        hints: number of hints that ``process`` gives, the largest id; 0 where it gives none.
        hint_words: what a picture says of those hints that it shows, by id, at most 9 of them.
    """

    spec: TokenSpec
    hints: ClassVar[int] = 0
    hint_words: ClassVar[Mapping[int, str]] = {}

    @abstractmethod
    def encode(self, puzzle: P) -> Tokens:
        """The network's input, shape (L,)."""

    def length(self, puzzle: P) -> int:
        """L, for which the default encodes the puzzle."""
        return len(self.encode(puzzle))

    @abstractmethod
    def labels(self, puzzle: P, answer: A) -> Tokens:
        """What the network should say at each position, shape (L,); 0 where nothing is scored.

        Where several answers are right, labels should be a function of the puzzle alone.
        """

    def vocabulary(self, puzzle: P) -> int:
        """Number of token ids that a network for such puzzles needs. The default needs all."""
        return self.spec.size

    def process(self, puzzle: P) -> Process | None:
        """The course of a stepwise method that comes to the labels, to train on.

        A task has one for each of its puzzles, or, with ``hints`` 0, None for each.

        One step should need no more than each position's own state and those it is related to.
        """
        return None

    def given(
        self, tokens: Tokens, structure: Structure, answer: Tokens, at: Positions
    ) -> tuple[Tokens, Structure] | None:
        """The input of a puzzle that gives besides what an answer has at some positions.

        A network that is trained so learns to go on from a part of an answer, and its further
        attempts at a puzzle keep a part of the best before; see ``NetworkConfig.given``.

        Args:
            tokens: of the puzzle, shape (L,).
            structure: of the puzzle.
            answer: output tokens, shape (L,), right or not; what the puzzle rules out is not given.
            at: positions that are open, shape (N,).

        Returns:
            None, as the default does, in a task whose input cannot say so.
        """
        return None

    @abstractmethod
    def decode(self, puzzle: P, tokens: Tokens) -> A:
        """The answer that output tokens (L,) stand for; it may break the rules.

        No search happens here: what the network did not say, the decoder does not repair.

        Raises:
            InputError: when the tokens stand for no answer at all.
        """

    def may_be_right(self, puzzle: P, tokens: Tokens) -> bool:
        """A cheap look at output tokens (L,) before they are decoded and checked.

        False only where the answer that they stand for surely breaks the rules, so that the rules
        need not say how. The default knows nothing.
        """
        return True

    def preference(self, puzzle: P, state: Any, action: Any, probabilities: Probabilities) -> float:
        """How much the network is for ``action`` in ``state``: a probability, 0 to 1.

        Search visits high ones first. The default has no opinion.
        """
        return 1.0

    def togo(self, puzzle: P, probabilities: Probabilities) -> float:
        """What the network expects the rest of the way to cost, where a task is solved action by
        action. The default expects nothing: 0."""
        return 0.0


NOT_YET = 1
"""The hint of a position about which the method knows nothing yet; 0 is not scored."""


def wave_words(source: str) -> dict[int, str]:
    """What to say of hints that count steps from a source modulo 3.

    Example:
        >>> wave_words("the goal")[NOT_YET + 1]
        'steps to the goal, says the network: 0, 3, 6 ...'
    """
    said = "steps to {}, says the network: {}, {}, {} ..."
    return {NOT_YET + 1 + n: said.format(source, n, n + 3, n + 6) for n in range(3)}


@dataclass(frozen=True)
class Process:
    """The course of a stepwise method on one puzzle, each array of shape (L,), int32.

    A network that is trained on it learns the method's steps in place of the answer at once, and
    so what carries over to sizes it never saw (after the hints of arXiv 2205.15659).

    Attributes:
        hints: what is known of a position in the end, from ``NOT_YET`` to the codec's ``hints``;
            0 where nothing is scored.
        hint_steps: the step from which that is known; before it the hint is ``NOT_YET``.
        label_steps: the step from which a position's label is known; before it the target is the
            position's own token.
    """

    hints: Tokens
    hint_steps: Tokens
    label_steps: Tokens
