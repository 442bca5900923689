"""One request in flight: what its owner sees of it, and what its own thread does."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import Field

from hrm_toolkit.core import (
    Answer,
    Budget,
    Deadline,
    Model,
    Result,
    ToolkitError,
    WorkerError,
    shorten,
)
from hrm_toolkit.core.telling import number_of

if TYPE_CHECKING:
    from hrm_toolkit.planner.jobs.batching import SharedSolver
    from hrm_toolkit.solvers.options import Strategy

_log = logging.getLogger(__name__)
GRACE = 0.05
"""Seconds that a solve may need to notice that its time is up."""


class Progress(Model):
    """How far a request is, after a segment of one of its rows.

    Attributes:
        job: id of the request.
        segment: segments so far, over all its attempts.
        segments: the most that its attempts may take; a search may take more, and then this grows.
        halt: probability that the answer is right by the network's own estimate, 0 to 1.
        filled: positions whose likeliest token has more than half of the probability.
        violations: rules that the answer breaks as it stands.
        elapsed: seconds since the request came.
        answer: as it stands, if there is one; left out where this is written as JSON.
    """

    job: str
    segment: int = Field(ge=1)
    segments: int
    halt: float
    filled: int | None
    violations: int
    elapsed: float
    answer: Answer | None = Field(default=None, exclude=True, repr=False)

    @property
    def words(self) -> str:
        """The numbers as one line.

        Example:
            >>> Progress(job="a", segment=3, segments=16, halt=0.25, filled=51, violations=2,
            ...          elapsed=0.1).words
            'segment 3 of 16, halting probability 0.25, 51 cells filled, 2 violations'
        """
        filled = "" if self.filled is None else f", {number_of(self.filled, 'cell')} filled"
        return (
            f"segment {self.segment:,} of {self.segments:,}, "
            f"halting probability {self.halt:.2f}{filled}, "
            f"{number_of(self.violations, 'violation')}"
        )


class Ended(Exception):  # noqa: N818 (nothing is wrong)
    """Unwinds the thread of a request whose answer nobody needs any more."""


class Ticket:
    """One request in flight. Any thread may look at it, wait for it or cancel it.

    Attributes:
        id: of the request.
        client: who asked.
        begun: whether one of its rows has had a slot, or its search a place.
        cancelled: whether ``cancel`` ended it.
        timed_out: whether its time ended it before there was an answer that the rules accept and
            know no better one for.
        error: why it failed, if it did.
        progress: after the latest segment; None before the first.
    """

    def __init__(
        self,
        id: str,
        puzzle: Any,
        *,
        budget: Budget,
        strategy: Strategy,
        seed: int,
        client: str,
        deadline: Deadline,
        on_progress: Callable[[Progress], None] | None = None,
        on_begin: Callable[[], None] | None = None,
    ) -> None:
        self.id, self.client = id, client
        self.cancelled = self.timed_out = self.begun = False
        self.error: ToolkitError | None = None
        self.progress: Progress | None = None
        self.deadline = deadline
        self._puzzle, self._budget, self._strategy, self._seed = puzzle, budget, strategy, seed
        self._began = time.perf_counter()
        self._on_progress, self._on_begin = on_progress, on_begin
        self._solver: SharedSolver | None = None
        self._result: Result | None = None
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._wake = threading.Event()

    @property
    def done(self) -> bool:
        """Whether it has ended, in whichever way."""
        if self._last.over:
            self._end(self.best(), timed_out=True)
        return self._over.is_set()

    def wait(self, seconds: float | None = None) -> Result | None:
        """The result, or the best so far of a request that was cancelled or out of time.

        Args:
            seconds: the most to wait; None waits for the end.

        Returns:
            None when it is not done yet, has failed (see ``error``), or ended with nothing.
        """
        stop = self._last.within(seconds)
        self._over.wait(stop.left if stop.finite else None)
        return self._result if self.done else None

    def best(self) -> Result | None:
        """The best so far, with its verdict; None when there is nothing yet."""
        if self._over.is_set():
            return self._result
        solver = self._solver
        found = solver.best(self._puzzle, self._seed) if solver else None
        return self._timed(found) if found else None

    def cancel(self) -> None:
        """End it with the best so far, unless it has ended."""
        self._end(self.best(), cancelled=True)

    def fail(self, error: ToolkitError) -> None:
        """End it with an error, unless it has ended."""
        self._end(error=error)

    def _timed(self, result: Result) -> Result:
        return result.model_copy(update={"seconds": time.perf_counter() - self._began})

    @property
    def _last(self) -> Deadline:
        """When it ends though its thread did not say so."""
        return replace(self.deadline, end=self.deadline.end + GRACE)

    def _end(
        self,
        result: Result | None = None,
        *,
        error: ToolkitError | None = None,
        cancelled: bool = False,
        timed_out: bool = False,
    ) -> None:
        """The first end stands."""
        with self._lock:
            if self._over.is_set():
                return
            self._result, self.error = result, error
            self.cancelled, self.timed_out = cancelled, timed_out
            self._solver = self._on_progress = None
            self._over.set()
        self._wake.set()
        self._tell_begun()

    def _tell_begun(self) -> None:
        told, self._on_begin = self._on_begin, None
        if told is not None:
            told()

    # What the route asks of it, see planner/batching.py.

    @property
    def ended(self) -> bool:
        """Whether nobody needs its answer any more."""
        return self._over.is_set()

    def begin(self) -> None:
        """One of its rows has been given a slot, or its search a place."""
        self.begun = True
        self._tell_begun()

    def check(self) -> None:
        """Raise ``Ended`` when it has ended."""
        if self.done:
            raise Ended

    def until(self, ready: Callable[[], bool], deadline: Deadline) -> bool:
        """Wait in the request's own thread; False where the deadline came first."""
        while True:
            self._wake.clear()
            self.check()
            if ready():
                return True
            if deadline.over:
                return False
            self._wake.wait(deadline.left if deadline.finite else None)

    def wake(self) -> None:
        """Let its thread look again."""
        self._wake.set()

    def advanced(
        self, halt: float, filled: int | None, violations: int, answer: Answer | None
    ) -> None:
        """One of its rows has had a segment; on the segment thread."""
        budget, before, told = self._budget, self.progress, self._on_progress
        segment = before.segment + 1 if before else 1
        self.progress = Progress(
            job=self.id,
            segment=segment,
            segments=max(budget.segments * budget.votes * max(budget.restarts, 1), segment),
            halt=halt,
            filled=filled,
            violations=violations,
            elapsed=time.perf_counter() - self._began,
            answer=answer,
        )
        if told is None or self.ended:
            return
        try:
            told(self.progress)
        except Exception as error:
            _log.warning("%s: progress is no longer told: %s", self.id, error)
            self._on_progress = None

    def run(self, make: Callable[[Ticket], SharedSolver]) -> None:
        """Solve, in the request's own thread; never raises."""
        try:
            self.check()
            self._solver = solver = make(self)
            budget, self._budget = self._budget, solver.complete(self._budget)
            if self.deadline.finite:
                left = max(self.deadline.left, 0.001)
                budget = budget.model_copy(update={"seconds": left})
            options = (self._strategy, self._seed, self.deadline)
            result = solver.answer(self._puzzle, budget, *options)
        except Ended:
            return
        except ToolkitError as error:
            self._end(error=error)
        except Exception as error:
            _log.error("%s: solving failed", self.id, exc_info=error)
            said = shorten(f"{type(error).__name__}: {error}")
            self._end(error=WorkerError(f"solving failed: {said}"))
        else:
            settled = result.solved and result.verdict.optimal is not False
            timed_out = self.deadline.over and not settled and not result.unsolvable
            self._end(self._timed(result), timed_out=timed_out)
        finally:
            self._solver = None
