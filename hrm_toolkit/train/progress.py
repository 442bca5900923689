"""How far a run is, and who hears what a long call does: a terminal, a log, or nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass
class Progress:
    """What a run tells of itself after each update.

    Attributes:
        phase: ``data``, ``digest`` (the puzzles are hashed), ``train`` or ``evaluate``.
        done: share of the phase, 0 to 1.
        update: optimizer steps so far.
        loss: answer loss, smoothed over recent updates, nats.
        exact: share of slots that were exactly right, smoothed.
        verified_rate: last validation's, or None before the first.
        best_rate: best validation's, or None.
        seconds_left: estimate for the phase.
        per_second: updates, on average so far with validations among them, or None.
        updates: that the run will have made at its end.
        planned: whether that is so many by plan, and not by the clock at this pace.
    """

    phase: str
    done: float
    update: int = 0
    loss: float | None = None
    exact: float | None = None
    verified_rate: float | None = None
    best_rate: float | None = None
    seconds_left: float | None = None
    per_second: float | None = None
    updates: int | None = None
    planned: bool = False


@dataclass
class Counters:
    """What a run remembers besides tensors.

    Attributes:
        update: updates tried so far; those that the guard skipped count too.
        seconds: of training.
        samples: puzzles shown.
        best_rate: best verified rate at a validation; -1 before the first.
        best_update: update of that validation; 0 before the first.
        validations: how many were due so far.
        resting: ``seconds`` until which no validation is due, since the last one took long.
        checkpointed: ``seconds`` at the last checkpoint.
        loss: answer loss, smoothed, nats.
        exact: share of slots that were exactly right, smoothed.
        halting: share of slots whose network wanted to halt, smoothed.
        operations: of the updates that were counted, see ``flops``.
        counted: how many those were.
    """

    update: int = 0
    seconds: float = 0.0
    samples: int = 0
    best_rate: float = -1.0
    best_update: int = 0
    validations: int = 0
    resting: float = 0.0
    checkpointed: float = 0.0
    loss: float = 0.0
    exact: float = 0.0
    halting: float = 0.0
    operations: float = 0.0
    counted: int = 0

    @property
    def rested(self) -> bool:
        """Whether enough was learned since the last validation for another."""
        return self.seconds >= self.resting

    def rest_after(self, seconds: float) -> None:
        """Let updates have three times what a validation took that is not yet in ``seconds``."""
        self.resting = self.seconds + 4 * seconds

    def smooth(self, *, loss: float, exact: float, halting: float) -> None:
        """Take in one update; the first few weigh more."""
        keep = min(0.98, self.update / (self.update + 10))
        self.loss = keep * self.loss + (1 - keep) * loss
        self.exact = keep * self.exact + (1 - keep) * exact
        self.halting = keep * self.halting + (1 - keep) * halting

    def progress(self, share: float, rate: float | None, planned: int | None = None) -> Progress:
        """What a listener is told after an update, ``share`` of the training done.

        Args:
            planned: updates of the run, where they and not the clock end it.
        """
        share = max(share, 1e-9)
        return Progress(
            "train",
            min(share, 1.0),
            self.update,
            self.loss,
            self.exact,
            rate,
            self.best_rate if self.best_rate >= 0 else None,
            self.seconds * max(1 - share, 0.0) / share,
            self.update / self.seconds if self.seconds else None,
            planned or max(round(self.update / share), self.update),
            planned is not None,
        )


Bar = Callable[..., AbstractContextManager[Callable[[float], None]]]
"""(what goes on, how much there is, unit=...) -> what is told how much is done."""


@contextmanager
def _nothing(*_: Any, **__: Any) -> Iterator[Callable[..., None]]:
    yield lambda *_: None


@dataclass(frozen=True)
class Listener:
    """Hears what a long call does; each part is silent unless said.

    Attributes:
        remark: told a sentence now and then.
        bar: shows how far something is that is counted.
        run: opened around a training run, and told its progress.

    Example:
        >>> heard = []
        >>> Listener(remark=heard.append).remark("half of it")
        >>> heard
        ['half of it']
    """

    remark: Callable[[str], None] = lambda text: None
    bar: Bar = _nothing
    run: Callable[[], AbstractContextManager[Callable[[Progress], None]]] = _nothing


SILENT = Listener()
