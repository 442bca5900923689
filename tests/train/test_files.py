"""The user's own files as training data: every reader, checked answers, separate lists."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from hrm_toolkit.adapters.formats import source, write_published, write_puzzles
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import (
    AnyAdapter,
    CheckpointError,
    Example,
    InputError,
    OptionError,
    Settings,
    UnknownNameError,
)
from hrm_toolkit.train.data.examples import read_examples, task_of
from hrm_toolkit.train.data.splits import forms_of, read_splits
from hrm_toolkit.train.data.stream import AnyExample, Split, Splits, draw_distinct
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.record.checkpoint import CHECKPOINT
from hrm_toolkit.train.record.manifest import read_run_manifest
from hrm_toolkit.train.run import Run

ARC_TASK = Path(__file__).parents[2] / "examples" / "arc-task.json"


def examples(task: str, size: int, count: int, seed: int = 0) -> list[AnyExample]:
    return draw_distinct(get_adapter(task), Settings(sizes=(size,)), seed, Split.TEST, count)


def line(example: AnyExample, part: str = "puzzle") -> str:
    return "".join(str(cell) for row in getattr(example, part).grid for cell in row)


def sudoku_csv(path: Path, found: list[AnyExample], *, answers: bool = True) -> Path:
    rows = ["source,question,answer,rating"]
    for example in found:
        rows.append(f"mine,{line(example)},{line(example, 'answer') if answers else ''},0")
    path.write_text("\n".join(rows))
    return path


def write_csv(folder: Path) -> Path:
    return sudoku_csv(folder / "some.csv", examples("sudoku", 9, 6))


def write_lines(folder: Path) -> Path:
    file = folder / "some.sdm"
    file.write_text("\n".join(map(line, examples("sudoku", 4, 6))))
    return file


def write_json_lines(folder: Path) -> Path:
    write_puzzles(folder / "some.jsonl", examples("graph", 8, 6))
    return folder / "some.jsonl"


def write_folder(folder: Path) -> Path:
    for number, example in enumerate(examples("maze", 6, 6)):
        text = get_adapter("maze").render(example.puzzle)
        (folder / f"{number}.txt").write_text(text)
    (folder / ".hidden").write_text("no puzzle")
    return folder


def write_arc_tasks(folder: Path) -> Path:
    shutil.copy(ARC_TASK, folder / "first.json")
    write_puzzles(folder / "made.jsonl", examples("arc", 5, 4))
    return folder


def write_sudokus(folder: Path, split: str, found: list[AnyExample], augmentations: int) -> None:
    rng, sudoku = np.random.default_rng(0), get_adapter("sudoku")
    write_published(folder, split, found, sudoku, augmentations=augmentations, rng=rng)


def write_published_folder(folder: Path) -> Path:
    write_sudokus(folder, "train", examples("sudoku", 9, 6), 2)
    return folder


WRITERS = {
    "csv with answers": (write_csv, "sudoku", 6),
    "lines without answers": (write_lines, "sudoku", 6),
    "json lines": (write_json_lines, "graph", 6),
    "folder of texts": (write_folder, "maze", 6),
    "arc tasks": (write_arc_tasks, "arc", 5),
    "published folder": (write_published_folder, "sudoku", 6),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_every_reader_gives_checked_training_data(kind: str, tmp_path: Path) -> None:
    write, task, count = WRITERS[kind]
    path, adapter = write(tmp_path), get_adapter(task)
    assert task_of(path) == task
    splits = read_splits(adapter, path)
    lists = (splits.training, splits.validation, splits.test)
    assert sum(map(len, lists)) == count
    assert all(lists)
    for example in (e for found in lists for e in found):
        assert adapter.rules.check(example.puzzle, example.answer)
    separate(adapter, splits)
    assert list(splits.files) == [str(path)]


def separate(adapter: AnyAdapter, splits: Splits) -> None:
    """No puzzle in one list equals one in another up to symmetry, by canonical forms."""
    training, validation, test = (
        forms_of(adapter, found) for found in (splits.training, splits.validation, splits.test)
    )
    assert not training & validation
    assert not training & test
    assert not validation & test
    assert len(validation) == len(splits.validation)
    assert len(test) == len(splits.test)


@pytest.mark.parametrize(("task", "size"), [("sudoku", 4), ("maze", 5), ("graph", 7)])
def test_copies_up_to_symmetry_stay_on_one_side(task: str, size: int, tmp_path: Path) -> None:
    adapter, rng = get_adapter(task), np.random.default_rng(0)
    found = examples(task, size, 40)
    copies = []
    for example in found * 3:
        symmetry = adapter.symmetry(example.puzzle, rng)
        copies.append(
            Example(symmetry.apply(example.puzzle), symmetry.apply_answer(example.answer))
        )
    write_puzzles(tmp_path / "all.jsonl", [*found, *copies])
    splits = read_splits(adapter, tmp_path / "all.jsonl")
    separate(adapter, splits)
    assert len(splits.training) == 4 * len(forms_of(adapter, splits.training))
    assert len(forms_of(adapter, splits.training)) + len(splits.validation) + len(splits.test) == 40


def test_the_side_of_a_puzzle_is_told_by_its_form_alone(tmp_path: Path) -> None:
    maze, found = get_adapter("maze"), examples("maze", 6, 120)
    write_puzzles(tmp_path / "all.jsonl", found)
    write_puzzles(tmp_path / "half.jsonl", found[:60][::-1])
    every, half = (read_splits(maze, tmp_path / name) for name in ("all.jsonl", "half.jsonl"))
    assert half.digests != every.digests
    for name in ("training", "validation", "test"):
        mine, whole = (forms_of(maze, getattr(splits, name)) for splits in (half, every))
        assert mine <= whole
        assert mine
    assert read_splits(maze, tmp_path / "all.jsonl").digests == every.digests


def test_validation_data_of_their_own(tmp_path: Path) -> None:
    maze, found = get_adapter("maze"), examples("maze", 6, 30)
    rng = np.random.default_rng(1)
    turned = [maze.symmetry(e.puzzle, rng).apply(e.puzzle) for e in found[:5]]
    (tmp_path / "held.jsonl").write_text("\n".join(p.model_dump_json() for p in turned))
    write_puzzles(tmp_path / "all.jsonl", found)
    splits = read_splits(maze, tmp_path / "all.jsonl", tmp_path / "held.jsonl", validation=3)
    separate(maze, splits)
    assert (len(splits.training), len(splits.validation), len(splits.test)) == (25, 2, 3)
    assert forms_of(maze, splits.training) == forms_of(maze, found[5:])
    with pytest.raises(InputError, match="no training puzzle is left"):
        read_splits(maze, tmp_path / "held.jsonl", tmp_path / "held.jsonl")


def test_both_splits_of_a_published_folder(tmp_path: Path) -> None:
    sudoku, found = get_adapter("sudoku"), examples("sudoku", 9, 12)
    write_sudokus(tmp_path, "train", found[:8], 3)
    write_sudokus(tmp_path, "test", found[8:], 0)
    splits = read_splits(sudoku, tmp_path)
    separate(sudoku, splits)
    assert splits.training == found[:8], "the originals alone; training draws symmetries itself"
    held = forms_of(sudoku, [*splits.validation, *splits.test])
    assert held == forms_of(sudoku, found[8:])


def test_fewer_samples_than_there_are(tmp_path: Path) -> None:
    maze = get_adapter("maze")
    write_puzzles(tmp_path / "all.jsonl", examples("maze", 6, 60))
    some = read_splits(maze, tmp_path / "all.jsonl", samples=10, validation=2)
    assert (len(some.training), len(some.validation)) == (10, 2)
    separate(maze, some)
    few = read_examples(maze, tmp_path / "all.jsonl", most=7)
    assert len(few) == 7
    assert few == read_examples(maze, tmp_path / "all.jsonl", most=7)


def test_of_a_long_file_those_are_drawn_that_are_drawn_of_a_short_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maze, path = get_adapter("maze"), tmp_path / "all.jsonl"
    write_puzzles(path, examples("maze", 6, 60))
    short = read_examples(maze, path, most=7), read_examples(maze, path)
    monkeypatch.setattr(source, "HEAD", 2_000)
    assert (read_examples(maze, path, most=7), read_examples(maze, path)) == short


def test_progress_tells_the_share(tmp_path: Path) -> None:
    told: list[float] = []
    read_examples(get_adapter("sudoku"), write_lines(tmp_path), on_progress=told.append)
    assert told == [n / 6 for n in range(1, 7)]


def test_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    sudoku, maze = get_adapter("sudoku"), get_adapter("maze")
    found = examples("sudoku", 4, 3)
    file = sudoku_csv(tmp_path / "a.csv", found)
    file.write_text(file.read_text().replace(line(found[1], "answer"), line(found[0], "answer")))
    with pytest.raises(InputError, match=r"a\.csv: puzzle 2: its answer is refuted: .*row"):
        read_splits(sudoku, file)
    grids = [["S.G"], ["S#G"]]
    rows = [json.dumps({"task": "maze", "grid": grid}) for grid in grids]
    (tmp_path / "b.jsonl").write_text("\n".join(rows))
    with pytest.raises(InputError, match=r"b\.jsonl: puzzle 2: this maze puzzle has no answer"):
        read_splits(maze, tmp_path / "b.jsonl")
    (tmp_path / "c.jsonl").write_text("\n".join([rows[0]] * 3))
    with pytest.raises(InputError, match="expected at least three different puzzles"):
        read_splits(maze, tmp_path / "c.jsonl")
    with pytest.raises(InputError, match=r"(?s)sudoku|maze"):
        read_splits(sudoku, tmp_path / "c.jsonl")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no file in this folder"):
        read_splits(maze, tmp_path / "empty")
    with pytest.raises(OptionError, match=r"no such file or folder of puzzles.*--data"):
        read_splits(maze, tmp_path / "none.jsonl")
    with pytest.raises(OptionError, match=r"convert-dataset SUDOKU_EXTREME\.csv --to published"):
        read_splits(sudoku, Path("data/sudoku-extreme-1k-aug-1000"))
    with pytest.raises(UnknownNameError):
        task_of_unknown(tmp_path)


def task_of_unknown(folder: Path) -> None:
    (folder / "d.json").write_text('{"task": "chess", "board": []}')
    task_of(folder / "d.json")


MAZE = Recipe(
    adapter="maze",
    network={"family": "structured", "width": 4, "inner": 4, "low_cycles": 1},
    samples=0,
    batch_size=3,
    updates=2,
    max_segments=3,
    validation=3,
    validation_segments=2,
    validations=1,
)


def test_a_run_on_a_file(tmp_path: Path) -> None:
    file, out = tmp_path / "all.jsonl", tmp_path / "run"
    write_puzzles(file, examples("maze", 6, 30))
    recipe = MAZE.model_copy(update={"training_data": str(file), "augmentations": 2})
    run = Run(recipe, out)
    run.train()
    found = read_run_manifest(out)
    assert found is not None
    assert found.files == {str(file): hashlib.sha256(file.read_bytes()).hexdigest()}
    assert found.data["training"].n == len(run.splits.training)
    assert found.data["training"].stream is None
    assert found.data["test"].n == len(run.splits.test) > 0
    Run.resume(out)
    write_puzzles(file, examples("maze", 6, 30, seed=1))
    assert (out / CHECKPOINT).exists()
    with pytest.raises(CheckpointError, match=r"puzzles are not those that this run started with"):
        Run.resume(out)


def test_the_network_fits_the_file(tmp_path: Path) -> None:
    file = tmp_path / "all.sdm"
    file.write_text("\n".join(map(line, examples("sudoku", 4, 8))))
    network = {"family": "hrm", "width": 16, "heads": 2, "layers": 1}
    update = {"adapter": "sudoku", "network": network, "training_data": str(file)}
    run = Run(MAZE.model_copy(update=update), tmp_path / "run")
    assert run.network.config.max_length == 16  # not the 81 of generated ones
