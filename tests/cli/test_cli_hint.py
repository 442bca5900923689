"""``hint``: the next step with its reason, and how a wrong clue contradicts."""

from __future__ import annotations

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


def test_a_task_without_steps_has_no_hint(command: Command) -> None:
    ran = command("hint", "S..\n##.\nG..")
    assert (ran.status, "no hint" in ran.out) == (1, True)
