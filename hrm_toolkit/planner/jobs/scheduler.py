"""The scheduler: many requests at a time, each answered as a lone run would be."""

from __future__ import annotations

import atexit
import os
import secrets
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from hrm_toolkit.core import Budget, BusyError, Deadline, Model, Segment
from hrm_toolkit.planner.jobs.queue import Turns
from hrm_toolkit.planner.jobs.solve import Solve

if TYPE_CHECKING:
    from hrm_toolkit.planner.jobs.batching import Batching, SearchPlaces
    from hrm_toolkit.solvers.options import Strategy
    from hrm_toolkit.solvers.solver import Solver

Load: TypeAlias = "Callable[[], Solver]"
_Line: TypeAlias = "Turns[tuple[Solve, Load]]"
_MOST_SOLVERS = 16


class Counts(Model):
    """What a scheduler has to do at the moment.

    Attributes:
        waiting: solves without a thread yet.
        running: solves with one.
        rows: in flight, in all batches.
        rows_waiting: for a slot.
        searches: under way, exact ones and those that follow a network.
    """

    waiting: int
    running: int
    rows: int
    rows_waiting: int
    searches: int


class Scheduler:
    """Answers many puzzles at a time; each answer is that of a lone ``Solver.solve``.

    Networks run on one thread, all rows of one network and shape side by side; searches run in the
    threads of their solves, a few at a time. Clients take turns for slots, searches and threads.
    Solves that come to exact search alone stand in a line of their own, so that they hold up no
    network, however long they take.

    Args:
        slots: rows in flight.
        searches: exact ones at a time, and as many of those that follow a network.
        queue: solves that may wait for either, over all clients.
        load: makes a solver of its name; None for ``Solver.load``. Solvers are kept.

    Example:
        >>> with Scheduler() as scheduler:
        ...     solve = scheduler.submit("sudoku-4x4", "1...  ..3.  .4..  ...2")
        ...     solve.future.result().solved
        True
    """

    def __init__(
        self,
        *,
        slots: int = 64,
        searches: int = 2,
        queue: int = 1024,
        load: Callable[[str], Solver] | None = None,
    ) -> None:
        self._load = load
        self._slots, self._searches, self._queue = slots, searches, queue
        # Rows of the solves beyond the slots are ready when a slot is freed.
        self._networks: _Line = Turns(2 * slots, most=queue)
        self._exact: _Line = Turns(searches, most=queue)
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._solvers: OrderedDict[str, Solver] = OrderedDict()
        self._solves: weakref.WeakSet[Solve] = weakref.WeakSet()
        self._shared: tuple[Batching, SearchPlaces] | None = None
        self._closed = False
        atexit.register(self.close)

    def submit(
        self,
        solver: str | os.PathLike[str] | Solver,
        puzzle: Any,
        *,
        budget: Budget | None = None,
        strategy: Strategy = "verified",
        seed: int = 0,
        client: str = "local",
        deadline: Deadline | None = None,
        on_progress: Callable[[Segment], None] | None = None,
        on_begin: Callable[[], None] | None = None,
        job: str | None = None,
    ) -> Solve:
        """Queue a puzzle.

        Args:
            solver: its name, a bundle's folder, or itself.
            puzzle: a puzzle, or what the adapter coerces.
            budget: its seconds count from now.
            strategy: see ``Solver.solve_many``.
            seed: of the drawn symmetries and restarts.
            client: who takes turns with other clients.
            deadline: when it ends with the best so far.
            on_progress: told of each segment, see ``Solve``.
            on_begin: told when something begins to be computed, see ``Solve``.
            job: its id; None makes one.

        Raises:
            BusyError: when too many wait, or the scheduler is closed.
            UnknownNameError: for an unknown solver or strategy.
            InputError: when the puzzle cannot be read.
            OptionError: for options that do not go together.
        """
        loaded = self.load(os.fspath(solver)) if isinstance(solver, str | os.PathLike) else solver
        budget = budget or Budget()
        loaded.check_options(strategy, seed)
        solve = Solve(
            loaded.adapter,
            loaded.adapter.coerce(puzzle),
            budget=budget.model_copy(update={"seconds": None}),
            strategy=strategy,
            seed=seed,
            client=client,
            id=job or secrets.token_hex(8),
            on_segment=on_progress,
            on_begin=on_begin,
        )
        solve.start((deadline or Deadline.never()).within(budget.seconds))
        self.put(solve, lambda: loaded, alone=strategy == "exact" or loaded.config is None)
        return solve

    def put(self, solve: Solve, load: Load, *, alone: bool) -> None:
        """Queue a solve that was made before.

        Args:
            solve: what is to be solved.
            load: gives its solver, in the solve's own thread.
            alone: whether it comes to exact search alone.

        Raises:
            BusyError: when too many wait, or the scheduler is closed.
        """
        line = self._exact if alone else self._networks
        with self._lock:
            if self._closed:
                raise _closed()
            if len(line) >= self._queue:
                line.drop(lambda waiting: waiting[0].future.done())
            line.put(solve.client, (solve, load))
            self._solves.add(solve)
            self._start(line)

    def load(self, name: str) -> Solver:
        """The solver of a name; loaded ones are kept."""
        with self._loading:
            if name not in self._solvers:
                self._solvers[name] = (self._load or _load)(name)
            self._solvers.move_to_end(name)
            while len(self._solvers) > _MOST_SOLVERS:
                self._solvers.popitem(last=False)
            return self._solvers[name]

    def _start(self, line: _Line) -> None:
        """Give threads to solves that may start."""
        while (taken := line.take()) is not None:
            name = f"hrm-toolkit {taken[0].id}"
            work = partial(self._work, line, *taken)
            threading.Thread(target=work, name=name, daemon=True).start()

    def _work(self, line: _Line, solve: Solve, load: Load) -> None:
        from hrm_toolkit.planner.jobs.batching import solve_beside

        if line is self._exact and not solve.done:
            solve.begin()
        end = solve.run(lambda: solve_beside(solve, load(), *self._parts()))
        # Before it ends, so that the next need not wait until that is written down.
        with self._lock:
            line.free(solve.client)
            if not self._closed:
                self._start(line)
        end()

    def _parts(self) -> tuple[Batching, SearchPlaces]:
        from hrm_toolkit.planner.jobs.batching import Batching, SearchPlaces

        shared = self._shared
        if shared is not None:
            return shared
        with self._lock:
            if self._closed:
                raise _closed()
            if self._shared is None:
                self._shared = Batching(self._slots), SearchPlaces(self._searches)
            return self._shared

    def counts(self) -> Counts:
        """What there is to do at the moment."""
        with self._lock:
            waiting = len(self._networks) + len(self._exact)
            exact, shared = self._exact.held, self._shared
            running = self._networks.held + exact
        rows, rows_waiting = shared[0].counts() if shared else (0, 0)
        return Counts(
            waiting=waiting,
            running=running,
            rows=rows,
            rows_waiting=rows_waiting,
            searches=exact + (shared[1].held if shared else 0),
        )

    def close(self) -> None:
        """Refuse what comes, and end what is in flight with a BusyError."""
        with self._lock:
            self._closed = True
            solves = list(self._solves)
            shared = self._shared
        for solve in solves:
            solve.fail(_closed())
        if shared is not None:
            shared[0].close()
        atexit.unregister(self.close)

    def __enter__(self) -> Scheduler:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _load(name: str) -> Solver:
    from hrm_toolkit.solvers.solver import Solver

    return Solver.load(name)


def _closed() -> BusyError:
    return BusyError("the scheduler is closed", hint="try again when the service is back")
