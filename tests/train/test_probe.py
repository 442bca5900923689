"""The dry run: numbers that can be checked against the network itself, and nothing left behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from hrm_toolkit.cli import main
from hrm_toolkit.cli.training.dry_run import lines
from hrm_toolkit.core import Settings
from hrm_toolkit.train.measure import estimate as probe_module
from hrm_toolkit.train.measure.estimate import Estimate, probe
from hrm_toolkit.train.recipe import Recipe, changed
from hrm_toolkit.train.record.flops import Products
from hrm_toolkit.train.record.validation import Validator
from hrm_toolkit.train.run import Run

HRM = Recipe(
    adapter="sudoku",
    network={"family": "hrm", "width": 16, "heads": 2, "layers": 1},
    data=Settings(sizes=(4,)),
    samples=0,
    batch_size=4,
    updates=500,
    validation=4,
    validation_segments=2,
    validations=3,
)


@pytest.fixture(scope="module")
def found() -> Estimate:
    return probe(HRM, seconds=0.0)


def test_sizes_are_the_networks_own(found: Estimate, tmp_path: Path) -> None:
    run = Run(HRM, tmp_path)
    count = run.network.parameter_count()
    assert found.parameters == count
    assert found.tokens_per_puzzle == (16, 16)
    assert found.tokens_per_update == 64
    memory = found.memory_bytes
    assert memory["gradients"] == 4 * count
    assert 8 * count <= memory["optimizer"] < 8 * count + 1000
    assert memory["carry"] == sum(part.nbytes for part in run_carry(run))
    assert memory["activations"] > memory["carry"]
    assert memory["total"] == sum(n for name, n in memory.items() if name != "total")


def run_carry(run: Run) -> tuple[torch.Tensor, ...]:
    run.advance()
    assert run.slots.carry is not None
    return run.slots.carry


def test_flops_grow_as_the_work_does(found: Estimate) -> None:
    wide = probe(HRM.model_copy(update={"batch_size": 8}), seconds=0.0)
    assert wide.flops_per_update == 2 * found.flops_per_update
    assert wide.parameters == found.parameters
    # Two products a weight forward and four backward, for the part that has a gradient.
    assert found.flops_per_update > 2 * found.tokens_per_update * found.parameters


def test_attention_on_a_cpu_is_counted() -> None:
    q, k, v = (torch.randn(2, 3, 16, 8, requires_grad=True) for _ in range(3))
    with Products() as products:
        torch.nn.functional.scaled_dot_product_attention(q, k, v).sum().backward()
    one = 2 * 2 * 3 * 16 * 16 * 8
    assert products.total == 2 * one + 5 * one


def test_time_adds_up(found: Estimate) -> None:
    assert found.updates == 500
    assert found.probed_updates >= 3
    assert found.seconds_by["updates"] == pytest.approx(500 * found.seconds_per_update)
    assert found.seconds == pytest.approx(sum(found.seconds_by.values()))
    assert all(part > 0 for part in found.seconds_by.values())
    by_clock = probe(changed(HRM, ["minutes=1"]), seconds=0.0)
    assert by_clock.updates * by_clock.seconds_per_update <= 60


def test_a_slow_network_makes_one_update(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_module, "_BEARABLE", 0.0)
    monkeypatch.setattr(probe_module, "_LONGEST", 0.0)
    made: list[Run] = []
    advance = Run.advance
    monkeypatch.setattr(Run, "advance", lambda run: (made.append(run), advance(run))[1])
    slow = probe(HRM, seconds=3.0)
    assert len(made) == 1
    assert (slow.probed_updates, slow.probed_slots) == (1, (1, 4))
    assert slow.flops_per_update > 0
    assert slow.memory_bytes["activations"] > 0


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    probe(HRM, seconds=0.0)
    assert list(tmp_path.iterdir()) == []


def test_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    small = ["network.width=8", "network.inner=8", "batch_size=2", "validation=2"]
    changes = [part for change in small for part in ("--set", change)]
    arguments = ["train", "--adapter", "maze", "--updates", "5", "--dry-run", *changes]
    assert main([*arguments, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["recipe"]["updates"] == 5
    assert said["recipe"]["network"]["width"] == 8
    assert Estimate(**said["estimate"]).updates == 5
    assert list(tmp_path.iterdir()) == []
    assert main(["train", "--resume", "x", "--dry-run"]) == 2
    assert "--dry-run" in capsys.readouterr().err


def test_an_estimate_for_a_reader(found: Estimate) -> None:
    said = dict(lines(found))
    assert said["parameters"] == f"{found.parameters:,}"
    assert said["tokens"] == "16 to 16 a puzzle, 64 an update"
    assert said["the run"].startswith("500 updates in about ")
    assert "matrix products, forward and backward" in said["FLOPs an update"]
    assert "KiB" in said["memory"]


def test_weights_in_bfloat16_are_counted_once_however_many_slots(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wide = changed(HRM, ["network.width=64", "network.heads=4", "batch_size=64"])
    low = changed(wide, ["precision=bfloat16"])
    exact = {recipe.precision: saved(recipe) for recipe in (wide, low)}
    assert exact["bfloat16"] < exact["float32"]
    # The same from one slot and two, as where an update of all would take too long.
    monkeypatch.setattr(probe_module, "_BEARABLE", 0.0)
    scaled = {recipe.precision: saved(recipe) for recipe in (wide, low)}
    assert scaled == pytest.approx(exact, rel=0.02)
    # And from one alone, as where that takes too long for another.
    monkeypatch.setattr(probe_module, "_LONGEST", 0.0)
    scaled = {recipe.precision: saved(recipe) for recipe in (wide, low)}
    assert scaled == pytest.approx(exact, rel=0.02)


def saved(recipe: Recipe) -> int:
    return probe(recipe, seconds=0.0).memory_bytes["activations"]


@pytest.mark.parametrize(("each", "asked"), [(0.1, (4, 8)), (3.5, (1, 1))])
def test_a_validation_is_scaled_from_as_much_as_a_moment_allows(
    each: float, asked: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []
    measure = Validator.measure

    def timed(self: Validator, average: Any) -> Any:
        found = measure(self, average)
        seen.append((found.n, found.budget.segments))
        return found.model_copy(update={"seconds": each})

    monkeypatch.setattr(Validator, "measure", timed)
    monkeypatch.setattr(probe_module, "_PUZZLES", 4)
    long = changed(HRM, ["validation=8", "validation_segments=8", "validations=1"])
    # What is there once, whatever the number of puzzles and segments, is not multiplied by them.
    rest = 8 / asked[0] * 8 / asked[1]
    assert probe(long, seconds=0.0).seconds_by["validations"] == pytest.approx(each * rest)
    assert seen[-1] == asked


def test_long_validations_leave_three_quarters_of_the_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(probe_module, "_validation", lambda recipe, run: 1000.0)
    found = probe(changed(HRM, ["minutes=2"]), seconds=0.0)
    # The last validation is after the clock, however long it takes.
    assert found.updates == int(90 / found.seconds_per_update)
    assert found.seconds_by["validations"] == pytest.approx(1030.0)


ARC = ["network.width=8", "network.heads=1", "network.layers=1", "network.puzzle_width=8"]
FEWER = ["network.high_cycles=1", "network.low_cycles=1", "batch_size=2", "validation_segments=1"]


@pytest.mark.parametrize("name", ["arc-1", "arc-2-trm"])
def test_an_arc_recipe_is_estimated_without_its_data(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    changes = [part for change in (*ARC, *FEWER) for part in ("--set", change)]
    arguments = ["train", "--recipe", name, "--dry-run", *changes]
    assert main([*arguments, "--json"]) == 0
    found = Estimate(**json.loads(capsys.readouterr().out)["estimate"])
    assert found.missing is not None
    assert "is not here: pass the training data by --data, or make it: hrm-toolkit" in found.missing
    assert found.identifiers == 876_406
    table = 4 * 8 * 876_406
    assert found.parameters > 8 * 876_406
    assert table < found.memory_bytes["weights"] < table + 200_000
    assert table < found.memory_bytes["gradients"] < table + 200_000
    assert found.tokens_per_puzzle == (900, 900)
    assert list(tmp_path.iterdir()) == []
    said = dict(lines(found))
    assert said["missing"] == found.missing
    assert "876,406 identifiers" in said["parameters"]


def test_other_data_that_is_not_there_is_told_too() -> None:
    absent = HRM.model_copy(update={"training_data": "nowhere/mine.csv"})
    found = probe(absent, seconds=0.0)
    assert found.missing == "nowhere/mine.csv is not here: pass the training data by --data"
    assert found.identifiers is None
    assert probe(HRM, seconds=0.0).missing is None
