"""A training run: deep supervision over rolling slots, best weights kept, resumable."""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, TypedDict, Unpack

import torch

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Stopwatch
from hrm_toolkit.core.plain import replace_file
from hrm_toolkit.core.telling import percent
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.train.data.opening import stream_of, untried
from hrm_toolkit.train.data.splits import find_splits
from hrm_toolkit.train.distributed import ALONE, Ranks
from hrm_toolkit.train.guard import Event, Guard, all_finite
from hrm_toolkit.train.learner import Learner, network_config
from hrm_toolkit.train.objective import Continuing, Loss
from hrm_toolkit.train.optim import Average, build_optimizer, embeddings_apart, learning_rate
from hrm_toolkit.train.progress import Counters, Progress
from hrm_toolkit.train.rates.evaluate import Evaluation
from hrm_toolkit.train.recipe import Recipe, read_recipe, to_toml
from hrm_toolkit.train.recipes import start_network
from hrm_toolkit.train.record.checkpoint import (
    BEST,
    BUNDLE,
    CHECKPOINT,
    RECIPE,
    Moment,
    deferred_interrupt,
    duplicate,
    read_state,
    require_checkpoint,
    require_longer,
    write_state,
    writing,
    wrong_recipe,
)
from hrm_toolkit.train.record.flops import counting, training_facts
from hrm_toolkit.train.record.folder import RunFolder
from hrm_toolkit.train.record.manifest import write_run_manifest
from hrm_toolkit.train.record.metrics import Listener, Metrics, Tracker
from hrm_toolkit.train.record.validation import Validator, recover_bundle
from hrm_toolkit.train.slots import Slots
from hrm_toolkit.train.stages import compile_network, freeze, start_from
from hrm_toolkit.train.step import Segments

METRICS = "metrics.jsonl"


class Options(TypedDict, total=False):
    """Where and how a run is carried out; see ``Run``."""

    device: str
    listener: Listener | None
    workers: int | None
    trackers: Sequence[Tracker]
    ranks: Ranks


