"""Stages: one module learns, the other keeps its weights to the bit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor

from hrm_toolkit.core import BundleError, OptionError, Settings
from hrm_toolkit.solvers.bundles.bundle import read_manifest
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.guard import module_of
from hrm_toolkit.train.recipe import Recipe, changed
from hrm_toolkit.train.recipes import start_recipe
from hrm_toolkit.train.run import METRICS, Run

MAZE = Recipe(
    adapter="maze",
    network={"family": "structured", "width": 8, "inner": 8},
    data=Settings(sizes=(3, 4)),
    samples=8,
    batch_size=3,
    updates=50,
    max_segments=3,
    learning_rate=1e-2,
    warmup=1,
    validation=3,
    validation_segments=2,
    validations=1,
)


@pytest.fixture(scope="module")
def joint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "joint"
    Run(MAZE.model_copy(update={"updates": 3}), out).train()
    return out


def weights_of(folder: Path) -> dict[str, Tensor]:
    network = Solver.load(folder / "bundle").network
    assert network is not None
    return dict(network.named_parameters())


def changes(before: Path, after: Path) -> set[str]:
    """Modules of which some weight differs."""
    old, new = weights_of(before), weights_of(after)
    return {module_of(name) for name in old if not torch.equal(old[name], new[name])}


@pytest.mark.parametrize(("stage", "other"), [("high", "low"), ("low", "high")])
def test_one_module_learns(joint: Path, tmp_path: Path, stage: str, other: str) -> None:
    recipe = MAZE.model_copy(update={"stage": stage, "start": str(joint), "seed": 7})
    run = Run(recipe, tmp_path)
    run.train()
    assert changes(joint, tmp_path) == {stage, "heads"}
    rows = [json.loads(line) for line in (tmp_path / METRICS).read_text().splitlines()]
    (row,) = [row for row in rows if row["event"] == "update"]
    assert row["gradient_norm"].keys() == {stage, "heads", "total"}
    assert row["update_ratio"].keys() == {stage, "heads"}
    assert read_manifest(tmp_path / "bundle").recipe["stage"] == stage
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["stage"] == stage
    assert manifest["start"]["sha256"] == read_manifest(joint / "bundle").sha256


def test_a_stage_resumes(joint: Path, tmp_path: Path) -> None:
    """What is kept comes from the checkpoint: the bundle it started from may be gone."""
    recipe = MAZE.model_copy(
        update={"stage": "high", "start": str(joint), "updates": 6, "checkpoint_minutes": 1e-9}
    )
    Run(recipe, tmp_path / "whole").train()

    def stop(progress: object) -> None:
        if getattr(progress, "update", 0) == 3:
            raise SystemExit

    with pytest.raises(SystemExit):
        Run(recipe, tmp_path / "cut", listener=stop).train()
    toml = tmp_path / "cut" / "recipe.toml"
    toml.write_text(toml.read_text().replace(str(joint), str(joint) + "-gone"))
    Run.resume(tmp_path / "cut").train()
    whole, cut = weights_of(tmp_path / "whole"), weights_of(tmp_path / "cut")
    assert all(torch.equal(whole[name], cut[name]) for name in whole)


def test_all_of_it_goes_on_from_a_bundle(joint: Path, tmp_path: Path) -> None:
    recipe = start_recipe(str(joint)).model_copy(update={"start": str(joint / "bundle")})
    assert recipe.network == MAZE.network
    run = Run(recipe, tmp_path)
    kept = weights_of(joint)
    assert all(torch.equal(p, kept[name]) for name, p in run.network.named_parameters())
    run.train()
    assert changes(joint, tmp_path) == {"high", "low", "heads"}


def test_levels_that_share_their_weights_are_refused(tmp_path: Path) -> None:
    shared = {"family": "trm", "width": 8, "heads": 2, "layers": 1}
    with pytest.raises(OptionError, match="no high module of its own"):
        Run(MAZE.model_copy(update={"network": shared, "stage": "high"}), tmp_path)


def test_weights_that_do_not_fit_are_refused(joint: Path, tmp_path: Path) -> None:
    wider = changed(MAZE, ["network.width=16"]).model_copy(update={"start": str(joint)})
    with pytest.raises(BundleError, match="has another network"):
        Run(wider, tmp_path / "wider")
    other = Recipe(adapter="sudoku", samples=0, start=str(joint), data=Settings(sizes=(4,)))
    with pytest.raises(BundleError, match="of another task"):
        Run(other, tmp_path / "other")
