"""``trace`` and ``verify``: an answer as it grows, and somebody's answer checked."""

from __future__ import annotations

import io
import json
import os
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from running import EXAMPLES, SUDOKU, Command

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.cli.solving import keys
from hrm_toolkit.cli.solving.watching import show
from hrm_toolkit.core import Segment

MAZE = EXAMPLES / "maze-small.json"


def test_trace_shows_every_segment(command: Command, maze_bundle: Path) -> None:
    ran = command("trace", MAZE, "--solver", maze_bundle, "--segments", 3)
    assert ran.status == 1
    for segment in (1, 2, 3):
        assert f"segment {segment} of 3 · halting probability 0." in ran.out
    assert ran.out.count("\n#########\n") == 2 * 3, "a board has two outer walls"
    assert ran.err == ""


def test_trace_gives_one_object_a_segment(command: Command, maze_bundle: Path) -> None:
    ran = command("trace", MAZE, "--solver", maze_bundle, "--segments", 4, "--json")
    assert ran.status == 1
    assert [found["index"] for found in ran.objects] == [1, 2, 3, 4]
    for found in ran.objects:
        assert found["total"] == 4
        assert found["task"] == "maze"
        assert found["solver"] == "novice"
        assert 0 <= found["halt"] <= 1
        assert not found["verdict"]["valid"]


def test_trace_ends_at_the_first_right_answer_unless_told(
    command: Command, maze_bundle: Path
) -> None:
    # Start and goal side by side: whatever the network marks, the walk is right.
    arguments = ("trace", "-", "--solver", maze_bundle, "--segments", 3)
    ran = command(*arguments, stdin=b"SG\n")
    assert ran.status == 0
    assert "segment 1 of 3" in ran.out
    assert "verified by the rules" in ran.out
    assert "segment 2 of 3" not in ran.out
    assert "segment 3 of 3" in command(*arguments, "--all", stdin=b"SG\n").out


def test_trace_picks_one_of_several(command: Command, maze_bundle: Path) -> None:
    lines = b'{"task": "maze", "grid": ["S.G"]}\n{"task": "maze", "grid": ["GS"]}\n'
    arguments = ("trace", "-", "--solver", maze_bundle, "--segments", 1, "--json")
    ran = command(*arguments, "--number", 2, stdin=lines)
    assert ran.object["answer"]["path"] == [[0, 1], [0, 0]]


def test_states_of_every_cycle_are_written_as_arrays(
    command: Command, maze_bundle: Path, tmp_path: Path
) -> None:
    there = tmp_path / "states.npz"
    arguments = ("trace", "-", "--solver", maze_bundle, "--segments", 3, "--all", "--json")
    ran = command(*arguments, "--states", there, stdin=b"SG.\n")
    assert ran.err == f"wrote {there}\n"
    told, again = ran.objects, command(*arguments, stdin=b"SG.\n").objects
    for segment in (*told, *again):
        assert segment.pop("seconds") >= 0
    assert told == again
    arrays = np.load(there, allow_pickle=False)
    facts = json.loads(str(arrays["facts"]))
    network = facts["network"]
    high, low = network["high_cycles"], network["low_cycles"]
    assert arrays["z_high"].shape == (3, high, 3, 1, network["width"])
    assert arrays["z_low"].shape == (3, high, low, 3, 1, network["width"])
    assert len(facts["axes"]["z_low"]) == arrays["z_low"].ndim
    assert arrays["halt"].tolist() == [found["halt"] for found in ran.objects]
    assert arrays["valid"].tolist() == [True] * 3
    assert len(arrays["tokens"]) == 3


