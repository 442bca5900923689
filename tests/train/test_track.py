"""What a run tells of itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_toolkit.train.progress import Counters, Progress
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.record.metrics import Metrics, read_metrics
from hrm_toolkit.train.run import METRICS, Run


def test_rows_say_where_the_run_stood(tmp_path: Path) -> None:
    counters = Counters(update=7, seconds=1.26)
    metrics = Metrics(tmp_path / METRICS, counters)
    metrics.write("update", loss=float("nan"), norms={"total": float("inf"), "low": 1.5})
    counters.update = 8
    metrics.write("validation", best=True)
    lines = (tmp_path / METRICS).read_text().splitlines()
    assert json.loads(lines[0]) == {
        "event": "update", "update": 7, "seconds": 1.3, "loss": None,
        "norms": {"total": None, "low": 1.5},
    }  # fmt: skip
    assert [row["update"] for row in read_metrics(tmp_path / METRICS)] == [7, 8]


def test_a_cut_line_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / METRICS
    path.write_text('{"event": "update", "update": 50}\n{"event": "upd')
    Metrics(path, Counters(update=50)).write("resume")
    assert [row["event"] for row in read_metrics(path)] == ["update", "resume"]


@settings(max_examples=30)
@given(st.lists(st.integers(0, 100), max_size=20))
def test_rows_that_were_done_again_count_once(updates: list[int]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / METRICS
        path.write_text("".join(f'{{"event": "x", "update": {u}}}\n' for u in updates))
        found = [row["update"] for row in read_metrics(path)]
    assert found == sorted(found)
    assert found[-1:] == updates[-1:]
    assert all(u >= min(updates[i:]) for i, u in enumerate(updates) if u in found[-1:])


def test_only_the_end_of_a_long_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / METRICS
    path.write_text("".join(f'{{"event": "x", "update": {u}}}\n' for u in range(1000)))
    found = read_metrics(path, limit=1000)
    assert 10 < len(found) < 50
    assert found[-1]["update"] == 999


def test_a_killed_and_resumed_run_logs_as_one_that_was_not(tmp_path: Path, tiny: Recipe) -> None:
    def killed(progress: Progress) -> None:
        if progress.update == 70:
            raise SystemExit

    Run(tiny, tmp_path / "whole").train()
    with pytest.raises(SystemExit):
        Run(tiny, tmp_path / "killed", listener=killed).train()
    Run.resume(tmp_path / "killed").train()
    whole, again = (read_metrics(tmp_path / name / METRICS) for name in ("whole", "killed"))
    assert [row["update"] for row in again if row["event"] == "resume"] == [50]
    again = [row for row in again if row["event"] != "resume"]
    for row in [*whole, *again]:
        del row["seconds"]
    assert whole == again
    update = whole[0]
    assert set(update["gradient_norm"]) == {"high", "low", "heads", "total"}
    assert all(ratio > 0 for ratio in update["update_ratio"].values())
    assert 0 <= update["halting"] <= 1


def test_what_a_listener_is_told() -> None:
    counters = Counters(update=10, seconds=30.0, best_rate=0.5)
    told = counters.progress(0.25, 0.4)
    assert (told.done, told.seconds_left) == (0.25, 90.0)
    assert (told.verified_rate, told.best_rate) == (0.4, 0.5)
    late = Counters(update=10, seconds=61.0).progress(1.01, None)
    assert (late.done, late.seconds_left, late.best_rate) == (1.0, 0.0, None)


def test_resuming_a_finished_run_repeats_no_row(tmp_path: Path, tiny: Recipe) -> None:
    Run(tiny, tmp_path).train()
    before = read_metrics(tmp_path / METRICS)
    Run.resume(tmp_path).train()
    after = [row for row in read_metrics(tmp_path / METRICS) if row["event"] != "resume"]
    assert [(row["event"], row["update"]) for row in after] == [
        (row["event"], row["update"]) for row in before
    ]
