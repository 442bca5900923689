"""Published dataset folders: written, read again, and refused by name where they disagree."""

import io
import json
import os
import pickle
import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.formats import (
    PublishedSplit,
    is_published,
    read_published,
    read_puzzles,
    write_published,
)
from hrm_toolkit.adapters.formats.published import read as published_module
from hrm_toolkit.adapters.formats.published.arrays import opened
from hrm_toolkit.adapters.maze import MazeAnswer
from hrm_toolkit.core import Example, InputError, OptionError, UnknownNameError

FIELDS = ("inputs", "labels", "puzzle_identifiers", "puzzle_indices", "group_indices")


def file_bytes(array):
    saved = io.BytesIO()
    np.save(saved, array)
    return saved.getvalue()


def some(task, count=3, size=None, seed=0, difficulty=None):
    adapter, rng = get_adapter(task), np.random.default_rng(seed)
    return [adapter.generate(rng, size=size, difficulty=difficulty) for _ in range(count)]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    task=st.sampled_from([("sudoku", 4), ("sudoku", 6), ("sudoku", 9), ("maze", 5), ("maze", 8)]),
    seed=st.integers(0, 1000),
    augmentations=st.integers(0, 9),
)
def test_what_was_written_is_read_again(tmp_path_factory, task, seed, augmentations):
    folder = tmp_path_factory.mktemp("data")
    name, size = task
    adapter = get_adapter(name)
    examples = some(name, size=size, seed=seed, difficulty=adapter.difficulties[0])
    for split in ("train", "test"):
        write_published(
            folder,
            split,
            examples,
            adapter,
            augmentations=augmentations,
            rng=np.random.default_rng(seed),
        )
    read = read_published(folder)
    firsts = [read.groups.index(group) for group in range(3)]
    assert [Example(read.puzzles[i], read.answers[i]) for i in firsts] == examples
    assert len({(group, p.grid) for group, p in zip(read.groups, read.puzzles, strict=True)}) == (
        len(read.puzzles)
    )
    if name == "sudoku":
        assert len(read.puzzles) == 3 * (1 + augmentations)
    assert all(map(adapter.rules.check, read.puzzles, read.answers))
    canonical = [adapter.canonical(example.puzzle) for example in examples]
    assert [canonical[group] for group in read.groups] == [*map(adapter.canonical, read.puzzles)]
    again = read_published(folder, "test")
    assert (again.puzzles, again.groups) == (read.puzzles, read.groups)
    shutil.rmtree(folder)


def test_a_maze_has_all_eight_variants_and_no_more(tmp_path):
    (example,) = some("maze", 1, size=9)
    write_published(
        tmp_path,
        "train",
        [example],
        get_adapter("maze"),
        augmentations=50,
        rng=np.random.default_rng(0),
    )
    assert len({puzzle.grid for puzzle in read_published(tmp_path).puzzles}) == 8


def test_other_tasks_are_written_when_their_rows_are_equally_long(tmp_path):
    made = write_published(tmp_path, "test", some("graph", 2, size=8), get_adapter("graph"))
    assert made.vocab_size == get_adapter("graph").codec.spec.size
    rows = read_published(tmp_path, "test")
    assert {puzzle.task for puzzle in rows.puzzles} == {"sequence"}, "rows as they are"
    with pytest.raises(InputError, match="no graph puzzles can be read"):
        read_published(tmp_path, "test", "graph")


@pytest.fixture
def folder(tmp_path):
    """Three Sudokus with two augmentations each, in split train."""
    write_published(
        tmp_path / "data",
        "train",
        some("sudoku", difficulty="easy"),
        get_adapter("sudoku"),
        augmentations=2,
        rng=np.random.default_rng(0),
    )
    return tmp_path / "data"


def test_read_puzzles_takes_the_folder_and_prefers_the_test_split(folder):
    assert is_published(folder)
    assert read_puzzles(folder).kind == "published dataset folder, split train"
    write_published(folder, "test", some("sudoku", 1, seed=1), get_adapter("sudoku"))
    assert read_puzzles(folder).kind == "published dataset folder, split test"
    assert len(read_puzzles(str(folder), split="train", adapter="sudoku").puzzles) == 9
    for refused in ({"split": "train"}, {"start": "A"}):
        with pytest.raises(OptionError):
            read_puzzles(folder if "start" in refused else b"S.G", **refused)
    with pytest.raises(InputError, match="this is a directory"):
        read_puzzles(folder / "train")
    with pytest.raises(UnknownNameError, match='did you mean "test"'):
        read_puzzles(folder, split="tset")


