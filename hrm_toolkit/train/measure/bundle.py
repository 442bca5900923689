"""The rates that a run's bundle states: measured on puzzles that it never saw."""

from __future__ import annotations

from pathlib import Path

from hrm_toolkit.core import Budget, Stopwatch
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.data.fresh import fresh_examples
from hrm_toolkit.train.progress import SILENT, Listener
from hrm_toolkit.train.rates.evaluate import Evaluation, evaluate, summary
from hrm_toolkit.train.run import Run

TESTS = 200
"""Puzzles that a bundle is measured on, where its run has none of its own."""


def measure_bundle(
    run: Run, bundle: Path, device: str = "cpu", listener: Listener = SILENT
) -> Evaluation:
    """Measure the network alone on test puzzles: of the run's file where it has one, or fresh ones.

    The rates are written into the bundle and the run's report.
    """
    recipe, watch = run.recipe, Stopwatch()
    solver = Solver.load(bundle, device=device)
    examples, data = run.splits.test, "test puzzles held out from the training data"
    if not examples:
        examples = fresh_examples(solver.adapter, recipe, recipe.data, recipe.seed, TESTS, listener)
        data = "generated test puzzles" if run.untried else "held-out puzzles"
    data = f"{data}, none of them a training puzzle up to symmetry"
    with listener.bar("measuring", len(examples), unit="puzzles") as bar:
        found = evaluate(
            solver,
            examples,
            strategy="neural",
            budget=Budget(segments=recipe.validation_segments),
            data=run.splits.held if run.splits.rows else data,
            seed=recipe.seed,
            chunk=64,
            on_progress=bar,
        )
    if solver.manifest is not None:
        kept = {**solver.manifest.evaluation, "test": summary(found)}
        solver.manifest = solver.manifest.model_copy(update={"evaluation": kept})
        solver.save(bundle)
    run.validator.conclude(found, watch.seconds)
    return found
