"""One job in flight: what it is to do, how far it is, and what came of it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal

from pydantic import Field

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import (
    AnyAdapter,
    Model,
    Puzzle,
    Result,
    ToolkitError,
    Verdict,
    Violation,
    validate,
)
from hrm_toolkit.core.telling import kind_of, number_of
from hrm_toolkit.planner.agent.lines import answer_line
from hrm_toolkit.planner.jobs.latch import Latch
from hrm_toolkit.planner.jobs.solve import GRACE, Progress, Ticket
from hrm_toolkit.planner.jobs.trace import Trace
from hrm_toolkit.planner.limits import MOST_BATCH, MOST_SEED, MOST_SEGMENTS, MOST_VOTES
from hrm_toolkit.planner.reply import Reply, reply_of, reply_of_error

Listener = Callable[["Progress"], None]
_KEEP_SECONDS = 5.0
_MOST_BATCH_TEXT = 16_000
_LEAST_LINE = 400
"""Characters of an answer's line, however many there are."""
_NO_ANSWER = Verdict(
    valid=False, violations=(Violation(rule="no_answer", message="there is no answer"),)
)


class Order(Model):
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


class Part:
    """One puzzle of a job.

    Attributes:
        adapter: of its task.
        puzzle: what is to be solved.
        ticket: its solve; None before that is begun.
        error: why it could not be begun, if so.
        notes: sentences that its reply should have.
        trace: what its segments said.
    """

    def __init__(self, adapter: AnyAdapter, puzzle: Puzzle, notes: Sequence[str] = ()) -> None:
        self.adapter = adapter
        self.puzzle = puzzle
        self.ticket: Ticket | None = None
        self.error: ToolkitError | None = None
        self.notes = tuple(notes)
        self.trace = Trace()

    @property
    def begun(self) -> bool:
        """Whether its turn has come."""
        return self.ticket is not None and (self.ticket.begun or self.ticket.done)

    @classmethod
    def of(cls, kept: dict[str, Any], notes: Sequence[str] = ()) -> Part:
        """From what an order keeps.

        Raises:
            ToolkitError: when the adapter is no longer there, or reads it no longer.
        """
        adapter = get_adapter(kept["task"])
        return cls(adapter, validate(adapter.puzzle_type, kept), notes)

    def reply(self, result: Result | None, *, seed: int, cancelled: bool) -> Reply:
        """What has come of it, or had until it was stopped."""
        ticket = self.ticket
        error = ticket.error if ticket is not None else self.error
        if error is not None:
            return reply_of_error(error)
        if result is None:
            result = Result(
                task=self.adapter.task,
                answer=None,
                verdict=_NO_ANSWER,
                source="none",
                abstained=True,
                seed=seed,
            )
        return reply_of(
            result.model_copy(update={"notes": (*result.notes, *self.notes)}),
            self.adapter,
            self.puzzle,
            timed_out=ticket is None or ticket.timed_out,
            cancelled=cancelled,
        )


