"""Training on a published ARC folder: rows with identifiers, and a bundle that knows them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from hrm_toolkit.adapters.arc import ArcAdapter, ArcPair, ArcPuzzle, ArcTest
from hrm_toolkit.adapters.arc.adapter import UNKNOWN
from hrm_toolkit.adapters.arc.codec import from_tokens
from hrm_toolkit.adapters.arc.published.train import held_tasks
from hrm_toolkit.adapters.arc.published.write import write_published_arc
from hrm_toolkit.adapters.arc.rules import Grid
from hrm_toolkit.cli import main
from hrm_toolkit.core import Budget, BundleError, InputError, OptionError
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.data.rows import RowStream
from hrm_toolkit.train.objective import Loss
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.recipes import named_recipe, start_recipe
from hrm_toolkit.train.record.manifest import read_run_manifest
from hrm_toolkit.train.run import Run

ONCE = Budget(segments=1)
SHOWN = (1, 6, 7, 8)


def filled(colour: int) -> Grid:
    """As large as can be, so that it lies in one place whatever is drawn."""
    return ((colour,) * 30,) * 30


def task(name: str | None, colour: int, shown: int = 2) -> ArcPuzzle:
    """Whatever the input, the output is all of one colour."""
    return made(name, [(filled(c), filled(colour)) for c in SHOWN[: shown + 1]])


def made(name: str | None, pairs: Sequence[tuple[Grid, Grid]]) -> ArcPuzzle:
    """The last pair is the test."""
    (asked, solved), shown = pairs[-1], pairs[:-1]
    return ArcPuzzle(
        name=name,
        train=tuple(ArcPair(input=i, output=o) for i, o in shown),
        test=(ArcTest(input=asked, output=solved),),
    )


RED, GREEN, GREY = task("red", 2), task("green", 3), task("grey", 4, 3)
NETWORK: dict[str, Any] = {
    "family": "trm",
    "modules": 1,
    "layers": 1,
    "high_cycles": 1,
    "low_cycles": 1,
    "gradient": "last_cycle",
    "width": 8,
    "heads": 1,
    "positions": "none",
    "expansion": 1.0,
    "puzzle_width": 32,
}


def recipe_for(folder: Path, **changes: Any) -> Recipe:
    fields: dict[str, Any] = {
        "adapter": "arc",
        "network": NETWORK,
        "training_data": str(folder),
        "samples": 0,
        "batch_size": 4,
        "updates": 50,
        "max_segments": 1,
        "optimizer": "adam_atan2",
        "learning_rate": 2e-2,
        "puzzle_learning_rate": 0.3,
        "puzzle_weight_decay": 0.0,
        "weight_decay": 0.0,
        "warmup": 10,
        "ema": 0.9,
        "validations": 1,
        "validation": 1,
        "validation_segments": 1,
        "seed": 1,
    }
    return Recipe(**fields | changes)


class Watched(Run):
    """A run that remembers its losses."""

    losses: tuple[float, ...] = ()

    def advance(self) -> Loss:
        loss = super().advance()
        self.losses += (float(loss.answer),)
        return loss


@dataclass
class Learned:
    folder: Path
    run: Watched
    bundle: Path
    solver: Solver = field(init=False)

    def __post_init__(self) -> None:
        self.solver = Solver.load(self.bundle)


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Learned:
    folder = tmp_path_factory.mktemp("run")
    subsets = {"training": [RED], "evaluation": [GREEN, GREY]}
    write_published_arc(folder / "data", subsets, test_set="evaluation")
    run = Watched(recipe_for(folder / "data"), folder / "out")
    return Learned(folder / "data", run, run.train())


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tasks with two or three variants, and rows of different numbers."""

    def mirrored(name: str, rows: int) -> ArcPuzzle:
        grids = [((1, rows), (n, 3), (4, 5)) for n in range(rows + 1)]
        return made(name, [(grid, tuple(row[::-1] for row in grid)) for grid in grids])

    folder = tmp_path_factory.mktemp("varied") / "data"
    subsets = {"training": [mirrored("a", 1), mirrored("b", 3)], "evaluation": [mirrored("c", 2)]}
    write_published_arc(folder, subsets, test_set="evaluation", augmentations=3)
    return folder


def test_the_loss_falls(learned: Learned) -> None:
    losses = learned.run.losses
    assert np.mean(losses[-8:]) < 0.25 * np.mean(losses[:4])


@pytest.mark.parametrize("puzzle", [RED, GREEN, GREY], ids=lambda p: str(p.name))
@pytest.mark.parametrize("named", [True, False])
def test_a_learned_task_is_solved_by_its_name_or_its_demonstrations(
    learned: Learned, puzzle: ArcPuzzle, named: bool
) -> None:
    asked = puzzle if named else puzzle.model_copy(update={"name": None})
    result = learned.solver.solve(asked, strategy="neural", budget=ONCE)
    assert result.solved
    assert result.source == "trm"
    assert result.notes == ()


