"""``train --seeds``: each seed trained and measured, and told of together."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest
from running import Command

from hrm_toolkit.solvers.bundle import read_manifest

SMALL = (
    "train", "--adapter", "maze", "--samples", 12, "--set", "validation=3",
    "--set", "batch_size=4", "--set", "network.width=8", "--set", "network.inner=8",
    "--set", "data.sizes=[5]", "--set", "validation_segments=2", "--set", "validations=1",
)  # fmt: skip


def test_each_seed_and_their_spread(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "three"
    arguments = (*SMALL, "--updates", 2, "--seed", 5, "--seeds", 3, "--out", out, "--json")
    found = command(*arguments).object
    assert [row["seed"] for row in found["seeds"]] == [5, 6, 7]
    rates = [row["evaluation"]["verified_rate"] for row in found["seeds"]]
    assert found["verified_rate"]["mean"] == pytest.approx(statistics.mean(rates))
    assert found["verified_rate"]["deviation"] == pytest.approx(statistics.stdev(rates))
    manifests = [read_manifest(Path(row["out"]) / "bundle") for row in found["seeds"]]
    assert [manifest.recipe["seed"] for manifest in manifests] == [5, 6, 7]
    assert len({manifest.sha256 for manifest in manifests}) == 3
    again = command(*arguments).object
    assert [row["evaluation"]["verified_rate"] for row in again["seeds"]] == rates
    assert [row["training"]["updates"] for row in again["seeds"]] == [2, 2, 2]
    other = command(*SMALL, "--updates", 3, "--seed", 5, "--seeds", 1, "--out", out)
    assert other.status == 2
    assert "a run of another recipe" in other.err


def test_one_seed_has_no_deviation(command: Command, tmp_path: Path) -> None:
    ran = command(*SMALL, "--updates", 1, "--seeds", 1, "--out", tmp_path / "one")
    assert ran.status == 0
    assert ran.out.splitlines()[-1].startswith("1 seed: mean ")
    assert "standard deviation unknown" in ran.out