class Run:
    """One training run in a folder.

    The folder holds ``recipe.toml``, ``manifest.json``, ``metrics.jsonl``, ``report.html``,
    ``checkpoints/`` (``last`` and ``best``), ``bundle/``, the best weights so far by verified
    rate on held-out puzzles, and where the recipe keeps them ``snapshots/``. All randomness is
    drawn from (seed, stream, counter), so a checkpoint needs no generator state.

    Args:
        recipe: what to do; with neither updates nor minutes it trains for 10 minutes.
        out: the run's folder, made if missing.
        resume: go on from the folder's checkpoint.
        device: where the network computes.
        listener: told the progress.
        workers: processes that make puzzles ahead of the trainer; the bytes are the same whatever
            their number. None is for as many as are of use.
        trackers: told what ``metrics.jsonl`` is told.
        ranks: processes that train together, each with a ``Run`` of the same folder. A checkpoint
            is of no particular number of them.

    Raises:
        CheckpointError: when there is nothing to resume, or when ``out`` already holds a run.
        BusyError: when another process trains in ``out``. It is held until ``train`` has ended,
            or the process.
    """

    def __init__(
        self,
        recipe: Recipe,
        out: Path,
        *,
        resume: bool = False,
        device: str = "cpu",
        listener: Listener | None = None,
        workers: int | None = 0,
        trackers: Sequence[Tracker] = (),
        ranks: Ranks = ALONE,
    ) -> None:
        if recipe.updates is None and recipe.minutes is None:
            recipe = recipe.model_copy(update={"minutes": 10.0})
        ranks.require_rows(recipe.batch_size)
        self._folder = RunFolder(out, ranks, resume=resume)
        self.recipe = recipe
        self.out = out
        self.ranks = ranks
        self.device = torch.device(device)
        self.adapter = get_adapter(recipe.adapter)
        self._listener = listener or (lambda progress: None)
        self.counters = Counters()
        self.guard = Guard(recipe.guard)
        self.splits = find_splits(self.adapter, recipe, self._drawn)
        self.adapter = self.splits.adapter or self.adapter
        read = (*self.splits.training, *self.splits.validation, *self.splits.test)
        started = None
        if recipe.start is not None and not resume:
            started = start_network(recipe.start, recipe.adapter)
        examples = read if recipe.training_data else ()
        config = network_config(recipe, self.adapter, examples, started)
        self.network = build_network(config, recipe.seed)
        self.notes = self.splits.notes
        if recipe.start is not None and not resume:
            known = self.adapter.identifiers
            self.notes += start_from(self.network, recipe.start, recipe.adapter, known)
            # Written out, since the bundle may be gone when the run is resumed.
            recipe = recipe.model_copy(update={"network": config.model_dump(mode="json")})
            self.recipe = recipe
        self.network.to(self.device)
        self.learner = Learner(
            self.network,
            build_optimizer(self.network, recipe),
            # As published, an embedding that moves by signs is not averaged.
            Average(self.network, recipe.ema, followed=embeddings_apart(recipe)),
            recipe.gradient_clip,
            Continuing(self.network, recipe.target_decay) if recipe.q_continue else None,
        )
        # The average takes in every weight, so that bundles hold those that are kept too.
        freeze(self.network, recipe.stage)
        compile_network(self.network, recipe)
        self.validator = Validator(recipe, self.adapter, self.network, self.splits, self.device)
        self._stream = stream_of(self.adapter, self.splits, recipe, workers, config.given)
        self._folder.make()
        with writing(out):
            self._begin(trackers, resume=resume)

    def _begin(self, trackers: Sequence[Tracker], *, resume: bool) -> None:
        recipe, out, ranks = self.recipe, self.out, self.ranks
        if resume:
            self._restore()
        else:
            self._segments = Segments(recipe, self.learner, self._stream, self.device, ranks=ranks)
        kept = recipe.model_dump(mode="json", exclude_none=True)
        if not ranks.leads:
            self._metrics = Metrics(Path(os.devnull), self.counters)
            return
        if not resume:
            replace_file(out / RECIPE, to_toml(recipe).encode())
        self._metrics = Metrics(out / METRICS, self.counters, trackers, kept)
        if resume:
            self._metrics.write("resume")
        at = self.counters.update if resume else None
        write_run_manifest(
            out, recipe, self.splits, self.device, self._listener, resumed_at=at, world=ranks.world
        )

    @classmethod
    def resume(
        cls,
        out: Path,
        *,
        updates: int | None = None,
        minutes: float | None = None,
        **options: Unpack[Options],
    ) -> Run:
        """The run of a folder, as of its last checkpoint.

        Args:
            updates: a new length, where the run is to go on beyond its end: the rest of the run
                has the learning rates of a run of that length.
            minutes: likewise.
            options: as of a new run.

        Raises:
            CheckpointError: when there is nothing to resume.
            OptionError: when the run has had as much already.
        """
        require_checkpoint(out)
        recipe = read_recipe(out / RECIPE)
        longer = updates is not None or minutes is not None
        if longer:
            recipe = recipe.model_copy(update={"updates": updates, "minutes": minutes})
            require_longer(recipe, out / CHECKPOINT)
        run = cls(recipe, out, resume=True, **options)
        if longer:
            run._lengthen()
        return run

    def _lengthen(self) -> None:
        """Take on a new length, once all is read that goes on."""
        share, counters = self._share(), self.counters
        counters.validations = int(share * self.recipe.validations)
        self.guard.state.stopped = ""
        rate = learning_rate(self.recipe, counters.update + 1, share) / self.recipe.learning_rate
        done, height = percent(share, digits=0), percent(rate, digits=0)
        self.notes += (
            f"a longer run than before: {done} of it is done, and the learning rate goes on at "
            f"{height} of its height",
        )
        if self.ranks.leads:
            replace_file(self.out / RECIPE, to_toml(self.recipe).encode())

    def train(self) -> Path:
        """Train to the end, or until the guard stops; returns the folder of the best bundle.

        An interrupt (Ctrl-C) is taken between two updates: it writes a checkpoint, and a bundle
        where there is none yet, then goes on as KeyboardInterrupt.
        """
        watch, before = Stopwatch(), self.counters.seconds
        with (
            ExitStack() as stack,
            writing(self.out),
            deferred_interrupt() as interrupted,
            closing(self._stream),
            closing(self._metrics),
        ):
            stack.callback(self._folder.release)
            if self.counters.update == 0:
                self.checkpoint()
            stops = False
            while not (self._share() >= 1 or self.guard.state.stopped or stops):
                loss = self.advance()
                (self.counters.seconds,) = self.ranks.most([before + watch.seconds])
                self._report(loss)
                self._keep()
                stops = any(self.ranks.most([interrupted()]))
            if self.recipe.guard.enabled and not all_finite(self.network):
                self._refuse("the last update is not finite")
            self.checkpoint()
            if not stops or self.counters.best_rate < 0:
                self.validate()
            # An interrupted run's bundle is for now: its checkpoint knows of no rate to beat.
            if not stops:
                self.checkpoint()
        return self.out / BUNDLE

    @functools.cached_property
    def untried(self) -> bool:
        """Whether the task has a puzzle to test on that the run neither trains nor validates on."""
        return untried(self.adapter, self.splits, self.recipe)

    @property
    def slots(self) -> Slots:
        """The training batch."""
        return self._segments.slots

    def validate(self) -> Evaluation:
        """Rates of the averaged weights, network alone; the best are written as the bundle."""
        counters, validator = self.counters, self.validator
        evaluation, sound = validator.measured(self.learner.average, self.ranks)
        better = evaluation.verified_rate >= counters.best_rate and sound
        if better:
            counters.best_rate = evaluation.verified_rate
            counters.best_update = counters.update
            if self.ranks.leads:
                validator.ship(self.out, evaluation, self.facts())
        self._metrics.write(
            "validation",
            verified_rate=evaluation.verified_rate,
            exact_accuracy=evaluation.exact_accuracy,
            mean_segments=evaluation.mean_segments,
            best=better,
        )
        self._rate = evaluation.verified_rate
        if self.ranks.leads:
            validator.tell(self.out, self._metrics.path, evaluation, self.facts())
        return evaluation

    def facts(self) -> dict[str, Any]:
        """What the training took so far."""
        rows, ranks = self.recipe.batch_size, self.ranks.world
        return training_facts(self.counters, self.network, rows, str(self.device), ranks)

    def checkpoint(self) -> None:
        """Write the state from which ``resume`` goes on."""
        self.counters.checkpointed = self.counters.seconds
        carry = self.slots.whole_carry()
        if self.ranks.leads:
            moment = Moment(self.counters, self.guard.state, self.slots.state, carry)
            write_state(self.out / CHECKPOINT, self.learner, moment)
            self._keep_best()

    _rate: float | None = None

    def _keep_best(self) -> None:
        """The last checkpoint is also the best, where it was written with the best validation."""
        best, counters = self.out / BEST, self.counters
        if counters.best_update == counters.update or not best.exists():
            duplicate(self.out / CHECKPOINT, best)

    def _restore(self) -> None:
        path = self.out / CHECKPOINT
        moment = read_state(path, self.learner, self.device)
        self.counters = moment.counters
        self.guard = Guard(self.recipe.guard, moment.guard)
        try:
            made = (self.recipe, self.learner, self._stream, self.device)
            self._segments = Segments(*made, moment.slots, moment.carry, self.ranks)
        except (TypeError, ValueError) as error:
            raise wrong_recipe(path, error) from None
        if self.ranks.leads:
            # A kill may have come between the two files, or between two bundles.
            self._keep_best()
            recover_bundle(self.out)

    def _drawn(self, share: float) -> None:
        self._listener(Progress("data", share))

    def _share(self) -> float:
        if self.recipe.updates is not None:
            return self.counters.update / self.recipe.updates
        return self.counters.seconds / (60 * (self.recipe.minutes or 10.0))

    def _keep(self) -> None:
        """Keep a snapshot, validate and checkpoint where it is time to."""
        counters, recipe = self.counters, self.recipe
        if recipe.keep_every and counters.update % recipe.keep_every == 0 and self.ranks.leads:
            average = self.learner.average
            kept = self.validator.keep(self.out, average, counters.update, self.facts())
            path = str(kept.relative_to(self.out))
            self._metrics.write("snapshot", path=path, kept=kept.is_dir())
        due = int(self._share() * recipe.validations)
        validates = counters.validations < due < recipe.validations and counters.rested
        if validates:
            counters.validations, watch = due, Stopwatch()
            self._carry_out(self.guard.judge(counters.update, self.validate()))
            if recipe.updates is None:  # Validations are on the clock that ends the run.
                counters.rest_after(*self.ranks.most([watch.seconds]))
        if validates or counters.seconds - counters.checkpointed >= 60 * recipe.checkpoint_minutes:
            self.checkpoint()

    def advance(self) -> Loss:
        """One segment of every slot, and what is learned from it."""
        recipe, counters = self.recipe, self.counters
        scheduled = learning_rate(recipe, counters.update + 1, self._share())
        self.learner.rate = scheduled * self.guard.state.rate
        with counting(counters, len(self.slots.rows) / recipe.batch_size):
            made = self._segments.update(counters.update + 1)
        counters.update += 1
        counters.samples = self.slots.state.following
        loss = made.loss
        if recipe.guard.enabled and not made.finite:
            what = "gradient" if math.isfinite(float(loss.answer)) else "loss"
            self._refuse(f"the {what} is not finite")
            return loss
        counters.smooth(
            loss=float(loss.answer),
            exact=float(loss.exact.float().mean()),
            halting=float(made.halts.float().mean()),
        )
        learner = self.learner
        watched = self.guard.watch(counters, float(loss.answer), learner.ratios, learner.norms)
        self._carry_out(watched)
        return loss

    def _refuse(self, cause: str) -> None:
        broken = not all_finite(self.network)
        self._carry_out(self.guard.refuse(self.counters.update, cause, broken=broken))

    def _carry_out(self, events: list[Event]) -> None:
        for event in events:
            self._metrics.write("guard", cause=event.cause, action=event.action)
            if event.action == "rolled back":
                read_state(self.out / BEST, self.learner, self.device)
                self._segments.renew()

    def _report(self, loss: Loss) -> None:
        counters = self.counters
        if counters.update % 50 == 0:
            self._metrics.write(
                "update",
                loss=counters.loss,
                exact=counters.exact,
                halting=counters.halting,
                halting_loss=float(loss.halting),
                **({"hint_loss": float(loss.hinting)} if self.recipe.pace else {}),
                learning_rate=self.learner.rate,
                gradient_norm=self.learner.norms,
                update_ratio=self.learner.ratios,
            )
        self._listener(counters.progress(self._share(), self._rate, self.recipe.updates))
