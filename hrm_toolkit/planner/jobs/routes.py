"""Which solver a puzzle goes to, and its way there."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hrm_toolkit.core import Budget, BusyError, Deadline, OptionError, UnknownNameError
from hrm_toolkit.planner.jobs.job import Order, Part, Work
from hrm_toolkit.planner.jobs.solve import Ticket
from hrm_toolkit.planner.limits import MOST_PARTS

if TYPE_CHECKING:
    from hrm_toolkit.planner.jobs.scheduler import Counts, Scheduler
    from hrm_toolkit.solvers.bundles.manifest import Manifest
    from hrm_toolkit.solvers.solver import Solver


class Routes:
    """Starts the parts of jobs.

    Args:
        scheduler: solves; None makes one when it is first wanted.
        solvers: folders of solvers beyond the bundled ones, by the names callers use for them.
        workers: searches at a time, of a scheduler that is made here.
    """

    def __init__(
        self,
        scheduler: Scheduler | None,
        solvers: Mapping[str, str | os.PathLike[str]],
        workers: int,
    ) -> None:
        self._scheduler = scheduler
        self._folders = {name: os.fspath(folder) for name, folder in solvers.items()}
        self._workers = workers
        self._lock = threading.Lock()
        self._closed = False

    def solvers_for(self, task: str) -> list[str]:
        """Names of the solvers of a task that callers may ask for."""
        return [name for name, source in self._known().items() if _task_of(source) == task]

    def manifests(self) -> dict[str, Manifest]:
        """What the bundles of the solvers that callers may ask for say of themselves."""
        from hrm_toolkit.solvers.bundles.manifest import bundle_folder, read_manifest

        return {name: read_manifest(bundle_folder(at)) for name, at in self._known().items()}

    def begin(self, work: Work, part: Part) -> Ticket:
        """One puzzle on its way."""
        order = work.order
        solver = self._solver(order, part)
        return self._scheduling().submit(
            solver,
            part.puzzle,
            budget=Budget(segments=order.segments, votes=order.votes),
            strategy=order.strategy,
            seed=order.seed,
            client=work.client,
            deadline=Deadline.after(work.left),
            on_progress=functools.partial(work.report, part),
            on_begin=work.stirred.set,
            job=work.id,
        )

    def _solver(self, order: Order, part: Part) -> str | Solver:
        """What solves it: a trained solver, or one that has exact search alone."""
        from hrm_toolkit.solvers.solver import Solver

        exact = order.strategy == "exact"
        source = None
        if not exact or order.solver is not None:
            source = self._source(order.solver, part)
        if source is not None and not exact:
            return source
        if not exact:
            task = part.puzzle.task
            part.notes += (f"no trained solver for {task} is bundled: exact search only",)
        return Solver(part.adapter, None)

    def _source(self, name: str | None, part: Part) -> str | None:
        """What ``Solver.load`` takes for the solver asked for, or for the best there is.

        Callers name solvers from a closed list: a path would let them read any folder here.
        """
        if name is None:
            from hrm_toolkit.solvers.choose import choose

            return choose(part.adapter, part.puzzle)
        return self.named(name, part.puzzle.task)

    def named(self, name: str, task: str) -> str:
        """The folder of a solver that callers may ask for; loads nothing.

        Raises:
            UnknownNameError: when there is none of that name.
            OptionError: when it is for another task.
        """
        known = self._known()
        if name not in known:
            raise UnknownNameError("solver", name, known)
        own = _task_of(known[name])
        if own != task:
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
                # Whoever hands over parts bounds them: a job that was accepted is not refused here.
                self._scheduler = Scheduler(searches=self._workers, queue=MOST_PARTS)
            return self._scheduler

    def _known(self) -> dict[str, str]:
        from hrm_toolkit.solvers.choose import bundled

        return {**{name: name for name in bundled()}, **self._folders}

    def counts(self) -> Counts | None:
        """What the scheduler has to do at the moment; None before it is first wanted."""
        return None if self._scheduler is None else self._scheduler.counts()

    def close(self) -> None:
        """Stop the scheduler, if there is one."""
        with self._lock:
            self._closed = True
            scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None:
            scheduler.close()


def _task_of(source: str) -> str:
    from hrm_toolkit.solvers.bundles.manifest import bundle_folder, read_manifest

    return read_manifest(bundle_folder(source)).task
