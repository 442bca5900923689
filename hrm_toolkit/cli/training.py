"""A training run under a progress bar, and the measurement of what it made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hrm_toolkit.cli import console

if TYPE_CHECKING:
    from hrm_toolkit.train.evaluate import Evaluation
    from hrm_toolkit.train.recipe import Recipe
    from hrm_toolkit.train.run import Run

_TESTS = 200


def train_and_measure(recipe: Recipe | None, out: Path, device: str) -> tuple[Run, Evaluation]:
    """Train a recipe, or go on with the run in ``out``, and measure the best bundle.

    Raises:
        KeyboardInterrupt: after saying how to go on.
    """
    from hrm_toolkit.cli.training_bar import training_bar
    from hrm_toolkit.train.run import CHECKPOINT, Run

    try:
        with training_bar() as listener:
            if recipe is None:
                run = Run.resume(out, device=device, listener=listener)
            else:
                run = Run(recipe, out, device=device, listener=listener)
            console.remark(
                f"training {run.recipe.adapter} in {out}: "
                f"{run.network.parameter_count():,} parameters, {_length(run.recipe)}"
            )
            bundle = run.train()
    except KeyboardInterrupt:
        if (out / CHECKPOINT).exists():
            console.remark(f"stopped; go on with: hrm-toolkit train --resume {out}")
        raise
    return run, measure_bundle(run, bundle, device)


def _length(recipe: Recipe) -> str:
    if recipe.updates is not None:
        return f"{recipe.updates:,} updates"
    return f"{recipe.minutes or 10:g} minutes"


def measure_bundle(run: Run, bundle: Path, device: str) -> Evaluation:
    """The network alone on fresh test puzzles; the rates are written into the bundle."""
    from hrm_toolkit.cli.fresh import fresh_examples
    from hrm_toolkit.core import Budget
    from hrm_toolkit.solvers.solver import Solver
    from hrm_toolkit.train.evaluate import evaluate, summary

    recipe = run.recipe
    solver = Solver.load(bundle, device=device)
    examples = fresh_examples(solver.adapter, recipe, recipe.data, recipe.seed, _TESTS)
    with console.bar("measuring", len(examples), unit="puzzles") as bar:
        found = evaluate(
            solver,
            examples,
            strategy="neural",
            budget=Budget(segments=recipe.validation_segments),
            data="generated test puzzles, none of them a training puzzle up to symmetry",
            seed=recipe.seed,
            chunk=64,
            on_progress=bar,
        )
    if solver.manifest is not None:
        kept = {**solver.manifest.evaluation, "test": summary(found)}
        solver.manifest = solver.manifest.model_copy(update={"evaluation": kept})
        solver.save(bundle)
    return found
