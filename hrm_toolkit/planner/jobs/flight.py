"""The jobs in flight: begun over a store, each puzzle by the solver that it goes to."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import partial
from typing import TYPE_CHECKING, Literal

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import (
    BusyError,
    Deadline,
    InputError,
    OptionError,
    StorageError,
    ToolkitError,
    UnknownNameError,
    validate,
)
from hrm_toolkit.planner.jobs.job import Given, Job, Listener, Request, read_kept
from hrm_toolkit.planner.jobs.solve import Solve
from hrm_toolkit.planner.jobs.store import JobStore
from hrm_toolkit.planner.limits import MOST_JOBS, MOST_PARTS
from hrm_toolkit.planner.reply import Reply, fault_of, reply_of_error

if TYPE_CHECKING:
    from hrm_toolkit.planner.jobs.scheduler import Counts, Scheduler
    from hrm_toolkit.solvers.bundles.manifest import Manifest
    from hrm_toolkit.solvers.solver import Solver

_CANCEL_SECONDS = 1.0
_KEEP_SECONDS = 5.0
"""Between two looks at the best so far of a job that takes long."""
_SUSPECT_RUNS = 2
"""Servers that went down under a job from which on it is a suspect."""


class Flight:
    """The jobs in flight.

    A job has no thread of its own: the last of its solves to end sees to its end.

    Args:
        store: keeps them.
        scheduler: solves; None makes one when it is first wanted.
        solvers: folders of solvers beyond the bundled ones, by the names callers use for them.
        workers: searches at a time, of a scheduler that is made here.

    Attributes:
        closing: whether it takes on no more.
        hurried: once done, nobody waits for a reply any more.
    """

    def __init__(
        self,
        store: JobStore,
        scheduler: Scheduler | None = None,
        solvers: Mapping[str, str | os.PathLike[str]] | None = None,
        *,
        workers: int = 2,
    ) -> None:
        self.store = store
        self._scheduler, self._workers = scheduler, workers
        self._folders = {name: os.fspath(folder) for name, folder in (solvers or {}).items()}
        self._jobs: dict[str, Job] = {}
        # Of those that wait, and the one that runs.
        self._suspects: deque[Job] = deque()
        self._suspect: Job | None = None
        self._lock = threading.Lock()
        # Done, and replaced, whenever a job has made room for another.
        self._room: Future[None] = Future()
        self._keeps = Deadline.after(_KEEP_SECONDS)
        self.closing = self._closed = False
        self.hurried: Future[None] = Future()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._jobs)

    def start(
        self,
        request: Request,
        given: Sequence[Given],
        client: str,
        *,
        until: Deadline,
        stop: Future[None] | None = None,
    ) -> Job:
        """Write a job down, then begin it; where there is no room, wait for it to be made.

        Args:
            request: what it is to do.
            given: its puzzles.
            client: whose it is.
            until: how long to wait for room.
            stop: once done, nobody waits any more.

        Raises:
            BusyError: when there are as many as there may be, and none ends in time.
            StorageError: when it cannot be written down; then it is not begun.
        """
        stops = (self.hurried,) if stop is None else (self.hurried, stop)
        while True:
            room = self._room
            try:
                return self._start(request, given, client)
            except BusyError:
                if self.closing or until.over or any(one.done() for one in stops):
                    raise
            except StorageError:
                # A store that was closed meanwhile has not failed.
                if self.closing:
                    raise _closing() from None
                raise
            wait((room, *stops), until.timeout, return_when=FIRST_COMPLETED)

    def _start(self, request: Request, given: Sequence[Given], client: str) -> Job:
        if self.closing:
            raise _closing()
        with self._lock:
            jobs, puzzles = len(self._jobs), sum(len(j.solves) for j in self._jobs.values())
        if jobs >= MOST_JOBS or puzzles + len(given) > MOST_PARTS:
            raise BusyError(
                f"{jobs} jobs with {puzzles} puzzles are in flight",
                expected=f"fewer than {MOST_JOBS} jobs, at most {MOST_PARTS} puzzles",
                hint="try again in a moment",
            )
        id = self.store.create(request.model_dump(mode="json"), client=client).id
        return self._launch(Job(id, client, request, given, self._note_begun))

    def resume(self) -> int:
        """Begin again what an earlier process left open; how many there were.

        Of those that ran more than once when a process went down, one runs at a time: if it
        happens again, it tells against that one alone and not against all that ran beside.
        """
        left = self.store.resume()
        for kept in left:
            try:
                request = validate(Request, kept.request)
                notes = itertools.chain(request.notes, itertools.repeat(()))
                given = [read_kept(*one) for one in zip(request.puzzles, notes, strict=False)]
            except ToolkitError as error:
                self.store.finish(kept.id, "failed", reply_of_error(error).model_dump(mode="json"))
                continue
            suspect = kept.runs >= _SUSPECT_RUNS
            self._launch(Job(kept.id, kept.client, request, given, self._note_begun, suspect))
        return len(left)

    def _launch(self, job: Job) -> Job:
        with self._lock:
            if self._closed:
                raise _closing()
            self._jobs[job.id] = job
            waits = job.suspect and self._suspect is not None
            if waits:
                self._suspects.append(job)
            elif job.suspect:
                self._suspect = job
        for solve in job.solves:
            solve.future.add_done_callback(lambda _: self._ended(job))
        if not waits:
            self._begin(job)
        return job

    def _begin(self, job: Job) -> None:
        """Hand the puzzles over; one that cannot be begun is at fault alone."""
        job.start(Deadline.after(job.request.seconds))
        for solve in job.solves:
            if solve.future.done():
                continue
            try:
                self._put(job.request, solve)
            except Exception as error:
                solve.fail(error if isinstance(error, ToolkitError) else fault_of(error))

    def _put(self, request: Request, solve: Solve) -> None:
        from hrm_toolkit.solvers.bundles.choose import choose

        scheduler = self._scheduling()
        source, exact = None, request.strategy == "exact"
        if request.solver is not None:
            source = self.named(request.solver, solve.puzzle.task)
        elif not exact:
            source = choose(solve.adapter, solve.puzzle)
        if exact or source is None:
            if not exact:
                task = solve.puzzle.task
                solve.notes += (f"no trained solver for {task} is bundled: exact search only",)
            scheduler.put(solve, partial(_exact_solver, solve), alone=True)
        else:
            scheduler.put(solve, partial(scheduler.load, source), alone=False)

    def named(self, name: str, task: str) -> str:
        """The source of a solver that callers may ask for; loads nothing.

        They name solvers from a closed list: a path would let them read any folder here.

        Raises:
            UnknownNameError: when there is none of that name.
            OptionError: when it is for another task.
        """
        known = self._known()
        if name not in known:
            raise UnknownNameError("solver", name, known)
        own = _manifest(known[name]).task
        if own != task and not get_adapter(own).takes(task):
            raise OptionError(
                f'the solver "{name}" is for {own}, and the puzzle is {task}',
                path="solver",
                hint="leave the solver out to have one chosen",
            )
        return known[name]

    def _scheduling(self) -> Scheduler:
        from hrm_toolkit.planner.jobs.scheduler import Scheduler

        with self._lock:
            if self._closed:
                raise BusyError("the service is closed", hint="try again when it is back")
            if self._scheduler is None:
                # Whoever hands over puzzles bounds them: an accepted job is not refused here.
                self._scheduler = Scheduler(searches=self._workers, queue=MOST_PARTS)
            return self._scheduler

    def _known(self) -> dict[str, str]:
        from hrm_toolkit.solvers.bundles.choose import bundled

        return {**{name: name for name in bundled()}, **self._folders}

    def manifests(self) -> dict[str, Manifest]:
        """What the bundles of the solvers that callers may ask for say of themselves."""
        return {name: _manifest(source) for name, source in self._known().items()}

    def counts(self) -> Counts | None:
        """What the scheduler has to do at the moment; None before it is first wanted."""
        return None if self._scheduler is None else self._scheduler.counts()

    def find(self, id: str, client: str) -> Job | None:
        """A client's job in flight, if it is."""
        job = self._jobs.get(id)
        return job if job is not None and job.client == client else None

    def positions(self) -> dict[str, int]:
        """Places in the queue, from 1, of the jobs whose turn has not come yet."""
        with self._lock:
            jobs = list(self._jobs.values())
        return {id: n for n, id in enumerate((job.id for job in jobs if not job.begun), 1)}

    def follow(
        self,
        job: Job,
        until: Deadline,
        listener: Listener | None,
        stop: Future[None] | None,
        *,
        own: bool,
    ) -> Reply:
        """The reply, or how far it is when the time is over or nobody waits any more.

        Args:
            job: whose.
            until: how long to wait.
            listener: told of its segments meanwhile.
            stop: once done, whoever waits has gone.
            own: whether only that one could ask for it: then nobody will, and it is cancelled.
        """
        stops = (self.hurried,) if stop is None else (self.hurried, stop)
        reply = job.follow(until, listener, *stops)
        if reply is not None:
            return reply
        if own and stop is not None and stop.done():
            return self.cancel(job)
        return job.running(self.positions().get(job.id))

    def cancel(self, job: Job) -> Reply:
        """Stop a job; what there was so far is its reply."""
        job.cancel()
        return job.follow(Deadline.after(_CANCEL_SECONDS)) or job.reply or job.outcome()

    def upkeep(self) -> None:
        """Write down what could not be before, end what is out of time, and forget what is old."""
        with self._lock:
            jobs = list(self._jobs.values())
        keeps = self._keeps.over
        if keeps:
            self._keeps = Deadline.after(_KEEP_SECONDS)
        for job in jobs:
            if job.future.done():
                self._save(job)
            elif not job.look() and keeps:
                self._keep_best(job)
        with contextlib.suppress(ToolkitError):
            self.store.expire()

    def drain(self, until: Deadline) -> None:
        """Take on no more, and wait until what is in flight has ended, so long at the most."""
        self.closing = True
        self._make_room()
        with self._lock:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.follow(until)

    def close(self) -> None:
        """Stop waiting for what is in flight. It stays open in a store on disk, to be resumed."""
        with self._lock:
            self._closed = True
            jobs = list(self._jobs.values())
            self._jobs.clear()
            scheduler, self._scheduler = self._scheduler, None
        for job in jobs:
            job.cancel()
        if scheduler is not None:
            scheduler.close()

    def _note_begun(self, job: Job) -> None:
        # That it has begun is noted against jobs that bring the server down. A store that fails
        # keeps nobody from an answer.
        with contextlib.suppress(ToolkitError):
            self.store.start(job.id)

    def _ended(self, job: Job) -> None:
        """One of a job's puzzles has ended: with the last of them it has, too."""
        if not all(solve.future.done() for solve in job.solves):
            return
        try:
            reply = job.outcome()
        except Exception as error:
            reply = reply_of_error(fault_of(error)).with_data(job=job.id)
        if not job.settle(reply):
            return
        self._save(job)
        job.future.set_result(reply)
        self._next_suspect(job)

    def _next_suspect(self, ended: Job) -> None:
        """Begin the next suspect where one has ended."""
        with self._lock:
            if ended is not self._suspect or self._closed:
                return
            open_ = deque(job for job in self._suspects if job.reply is None)
            self._suspect = open_.popleft() if open_ else None
            self._suspects, job = open_, self._suspect
        if job is not None:
            self._begin(job)

    def _keep_best(self, job: Job) -> None:
        so_far = job.so_far()
        if so_far is not None:
            with contextlib.suppress(ToolkitError):
                self.store.update(job.id, best=so_far.model_dump(mode="json"))

    def _save(self, job: Job) -> None:
        """Write down a reply; where that fails it stays in memory until it can be."""
        if self._jobs.get(job.id) is not job or job.reply is None:
            return
        status: Literal["cancelled", "failed", "done"] = "done"
        if job.cancelled or job.reply.is_error:
            status = "cancelled" if job.cancelled else "failed"
        try:
            try:
                self.store.finish(job.id, status, job.kept())
            except InputError as error:
                # Too large to be kept: whoever waits has it, and whoever asks later is told.
                self.store.finish(job.id, "failed", reply_of_error(error).model_dump(mode="json"))
        except ToolkitError:
            return
        with self._lock:
            self._jobs.pop(job.id, None)
        self._make_room()

    def _make_room(self) -> None:
        """Let those look again that wait for room."""
        with self._lock:
            room, self._room = self._room, Future()
        room.set_result(None)


def _exact_solver(solve: Solve) -> Solver:
    from hrm_toolkit.solvers.solver import Solver

    return Solver(solve.adapter, None)


def _manifest(source: str) -> Manifest:
    from hrm_toolkit.solvers.bundles.manifest import bundle_folder, read_manifest

    return read_manifest(bundle_folder(source))


def _closing() -> BusyError:
    return BusyError("the service is closing", hint="try again when it is back")
