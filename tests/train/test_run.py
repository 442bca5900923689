"""Runs: the same bytes twice, and as if never interrupted."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load, save

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import CheckpointError, InputError, Settings, Stopwatch, ToolkitError
from hrm_toolkit.core.plain import read_rows
from hrm_toolkit.solvers.bundles.bundle import read_manifest
from hrm_toolkit.solvers.inputs.config import NetworkConfig
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.networks.network import Network
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train import run as run_module
from hrm_toolkit.train.data.stream import Shown, Split, Stream, draw_distinct
from hrm_toolkit.train.progress import Progress
from hrm_toolkit.train.recipe import Recipe, read_recipe
from hrm_toolkit.train.record import validation
from hrm_toolkit.train.record.checkpoint import BUNDLE, CHECKPOINT, RECIPE, read_checkpoint
from hrm_toolkit.train.run import METRICS, Run

SMALL = {
    "structured": {"family": "structured", "width": 4, "inner": 4, "low_cycles": 1},
    "hrm": {"family": "hrm", "width": 8, "heads": 2, "layers": 1},
}
MAZE = Recipe(
    adapter="maze",
    network=SMALL["structured"],
    data=Settings(sizes=(3, 4, 5)),
    samples=12,
    batch_size=3,
    updates=12,
    max_segments=3,
    halt_exploration=0.5,
    warmup=4,
    validation=3,
    validation_segments=2,
    validations=2,
)


def interrupted_at(update: int) -> Callable[[Progress], None]:
    def listen(progress: Progress) -> None:
        if progress.phase == "train" and progress.update == update:
            signal.raise_signal(signal.SIGINT)

    return listen


def build_eager(config: NetworkConfig, seed: int = 0) -> Network:
    """A network that wants to halt from the first update on, where a fresh one never does."""
    network = build_network(config, seed)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name in ("halt_head.bias", "q_head.bias"):
                parameter.fill_(1.0)
    return network


def state_of(folder: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """All that a run ends with, the clock left out."""
    tensors, facts = read_checkpoint(folder / CHECKPOINT)
    for name in ("seconds", "checkpointed"):
        del facts["counters"][name]
    return tensors, facts


def assert_same_state(one: Path, other: Path) -> None:
    (tensors, facts), (others, other_facts) = state_of(one), state_of(other)
    assert facts == other_facts
    assert tensors.keys() == others.keys()
    assert {name.split(":")[0] for name in tensors} == {"network", "average", "optimizer", "carry"}
    for name, tensor in tensors.items():
        assert torch.equal(tensor, others[name]), name
    assert read_manifest(one / BUNDLE).sha256 == read_manifest(other / BUNDLE).sha256


def metrics_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / METRICS).read_text().splitlines()]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole run of twelve updates."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    assert Run(MAZE, out).train() == out / BUNDLE
    return out


@pytest.mark.usefixtures("untouched_randomness")
def test_the_same_recipe_gives_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    Run(MAZE, tmp_path / "again").train()
    assert_same_state(finished, tmp_path / "again")
    weights = Path(BUNDLE) / "weights.safetensors"
    assert (finished / weights).read_bytes() == (tmp_path / "again" / weights).read_bytes()
    Run(MAZE.model_copy(update={"seed": 1}), tmp_path / "other").train()
    assert (finished / weights).read_bytes() != (tmp_path / "other" / weights).read_bytes()


def test_what_a_run_leaves(finished: Path) -> None:
    assert read_recipe(finished / RECIPE) == MAZE
    manifest = read_manifest(finished / BUNDLE)
    assert (manifest.name, manifest.task) == ("whole", "maze")
    assert Recipe(**manifest.recipe) == MAZE
    assert manifest.evaluation["validation"]["n"] == 3
    assert manifest.training["updates"] in (6, 12)
    assert manifest.training["sample_segments"] == 3 * manifest.training["updates"]
    solver = Solver.load(finished / BUNDLE)
    assert solver.network is not None
    assert manifest.training["parameters"] == solver.network.parameter_count()
    assert solver.solve("S..\n.#.\n..G").solved
    rows = metrics_of(finished)
    assert [row["update"] for row in rows if row["event"] == "validation"] == [6, 12]
    assert all(0 <= row["verified_rate"] <= 1 for row in rows if row["event"] == "validation")


@pytest.mark.parametrize("optimizer", ["adamw", "adam_atan2"])
@pytest.mark.parametrize("family", ["structured", "hrm"])
@pytest.mark.parametrize(
    "task",
    [
        "maze",
        pytest.param("sudoku", marks=pytest.mark.long),
        pytest.param("graph", marks=pytest.mark.long),
    ],
)
def test_an_interrupted_run_ends_as_if_it_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str, family: str, optimizer: str
) -> None:
    monkeypatch.setattr(run_module, "build_network", build_eager)
    sizes = {"maze": (3, 4, 5), "sudoku": (4,), "graph": (4, 8)}[task]
    changes: dict[str, Any] = {
        "adapter": task,
        "network": SMALL[family] | ({"max_length": 25} if family == "hrm" else {}),
        "data": Settings(sizes=sizes),
        "optimizer": optimizer,
        "updates": 8,
        "samples": 0 if task == "graph" else 8,
    }
    recipe = MAZE.model_copy(update=changes)
    Run(recipe, tmp_path / "whole").train()
    for stop in (3, 6):
        action = Run if stop == 3 else Run.resume
        arguments = (recipe,) if stop == 3 else ()
        with pytest.raises(KeyboardInterrupt):
            action(*arguments, tmp_path / "broken", listener=interrupted_at(stop)).train()
    run = Run.resume(tmp_path / "broken")
    assert run.counters.update == 6
    run.train()
    assert_same_state(tmp_path / "whole", tmp_path / "broken")


def test_a_killed_run_goes_on_from_its_last_checkpoint(finished: Path, tmp_path: Path) -> None:
    def killed(progress: Progress) -> None:
        if progress.update == 9:
            raise SystemExit

    with pytest.raises(SystemExit):
        Run(MAZE, tmp_path / "killed", listener=killed).train()
    run = Run.resume(tmp_path / "killed")
    assert run.counters.update == 6, "the last one was written with the validation"
    run.train()
    assert_same_state(finished, tmp_path / "killed")


@pytest.mark.parametrize("moment", range(1, 10))
def test_a_kill_while_the_best_bundle_is_replaced_loses_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    """At each operation on files that the second validation makes."""
    run = Run(MAZE.model_copy(update={"validations": 1}), tmp_path)
    run.validate()
    run.checkpoint()
    first = read_manifest(tmp_path / BUNDLE).sha256
    run.advance()
    done = 0

    def killing(operation: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **options: Any) -> Any:
            nonlocal done
            done += 1
            if done == moment:
                raise SystemExit
            return operation(*arguments, **options)

        return wrapped

    with monkeypatch.context() as patch:
        for owner, name in ((Path, "replace"), (Path, "rename"), (validation.shutil, "rmtree")):
            patch.setattr(owner, name, killing(getattr(owner, name)))
        run.counters.best_rate = 0.0
        with contextlib.suppress(SystemExit):
            run.validate()
    assert done == min(moment, 8), "seven operations for the bundle, one for the report"
    Run.resume(tmp_path)
    solver = Solver.load(tmp_path / BUNDLE)
    assert solver.manifest is not None
    assert (solver.manifest.sha256 == first) == (moment <= 6)


def test_an_interrupt_leaves_a_checkpoint_and_a_bundle(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        Run(MAZE, tmp_path, listener=interrupted_at(2)).train()
    assert (tmp_path / CHECKPOINT).is_file()
    assert read_manifest(tmp_path / BUNDLE).training["updates"] == 2
    assert Solver.load(tmp_path / BUNDLE).solve("S.G").solved


def test_resuming_a_finished_run_changes_nothing(tmp_path: Path) -> None:
    recipe = MAZE.model_copy(update={"updates": 2})
    Run(recipe, tmp_path).train()
    before, sha = state_of(tmp_path), read_manifest(tmp_path / BUNDLE).sha256
    Run.resume(tmp_path).train()
    after = state_of(tmp_path)
    assert before[1] == after[1]
    assert all(torch.equal(before[0][name], after[0][name]) for name in before[0])
    assert read_manifest(tmp_path / BUNDLE).sha256 == sha


def test_a_run_is_not_overwritten(finished: Path) -> None:
    with pytest.raises(CheckpointError, match=r"already holds a run.*--resume"):
        Run(MAZE, finished)


def test_nothing_to_resume(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(CheckpointError, match="no checkpoint to resume"):
            Run.resume(folder)
    with pytest.raises(CheckpointError, match="there is no checkpoint here"):
        read_checkpoint(tmp_path / CHECKPOINT)
    assert not (tmp_path / "nowhere").exists()


def test_a_run_that_was_killed_before_its_first_checkpoint_says_how_to_begin_again(
    tmp_path: Path,
) -> None:
    recipe = MAZE.model_copy(update={"updates": 1})
    Run(recipe, tmp_path)
    with pytest.raises(CheckpointError, match=f"train --recipe {tmp_path / RECIPE} --out"):
        Run.resume(tmp_path)
    Run(read_recipe(tmp_path / RECIPE), tmp_path).train()
    assert read_manifest(tmp_path / BUNDLE).training["updates"] == 1


def test_the_best_of_a_run_is_none_that_only_an_interrupt_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rates fall from 1: what was measured on Ctrl-C is no rate that the run has to beat."""
    measured = validation.Validator.measured
    rates = iter((1.0, 0.75, 0.5))

    def falling(self: Any, *given: Any) -> Any:
        evaluation, sound = measured(self, *given)
        return evaluation.model_copy(update={"verified_rate": next(rates)}), sound

    monkeypatch.setattr(validation.Validator, "measured", falling)
    with pytest.raises(KeyboardInterrupt):
        Run(MAZE, tmp_path, listener=interrupted_at(2)).train()
    assert read_manifest(tmp_path / BUNDLE).training["updates"] == 2
    run = Run.resume(tmp_path)
    run.train()
    assert (run.counters.best_rate, run.counters.best_update) == (0.75, 6)
    assert read_manifest(tmp_path / BUNDLE).training["updates"] == 6


