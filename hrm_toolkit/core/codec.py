"""Codec: puzzles and answers as token sequences, and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic

from hrm_toolkit.core.process import Process
from hrm_toolkit.core.puzzle import A, P
from hrm_toolkit.core.tokens import Probabilities, Tokens, TokenSpec


class Codec(ABC, Generic[P, A]):
    """Puzzle and answer <-> int32 tokens (L,).

    Attributes:
        spec: the tokens.
        hints: number of hints that ``process`` gives, the largest id; 0 where it gives none.
    """

    spec: TokenSpec
    hints: ClassVar[int] = 0

    @abstractmethod
    def encode(self, puzzle: P) -> Tokens:
        """The network's input, shape (L,)."""

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

    @abstractmethod
    def decode(self, puzzle: P, tokens: Tokens) -> A:
        """The answer that output tokens (L,) stand for; it may break the rules.

        No search happens here: what the network did not say, the decoder does not repair.

        Raises:
            InputError: when the tokens stand for no answer at all.
        """

    def preference(self, puzzle: P, state: Any, action: Any, probabilities: Probabilities) -> float:
        """How much the network is for ``action`` in ``state``: a probability, 0 to 1.

        Search visits high ones first. The default has no opinion.
        """
        return 1.0
