"""``bench``: ours beside others on the same puzzles, and a later run beside an earlier one."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

from running import Command

QUICK = ("--samples", 2, "--seconds", 0.2, "--batch", "1,2", "--no-training")


def test_others_solve_the_same_puzzles_and_a_later_run_is_compared(
    command: Command, tmp_path: Path
) -> None:
    earlier = tmp_path / "bench.json"
    asked = ("bench", "-s", "sudoku-4x4", "-s", "maze", "-s", "graph", *QUICK)
    ran = command(*asked, "--strategy", "exact", "--out", earlier, "--json")
    assert ran.status == 0, ran.err
    rows = {(row["task"], row["way"], row["batch"]): row for row in ran.object["timings"]}
    others = {(task, way) for task, way, _ in rows if way not in ("neural", "verified", "exact")}
    assert (("sudoku", "CP-SAT") in others) == (importlib.util.find_spec("ortools") is not None)
    assert {
        ("sudoku", "plain search"),
        ("maze", "networkx A*"),
        ("graph", "networkx Dijkstra"),
    } <= others
    assert ("maze", "exact", 2) in rows
    for row in rows.values():
        assert row["solved"] == row["n"], row
        assert 0 < row["p50_ms"] <= row["p95_ms"]
        assert row["solved_per_second"] > 0

    slow = json.loads(earlier.read_text())
    for row in slow["timings"]:
        row["p50_ms"], row["solved_per_second"] = row["p50_ms"] * 1e6, 1e-9
    earlier.write_text(json.dumps(slow))
    again = command(*asked, "--strategy", "exact", "--against", earlier, "--json")
    assert all(row["latency"] > 1 < row["throughput"] for row in again.object["against"])
    assert len(again.object["against"]) == len(rows)


def test_an_earlier_run_of_other_puzzles_is_refused_and_a_table_is_shown(
    command: Command, tmp_path: Path
) -> None:
    earlier = tmp_path / "bench.json"
    asked = ("bench", "-s", "sudoku-4x4", *QUICK)
    shown = command(*asked, "--strategy", "neural", "--out", earlier)
    assert "neural" in shown.out
    assert "2 of 2" in shown.out
    assert json.loads(earlier.read_text())["sizes"] == {"sudoku": "2: 4x4"}
    other = command(*asked, "--strategy", "neural", "--seed", 1, "--against", earlier)
    assert other.status == 2
    assert "the earlier run timed other puzzles" in other.err
    earlier.write_text('{"timings": 3}')
    assert command(*asked, "--against", earlier).status == 2


def test_updates_of_training_are_timed(command: Command) -> None:
    quick = ("--samples", 1, "--seconds", 0.1, "--batch", "1", "--strategy", "exact")
    ran = command("bench", "-s", "maze", *quick, "--json")
    (row,) = ran.object["training"]
    assert row["task"] == "maze"
    assert row["updates_per_second"] > 0
