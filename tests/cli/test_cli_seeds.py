"""``train --seeds``: each seed trained and measured in its process, and told of together."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from running import Command

from hrm_toolkit.solvers.bundles.bundle import read_manifest
from hrm_toolkit.train.many.seeds import spread, threads_each
from hrm_toolkit.train.record.checkpoint import CHECKPOINT

SMALL = (
    "train", "--adapter", "maze", "--samples", 12, "--set", "validation=3",
    "--set", "batch_size=4", "--set", "network.width=8", "--set", "network.inner=8",
    "--set", "data.sizes=[5]", "--set", "validation_segments=2", "--set", "validations=1",
)  # fmt: skip


def test_each_seed_and_their_spread(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "two"
    arguments = (*SMALL, "--updates", 2, "--seed", 5, "--seeds", 2, "--out", out)
    ran = command(*arguments, "--parallel", 2, "--tracker", "tensorboard", "--json")
    found = ran.object
    assert all(list(Path(row["out"], "tensorboard").iterdir()) for row in found["seeds"])
    assert [row["seed"] for row in found["seeds"]] == [5, 6]
    rates = [row["evaluation"]["verified_rate"] for row in found["seeds"]]
    assert found["verified_rate"]["mean"] == pytest.approx(statistics.mean(rates))
    assert found["verified_rate"]["deviation"] == pytest.approx(statistics.stdev(rates))
    manifests = [read_manifest(Path(row["out"]) / "bundle") for row in found["seeds"]]
    assert [manifest.recipe["seed"] for manifest in manifests] == [5, 6]
    assert len({manifest.sha256 for manifest in manifests}) == 2
    assert "2 seeds, 2 at a time" in ran.err
    assert "seed 5: training maze" in ran.err
    other = command(*SMALL, "--updates", 3, "--seed", 5, "--seeds", 1, "--out", out)
    assert other.status == 2
    assert "a run of another recipe" in other.err
    # What is there is only measured again; a seed that fails does not lose the other.
    (out / "seed-6" / CHECKPOINT).write_bytes(b"damaged")
    again = command(*arguments)
    assert again.status == 1
    lines = again.out.splitlines()
    assert lines[0].startswith("seed 5: ")
    assert lines[1].startswith("seed 6: failed: the checkpoint is damaged")
    assert lines[2].startswith("1 seed: mean ")
    assert "standard deviation unknown" in lines[2]


def test_an_interrupt_reaches_every_seed(tmp_path: Path) -> None:
    out = tmp_path / "stopped"
    arguments = (*SMALL, "--minutes", 5, "--seeds", 2, "--parallel", 1, "--out", out)
    process = subprocess.Popen(
        [sys.executable, "-m", "hrm_toolkit", *map(str, arguments)],
        stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not (out / "seed-0" / CHECKPOINT).exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130, said
    assert "seed 0: stopped; go on with: hrm-toolkit train --resume" in said
    assert "stopped; the same command goes on" in said
    assert not (out / "seed-1").exists(), "one that waited is not begun"


def test_seeds_make_puzzles_as_they_are_told(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(
        "hrm_toolkit.train.many.seeds.SeedRun.wait", lambda run: asked.append(run._command)
    )
    many = (*SMALL, "--updates", 1, "--seeds", 2)
    command(*many, "--parallel", 1, "--workers", 3, "--out", tmp_path / "said")
    command(*many, "--parallel", 2, "--out", tmp_path / "many")
    command(*many, "--parallel", 1, "--out", tmp_path / "one")
    told = [[part for part in each if "--workers" in part] for each in asked]
    assert told == [["--workers=3"]] * 2 + [["--workers=0"]] * 2 + [[]] * 2
    unknown = command(*many, "--tracker", "tensorbord", "--out", tmp_path / "none")
    assert unknown.status == 2
    assert not (tmp_path / "none").exists()


def test_parallel_goes_with_seeds(command: Command, tmp_path: Path) -> None:
    ran = command(*SMALL, "--updates", 1, "--parallel", 2, "--out", tmp_path / "one")
    assert ran.status == 2
    assert "--parallel goes with --seeds" in ran.err


def test_seeds_and_ranks_do_not_mix(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    ran = command(*SMALL, "--updates", 1, "--seeds", 2, "--out", tmp_path / "one")
    assert ran.status == 2
    assert "so does torchrun" in ran.err


def test_the_threads_of_each_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert threads_each() == 3
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert threads_each() == 1


def test_one_rate_has_no_deviation() -> None:
    assert spread([0.5]) == {"mean": 0.5, "deviation": None, "least": 0.5, "most": 0.5}
