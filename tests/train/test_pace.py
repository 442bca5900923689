"""A measurement that has an end begins nothing that may pass it."""

from __future__ import annotations

import time

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Budget, Settings
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.data.stream import Split, draw
from hrm_toolkit.train.rates import pace
from hrm_toolkit.train.rates.evaluate import survey


def test_takes_grow_and_end(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    measured = pace.Pace(64, 100.0)
    takes = []
    while count := measured.take():
        takes.append(count)
        now[0] += count
    assert takes[:3] == [1, 4, 16]
    assert now[0] <= 100
    assert now[0] >= 90


def test_a_survey_out_of_time_counts_what_was_reached(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    adapter = get_adapter("maze")
    mazes = [draw(adapter, Settings(sizes=(5,)), 0, Split.TEST, i) for i in range(9)]
    takes = iter([1, 4, 0])
    monkeypatch.setattr(pace.Pace, "take", lambda self: next(takes))
    found = survey(Solver(adapter, None), mazes, [Budget()], strategy="exact", seconds=5.0)
    assert (found.budgets[0].n, found.asked, found.out_of_time) == (5, 9, True)
    assert found.why_fewer == "the rest not reached in the time"
