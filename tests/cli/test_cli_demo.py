"""``demo``: what a newcomer runs first, with nothing but the package."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import EXAMPLES, Command

from hrm_toolkit.adapters import registry
from hrm_toolkit.adapters.formats import read_puzzles


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A task that is loaded from a file is unknown after the test."""
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    monkeypatch.setattr(registry, "_files", dict(registry._files))
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    sys.modules.pop("latin_square", None)


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


def test_a_task_in_a_file_is_trained_measured_and_solved(
    command: Command, tmp_path: Path, forgotten: None
) -> None:
    task = EXAMPLES / "latin-square" / "latin_square.py"
    out = tmp_path / "run"
    small = ("--set", "network.width=4", "--set", "network.inner=4", "--set", "data.sizes=[3]")
    few = ("--samples", 8, "--set", "validation=3", "--set", "batch_size=4", "--updates", 2)
    ran = command("train", "--adapter", task, *small, *few, "--workers", 1, "--out", out)
    assert ran.status == 0, ran.err
    solver = ("--solver", out / "bundle", "--adapter", task)
    assert f"use it: hrm-toolkit solve FILE {shlex.join(map(str, solver))}\n" in ran.out
    measured = command("evaluate", *solver, "--samples", 3)
    assert measured.status == 0, measured.err
    made = command("generate", "--adapter", task, "--samples", 1, "--size", 3, "--out", "-")
    puzzle = tmp_path / "puzzle.jsonl"
    puzzle.write_text(made.out)
    solved = command("solve", puzzle, *solver)
    assert "verified by the rules" in solved.out
    other = command("evaluate", "--solver", out / "bundle", "--adapter", "maze", "--samples", 3)
    assert "solves latin-square puzzles, and --adapter says maze" in other.err
    assert command("adapters", "check", task, "--samples", 3).status == 0
    registry._registered.pop("latin-square")
    for words, refused in (
        ((puzzle,), "a task of your own is named by its file: --adapter FILE.py"),
        ((puzzle, *solver[:2]), "or name its file (--adapter FILE.py)"),
    ):
        ran = command("solve", *words)
        assert (ran.status, refused in ran.err) == (2, True), ran.err
