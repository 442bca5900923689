"""``evaluate``: budgets, tables, the page, and what an interrupt leaves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from running import Command

from hrm_toolkit.train.rates.evaluate import wilson

FOUR = ("evaluate", "--solver", "sudoku-4x4", "--size", 4)


def test_several_budgets_beside_exact_search(command: Command, tmp_path: Path) -> None:
    page = tmp_path / "rates.html"
    ran = command(
        *FOUR, "--samples", 9, "--segments", "1,2", "--votes", "1,3", "--strategy", "neural",
        "--difficulties", "easy,minimal", "--html", page, "--json",
    )  # fmt: skip
    assert ran.status == 0
    found = ran.object
    budgets = [(e["budget"]["votes"], e["budget"]["segments"]) for e in found["budgets"]]
    assert budgets == [(1, 1), (1, 2), (3, 1), (3, 2)]
    for evaluation in found["budgets"]:
        n, groups = evaluation["n"], evaluation["by_difficulty"]
        assert n == 9
        assert sum(group["n"] for group in groups.values()) == 9
        assert set(groups) <= {"easy", "minimal"}
        assert 0 <= evaluation["token_accuracy"] <= 1
        assert evaluation["optimality_gap"] is None
        for group in [evaluation, *groups.values(), *evaluation["by_size"].values()]:
            low, high = wilson(round(group["verified_rate"] * group["n"]), group["n"])
            assert group["verified_interval"] == pytest.approx([low, high])
    largest = found["budgets"][3]
    assert {key: found[key] for key in largest} == largest
    assert (found["oracle"]["n"], found["oracle"]["answered"]) == (9, 9)
    assert (found["asked"], found["complete"]) == (9, True)
    said = page.read_text(encoding="utf-8")
    assert said.startswith("<!doctype html>")
    assert "By difficulty, at 2 segments, 3 votes" in said
    assert "http" not in said.replace('http-equiv="', "")


def test_rates_are_kept_in_the_bundle_by_name(
    command: Command, maze_bundle: Path, tmp_path: Path
) -> None:
    bundle = shutil.copytree(maze_bundle, tmp_path / "bundle")
    asked = ("evaluate", "--solver", bundle, "--samples", 4, "--strategy", "neural")
    before = command("solvers", "show", bundle, "--json").object["evaluation"]
    found = command(*asked, "--segments", "1", "--record", "small", "--json").object
    several = ("--segments", "1,2", "--restarts", "1,3", "--votes", "2", "--record", "curve")
    command(*asked, *several)
    kept = command("solvers", "show", bundle, "--json").object["evaluation"]
    assert set(kept) == set(before) | {"small", "curve"}
    assert kept["small"]["verified_rate"] == found["verified_rate"]
    assert "curve" not in kept["small"]
    budgets = [row["budget"] for row in kept["curve"]["curve"]]
    points = [(budget["restarts"], budget["segments"]) for budget in budgets]
    assert points == [(1, 1), (1, 2), (3, 1), (3, 2)]
    assert kept["curve"]["budget"]["restarts"] == 3
    shown = command("solvers", "show", bundle).out
    table = shown[shown.index("budget curve: curve") :].splitlines()
    assert table[1].split()[:3] == ["segments", "votes", "restarts"]
    assert [line.split()[:3] for line in table[2:6]] == [[str(s), "2", str(r)] for r, s in points]


def test_a_bundle_is_told_the_name_of_a_file_and_not_where_it_lay(
    command: Command, maze_bundle: Path, tmp_path: Path
) -> None:
    bundle, mine = shutil.copytree(maze_bundle, tmp_path / "bundle"), tmp_path / "mine.jsonl"
    made = command("generate", "--adapter", "maze", "--samples", 2, "--size", 5, "--out", "-")
    mine.write_text(made.out)
    asked = ("--data", mine, "--strategy", "neural", "--segments", 1, "--record", "mine")
    found = command("evaluate", "--solver", bundle, *asked, "--json")
    assert found.object["data"] == str(mine), found.err
    kept = (bundle / "bundle.json").read_text(encoding="utf-8")
    assert json.loads(kept)["evaluation"]["mine"]["data"] == "mine.jsonl"
    assert str(tmp_path) not in kept


def test_the_terminal_shows_tables(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    ran = command(
        "evaluate", "--solver", "maze", "--sizes", "5,4x6", "--samples", 8, "--segments", "4,8",
        "--strategy", "neural", "--restarts", "1,2",
    )  # fmt: skip
    assert ran.status == 0
    assert "n = 8)" in ran.out
    assert "8 of 8 answered within 1 s" in ran.out
    assert "by size, at 8 segments, 1 vote" in ran.out
    assert "by difficulty, at 8 segments, 1 vote" in ran.out
    assert {"5x5", "4x6"} <= {line.split()[0] for line in ran.out.splitlines() if line.strip()}
    assert "optimal" in ran.out
    assert "\N{HORIZONTAL ELLIPSIS}" not in ran.out, "nothing is cut off"
    without = command(*FOUR, "--samples", 2, "--oracle-seconds", 0)
    assert "exact search" not in without.out
    assert "optimal" not in without.out, "Sudoku answers have no cost"


def test_an_interrupt_shows_what_was_measured(
    command: Command, maze_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_toolkit.solvers.solver import Solver

    solve_many, calls = Solver.solve_many, [0]

    def interrupted(self: Solver, *given: Any, **options: Any) -> Any:
        calls[0] += 1
        if calls[0] == 2:
            raise KeyboardInterrupt
        return solve_many(self, *given, **options)

    monkeypatch.setattr(Solver, "solve_many", interrupted)
    arguments = ("evaluate", "--solver", maze_bundle, "--size", 5, "--strategy", "exact")
    ran = command(*arguments, "--samples", 70, "--json")
    assert ran.status == 130
    assert (ran.object["n"], ran.object["asked"], ran.object["complete"]) == (64, 70, False)
    calls[0] = 0
    ran = command(*arguments, "--samples", 70)
    assert ran.status == 130
    assert "64 of 70, interrupted" in ran.out
    calls[0] = 1
    ran = command(*arguments, "--samples", 70)
    assert (ran.status, ran.out) == (130, "")


def test_on_a_file_each_difficulty_is_unknown(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "four.txt"
    file.write_text("1...  ..3.  .4..  ...2\n")
    found = command("evaluate", "--solver", "sudoku-4x4", "--data", file, "--json").object
    assert (found["n"], found["verified_rate"], found["by_difficulty"]) == (1, 1.0, {})
    assert found["data"] == str(file)


SMALL, RIGHT = "1.....3..4.....2", "1324423124133142"


def test_answers_of_a_file_are_checked_as_training_checks_them(
    command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "two.csv"
    file.write_text(f"question,answer\n{SMALL},{RIGHT}\n{SMALL},{RIGHT[::-1]}\n")
    measured = command("evaluate", "--solver", "sudoku-4x4", "--data", file, "--json")
    trained = command("train", "--data", file, "--out", tmp_path / "run", "--json")
    assert measured.status == trained.status == 2
    assert measured.object == trained.object
    says = measured.object["error"]
    assert says["path"] == f"{file}: puzzle 2"
    assert says["message"].startswith("its answer is refuted: ")


def test_puzzles_of_a_file_without_an_answer_are_counted(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "list.sdm"
    file.write_text(f"{SMALL}\n11..............\n{SMALL}\n")
    arguments = ("evaluate", "--solver", "sudoku-4x4", "--data", file, "--strategy", "exact")
    found = command(*arguments, "--json").object
    assert (found["n"], found["left_out"]) == (2, 1)
    assert command(*arguments, "--samples", 1, "--json").object["n"] <= 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--segments", "16,x"), "--segments is no list of numbers"),
        (("--segments", ""), "whole numbers from 1 to 100000"),
        (("--votes", "0"), "--votes is no list of numbers"),
        (("--votes", "1,,2"), "such as 16 or 16,32,64; got 1,,2"),
        (("--html", "nowhere/at/all.html"), "--html names no file that can be written"),
        (("--difficulties", "easy,hrad"), 'did you mean "hard"?'),
        (("--sizes", "4,nine"), "--size is no size"),
    ],
)
def test_what_cannot_be_measured(command: Command, arguments: tuple[str, ...], says: str) -> None:
    ran = command(*FOUR, *arguments)
    assert ran.status == 2
    assert says in ran.err
    assert len(ran.err.splitlines()) == 1


def test_the_end_of_the_time_leaves_rates_of_what_was_reached(
    command: Command, maze_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_toolkit.train.rates.pace import Pace

    takes = iter([1, 2, 0] * 2)
    monkeypatch.setattr(Pace, "take", lambda self: next(takes))
    asked = ("evaluate", "--solver", maze_bundle, "--samples", 5, "--strategy", "neural")
    ran = command(*asked, "--segments", 1, "--seconds", 9, "--record", "part", "--json")
    assert ran.status == 0
    found = ran.object
    assert (found["n"], found["asked"], found["not_reached"]) == (3, 5, 2)
    assert found["complete"] is False
    assert 'nothing is recorded as "part"' in ran.err
    said = command(*asked, "--segments", 1, "--seconds", 9).out
    assert "3 of 5, the rest not reached in the time" in said


def test_several_solvers_vote(command: Command, maze_bundle: Path, tmp_path: Path) -> None:
    both = ("--solver", maze_bundle, "--solver", "maze")
    arguments = ("--samples", 4, "--sizes", 5, "--segments", 4, "--oracle-seconds", 0, "--json")
    found = command("evaluate", *both, *arguments).object
    assert [voter["solver"] for voter in found["voters"]] == ["novice", "maze"]
    assert found["solver"] == "novice and 1 more"
    assert found["by_source"].get("structured+votes", 0) > 0
    ran = command("evaluate", *both, *arguments, "--record", "both")
    assert ran.status == 2
    assert "--record" in ran.object["error"]["message"]
    ran = command("evaluate", "--solver", maze_bundle, "--solver", "sudoku-4x4", *arguments)
    assert ran.status == 2
    assert '"sudoku-4x4" is for sudoku' in ran.object["error"]["message"]
