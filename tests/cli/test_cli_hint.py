"""``hint``: the next step with its reason, and how a wrong clue contradicts."""

from __future__ import annotations

from pathlib import Path

from running import Command

EASY = "1234 34.. 2143 4321"
WRONG = "12.. ...3 ...4 ...."


def test_the_next_digit_is_told_with_its_unit(command: Command) -> None:
    ran = command("hint", EASY, "--adapter", "sudoku")
    assert ran.status == 0
    assert "row 2 column 3 is 1, by " in ran.out or "row 2 column 4 is 2, by " in ran.out


def test_a_hint_is_an_object_with_its_places(command: Command) -> None:
    ran = command("hint", EASY, "--adapter", "sudoku", "--json")
    hint = ran.object["hint"]
    assert hint["places"] in ([[1, 2]], [[1, 3]])
    assert not hint["contradiction"]


def test_a_wrong_clue_is_told_step_by_step(command: Command) -> None:
    ran = command("hint", WRONG, "--adapter", "sudoku", "--json")
    assert ran.object["hint"]["contradiction"]
    assert any("row 1 column" in step for step in ran.object["hint"]["why"])


def test_a_url_gets_a_hint(command: Command) -> None:
    ran = command("hint", "https://puzz.link/p?lightup/3/2/b.g1")
    assert ran.status == 0
    assert "is a bulb" in ran.out or "is empty" in ran.out


def test_a_task_without_steps_says_so(command: Command) -> None:
    ran = command("hint", "S..\n##.\nG..")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("error: maze has no hints: its rules force nothing step by step; ")


def test_a_puzzle_without_a_next_step_has_no_hint(command: Command) -> None:
    ran = command("hint", "1234 3412 2143 4321", "--adapter", "sudoku")
    assert (ran.status, "no hint: this 4x4 sudoku is solved already" in ran.out) == (1, True)
    ran = command("hint", "." * 16, "--adapter", "sudoku")
    assert (ran.status, "no hint: nothing follows" in ran.out) == (1, True)


def test_of_several_puzzles_the_one_is_named(command: Command, tmp_path: Path) -> None:
    two = tmp_path / "two.txt"
    two.write_text("https://puzz.link/p?lightup/3/2/b.g1\nhttps://puzz.link/p?lightup/2/1/1g\n")
    assert "puzz.link URLs; this is puzzle 2 of it" in command("hint", two, "--number", 2).out
