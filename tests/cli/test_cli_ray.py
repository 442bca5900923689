"""``solve --engine ray``: what Ray maps over, and what is refused; Ray itself is not needed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from running import SUDOKU, Command

from hrm_toolkit.solvers.many.lines import LineSolver

OPTIONS = {"strategy": "verified", "device": "cpu", "budget": {"segments": 4}}
MAZE = json.dumps({"task": "maze", "grid": ["S..", ".#.", "..G"]})


def without_clock(told: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key not in ("seconds", "read_as")}


def test_lines_are_solved_as_the_local_engine_solves_them(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    sudoku = json.dumps({"task": "sudoku", "grid": [[1, 0, 0, 4], [0, 0, 1, 0], [0, 1, 0, 0],
                                                    [4, 0, 0, 1]]})  # fmt: skip
    lines = [MAZE, sudoku, MAZE.replace(".#.", "...")]
    file.write_text("\n".join(lines) + "\n")
    local = command("solve", file, "--segments", 4, "--json")
    found = LineSolver(OPTIONS)({"text": lines})
    objects = [json.loads(text) for text in found["object"]]
    assert [without_clock(o) for o in objects] == [without_clock(o) for o in local.objects]
    assert found["solved"] == [o["solved"] for o in local.objects]
    assert found["solved"][0] is True


def test_a_line_that_cannot_be_solved_loses_no_other(maze_bundle: Path) -> None:
    lines = [MAZE, "no puzzle", SUDOKU, f"[{MAZE}, {MAZE}]"]
    found = LineSolver({**OPTIONS, "solver": str(maze_bundle)})({"text": lines})
    objects = [json.loads(text) for text in found["object"]]
    assert found["solved"] == [True, False, False, False]
    assert objects[0]["solver"].startswith("novice")
    assert objects[1]["error"]["code"] == "bad_input"
    assert "is for maze" in objects[2]["error"]["message"]
    assert "error" in objects[3]


def test_lines_for_which_no_time_is_left_are_not_read_and_told_so() -> None:
    spent = LineSolver({**OPTIONS, "ends": 1.0})
    made = spent({"text": ["no puzzle", "S.G"]})
    assert made["solved"] == [False, False]
    assert [json.loads(line)["status"] for line in made["object"]] == ["not_reached"] * 2


def test_lines_are_read_as_the_solvers_task(maze_bundle: Path) -> None:
    made = LineSolver({**OPTIONS, "solver": str(maze_bundle)})({"text": ["SG"]})
    assert json.loads(made["object"][0])["task"] == "maze"


def test_lines_that_the_time_ends_before_are_told_beside_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from hrm_toolkit.solvers.many.work import Work

    results = Work.results
    monkeypatch.setattr(Work, "results", lambda self: list(results(self))[:1])
    line = '{"task": "maze", "grid": ["S.G"]}'
    made = LineSolver(OPTIONS)({"text": [line, line]})
    assert [json.loads(one)["status"] for one in made["object"]] == ["solved", "not_reached"]


def test_the_dataset_is_mapped_in_order(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ray's part played by a list: the arguments are those that Ray Data takes."""
    asked: dict[str, Any] = {}

    class Lines(list[str]):
        def map_batches(self, kind: Any, **options: Any) -> Lines:
            asked.update(options)
            made = kind(*options["fn_constructor_args"])({"text": list(self)})
            asked["rows"] = [
                {"object": text, "solved": solved}
                for text, solved in zip(made["object"], made["solved"], strict=True)
            ]
            return self

        def iter_rows(self) -> Any:
            return iter(asked["rows"])

    context = SimpleNamespace(execution_options=SimpleNamespace(preserve_order=False))
    fake = SimpleNamespace(
        is_initialized=lambda: True,
        cluster_resources=lambda: {"CPU": 4.0},
        data=SimpleNamespace(
            DataContext=SimpleNamespace(get_current=lambda: context),
            read_text=lambda path: Lines(Path(path).read_text().splitlines()),
        ),
    )
    monkeypatch.setattr("hrm_toolkit.solvers.many.lines._ray", lambda: fake)
    file = tmp_path / "many.jsonl"
    file.write_text(f"{MAZE}\n{MAZE}\n")
    ran = command("solve", file, "--engine", "ray", "--json")
    assert ran.status == 0
    assert [o["solved"] for o in ran.objects] == [True, True]
    assert context.execution_options.preserve_order is True
    assert (asked["batch_size"], asked["concurrency"]) == (64, (1, 3))
    told = command("solve", file, "--engine", "ray")
    assert told.out.splitlines()[-1] == "2 of 2 solved and verified"


def test_what_ray_cannot_do(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "many.jsonl"
    file.write_text(MAZE)
    for arguments, said in (
        (("-",), "cannot read standard input"),
        ((tmp_path / "none",), "there is no such file"),
        ((file, "--picture", tmp_path / "a.svg"), "--picture is for one puzzle"),
        ((file, "--strategy", "neura"), 'did you mean "neural"?'),
    ):
        ran = command("solve", *arguments, "--engine", "ray")
        assert ran.status == 2
        assert said in ran.err
    assert 'did you mean "ray"?' in command("solve", file, "--engine", "rays").err
    absent = ModuleType("ray")  # without its ray.data
    monkeypatch.setitem(sys.modules, "ray", absent)
    monkeypatch.setitem(sys.modules, "ray.data", None)
    ran = command("solve", file, "--engine", "ray")
    assert ran.status == 2
    assert "pip install 'hrm-toolkit[ray]'" in ran.err