def test_several_sets_follow_each_other(folder):
    train = folder / "train"
    for field in FIELDS:
        shutil.copy(train / f"all__{field}.npy", train / f"more__{field}.npy")
    told = json.loads((train / "dataset.json").read_text())
    told |= {"sets": ["all", "more"], "total_groups": 6, "seen_elsewhere": True}
    (train / "dataset.json").write_text(json.dumps(told))
    read = read_published(folder)
    assert read.groups == tuple(np.repeat(range(6), 3))
    assert read.puzzles[:9] == read.puzzles[9:]


def test_labels_that_are_not_scored_are_blanks(folder):
    path = folder / "train" / "all__labels.npy"
    labels = np.load(path)
    labels[0, :5] = -100
    np.save(path, labels)
    with pytest.raises(InputError, match="row 1 position 1 has token -100"):
        read_published(folder)
    told = json.loads((folder / "train" / "dataset.json").read_text())
    (folder / "train" / "dataset.json").write_text(json.dumps(told | {"ignore_label_id": -100}))
    assert read_published(folder).answers[0].grid[0][:6] == (0,) * 5 + (labels[0, 5] - 1,)


def test_puzzles_can_be_taken_one_by_one_where_they_are_too_many_at_once(folder, monkeypatch):
    monkeypatch.setattr(published_module, "LIMIT", 8)
    with pytest.raises(InputError, match="9 puzzles; expected at most 8 at once; use"):
        read_published(folder)
    assert len(list(PublishedSplit(folder))) == len(PublishedSplit(folder)) == 9


def changed(field, change):
    def apply(folder):
        path = folder / "train" / f"all__{field}.npy"
        np.save(path, change(np.load(path)))

    return apply


def at(index, value):
    def change(array):
        array[index] = value
        return array

    return change


def metadata(**changes):
    def apply(folder):
        path = folder / "train" / "dataset.json"
        told = json.loads(path.read_text())
        path.write_text(json.dumps(told | changes))

    return apply


def content(field, data):
    return lambda folder: (folder / "train" / f"all__{field}.npy").write_bytes(data)


