"""Searches as machine code: what is said while they are made, and whose time it is."""

from __future__ import annotations

import logging
import runpy
from pathlib import Path
from typing import Any

import pytest

from hrm_toolkit.adapters import compiling
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Budget, Stopwatch
from hrm_toolkit.solvers import route
from hrm_toolkit.solvers.solver import Solver


def test_compiling_is_told_of_once(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    compiling.telling.told = False
    source = tmp_path / "doubled.py"
    source.write_text("def one(x):\n    return x + 1\n\ndef two(x):\n    return x + 2\n")
    # Machine code is kept beside the file that a function is in: one of its own, then.
    module = runpy.run_path(str(source))
    with caplog.at_level(logging.WARNING):
        functions: list[Any] = [compiling.compiled(module[name]) for name in ("one", "two")]
        assert [function(1) for function in functions] == [2, 3]
    assert [r.message for r in caplog.records if "compiling" in r.message] == [
        "compiling the search: seconds to a minute, once for this installation"
    ]


class _Clock:
    """A clock of the route's that only warming moves."""

    def __init__(self) -> None:
        self.at = 0.0

    def read(self) -> float:
        return self.at

    def warm(self, adapter: object, puzzle: object) -> None:
        self.at += 40.0


@pytest.mark.parametrize("seconds", [None, 5.0])
def test_no_puzzle_s_time_is_spent_on_compiling(
    monkeypatch: pytest.MonkeyPatch, seconds: float | None
) -> None:
    clock = _Clock()
    monkeypatch.setattr(route, "warm", clock.warm)
    monkeypatch.setattr(route, "Stopwatch", lambda *_: Stopwatch(clock.read))
    solver = Solver(get_adapter("latin"), None)
    puzzle = {"task": "latin", "grid": [[1, None], [None, None]]}
    result = solver.solve(puzzle, budget=Budget(seconds=seconds))
    assert (result.solved, result.source) == (True, "exact")
    assert (clock.at >= 40.0, result.seconds) == (True, 0.0)
