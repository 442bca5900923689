"""Which solver a puzzle goes to."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from hrm_toolkit.cli.report import EXACT_ONLY

if TYPE_CHECKING:
    from hrm_toolkit.core import AnyAdapter, Puzzle
    from hrm_toolkit.solvers.bundle import Manifest
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


def choose(adapter: AnyAdapter, puzzle: Puzzle) -> str | None:
    """The bundled solver for a puzzle, or None where none is of its task.

    The one with the best measured rate on puzzles of this length comes first; where none was
    measured on any, or several equally, the one named as the task, then the first by name.
    """
    fitting = {name: m for name, m in bundled().items() if m.task == adapter.task}
    if len(fitting) < 2:
        return next(iter(fitting), None)
    length = str(len(adapter.codec.encode(puzzle)))
    return min(fitting, key=lambda name: (-rate(fitting[name], length), name != adapter.task, name))


def rate(manifest: Manifest, length: str) -> float:
    """The least verified rate that a bundle's evaluations state for a number of tokens, or -1."""
    rates = [
        float(evaluation["by_length"][length][0])
        for evaluation in manifest.evaluation.values()
        if isinstance(evaluation, dict) and length in evaluation.get("by_length", {})
    ]
    return min(rates, default=-1.0)


@lru_cache(maxsize=1)
def bundled() -> dict[str, Manifest]:
    """The manifests of the solvers that ship with the package, by name."""
    from hrm_toolkit.solvers.bundle import bundle_folder, bundled_names, read_manifest

    return {name: read_manifest(bundle_folder(name)) for name in bundled_names()}
