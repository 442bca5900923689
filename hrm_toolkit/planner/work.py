"""Jobs in flight: each has a thread that sees it through and writes down what came of it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import (
    AnyAdapter,
    BusyError,
    InputError,
    Model,
    Puzzle,
    Result,
    ToolkitError,
    Verdict,
    Violation,
    validate,
)
from hrm_toolkit.planner.jobs import JobStore
from hrm_toolkit.planner.limits import MOST_BATCH, MOST_SEED, MOST_SEGMENTS, MOST_VOTES
from hrm_toolkit.planner.lone import Ticket, internal
from hrm_toolkit.planner.reply import Reply, kind_of, number_of, reply_of, reply_of_error

if TYPE_CHECKING:
    from hrm_toolkit.planner.scheduler import Progress

Listener = Callable[["Progress"], None]
_KEEP_SECONDS = 5.0
_CANCEL_SECONDS = 1.0
_MOST_BATCH_TEXT = 16_000
_NO_ANSWER = Verdict(
    valid=False, violations=(Violation(rule="no_answer", message="there is no answer"),)
)


class Order(Model):
    """What a job is to do, as it is kept.

    Attributes:
        puzzles: as JSON values with their task.
        many: whether several were asked for, so that the reply is a list.
        solver: a name the service knows; None chooses for each puzzle.
        strategy: see ``Solver.solve_many``.
        segments: see ``Budget``.
        votes: see ``Budget``.
        seed: of whatever is drawn.
        seconds: wall-clock bound of the whole job.
    """

    puzzles: tuple[dict[str, Any], ...] = Field(min_length=1, max_length=MOST_BATCH)
    many: bool = False
    solver: str | None = Field(default=None, max_length=400)
    strategy: Literal["neural", "verified", "exact"] = "verified"
    segments: int = Field(default=16, ge=1, le=MOST_SEGMENTS)
    votes: int = Field(default=1, ge=1, le=MOST_VOTES)
    seed: int = Field(default=0, ge=0, le=MOST_SEED)
    seconds: float = Field(default=60.0, gt=0, le=86_400)


class Part:
    """One puzzle of a job."""

    def __init__(self, adapter: AnyAdapter, puzzle: Puzzle) -> None:
        self.adapter = adapter
        self.puzzle = puzzle
        self.ticket: Ticket | None = None

    @property
    def begun(self) -> bool:
        """Whether anything has been computed for it."""
        return self.ticket is not None and (self.ticket.begun or self.ticket.done)

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Part:
        """From what an order keeps.

        Raises:
            ToolkitError: when the adapter is no longer there, or reads it no longer.
        """
        adapter = get_adapter(kept["task"])
        return cls(adapter, validate(adapter.puzzle_type, kept))

    def reply(self, result: Result | None, *, seed: int, cancelled: bool) -> Reply:
        """What has come of it, or had until it was stopped."""
        ticket = self.ticket
        if ticket is not None and ticket.error is not None:
            return reply_of_error(ticket.error)
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
            result,
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
        reply: what came of it, once ``ended`` is set.
        began: reading of ``time.perf_counter``.
        progress: the last one reported.
    """

    def __init__(self, id: str, client: str, order: Order, parts: Sequence[Part]) -> None:
        self.id, self.client, self.order, self.parts = id, client, order, parts
        self.began = time.perf_counter()
        self.ended = threading.Event()
        self.cancelled = False
        self.progress: Progress | None = None
        self.reply: Reply | None = None
        self._listeners: list[Listener] = []

    @property
    def left(self) -> float:
        """Seconds until its bound."""
        return self.began + self.order.seconds - time.perf_counter()

    def report(self, progress: Progress) -> None:
        """Keep a progress and tell whoever listens."""
        self.progress = progress
        for listener in tuple(self._listeners):
            try:
                listener(progress)
            except Exception:
                # A listener that has gone must not stop the work.
                self.ignore(listener)

    def follow(self, seconds: float, listener: Listener | None = None) -> Reply | None:
        """Wait for the reply; None when it is not there in time."""
        if listener is not None:
            self._listeners.append(listener)
        try:
            self.ended.wait(max(seconds, 0.0))
        finally:
            if listener is not None:
                self.ignore(listener)
        return self.reply

    def ignore(self, listener: Listener) -> None:
        """Tell a listener no more."""
        with contextlib.suppress(ValueError):
            self._listeners.remove(listener)

    def cancel(self) -> None:
        """Stop every part."""
        self.cancelled = True
        for part in self.parts:
            if part.ticket is not None:
                part.ticket.cancel()

    def see_through(self, begin: Callable[[Work, Part], Ticket], tick: Callable[[], None]) -> None:
        """Start the parts and wait until all have ended."""
        for part in self.parts:
            if not self.cancelled:
                part.ticket = begin(self, part)
        if self.cancelled:
            self.cancel()
        for part in self.parts:
            while part.ticket is not None and not part.ticket.done:
                part.ticket.wait(_KEEP_SECONDS)
                if not part.ticket.done:
                    tick()

    def outcome(self) -> Reply:
        """The reply, now that all parts have ended."""
        tickets = [part.ticket for part in self.parts]
        return self._gathered([None if ticket is None else ticket.wait(0) for ticket in tickets])

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
        return Reply(status=reply.status, text=reply.text, data={**reply.data, "job": self.id})

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
            p = self.progress
            lines.append(
                f"segment {p.segment} of {p.segments}, halting probability {p.halt:.2f}, "
                f"{number_of(p.violations, 'violation')}"
            )
        so_far = self.so_far()
        if so_far is not None:
            lines += ["so far, not final:", so_far.text]
        lines.append(f'ask for it with the tool job, action "get", id "{self.id}"')
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


