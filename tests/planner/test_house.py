"""How much of the planner one tool call walks through, and what it starts."""

from __future__ import annotations

import runpy
from pathlib import Path

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "house.py"


def test_a_tool_call_enters_few_files_and_starts_two_threads() -> None:
    walk = runpy.run_path(str(BENCHMARK))["solve_call"]()
    assert walk.reply.status == "solved"
    assert len(walk.files) <= 15, sorted(walk.files)
    # One that solves, and the one that all networks share; none for the job.
    assert len(walk.threads) <= 2, walk.threads
