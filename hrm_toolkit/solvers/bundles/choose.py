"""Which bundled solver a puzzle goes to."""

from __future__ import annotations

from functools import lru_cache

from hrm_toolkit.core import AnyAdapter, Puzzle
from hrm_toolkit.solvers.bundles.manifest import (
    Manifest,
    bundle_folder,
    bundled_names,
    read_manifest,
)

_MOSTLY = 0.5


def choose(adapter: AnyAdapter, puzzle: Puzzle) -> str | None:
    """The bundled solver for a puzzle, or None where none is of its task.

    The one with the best measured rate on puzzles of this length comes first; where none was
    measured on any, or several equally, the one named as the task, then the first by name.
    """
    task = adapter.task
    fitting = {name: m for name, m in bundled().items() if m.task == task}
    if not fitting:
        # One for many tasks is asked where none is for this alone, and it mostly answers these.
        many = {name: m for name, m in bundled().items() if task in m.tasks}
        fitting = {name: m for name, m in many.items() if _rate_on(m, task) >= _MOSTLY}
    if len(fitting) < 2:
        return next(iter(fitting), None)
    length = str(len(adapter.codec.encode(puzzle)))
    return min(fitting, key=lambda name: (-rate(fitting[name], length), name != task, name))


def _rate_on(manifest: Manifest, task: str) -> float:
    """The verified rate that a bundle for many tasks states for one of them, by the evaluation
    that asked most; or -1."""
    rates = [
        (int(found["n"]), float(found["verified_rate"]))
        for evaluation in manifest.evaluation.values()
        if isinstance(evaluation, dict)
        and (found := evaluation.get("by_difficulty", {}).get(task)) is not None
    ]
    return max(rates, default=(0, -1.0))[1]


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
    return {name: read_manifest(bundle_folder(name)) for name in bundled_names()}


def licence_of(manifest: Manifest) -> str | None:
    """The licence of weights that ship with the package; of others their owner says it."""
    shipped = {known.sha256 for known in bundled().values()}
    return "Apache-2.0" if manifest.sha256 in shipped else None