class Work:
    """One job in flight.

    Attributes:
        id: of the job.
        client: whose it is.
        order: what it is to do.
        parts: its puzzles.
        suspect: whether it may be what brought earlier servers down.
        reply: what came of it, once ``ended`` is set.
        stirred: set when the turn of one of its parts has come, or one has ended before.
        began: reading of ``time.perf_counter``.
        progress: the last one reported.
    """

    def __init__(
        self, id: str, client: str, order: Order, parts: Sequence[Part], *, suspect: bool = False
    ) -> None:
        self.id, self.client, self.order, self.parts = id, client, order, parts
        self.suspect = suspect
        self.began = time.perf_counter()
        self.ended, self.stirred = Latch(), threading.Event()
        self.cancelled = False
        self.progress: Progress | None = None
        self.reply: Reply | None = None
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []
        for part in parts:
            part.trace = Trace(1 / len(parts))

    @property
    def left(self) -> float:
        """Seconds until its bound."""
        return self.began + self.order.seconds - time.perf_counter()

    def report(self, part: Part, progress: Progress) -> None:
        """Keep a part's progress and tell whoever listens."""
        part.trace.add(progress)
        self.progress = progress
        for listener in tuple(self._listeners):
            try:
                listener(progress)
            except Exception:
                # A listener that has gone must not stop the work.
                self.ignore(listener)

    def follow(
        self, seconds: float, listener: Listener | None = None, *stops: Latch
    ) -> Reply | None:
        """Wait for the reply; None when it is not there in time, or before a stop is set."""
        over = threading.Event()
        if listener is not None:
            self._listeners.append(listener)
        try:
            with contextlib.ExitStack() as bound:
                for latch in (self.ended, *stops):
                    bound.enter_context(latch.sets(over))
                over.wait(max(seconds, 0.0))
        finally:
            if listener is not None:
                self.ignore(listener)
        # Not before it is written down: what a caller was told must not change.
        return self.reply if self.ended.is_set() else None

    def settle(self, reply: Reply) -> Reply:
        """Let it end so, unless it has; the reply that stands."""
        with self._lock:
            self.reply = self.reply or reply
        return self.reply

    def ignore(self, listener: Listener) -> None:
        """Tell a listener no more."""
        with contextlib.suppress(ValueError):
            self._listeners.remove(listener)

    def cancel(self) -> None:
        """Stop every part."""
        self.cancelled = True
        self.leave()

    def leave(self) -> None:
        """Let go of parts that nobody waits for any more."""
        for part in self.parts:
            if part.ticket is not None:
                part.ticket.cancel()

    def begin(self, begin: Callable[[Work, Part], Ticket]) -> bool:
        """Hand the parts over and wait until the turn of one comes; whether it has.

        A part that cannot be begun is at fault alone. Its seconds count from now on.
        """
        self.began = time.perf_counter()
        for part in self.parts:
            if self.cancelled:
                break
            try:
                part.ticket = begin(self, part)
            except ToolkitError as error:
                part.error = error
        if self.cancelled:
            self.cancel()
        elif any(part.ticket is not None for part in self.parts):
            self.stirred.wait(max(self.left, 0.0) + GRACE)
        return any(part.begun for part in self.parts)

    def see_through(self, tick: Callable[[], None]) -> None:
        """Wait until all parts have ended."""
        for part in self.parts:
            while part.ticket is not None and not part.ticket.done:
                part.ticket.wait(_KEEP_SECONDS)
                if not part.ticket.done:
                    tick()

    def outcome(self) -> Reply:
        """The reply, now that all parts have ended."""
        tickets = [part.ticket for part in self.parts]
        return self._gathered([None if ticket is None else ticket.wait(0) for ticket in tickets])

    def kept(self) -> dict[str, Any]:
        """What is kept of it, now that it has ended: its reply, and the traces of its parts."""
        told = {} if self.reply is None else self.reply.model_dump(mode="json")
        return {**told, "traces": self.traces()}

    def traces(self) -> list[list[dict[str, Any]]]:
        """What the segments of each part said."""
        return [part.trace.entries() for part in self.parts]

    def so_far(self) -> Reply | None:
        """The reply as if it ended now; None when there is nothing yet."""
        tickets = [part.ticket for part in self.parts]
        best = [None if ticket is None else ticket.best() for ticket in tickets]
        return self._gathered(best) if any(best) else None

    def _gathered(self, results: Sequence[Result | None]) -> Reply:
        replies = [
            part.reply(result, seed=self.order.seed, cancelled=self.cancelled)
            for part, result in zip(self.parts, results, strict=True)
        ]
        reply = _together(replies) if self.order.many else replies[0]
        return reply.with_data(job=self.id)

    def running(self, position: int | None) -> Reply:
        """That it goes on, how far it is and what there is so far."""
        elapsed = time.perf_counter() - self.began
        kinds = "this " + kind_of(self.parts[0].puzzle)
        if self.order.many:
            kinds = number_of(len(self.parts), "puzzle")
        lines = [f"still solving {kinds} after {elapsed:.1f} s, as job {self.id}"]
        if position:
            lines.append(f"it is number {position} in the queue")
        if self.progress is not None:
            lines.append(self.progress.words)
        so_far = self.so_far()
        if so_far is not None:
            lines += ["so far, not final:", so_far.text]
        lines.append(f'ask for it with the tool job, id "{self.id}"')
        progress = None if self.progress is None else self.progress.model_dump(mode="json")
        return Reply.of(
            "running",
            "\n".join(lines),
            job=self.id,
            elapsed=round(elapsed, 3),
            position=position,
            progress=progress,
            best=None if so_far is None else so_far.data,
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
    return (
        headline if answer is None else f"{headline}\n{answer_line(answer, max(room, _LEAST_LINE))}"
    )
