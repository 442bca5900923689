"""The jobs in flight over a store, each with a thread that sees it through."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Sequence
from typing import Literal

from hrm_toolkit.core import BusyError, InputError, StorageError, ToolkitError, validate
from hrm_toolkit.planner.faults import reply_of_fault
from hrm_toolkit.planner.jobs.job import Listener, Order, Part, Work
from hrm_toolkit.planner.jobs.latch import Latch
from hrm_toolkit.planner.jobs.solve import Ticket
from hrm_toolkit.planner.jobs.store import JobStore
from hrm_toolkit.planner.limits import MOST_JOBS, MOST_PARTS
from hrm_toolkit.planner.reply import Reply, reply_of_error

_CANCEL_SECONDS = 1.0
_SUSPECT_RUNS = 2
"""Servers that went down under a job from which on it is a suspect."""


class Works:
    """The jobs in flight over a store.

    Args:
        store: keeps them.
        begin: starts one part; what it gives sets ``Work.stirred`` when its turn comes.
        most: jobs in flight at one time.
        most_parts: puzzles of them all.

    Attributes:
        closing: whether it takes on no more.
        hurried: once set, nobody waits for a reply any more.
    """

    def __init__(
        self,
        store: JobStore,
        begin: Callable[[Work, Part], Ticket],
        *,
        most: int = MOST_JOBS,
        most_parts: int = MOST_PARTS,
    ) -> None:
        self.store = store
        self._begin = begin
        self._most, self._most_parts = most, most_parts
        self._works: dict[str, Work] = {}
        self._lock, self._one_suspect = threading.Lock(), threading.Lock()
        # Set, and replaced, whenever a job has made room for another.
        self._room = Latch()
        self.closing = self._closed = False
        self.hurried = Latch()

    def start(
        self,
        order: Order,
        parts: Sequence[Part],
        client: str,
        *,
        until: float | None = None,
        stop: Latch | None = None,
    ) -> Work:
        """Write a job down, then begin it; where there is no room, wait for it to be made.

        Args:
            order: what it is to do.
            parts: its puzzles.
            client: whose it is.
            until: reading of ``time.perf_counter`` up to which to wait; None does not.
            stop: once set, nobody waits any more.

        Raises:
            BusyError: when there are as many as there may be, and none ends in time.
            StorageError: when it cannot be written down; then it is not begun.
        """
        stops = (self.hurried,) if stop is None else (self.hurried, stop)
        while True:
            room = self._room
            try:
                return self._start(order, parts, client)
            except BusyError:
                left = 0.0 if until is None else until - time.perf_counter()
                if self.closing or left <= 0 or any(latch.is_set() for latch in stops):
                    raise
            except StorageError:
                # A store that was closed meanwhile has not failed.
                if self.closing:
                    raise _closing() from None
                raise
            over = threading.Event()
            with contextlib.ExitStack() as bound:
                for latch in (room, *stops):
                    bound.enter_context(latch.sets(over))
                over.wait(left)

    def _start(self, order: Order, parts: Sequence[Part], client: str) -> Work:
        if self.closing:
            raise _closing()
        with self._lock:
            jobs, puzzles = len(self._works), sum(len(w.parts) for w in self._works.values())
        if jobs >= self._most or puzzles + len(parts) > self._most_parts:
            raise BusyError(
                f"{jobs} jobs with {puzzles} puzzles are in flight",
                expected=f"fewer than {self._most} jobs, at most {self._most_parts} puzzles",
                hint="try again in a moment",
            )
        job = self.store.create(order.model_dump(mode="json"), client=client)
        return self._launch(Work(job.id, client, order, parts))

    def resume(self) -> int:
        """Begin again what an earlier process left open; how many there were.

        Of those that ran more than once when a process went down, one runs at a time: if it
        happens again, it tells against that one alone and not against all that ran beside.
        """
        left = self.store.resume()
        for job in left:
            try:
                order = validate(Order, job.request)
                notes = itertools.chain(order.notes, itertools.repeat(()))
                parts = [Part.of(*kept) for kept in zip(order.puzzles, notes, strict=False)]
            except ToolkitError as error:
                self.store.finish(job.id, "failed", reply_of_error(error).model_dump(mode="json"))
                continue
            suspect = job.runs >= _SUSPECT_RUNS
            self._launch(Work(job.id, job.client, order, parts, suspect=suspect))
        return len(left)

    def find(self, id: str, client: str) -> Work | None:
        """A client's job in flight, if it is."""
        work = self._works.get(id)
        return work if work is not None and work.client == client else None

    def positions(self) -> dict[str, int]:
        """Places in the queue, from 1, of the jobs whose turn has not come yet."""
        with self._lock:
            works = list(self._works.values())
        waiting = [work.id for work in works if not any(part.begun for part in work.parts)]
        return {id: place for place, id in enumerate(waiting, 1)}

    def follow(
        self, work: Work, until: float, listener: Listener | None, stop: Latch | None, *, own: bool
    ) -> Reply:
        """The reply, or how far it is when the time is over or nobody waits any more.

        Args:
            work: whose.
            until: reading of ``time.perf_counter``.
            listener: told of its progress meanwhile.
            stop: once set, whoever waits has gone.
            own: whether only that one could ask for it: then nobody will, and it is cancelled.
        """
        stops = (self.hurried,) if stop is None else (self.hurried, stop)
        reply = work.follow(until - time.perf_counter(), listener, *stops)
        if reply is not None:
            return reply
        if own and stop is not None and stop.is_set():
            return self.cancel(work)
        return work.running(self.positions().get(work.id))

    def cancel(self, work: Work) -> Reply:
        """Stop a job; what there was so far is its reply."""
        work.cancel()
        # Where it is still loading, its own thread will find that it has ended.
        return work.follow(_CANCEL_SECONDS) or self._end(work, work.so_far() or work.outcome())

    def upkeep(self) -> None:
        """Write down what could not be before, and forget what is out of date."""
        with self._lock:
            ended = [work for work in self._works.values() if work.ended.is_set()]
        for work in ended:
            self._save(work)
        with contextlib.suppress(ToolkitError):
            self.store.expire()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._works)

    def drain(self, seconds: float) -> None:
        """Take on no more, and wait until what is in flight has ended, so long at the most."""
        self.closing = True
        self._room.set()
        until = time.perf_counter() + seconds
        with self._lock:
            works = list(self._works.values())
        for work in works:
            work.ended.wait(max(until - time.perf_counter(), 0.0))

    def close(self) -> None:
        """Stop waiting for what is in flight. It stays open in a store on disk, to be resumed."""
        with self._lock:
            self._closed = True
            works = list(self._works.values())
            self._works.clear()
        for work in works:
            work.cancel()

    def _launch(self, work: Work) -> Work:
        with self._lock:
            if self._closed:
                raise _closing()
            self._works[work.id] = work
        threading.Thread(
            target=self._run, args=(work,), name=f"hrm-toolkit job {work.id}", daemon=True
        ).start()
        return work

    def _run(self, work: Work) -> None:
        with self._one_suspect if work.suspect else contextlib.nullcontext():
            self._run_now(work)

    def _run_now(self, work: Work) -> None:
        try:
            if work.begin(self._begin):
                # That it has begun is noted against jobs that bring the server down. A store
                # that fails keeps nobody from an answer.
                with contextlib.suppress(ToolkitError):
                    self.store.start(work.id)
            work.see_through(lambda: self._keep_best(work))
            reply = work.outcome()
        except Exception as error:
            work.leave()
            reply = reply_of_fault(error).with_data(job=work.id)
        self._end(work, reply)

    def _end(self, work: Work, reply: Reply) -> Reply:
        reply = work.settle(reply)
        self._save(work)
        work.ended.set()
        return reply

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
                self.store.finish(work.id, status, work.kept())
            except InputError as error:
                # Too large to be kept: whoever waits has it, and whoever asks later is told.
                self.store.finish(work.id, "failed", reply_of_error(error).model_dump(mode="json"))
        except ToolkitError:
            return
        with self._lock:
            self._works.pop(work.id, None)
            room, self._room = self._room, Latch()
        room.set()


def _closing() -> BusyError:
    return BusyError("the service is closing", hint="try again when it is back")
