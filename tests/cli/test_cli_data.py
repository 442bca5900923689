"""``train`` without end, on fixed symmetries and on files; lists of puzzles are kept apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from running import Command

from hrm_toolkit.adapters.formats import write_puzzles
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Settings
from hrm_toolkit.solvers.bundles.bundle import read_manifest
from hrm_toolkit.train.data.fresh import fresh_examples
from hrm_toolkit.train.data.splits import find_splits, forms_of
from hrm_toolkit.train.data.stream import Split, draw_distinct, draw_endless
from hrm_toolkit.train.recipe import Recipe, read_recipe

SMALL = (
    "--updates", 2, "--set", "validation=4", "--set", "batch_size=3", "--set", "network.width=4",
    "--set", "network.inner=4", "--set", "validation_segments=2",
)  # fmt: skip
SETTINGS = {
    "maze": Settings(sizes=(4, 5)),
    "sudoku": Settings(sizes=(4,)),
    "graph": Settings(sizes=(5, 6)),
}


@pytest.fixture
def mazes(tmp_path: Path) -> Path:
    """A file of forty mazes with their answers."""
    found = draw_distinct(get_adapter("maze"), Settings(sizes=(6,)), 0, Split.TEST, 40)
    write_puzzles(tmp_path / "mazes.jsonl", found)
    return tmp_path / "mazes.jsonl"


@pytest.mark.parametrize("samples", [0, 12])
@pytest.mark.parametrize("task", sorted(SETTINGS))
def test_generated_lists_never_share_a_puzzle_up_to_symmetry(task: str, samples: int) -> None:
    adapter = get_adapter(task)
    recipe = Recipe(adapter=task, data=SETTINGS[task], samples=samples, validation=6)
    splits = find_splits(adapter, recipe)
    training = splits.training
    if not samples:
        training = [draw_endless(adapter, recipe.data, recipe.seed, n) for n in range(150)]
    validation = forms_of(adapter, splits.validation)
    test = forms_of(adapter, fresh_examples(adapter, recipe, recipe.data, seed=9, samples=15))
    assert not forms_of(adapter, training) & validation
    assert not forms_of(adapter, training) & test
    assert not validation & test
    assert len(validation) == 6
    assert test


def test_training_on_a_file(command: Command, tmp_path: Path, mazes: Path) -> None:
    out = tmp_path / "run"
    ran = command("train", "--data", mazes, "--augmentations", 3, *SMALL, "--out", out, "--json")
    assert ran.status == 0
    assert f"{mazes} holds maze puzzles" in ran.err
    recipe = read_recipe(out / "recipe.toml")
    assert (recipe.adapter, recipe.training_data) == ("maze", str(mazes))
    assert (recipe.samples, recipe.augmentations) == (0, 3)
    splits = find_splits(get_adapter("maze"), recipe)
    assert ran.object["evaluation"]["n"] == len(splits.test)
    assert "held out from the training data" in ran.object["evaluation"]["data"]
    assert read_manifest(out / "bundle").recipe["training_data"] == str(mazes)
    fresh = fresh_examples(get_adapter("maze"), recipe, Settings(sizes=(6,)), 0, 20)
    maze = get_adapter("maze")
    assert not forms_of(maze, fresh) & forms_of(maze, [*splits.training, *splits.validation])


def test_a_bundle_whose_file_is_gone_says_so(command: Command, tmp_path: Path, mazes: Path) -> None:
    out = tmp_path / "run"
    assert command("train", "--data", mazes, *SMALL, "--out", out, "--json").status == 0
    mazes.unlink()
    ran = command(
        "evaluate", "-s", out / "bundle", "--samples", 3, "--size", 5, "--strategy", "neural"
    )
    assert ran.status == 0
    assert "may be one of those trained on" in ran.err


def test_a_path_stays_right_in_another_folder(
    command: Command, mazes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(mazes.parent)
    ran = command("train", "--data", mazes.name, "--dry-run", *SMALL, "--json")
    assert ran.status == 0
    assert ran.object["recipe"]["training_data"] == str(mazes)
    assert ran.object["estimate"]["probed_on"] == str(mazes)


def test_generating_without_end(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "run"
    ran = command(
        "train", "-a", "maze", "--fresh", "--workers", 0, *SMALL, "--set", "data.sizes=[5]",
        "--out", out, "--json",
    )  # fmt: skip
    assert ran.status == 0
    assert read_recipe(out / "recipe.toml").fresh
    assert json.loads((out / "manifest.json").read_text())["data"]["training"]["n"] == 0


def test_fresh_undoes_what_a_recipe_says_of_its_list(command: Command) -> None:
    ran = command(
        "train", "--recipe", "sudoku-extreme-1k", "--fresh", "--dry-run", *SMALL[:4],
        "--set", "network.width=32", "--set", "network.heads=2", "--set", "batch_size=2", "--json",
    )  # fmt: skip
    assert ran.status == 0
    found = ran.object["recipe"]
    assert (found["samples"], found["training_data"], found["augmentations"]) == (0, None, None)
    assert found["learning_rate"] == 7e-5


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--fresh", "--samples", 5), "--fresh generates without end, and --samples"),
        (("--fresh", "--augmentations", 5), "and --augmentations trains on a list"),
        (("--fresh", "--data", "x.csv"), "and --data trains on a list"),
        (("--validation-data", "x.csv"), "validation_data without training_data"),
        (("--samples", 0, "--augmentations", 5), "which are of base puzzles"),
        (("--data", "none.csv"), "no such file or folder of puzzles"),
    ],
)
def test_options_that_do_not_go_together(
    command: Command, arguments: tuple[object, ...], says: str
) -> None:
    ran = command("train", "--adapter", "maze", *arguments)
    assert ran.status == 2
    assert says in ran.err
    assert ran.err.count("\n") == 1


def test_a_published_recipe_says_how_to_get_its_data(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = command("train", "--recipe", "maze-30x30-1k")
    assert ran.status == 2
    assert "data/maze-30x30-hard-1k: there is no such file or folder" in ran.err
    assert "convert-dataset MAZE_30X30_HARD.csv --to published" in ran.err
    assert list(tmp_path.iterdir()) == []
