"""A training run: deep supervision over rolling slots, best weights kept, resumable."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import AnyAdapter, Budget, CheckpointError, Settings
from hrm_toolkit.solvers.bundle import replace_file, write_bundle
from hrm_toolkit.solvers.model import Carry, Network, NetworkConfig, build_network, parse_config
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.solvers.structured import relation_specs
from hrm_toolkit.train.checkpoint import (
    optimizer_tensors,
    read_checkpoint,
    restore_optimizer,
    write_checkpoint,
)
from hrm_toolkit.train.data import (
    AnyExample,
    Split,
    Stream,
    draw,
    draw_distinct,
    require_examples,
)
from hrm_toolkit.train.evaluate import Evaluation, evaluate, summary
from hrm_toolkit.train.interrupt import deferred_interrupt
from hrm_toolkit.train.objective import Loss, segment_loss
from hrm_toolkit.train.optim import Average, build_optimizer, learning_rate
from hrm_toolkit.train.recipe import Recipe, read_recipe, to_toml
from hrm_toolkit.train.slots import Slots, SlotState

CHECKPOINT = Path("checkpoints") / "last.safetensors"
RECIPE = "recipe.toml"
METRICS = "metrics.jsonl"
BUNDLE = "bundle"


@dataclass
class Progress:
    """What a run tells of itself after each update.

    Attributes:
        phase: ``data``, ``train`` or ``evaluate``.
        done: share of the phase, 0 to 1.
        update: optimizer steps so far.
        loss: answer loss, smoothed over recent updates, nats.
        exact: share of slots that were exactly right, smoothed.
        verified_rate: last validation's, or None before the first.
        best_rate: best validation's, or None.
        seconds_left: estimate for the phase.
    """

    phase: str
    done: float
    update: int = 0
    loss: float | None = None
    exact: float | None = None
    verified_rate: float | None = None
    best_rate: float | None = None
    seconds_left: float | None = None


@dataclass
class Counters:
    """What a run remembers besides tensors."""

    update: int = 0
    seconds: float = 0.0
    samples: int = 0
    best_rate: float = -1.0
    validations: int = 0
    checkpointed: float = 0.0
    loss: float = 0.0
    exact: float = 0.0


Listener = Callable[[Progress], None]


def network_config(recipe: Recipe, adapter: AnyAdapter) -> NetworkConfig:
    """The recipe's network, completed by the adapter: vocabulary, relations, longest sequence."""
    data = dict(recipe.network)
    data.setdefault("vocabulary", adapter.codec.spec.size)
    samples = [
        draw(adapter, Settings(sizes=(size,)), recipe.seed, Split.VALIDATION, 0)
        for size in recipe.data.sizes or adapter.default_sizes[:1]
    ] or [draw(adapter, recipe.data, recipe.seed, Split.VALIDATION, 0)]
    if data.get("family") == "structured":
        structure = adapter.structure(samples[0].puzzle)
        data.setdefault("relations", [s.model_dump() for s in relation_specs(structure.relations)])
        data.setdefault("symbols", len(structure.symbols) > 0)
    else:
        longest = max(len(adapter.codec.encode(example.puzzle)) for example in samples)
        data.setdefault("max_length", longest)
    return parse_config(data)


