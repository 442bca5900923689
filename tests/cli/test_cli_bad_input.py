"""Bad input and bad usage: the right status, one clear line, no traceback."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from running import EXAMPLES, SUDOKU, Command

GENERATE = ("generate", "--adapter", "maze", "--samples", "1", "--out")
TRAIN = ("train", "--adapter", "maze")
MAZE = str(EXAMPLES / "maze-small.json")


@dataclass(frozen=True)
class Case:
    """Arguments, "FILE" standing for a file with ``data``; the status and words expected."""

    name: str
    arguments: tuple[str, ...]
    status: int
    says: str
    data: bytes | Callable[[Path], None] | None = None


def noise() -> bytes:
    return np.random.default_rng(7).integers(33, 127, 10_000_000, np.uint8).tobytes()


def solving(name: str, data: bytes | Callable[[Path], None], status: int, says: str) -> Case:
    return Case(name, ("solve", "FILE", "--strategy", "exact"), status, says, data)


def grid(text: str) -> bytes:
    return json.dumps({"task": "maze", "grid": text.split()}).encode()


CASES = (
    solving("truncated", b'{"task": "sudoku", "grid": [[1, 2', 2, "ends too early"),
    solving("wrong length", SUDOKU[:-1].encode(), 2, "80 cells"),
    solving("illegal symbol", ("x" + SUDOKU[1:]).encode(), 2, '"x"'),
    solving("contradictory clues", ("55" + SUDOKU[2:]).encode(), 1, "row 1 has two 5s"),
    solving("no solution", b"12.. ..3. ...4 ....", 1, "not solved"),
    solving("no path", b"S#G", 1, "has no answer"),
    solving("two starts", grid("S.S ..G"), 2, "start"),
    solving("no goal", grid("S.. ..."), 2, "goal"),
    solving("disconnected graph", b"start A\ngoal D\nA -- B\nC -- D", 1, "has no answer"),
    solving("negative weight", b"start A\ngoal B\nA -- B -2", 2, "negative weight"),
    solving("graph without ends", b"A -- B\nB -- C", 2, "start"),
    solving("empty file", b"", 2, "nothing in it"),
    solving("directory", Path.mkdir, 2, "directory"),
    solving("binary", bytes(range(256)), 2, "binary"),
    solving("noise", noise(), 2, "no puzzle file"),
    solving("deep JSON", b"[" * 100_000, 2, "nested too deeply"),
    solving("not UTF-8", b"caf\xe9 53..7", 2, "not UTF-8"),
    solving("unknown task", b'{"task": "soduku", "grid": []}', 2, 'did you mean "sudoku"?'),
    solving("escape codes", b"\x1b[31mred\x1b[0m", 2, "no puzzle file"),
    Case("no such file", ("solve", MAZE[:-1]), 2, "did you mean"),
    Case("file as folder", ("solve", MAZE + "/puzzle.txt"), 2, "cannot be read"),
    Case("adapter", ("solve", MAZE, "--adapter", "mase"), 2, 'did you mean "maze"?'),
    Case("wrong adapter", ("solve", MAZE, "--adapter", "sudoku"), 2, "maze puzzle"),
    Case("solver", ("solve", MAZE, "--solver", "nobody-trained-it"), 2, "nobody-trained-it"),
    Case("strategy", ("solve", MAZE, "--strategy", "exat"), 2, 'did you mean "exact"?'),
    Case("engine", ("solve", MAZE, "--engine", "rey"), 2, 'did you mean "ray"?'),
    Case("stage", ("train", "--adapter", "maze", "--stage", "hihg"), 2, 'did you mean "high"?'),
    Case("out of range", ("solve", MAZE, "--segments", "0"), 2, "expected 1 to 100,000; got 0"),
    Case("out of range too", ("solve", MAZE, "--votes=10001"), 2, "got 10001"),
    Case("no number", ("solve", MAZE, "--seconds", "soon"), 2, "got soon"),
    Case("option", ("solve", MAZE, "--segmnets", "3"), 2, 'did you mean "--segments"?'),
    Case("command", ("slove", MAZE), 2, "solve"),
    Case("no file named", ("solve",), 2, "FILE"),
    Case("ends of a maze", ("solve", MAZE, "--start", "A"), 2, "for graphs"),
    Case("device", ("solve", MAZE, "--device", "abacus"), 2, "expected auto, cpu"),
    Case("nothing to trace", ("trace", MAZE, "--number", "2"), 2, "no puzzle 2"),
    Case("no task", ("train",), 2, "--adapter"),
    Case("recipe", ("train", "--recipe", "mazes"), 2, 'did you mean "maze"?'),
    Case("key", (*TRAIN, "--set", "batchsize=3"), 2, "batch_size"),
    Case("value", (*TRAIN, "--set", "batch_size=0"), 2, "batch_size"),
    Case("no setting", (*TRAIN, "--set", "seed"), 2, "key=value"),
    Case("no run", ("train", "--resume", "nowhere"), 2, "no checkpoint"),
    Case("two lengths", (*TRAIN, "--minutes", "1", "--updates", "1"), 2, "one of"),
    Case("two tasks", ("train", "--adapter", "graph", "--recipe", "maze"), 2, "for maze"),
    Case("resume and more", ("train", "--resume", "x", "--seed", "1"), 2, "leave out --seed"),
    Case("no bundle", ("evaluate", "--solver", "nowhere"), 2, "nowhere"),
    Case("size", (*GENERATE, "-", "--size", "3x3x3"), 2, "HEIGHTxWIDTH"),
    Case("bad size", (*GENERATE, "-", "--size", "0"), 2, "size of a maze"),
    Case("difficulty", (*GENERATE, "-", "--difficulty", "perfekt"), 2, 'did you mean "perfect"?'),
    Case("no folder", (*GENERATE, "nowhere/a"), 2, "no folder"),
    Case("check", ("adapters", "check", "grpah"), 2, 'did you mean "graph"?'),
    Case("show", ("solvers", "show", "nowhere"), 2, "nowhere"),
)


def prepared(case: Case, folder: Path) -> tuple[str, ...]:
    file = folder / "input"
    if isinstance(case.data, bytes):
        file.write_bytes(case.data)
    elif case.data is not None:
        case.data(file)
    return tuple(str(file) if word == "FILE" else word for word in case.arguments)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_line_and_the_right_status(command: Command, tmp_path: Path, case: Case) -> None:
    ran = command(*prepared(case, tmp_path))
    assert ran.status == case.status
    assert "Traceback" not in ran.err + ran.out
    assert "internal error" not in ran.err
    if case.status == 2:
        (line,) = ran.err.splitlines()
        assert line.startswith("error: ")
        assert line.isprintable()
        assert case.says in line
    else:
        assert ran.err == ""
        assert case.says in ran.out


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_object_with_json(command: Command, tmp_path: Path, case: Case) -> None:
    ran = command(*prepared(case, tmp_path), "--json")
    assert ran.status == case.status
    assert ran.err == ""
    if case.status == 2:
        error = ran.object["error"]
        assert set(error) == {"code", "message", "path", "expected", "got", "hint"}
        assert error["message"]
    else:
        assert ran.object["solved"] is False
        assert ran.object["unsolvable"] is True


@pytest.mark.parametrize("data", [b"\x00\x01", b"S#G", b"[" * 100_000, b""])
def test_a_process_leaves_the_same(tmp_path: Path, data: bytes) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "hrm_toolkit", "solve", "-", "--strategy", "exact"],
        input=data,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == (1 if data == b"S#G" else 2)
    assert len(ran.stderr.splitlines()) == (0 if data == b"S#G" else 1)


def test_a_fault_of_the_toolkit_is_one_line_too(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_toolkit.adapters.maze import MazeAdapter

    def broken(self: MazeAdapter, puzzle: object, *, seconds: float = 10.0) -> object:
        raise ZeroDivisionError("a fault\nof ours")

    monkeypatch.setattr(MazeAdapter, "exact", broken)
    ran = command("solve", MAZE, "--strategy", "exact")
    assert ran.status == 2
    assert len(ran.err.splitlines()) == 1
    assert "internal error: ZeroDivisionError: a fault\\nof ours" in ran.err
    ran = command("solve", MAZE, "--strategy", "exact", "--json")
    assert ran.object["error"]["code"] == "internal"
    monkeypatch.setenv("HRM_TOOLKIT_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        command("solve", MAZE, "--strategy", "exact")


def test_a_terminal_is_not_waited_for(command: Command) -> None:
    ran = command("solve", "-", stdin=None)
    assert ran.status == 2
    assert "nothing is piped in" in ran.err


def test_a_closed_pipe_is_quiet() -> None:
    generate = [sys.executable, "-m", "hrm_toolkit", "generate", "-a", "maze", "--out", "-"]
    process = subprocess.Popen(
        [*generate, "--samples", "600", "--size", "9"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 1
    process.stderr.close()


@pytest.mark.parametrize(
    "change",
    [
        {"task": "soduku"},
        {"tokens": {"vocabulary": ["<pad>", "x"]}},
        {"surprise": 1},
        {"format": 2},
        None,
    ],
    ids=["task", "tokens", "key", "format", "another task"],
)
def test_what_a_manifest_decides_is_said_without_torch(
    maze_bundle: Path, tmp_path: Path, change: dict[str, Any] | None
) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(maze_bundle, folder)
    manifest = json.loads((folder / "bundle.json").read_text())
    (folder / "bundle.json").write_text(json.dumps(manifest | (change or {})))
    puzzle = SUDOKU if change is None else MAZE
    program = (
        "import sys; from hrm_toolkit.cli import main; status = main(sys.argv[1:]); "
        "print(status, 'torch' in sys.modules)"
    )
    ran = subprocess.run(
        (sys.executable, "-c", program, "solve", str(puzzle), "--solver", str(folder)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.endswith("2 False\n")
    assert ran.stderr.startswith("error: ")


def test_a_bundle_of_an_unknown_task_is_at_fault_and_not_the_puzzle(
    command: Command, tmp_path: Path
) -> None:
    from hrm_toolkit.solvers.bundles.manifest import bundle_folder

    folder = tmp_path / "theirs"
    shutil.copytree(bundle_folder("sudoku-4x4"), folder)
    told = json.loads((folder / "bundle.json").read_text()) | {"task": "soduku"}
    (folder / "bundle.json").write_text(json.dumps(told))
    puzzle = tmp_path / "puzzle.txt"
    puzzle.write_text("1.....3..4.....2")
    for verb in ("solve", "trace"):
        ran = command(verb, puzzle, "--solver", folder)
        assert ran.status == 2
        assert f'{folder / "bundle.json"}: the bundle is for the task "soduku"' in ran.err
        assert str(puzzle) not in ran.err
