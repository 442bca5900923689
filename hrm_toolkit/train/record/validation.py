"""Validations: the averaged weights measured on held-out puzzles, shipped where they are best."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch

from hrm_toolkit.core import AnyAdapter, Budget
from hrm_toolkit.solvers.bundles.bundle import write_bundle
from hrm_toolkit.solvers.networks.network import Network
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.data.stream import Splits
from hrm_toolkit.train.distributed import Ranks
from hrm_toolkit.train.guard import all_finite
from hrm_toolkit.train.optim import Average
from hrm_toolkit.train.rates.evaluate import Evaluation, evaluate, summary
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.record.checkpoint import BUNDLE, SNAPSHOTS
from hrm_toolkit.train.record.manifest import read_run_manifest
from hrm_toolkit.train.record.metrics import read_metrics
from hrm_toolkit.train.record.page import REPORT, Final, Samples, write_report

_OLD = f"{BUNDLE}.old"


def recover_bundle(out: Path) -> None:
    """Put the bundle back where a kill came between the two renames of ``Validator.ship``."""
    if not (out / BUNDLE).exists() and (out / _OLD).exists():
        (out / _OLD).rename(out / BUNDLE)


class Validator:
    """Measures a run's averaged weights, network alone.

    Args:
        recipe: of the run.
        adapter: the task.
        network: of the run, whose copy takes the averaged weights.
        splits: with the held-out puzzles.
        device: where it computes.
    """

    def __init__(
        self,
        recipe: Recipe,
        adapter: AnyAdapter,
        network: Network,
        splits: Splits,
        device: torch.device,
    ) -> None:
        self._recipe = recipe
        self._splits = splits
        self._network = copy.deepcopy(network).eval()
        self._solver = Solver(adapter, self._network, device=device)
        self._samples = Samples(adapter)
        self._page: Callable[..., None] | None = None

    def measured(self, average: Average, ranks: Ranks) -> tuple[Evaluation, bool]:
        """What rank 0 measures, and whether the weights are finite; every rank is told."""

        def measure() -> tuple[str, bool]:
            return self.measure(average).model_dump_json(), self.sound()

        text, sound = ranks.told(measure)
        return Evaluation.model_validate_json(text), sound

    def measure(self, average: Average) -> Evaluation:
        """Rates of the averaged weights."""
        average.apply(self._network)
        self._samples = Samples(self._solver.adapter)
        return evaluate(
            self._solver,
            self._splits.validation,
            strategy="neural",
            budget=Budget(segments=self._recipe.validation_segments),
            data=f"{self._splits.held}; the weights were chosen on them",
            seed=self._recipe.seed,
            on_result=self._samples.take,
        )

    def sound(self) -> bool:
        """Whether the weights last measured are finite."""
        return all_finite(self._network)

    def ship(self, out: Path, evaluation: Evaluation, training: dict[str, Any]) -> None:
        """Write the weights last measured as the run's bundle, then drop the one before."""
        fresh = out / f"{BUNDLE}.new"
        self._write(fresh, out.name, {"validation": summary(evaluation)}, training)
        bundle, old = out / BUNDLE, out / _OLD
        shutil.rmtree(old, ignore_errors=True)
        if bundle.exists():
            bundle.rename(old)
        fresh.rename(bundle)
        shutil.rmtree(old, ignore_errors=True)

    def keep(self, out: Path, average: Average, update: int, training: dict[str, Any]) -> Path:
        """Write the averaged weights as a snapshot of the run, whole or not at all.

        One of the same update that is there, as after a resumption, is replaced.

        Returns:
            Its folder; one that is not finite is not written.
        """
        average.apply(self._network)
        kept = out / SNAPSHOTS / f"update-{update}"
        if not self.sound():
            return kept
        fresh = kept.with_name(f"{kept.name}.new")
        self._write(fresh, f"{out.name}-{update}", {}, training)
        shutil.rmtree(kept, ignore_errors=True)
        fresh.rename(kept)
        return kept

    def _write(
        self, fresh: Path, name: str, evaluation: dict[str, Any], training: dict[str, Any]
    ) -> None:
        """Write the network as a bundle, which leaves nothing behind if that fails."""
        shutil.rmtree(fresh, ignore_errors=True)
        shown = self._splits.training or self._splits.validation
        try:
            write_bundle(
                fresh,
                self._network,
                self._solver.adapter,
                name=name,
                recipe=self._recipe.model_dump(mode="json", exclude_none=True),
                evaluation=evaluation,
                training=training,
                tasks=sorted({example.puzzle.task for example in shown}),
            )
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)
            raise

    def tell(
        self, out: Path, metrics: Path, evaluation: Evaluation, facts: Mapping[str, Any]
    ) -> None:
        """Write the run's report."""
        manifest = read_run_manifest(out)
        title = self._solver.adapter.title
        told = {k.replace("_", " "): v for k, v in facts.items() if v is not None}
        if "flops" in told:
            told["flops"] = f"{told['flops']:.3g}"
        if manifest is not None:
            started = manifest.started
            told |= {"toolkit": f"{started.toolkit}, {started.folder}".rstrip(", ")}
            told |= {"repeated by": manifest.command, "begun": started.time}
        self._page = partial(
            write_report,
            out / REPORT,
            read_metrics(metrics),
            title=f"Training a network to solve {title} puzzles: run {out.name}",
            facts={**told, "seed": self._recipe.seed},
            evaluation=evaluation,
            samples=tuple(self._samples),
            command="" if manifest is None else manifest.started.command,
        )
        self._page()

    def conclude(self, evaluation: Evaluation, seconds: float) -> None:
        """Write the report anew, with what was measured at the end of the run, and how long."""
        if self._page is not None:
            self._page(final=Final(evaluation, seconds))