@pytest.fixture
def damaged(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished run, to be damaged."""
    for name in (RECIPE, CHECKPOINT):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((finished / name).read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-50],
        lambda data: data[:20],
        lambda data: b"",
        lambda data: b"\x80\x02}q\x00." * 10,
        lambda data: save(load(data)),
        lambda data: save(load(data), metadata={"facts": "{"}),
    ],
    ids=["cut", "head", "empty", "pickle", "no facts", "no JSON"],
)
def test_a_damaged_checkpoint(damaged: Path, damage: Callable[[bytes], bytes]) -> None:
    path = damaged / CHECKPOINT
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CheckpointError, match="the checkpoint is damaged"):
        Run.resume(damaged)


@pytest.mark.parametrize(
    ("tensors", "facts"),
    [
        (lambda t: {k: v for k, v in t.items() if not k.startswith("average")}, None),
        (lambda t: {k: v for k, v in t.items() if k != "network:low_init"}, None),
        (lambda t: t | {"optimizer:nonsense": torch.zeros(1)}, None),
        (lambda t: t | {"carry:z_low": torch.zeros(1), "carry:other": torch.zeros(1)}, None),
        (None, lambda f: {}),
        (None, lambda f: f | {"counters": {"surprise": 1}}),
        (None, lambda f: f | {"slots": f["slots"] | {"ages": [1]}}),
        (None, lambda f: f | {"slots": f["slots"] | {"numbers": [1], "halted": [False, True]}}),
    ],
    ids=["average", "weight", "optimizer", "carry", "facts", "counters", "ages", "slots"],
)
def test_a_checkpoint_of_something_else(damaged: Path, tensors: Any, facts: Any) -> None:
    path = damaged / CHECKPOINT
    old_tensors, old_facts = read_checkpoint(path)
    new = (tensors or (lambda t: t))({k: v.clone() for k, v in old_tensors.items()})
    del old_tensors
    said = json.dumps((facts or (lambda f: f))(old_facts))
    path.write_bytes(save(new, metadata={"facts": said}))
    with pytest.raises(CheckpointError, match="the checkpoint is not of this recipe"):
        Run.resume(damaged)


def test_another_network_in_the_recipe(damaged: Path) -> None:
    text = (damaged / RECIPE).read_text()
    (damaged / RECIPE).write_text(text.replace("width = 4", "width = 8"))
    with pytest.raises(CheckpointError, match="not of this recipe") as caught:
        Run.resume(damaged)
    assert len(str(caught.value).splitlines()) == 1
    (damaged / RECIPE).write_text(text.replace("batch_size = 3", "batch_size = 4"))
    with pytest.raises(CheckpointError, match="not of this recipe"):
        Run.resume(damaged)
    (damaged / RECIPE).write_text("adapter = ")
    with pytest.raises(InputError, match="not a TOML file"):
        Run.resume(damaged)


def test_a_recipe_that_makes_no_network(tmp_path: Path) -> None:
    for network in ({"family": "structured", "width": 1}, {"family": "trn"}, {}):
        with pytest.raises(ToolkitError):
            Run(MAZE.model_copy(update={"network": network}), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("rates", "kept"),
    [([0.1, 0.9, 0.5, 0.2], 6), ([0.1, 0.2, 0.2, 0.0], 9), ([0.0, 0.0, 0.0, 0.0], 12)],
)
def test_the_best_weights_are_kept_not_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rates: list[float], kept: int
) -> None:
    evaluate, left = validation.evaluate, iter(rates)

    def scripted(*arguments: Any, **options: Any) -> Any:
        evaluation = evaluate(*arguments, **options)
        return evaluation.model_copy(update={"verified_rate": next(left)})

    monkeypatch.setattr(validation, "evaluate", scripted)
    Run(MAZE.model_copy(update={"validations": 4}), tmp_path).train()
    manifest = read_manifest(tmp_path / BUNDLE)
    assert manifest.training["updates"] == kept
    assert manifest.evaluation["validation"]["verified_rate"] == max(rates)
    rows = [row for row in metrics_of(tmp_path) if row["event"] == "validation"]
    assert [row["verified_rate"] for row in rows] == rates
    assert [row["update"] for row in rows if row["best"]][-1] == kept
    assert list(left) == []


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[Progress] = []
    recipe = MAZE.model_copy(update={"updates": 50, "samples": 60, "data": Settings(sizes=(6,))})
    Run(recipe, tmp_path, listener=told.append).train()
    assert [p.done for p in told if p.phase == "data"] == [n / 60 for n in range(1, 61)]
    hashed = [p.done for p in told if p.phase == "digest"]
    assert len(hashed) > 60
    assert (hashed, hashed[-1]) == (sorted(hashed), 1.0)
    train = [p for p in told if p.phase == "train"]
    assert [p.update for p in train] == list(range(1, 51))
    assert [p.done for p in train] == pytest.approx([u / 50 for u in range(1, 51)])
    assert train[0].verified_rate is None
    assert train[-1].best_rate is not None
    assert train[-1].seconds_left == 0
    assert all(p.loss is not None and p.loss > 0 for p in train)
    (update,) = (row for row in metrics_of(tmp_path) if row["event"] == "update")
    assert update["update"] == 50
    assert update["loss"] == train[-1].loss
    assert 0 < update["learning_rate"] < recipe.learning_rate


def test_by_the_clock(tmp_path: Path) -> None:
    recipe = MAZE.model_copy(update={"updates": None, "minutes": 0.3 / 60})
    run = Run(recipe, tmp_path / "a")
    run.train()
    assert run.counters.update > 0
    assert run.counters.seconds >= 0.3
    default = Run(MAZE.model_copy(update={"updates": None}), tmp_path / "b")
    assert default.recipe.minutes == 10


def test_labels_do_not_ride_in_the_carry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a network is told of the answer reaches it through the loss alone."""
    told = Run(MAZE, tmp_path / "a")
    losses = [float(told.advance().answer)]
    show = Stream.show

    def lying(self: Stream, number: int) -> Shown:
        shown = show(self, number)
        return dataclasses.replace(shown, labels=shown.labels[::-1].copy())

    monkeypatch.setattr(Stream, "show", lying)
    lied_to = Run(MAZE, tmp_path / "b")
    losses.append(float(lied_to.advance().answer))
    assert losses[0] != losses[1]
    carries = [run.slots.carry for run in (told, lied_to)]
    assert carries[0] is not None
    assert carries[1] is not None
    for one, other in zip(*carries, strict=True):
        assert torch.equal(one, other)
        assert not one.requires_grad


def test_validation_puzzles_are_no_training_puzzles(tmp_path: Path) -> None:
    run, adapter = Run(MAZE, tmp_path), get_adapter("maze")
    seen = {adapter.canonical(example.puzzle) for example in run.splits.validation}
    assert len(seen) == 3
    fresh = draw_distinct(adapter, MAZE.data, 0, Split.TRAIN, 12, exclude=set(seen))
    trained = {adapter.canonical(example.puzzle) for example in run.splits.training}
    assert trained == {adapter.canonical(example.puzzle) for example in fresh}
    assert not seen & trained


def test_a_task_without_puzzles_left(tmp_path: Path) -> None:
    recipe = MAZE.model_copy(update={"data": Settings(sizes=((1, 2),))})
    with pytest.raises(InputError, match="there is no training puzzle"):
        Run(recipe, tmp_path)


@pytest.mark.parametrize(
    ("task", "start", "end"),
    [("sudoku", 1.2, 0.5), ("maze", 1.0, 0.5)],
)
def test_training_learns(tmp_path: Path, task: str, start: float, end: float) -> None:
    """Not how well: that the loss of a small network falls far, in seconds."""
    sizes, kind = {"sudoku": ((4,), "medium"), "maze": ((5,), "perfect")}[task]
    recipe = Recipe(
        adapter=task,
        network={"family": "structured", "width": 16, "inner": 16},
        data=Settings(sizes=sizes, difficulties=(kind,)),
        samples=50,
        batch_size=8,
        updates=100,
        max_segments=4,
        learning_rate=1e-2,
        warmup=10,
        validation=2,
        validations=1,
    )
    told: list[Progress] = []
    Run(recipe, tmp_path, listener=told.append).train()
    losses = [p.loss for p in told if p.loss is not None]
    assert losses[4] > start
    assert losses[-1] < end


def test_snapshots_are_kept_as_bundles_and_survive_a_resumption(
    finished: Path, tmp_path: Path
) -> None:
    keeping = MAZE.model_copy(update={"keep_every": 4})
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    Run(keeping, whole).train()
    with pytest.raises(KeyboardInterrupt):
        Run(keeping, parts, listener=interrupted_at(6)).train()
    assert [folder.name for folder in (parts / "snapshots").iterdir()] == ["update-4"]
    Run.resume(parts).train()
    names = ["update-12", "update-4", "update-8"]
    for out in (whole, parts):
        assert sorted(folder.name for folder in (out / "snapshots").iterdir()) == names
        rows = [row for row in metrics_of(out) if row["event"] == "snapshot"]
        assert [row["path"] for row in rows] == [f"snapshots/update-{n}" for n in (4, 8, 12)]
    for name in names:
        one, other = (read_manifest(out / "snapshots" / name) for out in (whole, parts))
        assert one.sha256 == other.sha256
        assert one.training["updates"] == int(name.removeprefix("update-"))
    assert_same_state(whole, finished)  # keeping them changes nothing
    together = Solver.load_many([whole / "snapshots" / name for name in names])
    assert together.voter_names == ("whole-12", "whole-4", "whole-8")


def test_weights_that_are_not_finite_are_no_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validation.Validator, "sound", lambda self: False)
    Run(MAZE.model_copy(update={"keep_every": 6}), tmp_path).train()
    assert not (tmp_path / "snapshots").exists()
    rows = [row for row in metrics_of(tmp_path) if row["event"] == "snapshot"]
    assert [row["kept"] for row in rows] == [False, False]


def test_validations_that_take_long_leave_a_run_by_the_clock_most_of_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 0.0

    def passing() -> float:
        nonlocal moment
        moment += 0.1
        return moment

    recipe = MAZE.model_copy(update={"updates": None, "minutes": 0.1, "validations": 20})
    run, validate = Run(recipe, tmp_path / "run"), Run.validate

    def slow(self: Run) -> Any:
        nonlocal moment
        moment += 0.6  # twice what lies between two validations
        return validate(self)

    monkeypatch.setattr(Run, "validate", slow)
    monkeypatch.setattr(run_module, "Stopwatch", lambda: Stopwatch(passing))
    run.train()
    rows = read_rows(tmp_path / "run" / METRICS, 1 << 20)
    kept = [row for row in rows if row["event"] == "validation"]
    # Each is followed by updates for three times as long, and the last comes at the end.
    assert 3 <= len(kept) <= 4
    assert run.counters.update > 35
