"""``train --seeds N``: the same recipe from several seeds, one run after the other."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hrm_toolkit.cli import console
from hrm_toolkit.cli.report import percent, rate_line

if TYPE_CHECKING:
    from hrm_toolkit.train.recipe import Recipe


def train_seeds(recipe: Recipe, out: Path, device: str, seeds: int, as_json: bool) -> int:
    """Train and measure each seed from the recipe's on, in ``out/seed-N``; tell of all.

    A folder whose run was interrupted is gone on with, a finished one is only measured again, so
    the same command continues where Ctrl-C ended it.
    """
    from hrm_toolkit.cli.training import train_and_measure
    from hrm_toolkit.core import CheckpointError
    from hrm_toolkit.train.recipe import read_recipe
    from hrm_toolkit.train.run import CHECKPOINT, RECIPE

    if recipe.updates is None and recipe.minutes is None:
        recipe = recipe.model_copy(update={"minutes": 10.0})
    rows: list[dict[str, Any]] = []
    for seed in range(recipe.seed, recipe.seed + seeds):
        one, folder = recipe.model_copy(update={"seed": seed}), out / f"seed-{seed}"
        resumes = (folder / CHECKPOINT).exists()
        if resumes and read_recipe(folder / RECIPE) != one:
            raise CheckpointError(
                "this folder holds a run of another recipe",
                path=str(folder),
                hint="choose another --out",
            )
        run, evaluation = train_and_measure(None if resumes else one, folder, device)
        rows.append(
            {
                "seed": seed,
                "out": str(folder),
                "training": run.facts(),
                "evaluation": evaluation.model_dump(mode="json"),
            }
        )
        console.remark(f"seed {seed}: {rate_line(rows[-1]['evaluation'])}")
    rates = {
        key: spread([row["evaluation"][key] for row in rows])
        for key in ("verified_rate", "exact_accuracy")
    }
    if as_json:
        console.print_json({"task": recipe.adapter, "out": str(out), **rates, "seeds": rows})
        return 0
    shown = console.stdout()
    for row in rows:
        shown.print(f"seed {row['seed']}: {rate_line(row['evaluation'])}", soft_wrap=True)
    found = rates["verified_rate"]
    shown.print(
        f"{seeds} seed{'s' if seeds > 1 else ''}: mean {percent(found['mean'])} verified, "
        f"standard deviation {percent(found['deviation'])}, "
        f"{percent(found['least'])} to {percent(found['most'])}",
        style="bold",
        soft_wrap=True,
    )
    return 0


def spread(rates: list[float]) -> dict[str, float | None]:
    """Mean, sample standard deviation (None for one rate), least and most.

    Example:
        >>> spread([0.25, 0.75])["mean"]
        0.5
    """
    return {
        "mean": statistics.fmean(rates),
        "deviation": statistics.stdev(rates) if len(rates) > 1 else None,
        "least": min(rates),
        "most": max(rates),
    }
