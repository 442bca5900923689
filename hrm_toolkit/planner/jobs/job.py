"""One job: a request from its acceptance to its end, how far it is, and what came of it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, Literal

from pydantic import Field

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import (
    AnyAdapter,
    Budget,
    Deadline,
    Model,
    Puzzle,
    Result,
    Segment,
    validate,
)
from hrm_toolkit.core.clock import Stopwatch
from hrm_toolkit.core.telling import kind_of, number_of, segment_data, segment_words
from hrm_toolkit.planner.jobs.solve import Solve
from hrm_toolkit.planner.limits import MOST_BATCH, MOST_SEED, MOST_SEGMENTS, MOST_VOTES
from hrm_toolkit.planner.lines import answer_line
from hrm_toolkit.planner.reply import Reply, reply_of, reply_of_error
from hrm_toolkit.solvers.attempt import NO_ANSWER

Listener = Callable[[Segment], None]
Given = tuple[AnyAdapter, Puzzle, tuple[str, ...]]
"""A puzzle of a job: its adapter, itself, and what was assumed when it was read."""

_MOST_BATCH_TEXT = 16_000
_LEAST_LINE = 400
"""Characters of an answer's line, however many there are."""


class Request(Model):
    """What a job is to do, as it is kept.

    Attributes:
        puzzles: as JSON values with their task.
        notes: what was assumed when each was read.
        many: whether several were asked for, so that the reply is a list.
        solver: a name the service knows; None chooses for each puzzle.
        strategy: see ``Solver.solve_many``.
        segments: see ``Budget``.
        votes: see ``Budget``.
        seed: of whatever is drawn.
        seconds: wall-clock bound of the whole job.
    """

    puzzles: tuple[dict[str, Any], ...] = Field(min_length=1, max_length=MOST_BATCH)
    notes: tuple[tuple[str, ...], ...] = ()
    many: bool = False
    solver: str | None = Field(default=None, max_length=400)
    strategy: Literal["neural", "verified", "exact"] = "verified"
    segments: int = Field(default=0, ge=0, le=MOST_SEGMENTS)
    votes: int = Field(default=1, ge=1, le=MOST_VOTES)
    seed: int = Field(default=0, ge=0, le=MOST_SEED)
    seconds: float = Field(default=60.0, gt=0, le=86_400)


def read_kept(kept: dict[str, Any], notes: Sequence[str] = ()) -> Given:
    """Read a puzzle as a request keeps it.

    Raises:
        ToolkitError: when the adapter is no longer there, or reads it no longer.
    """
    adapter = get_adapter(kept["task"])
    return adapter, validate(adapter.puzzle_type, kept), tuple(notes)