def test_what_no_embedding_was_learned_for_is_not_solved_and_says_so(learned: Learned) -> None:
    """Same input, other rules: one answer cannot be right for both."""
    strangers = [
        puzzle.model_copy(update={"name": None, "train": task(None, 9).train})
        for puzzle in (RED, GREEN)
    ]
    results = learned.solver.solve_many(strangers, strategy="neural", budget=ONCE)
    assert results[0].answer == results[1].answer
    assert not all(result.solved for result in results)
    assert [result.notes for result in results] == [(UNKNOWN,)] * 2


def test_test_inputs_are_asked_one_by_one(learned: Learned) -> None:
    both = RED.model_copy(update={"test": (*RED.test, *task(None, 2, 3).test)})
    result = learned.solver.solve(both, strategy="neural", budget=ONCE)
    assert result.solved
    assert [len(attempts) for attempts in result.answer.attempts] == [1, 1]  # type: ignore[union-attr]
    assert result.segments == 2


def test_validation_says_what_it_is_measured_on(learned: Learned) -> None:
    manifest = learned.solver.manifest
    assert manifest is not None
    said = manifest.evaluation["validation"]
    assert "each by the embedding of its identifier, no votes" in said["data"]
    assert said["n"] == 1
    assert said["verified_rate"] == 1.0
    held = learned.run.splits.validation + learned.run.splits.test
    assert {example.puzzle.name for example in held} == {"green", "grey"}


def test_the_manifest_counts_the_rows(learned: Learned) -> None:
    manifest = read_run_manifest(learned.run.out)
    assert manifest is not None
    assert manifest.data["training"].n == 3 + 2 + 3
    assert manifest.data["training"].encoded_sha256 == manifest.files[str(learned.folder)]


def test_a_saved_solver_still_knows_its_tasks(learned: Learned, tmp_path: Path) -> None:
    learned.solver.save(tmp_path)
    again = Solver.load(tmp_path)
    assert again.adapter.identifiers == learned.solver.adapter.identifiers
    assert again.solve(RED, strategy="neural", budget=ONCE).solved


def test_other_identifiers_than_the_bundles_are_refused(learned: Learned, tmp_path: Path) -> None:
    shutil.copytree(learned.bundle, tmp_path / "bundle")
    file = tmp_path / "bundle" / "identifiers.json"
    file.write_text(file.read_text().replace("red", "rod"))
    with pytest.raises(BundleError, match="identifiers are not those"):
        Solver.load(tmp_path / "bundle")
    file.unlink()
    with pytest.raises(BundleError, match="identifiers cannot be read"):
        Solver.load(tmp_path / "bundle")


def test_a_pass_shows_one_puzzle_of_each_group_with_all_its_rows(varied: Path) -> None:
    adapter, sets = ArcAdapter().layout().open_train(varied)
    names = adapter.identifiers.names
    stream = RowStream(adapter, sets, seed=1)
    a_pass = 2 + 4 + 2
    shown = [[stream.show(p * a_pass + n) for n in range(a_pass)] for p in range(12)]
    for one in shown:
        rows = [(item.encoded.puzzle_id, item.encoded.tokens.tobytes()) for item in one]
        chosen = [names[identifier] for identifier, _ in rows]
        assert sorted(name[0] for name in chosen) == [*"aabbbbcc"]
        assert len(set(chosen)) == 3, "one puzzle of a group"
        assert len(set(rows)) == a_pass, "each row once"
        groups = [name for n, name in enumerate(chosen) if not n or chosen[n - 1] != name]
        assert len(groups) == 3, "rows of a puzzle follow each other"
    every = {names[item.encoded.puzzle_id] for one in shown for item in one}
    assert len(every) > 6, "variants are chosen too"
    assert len({tuple(item.encoded.puzzle_id for item in one) for one in shown}) > 6


def test_a_showing_is_a_function_of_its_number(varied: Path) -> None:
    adapter, sets = ArcAdapter().layout().open_train(varied)
    one, other = (RowStream(adapter, sets, seed=3) for _ in range(2))
    forwards = [one.show(n) for n in range(20)]
    for n in reversed(range(20)):
        item = other.show(n)
        assert item.encoded.puzzle_id == forwards[n].encoded.puzzle_id
        assert (item.encoded.tokens == forwards[n].encoded.tokens).all()
        assert (item.labels == forwards[n].labels).all()


