"""The guard: a run that goes wrong says why, keeps to its policy and leaves a good bundle."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_toolkit.core import InputError, Settings
from hrm_toolkit.solvers.bundles.bundle import read_manifest
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train import run as run_module
from hrm_toolkit.train.data.stream import Shown, Stream
from hrm_toolkit.train.guard import Guard, GuardState, closing, norms, update_ratios, weights
from hrm_toolkit.train.progress import Counters, Progress
from hrm_toolkit.train.recipe import GuardPolicy, Recipe, changed, read_recipe, to_toml
from hrm_toolkit.train.record import validation
from hrm_toolkit.train.record.checkpoint import BEST, BUNDLE, CHECKPOINT, read_checkpoint
from hrm_toolkit.train.record.metrics import read_metrics
from hrm_toolkit.train.run import METRICS, Run

MAZE = Recipe(
    adapter="maze",
    network={"family": "structured", "width": 16, "inner": 16},
    data=Settings(sizes=(5,), difficulties=("perfect",)),
    samples=50,
    batch_size=8,
    updates=100,
    max_segments=4,
    learning_rate=1e-2,
    warmup=10,
    validation=10,
    validation_segments=4,
    validations=4,
)
QUICK = MAZE.model_copy(update={"updates": 12, "validation": 3, "samples": 6, "batch_size": 3})


def events_of(folder: Path) -> list[tuple[int, str]]:
    rows = read_metrics(folder / METRICS)
    return [(row["update"], row["action"]) for row in rows if row["event"] == "guard"]


def assert_usable(folder: Path) -> None:
    """The best bundle loads, is finite, and is of the best validation."""
    solver = Solver.load(folder / BUNDLE)
    assert solver.network is not None
    assert all(p.isfinite().all() for p in solver.network.parameters())
    rows = [row for row in read_metrics(folder / METRICS) if row["event"] == "validation"]
    kept = read_manifest(folder / BUNDLE).evaluation["validation"]["verified_rate"]
    assert kept == max(row["verified_rate"] for row in rows)
    assert solver.solve("S..\n.#.\n..G").solved


def learned(folder: Path) -> bool:
    """Whether the loss fell far below the 1.6 nats of a fresh network."""
    _, facts = read_checkpoint(folder / CHECKPOINT)
    return bool(facts["counters"]["loss"] < 0.6)


def poison(monkeypatch: pytest.MonkeyPatch, updates: range) -> None:
    """Put a NaN into the gradients of these updates."""
    backward = run_module.Learner.add
    made: dict[int, int] = {}

    def poisoned(self: Any, loss: torch.Tensor) -> None:
        made[id(self)] = made.get(id(self), self.start) + 1
        if made[id(self)] in updates:
            loss = loss * float("nan")
        backward(self, loss)

    monkeypatch.setattr(run_module.Learner, "add", poisoned)
    monkeypatch.setattr(run_module.Learner, "start", 0, raising=False)


@pytest.mark.parametrize("optimizer", ["adamw", "adam_atan2"])
def test_gradients_that_are_not_finite_are_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, optimizer: str
) -> None:
    poison(monkeypatch, range(30, 37))
    recipe = MAZE.model_copy(update={"optimizer": optimizer})
    told: list[Progress] = []
    run = Run(recipe, tmp_path, listener=told.append)
    run.train()
    assert_usable(tmp_path)
    assert learned(tmp_path)
    assert [u for u, action in events_of(tmp_path) if action == "skipped"] == [*range(30, 37)]
    assert (34, "lowered") in events_of(tmp_path)
    assert run.guard.state.rate == 0.5
    assert all(p.loss is not None and math.isfinite(p.loss) for p in told if p.phase == "train")


def test_without_the_guard_one_such_gradient_ruins_the_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, range(5, 6))
    run = Run(changed(QUICK, ["guard.enabled=false"]), tmp_path)
    run.train()
    assert not all(p.isfinite().all() for p in run.network.parameters())
    assert events_of(tmp_path) == []


def test_a_hundredfold_learning_rate(tmp_path: Path) -> None:
    run = Run(MAZE.model_copy(update={"learning_rate": 1.0}), tmp_path)
    run.train()
    assert_usable(tmp_path)
    assert learned(tmp_path)
    assert run.guard.state.rate <= 0.5
    assert "lowered" in [action for _, action in events_of(tmp_path)]


def test_corrupt_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Labels that are noise, for a while, after the network has learned something."""
    show = Stream.show

    def corrupt(self: Stream, number: int) -> Shown:
        shown = show(self, number)
        if not 120 <= number < 150:
            return shown
        noise = np.random.default_rng(number).permutation(shown.labels)
        return dataclasses.replace(shown, labels=noise)

    monkeypatch.setattr(Stream, "show", corrupt)
    recipe = changed(MAZE, ["guard.window=50", "guard.spike=2", "guard.margin=0.2"])
    Run(recipe, tmp_path).train()
    rows = [row for row in read_metrics(tmp_path / METRICS) if row["event"] == "guard"]
    assert any("spike" in row["cause"] for row in rows)
    assert "lowered" in [row["action"] for row in rows]
    assert_usable(tmp_path)
    assert learned(tmp_path)


