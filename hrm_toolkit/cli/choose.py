"""Which solver a puzzle goes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hrm_toolkit.cli.report import EXACT_ONLY

if TYPE_CHECKING:
    from hrm_toolkit.core import AnyAdapter, Puzzle
    from hrm_toolkit.solvers.solver import Solver


class Solvers:
    """Solvers for puzzles of any task, each loaded once.

    Args:
        name: a bundled name or folder that every puzzle must go to; None chooses for each.
        device: where networks compute.
        exact: no network is wanted, so none is loaded.
    """

    def __init__(self, name: str | None, *, device: str = "cpu", exact: bool = False) -> None:
        self._name = name
        self._device = device
        self._exact = exact
        self._loaded: dict[str, Solver] = {}

    def of(self, adapter: AnyAdapter, puzzle: Puzzle) -> Solver:
        """The solver for a puzzle; one without a network where there is none to choose.

        Raises:
            UnknownNameError: when there is no solver of the name asked for.
            OptionError: when that solver is for another task.
            BundleError: when its parts disagree.
        """
        from hrm_toolkit.core import OptionError
        from hrm_toolkit.solvers.choose import choose
        from hrm_toolkit.solvers.solver import Solver

        name = self._name
        if name is None and not self._exact:
            name = choose(adapter, puzzle)
        if name is None:
            return self._loaded.setdefault(f"exact {adapter.task}", Solver(adapter, None))
        if name not in self._loaded:
            self._loaded[name] = Solver.load(name, device=self._device)
        solver = self._loaded[name]
        if solver.adapter.task != adapter.task:
            raise OptionError(
                f'the solver "{name}" is for {solver.adapter.task}, and the puzzle is '
                f"{adapter.task}",
                hint="leave out --solver to have one chosen",
            )
        return solver

    def notes(self, solver: Solver) -> tuple[str, ...]:
        """What a reader should know of the choice."""
        if self._exact or solver.network is not None:
            return ()
        return (EXACT_ONLY.format(task=solver.adapter.task),)
