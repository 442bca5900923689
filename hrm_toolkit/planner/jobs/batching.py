"""Continuous batching: the network's half of many solves, on one thread, segment by segment.

Each request runs the ordinary route, ``Solver.solve``, in a thread of its own; its proposer hands
the rows over to this thread and waits. So a request's answer is that of a lone run by construction,
votes, restarts and searches led by the network included.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from hrm_toolkit.core import Answer, Budget, Deadline, Puzzle, Result
from hrm_toolkit.planner.jobs.queue import Turns
from hrm_toolkit.solvers.attempt import Attempt, best, settled
from hrm_toolkit.solvers.options import Strategy
from hrm_toolkit.solvers.proposer import Proposer, Run, join
from hrm_toolkit.solvers.runners.runner import Rolling, Row, Runner
from hrm_toolkit.solvers.solver import Solver

_log = logging.getLogger(__name__)
_TURN = 0.001


class Request(Protocol):
    """What the route asks of a request's ticket."""

    client: str

    @property
    def ended(self) -> bool:
        """Whether nobody needs its answer any more."""

    def begin(self) -> None:
        """A row of it has been given a slot."""

    def check(self) -> None:
        """Raise when it has ended."""

    def until(self, ready: Callable[[], bool], deadline: Deadline) -> bool:
        """Wait in its thread; False where the deadline came first.
        Raises when it has ended."""

    def wake(self) -> None:
        """Let its thread look again."""

    def advanced(
        self, halt: float, filled: int | None, violations: int, answer: Answer | None
    ) -> None:
        """One of its rows has had a segment; ``answer`` is for its puzzle as given, if any."""


@dataclass(eq=False)
class SharedRun(Run):
    """A run in a batch with those of other requests.

    Attributes:
        request: whose.
        whole: whether it is of the request's puzzle as given: not of a part, or of a symmetry.
    """

    request: Request = field(kw_only=True)
    whole: bool = field(kw_only=True)
    alone: bool = False
    left: bool = False
    done: bool = False
    error: Exception | None = None

    @property
    def leaves(self) -> bool:
        """Whether it should give its slot back."""
        return self.done or self.left or self.request.ended

    def take(self, row: Row[Any]) -> bool:
        """Heed what a segment said; what goes wrong here is this run's alone."""
        try:
            last = super().take(row)
            chances = self.attempt.probabilities
            filled = None if chances is None else int((chances.max(1) > 0.5).sum())
            violations = len(self.attempt.verdict.violations)
            answer = self.attempt.answer if self.whole else None
            self.request.advanced(self.attempt.halt, filled, violations, answer)
        except Exception as error:
            self.fail(error)
            return True
        if last:
            self.done = True
            self.request.wake()
        return last

    def fail(self, error: Exception) -> None:
        """End it with an error."""
        self.error, self.done = error, True
        self.request.wake()


class Batching:
    """The thread that all networks run on: one rolling batch for each network and shape class.

    A row that ends frees its slot before the next segment. Where a batch fails, its rows start
    again each by itself, so that only the one at fault fails.

    Args:
        slots: rows in flight, over all batches.
    """

    def __init__(self, slots: int) -> None:
        self._turns: Turns[SharedRun] = Turns(slots)
        self._batches: dict[Any, Rolling[SharedRun]] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="hrm-toolkit segments", daemon=True)
        self._thread.start()

    def put(self, runs: Sequence[SharedRun]) -> None:
        """Queue runs; each one's request is woken when it has ended."""
        with self._changed:
            for run in runs:
                self._turns.put(run.request.client, run)
            self._changed.notify()

    @property
    def busy(self) -> bool:
        """Whether rows are in flight."""
        return bool(self._batches)

    def counts(self) -> tuple[int, int]:
        """Rows in flight, and rows that wait."""
        with self._changed:
            return self._turns.held, len(self._turns)

    def close(self) -> None:
        """Stop after the segment that is under way."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while self._wait():
            try:
                self._admit()
                for key in list(self._batches):
                    self._advance(key)
                    self._admit()
            except Exception as error:
                self._fail(error)

    def _wait(self) -> bool:
        """Wait for something to do; False when nothing more will come."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._batches or len(self._turns))
            return not self._closed

    def _admit(self) -> None:
        """Give free slots to what waits."""
        joining: dict[Any, list[SharedRun]] = {}
        with self._changed:
            self._turns.drop(lambda run: run.leaves)
            while (run := self._turns.take()) is not None:
                joining.setdefault((run.proposer.runner, run.shape_class), []).append(run)
        for key, runs in joining.items():
            for run in runs:
                run.request.begin()
            self._join(key, runs)

    def _join(self, key: Any, runs: Sequence[SharedRun]) -> None:
        proposer = runs[0].proposer
        rolling = self._batches.setdefault(key, proposer.runner.rolling())
        try:
            join(rolling, runs)
        except Exception as error:
            inside = set(rolling.keys)
            self._part([run for run in runs if run not in inside], error)
        self._drop(key, [])

    def _advance(self, key: Any) -> None:
        """One segment of one batch."""
        rolling = self._batches[key]
        self._drop(key, [run for run in rolling.keys if run.leaves])
        if not len(rolling):
            return
        try:
            ended = [row.key for row in rolling.advance() if row.key.take(row)]
        except Exception as error:
            del self._batches[key]
            self._part(rolling.keys, error)
        else:
            self._drop(key, ended)

    def _drop(self, key: Any, runs: Sequence[SharedRun]) -> None:
        self._batches[key].drop(runs)
        if not len(self._batches[key]):
            del self._batches[key]
        self._free(runs)

    def _free(self, runs: Sequence[SharedRun]) -> None:
        with self._changed:
            for run in runs:
                self._turns.free(run.request.client)

    def _part(self, runs: Sequence[SharedRun], error: Exception) -> None:
        """Start runs whose batch has failed again, each alone; one that was alone has failed."""
        for run in runs:
            if run.alone:
                run.fail(error)
                self._free([run])
            else:
                run.alone, run.attempt = True, Attempt()
                self._join(run, [run])

    def _fail(self, error: Exception) -> None:
        """What must not happen has happened: end all that is in flight, and go on."""
        _log.error("all rows in flight have failed", exc_info=error)
        batches, self._batches = self._batches, {}
        for rolling in batches.values():
            for run in rolling.keys:
                run.fail(error)
            self._free(rolling.keys)


