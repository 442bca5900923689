"""``sweep``: trials over recipe keys, gone on with in their folder, the best recipe kept."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from running import Command

from hrm_toolkit.core import OptionError
from hrm_toolkit.train.many.sweep import BEST, parse_space
from hrm_toolkit.train.progress import Progress
from hrm_toolkit.train.recipe import read_recipe
from hrm_toolkit.train.record.checkpoint import CHECKPOINT
from hrm_toolkit.train.run import Run

SMALL = (
    "sweep", "--adapter", "maze", "--set", "samples=12", "--set", "validation=3",
    "--set", "network.width=8", "--set", "network.inner=8", "--set", "data.sizes=[3]",
    "--set", "validation_segments=2", "--set", "validations=2", "--updates", 4,
    "--over", "learning_rate=1e-4..1e-2:log", "--over", "batch_size=2,3",
    "--over", "network.low_cycles=1..2",
)  # fmt: skip


def test_trials_go_on_and_the_best_is_kept(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "sweep"
    first = command(*SMALL, "--trials", 2, "--out", out, "--json").object
    assert [row["state"] for row in first["trials"]] == ["complete", "complete"]
    for row in first["trials"]:
        recipe = read_recipe(Path(row["out"]) / "recipe.toml")
        values = row["values"]
        assert 1e-4 <= values["learning_rate"] <= 1e-2
        assert recipe.learning_rate == pytest.approx(values["learning_rate"])
        assert recipe.batch_size == int(values["batch_size"])
        assert recipe.network["low_cycles"] == values["network.low_cycles"]
        assert recipe.updates == 4
    assert first["trials"][0]["values"] != first["trials"][1]["values"]
    train = Run.train

    def cut(run: Run) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Run, "train", cut)
    ran = command(*SMALL, "--trials", 4, "--out", out)
    assert ran.status == 130
    assert "the same command goes on" in ran.err
    monkeypatch.setattr(Run, "train", train)
    again = command(*SMALL, "--trials", 4, "--out", out, "--json").object
    states = [row["state"] for row in again["trials"]]
    assert states == ["complete", "complete", "fail", "complete", "complete"]
    assert again["trials"][3]["values"] == again["trials"][2]["values"], "what was cut is redone"
    best = max(again["trials"], key=lambda row: row["verified_rate"] or 0)
    assert again["trials"][again["best"]]["verified_rate"] == best["verified_rate"]
    kept = read_recipe(out / BEST)
    assert kept.batch_size == int(again["trials"][again["best"]]["values"]["batch_size"])
    table = command(*SMALL, "--trials", 4, "--out", out)
    assert table.out.splitlines()[-1] == f"train it: hrm-toolkit train --recipe {out / BEST}"
    assert "network.low_cycles" in table.out.splitlines()[0]
    other = command(*SMALL[:-2], "--trials", 4, "--out", out)
    assert other.status == 2
    assert "a sweep of another recipe or over other keys" in other.err


def test_a_trial_that_falls_behind_is_ended(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five whole trials make a median; the sixth is worse from its first validation on."""
    made = 0

    def train(run: Run) -> Path:
        nonlocal made
        made += 1
        (run.out / CHECKPOINT).parent.mkdir()
        for run.counters.validations in (1, 2):
            run.counters.best_rate = 0.9 if made < 6 else 0.1
            run._listener(Progress("train", run.counters.validations / 2))
        return run.out

    monkeypatch.setattr(Run, "train", train)
    ran = command(*SMALL, "--trials", 6, "--out", tmp_path / "a", "--json")
    assert [row["state"] for row in ran.object["trials"]] == [*["complete"] * 5, "pruned"]
    made = 0
    whole = command(*SMALL, "--trials", 6, "--no-prune", "--out", tmp_path / "b", "--json")
    assert whole.object["trials"][5]["verified_rate"] == 0.1


def test_trials_whose_recipe_fails(command: Command, tmp_path: Path) -> None:
    """A network that no value of the other key lets be built."""
    ran = command(
        *SMALL, "--set", "network.family=hrm", "--over", "network.heads=3,5", "--trials", 2,
        "--out", tmp_path,
    )  # fmt: skip
    assert ran.status == 2
    assert ran.err.splitlines()[-1].startswith("error: ")


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ("learning_rat=1e-4..1e-2", 'did you mean "learning_rate"?'),
        ("learning_rate=1e-4..5", "expected at most 1"),
        ("learning_rate", "--over tries nothing"),
        ("learning_rate=a..b", "no range of numbers"),
        ("learning_rate=0..1:log", "above 0"),
        ("batch_size=8..8", "empty range"),
    ],
)
def test_what_cannot_be_tried(command: Command, tmp_path: Path, over: str, said: str) -> None:
    ran = command("sweep", "--adapter", "maze", "--over", over, "--out", tmp_path / "none")
    assert ran.status == 2
    assert said in ran.err
    assert not (tmp_path / "none").exists()


def test_numbers_that_are_whole_stay_so() -> None:
    space = parse_space("batch_size=8..64")
    assert (space.low, space.high, space.log) == (8, 64, False)
    assert isinstance(space.low, int)
    with pytest.raises(OptionError):
        parse_space("=1..2")


def test_without_optuna(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    ran = command(*SMALL, "--out", tmp_path)
    assert ran.status == 2
    assert "pip install 'hrm-toolkit[sweep]'" in ran.err
