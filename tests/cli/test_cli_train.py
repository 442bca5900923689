"""``train``, ``evaluate`` and ``generate``, end to end on puzzles of a second."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from running import Command

from hrm_toolkit.adapters.formats import read_puzzles
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.cli.progress import numbers
from hrm_toolkit.solvers.bundles.bundle import read_manifest
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.progress import Counters
from hrm_toolkit.train.recipe import read_recipe, to_toml
from hrm_toolkit.train.recipes import find_recipe

SMALL = (
    "--adapter", "maze", "--samples", 20, "--set", "validation=5", "--set", "batch_size=4",
    "--set", "network.width=8", "--set", "network.inner=16", "--set", "data.sizes=[5]",
    "--set", "validation_segments=2",
)  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of three updates, made by the command line."""
    from hrm_toolkit.cli import main

    out = tmp_path_factory.mktemp("runs") / "small"
    arguments = ["train", *map(str, SMALL), "--updates", "3", "--seed", "4", "--out", str(out)]
    assert main(arguments) == 0
    return out


def test_train_ends_with_a_measured_bundle(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "run"
    ran = command("train", *SMALL, "--updates", 2, "--out", out)
    assert ran.status == 0
    assert re.search(r"^trained 2 updates in [\d.]+ minutes, [\d.e+]+ a second$", ran.out, re.M)
    assert re.search(r" update 2 of 2, [\d.e+]+ a second · loss", ran.err), "so many by plan"
    assert "this recipe came to" not in ran.err + ran.out, "it is another than was measured"
    assert "fresh puzzles, network alone: " in ran.out
    assert "n = 200)" in ran.out
    assert f"hrm-toolkit solve FILE --solver {out / 'bundle'}" in ran.out
    assert f"training maze in {out}" in ran.err
    manifest = read_manifest(out / "bundle")
    assert manifest.evaluation["test"]["n"] == 200
    assert manifest.evaluation["validation"]["n"] == 5
    assert manifest.recipe["samples"] == 20
    assert Solver.load(out / "bundle").name == "run"


def test_a_task_without_test_puzzles_is_told_of_first_and_measured_all_the_same(
    command: Command, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    all_of_them = ("--set", "data.sizes=[[1,3]]", "--set", "validation=2", "--samples", 50)
    ran = command("train", *SMALL, *all_of_them, "--updates", 2, "--out", out)
    assert ran.status == 0
    told = ran.err.index("no puzzle of this kind beyond those it trains and validates on")
    assert told > ran.err.index("training maze in")
    assert "held-out puzzles, on which weights were chosen, network alone: " in ran.out
    assert f"hrm-toolkit solve FILE --solver {out / 'bundle'}" in ran.out
    assert read_manifest(out / "bundle").evaluation["test"]["data"].startswith("held-out puzzles")
    again = command("evaluate", "--solver", out / "bundle", "--samples", 2)
    assert again.status == 0
    assert "no other puzzle of this kind" in again.err


def test_train_prints_one_object(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "run"
    ran = command("train", *SMALL, "--updates", 2, "--out", out, "--json")
    assert ran.status == 0
    assert ran.object["out"] == str(out)
    assert ran.object["bundle"] == str(out / "bundle")
    assert ran.object["evaluation"]["strategy"] == "neural"
    assert ran.object["evaluation"]["n"] == 200


def test_runs_go_into_fresh_folders(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for number in (1, 2):
        ran = command("train", *SMALL, "--updates", 1, "--seed", 9, "--json")
        assert ran.object["out"] == f"runs/maze-9-{number}"


def test_a_run_is_not_overwritten(command: Command, trained: Path) -> None:
    ran = command("train", *SMALL, "--updates", 1, "--out", trained)
    assert ran.status == 2
    assert f"--resume {trained}" in ran.err


def test_an_interrupt_leaves_a_checkpoint_to_go_on_from(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_toolkit.train.run import Run

    out = tmp_path / "run"
    update = Run.advance

    def interrupted(self: Run) -> object:
        if self.counters.update == 2:
            raise KeyboardInterrupt
        return update(self)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "advance", interrupted)
        ran = command("train", *SMALL, "--updates", 4, "--out", out)
    assert ran.status == 130
    assert f"go on with: hrm-toolkit train --resume {out}" in ran.err
    assert ran.out == ""
    ran = command("train", "--resume", out, "--json")
    assert ran.status == 0
    assert ran.object["training"]["updates"] == 4


def test_a_recipe_from_a_file(command: Command, tmp_path: Path, trained: Path) -> None:
    ran = command(
        "train", "--recipe", trained / "recipe.toml", "--updates", 1, "--out", tmp_path / "a",
        "--json",
    )  # fmt: skip
    assert ran.status == 0
    assert read_manifest(tmp_path / "a" / "bundle").recipe["seed"] == 4


@pytest.mark.parametrize("by_name", [True, False])
def test_a_run_goes_on_from_a_bundled_name_or_a_folder(
    command: Command, trained: Path, by_name: bool
) -> None:
    source = "sudoku-4x4" if by_name else str(trained)
    found = command("train", "--from", source, "--dry-run", "--json").object
    # A name means the same on every machine, a folder on this one alone.
    expected = source if by_name else str((trained / "bundle").absolute())
    assert found["recipe"]["start"] == expected


def test_evaluate_has_rates_with_n(command: Command, trained: Path) -> None:
    bundle = trained / "bundle"
    found = command(
        "evaluate", "--solver", bundle, "--samples", 12, "--strategy", "neural", "--json"
    ).object
    assert found["n"] == 12
    assert found["strategy"] == "neural"
    for rate in ("verified_rate", "exact_accuracy", "optimal_rate"):
        assert found[rate] is None or 0 <= found[rate] <= 1
    assert found["seconds"] > 0
    assert list(found["by_length"]) == ["25"]
    assert list(found["by_size"]) == ["5x5"]
    assert found["budget"]["segments"] == 2
    assert found["bundle"] == read_manifest(bundle).sha256
    said = command("evaluate", "--solver", bundle, "--samples", 12, "--size", "4x6")
    assert said.status == 0
    assert "100.0 % verified" in said.out
    assert "n = 12)" in said.out


def test_evaluation_puzzles_are_none_of_the_training_puzzles(trained: Path) -> None:
    from hrm_toolkit.core import Settings
    from hrm_toolkit.train.data.fresh import fresh_examples
    from hrm_toolkit.train.data.stream import Split, draw_distinct
    from hrm_toolkit.train.recipe import read_recipe

    recipe = read_recipe(trained / "recipe.toml").model_copy(
        update={"data": Settings(sizes=((2, 3),)), "samples": 20}
    )
    maze = get_adapter("maze")
    everything = draw_distinct(maze, recipe.data, 0, Split.TEST, 200)
    fresh = fresh_examples(maze, recipe, recipe.data, 0, 200)
    seen: set[str] = set()
    for split, count in ((Split.VALIDATION, recipe.validation), (Split.TRAIN, recipe.samples)):
        draw_distinct(maze, recipe.data, recipe.seed, split, count, exclude=seen)
    drawn = {maze.canonical(example.puzzle) for example in everything}
    assert drawn & seen, "with so few mazes some are drawn twice"
    assert {maze.canonical(example.puzzle) for example in fresh} == drawn - seen


def test_generated_puzzles_read_back_and_measure(
    command: Command, tmp_path: Path, trained: Path
) -> None:
    file = tmp_path / "mazes.jsonl"
    arguments = ("generate", "--adapter", "maze", "--samples", 7, "--size", 5, "--size", "3x8")
    ran = command(*arguments, "--difficulty", "perfect", "--out", file)
    assert ran.status == 0
    loaded = read_puzzles(file)
    assert len(loaded.puzzles) == 7
    maze = get_adapter("maze")
    for puzzle, answer in zip(loaded.puzzles, loaded.answers, strict=True):
        assert maze.rules.check(puzzle, answer)
    found = command("evaluate", "--solver", trained / "bundle", "--data", file, "--json").object
    assert found["n"] == 7
    assert found["left_out"] == 0
    assert found["data"] == str(file)
    folder = command("evaluate", "--solver", trained / "bundle", "--data", tmp_path, "--json")
    assert folder.object["n"] == 7


def test_puzzles_without_an_answer_are_left_out_and_counted(
    command: Command, tmp_path: Path, trained: Path
) -> None:
    file = tmp_path / "some.jsonl"
    rows = [{"task": "maze", "grid": ["S.G"]}, {"task": "maze", "grid": ["S#G"]}]
    file.write_text("\n".join(map(json.dumps, rows)))
    found = command("evaluate", "--solver", trained / "bundle", "--data", file, "--json").object
    assert (found["n"], found["left_out"]) == (1, 1)
    file.write_text(json.dumps(rows[1]))
    ran = command("evaluate", "--solver", trained / "bundle", "--data", file)
    assert ran.status == 2
    assert "no puzzle here has a known answer" in ran.err


def test_the_same_seed_generates_the_same_bytes(command: Command, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for file, seed in ((one, 1), (other, 1)):
        command("generate", "-a", "graph", "--samples", 5, "--seed", seed, "--out", file)
    assert one.read_bytes() == other.read_bytes()
    ran = command("generate", "-a", "graph", "--samples", 5, "--out", one)
    assert ran.status == 2
    assert "--force" in ran.err
    ran = command("generate", "-a", "graph", "--samples", 5, "--seed", 2, "--out", one, "--force")
    assert ran.status == 0
    assert one.read_bytes() != other.read_bytes()


def test_generate_to_standard_output(command: Command) -> None:
    ran = command("generate", "-a", "sudoku", "--samples", 3, "--size", 4)
    assert len(ran.objects) == 3
    solved = command("solve", "-", "--strategy", "exact", "--json", stdin=ran.out.encode())
    assert solved.status == 0
    assert len(solved.objects) == 3


def test_a_task_that_runs_out_says_so(command: Command) -> None:
    ran = command("generate", "-a", "maze", "--samples", 50, "--size", "1x2", "--out", "-")
    assert ran.status == 0
    assert len(ran.objects) == 1
    assert ran.err == "the task offers 1 puzzles of this kind, not 50\n"


def test_trackers_are_named_on_the_command_line(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "run"
    ran = command("train", *SMALL, "--updates", 2, "--out", out, "--tracker", "tensorboard")
    assert ran.status == 0
    assert list((out / "tensorboard").glob("events.out.tfevents.*"))
    ran = command("train", "--resume", out, "--tracker", "tensorbord")
    assert ran.status == 2
    assert 'did you mean "tensorboard"?' in ran.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--lr", 1), 'no such option: --lr; did you mean "--set learning_rate=VALUE"?'),
        (("--batch-size", 8), 'did you mean "--set batch_size=VALUE"?'),
        (("--samlpes", 8), 'did you mean "--samples"?'),
        (("--device", "gpu"), 'there is no kind of device "gpu"; expected auto, cpu, cuda'),
        (("--device", "cuda:99"), 'the device "cuda:99" cannot be used: this machine, or this'),
    ],
)
def test_options_that_are_typed_elsewhere(
    command: Command, arguments: tuple[object, ...], says: str
) -> None:
    ran = command("train", "--adapter", "maze", *arguments)
    assert ran.status == 2
    assert says in ran.err
    assert ran.err.count("\n") == 1


def test_a_run_by_the_clock_tells_its_pace_and_what_its_recipe_is_known_to_need(
    command: Command, tmp_path: Path
) -> None:
    few = ("--set", "validation=2", "--set", "validation_segments=1", "--set", "validations=1")
    asked = ("train", "--recipe", "maze", "--minutes", 0.002, *few)
    ran = command(*asked, "--out", tmp_path / "run")
    known = "this recipe came to 100 % of held-out puzzles in 1,542 updates"
    assert known in ran.err
    assert f"{known}: more may come of more minutes" in ran.out
    halfway = Counters(update=30, seconds=15.0).progress(0.5, None)
    assert numbers(halfway).startswith("update 30 of about 60, 2 a second · loss ")


@pytest.mark.parametrize(
    ("change", "same"),
    [("seed=7", True), ("samples=1000", True), ("samples=10", False), ("batch_size=8", False)],
)
def test_what_a_recipe_came_to_is_not_said_of_another(
    tmp_path: Path, change: str, same: bool
) -> None:
    recipe = find_recipe("maze", None, [change])
    assert (recipe.known is not None) == same
    file = tmp_path / "recipe.toml"
    file.write_text(to_toml(recipe))
    assert read_recipe(file) == recipe
