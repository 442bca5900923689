"""Continuous batching: the network's half of many solves, on one thread, segment by segment.

Each solve runs the ordinary route in a thread of its own; its proposer hands the rows over to this
thread and waits. So an answer is that of a lone run by construction, votes, restarts and searches
led by the network included.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hrm_toolkit.core import Deadline, Puzzle, Result, Stopwatch
from hrm_toolkit.core.clock import wanted_until
from hrm_toolkit.planner.jobs.queue import Turns
from hrm_toolkit.solvers.attempt import Attempt, best, enough
from hrm_toolkit.solvers.proposer import Proposer, Run, join
from hrm_toolkit.solvers.route import Job, Route
from hrm_toolkit.solvers.runners.runner import Restart, Rolling, Runner
from hrm_toolkit.solvers.runners.runner import Row as Said

if TYPE_CHECKING:
    from hrm_toolkit.planner.jobs.solve import Solve
    from hrm_toolkit.solvers.inputs.places import Encoded
    from hrm_toolkit.solvers.solver import Solver

_log = logging.getLogger(__name__)
_TURN = 0.001


@dataclass(eq=False)
class Row(Run):
    """A run in a batch with those of other solves.

    Attributes:
        solve: whose.
        whole: whether it is of the solve's puzzle as given: not of a part, or of a symmetry.
        alone: whether its batch has failed before, so that it runs by itself.
        left: whether its solve waits for it no more.
        done: whether it has ended.
        error: why it failed, if it did.
    """

    solve: Solve = field(kw_only=True)
    whole: bool = False
    alone: bool = False
    left: bool = False
    done: bool = False
    error: Exception | None = None

    @property
    def leaves(self) -> bool:
        """Whether it should give its slot back."""
        return self.done or self.left or self.solve.future.done()

    def take(self, row: Said[Any]) -> bool:
        """Heed what a segment said; what goes wrong here is this row's alone."""
        try:
            last = super().take(row)
            attempt, certainty = self.attempt, self.attempt.certainty
            self.solve.advance(
                attempt.verdict,
                halt=attempt.halt,
                certainty=certainty if self.whole else certainty.alone,
                answer=attempt.answer if self.whole else None,
            )
        except Exception as error:
            self.fail(error)
            return True
        if last:
            self.done = True
            self.solve.wake()
        return last

    def read(self) -> None:
        """Let the rules judge the last answer, as long as somebody waits for it."""
        if not self.left:
            super().read()

    def fail(self, error: Exception) -> None:
        """End it with an error."""
        self.error, self.done = error, True
        self.solve.wake()


class Batching:
    """The thread that all networks row on: one rolling batch for each network and shape class.

    A row that ends frees its slot before the next segment. Where a batch fails, its rows start
    again each by itself, so that only the one at fault fails.

    Args:
        slots: rows in flight, over all batches.
    """

    def __init__(self, slots: int) -> None:
        self._turns: Turns[Row] = Turns(slots)
        self._batches: dict[Any, Rolling[Row]] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="hrm-toolkit segments", daemon=True)
        self._thread.start()

    def put(self, rows: Sequence[Row]) -> None:
        """Queue rows; each one's solve is woken when it has ended."""
        with self._changed:
            for row in rows:
                self._turns.put(row.solve.client, row)
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
        joining: dict[Any, list[Row]] = {}
        with self._changed:
            self._turns.drop(lambda row: row.leaves)
            while (row := self._turns.take()) is not None:
                joining.setdefault((row.proposer.runner, row.shape_class), []).append(row)
        for key, rows in joining.items():
            for row in rows:
                row.solve.begin()
            self._join(key, rows)

    def _join(self, key: Any, rows: Sequence[Row]) -> None:
        proposer = rows[0].proposer
        rolling = self._batches.setdefault(key, proposer.runner.rolling())
        try:
            join(rolling, rows)
        except Exception as error:
            inside = set(rolling.keys)
            self._part([row for row in rows if row not in inside], error)
        self._drop(key, [])

    def _advance(self, key: Any) -> None:
        """One segment of one batch."""
        rolling = self._batches[key]
        self._drop(key, [row for row in rolling.keys if row.leaves])
        if not len(rolling):
            return
        try:
            ended = [said.key for said in rolling.advance() if said.key.take(said)]
        except Exception as error:
            del self._batches[key]
            self._part(rolling.keys, error)
        else:
            self._drop(key, ended)

    def _drop(self, key: Any, rows: Sequence[Row]) -> None:
        self._batches[key].drop(rows)
        if not len(self._batches[key]):
            del self._batches[key]
        self._free(rows)

    def _free(self, rows: Sequence[Row]) -> None:
        with self._changed:
            for row in rows:
                self._turns.free(row.solve.client)

    def _part(self, rows: Sequence[Row], error: Exception) -> None:
        """Start rows whose batch has failed again, each alone; one that was alone has failed."""
        for row in rows:
            if row.alone:
                row.fail(error)
                self._free([row])
            else:
                row.alone, row.attempt = True, Attempt()
                self._join(row, [row])

    def _fail(self, error: Exception) -> None:
        """What must not happen has happened: end all that is in flight, and go on."""
        _log.error("all rows in flight have failed", exc_info=error)
        batches, self._batches = self._batches, {}
        for rolling in batches.values():
            for row in rolling.keys:
                row.fail(error)
            self._free(rolling.keys)


