"""What a law of adapters is, and the subject that it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hrm_toolkit.core import AnyAdapter, Example, Size

AnyExample = Example[Any, Any]


class LawError(Exception):
    """A law does not hold; the text says where and why."""


@dataclass
class Subject:
    """An adapter under test and the examples drawn from it, of its own sizes unless some are said.

    ``examples`` are filled by the first law, since generation is itself under test.
    """

    adapter: AnyAdapter
    seed: int
    samples: int
    sizes: Sequence[Size] = ()
    examples: list[AnyExample] = field(default_factory=list)

    def rng(self, *index: int) -> np.random.Generator:
        """A generator of this check's own, a function of the seed and ``index``."""
        return np.random.default_rng([self.seed, *index])

    def draw(self, index: int) -> AnyExample:
        """Example number ``index``, drawn afresh."""
        size = self.sizes[index % len(self.sizes)] if self.sizes else None
        return self.adapter.generate(self.rng(0, index), size=size)

    def each(self) -> Iterator[tuple[str, AnyExample, np.random.Generator]]:
        """Where it is, the example, and a generator for what the law draws itself."""
        if not self.examples:
            raise LawError("no example was generated")
        for index, example in enumerate(self.examples):
            yield f"sample {index}", example, self.rng(1, index)


LAWS: dict[str, Callable[[Subject], int]] = {}
"""Every law by its sentence, in the order of checking."""


def law(sentence: str) -> Callable[[Callable[[Subject], int]], Callable[[Subject], int]]:
    """Enter a function into ``LAWS``."""

    def enter(function: Callable[[Subject], int]) -> Callable[[Subject], int]:
        LAWS[sentence] = function
        return function

    return enter


def need(holds: bool, sentence: str) -> None:
    """Raise ``LawError`` unless ``holds``."""
    if not holds:
        raise LawError(sentence)
