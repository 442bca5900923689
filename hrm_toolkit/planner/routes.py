"""Where a puzzle goes: to a scheduler with a trained solver, or to exact search in a thread."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hrm_toolkit.core import Budget, OptionError, Result, UnknownNameError
from hrm_toolkit.planner.lone import LoneTicket, Ticket
from hrm_toolkit.planner.work import Order, Part, Work

if TYPE_CHECKING:
    from hrm_toolkit.planner.scheduler import Scheduler
    from hrm_toolkit.solvers.bundle import Manifest


class Routes:
    """Starts the parts of jobs.

    Args:
        scheduler: runs networks; None makes one when a network is first wanted.
        solvers: folders of solvers beyond the bundled ones, by the names callers use for them.
        workers: exact searches that compute at one time.
    """

    def __init__(
        self,
        scheduler: Scheduler | None,
        solvers: Mapping[str, str | os.PathLike[str]],
        workers: int,
    ) -> None:
        self._scheduler = scheduler
        self._folders = {name: os.fspath(folder) for name, folder in solvers.items()}
        self._turns = threading.Semaphore(workers)
        self._lock = threading.Lock()

    def solvers_for(self, task: str) -> list[str]:
        """Names of the solvers of a task that callers may ask for."""
        return [name for name, source in self._known().items() if _task_of(source) == task]

    def manifests(self) -> dict[str, Manifest]:
        """What the bundles of the solvers that callers may ask for say of themselves."""
        from hrm_toolkit.solvers.bundle import bundle_folder, read_manifest

        return {name: read_manifest(bundle_folder(at)) for name, at in self._known().items()}

    def begin(self, work: Work, part: Part) -> Ticket:
        """One puzzle on its way: to the scheduler, or for exact search to a thread."""
        order = work.order
        source = None
        if order.strategy != "exact" or order.solver is not None:
            source = self._source(order.solver, part)
        budget = Budget(segments=order.segments, votes=order.votes)
        if order.strategy != "exact" and source is not None:
            return self._scheduling().submit(
                source,
                part.puzzle,
                budget=budget,
                strategy=order.strategy,
                seed=order.seed,
                client=work.client,
                deadline=work.began + order.seconds,
                on_progress=work.report,
                job=work.id,
            )
        return LoneTicket(functools.partial(_exactly, order, part), work.left, self._turns)

    def _source(self, name: str | None, part: Part) -> str | None:
        """What ``Solver.load`` takes for the solver asked for, or for the best there is.

        Callers name solvers from a closed list: a path would let them read any folder here.
        """
        if name is None:
            from hrm_toolkit.solvers.choose import choose

            return choose(part.adapter, part.puzzle)
        known = self._known()
        if name not in known:
            raise UnknownNameError("solver", name, known)
        task = _task_of(known[name])
        if task != part.puzzle.task:
            raise OptionError(
                f'the solver "{name}" is for {task}, and the puzzle is {part.puzzle.task}',
                path="solver",
                hint="leave the solver out to have one chosen",
            )
        return known[name]

    def _scheduling(self) -> Scheduler:
        from hrm_toolkit.planner.scheduler import Scheduler

        with self._lock:
            if self._scheduler is None:
                self._scheduler = Scheduler()
            return self._scheduler

    def _known(self) -> dict[str, str]:
        from hrm_toolkit.solvers.choose import bundled

        return {**{name: name for name in bundled()}, **self._folders}

    def close(self) -> None:
        """Stop the scheduler, if there is one."""
        with self._lock:
            scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None:
            scheduler.close()


def _exactly(order: Order, part: Part, seconds: float) -> Result:
    from hrm_toolkit.solvers.solver import Solver

    solver = Solver(part.adapter, None)
    budget = Budget(segments=order.segments, votes=order.votes, seconds=seconds)
    result = solver.solve(part.puzzle, budget=budget, strategy=order.strategy, seed=order.seed)
    if order.strategy == "exact":
        return result
    note = f"no trained solver for {part.puzzle.task} is bundled: exact search only"
    return result.model_copy(update={"notes": (*result.notes, note)})


def _task_of(source: str) -> str:
    from hrm_toolkit.solvers.bundle import bundle_folder, read_manifest

    return read_manifest(bundle_folder(source)).task
