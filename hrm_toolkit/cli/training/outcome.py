"""A training run under a progress bar, and the measurement of what it made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hrm_toolkit.cli import console

if TYPE_CHECKING:
    from hrm_toolkit.train.distributed import Ranks
    from hrm_toolkit.train.rates.evaluate import Evaluation
    from hrm_toolkit.train.recipe import Recipe
    from hrm_toolkit.train.record.metrics import Tracker
    from hrm_toolkit.train.run import Run


def train_and_measure(
    recipe: Recipe | None,
    out: Path,
    device: str,
    workers: int | None = None,
    ranks: Ranks | None = None,
    trackers: Sequence[Tracker] = (),
    longer: Mapping[str, Any] | None = None,
) -> tuple[Run, Evaluation | None]:
    """Train a recipe, or go on with the run in ``out``, and measure the best bundle.

    Args:
        workers: processes that make puzzles; None is for as many as are of use.
        ranks: processes that train together, of which rank 0 alone measures and talks.
        trackers: told what ``metrics.jsonl`` is told.
        longer: the new length of a run that goes on, as ``updates`` or ``minutes``.

    Raises:
        KeyboardInterrupt: after saying how to go on.
    """
    from hrm_toolkit.cli.progress import LISTENER, known_words, training_bar
    from hrm_toolkit.train.distributed import ALONE
    from hrm_toolkit.train.measure.bundle import measure_bundle
    from hrm_toolkit.train.record.checkpoint import CHECKPOINT
    from hrm_toolkit.train.run import Run

    ranks = ranks or ALONE
    if ranks.world > 1 and workers is None:
        workers = 0  # the ranks themselves fill the cores
    try:
        with training_bar() if ranks.leads else nullcontext() as listener:
            begin = partial(Run.resume, **longer or {}) if recipe is None else partial(Run, recipe)
            run = begin(
                out,
                device=device,
                listener=listener,
                workers=workers,
                trackers=trackers,
                ranks=ranks,
            )
            if ranks.leads:
                console.remark(
                    f"training {run.recipe.adapter} in {out}: "
                    f"{run.network.parameter_count():,} parameters, {_length(run.recipe)}"
                )
                if words := known_words(run.recipe):
                    console.remark(words)
                for note in run.notes:
                    console.remark(note)
                if not run.untried:
                    console.remark(
                        "the task has no puzzle of this kind beyond those it trains and validates "
                        "on: the end is measured on the held-out ones, on which weights are chosen"
                    )
            bundle = run.train()
    except KeyboardInterrupt:
        if ranks.leads and (out / CHECKPOINT).exists():
            console.remark(f"stopped; go on with: hrm-toolkit train --resume {out}")
        raise
    return run, measure_bundle(run, bundle, device, LISTENER) if ranks.leads else None


def _length(recipe: Recipe) -> str:
    if recipe.updates is not None:
        return f"{recipe.updates:,} updates"
    minutes = recipe.minutes or 10
    return f"{minutes:g} minute" + ("" if minutes == 1 else "s")
