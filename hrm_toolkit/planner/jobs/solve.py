"""One puzzle of a job: what its owner sees of it, and what its own thread does."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from hrm_toolkit.core import (
    Answer,
    AnyAdapter,
    Budget,
    Deadline,
    Puzzle,
    Result,
    Segment,
    ToolkitError,
    Verdict,
    WorkerError,
    shorten,
)
from hrm_toolkit.core.clock import Stopwatch
from hrm_toolkit.core.telling import segment_data
from hrm_toolkit.planner.limits import MOST_TRACE
from hrm_toolkit.solvers.attempt import Certainty, settled

if TYPE_CHECKING:
    from hrm_toolkit.planner.jobs.batching import Row
    from hrm_toolkit.solvers.attempt import Attempt
    from hrm_toolkit.solvers.options import Strategy

_log = logging.getLogger(__name__)
GRACE = 0.05
"""Seconds that a solve may need to notice that its time is up."""

_MOST_SEGMENTS, _FEWEST_SEGMENTS = 64, 4
_MOST_ANSWER = 16_384


class Ended(Exception):  # noqa: N818 (nothing is wrong)
    """Unwinds the thread of a solve whose answer nobody needs any more."""


class Solve:
    """One puzzle on its way to an answer. Any thread may look at it, wait for it or cancel it.

    Args:
        adapter: of the puzzle's task.
        puzzle: what is to be solved.
        budget: its segments, votes, restarts and nodes; its time is the deadline's.
        strategy: see ``Solver.solve_many``.
        seed: of the drawn symmetries and restarts.
        client: who takes turns with other clients.
        id: of its job, or its own.
        notes: sentences that its reply should have.
        share: the part that it may use of what is kept of a job's segments, 0 to 1.
        on_segment: told of each segment on the thread that all networks share, so it must return
            at once; after an error it is not called again.
        on_begin: told once in the solve's own thread, when something begins to be computed.

    Attributes:
        future: its result; the best so far, or None, where it was cancelled or out of time; or
            the ``ToolkitError`` that it failed by.
        deadline: when it ends with the best so far.
        begun: whether one of its rows has had a slot, or its search a place.
        cancelled: whether ``cancel`` ended it.
        timed_out: whether its time ended it before there was an answer that the rules accept and
            know no better one for.
        segment: the latest; None before the first.
        attempts: those of its attempts that have ended.
        row: of the attempt that is under way on the puzzle as given.
        standing: tells what some attempts come to when nothing more is tried.
    """

    def __init__(
        self,
        adapter: AnyAdapter,
        puzzle: Puzzle,
        *,
        budget: Budget,
        strategy: Strategy = "verified",
        seed: int = 0,
        client: str = "local",
        id: str = "",
        notes: Sequence[str] = (),
        share: float = 1.0,
        on_segment: Callable[[Segment], None] | None = None,
        on_begin: Callable[[], None] | None = None,
    ) -> None:
        self.adapter, self.puzzle, self.budget = adapter, puzzle, budget
        self.strategy, self.seed, self.client, self.id = strategy, seed, client, id
        self.notes = tuple(notes)
        self.future: Future[Result | None] = Future()
        self.begun = self.cancelled = self.timed_out = self._ending = False
        self.segment: Segment | None = None
        self.attempts: list[Attempt] = []
        self.row: Row | None = None
        self.standing: Callable[[list[Attempt]], Result] | None = None
        self._on_segment, self._on_begin = on_segment, on_begin
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._most = max(int(_MOST_SEGMENTS * share), _FEWEST_SEGMENTS)
        self._characters = int(MOST_TRACE * share)
        self._told: list[dict[str, Any]] = []
        self._stride = 1
        self.start(Deadline.never())

    def start(self, deadline: Deadline) -> None:
        """Let its time count from now on."""
        self.deadline, self._watch = deadline, Stopwatch()

    @property
    def done(self) -> bool:
        """Whether it has ended, in whichever way."""
        if self.last.over:
            self._end(self.best(), timed_out=True)
        return self.future.done()

    @property
    def last(self) -> Deadline:
        """When it ends though its thread did not say so."""
        return replace(self.deadline, end=self.deadline.end + GRACE)

    @property
    def error(self) -> ToolkitError | None:
        """Why it failed, if it did."""
        error = self.future.exception() if self.future.done() else None
        return error if isinstance(error, ToolkitError) else None

    def wait(self, seconds: float | None = None) -> Result | None:
        """The result, or the best so far where it was cancelled or out of time.

        Args:
            seconds: the most to wait; None waits for the end.

        Returns:
            None when it is not done yet, has failed (see ``error``), or ended with nothing.
        """
        wait([self.future], self.last.within(seconds).timeout)
        return self.future.result() if self.done and self.error is None else None

    def best(self) -> Result | None:
        """The best so far, with its verdict; None when there is nothing yet."""
        if self.future.done():
            return None if self.error else self.future.result()
        attempts, row, standing = list(self.attempts), self.row, self.standing
        if row is not None and row.attempt.segments:
            attempts.append(row.attempt)
        return self._timed(standing(attempts)) if attempts and standing else None

    def cancel(self) -> None:
        """End it with the best so far, unless it has ended."""
        self._end(self.best(), cancelled=True)

    def fail(self, error: ToolkitError) -> None:
        """End it with an error, unless it has ended."""
        self._end(error=error)

    def _timed(self, result: Result) -> Result:
        return result.model_copy(update={"seconds": self._watch.seconds})

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
            if self._ending:
                return
            self._ending, self.cancelled, self.timed_out = True, cancelled, timed_out
        self.standing = self.row = self._on_segment = self._on_begin = None
        if error is None:
            self.future.set_result(result)
        else:
            self.future.set_exception(error)
        self._wake.set()

    def told(self) -> list[dict[str, Any]]:
        """What its segments said, evenly spread where they were too many, the latest always.

        Each has ``segment`` (over all attempts, from 1), ``segments``, ``halt``, ``filled``,
        ``violations``, ``elapsed``, ``answer``, ``sure`` and ``hints`` (see ``Segment``):
        as they stood then, where the network was asked for the puzzle as given and not for a
        symmetry of it, and where they are not too long.
        """
        return [{**entry, "answer": json.loads(entry["answer"])} for entry in self._told]

    def _keep(self, segment: Segment) -> None:
        """Keep what a segment said for those who ask later, within bounds."""
        answer = None if segment.answer is None else segment.answer.model_dump_json()
        if answer is None or len(answer) > min(_MOST_ANSWER, self._characters // 2):
            answer = "null"
        told = self._told
        # The one before goes where its turn was not to be kept: it was there as the latest.
        if told and (told[-1]["segment"] - 1) % self._stride:
            told = told[:-1]
        kept = answer != "null" and len(segment.sure) <= _MOST_ANSWER
        sure, hints = (segment.sure, segment.hints) if kept else ("", "")
        data = {**segment_data(segment), "answer": answer, "sure": sure, "hints": hints}
        told = [*told, data]
        while len(told) > 2 and self._too_much(told[:-1]):
            self._stride *= 2
            told = [e for e in told[:-1] if (e["segment"] - 1) % self._stride == 0] + told[-1:]
        # Replaced, never changed: others look at it meanwhile.
        self._told = told

    def _too_much(self, told: list[dict[str, Any]]) -> bool:
        own = ("answer", "sure", "hints")
        written = sum(_ENTRY + sum(len(entry[name]) for name in own) for entry in told)
        return len(told) > self._most or written > self._characters

    # What its own thread and the thread of networks do, see ``batching``.

    def begin(self) -> None:
        """One of its rows has been given a slot, or its search a place."""
        self.begun = True
        self._wake.set()

    def check(self) -> None:
        """Raise ``Ended`` when it has ended; in its own thread."""
        if self.done:
            raise Ended
        if self.begun and (told := self._on_begin) is not None:
            self._on_begin = None
            told()

    def until(self, ready: Callable[[], bool], deadline: Deadline) -> bool:
        """Wait in its own thread; False where the deadline came first."""
        while True:
            self._wake.clear()
            self.check()
            if ready():
                return True
            if deadline.over:
                return False
            self._wake.wait(deadline.timeout)

    def wake(self) -> None:
        """Let its thread look again."""
        self._wake.set()

    def advance(
        self,
        verdict: Verdict,
        *,
        halt: float = 0.5,
        certainty: Certainty = Certainty(),  # noqa: B008 (it never changes)
        answer: Answer | None = None,
    ) -> None:
        """One of its rows has had a segment; on the thread of networks.

        Args:
            verdict: of what the network answers.
            halt: see ``Segment``.
            certainty: see there; ``sure`` and ``hints`` are empty but for the puzzle as given.
            answer: for the puzzle as given, if there is one.
        """
        index, budget = self.segment.index + 1 if self.segment else 1, self.budget
        self.segment = segment = Segment(
            index=index,
            total=max(budget.segments * budget.votes * max(budget.restarts, 1), index),
            halt=halt,
            answer=answer,
            verdict=verdict,
            **certainty._asdict(),
            seconds=self._watch.seconds,
        )
        self._keep(segment)
        told = self._on_segment
        if told is None or self.future.done():
            return
        try:
            told(segment)
        except Exception as error:
            _log.warning("%s: progress is no longer told: %s", self.id, error)
            self._on_segment = None

    def run(self, solve: Callable[[], Result]) -> Callable[[], None]:
        """Solve in the solve's own thread, and return what ends it; never raises."""
        try:
            self.check()
            result = solve()
        except Ended:
            return lambda: None
        except ToolkitError as error:
            return partial(self.fail, error)
        except Exception as error:
            _log.error("%s: solving failed", self.id, exc_info=error)
            said = shorten(f"{type(error).__name__}: {error}")
            return partial(self.fail, WorkerError(f"solving failed: {said}"))
        ended = result.unsolvable or (result.solved and settled(result.verdict))
        timed_out = self.deadline.over and not ended
        return partial(self._end, self._timed(result), timed_out=timed_out)


_ENTRY = 120
"""Characters of an entry's numbers, about."""