class SearchPlaces:
    """Lets a few searches after a network run at a time, in turns by client."""

    def __init__(self, places: int) -> None:
        self._lock = threading.Lock()
        self._turns: Turns[_Waiter] = Turns(places)

    @contextmanager
    def place(self, solve: Solve) -> Iterator[None]:
        """Wait for a place, until the solve's deadline at most, and hold it."""
        waiter = _Waiter(solve)
        with self._lock:
            self._turns.put(solve.client, waiter)
            self._grant()
        try:
            solve.until(lambda: waiter.granted, solve.deadline)
            yield
        finally:
            with self._lock:
                if waiter.granted:
                    self._turns.free(solve.client)
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
            waiter.solve.wake()


@dataclass(eq=False)
class _Waiter:
    solve: Solve
    granted: bool = False


class SharedProposer(Proposer):
    """A proposer whose rows run beside those of other solves."""

    def __init__(self, solver: Solver, runner: Runner, solve: Solve, batching: Batching) -> None:
        super().__init__(solver.adapter, runner, solver.batch_size)
        self._solve, self._batching = solve, batching
        self._as_given = False

    def vote(self, puzzles: Sequence[Puzzle], number: int, **options: Any) -> list[Attempt]:
        """See ``Proposer.vote``; the attempts are noted as they end."""
        self._as_given = number == 0
        attempts = super().vote(puzzles, number, **options)
        self._solve.attempts += attempts
        self._solve.row = None
        return attempts

    def run(
        self,
        puzzle: Puzzle,
        encoded: Encoded,
        segments: int,
        until_settled: bool,
        restart: Restart | None,
    ) -> Row:
        """See ``Proposer.run``; every segment's answer is looked at."""
        how: Any = {"watched": True, "restart": restart, "solve": self._solve}
        return Row(self, puzzle, encoded, segments, until_settled, **how)

    def advance(self, runs: Sequence[Run], deadline: Deadline) -> None:
        """Hand rows over to the common thread, and wait."""
        rows = [run for run in runs if isinstance(run, Row)]
        if self._as_given and rows:
            rows[0].whole = len(rows) == 1
            self._solve.row = rows[0]
        self._batching.put(rows)
        try:
            self._solve.until(lambda: all(row.done for row in rows), deadline)
        finally:
            for row in rows:
                row.left = True
        for row in rows:
            if row.error is not None:
                raise row.error


def solve_beside(solve: Solve, solver: Solver, batching: Batching, places: SearchPlaces) -> Result:
    """Solve by the ordinary route, networks beside those of others, in the solve's own thread.

    Args:
        solve: what is to be solved.
        solver: by which.
        batching: where rows run.
        places: of searches that the network leaves something to.
    """
    solver.check_options(solve.strategy, solve.seed)
    if solver.config is not None:
        solver.runner()  # Solves share it, and so their rows a batch.
    rested = Stopwatch()

    def proposer(asked: Solver) -> Proposer:
        return SharedProposer(asked, asked.runner(), solve, batching)

    def pulse() -> None:
        # Without rests each of a network's many short calls would wait for the interpreter's
        # next switch of threads, five milliseconds.
        nonlocal rested
        solve.check()
        if batching.busy and rested.seconds > _TURN:
            time.sleep(_TURN)
            rested = Stopwatch()

    route = Route(
        solver,
        solve.budget,
        solve.strategy,
        solve.seed,
        deadline=solve.deadline,
        proposer=proposer,
        pulse=pulse,
    )
    solve.budget = route.budget
    solve.standing = lambda attempts: route.standing(Job(solve.puzzle, attempts))
    with ExitStack() as held:

        def before_search(_: int, attempts: list[Attempt]) -> None:
            searches = solve.strategy == "verified" and solver.config is not None
            nodes = solve.budget.nodes
            if searches and not (attempts and enough(best(attempts).verdict, attempts, nodes)):
                held.enter_context(places.place(solve))

        # A search of a task's own that nobody waits for ends as if its time were spent.
        held.enter_context(wanted_until(solve.future.done))
        return route.results([Job(solve.puzzle)], before_search)[0]