def test_votes_ask_variants_as_the_folder_has_them(varied: Path) -> None:
    """With the row and the tokens that the test split has for a variant's name."""
    adapter, _ = ArcAdapter().layout().open_train(varied)
    (puzzle,) = [e.puzzle for e in held_tasks(varied, adapter.identifiers.names)]
    inputs, ids = (
        np.load(varied / "test" / f"all__{name}.npy") for name in ("inputs", "puzzle_identifiers")
    )
    expected = dict(zip(ids.tolist(), inputs, strict=True))
    seen = set()
    for number in range(30):
        symmetry = adapter.symmetry(puzzle, np.random.default_rng([0, number]))
        asked = symmetry.apply(puzzle)
        row = adapter.identify(asked)
        assert (adapter.codec.encode(asked) == expected[row]).all()
        assert symmetry.undo(asked) == puzzle
        seen.add(row)
    assert seen == set(expected) - {adapter.identify(puzzle)}
    assert from_tokens(adapter.codec.encode(puzzle)) == puzzle.test[0].input


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"samples": 1}, "3 tasks and their variants"),
        ({"augmentations": 2}, "3 tasks and their variants"),
        (
            {"network": {"family": "structured"}, "puzzle_learning_rate": None},
            "learns no embeddings",
        ),
        ({"network": {**NETWORK, "puzzle_ids": 2}}, "the network has 2 embeddings; expected 4"),
    ],
)
def test_what_does_not_go_with_the_folder_is_refused(
    learned: Learned, tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        Run(recipe_for(learned.folder, **changes), tmp_path / "out")


@pytest.mark.parametrize("name", ["arc-1", "arc-2", "arc-1-trm", "arc-2-trm"])
def test_a_published_recipe_says_how_to_make_its_data(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recipe = named_recipe(name)
    assert recipe.training_data is not None
    with pytest.raises(OptionError) as caught:
        Run(recipe, tmp_path / "out")
    assert "--augmentations 1000 --seed 42 " in str(caught.value.hint)
    assert str(caught.value.hint).endswith(f"--out {recipe.training_data}")


def test_published_recipes_train_each_embedding_by_signs() -> None:
    recipe = named_recipe("arc-1")
    assert (recipe.puzzle_learning_rate, recipe.puzzle_weight_decay) == (1e-2, 0.1)
    assert (recipe.learning_rate, recipe.weight_decay, recipe.batch_size) == (1e-4, 0.1, 768)


def test_another_folder_goes_on_by_the_bundles_recipe(learned: Learned, tmp_path: Path) -> None:
    """Its tasks are numbered otherwise: embeddings go by name, new ones start from the mean."""
    blue = task("blue", 1)
    subsets = {"training": [blue, RED], "evaluation": [GREY, GREEN]}
    write_published_arc(tmp_path / "data", subsets, test_set="evaluation")
    own = start_recipe(str(learned.bundle))
    data = {"training_data": str(tmp_path / "data"), "start": str(learned.bundle), "updates": 1}
    run = Run(own.model_copy(update=data), tmp_path / "out")
    before = learned.solver.network.state_dict()
    after = run.network.state_dict()
    old, new = learned.solver.adapter.identifiers.names, run.adapter.identifiers.names
    assert list(old) != list(new)
    for name in ("red", "green", "grey"):
        kept = before["puzzle_embedding"][old.index(name)]
        assert torch.equal(after["puzzle_embedding"][new.index(name)], kept)
    mean = before["puzzle_embedding"][1:].mean(0)
    assert torch.equal(after["puzzle_embedding"][new.index("blue")], mean)
    assert torch.equal(after["lm_head.weight"], before["lm_head.weight"])
    assert run.notes == (
        "of the 4 identifiers of the data 3 have an embedding in the bundle, which has 3; the "
        "others start from the mean of those",
    )
    assert Solver.load(run.train()).adapter.identifiers.names == new
    # The recipe that is left is of no folder's number of tasks.
    assert "puzzle_ids" not in start_recipe(str(tmp_path / "out")).network


def test_a_folder_without_a_test_split_holds_pairs_out(tmp_path: Path) -> None:
    tasks = [task(f"t{n}", n % 9, 2) for n in range(4)]
    write_published_arc(tmp_path / "data", {"training": tasks}, augmentations=2)
    run = Run(recipe_for(tmp_path / "data", updates=2), tmp_path / "out")
    held = [e.puzzle for e in (*run.splits.validation, *run.splits.test)]
    assert len(held) == len(run.splits.apart) == 2
    assert "no test split: the last pairs of 2 of its tasks are held out" in run.notes[0]
    asked = {puzzle.name: puzzle.test[0].input for puzzle in held}
    assert all(grid == filled(SHOWN[2]) for grid in asked.values())
    stream, names = run._stream, run.adapter.identifiers.names
    shown: dict[str, set[Grid]] = {}
    for number in range(200):
        encoded = stream.show(number).encoded
        name = names[encoded.puzzle_id].split("|||")[0]
        if names[encoded.puzzle_id] == name:
            shown.setdefault(name, set()).add(from_tokens(encoded.tokens))
    for name, grids in shown.items():
        assert (filled(SHOWN[2]) in grids) == (name not in asked)
    run.train()
    write_published_arc(tmp_path / "one", {"training": tasks[:1]})
    with pytest.raises(InputError, match=r"too few tasks.*--validation-data"):
        Run(recipe_for(tmp_path / "one"), tmp_path / "other")


def test_the_command_line_counts_the_votes_of_all_variants(
    learned: Learned, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["evaluate", "--solver", str(learned.bundle), "--data", str(learned.folder)]
    assert main([*options, "--votes", "all", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["tasks"], told["pass_at"]["2"]) == (2, 1.0)
    assert sorted(told["solved"]) == ["green", "grey"]
    assert main([*options[:3], "--votes", "all"]) == 2
    assert "asks one solver about one data set" in capsys.readouterr().err
    assert main(["evaluate", "--solver", "sudoku-4x4", *options[3:], "--votes", "all"]) == 2
    assert "has no embeddings of the variants" in capsys.readouterr().err