class SearchPlaces:
    """Lets a few searches after a network run at a time, in turns by client."""

    def __init__(self, places: int) -> None:
        self._lock = threading.Lock()
        self._turns: Turns[_Waiter] = Turns(places)

    @contextmanager
    def place(self, request: Request, deadline: Deadline) -> Iterator[None]:
        """Wait for a place, until the deadline at most, and hold it."""
        waiter = _Waiter(request)
        with self._lock:
            self._turns.put(request.client, waiter)
            self._grant()
        try:
            request.until(lambda: waiter.granted, deadline)
            yield
        finally:
            with self._lock:
                if waiter.granted:
                    self._turns.free(request.client)
                else:
                    self._turns.drop(lambda other: other is waiter)
                self._grant()

    @property
    def held(self) -> int:
        """How many search."""
        with self._lock:
            return self._turns.held

    def _grant(self) -> None:
        while (waiter := self._turns.take()) is not None:
            waiter.granted = True
            waiter.request.wake()


@dataclass(eq=False)
class _Waiter:
    request: Request
    granted: bool = False


class SharedProposer(Proposer):
    """A proposer whose rows run beside those of other requests."""

    def __init__(self, solver: SharedSolver, runner: Runner) -> None:
        super().__init__(solver.adapter, runner, solver.batch_size)
        self._solver = solver
        self._as_given = False

    def vote(self, puzzles: Sequence[Puzzle], number: int, **options: Any) -> list[Attempt]:
        """See ``Proposer.vote``; the attempts are noted as they end."""
        self._as_given = number == 0
        attempts = super().vote(puzzles, number, **options)
        self._solver.attempts += attempts
        self._solver.running = None
        return attempts

    def advance(self, runs: Sequence[Run], deadline: Deadline) -> None:
        """Hand runs over to the common thread, and wait."""
        request = self._solver.request
        own = {"watched": True, "whole": self._as_given and len(runs) == 1}
        shared = [SharedRun(**vars(run) | own, request=request) for run in runs]
        if self._as_given and shared:
            self._solver.running = shared[0]
        self._solver.batching.put(shared)
        try:
            request.until(lambda: all(run.done for run in shared), deadline)
        finally:
            for there in shared:
                there.left = True
        for run, there in zip(runs, shared, strict=True):
            if there.error is not None:
                raise there.error
            run.attempt = there.attempt


class SharedSolver(Solver):
    """A solver for one request, whose network runs beside those of other requests.

    Args:
        solver: to solve as.
        request: whose.
        batching: where rows run.
        places: of searches.
    """

    def __init__(
        self, solver: Solver, request: Request, batching: Batching, places: SearchPlaces
    ) -> None:
        if solver.config is not None:
            solver.runner()  # Requests share it, and so their rows a batch.
        # All that it has: to move a network to its device again would disturb those that run it.
        vars(self).update(vars(solver))
        self.request, self.batching, self.places = request, batching, places
        self.attempts: list[Attempt] = []
        self.running: SharedRun | None = None
        self._rested = time.perf_counter()

    def proposer(self) -> Proposer:
        """See ``Solver.proposer``."""
        return super().proposer() if self.config is None else SharedProposer(self, self.runner())

    def pulse(self) -> None:
        """End a search that nobody needs any more, and rest now and then while networks run.

        Without rests each of a network's many short calls would wait for the interpreter's next
        switch of threads, five milliseconds.
        """
        self.request.check()
        if self.batching.busy and time.perf_counter() - self._rested > _TURN:
            time.sleep(_TURN)
            self._rested = time.perf_counter()

    def best(self, puzzle: Puzzle, seed: int) -> Result | None:
        """What there is so far."""
        attempts, running = list(self.attempts), self.running
        if running is not None and running.attempt.segments:
            attempts.append(running.attempt)
        return self.standing(puzzle, attempts, seed=seed) if attempts else None

    def answer(
        self, puzzle: Puzzle, budget: Budget, strategy: Strategy, seed: int, deadline: Deadline
    ) -> Result:
        """``solve``, with a place for its search if the network leaves it one."""
        with ExitStack() as held:

            def before_search(_: int, attempts: list[Attempt]) -> None:
                searches = strategy == "verified" and self.config is not None
                if searches and not (attempts and settled(best(attempts).verdict)):
                    held.enter_context(self.places.place(self.request, deadline))

            options: Any = {"budget": budget, "strategy": strategy, "seed": seed}
            return self.solve_many([puzzle], watch=before_search, **options)[0]
