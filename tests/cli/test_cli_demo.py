"""``demo``: what a newcomer runs first, with nothing but the package."""

from __future__ import annotations

from pathlib import Path

from running import Command

from hrm_toolkit.adapters.formats import read_puzzles


def test_demo_writes_a_puzzle_of_each_task_and_solves_it(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    ran = command("demo", "--out", out)
    files = sorted(out.iterdir())
    tasks = {read_puzzles(file).puzzles[0].task for file in files}
    assert {"arc", "graph", "maze", "sudoku"} <= tasks
    assert ran.out.count("\n$ hrm-toolkit solve ") == len(files)
    assert ran.out.count("verified by the rules") >= 3
    assert "Traceback" not in ran.err


def test_a_folder_that_cannot_be_made_is_named(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = command("demo", "--out", tmp_path / "file" / "demo")
    assert ran.status == 2
    assert "the folder cannot be made" in ran.err


def test_help_names_no_file_that_only_the_source_has(command: Command) -> None:
    for name in ("", "solve", "trace", "verify", "train"):
        assert "examples/" not in command(*filter(None, (name,)), "--help").out