class Run:
    """One training run in a folder.

    The folder holds ``recipe.toml``, ``metrics.jsonl``, ``checkpoints/last.safetensors`` and
    ``bundle/``, the best weights so far by verified rate on held-out puzzles. All randomness is
    drawn from (seed, stream, counter), so a checkpoint needs no generator state.

    Args:
        recipe: what to do; with neither updates nor minutes it trains for 10 minutes.
        out: the run's folder, made if missing.
        resume: go on from the folder's checkpoint.
        device: where the network computes.
        listener: told the progress.

    Raises:
        CheckpointError: when there is nothing to resume, or when ``out`` already holds a run.
    """

    def __init__(
        self,
        recipe: Recipe,
        out: Path,
        *,
        resume: bool = False,
        device: str = "cpu",
        listener: Listener | None = None,
    ) -> None:
        if recipe.updates is None and recipe.minutes is None:
            recipe = recipe.model_copy(update={"minutes": 10.0})
        if not resume and (out / CHECKPOINT).exists():
            raise CheckpointError(
                "this folder already holds a run",
                path=str(out),
                hint=f"go on with --resume {out}, or choose another --out",
            )
        self.recipe = recipe
        self.out = out
        self.device = torch.device(device)
        self.adapter = get_adapter(recipe.adapter)
        self._listener = listener or (lambda progress: None)
        self.counters = Counters()
        config = network_config(recipe, self.adapter)
        self.network = build_network(config, recipe.seed).to(self.device)
        self._shipped: Network = copy.deepcopy(self.network).eval()
        self.optimizer = build_optimizer(self.network, recipe)
        self.average = Average(self.network, recipe.ema)
        base, self.validation = self._data()
        self._stream = Stream(
            self.adapter, base, recipe.data, augment=recipe.augment, seed=recipe.seed
        )
        out.mkdir(parents=True, exist_ok=True)
        if resume:
            self._restore()
        else:
            self.slots = Slots(self._stream, recipe.batch_size, self.device)
            replace_file(out / RECIPE, to_toml(recipe).encode())

    @classmethod
    def resume(cls, out: Path, *, device: str = "cpu", listener: Listener | None = None) -> Run:
        """The run of a folder, as of its last checkpoint."""
        if not (out / CHECKPOINT).is_file():
            raise CheckpointError(
                "there is no checkpoint to resume", path=str(out), expected=f"a file {CHECKPOINT}"
            )
        recipe = read_recipe(out / RECIPE)
        return cls(recipe, out, resume=True, device=device, listener=listener)

    def train(self) -> Path:
        """Train to the end; returns the folder of the best bundle.

        An interrupt (Ctrl-C) is taken between two updates: it writes a checkpoint, and a bundle
        where there is none yet, then goes on as KeyboardInterrupt.
        """
        clock = time.perf_counter()
        before = self.counters.seconds
        with deferred_interrupt() as interrupted:
            while self._share() < 1 and not interrupted():
                loss = self._update()
                self.counters.seconds = before + time.perf_counter() - clock
                self._report(loss)
                self._keep()
            self.checkpoint()
            if not interrupted() or self.counters.best_rate < 0:
                self.validate()
                self.checkpoint()
        return self.out / BUNDLE

    def validate(self) -> Evaluation:
        """Rates of the averaged weights, network alone; the best are written as the bundle."""
        counters = self.counters
        self.average.apply(self._shipped)
        solver = Solver(self.adapter, self._shipped, device=self.device)
        evaluation = evaluate(
            solver,
            self.validation,
            strategy="neural",
            budget=Budget(segments=self.recipe.validation_segments),
            data="held-out generated puzzles, on which the weights were chosen",
            seed=self.recipe.seed,
        )
        better = evaluation.verified_rate >= counters.best_rate
        if better:
            counters.best_rate = evaluation.verified_rate
            write_bundle(
                self.out / BUNDLE,
                self._shipped,
                self.adapter,
                name=self.out.name,
                recipe=self.recipe.model_dump(mode="json", exclude_none=True),
                evaluation={"validation": summary(evaluation)},
                training=self.facts(),
            )
        self._log(
            {
                "event": "validation",
                "update": counters.update,
                "seconds": round(counters.seconds, 1),
                "verified_rate": evaluation.verified_rate,
                "exact_accuracy": evaluation.exact_accuracy,
                "mean_segments": evaluation.mean_segments,
                "best": better,
            }
        )
        self._rate = evaluation.verified_rate
        return evaluation

    def facts(self) -> dict[str, Any]:
        """What the training took so far."""
        return {
            "updates": self.counters.update,
            "minutes": round(self.counters.seconds / 60, 2),
            "sample_segments": self.counters.update * self.recipe.batch_size,
            "puzzles_shown": self.counters.samples,
            "parameters": self.network.parameter_count(),
            "device": str(self.device),
            "torch": str(torch.__version__),
        }

    def checkpoint(self) -> None:
        """Write the state from which ``resume`` goes on."""
        self.counters.checkpointed = self.counters.seconds
        carry = self.slots.carry
        groups = {
            "network": self.network.state_dict(),
            "average": self.average.shadow,
            "optimizer": optimizer_tensors(self.optimizer),
            "carry": {} if carry is None else carry._asdict(),
        }
        write_checkpoint(
            self.out / CHECKPOINT,
            {f"{group}:{k}": v for group, tensors in groups.items() for k, v in tensors.items()},
            {"counters": asdict(self.counters), "slots": asdict(self.slots.state)},
        )

    _rate: float | None = None

    def _restore(self) -> None:
        tensors, facts = read_checkpoint(self.out / CHECKPOINT)
        groups: dict[str, dict[str, torch.Tensor]] = {}
        for key, value in tensors.items():
            group, _, name = key.partition(":")
            groups.setdefault(group, {})[name] = value.to(self.device)
        try:
            self.network.load_state_dict(groups["network"])
            self.average.shadow = groups["average"]
            restore_optimizer(self.optimizer, groups.get("optimizer", {}))
            self.counters = Counters(**facts["counters"])
            state = SlotState(**facts["slots"])
            carry = Carry(**groups["carry"]) if "carry" in groups else None
            self.slots = Slots(self._stream, self.recipe.batch_size, self.device, state, carry)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(
                f"the checkpoint is not of this recipe ({error})", path=str(self.out)
            ) from None

    def _data(self) -> tuple[list[AnyExample], list[AnyExample]]:
        recipe = self.recipe

        def tell(count: int) -> None:
            if count % 50 == 0:
                self._listener(Progress("data", count / max(recipe.samples, 1)))

        seen: set[str] = set()
        validation = draw_distinct(
            self.adapter,
            recipe.data,
            recipe.seed,
            Split.VALIDATION,
            recipe.validation,
            exclude=seen,
        )
        base = []
        if recipe.samples:
            base = draw_distinct(
                self.adapter,
                recipe.data,
                recipe.seed,
                Split.TRAIN,
                recipe.samples,
                exclude=seen,
                on_progress=tell,
            )
            require_examples(base, "training")
        return base, require_examples(validation, "validation")

    def _share(self) -> float:
        if self.recipe.updates is not None:
            return self.counters.update / self.recipe.updates
        return self.counters.seconds / (60 * (self.recipe.minutes or 10.0))

    def _keep(self) -> None:
        """Validate and checkpoint where it is time to."""
        counters, recipe = self.counters, self.recipe
        due = int(self._share() * recipe.validations)
        validates = counters.validations < due < recipe.validations
        if validates:
            counters.validations = due
            self.validate()
        if validates or counters.seconds - counters.checkpointed >= 60 * recipe.checkpoint_minutes:
            self.checkpoint()

    def _update(self) -> Loss:
        recipe, counters = self.recipe, self.counters
        rate = learning_rate(recipe, counters.update + 1, self._share())
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        carry, batch, labels = self.slots.refill(self.network)
        carry, output = self.network(carry, batch.tokens, batch.puzzle_ids, batch.structure)
        loss = segment_loss(
            output,
            labels,
            loss=recipe.loss,
            halt_weight=recipe.halt_weight,
        )
        self.optimizer.zero_grad(set_to_none=True)
        loss.total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), recipe.gradient_clip)
        self.optimizer.step()
        counters.update += 1
        self.average.update(self.network, counters.update)
        self.slots.advance(
            carry,
            output.q_halt > 0,
            np.random.default_rng([recipe.seed, Split.EXPLORATION, counters.update]),
            max_segments=recipe.max_segments,
            exploration=recipe.halt_exploration,
        )
        counters.samples = self.slots.state.following
        return loss

    def _report(self, loss: Loss) -> None:
        counters = self.counters
        keep = min(0.98, counters.update / (counters.update + 10))
        counters.loss = keep * counters.loss + (1 - keep) * float(loss.answer)
        exact = float(loss.exact.float().mean())
        counters.exact = keep * counters.exact + (1 - keep) * exact
        if counters.update % 50 == 0:
            self._log(
                {
                    "event": "update",
                    "update": counters.update,
                    "seconds": round(counters.seconds, 1),
                    "loss": counters.loss,
                    "exact": counters.exact,
                    "halting_loss": float(loss.halting),
                    "learning_rate": self.optimizer.param_groups[0]["lr"],
                }
            )
        share = max(self._share(), 1e-9)
        self._listener(
            Progress(
                "train",
                min(share, 1.0),
                counters.update,
                counters.loss,
                counters.exact,
                self._rate,
                counters.best_rate if counters.best_rate >= 0 else None,
                counters.seconds * (1 - share) / share,
            )
        )

    def _log(self, row: dict[str, Any]) -> None:
        with (self.out / METRICS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
