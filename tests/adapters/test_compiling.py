"""Searches as machine code: what is said while they are made, and whose time it is."""

from __future__ import annotations

import logging
import runpy
from pathlib import Path
from typing import Any

import pytest

from hrm_toolkit.adapters import compiling
from hrm_toolkit.adapters.constraint import exact
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import Deadline


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


def test_no_problem_s_time_is_spent_on_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]

    def compiled_slowly() -> None:
        clock[0] += 40.0

    monkeypatch.setattr(exact, "_load", compiled_slowly)
    problem = Problem()
    problem.grid(2, 2)
    bound = Deadline.after(5.0, lambda: clock[0])
    assert exact.solve(problem, bound).status == "found"
    assert exact.count(problem, 3, Deadline.after(5.0, lambda: clock[0])) == 3
