"""Service: what tools and servers call, in this process."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from hrm_toolkit.core import Deadline, OptionError, UnknownNameError, validate
from hrm_toolkit.planner import limits
from hrm_toolkit.planner.handles import Handles, bare
from hrm_toolkit.planner.jobs.flight import Flight
from hrm_toolkit.planner.jobs.job import Listener, Request
from hrm_toolkit.planner.jobs.store import JobStore
from hrm_toolkit.planner.puzzles import Puzzles
from hrm_toolkit.planner.reading import Asked, How, Read, read_puzzle, read_puzzles
from hrm_toolkit.planner.reply import Reply, answered
from hrm_toolkit.planner.words import job_reply, jobs_reply

if TYPE_CHECKING:
    from hrm_toolkit.planner.jobs.scheduler import Scheduler

WAIT_S = 4.0
JOB_SECONDS = 60.0
_SHORTEST_ID = 4


class Service(Puzzles):
    """Solves, verifies, plays and explains puzzles; every answer is checked by the rules.

    Thread-safe. Methods block, for ``wait_s`` at the most where they have it, and return a
    ``Reply``; what is wrong with a call is said in it, never raised. Handles and jobs belong to a
    ``client``.

    Args:
        scheduler: solves many requests side by side; None makes one when it is needed. One with
            a short queue may refuse parts of jobs that were accepted.
        jobs: keeps jobs; None keeps them in memory. Jobs that an earlier process left open in it
            are begun again.
        handles: keeps puzzles; None makes its own.
        solvers: solvers beyond the bundled ones, folders by the names callers use for them.
        runs: folders of training runs by name, whose curves may be read.
        client_jobs: jobs that one client may have open.
        wait_s: seconds to wait for an answer where a call does not say.
        job_seconds: wall-clock bound of a job where a call does not say.
        workers: exact searches at a time, where the scheduler is its own.
        upkeep_s: seconds between two looks at what is out of date or could not be written down.

    Example:
        >>> with Service() as service:
        ...     reply = service.solve("1... ..3. .4.. ...2", strategy="exact", wait_s=60)
        >>> reply.status, reply.data["answer"]["grid"][0]
        ('solved', [1, 3, 2, 4])
    """

    def __init__(
        self,
        *,
        scheduler: Scheduler | None = None,
        jobs: JobStore | None = None,
        handles: Handles | None = None,
        solvers: Mapping[str, str | os.PathLike[str]] | None = None,
        runs: Mapping[str, Path] | None = None,
        client_jobs: int = 8,
        wait_s: float = WAIT_S,
        job_seconds: float = JOB_SECONDS,
        workers: int = 2,
        upkeep_s: float = 2.0,
    ) -> None:
        limits.within("client_jobs", client_jobs, 0, limits.MOST_JOBS)
        limits.within("wait_s", wait_s, 0.0, limits.MOST_WAIT)
        limits.within("job_seconds", job_seconds, 0.0, limits.MOST_SECONDS)
        limits.within("workers", workers, 0, limits.MOST_WORKERS)
        if not isinstance(solvers, Mapping | None):
            raise OptionError(
                "the solvers are no mapping", expected="folders by name", got=repr(solvers)
            )
        self.jobs = JobStore(client_jobs=client_jobs) if jobs is None else jobs
        self.job_seconds = job_seconds
        self.runs = dict(runs or {})
        self._flight = Flight(self.jobs, scheduler, solvers, workers=workers)
        kept = Handles() if handles is None else handles
        super().__init__(kept, wait_s, self._flight.manifests)
        self._flight.resume()
        self._ended = threading.Event()
        keeping = threading.Thread(
            target=self._keep_up, args=(upkeep_s,), name="hrm-toolkit upkeep", daemon=True
        )
        keeping.start()

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def closing(self) -> bool:
        """Whether it takes on no more, and leaves what is open to the next service."""
        return self._flight.closing

    @answered
    def solve(
        self,
        puzzle: str,
        *,
        task: str | None = None,
        solver: str | None = None,
        strategy: str | None = None,
        segments: int | None = None,
        votes: int | None = None,
        seed: int | None = None,
        wait_s: float | None = None,
        seconds: float | None = None,
        client: str = "local",
        on_progress: Listener | None = None,
        stop: Future[None] | None = None,
        **how: Unpack[How],
    ) -> Reply:
        """Solve a puzzle: the answer, or after ``wait_s`` a job that goes on.

        Args:
            puzzle: text in any usual form, JSON, or a handle.
            task: where the text does not say it.
            solver: a bundled solver's name, or one the service was given; None chooses.
            strategy: ``neural``, ``verified`` (where None) or ``exact``.
            segments: most network calls for an attempt; None for as many as it was
                validated with.
            votes: attempts on drawn symmetries; None for 1.
            seed: of whatever is drawn; None for 0.
            wait_s: seconds to wait, 0 to 300; None for the service's own.
            seconds: wall-clock bound of the job; None for the service's own.
            client: whose handles and jobs it is about.
            on_progress: told once a segment, in another thread.
            stop: once it is done nobody waits any more: the call ends, and so does its job.
            how: see ``Puzzles``.
        """
        until = limits.deadline(wait_s, self.wait_s)
        read = read_puzzle(puzzle, Asked(task, how, self.handles, client))
        if solver is not None:
            # Before a job is made of it, which may have to wait for what a solver needs.
            self._flight.named(solver, read.puzzle.task)
        budget: dict[str, Any] = {"segments": segments, "votes": votes, "seconds": seconds}
        request = self._request([read], solver=solver, strategy=strategy, seed=seed, **budget)
        return self._solve(request, [read], client, until, on_progress, stop)

    @answered
    def batch(
        self,
        puzzles: list[str],
        *,
        task: str | None = None,
        strategy: str | None = None,
        seed: int | None = None,
        wait_s: float | None = None,
        seconds: float | None = None,
        client: str = "local",
        on_progress: Listener | None = None,
        stop: Future[None] | None = None,
        **how: Unpack[How],
    ) -> Reply:
        """Solve several puzzles as one job; see ``solve``."""
        until = limits.deadline(wait_s, self.wait_s)
        limits.within("the number of puzzles", len(puzzles), 1, limits.MOST_BATCH)
        read = read_puzzles(puzzles, Asked(task, how, self.handles, client))
        request = self._request(read, many=True, strategy=strategy, seed=seed, seconds=seconds)
        return self._solve(request, read, client, until, on_progress, stop)

    @answered
    def job(
        self,
        action: str | None = None,
        id: str | None = None,
        *,
        wait_s: float | None = None,
        client: str = "local",
        on_progress: Listener | None = None,
        stop: Future[None] | None = None,
    ) -> Reply:
        """Get, cancel or list a client's jobs.

        Args:
            action: ``get``, ``cancel`` or ``list``; None for ``get`` where there is an id, else
                for ``list``.
            id: of the job, or its beginning where no other begins so, or ``last``.
            wait_s: how long ``get`` waits for the answer, at the most until ``stop`` is done.
        """
        if action not in (None, "get", "cancel", "list"):
            raise UnknownNameError("action", action, ("get", "cancel", "list"))
        if action == "list" or (action is None and id is None):
            return jobs_reply(self.jobs.list(client), self._flight.positions())
        if id is None:
            raise OptionError(
                "the job's id is missing", path="id", hint='the action "list" lists your jobs'
            )
        id = self._job_id(id, client)
        job = self._flight.find(id, client)
        if job is None:
            end = self.jobs.cancel if action == "cancel" else self.jobs.get
            return job_reply(end(id, client=client))
        if action == "cancel":
            return self._flight.cancel(job)
        until = limits.deadline(wait_s, self.wait_s)
        return self._flight.follow(job, until, on_progress, stop, own=False)

    def cancel(self, id: str, *, client: str = "local") -> Reply:
        """Stop a client's job; what it had found so far comes back."""
        return self.job("cancel", id, client=client)

    def _job_id(self, given: str, client: str) -> str:
        """The whole id of a client's job that was written with less care, or as it was given."""
        wanted = bare(given).removeprefix("job:").strip()
        known = [job.id for job in self.jobs.list(client)]
        if wanted == "last" and known:
            return known[0]
        fitting = [id for id in known if id.startswith(wanted)]
        return fitting[0] if len(fitting) == 1 and len(wanted) >= _SHORTEST_ID else wanted

    def traces(self, id: str, *, client: str = "local") -> list[list[dict[str, Any]]]:
        """What the segments of a job said, for each of its puzzles; see ``Solve.told``.

        Raises:
            UnknownNameError: when the client has no such job.
        """
        job = self._flight.find(id, client)
        if job is not None:
            return job.traces()
        kept = self.jobs.get(id, client=client).result or {}
        return list(kept.get("traces", ()))

    def network(self, handle: str, *, client: str = "local") -> dict[str, Any]:
        """A network with which a browser thinks about a handle's puzzle itself, and its code.

        Raises:
            UnknownNameError: when the client has no such handle.
            InputError: where there is none.
        """
        from hrm_toolkit.adapters.registry import get_adapter
        from hrm_toolkit.solvers.bundles.elsewhere import thinking
        from hrm_toolkit.solvers.many.choice import Solvers

        puzzle = self.handles.get(handle, client=client).puzzle
        return thinking(Solvers(None, device="cpu").of(get_adapter(puzzle.task), puzzle), puzzle)

    def gauges(self) -> dict[str, float]:
        """What there is at the moment, by name, for whoever watches a server."""
        waiting, counts = len(self._flight.positions()), self._flight.counts()
        return {
            "jobs": len(self._flight),
            "jobs_waiting": waiting,
            "handles": len(self.handles),
            "rows": counts.rows if counts else 0,
            "searches": counts.searches if counts else 0,
        }

    def hurry(self) -> None:
        """From now on calls do not wait: they return what there is, and jobs go on."""
        if not self._flight.hurried.done():
            self._flight.hurried.set_result(None)

    def close(self, *, drain_s: float = 0.0) -> None:
        """Stop: what is in flight has ``drain_s`` seconds to end.

        In a store on disk the rest stays open and is begun again by the next service over it.
        """
        self._flight.drain(Deadline.after(drain_s))
        self._ended.set()
        # What was told but could not be written down would be done again, and may end otherwise.
        self._flight.upkeep()
        self._flight.close()
        self.jobs.close()

    def _keep_up(self, every: float) -> None:
        while not self._ended.wait(every):
            self._flight.upkeep()
            self.handles.expire()

    def _request(self, read: list[Read], *, many: bool = False, **options: Any) -> Request:
        given = {name: value for name, value in options.items() if value is not None}
        given.setdefault("seconds", self.job_seconds)
        kept = [
            {"task": one.puzzle.task, **one.puzzle.model_dump(mode="json", exclude_defaults=True)}
            for one in read
        ]
        notes = [one.notes for one in read]
        return validate(Request, {"puzzles": kept, "notes": notes, "many": many, **given})

    def _solve(
        self,
        request: Request,
        read: list[Read],
        client: str,
        until: Deadline,
        listener: Listener | None,
        stop: Future[None] | None,
    ) -> Reply:
        """Begin a job and wait for its reply."""
        given = [(one.adapter, one.puzzle, one.notes) for one in read]
        job = self._flight.start(request, given, client, until=until, stop=stop)
        return self._flight.follow(job, until, listener, stop, own=True)