FAULTS = {
    "missing": (
        lambda folder: (folder / "train" / "all__labels.npy").unlink(),
        "all__labels.npy: there is no such file",
    ),
    "other split": (
        lambda folder: os.replace(folder / "train", folder / "test"),
        "there is no split train here; expected train/dataset.json; choose split test",
    ),
    "float": (changed("labels", lambda a: a.astype(float)), "labels.npy: .*float64"),
    "flat": (changed("inputs", np.ravel), "inputs.npy: .*1 dimensions; expected integers in 2"),
    "short rows": (changed("inputs", lambda a: a[:, :80]), "inputs.npy: the rows have 80 tokens"),
    "fewer labels": (changed("labels", lambda a: a[1:]), r"labels.npy: the shape is \(8, 81\)"),
    "no rows": (changed("inputs", lambda a: a[:0]), "inputs.npy: "),
    "identifiers": (
        changed("puzzle_identifiers", lambda a: a[1:]),
        "puzzle_identifiers.npy: there are identifiers for 8 puzzles; expected 9",
    ),
    "identifier": (
        changed("puzzle_identifiers", at(4, 1)),
        "puzzle_identifiers.npy: entry 5 is 1; expected 0 to 0",
    ),
    "first": (changed("puzzle_indices", at(0, 1)), "puzzle_indices.npy: entry 1 is 1; expected 0"),
    "falling": (
        changed("puzzle_indices", at(3, 1)),
        "puzzle_indices.npy: entry 4 is 1, after 2",
    ),
    "last": (changed("group_indices", at(-1, 10)), "group_indices.npy: the last entry is 10"),
    "groups": (metadata(total_groups=4), "dataset.json: total_groups is 4.* 3 groups"),
    "above": (
        changed("inputs", at((7, 80), 11)),
        "inputs.npy: row 8 position 81 has token 11; expected 0 to 10",
    ),
    "below": (changed("labels", at((2, 0), -1)), "labels.npy: row 3 position 1 has token -1"),
    "padding": (
        changed("inputs", at((7, 3), 0)),
        "inputs.npy: row 8: position 4 has token 0; expected 1 to 10 in a puzzle",
    ),
    "other task": (metadata(vocab_size=7), "row 1 position 1 has token 8; expected 0 to 6"),
    "elsewhere": (metadata(sets=["../../etc/x"]), "dataset.json: sets.0: "),
    "no number": (metadata(seq_len="many"), "dataset.json: seq_len: .*got many"),
    "pickle": (content("labels", pickle.dumps([1, 2])), "labels.npy: this is no array"),
    "objects": (
        changed("labels", lambda a: np.array([{}], object)),
        "labels.npy: this is no array that can be read: .*Python objects",
    ),
    "cut": (content("inputs", file_bytes(np.zeros((9, 81)))[:-1]), "inputs.npy: this is no array"),
    "empty": (content("inputs", b""), "inputs.npy: this is no array"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_disagrees_is_named(folder, fault):
    spoil, says = FAULTS[fault]
    spoil(folder)
    with pytest.raises(InputError, match=says):
        read_published(folder)


HEADER = file_bytes(np.zeros((2, 2), np.uint8))


@pytest.mark.long
@settings(max_examples=200)
@given(st.binary(max_size=20), st.integers(0, 127))
def test_no_bytes_lead_to_anything_but_an_error_in_one_line(tmp_path_factory, noise, place):
    path = tmp_path_factory.getbasetemp() / "noise.npy"
    path.write_bytes(HEADER[:place] + noise + HEADER[place + len(noise) :])
    said = str(path)
    try:
        opened(str(path), 2)
    except InputError as error:
        said = str(error)
    assert said.startswith(str(path))


def test_writing_is_whole_or_not_at_all(folder, tmp_path, monkeypatch):
    sudoku, maze = get_adapter("sudoku"), get_adapter("maze")
    before = sorted(tmp_path.rglob("*"))
    small = some("sudoku", 1, size=4, difficulty="minimal")
    wide = Example(maze.parse("S.G"), MazeAnswer(path=((0, 0), (0, 1), (0, 2))))
    refused = [
        ("train", small, sudoku, {}, "there is such a split already"),
        ("test", small, sudoku, {}, "the split train there has seq_len 81; expected 16"),
        ("test", some("maze", 1, size=9), maze, {}, "vocab_size 11; expected 6"),
        ("test", [*some("sudoku", 1), *small], sudoku, {}, "puzzle 2: the puzzle has 16 tokens"),
        ("test", small, maze, {}, "puzzle 1: this is a sudoku puzzle"),
        ("test", [wide], maze, {}, "puzzle 1: the maze is 1 x 3; expected a square one"),
        ("test", [], sudoku, {}, "there is no puzzle to write"),
        ("test", some("sudoku", 1), sudoku, {"augmentations": 1}, "give rng"),
        ("test", some("sudoku", 1), sudoku, {"augmentations": -1}, "got -1"),
        ("validation", small, sudoku, {}, "there is no split"),
    ]
    for split, examples, adapter, more, says in refused:
        with pytest.raises((InputError, OptionError), match=says):
            write_published(folder, split, examples, adapter, **more)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(InputError, match="cannot be written: No space left"):
        write_published(folder, "test", some("sudoku", 1), sudoku)
    assert sorted(tmp_path.rglob("*")) == before


def test_the_same_seed_writes_the_same_bytes(tmp_path, untouched_randomness):
    examples = some("sudoku", 2, difficulty="easy")
    for name in ("one", "two"):
        write_published(
            tmp_path / name,
            "train",
            examples,
            get_adapter("sudoku"),
            augmentations=3,
            rng=np.random.default_rng(5),
        )
    one, two = (
        {p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n).rglob("*.*")}
        for n in ("one", "two")
    )
    assert one == two
    assert len(one) == 7