def test_states_that_cannot_be_written_or_held_are_refused_before_anything_is_run(
    command: Command, maze_bundle: Path, tmp_path: Path
) -> None:
    arguments = ("trace", MAZE, "--solver", maze_bundle)
    ran = command(*arguments, "--states", tmp_path / "nowhere" / "states.npz")
    assert (ran.status, ran.out) == (2, "")
    ran = command(*arguments, "--states", tmp_path / "s.npz", "--segments", 100_000)
    assert ran.status == 2
    assert "bytes" in ran.err
    assert "--segments" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_exact_search_has_no_segments(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hrm_toolkit.solvers.bundles.choose.bundled", dict)
    ran = command("trace", MAZE)
    assert ran.status == 2
    assert "hrm-toolkit train --adapter maze" in ran.err


def test_what_solve_prints_verify_accepts(command: Command, tmp_path: Path) -> None:
    for puzzle in (MAZE, EXAMPLES / "graph.graphml", SUDOKU):
        found = tmp_path / "found.json"
        found.write_text(command("solve", puzzle, "--strategy", "exact", "--json").out)
        ran = command("verify", puzzle, found)
        assert ran.status == 0
        assert "valid: " in ran.out
        assert command("verify", puzzle, found, "--json").object["verdict"]["valid"] is True


def test_verify_refutes_with_places(command: Command) -> None:
    text = json.dumps([[1, 6], [1, 5], [2, 5]]).encode()
    ran = command("verify", MAZE, "-", stdin=text)
    assert ran.status == 1
    assert "refuted: the answer breaks one rule" in ran.out
    assert "  - the path ends at row 3 column 6" in ran.out
    found = command("verify", MAZE, "-", "--json", stdin=text).object
    assert found["verdict"]["valid"] is False
    assert found["verdict"]["violations"][0]["places"] == [[2, 5], [5, 5]]


def test_verify_counts_what_it_does_not_show(command: Command) -> None:
    rows = json.dumps([[1] * 9] * 9).encode()
    ran = command("verify", SUDOKU, "-", stdin=rows)
    assert ran.status == 1
    assert ran.out.count("  - ") == 6
    assert " more\n" in ran.out


def test_verify_needs_two_sources(command: Command) -> None:
    ran = command("verify", "-", "-", stdin=b"SG")
    assert ran.status == 2
    assert "cannot both" in ran.err
    ran = command("verify", MAZE, "-", stdin=b"not json, no path")
    assert ran.status == 2
    assert len(ran.err.splitlines()) == 1


def test_segments_that_the_seconds_do_not_suffice_for_are_told(
    command: Command, maze_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter(range(10**6))
    monkeypatch.setattr(time, "perf_counter", lambda: float(next(now)))
    arguments = ("trace", MAZE, "--solver", maze_bundle, "--segments", 40, "--seconds", 10)
    ran = command(*arguments, "--json")
    assert ran.status == 1
    assert 0 < len(ran.objects) < 40
    assert ran.err == f"{40 - len(ran.objects)} of 40 segments not reached in the 10 s\n"


def test_a_terminal_shows_doubts_violations_and_halting_and_steps_by_keys() -> None:
    adapter = get_adapter("sudoku")
    puzzle = adapter.coerce("1... ..3. .4.. ...2")
    rounds = []
    for index, grid in enumerate(["1324 4231 2413 3142", "1324 4231 2413 1142"], 1):
        answer = adapter.coerce_answer(puzzle, [[int(d) for d in row] for row in grid.split()])
        verdict = adapter.rules.check(puzzle, answer)
        told = {"index": index, "total": 2, "halt": 0.75, "answer": answer, "verdict": verdict}
        rounds.append((Segment(confidence=0.5, sure="9" * 15 + "0", **told),))
    out = Console(file=io.StringIO(), force_terminal=True, width=90, color_system="truecolor")
    pressed = [keys.BACK, keys.QUIT]
    how = {"paced": False, "step": True, "pressed": pressed}
    show(out, adapter, puzzle, rounds, ["sudoku"], **how)
    shown = out.file.getvalue()  # type: ignore[attr-defined]
    frames = shown.split("segment ")[1:]
    assert [frame[0] for frame in frames[:3]] == ["1", "2", "1"]
    assert "halting " + "█" * 15 + "░" * 5 + " 75 % · sure 50 %" in shown
    red, doubt = "\x1b[1;37;41m", "\x1b[30;48;2;255;210;122m"
    assert f"{doubt}2\x1b[0m" in frames[0]
    assert red not in frames[0]
    assert frames[1].count(f"{red}1\x1b[0m") == 3
    assert "column 1 has two 1s" in frames[1]


def test_keys_of_a_terminal_have_meanings() -> None:
    pty = pytest.importorskip("pty")
    there, here = pty.openpty()
    os.write(there, b"\x1b[Dn?Gq")
    assert [*keys.pressed(here)] == [keys.BACK, keys.FORTH, keys.LAST, keys.QUIT]
    os.close(there)
    os.close(here)


def test_two_solvers_are_traced_side_by_side(command: Command, maze_bundle: Path) -> None:
    arguments = (
        "trace",
        MAZE,
        "--solver",
        maze_bundle,
        "--beside",
        "maze",
        "--segments",
        2,
        "--all",
    )
    told = command(*arguments, "--json").objects
    assert [(one["solver"], one["index"]) for one in told] == [
        ("novice", 1),
        ("maze", 1),
        ("novice", 2),
        ("maze", 2),
    ]
    lines = command(*arguments).out.splitlines()
    assert [line for line in lines if line in ("novice", "maze")] == ["novice", "maze"] * 2


@pytest.mark.parametrize("ending", ["html", "svg", "gif"])
def test_a_trace_is_drawn(command: Command, maze_bundle: Path, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"out.{ending}"
    arguments = ("trace", MAZE, "--solver", maze_bundle, "--segments", 3, "--picture", path)
    ran = command(*arguments)
    assert ran.err == f"drew {path}\n"
    if ending == "gif":
        with pytest.importorskip("PIL.Image").open(path) as image:
            assert 2 <= image.n_frames <= 4
        return
    drawn = path.read_text()
    assert "the more often it changed" in drawn
    if ending == "html":
        assert drawn.count('<svg role="img"') == 3, "the puzzle, the last segment, and the heat"
        told = taped(drawn)
        assert [len(line["points"]) for line in told["halting"]] == [3]
        first, *rest = told["stages"]
        assert first["words"] == "The puzzle: 7x9 maze"
        for number, stage in enumerate(rest, 1):
            assert stage["words"].startswith(f"Segment {number} of 3, halting probability 0.")
            assert stage["facts"]["rules broken"] == "1"
            assert "the path ends at" in stage["broken"][0]
            assert sum(stage["runs"][1::2]) > sum(first["runs"][1::2]), "shades and a red frame"


def taped(page: str) -> dict[str, Any]:
    (found,) = re.findall(r'id="tape">(.*?)</script>', page)
    told = json.loads(found)
    assert isinstance(told, dict)
    return told


def test_two_solvers_are_taped_side_by_side(
    command: Command, maze_bundle: Path, tmp_path: Path
) -> None:
    path = tmp_path / "out.html"
    asked = ("trace", MAZE, "--solver", maze_bundle, "--segments", 3)
    assert command(*asked, "--beside", maze_bundle, "--picture", path).err == f"drew {path}\n"
    told = taped(path.read_text())
    assert [line["name"] for line in told["halting"]] == ["novice (1)", "novice (2)"]
    assert told["width"] > 2 * 9
    facts = told["stages"][1]["facts"]
    assert facts["rules broken, novice (1)"] == facts["rules broken, novice (2)"] == "1"
    assert told["stages"][1]["broken"][0].startswith("novice (1): the path ends at")


def test_a_page_of_the_largest_grids_stays_under_a_megabyte(
    command: Command, maze_bundle: Path, tmp_path: Path
) -> None:
    maze, path = tmp_path / "maze.txt", tmp_path / "out.html"
    maze.write_text("\n".join(["S" + "." * 49, *["." * 50] * 48, "." * 49 + "G"]))
    asked = ("trace", maze, "--solver", maze_bundle, "--segments", 12, "--json")
    assert command(*asked, "--picture", path).status == 1
    assert path.stat().st_size < 1_000_000
    assert "The puzzle: 50x50 maze" in [
        stage["words"] for stage in taped(path.read_text())["stages"]
    ]
