"""An attempt at a puzzle, and which of several is the best; without torch."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from hrm_toolkit.core import Answer, InputError, Probabilities, Verdict, Violation

if TYPE_CHECKING:
    from hrm_toolkit.solvers.runners.runner import Row

NO_ANSWER = Verdict(
    valid=False, violations=(Violation(rule="no_answer", message="no answer was given"),)
)


def no_answer(error: InputError) -> Verdict:
    """The verdict on an attempt that came to no answer, with the reason."""
    violation = Violation(rule="no_answer", message=str(error))
    return Verdict(valid=False, violations=(violation,))


@dataclass(frozen=True)
class Outlook:
    """What a network says of a state, where a task is solved action by action.

    Attributes:
        chances: by action, how likely a cheapest plan goes on with it, 0 to 1.
        left: what it expects the rest of the way to cost.
    """

    chances: Mapping[Hashable, float]
    left: float


class Certainty(NamedTuple):
    """How sure a network is of its tokens: see the fields of ``Segment`` by these names."""

    confidence: float = 0.0
    filled: int | None = None
    sure: str = ""
    hints: str = ""

    @property
    def alone(self) -> Certainty:
        """Without what is said of each position."""
        return self._replace(sure="", hints="")


@dataclass
class Attempt:
    """One run of the network on one form of a puzzle, as it stands.

    Attributes:
        answer: decoded from the segment that is kept, for the puzzle as given.
        verdict: what the rules say of it.
        halt: the network's own estimate that it is right, 0 to 1.
        segments: segments spent.
        logits: shape (L, V), of the segment of ``answer``, for the form that was run.
        by: what it was run by besides the network: ``votes``, ``restarts``, ``search`` or nothing.
        residual: what that segment still changed in the carry, see ``Row``.
        hints: beside ``logits``, of a network that was taught some, see ``Row``.
        voter: which of several solvers that vote made it, from 0.
        outlooks: where a task is solved action by action, what the network said of each state on
            the way, by ``rules.key``; ``halt``, ``logits`` and ``residual`` are of the first.
    """

    answer: Answer | None = None
    verdict: Verdict = NO_ANSWER
    halt: float = 0.0
    segments: int = 0
    logits: npt.NDArray[np.float32] | None = None
    by: Literal["", "votes", "restarts", "search"] = ""
    residual: float = math.inf
    voter: int = 0
    outlooks: Mapping[Hashable, Outlook] = field(default_factory=dict)
    hints: Callable[[], npt.NDArray[np.int32]] | None = None

    @property
    def probabilities(self) -> Probabilities | None:
        """What the network gives each token, shape (L, V), for the form that was run."""
        if self.logits is None:
            return None
        chances: Probabilities = np.exp(self.logits - self.logits.max(-1, keepdims=True))
        chances /= chances.sum(-1, keepdims=True)
        return chances

    @property
    def certainty(self) -> Certainty:
        """How sure the network is of its tokens."""
        if (chances := self.probabilities) is None:
            return Certainty()
        largest = chances.max(1)
        tenths = (10 * largest).clip(0, 9).astype(np.uint8) + ord("0")
        told = float(largest.mean()), int((largest > 0.5).sum()), tenths.tobytes().decode()
        return Certainty(*told, _digits(self.hints))

    @property
    def bare(self) -> Attempt:
        """Without what was said of each position, which is asked of the first attempt alone."""
        return replace(self, logits=None, hints=None)

    @property
    def tried(self) -> bool:
        """Whether it was more than begun: the network spoke, or cannot take the puzzle."""
        return self.segments > 0 or self.verdict is not NO_ANSWER


def _digits(hint: Callable[[], npt.NDArray[np.int32]] | None) -> str:
    """A digit for each position, or nothing where there are more kinds of hints than digits."""
    if hint is None or (hints := hint()).max(initial=0) > 9:
        return ""
    return (hints.astype(np.uint8) + ord("0")).tobytes().decode()


def settled(verdict: Verdict) -> bool:
    """Whether the rules accept an answer and know of no better one."""
    return verdict.valid and verdict.optimal is not False


def enough(verdict: Verdict, attempts: Sequence[Attempt], nodes: int | None) -> bool:
    """Whether to look no further: where nodes are said, a plan that is not proved the cheapest
    has them all."""
    planned = nodes is not None and any(a.outlooks for a in attempts)
    return settled(verdict) and (verdict.optimal is True or not planned)


def standing(verdict: Verdict) -> tuple[bool, bool, float]:
    """What to compare verdicts by: valid, then not known to be improvable, then cheap."""
    return verdict.valid, settled(verdict), -(verdict.cost or 0.0)


def best(attempts: Sequence[Attempt]) -> Attempt:
    """By verdict, then by agreement between attempts, then by the network's own estimate, then by
    how nearly the network stood still.

    The rules choose only among several attempts: a lone attempt is what it is. Estimates and
    residuals are compared in thousandths, so that rounding errors do not choose; the first of
    equals wins.
    """
    if len(attempts) == 1:
        return attempts[0]
    agreement: Counter[Answer | None] = Counter(a.answer for a in attempts if a.answer is not None)

    def worth(a: Attempt) -> tuple[tuple[bool, bool, float], int, float, float]:
        return standing(a.verdict), agreement[a.answer], round(a.halt, 3), -round(a.residual, 3)

    return max(attempts, key=worth)


def told(row: Row[Any]) -> dict[str, Any]:
    """What a segment says beside its answer, as fields of an attempt."""
    return {
        "halt": 0.5 + 0.5 * math.tanh(0.5 * row.q_halt),
        "segments": row.segment,
        "logits": row.logits,
        "residual": row.residual,
        "hints": row.hints,
    }
