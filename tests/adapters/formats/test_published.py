"""Published dataset folders: the published builders' arrays, byte for byte, and back."""

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.arc import ArcPuzzle
from hrm_toolkit.adapters.arc.symmetry import ArcSymmetry
from hrm_toolkit.adapters.formats import (
    read_published,
    read_puzzles,
    write_published,
    write_puzzles,
)
from hrm_toolkit.adapters.grid import Dihedral
from hrm_toolkit.adapters.maze import MazeAdapter, MazeAnswer
from hrm_toolkit.adapters.maze.adapter import MazeSymmetry
from hrm_toolkit.adapters.maze.files.records import maze_record
from hrm_toolkit.adapters.sudoku import SudokuAdapter, SudokuPuzzle
from hrm_toolkit.adapters.sudoku.symmetry import SudokuSymmetry
from hrm_toolkit.core import Example, InputError

GOLDEN = Path(__file__).parents[2] / "golden"
ARRAYS = load_file(GOLDEN / "dataset.safetensors")
FACTS = json.loads((GOLDEN / "dataset.json").read_text())["results"]
FIELDS = ("inputs", "labels", "puzzle_identifiers", "puzzle_indices", "group_indices")

TURNS = (
    Dihedral(),
    Dihedral(transpose=True, flip_rows=True),
    Dihedral(flip_rows=True, flip_columns=True),
    Dihedral(transpose=True, flip_columns=True),
    Dihedral(flip_columns=True),
    Dihedral(flip_rows=True),
    Dihedral(transpose=True),
    Dihedral(transpose=True, flip_rows=True, flip_columns=True),
)
"""The eight symmetries in the order in which they are numbered where published."""


def sudoku_symmetry(legacy: np.random.RandomState) -> SudokuSymmetry:
    """A symmetry drawn as the published builder draws it."""
    digits = np.arange(26)
    digits[1:10] = legacy.permutation(np.arange(1, 10))
    transpose = legacy.random_sample() < 0.5

    def lines() -> np.ndarray:
        return np.concatenate([3 * band + legacy.permutation(3) for band in legacy.permutation(3)])

    rows, columns = lines(), lines()
    one, other = (1, 9) if transpose else (9, 1)
    order = rows[:, None] * one + columns[None, :] * other
    return SudokuSymmetry(order.ravel(), digits)


class PublishedSudoku(SudokuAdapter):
    """Draws its augmentations in the published order from the legacy generator."""

    def __init__(self, legacy):
        super().__init__()
        self.legacy = legacy

    def symmetry(self, puzzle, rng):
        return sudoku_symmetry(self.legacy)


class PublishedMaze(MazeAdapter):
    """Goes through the symmetries in the published order."""

    def __init__(self):
        self.turns = iter(TURNS[1:] * 10)

    def symmetry(self, puzzle, rng):
        return MazeSymmetry(next(self.turns), *puzzle.shape)


def sudoku_examples(build, split, legacy):
    rows = build["csv"][split]
    rows = [row for row in rows if int(row[3]) >= build["cfg"].get("min_difficulty", 0)]
    size = build["cfg"].get("subsample_size")
    if split == "train" and size is not None and size < len(rows):
        rows = [rows[i] for i in legacy.choice(len(rows), size=size, replace=False)]
    return [sudoku_example(row[1], row[2]) for row in rows]


def sudoku_example(question, answer):
    adapter = SudokuAdapter()
    puzzle = adapter.parse(question)
    return Example(puzzle, adapter.parse_answer(puzzle, answer))


def maze_example(question, answer):
    """The published rows mark cells at will, also walls; no walk of ours would do so."""
    puzzle, _ = maze_record(question, None)
    side = puzzle.shape[0]
    marks = tuple(divmod(i, side) for i, cell in enumerate(answer) if cell in "So")
    return Example(puzzle, MazeAnswer(path=marks))


def file_bytes(array):
    saved = io.BytesIO()
    np.save(saved, array)
    return saved.getvalue()


def assert_as_published(folder, split, section, config):
    for field in FIELDS:
        expected = ARRAYS[f"{section}/cfg{config}/{split}/{field}"]
        found = (folder / split / f"all__{field}.npy").read_bytes()
        assert found == file_bytes(expected), (split, field)
    told = json.loads((folder / split / "dataset.json").read_text())
    assert told == FACTS[section][config]["metadata"][split]
    names = json.loads((folder / "identifiers.json").read_text())
    assert names == FACTS[section][config]["identifiers"]


@pytest.mark.parametrize("case", FACTS["sudoku_shuffle"], ids=lambda case: case["case"])
def test_sudoku_shuffles_are_symmetries_of_ours(case):
    symmetry = sudoku_symmetry(np.random.RandomState(case["seed"]))
    for name in ("board", "solution"):
        grid = ARRAYS[f"sudoku/{name}{case['board']}"]
        found = symmetry.apply(SudokuPuzzle(grid=grid.tolist())).grid
        assert np.array_equal(found, ARRAYS[f"sudoku/case{case['case']}/{name}_out"])


@pytest.mark.parametrize("shape", ["3x4", "5x5"])
def test_dihedral_moves_are_those_published(shape):
    grid = ARRAYS[f"dihedral/{shape}/in"]
    for number, turn in enumerate(TURNS):
        assert np.array_equal(turn.array(grid), ARRAYS[f"dihedral/{shape}/t{number}"])
    assert {*TURNS} == {*Dihedral.all()}