def test_all_of_it_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundredfold rate from the start, gradients that are not finite, and inputs and labels of
    one batch after another that have nothing to do with each other."""
    show = Stream.show

    def corrupt(self: Stream, number: int) -> Shown:
        shown = show(self, number)
        if not 120 <= number < 180:
            return shown
        order = np.random.default_rng(number).permutation(len(shown.labels))
        encoded = dataclasses.replace(shown.encoded, tokens=shown.encoded.tokens[order])
        return dataclasses.replace(shown, encoded=encoded, labels=shown.labels[order[::-1]])

    monkeypatch.setattr(Stream, "show", corrupt)
    poison(monkeypatch, range(30, 40))
    run = Run(MAZE.model_copy(update={"learning_rate": 1.0}), tmp_path)
    run.train()
    assert_usable(tmp_path)
    assert all(p.isfinite().all() for p in run.network.parameters())
    actions = [action for _, action in events_of(tmp_path)]
    assert actions.count("skipped") >= 10
    assert {"noted", "lowered", "rolled back"} <= set(actions)
    rows = [row for row in read_metrics(tmp_path / METRICS) if row["event"] == "guard"]
    assert all(row["cause"] for row in rows)


@pytest.mark.parametrize("moment", [8, 12])
def test_weights_that_are_not_finite_are_rolled_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    step = run_module.Learner.step

    def broken(self: Any, update: int) -> None:
        step(self, update)
        if update == moment:
            next(self.network.parameters()).data.fill_(float("inf"))

    monkeypatch.setattr(run_module.Learner, "step", broken)
    run = Run(QUICK.model_copy(update={"validations": 1 if moment == 12 else 4}), tmp_path)
    run.train()
    assert (min(moment + 1, 12), "rolled back") in events_of(tmp_path)
    assert all(p.isfinite().all() for p in run.network.parameters())
    assert_usable(tmp_path)


def script(monkeypatch: pytest.MonkeyPatch, rates: list[float]) -> None:
    evaluate, left = validation.evaluate, iter(rates)

    def scripted(*arguments: Any, **options: Any) -> Any:
        rate = next(left)
        changes = {"verified_rate": rate, "verified_interval": (rate - 0.05, rate + 0.05)}
        return evaluate(*arguments, **options).model_copy(update=changes)

    monkeypatch.setattr(validation, "evaluate", scripted)


def test_a_collapse_of_the_verified_rate_rolls_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(monkeypatch, [0.9, 0.8, 0.1, 0.2])
    told: list[dict[str, torch.Tensor]] = []

    def listen(progress: Progress) -> None:
        if progress.update in (3, 9, 10):
            told.append(weights(run.network))

    run = Run(QUICK, tmp_path, listener=listen)
    run.train()
    assert events_of(tmp_path) == [(9, "lowered"), (9, "rolled back")]
    assert read_manifest(tmp_path / BUNDLE).training["updates"] == 3
    best, _ = read_checkpoint(tmp_path / BEST)

    def far(found: dict[str, torch.Tensor]) -> float:
        return sum(float((found[n] - best[f"network:{n}"]).norm()) for n in found)

    at_best, before, after = map(far, told)
    assert at_best == 0
    assert after < before / 2, "update 10 started from the best weights again"


def test_early_stopping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(monkeypatch, [0.5, 0.6, 0.6, 0.5, 0.4, 0.4])
    recipe = QUICK.model_copy(update={"updates": 24, "validations": 8})
    run = Run(changed(recipe, ["guard.patience=3"]), tmp_path)
    run.train()
    assert run.counters.update == 15
    assert events_of(tmp_path) == [(15, "stopped")]
    assert "no better verified rate in 3 validations" in run.guard.state.stopped
    assert read_manifest(tmp_path / BUNDLE).training["updates"] == 9
    monkeypatch.undo()
    resumed = Run.resume(tmp_path)
    resumed.train()
    assert resumed.counters.update == 15, "a stopped run stays stopped"


def test_too_many_events_stop_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    poison(monkeypatch, range(1, 1000))
    run = Run(changed(QUICK, ["updates=500", "guard.repeats=2", "guard.stop_after=3"]), tmp_path)
    run.train()
    assert run.counters.update == 6
    assert events_of(tmp_path)[-1] == (6, "stopped")
    assert "rolled back" in [action for _, action in events_of(tmp_path)]
    assert Solver.load(tmp_path / BUNDLE).solve("S.G").solved


def test_a_guarded_run_resumes_as_if_never_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = changed(QUICK, ["guard.repeats=2", "guard.window=8", "batch_size=4"])

    def killed(progress: Progress) -> None:
        if progress.update == 8:
            raise SystemExit

    poison(monkeypatch, range(4, 11))
    Run(recipe, tmp_path / "whole").train()
    with pytest.raises(SystemExit):
        Run(recipe, tmp_path / "killed", listener=killed).train()
    run = Run.resume(tmp_path / "killed")
    monkeypatch.setattr(run_module.Learner, "start", run.counters.update)
    run.train()
    states = [read_checkpoint(tmp_path / name / CHECKPOINT) for name in ("whole", "killed")]
    (tensors, facts), (others, other_facts) = states
    for counters in (facts["counters"], other_facts["counters"]):
        del counters["seconds"], counters["checkpointed"]
    assert facts == other_facts
    assert facts["guard"]["interventions"] > 1
    assert all(torch.equal(tensors[name], others[name]) for name in tensors)
    assert events_of(tmp_path / "whole") == events_of(tmp_path / "killed")


def test_halting_that_says_nothing_is_noted() -> None:
    guard = Guard(GuardPolicy(window=10))
    for update in range(1, 46):
        counters = Counters(update=update, halting=1.0, exact=0.1)
        found = guard.watch(counters, 1.0, {})
        assert [e.action for e in found] == (["noted"] if update in (30, 40) else [])
        assert all("halting collapsed" in e.cause for e in found)
    never = Guard(GuardPolicy(window=10))
    (event,) = never.watch(Counters(update=30, halting=0.0, exact=0.9), 1.0, {})
    assert "halting is stuck" in event.cause
    fresh = Guard(GuardPolicy(window=10))
    assert fresh.watch(Counters(update=30, halting=0.0, exact=0.0), 1.0, {}) == []


@settings(max_examples=20)
@given(st.lists(st.floats(0, 10), min_size=20, max_size=40))
def test_losses_within_the_margin_are_no_spikes(losses: list[float]) -> None:
    guard = Guard(GuardPolicy(margin=10))
    for update, loss in enumerate(losses, 1):
        assert guard.watch(Counters(update=update), loss, {}) == []
    (event,) = guard.watch(Counters(update=len(losses) + 1), 41.0, {})
    assert event.action == "noted"
    assert "spike" in event.cause
    assert 41 not in guard.state.losses


def test_a_gradient_that_surges_is_noted() -> None:
    guard = Guard(GuardPolicy(window=10, surge=50))
    calm = {"high": 0.1, "low": 1.0, "total": 1.1}
    for update in range(1, 6):
        assert guard.watch(Counters(update=update), 1.0, {}, calm) == []
    surged = {"high": 60.0, "low": 9.0, "total": 600.0}
    (event,) = guard.watch(Counters(update=6), 1.0, {}, surged)
    assert event.action == "noted"
    assert event.cause == "the gradient of high has norm 60, over a median of 0.1"
    assert guard.state.troubles == []


def test_small_gradients_never_surge_and_surges_of_a_window_are_one_event() -> None:
    guard = Guard(GuardPolicy(window=10, surge=50))
    for update in range(1, 6):
        guard.watch(Counters(update=update), 1.0, {}, {"high": 0.01})
    assert guard.watch(Counters(update=6), 1.0, {}, {"high": 1.5}) == []
    told = [
        (update, event.cause)
        for update in range(7, 18)
        for event in guard.watch(
            Counters(update=update), 1.0, {}, {"high": 40.0 if update in (7, 8, 9, 17) else 0.01}
        )
    ]
    assert [update for update, _ in told] == [7, 17]
    assert told[1][1].endswith("; 2 more since update 7")
    assert guard.state.events == 2
    assert closing(guard.state) == "the guard noted 2 events and changed nothing"


def test_the_closing_line_says_what_was_done() -> None:
    guard = Guard(GuardPolicy(repeats=2))
    for update in (7, 8):
        guard.refuse(update, "the loss is nan", broken=False)
    assert closing(guard.state) == (
        "the guard skipped 2 updates and lowered the rate once (3 events)"
    )
    assert closing(GuardState()) == ""


def test_an_update_too_large_for_the_weights_is_noted() -> None:
    (event,) = Guard(GuardPolicy()).watch(Counters(update=1), 1.0, {"low": 0.9, "high": 0.01})
    assert event.cause == "one update moved the low weights by 0.9 of their norm"


def test_trouble_that_goes_on_rolls_back() -> None:
    guard = Guard(GuardPolicy(repeats=2, stop_after=3))
    said = [[e.action for e in guard.refuse(u, "nan", broken=False)] for u in range(1, 7)]
    lowered = ["skipped", "lowered"]
    rolled = [*lowered, "rolled back"]
    assert said == [
        ["skipped"], lowered, ["skipped"], rolled, ["skipped"], [*rolled, "stopped"]
    ]  # fmt: skip
    assert guard.state.rate == 0.125
    later = Guard(GuardPolicy(repeats=2, window=50), GuardState(lowered=1))
    later.refuse(100, "nan", broken=False)
    assert [e.action for e in later.refuse(101, "nan", broken=False)] == lowered


def test_norms_are_by_module() -> None:
    network = torch.nn.ModuleDict(
        {"high": torch.nn.Linear(2, 2), "low": torch.nn.Linear(2, 2), "head": torch.nn.Linear(2, 1)}
    )
    before = weights(network)
    with torch.no_grad():
        network["low"].weight.mul_(3)
        network["low"].bias.mul_(3)
    ratios = update_ratios(network, before)
    assert ratios == {"high": 0, "low": pytest.approx(2), "heads": 0}
    assert norms(before)["total"] == pytest.approx(
        math.sqrt(sum(float(p.square().sum()) for p in before.values()))
    )


def test_the_policy_in_a_recipe(tmp_path: Path) -> None:
    recipe = changed(MAZE, ["guard.patience=4", "guard.factor=0.3"])
    (tmp_path / "recipe.toml").write_text(to_toml(recipe))
    assert read_recipe(tmp_path / "recipe.toml") == recipe
    with pytest.raises(InputError, match="less than 1"):
        changed(MAZE, ["guard.factor=1.5"])
