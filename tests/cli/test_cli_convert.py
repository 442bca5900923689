"""convert-dataset: a published folder becomes a puzzle file, and a file a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from running import EXAMPLES, SUDOKU, Command

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.formats import read_published, read_puzzles, write_published
from hrm_toolkit.core import Example

OTHER = ".18.......47.5.......9......8...3..9.7.5...8......2.7...4.....1.3.69.824...8..7.."
SOLVED = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"


@pytest.fixture
def sudokus(tmp_path: Path) -> Path:
    file = tmp_path / "puzzles.sdm"
    file.write_text(f"{SUDOKU}\n{OTHER}\n")
    return file


def test_there_and_back(command: Command, tmp_path: Path, sudokus: Path) -> None:
    folder, lines = tmp_path / "data", tmp_path / "lines.jsonl"
    there = command(
        *("convert-dataset", sudokus, "--to", "published", "--out", folder),
        *("--augmentations", 3, "--seed", 7),
    )
    assert (there.status, there.err) == (0, "")
    assert there.out == f"wrote 2 sudoku puzzles, split train, to {folder}\n"
    assert np.load(folder / "train" / "all__inputs.npy").shape == (8, 81)
    assert json.loads((folder / "train" / "dataset.json").read_text())["total_groups"] == 2
    back = command("convert-dataset", folder, "--out", lines, "--json")
    assert back.object == {"task": "sudoku", "split": "train", "n": 8, "out": str(lines)}
    read, given = read_puzzles(lines), read_puzzles(sudokus)
    assert read.puzzles == read_published(folder).puzzles
    assert read.answers == read_published(folder).answers
    assert [read.puzzles[0], read.puzzles[4]] == list(given.puzzles)
    assert all(map(get_adapter("sudoku").rules.check, read.puzzles, read.answers))


def test_both_splits_and_the_choice_between_them(
    command: Command, tmp_path: Path, sudokus: Path
) -> None:
    folder = tmp_path / "data"
    for split in ("train", "test"):
        made = ("convert-dataset", sudokus, "--to=published", f"--out={folder}")
        ran = command(*made, f"--split={split}", f"--seed={len(split)}", "--json")
        assert ran.object["split"] == split
        assert ran.object["augmentations"] == 0
    read = {}
    for split in ("train", "test", None):
        out = tmp_path / f"{split}.jsonl"
        said = () if split is None else ("--split", split)
        ran = command("convert-dataset", folder, "--out", out, *said, "--json")
        read[split] = ran.object["split"]
    assert read == {"train": "train", "test": "test", None: "test"}


def test_a_folder_is_a_file_of_puzzles_to_other_commands(
    command: Command, tmp_path: Path, sudokus: Path
) -> None:
    folder = tmp_path / "data"
    write_published(folder, "test", [_solved(SUDOKU)], get_adapter("sudoku"))
    ran = command("solve", folder, "--strategy", "exact", "--json")
    assert ran.status == 0
    assert "".join(str(d) for row in ran.object["answer"]["grid"] for d in row) == SOLVED


def test_mazes_from_standard_input(command: Command, tmp_path: Path) -> None:
    ran = command(
        *("convert-dataset", "-", "--to", "published", "--out", tmp_path / "data"),
        *("--augmentations", 7),
        stdin=b"S..#\n.#..\n..#G\n#...\n",
    )
    assert ran.status == 0
    (group,) = {*read_published(tmp_path / "data").groups}
    assert group == 0
    assert len(read_published(tmp_path / "data").puzzles) == 8


def _solved(text: str) -> Example[Any, Any]:
    task = get_adapter("sudoku")
    puzzle = task.parse(text)
    return Example(puzzle, task.exact(puzzle).answer)


def _lines(*pairs: tuple[str, str]) -> bytes:
    grids = (
        {
            "puzzle": {"task": "sudoku", "grid": read_puzzles(puzzle.encode()).puzzles[0].grid},
            "answer": {"grid": [list(map(int, answer[i : i + 9])) for i in range(0, 81, 9)]},
        }
        for puzzle, answer in pairs
    )
    return "\n".join(map(json.dumps, grids)).encode() + b"\n"


@pytest.mark.parametrize(
    ("options", "stdin", "says"),
    [
        ((), b"S.G", "this is no published dataset folder"),
        (("--to", "publised"), b"S.G", 'did you mean "published"'),
        (("--to", "published", "--augmentations", "-1"), b"S.G", "expected 0 to 10,000; got -1"),
        (("--to", "published"), b"S.G\n", "the maze is 1 x 3; expected a square one"),
        (("--to", "published"), b"S#\n#G\n", "no answer to puzzle 1 is known"),
        (("--to", "published", "--split", "dev"), b"S.\n.G\n", 'no --split "dev"'),
        (
            ("--to", "published"),
            _lines((SUDOKU, SOLVED), (SUDOKU, SOLVED.replace("1", "2"))),
            "the answer to puzzle 2 is refuted: 3 cells differing from the clues",
        ),
        (("--to", "published"), b'{"grid": ["S.", ".G"]}\n{"grid": [[1]]}', "line 2"),
    ],
)
def test_what_cannot_be_converted_is_said_in_one_line(
    command: Command, tmp_path: Path, options: tuple[str, ...], stdin: bytes, says: str
) -> None:
    ran = command("convert-dataset", "-", "--out", tmp_path / "out", *options, stdin=stdin)
    assert ran.status == 2
    (line,) = ran.err.splitlines()
    assert says in line
    assert not (tmp_path / "out").exists()


def test_nothing_is_replaced(command: Command, tmp_path: Path, sudokus: Path) -> None:
    folder = tmp_path / "data"
    write_published(folder, "train", [_solved(SUDOKU)], get_adapter("sudoku"))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    for source, out, more, says in (
        (folder, sudokus, (), "there is such a file already"),
        (sudokus, folder, ("--to", "published"), "there is such a split already"),
        (folder, tmp_path / "b", ("--to", "published"), "is a published dataset folder already"),
        (folder, tmp_path / "b", ("--augmentations", "1"), "is for --to published"),
        (folder, tmp_path / "b", ("--split", "test"), "choose split train"),
        (folder, tmp_path / "no" / "b", (), "cannot be written"),
        (EXAMPLES, tmp_path / "b", ("--to", "published"), "this is no ARC task"),
        (EXAMPLES, tmp_path / "b", ("--to=published", "-a", "maze"), "this is a directory"),
    ):
        ran = command("convert-dataset", source, "--out", out, *more)
        assert (ran.status, says in ran.err) == (2, True), ran.err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before


def _arc_folder(root: Path) -> Path:
    """Three tasks of one pair and one test: two to train on, one to hold out."""
    for number, name in enumerate(("training/a", "training/b", "evaluation/e"), 1):
        seen = [[8, 1, 2]] if name.endswith("a") else [[3, 1], [0, 4]]
        pair = {"input": seen, "output": [row[::-1] for row in seen]}
        file = root / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        seen = [[5, 6, 7], [0, 0, number]]
        asked = {"input": seen, "output": [row[::-1] for row in seen]}
        file.write_text(json.dumps({"train": [pair], "test": [asked]}))
    return root


def _arc_rows(folder: Path) -> dict[str, int]:
    paths = sorted(folder.glob("*/all__inputs.npy"))
    return {path.parent.name: len(np.load(path)) for path in paths}


def test_arc_tasks_become_a_folder_of_both_splits(command: Command, tmp_path: Path) -> None:
    source, out = _arc_folder(tmp_path / "tasks"), tmp_path / "arc"
    made = ("convert-dataset", source, "--to", "published", "--augmentations", 5)
    ran = command(*made, "--out", out, "--seed", 42)
    assert (ran.status, ran.err) == (0, "")
    says = f"wrote 3 arc puzzles, 19 identifiers, test set evaluation, to {out}\n"
    assert ran.out == says
    assert _arc_rows(out) == {"test": 6, "train": 6 * (2 + 2 + 1)}
    again, other = tmp_path / "again", tmp_path / "other"
    assert command(*made, "--out", again, "--seed", 42).status == 0
    assert command(*made, "--out", other).status == 0
    files = [path.relative_to(out) for path in out.rglob("*.*")]
    assert len(files) == 14
    assert all((again / f).read_bytes() == (out / f).read_bytes() for f in files)
    assert any((other / f).read_bytes() != (out / f).read_bytes() for f in files)
    lines = tmp_path / "lines.jsonl"
    assert command("convert-dataset", out, "--out", lines).status == 0
    assert {puzzle.test for puzzle in read_puzzles(lines).puzzles} == {
        puzzle.test for puzzle in read_published(out, "test").puzzles
    }


def test_subsets_of_arc_and_what_is_held_out(command: Command, tmp_path: Path) -> None:
    source = _arc_folder(tmp_path / "tasks")
    made = ("convert-dataset", source, "--to=published", "--json", "--out")
    every = command(*made, tmp_path / "1", "--test-set", "none").object
    assert (every["subsets"], every["test_set"]) == ({"training": 2, "evaluation": 1}, None)
    assert _arc_rows(tmp_path / "1") == {"train": 6}
    one = command(*made, tmp_path / "2", "--subsets", " training ").object
    assert (one["subsets"], one["test_set"], one["n"]) == ({"training": 2}, "training", 2)
    assert _arc_rows(tmp_path / "2") == {"test": 2, "train": 2}
    turned = command(*made, tmp_path / "3", "--subsets", "evaluation,training").object
    assert list(turned["subsets"]) == ["evaluation", "training"]


def test_a_file_of_arc_tasks_is_one_subset(command: Command, tmp_path: Path) -> None:
    lines = tmp_path / "made.jsonl"
    drawn = ("--samples", 3, "--size", 3, "--difficulty", "single")
    assert command("generate", "--adapter", "arc", *drawn, "--out", lines).status == 0
    ran = command(
        *("convert-dataset", lines, "--to", "published", "--out", tmp_path / "arc"),
        *("--augmentations", 2, "--json"),
    )
    assert ran.object == {
        **{"task": "arc", "subsets": {"made": 3}, "test_set": "made", "n": 3},
        **{"identifiers": 10, "augmentations": 2, "seed": 0, "out": str(tmp_path / "arc")},
    }


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--split", "test"), "--split is for other tasks; ARC is written in both splits"),
        (("--subsets", "trainign"), 'did you mean "training"'),
        (("--test-set", "evaluatoin"), 'did you mean "evaluation"'),
    ],
)
def test_wrong_options_for_arc(
    command: Command, tmp_path: Path, options: tuple[str, ...], says: str
) -> None:
    source, out = _arc_folder(tmp_path / "tasks"), tmp_path / "out"
    ran = command("convert-dataset", source, "--to", "published", "--out", out, *options)
    assert (ran.status, says in ran.err) == (2, True), ran.err
    assert not out.exists()


def test_options_of_arc_for_other_tasks(command: Command, tmp_path: Path, sudokus: Path) -> None:
    folder, arc = tmp_path / "data", EXAMPLES / "arc-task.json"
    write_published(folder, "train", [_solved(SUDOKU)], get_adapter("sudoku"))
    for source, options, says in (
        (sudokus, ("--to=published", "--subsets=a"), "--subsets is for ARC"),
        (sudokus, ("--to=published", "--test-set=a"), "--test-set is for ARC"),
        (arc, ("--to=published", "--subsets=a"), "--subsets is for a folder of ARC tasks"),
        (folder, ("--test-set=a",), "--test-set is for --to published"),
    ):
        ran = command("convert-dataset", source, "--out", tmp_path / "out", *options)
        assert (ran.status, says in ran.err) == (2, True), ran.err
    assert not (tmp_path / "out").exists()


def test_a_faulty_row_leaves_no_half_of_a_file(command: Command, tmp_path: Path) -> None:
    folder, out = tmp_path / "data", tmp_path / "lines.jsonl"
    write_published(folder, "train", [_solved(SUDOKU), _solved(OTHER)], get_adapter("sudoku"))
    path = folder / "train" / "all__inputs.npy"
    inputs = np.load(path)
    inputs[1, 4] = 0
    np.save(path, inputs)
    ran = command("convert-dataset", folder, "--out", out)
    assert ran.status == 2
    assert f"{path}: row 2: position 5 has token 0" in ran.err
    assert [p.name for p in tmp_path.iterdir()] == ["data"]


def test_the_help_shows_how(command: Command) -> None:
    ran = command("convert-dataset", "--help")
    assert ran.status == 0
    assert "--to published --out" in " ".join(ran.out.split())


@pytest.mark.parametrize("box", ["3x2", "2x3", "4x2", "2x5", "4x3"])
def test_generated_shapes_of_boxes_come_back_from_a_published_folder(
    command: Command, tmp_path: Path, box: str
) -> None:
    shape = tuple(map(int, box.split("x")))
    made, folder, back = tmp_path / "made.jsonl", tmp_path / "set", tmp_path / "back.jsonl"
    drawn = ("--samples", 3, "--difficulty", "easy", "--box", box)
    assert command("generate", "--adapter", "sudoku", *drawn, "--out", made).status == 0
    ran = command(
        "convert-dataset", made, "--to", "published", "--augmentations", 2, "--out", folder
    )
    assert ran.status == 0, ran.err
    assert command("convert-dataset", folder, "--out", back).status == 0
    there, here = read_published(folder), read_puzzles(made)
    assert {puzzle.boxes for puzzle in there.puzzles} == {shape}
    assert set(here.puzzles) <= set(there.puzzles)
    assert {puzzle.boxes for puzzle in read_puzzles(back).puzzles} == {shape}


def test_a_published_folder_holds_one_shape_of_boxes(command: Command, tmp_path: Path) -> None:
    lines = ""
    for box in ("2x3", "3x2"):
        drawn = ("--samples", 1, "--difficulty", "easy", "--box", box)
        lines += command("generate", "--adapter", "sudoku", *drawn, "--out", "-").out
    (tmp_path / "both.jsonl").write_text(lines)
    ran = command(
        "convert-dataset", tmp_path / "both.jsonl", "--to", "published", "--out", tmp_path / "set"
    )
    assert ran.status == 2
    assert "puzzle 2: the Sudoku has boxes of 3 rows and 2 columns" in ran.err
    assert not (tmp_path / "set" / "train").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            ("--adapter", "maze", "--box", "3x2"),
            "maze puzzles have no boxes; leave out box (--box)",
        ),
        (("--adapter", "sudoku", "--box", "3x2", "--size", 9), "do not tile a grid of 9 rows"),
        (("--adapter", "sudoku", "--box", "1x7"), "Sudoku has no such size"),
    ],
)
def test_boxes_that_cannot_be_generated_are_refused(
    command: Command, options: tuple[object, ...], says: str
) -> None:
    ran = command("generate", *options, "--samples", 1, "--out", "-")
    assert (ran.status, says in ran.err) == (2, True), ran.err