@pytest.mark.parametrize("config", range(3))
def test_sudoku_folders_are_equal_byte_for_byte(tmp_path, config):
    build = FACTS["sudoku_build"][config]
    legacy = np.random.RandomState(build["numpy_seed_set_before_train"])
    for split in ("train", "test"):
        write_published(
            tmp_path,
            split,
            sudoku_examples(build, split, legacy),
            PublishedSudoku(legacy),
            augmentations=build["cfg"]["num_aug"] if split == "train" else 0,
            rng=np.random.default_rng(0),
        )
        assert_as_published(tmp_path, split, "sudoku_build", config)
    read = read_published(tmp_path)
    assert read.groups == tuple(
        np.repeat(range(len(set(read.groups))), 1 + build["cfg"]["num_aug"])
    )
    assert all(map(get_adapter("sudoku").rules.check, read.puzzles, read.answers))


@pytest.mark.parametrize("config", range(2))
def test_maze_folders_are_equal_byte_for_byte(tmp_path, config):
    build = FACTS["maze_build"][config]
    for split in ("train", "test"):
        rows = build["csv"][split]
        write_published(
            tmp_path,
            split,
            [maze_example(question, answer) for _, question, answer, _ in rows],
            PublishedMaze(),
            augmentations=7 if split == "train" and build["cfg"]["aug"] else 0,
            rng=np.random.default_rng(0),
        )
        assert_as_published(tmp_path, split, "maze_build", config)
        read = read_published(tmp_path, split)
        firsts = [read.groups.index(group) for group in range(len(rows))]
        questions = [maze_record(row[1], None)[0] for row in rows]
        assert [read.puzzles[i] for i in firsts] == questions


def save_arc(folder, arrays):
    for split in ("train", "test"):
        (folder / split).mkdir(parents=True)
        told = FACTS["arc_build"]["metadata"][split]
        (folder / split / "dataset.json").write_text(json.dumps(told))
        for field in FIELDS:
            np.save(folder / split / f"all__{field}.npy", arrays[f"arc_build/{split}/{field}"])
    (folder / "identifiers.json").write_text(json.dumps(FACTS["arc_build"]["identifiers"]))
    return folder


@pytest.fixture
def arc(tmp_path):
    return save_arc(tmp_path / "arc", ARRAYS)


def arc_variant(name, tasks):
    """The task that an identifier's name stands for, made anew."""
    base, *change = name.split("|||")
    puzzle = ArcPuzzle(name=base, **tasks[base])
    if change:
        turn, colours = TURNS[int(change[0][1:])], tuple(map(int, change[1]))
        puzzle = ArcSymmetry(turn, colours).apply(puzzle).model_copy(update={"name": name})
    return puzzle


def test_arc_test_puzzles_get_their_demonstrations_back(arc):
    read = read_published(arc, "test")
    facts = FACTS["arc_build"]
    assert read.kind == "published dataset folder, split test"
    assert [puzzle.name for puzzle in read.puzzles] == facts["identifiers"][9:]
    assert read.groups == (0, 0, 0, 0, 1, 1, 1, 1)
    # Rows of a task are translated in the train split, and which ones is of no matter here.
    assert list(read.puzzles) == [arc_variant(p.name, facts["test_puzzles"]) for p in read.puzzles]
    assert all(map(get_adapter("arc").rules.check, read.puzzles, read.answers))
    lines = arc / "lines.jsonl"
    write_puzzles(lines, map(Example, read.puzzles, read.answers))
    assert read_puzzles(lines).puzzles == read.puzzles
    assert read_puzzles(lines).answers == read.answers


def test_arc_names_are_not_needed(arc):
    (arc / "identifiers.json").unlink()
    assert {puzzle.name for puzzle in read_published(arc, "test").puzzles} == {None}


def test_arc_train_split_is_refused_with_the_reason(arc):
    with pytest.raises(
        InputError, match=r"nothing tells which rows are demonstrations.*read split"
    ):
        read_published(arc)
    with pytest.raises(InputError, match="ARC tasks cannot be written"):
        write_published(arc, "train", [], get_adapter("arc"))


@pytest.mark.parametrize(
    ("row", "position", "token", "says"),
    [
        (0, 0, 0, "test/all__inputs.npy: row 1: its tokens are no grid"),
        (2, 899, 5, "test/all__inputs.npy: row 3: its tokens are no grid"),
        (3, slice(None), 0, "test/all__inputs.npy: row 4: there is no grid"),
        (11, 7, 12, "test/all__inputs.npy: row 12 position 8 has token 12; expected 0 to 11"),
    ],
)
def test_arc_rows_that_are_no_grids_are_named(tmp_path, row, position, token, says):
    inputs = ARRAYS["arc_build/test/inputs"].copy()
    inputs[row, position] = token
    folder = save_arc(tmp_path / "arc", {**ARRAYS, "arc_build/test/inputs": inputs})
    with pytest.raises(InputError, match=says):
        read_published(folder, "test")


def test_arc_tasks_without_demonstrations_are_named(arc):
    path = arc / "train" / "all__puzzle_identifiers.npy"
    np.save(path, np.where(np.load(path) == 9, 1, np.load(path)))
    with pytest.raises(InputError, match=r"entry 1: no rows of the train split have identifier 9"):
        read_published(arc, "test")


def test_a_folder_of_identified_puzzles_is_left_alone(arc):
    shutil.rmtree(arc / "test")
    example = get_adapter("sudoku").generate(np.random.default_rng(0), difficulty="easy")
    with pytest.raises(InputError, match="the puzzles there have identifiers"):
        write_published(arc, "test", [example], get_adapter("sudoku"))