class Works:
    """The jobs in flight over a store.

    Args:
        store: keeps them.
        begin: starts one part.
        most: jobs in flight at one time.

    Attributes:
        closing: whether it takes on no more.
    """

    def __init__(
        self, store: JobStore, begin: Callable[[Work, Part], Ticket], *, most: int = 512
    ) -> None:
        self.store = store
        self._begin = begin
        self._most = most
        self._works: dict[str, Work] = {}
        self._lock = threading.Lock()
        self.closing = False

    def start(self, order: Order, parts: Sequence[Part], client: str) -> Work:
        """Write a job down, then begin it.

        Raises:
            BusyError: when there are as many as there may be.
            StorageError: when it cannot be written down; then it is not begun.
        """
        if self.closing:
            raise BusyError("the service is closing", hint="try again when it is back")
        self._save_left()
        if len(self._works) >= self._most:
            raise BusyError(
                f"{len(self._works)} jobs are in flight",
                expected=f"fewer than {self._most}",
                hint="try again in a moment",
            )
        job = self.store.create(order.model_dump(mode="json"), client=client)
        return self._launch(Work(job.id, client, order, parts))

    def resume(self) -> int:
        """Begin again what an earlier process left open; how many there were."""
        left = self.store.resume()
        for job in left:
            try:
                order = validate(Order, job.request)
                parts = [Part.of(puzzle) for puzzle in order.puzzles]
            except ToolkitError as error:
                self.store.finish(job.id, "failed", reply_of_error(error).model_dump(mode="json"))
                continue
            self._launch(Work(job.id, job.client, order, parts))
        return len(left)

    def find(self, id: str, client: str) -> Work | None:
        """A client's job in flight, if it is."""
        work = self._works.get(id)
        return work if work is not None and work.client == client else None

    def positions(self) -> dict[str, int]:
        """Places in the queue, from 1, of the jobs for which nothing has been computed yet."""
        with self._lock:
            works = list(self._works.values())
        waiting = [work.id for work in works if not any(part.begun for part in work.parts)]
        return {id: place for place, id in enumerate(waiting, 1)}

    def cancel(self, work: Work) -> Reply:
        """Stop a job; what there was so far is its reply."""
        work.cancel()
        reply = work.follow(_CANCEL_SECONDS)
        if reply is None:
            # It is still loading: its own thread will find that it was cancelled.
            self.store.cancel(work.id, client=work.client)
            reply = work.so_far() or work.outcome()
        return reply

    def drain(self, seconds: float) -> None:
        """Take on no more, and wait until what is in flight has ended, so long at the most."""
        self.closing = True
        until = time.perf_counter() + seconds
        with self._lock:
            works = list(self._works.values())
        for work in works:
            work.ended.wait(max(until - time.perf_counter(), 0.0))

    def close(self) -> None:
        """Stop waiting for what is in flight. It stays open in a store on disk, to be resumed."""
        with self._lock:
            works = list(self._works.values())
            self._works.clear()
        for work in works:
            work.cancel()

    def _launch(self, work: Work) -> Work:
        with self._lock:
            self._works[work.id] = work
        threading.Thread(
            target=self._run, args=(work,), name=f"hrm-toolkit job {work.id}", daemon=True
        ).start()
        return work

    def _run(self, work: Work) -> None:
        try:
            self.store.start(work.id)
            work.see_through(self._begin, lambda: self._keep_best(work))
            reply = work.outcome()
        except ToolkitError as error:
            reply = reply_of_error(error)
        except Exception as error:
            reply = reply_of_error(internal(error))
        work.reply = reply
        self._save(work)
        work.ended.set()

    def _keep_best(self, work: Work) -> None:
        so_far = work.so_far()
        if so_far is not None:
            with contextlib.suppress(ToolkitError):
                self.store.update(work.id, best=so_far.model_dump(mode="json"))

    def _save(self, work: Work) -> None:
        """Write down a reply; where that fails it stays in memory until it can be."""
        if self._works.get(work.id) is not work or work.reply is None:
            return
        status: Literal["cancelled", "failed", "done"] = "done"
        if work.cancelled or work.reply.is_error:
            status = "cancelled" if work.cancelled else "failed"
        try:
            try:
                self.store.finish(work.id, status, work.reply.model_dump(mode="json"))
            except InputError as error:
                # Too large to be kept: whoever waits has it, and whoever asks later is told.
                self.store.finish(work.id, "failed", reply_of_error(error).model_dump(mode="json"))
        except ToolkitError:
            return
        with self._lock:
            self._works.pop(work.id, None)

    def _save_left(self) -> None:
        with self._lock:
            ended = [work for work in self._works.values() if work.ended.is_set()]
        for work in ended:
            self._save(work)


def _together(replies: Sequence[Reply]) -> Reply:
    """One reply for several puzzles, in their order."""
    solved = sum(reply.status == "solved" for reply in replies)
    lines = [f"{solved} of {number_of(len(replies), 'puzzle')} solved, each checked by the rules"]
    room = _MOST_BATCH_TEXT // len(replies)
    for number, reply in enumerate(replies, 1):
        whole = len(reply.text) <= room
        lines += ["", f"{number}. {reply.text if whole else reply.text.partition(chr(10))[0]}"]
    status: Literal["solved", "ok"] = "solved" if solved == len(replies) else "ok"
    data = [reply.data for reply in replies]
    return Reply.of(status, "\n".join(lines), solved_count=solved, replies=data)
