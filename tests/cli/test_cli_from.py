"""``train --from``: on by a bundle's own recipe and network, whatever data is given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from running import Command

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import InputError, Settings
from hrm_toolkit.solvers.bundles.bundle import read_manifest, read_network, write_bundle
from hrm_toolkit.solvers.inputs.config import HRMConfig, TRMConfig
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.published.checkpoint import from_published, to_published
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.recipes import start_recipe
from hrm_toolkit.train.run import Run

SUDOKU = get_adapter("sudoku")
FEW = ("--set", "validation=2", "--set", "validation_segments=1", "--set", "batch_size=2")
NETWORKS = {
    "hrm": {"preset": "hrm", "width": 16, "heads": 2, "layers": 1, "positions": "rope2d"},
    "trm": {"preset": "trm-mlp", "width": 16, "heads": 2, "layers": 1, "low_cycles": 1},
    "structured": {"family": "structured", "width": 8, "inner": 8, "low_cycles": 1},
}


def sudokus(file: Path, size: int, count: int = 8) -> Path:
    """Puzzles with their answers, two columns of one line each."""
    rows = ["quizzes,solutions"]
    for number in range(count):
        made = SUDOKU.generate(np.random.default_rng(number), size=size)
        grids = (made.puzzle.grid, made.answer.grid)
        rows.append(",".join("".join(map(str, np.array(grid).ravel())) for grid in grids))
    file.write_text("\n".join(rows))
    return file


@pytest.fixture(scope="module", params=NETWORKS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that knows nothing yet, of each family."""
    out = tmp_path_factory.mktemp("runs") / str(request.param)
    recipe = Recipe(
        adapter="sudoku",
        network=NETWORKS[request.param],
        data=Settings(sizes=(4,)),
        samples=6,
        batch_size=3,
        updates=1,
        max_segments=2,
        learning_rate=1e-4,
        validation=2,
        validation_segments=1,
        validations=1,
    )
    Run(recipe, out).train()
    return out


@pytest.mark.parametrize("named", [(), ("--adapter", "sudoku")])
def test_data_of_ones_own_by_the_recipe_of_the_run(
    command: Command, run: Path, tmp_path: Path, named: tuple[str, ...]
) -> None:
    data = sudokus(tmp_path / "mine.csv", 4)
    out = tmp_path / "out"
    ran = command("train", "--from", run, "--data", data, *named, "--out", out)
    assert ran.status == 0, ran.err
    before, after = (read_manifest(folder / "bundle") for folder in (run, out))
    assert after.network == before.network
    own = {k: v for k, v in before.recipe.items() if k not in ("network", "samples")}
    now = after.recipe
    assert {k: v for k, v in now.items() if k in own} == own
    assert (now["training_data"], now["samples"]) == (str(data), 0)
    # And on from there on what is generated, as the first run was.
    again = start_recipe(str(out))
    assert "max_length" not in again.network


def test_another_task_is_refused(command: Command, run: Path) -> None:
    ran = command("train", "--from", run, "--adapter", "maze", "--dry-run")
    assert ran.status == 2
    assert f"the bundle {run} is for sudoku, and --adapter says maze" in ran.err


def test_longer_puzzles_than_before(command: Command, run: Path, tmp_path: Path) -> None:
    """Networks without a table as long as their sequence reach further, others say so."""
    data = sudokus(tmp_path / "six.csv", 6)
    out = tmp_path / "out"
    ran = command("train", "--from", run, "--data", data, "--out", out)
    if run.name == "trm":
        assert ran.status == 2
        assert "up to 36 tokens, and the network is built for 16; expected at least 36" in ran.err
        return
    assert ran.status == 0, ran.err
    assert read_manifest(out / "bundle").network.get("max_length", 36) == 36


def published(tmp_path: Path, **changes: object) -> tuple[Path, list[object]]:
    """A checkpoint as the published code leaves it, and what its tensors do not tell."""
    small = {"vocabulary": 11, "width": 16, "heads": 2, "layers": 1, "max_length": 81}
    small |= {"puzzle_ids": 1, "puzzle_width": 16}
    config = HRMConfig(**small) if not changes else TRMConfig(**small, **changes)
    torch.save({"model": to_published(build_network(config)), "step": 9}, tmp_path / "step_9")
    said = ("heads", "high_cycles", "low_cycles", "positions", "max_length", "puzzle_slots")
    return tmp_path / "step_9", [f"--set={key}={getattr(config, key)}" for key in said]


