"""A folder of one's own, from training to answers that are checked by their labels alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from running import Command

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.solvers.bundles.bundle import read_manifest
from hrm_toolkit.train.data.splits import find_splits
from hrm_toolkit.train.recipe import read_recipe
from hrm_toolkit.train.run import RECIPE

LENGTH, IDS = 10, 7


def write_folder(where: Path) -> None:
    """Rows to be reversed, the first three positions unscored, in both splits."""
    rng = np.random.default_rng(1)
    for split, count in (("train", 40), ("test", 8)):
        rows = rng.integers(1, IDS, size=(count, LENGTH))
        labels = rows[:, ::-1].copy()
        labels[:, :3] = 0
        (where / split).mkdir(parents=True, exist_ok=True)
        facts = {
            "pad_id": 0, "ignore_label_id": 0, "blank_identifier_id": 0, "vocab_size": IDS,
            "seq_len": LENGTH, "num_puzzle_identifiers": 1, "total_groups": count // 2,
            "mean_puzzle_examples": 1, "sets": ["all"],
        }  # fmt: skip
        (where / split / "dataset.json").write_text(json.dumps(facts))
        arrays = {
            "inputs": rows, "labels": labels, "puzzle_identifiers": np.zeros(count, np.int32),
            "puzzle_indices": np.arange(count + 1), "group_indices": np.arange(0, count + 1, 2),
        }  # fmt: skip
        for name, array in arrays.items():
            np.save(where / split / f"all__{name}.npy", array)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data and a run of two updates on it."""
    from hrm_toolkit.cli import main

    where = tmp_path_factory.mktemp("own")
    write_folder(where / "data")
    small = ["width=16", "heads=2", "layers=1"]
    arguments = ["train", "--data", where / "data", "--updates", 2, "--out", where / "run"]
    arguments += ["--set", "validation=3", "--set", "validation_segments=2"]
    arguments += [part for key in small for part in ("--set", f"network.{key}")]
    assert main([str(a) for a in arguments]) == 0
    return where


def test_training_takes_vocabulary_and_length_from_the_folder(trained: Path) -> None:
    manifest = read_manifest(trained / "run" / "bundle")
    assert manifest.task == "sequence"
    assert (manifest.network["vocabulary"], manifest.network["max_length"]) == (IDS, LENGTH)
    recipe = read_recipe(trained / "run" / RECIPE)
    splits = find_splits(get_adapter("sequence"), recipe)
    assert len(splits.training) == 40, "rows of a group are no symmetries of each other"
    shutil.rmtree(trained / "data" / "test")
    splits = find_splits(get_adapter("sequence"), recipe)
    kept = (splits.training, splits.validation, splits.test)
    assert sum(map(len, kept)) <= 20, "nor is one held out while its like is trained on"
    write_folder(trained / "data")


def test_it_is_measured_on_the_rows_that_were_held_out(command: Command, trained: Path) -> None:
    bundle = trained / "run" / "bundle"
    ran = command("evaluate", "--solver", bundle, "--data", trained / "data", "--json")
    assert ran.status == 0
    assert (ran.object["n"], ran.object["oracle"]) == (8, None)
    assert set(ran.object["by_source"]) <= {"hrm", "none"}, "labels lead no search"
    refused = command("evaluate", "--solver", bundle)
    assert refused.status == 2
    assert "--data" in refused.err


def test_an_answer_without_a_label_is_not_verified(
    command: Command, trained: Path, tmp_path: Path
) -> None:
    asked = tmp_path / "row.json"
    asked.write_text(json.dumps({"task": "sequence", "tokens": [1] * LENGTH}))
    ran = command("solve", asked, "--solver", trained / "run" / "bundle", "--json")
    assert ran.status == 1
    assert ran.object["abstained"]
    assert len(ran.object["answer"]["tokens"]) == LENGTH
    assert ran.object["verdict"]["violations"][0]["rule"] == "unverifiable"
    assert any("nothing checks it" in note for note in ran.object["notes"])
    asked.write_text(json.dumps({"task": "sequence", "tokens": [IDS] * LENGTH}))
    ran = command("solve", asked, "--solver", trained / "run" / "bundle")
    assert ran.status == 1
    assert "does not know" in ran.out


def test_verify_holds_an_answer_against_the_label(command: Command, tmp_path: Path) -> None:
    row = tmp_path / "row.txt"
    row.write_text("sequence of 9 ids\ngiven 1 2 8\nlabel . 2 1\n")
    (tmp_path / "right.txt").write_text("5 2 1\n")
    (tmp_path / "wrong.txt").write_text("answer . 2 2\n")
    assert command("verify", row, tmp_path / "right.txt").status == 0
    wrong = command("verify", row, tmp_path / "wrong.txt")
    assert wrong.status == 1
    assert "position 3 is not 2" in wrong.out