class Job:
    """A request in flight.

    Args:
        id: of the job.
        client: whose it is.
        request: what it is to do.
        given: its puzzles.
        on_begin: told once when the turn of one of its puzzles has come.
        suspect: whether it may be what brought earlier servers down.

    Attributes:
        solves: of its puzzles.
        future: its reply, once that is written down.
        reply: the same as soon as it stands.
        deadline: when it ends with what there is; never, before its time counts.
        cancelled: whether somebody stopped it.
        segment: the last one reported.
    """

    def __init__(
        self,
        id: str,
        client: str,
        request: Request,
        given: Sequence[Given],
        on_begin: Callable[[Job], None] = lambda job: None,
        suspect: bool = False,
    ) -> None:
        self.id, self.client, self.request = id, client, request
        self.future: Future[Reply] = Future()
        self.reply: Reply | None = None
        self.suspect, self.cancelled = suspect, False
        self.segment: Segment | None = None
        self._on_begin: Callable[[Job], None] | None = on_begin
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []
        self.solves = tuple(
            Solve(
                adapter,
                puzzle,
                budget=Budget(segments=request.segments, votes=request.votes),
                strategy=request.strategy,
                seed=request.seed,
                client=client,
                id=id,
                notes=notes,
                share=1 / len(given),
                on_segment=self._report,
                on_begin=self._begin,
            )
            for adapter, puzzle, notes in given
        )
        self.start(Deadline.never())

    def start(self, deadline: Deadline) -> None:
        """Let its time count from now on."""
        self.deadline, self._watch = deadline, Stopwatch()
        for solve in self.solves:
            solve.start(deadline)

    @property
    def begun(self) -> bool:
        """Whether the turn of one of its puzzles has come."""
        return any(solve.begun or solve.future.done() for solve in self.solves)

    def _begin(self) -> None:
        with self._lock:
            told, self._on_begin = self._on_begin, None
        if told is not None:
            told(self)

    def _report(self, segment: Segment) -> None:
        """Keep a segment and tell whoever listens."""
        self.segment = segment
        for listener in tuple(self._listeners):
            try:
                listener(segment)
            except Exception:
                # A listener that has gone must not stop the work.
                self._ignore(listener)

    def _ignore(self, listener: Listener) -> None:
        with contextlib.suppress(ValueError):
            self._listeners.remove(listener)

    def follow(
        self, until: Deadline, listener: Listener | None = None, *stops: Future[None]
    ) -> Reply | None:
        """Wait for the reply; None when it is not there in time, or before a stop is done."""
        if listener is not None:
            self._listeners.append(listener)
        try:
            while True:
                # When its time is up, it may be that nobody else looks at the clock.
                own = self.solves[0].last
                bound = until if own.over else until.sooner(own)
                waited: tuple[Future[Any], ...] = (self.future, *stops)
                wait(waited, bound.timeout, return_when=FIRST_COMPLETED)
                if any(one.done() for one in waited):
                    break
                self.look()
                if until.over:
                    break
        finally:
            if listener is not None:
                self._ignore(listener)
        # Not before it is written down: what a caller was told must not change.
        return self.future.result() if self.future.done() else None

    def look(self) -> bool:
        """End what is out of time; whether all its puzzles have ended."""
        return all(solve.done for solve in self.solves)

    def settle(self, reply: Reply) -> bool:
        """Let it end so, unless it has; whether it does."""
        with self._lock:
            if self.reply is None:
                self.reply = reply
                return True
            return False

    def cancel(self) -> None:
        """Stop every puzzle."""
        self.cancelled = True
        for solve in self.solves:
            solve.cancel()

    def outcome(self) -> Reply:
        """The reply, now that all puzzles have ended."""
        return self._gathered([solve.wait(0) for solve in self.solves])

    def so_far(self) -> Reply | None:
        """The reply as if it ended now; None when there is nothing yet."""
        best = [solve.best() for solve in self.solves]
        return self._gathered(best) if any(best) else None

    def kept(self) -> dict[str, Any]:
        """What is kept of it, now that it has ended: its reply, and the traces of its puzzles."""
        told = {} if self.reply is None else self.reply.model_dump(mode="json")
        return {**told, "traces": self.traces()}

    def traces(self) -> list[list[dict[str, Any]]]:
        """What the segments of each puzzle said; see ``Solve.told``."""
        return [solve.told() for solve in self.solves]

    def _gathered(self, results: Sequence[Result | None]) -> Reply:
        replies = [
            _reply(solve, result, cancelled=self.cancelled)
            for solve, result in zip(self.solves, results, strict=True)
        ]
        reply = _together(replies) if self.request.many else replies[0]
        return reply.with_data(job=self.id)

    def running(self, position: int | None) -> Reply:
        """That it goes on, how far it is and what there is so far."""
        elapsed = self._watch.seconds
        kinds = "this " + kind_of(self.solves[0].puzzle)
        if self.request.many:
            kinds = number_of(len(self.solves), "puzzle")
        lines = [f"still solving {kinds} after {elapsed:.1f} s, as job {self.id}"]
        if position:
            lines.append(f"it is number {position} in the queue")
        if self.segment is not None:
            lines.append(segment_words(self.segment))
        so_far = self.so_far()
        if so_far is not None:
            lines += ["so far, not final:", so_far.text]
        lines.append(f'ask for it with the tool job, id "{self.id}"')
        progress = self.segment and {"job": self.id, **segment_data(self.segment)}
        return Reply.of(
            "running",
            "\n".join(lines),
            job=self.id,
            elapsed=round(elapsed, 3),
            position=position,
            progress=progress,
            best=None if so_far is None else so_far.data,
        )


def _reply(solve: Solve, result: Result | None, *, cancelled: bool) -> Reply:
    """What has come of a puzzle, or had until it was stopped."""
    if solve.error is not None:
        return reply_of_error(solve.error)
    result = result or Result(
        task=solve.adapter.task,
        answer=None,
        verdict=NO_ANSWER,
        source="none",
        abstained=True,
        seed=solve.seed,
    )
    return reply_of(
        result.model_copy(update={"notes": (*result.notes, *solve.notes)}),
        solve.adapter,
        solve.puzzle,
        timed_out=solve.timed_out or not solve.future.done(),
        cancelled=cancelled,
    )


def _together(replies: Sequence[Reply]) -> Reply:
    """One reply for several puzzles, in their order."""
    solved = sum(reply.status == "solved" for reply in replies)
    lines = [f"{solved} of {number_of(len(replies), 'puzzle')} solved, each checked by the rules"]
    room = _MOST_BATCH_TEXT // len(replies)
    lines += [f"\n{number}. {_in_brief(reply, room)}" for number, reply in enumerate(replies, 1)]
    status: Literal["solved", "ok"] = "solved" if solved == len(replies) else "ok"
    data = [reply.data for reply in replies]
    return Reply.of(status, "\n".join(lines), solved_count=solved, replies=data)


def _in_brief(reply: Reply, room: int) -> str:
    """A reply's text; where that is too long its first line, with the answer on another."""
    if len(reply.text) <= room:
        return reply.text
    headline, answer = reply.text.partition("\n")[0], reply.data.get("answer")
    if answer is None:
        return headline
    return f"{headline}\n{answer_line(answer, max(room, _LEAST_LINE))}"