@pytest.mark.parametrize("changes", [{}, {"mixer": "mlp", "positions": "none"}])
@pytest.mark.parametrize("given", ["data", "nothing", "recipe"])
def test_an_imported_checkpoint_goes_on_in_one_command(
    command: Command,
    tmp_path: Path,
    changes: dict[str, object],
    given: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hrm_toolkit.train.measure.bundle.TESTS", 2)
    file, settings = published(tmp_path, **changes)
    bundle, out = tmp_path / "bundle", tmp_path / "out"
    ran = command("import-checkpoint", file, "-a", "sudoku", "--out", bundle, *settings)
    assert ran.status == 0, ran.err
    options: list[object] = []
    if given != "nothing":
        options = ["--data", sudokus(tmp_path / "mine.csv", 9)]
    if given == "recipe":
        options += ["--recipe", "sudoku-extreme-1k-trm-att" if changes else "sudoku-extreme-1k"]
    ran = command("train", "--from", bundle, *options, *FEW, "--updates", 1, "--out", out)
    assert ran.status == 0, ran.err
    assert ("was not trained here and has no recipe" in ran.err) == (given != "recipe")
    manifest = read_manifest(out / "bundle")
    assert manifest.network == read_manifest(bundle).network
    assert manifest.recipe["optimizer"] == "adam_atan2"
    assert manifest.recipe["loss"] == "stablemax"
    trained = read_network(out / "bundle", manifest, SUDOKU)
    # What the published code would read, tensor by tensor.
    state = to_published(trained)
    assert state["model.inner.embed_tokens.embedding_weight"].shape == (11, 16)
    told = {
        key: manifest.network[key]
        for key in ("heads", "high_cycles", "low_cycles", "positions", "max_length")
    }
    again = from_published(state, {**told, "puzzle_slots": manifest.network["puzzle_slots"]})
    assert again.config.vocabulary == 11


def test_tokens_that_an_imported_network_lacks_are_added(tmp_path: Path) -> None:
    """Its own keep their embeddings: the ids of the larger grids begin with them."""
    small = {"vocabulary": 11, "width": 16, "heads": 2, "layers": 1, "max_length": 81}
    network = build_network(HRMConfig(**small, q_continue=True))
    write_bundle(tmp_path / "bundle", network, SUDOKU, name="imported")
    recipe = start_recipe(str(tmp_path / "bundle"))
    assert recipe.data.sizes == (9,)
    few = {"batch_size": 2, "validation": 2, "minutes": None, "updates": 1}
    wide = recipe.model_copy(
        update={**few, "data": Settings(sizes=(16,)), "start": str(tmp_path / "bundle"),
                "samples": 2}
    )  # fmt: skip
    found = Run(wide, tmp_path / "out").network
    assert (found.config.vocabulary, found.config.max_length) == (27, 256)
    for name in ("embed_tokens", "lm_head.weight"):
        assert torch.equal(found.state_dict()[name][:11], network.state_dict()[name])


def test_a_vocabulary_that_lacks_tokens_of_the_puzzles_is_refused(tmp_path: Path) -> None:
    network = {"family": "hrm", "width": 16, "heads": 2, "layers": 1, "vocabulary": 11}
    recipe = Recipe(
        adapter="sudoku", network=network, data=Settings(sizes=(16,)), samples=2, validation=2
    )
    with pytest.raises(InputError, match='the puzzles have "16", and the network knows the first'):
        Run(recipe, tmp_path / "out")


def test_a_recipe_that_is_said_beside_the_weights_is_told_from_them(
    command: Command, tmp_path: Path
) -> None:
    small = {"vocabulary": 11, "width": 16, "heads": 2, "layers": 1, "max_length": 81}
    bundle = tmp_path / "bundle"
    write_bundle(bundle, build_network(HRMConfig(**small)), SUDOKU, name="imported")
    options = ("--from", bundle, "--recipe", "sudoku-extreme-1k", *FEW, "--dry-run")
    told = command("train", *options).err
    assert "the recipe sudoku-extreme-1k decides how to train, and the weights of" in told
    assert "width is 16, not 512" in told


@pytest.mark.parametrize(("vocabulary", "fits"), [(10, False), (11, True), (27, True)])
def test_a_vocabulary_below_that_of_the_weights_is_refused_naming_both(
    command: Command, tmp_path: Path, vocabulary: int, fits: bool
) -> None:
    small = {"vocabulary": 11, "width": 16, "heads": 2, "layers": 1, "max_length": 81}
    bundle, out = tmp_path / "bundle", tmp_path / "out"
    write_bundle(bundle, build_network(HRMConfig(**small)), SUDOKU, name="imported")
    options = ("--from", bundle, "--set", f"network.vocabulary={vocabulary}", *FEW)
    data = sudokus(tmp_path / "mine.csv", 9)
    ran = command("train", *options, "--data", data, "--updates", 1, "--out", out)
    if fits:
        assert ran.status == 0, ran.err
        assert read_manifest(out / "bundle").network["vocabulary"] == vocabulary
        return
    assert ran.status == 2
    assert "says vocabulary = 10, and the weights to start from know 11 tokens" in ran.err
