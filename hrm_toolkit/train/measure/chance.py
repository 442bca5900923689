"""Did a run learn anything? What guessing comes to, and where to look when no more was learned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hrm_toolkit.core import PAD, AnyAdapter
from hrm_toolkit.train.data.stream import AnyExample

_ENOUGH = 10
"""Puzzles without which a rate of 0 says little."""
_NEAR = 0.9


def guessing_loss(adapter: AnyAdapter, examples: Sequence[AnyExample]) -> float:
    """The loss, in nats, of who knows how often each label occurs and nothing of the puzzle.

    A network that reads nothing ends there: ln 2 for two labels that are as frequent.

    Example:
        >>> from hrm_toolkit.adapters import get_adapter
        >>> from hrm_toolkit.core import Settings
        >>> from hrm_toolkit.train.data.stream import Split, draw
        >>> adapter = get_adapter("sudoku")
        >>> example = draw(adapter, Settings(sizes=(4,)), 0, Split.TEST, 0)
        >>> round(guessing_loss(adapter, [example]), 4) == round(float(np.log(4)), 4)
        True
    """
    counts = np.zeros(adapter.codec.spec.size)
    for example in examples:
        labels = adapter.codec.labels(example.puzzle, example.answer)
        counts += np.bincount(labels, minlength=len(counts))
    counts[PAD] = 0
    shares = counts[counts > 0] / max(counts.sum(), 1)
    return float(-(shares * np.log(shares)).sum())


def unlearned(
    adapter: AnyAdapter, examples: Sequence[AnyExample], loss: float, verified_rate: float
) -> str:
    """Where to look, for a run that ended without one solved puzzle; else "".

    Args:
        examples: held-out puzzles, at least 10 for a word.
        loss: the answer loss of training, smoothed, nats.
        verified_rate: of the network alone.
    """
    if verified_rate > 0 or len(examples) < _ENOUGH:
        return ""
    chance = guessing_loss(adapter, examples)
    if loss >= _NEAR * chance:
        seen = f"the loss never left chance ({loss:.3f}; guessing by frequency gives {chance:.3f})"
    else:
        seen = f"no puzzle is solved, though the loss of {loss:.3f} is below chance ({chance:.3f})"
    return (
        f"{seen}: see whether labels are a function of the puzzle (hrm-toolkit adapters check "
        f"{adapter.task}), whether structure relates what decides an answer, and try smaller sizes "
        "or more updates"
    )
