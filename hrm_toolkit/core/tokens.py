"""Tokens: what a network sees of a puzzle."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from hrm_toolkit.core.errors import InputError
from hrm_toolkit.core.puzzle import Model

Tokens = npt.NDArray[np.int32]
"""Token ids, shape (L,), int32. Id 0 is ``<pad>`` and is never scored."""

Probabilities = npt.NDArray[np.float32]
"""A network's distribution at each position, shape (L, V), rows summing to 1."""

PAD = 0


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
