"""Which solver a puzzle goes to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

from hrm_toolkit.adapters.formats import read_puzzles
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import AnyAdapter, OptionError, Puzzle, ToolkitError
from hrm_toolkit.solvers.bundles import choose, manifest
from hrm_toolkit.solvers.bundles.manifest import adapter_of, bundle_folder, read_manifest

if TYPE_CHECKING:
    from hrm_toolkit.solvers.solver import Solver

EXACT_ONLY = "no trained solver for {task} is bundled: exact search only"


class Solvers:
    """Solvers for puzzles of any task, each loaded once.

    Args:
        name: a bundled name or folder that every puzzle must go to; None chooses for each.
        others: further ones, which vote with it.
        device: where networks compute.
        exact: no network is wanted, so none is loaded.
    """

    def __init__(
        self,
        name: str | None,
        *,
        others: Sequence[str] = (),
        device: str = "cpu",
        exact: bool = False,
    ) -> None:
        self._name = name
        self._others = others
        self._device = device
        self._exact = exact
        self._loaded: dict[str, Solver] = {}

    def of(self, adapter: AnyAdapter, puzzle: Puzzle) -> Solver:
        """The solver for a puzzle; one without a network where there is none to choose.

        Raises:
            UnknownNameError: when there is no solver of the name asked for.
            OptionError: when that solver is for another task, or several do not fit each other.
            BundleError: when its parts disagree.
        """
        from hrm_toolkit.solvers.solver import Solver

        name = self._name
        if name is None and not self._exact:
            name = choose.choose(adapter, puzzle)
        if name is None:
            return self._loaded.setdefault(f"exact {adapter.task}", Solver(adapter, None))
        if name not in self._loaded:
            self._loaded[name] = Solver.load_many([name, *self._others], device=self._device)
        _require_task(name, self._loaded[name].adapter, adapter)
        return self._loaded[name]

    def notes(self, solver: Solver) -> tuple[str, ...]:
        """What a reader should know of the choice."""
        if self._exact or solver.config is not None:
            return ()
        return (EXACT_ONLY.format(task=solver.adapter.task),)


def look_over(name: str, task: str) -> None:
    """Refuse what a bundle's manifest alone decides, before torch takes its seconds to load.

    Args:
        name: of a bundled solver, or a bundle's folder.
        task: of a puzzle that is to go to it.

    Raises:
        ToolkitError: as ``Solvers.of``.
    """
    _require_task(name, manifest.look_over(manifest.bundle_folder(name)), get_adapter(task))


def _require_task(name: str, theirs: AnyAdapter, adapter: AnyAdapter) -> None:
    if not theirs.takes(adapter.task):
        raise OptionError(
            f'the solver "{name}" is for {theirs.task}, and the puzzle is {adapter.task}',
            hint="leave out --solver to have one chosen",
        )


def refuse_other_task(
    source: str | bytes | IO[bytes], solver: str, task: str | None, path: str | None = None
) -> None:
    """Refuse a text where what could not be read as the solver's task is of another.

    Raises:
        OptionError: naming both tasks.
    """
    try:
        found = next(iter(read_puzzles(source).puzzles)).task
    except ToolkitError:
        return
    if found != task:
        raise OptionError(
            f'the solver "{solver}" is for {task}, and this is a {found} puzzle',
            path=path,
            hint="leave out --solver to have one chosen",
        ) from None


def task_of(solver: str | None, adapter: str | None) -> str | None:
    """The task of what a command is given: the solver's, unless an adapter is named.

    Raises:
        OptionError: when the two are not of one task.
        UnknownNameError: when there is no such solver.
        BundleError: when its task is not known here.
    """
    if solver is None:
        return adapter
    folder = bundle_folder(solver)
    said = read_manifest(folder)
    theirs = adapter_of(folder, said)
    if adapter is not None and not theirs.takes(adapter):
        raise OptionError(
            f'the solver "{solver}" is for {said.task}, and --adapter says {adapter}',
            hint="leave out one of the two",
        )
    return adapter or said.task


def form_of(solver: str | None, adapter: str | None) -> str | None:
    """The task as which the texts of a command are read; None where they say it themselves.

    Raises:
        ToolkitError: as ``task_of``.
    """
    if solver is None or adapter is not None:
        return task_of(solver, adapter)
    folder = bundle_folder(solver)
    return adapter_of(folder, read_manifest(folder)).read_as
