"""``solve --adapt``: what it prints, writes and returns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from running import Command

TURNED = [([[1, 0, 2]], [[2, 0, 1]]), ([[3, 0, 0]], [[0, 0, 3]])]


def write(path: Path, **test: Any) -> Path:
    train = [{"input": asked, "output": solved} for asked, solved in TURNED]
    path.write_text(json.dumps({"train": train, "test": [{"input": [[4, 0, 0]], **test}]}))
    return path


def test_a_verified_answer_is_told_with_what_it_rests_on(command: Command, tmp_path: Path) -> None:
    file = write(tmp_path / "t1.json")
    ran = command("solve", file, "--adapt", 1, "--updates", 1, "--json")
    told = ran.object
    assert ran.status == 0
    assert told["answer"]["attempts"][0][0] == [[0, 0, 4]]
    assert told["verified"] is True
    assert told["solved"] is False  # no output is known, by which the rules could say so
    assert told["claim"].startswith("verified: by a program that reproduces all 2 demonstrations")
    assert told["attempts"][0][0] == {
        "source": "exact",
        "agreement": told["confidence"],
        "verified": True,
    }
    assert (told["demonstrations"], told["updates"], told["voters"]) == (2, 1, 1)


def test_an_answer_that_the_known_output_refutes_ends_with_status_1(
    command: Command, tmp_path: Path
) -> None:
    ran = command("solve", write(tmp_path / "t1.json", output=[[9]]), "--adapt", 1, "--updates", 1)
    assert ran.status == 1
    assert "wrong: at some test no attempt is the output that the file gives" in ran.out
    assert "test 1 attempt 1: verified, by a program" in ran.out


def test_a_folder_makes_one_submission_that_verify_reads(command: Command, tmp_path: Path) -> None:
    folder, out = tmp_path / "tasks", tmp_path / "submission.json"
    folder.mkdir()
    write(folder / "t1.json", output=[[0, 0, 4]])
    known = write(folder / "t2.json", output=[[0, 0, 4]])
    ran = command("solve", folder, "--adapt", 1, "--updates", 1, "--submission", out)
    assert ran.status == 0
    assert "2 of 2 tasks answered, 2 verified" in ran.out
    assert "2 of 2 right by the outputs that are known" in ran.out
    assert {*json.loads(out.read_text())} == {"t1", "t2"}
    assert command("verify", known, out).status == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--adapt", "1", "--solver", "sudoku"], "--solver and --adapt do not go together"),
        (["--adapt", "1", "--votes", "8"], "--votes and --adapt do not go together"),
        (["--adapt", "0"], "--adapt is out of range"),
        (["--adapt", "1", "--submission", "/nowhere/s.json"], "names no file that can be written"),
        (["--updates", "5"], "--updates goes with --adapt"),
        (["--submission", "s.json"], "--submission goes with --adapt"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    command: Command, tmp_path: Path, options: list[str], says: str
) -> None:
    ran = command("solve", write(tmp_path / "t1.json"), *options)
    assert ran.status == 2
    assert says in ran.err


def test_other_puzzles_are_refused(command: Command) -> None:
    ran = command("solve", "1...  ..3.  .4..  ...2", "--adapt", 1, "--adapter", "sudoku")
    assert ran.status == 2
    assert "Sudoku puzzles demonstrate nothing to train on" in ran.err
