"""Trackers: told what the run's own file is told, never in the way, and sending nothing."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hrm_toolkit.core import MissingExtraError, OptionError, UnknownNameError
from hrm_toolkit.train.progress import Counters, Progress
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.record.metrics import Metrics, Row, Tracker, read_metrics
from hrm_toolkit.train.record.trackers import make_trackers, numbers
from hrm_toolkit.train.run import METRICS, Run


class Told:
    """Remembers what it is told, and fails when asked to."""

    def __init__(self, fails_at: str = "") -> None:
        self.name = f"told {fails_at}".strip()
        self.fails_at = fails_at
        self.calls: list[tuple[str, Any]] = []

    def _hear(self, call: str, what: Any = None) -> None:
        self.calls.append((call, what))
        print("talking")
        if call == self.fails_at:
            raise RuntimeError(f"no {call}\nhere")

    def start(self, out: Path, config: Any, update: int) -> None:
        self._hear("start", (out, config, update))

    def metrics(self, row: Row) -> None:
        self._hear("metrics", row["event"])

    def event(self, row: Row) -> None:
        self._hear("event", row["event"])

    def finish(self) -> None:
        self._hear("finish")


def events(folder: Path) -> list[str]:
    return [row["event"] for row in read_metrics(folder / METRICS)]


def test_a_tracker_is_told_what_the_file_is_told(
    tmp_path: Path, tiny: Recipe, capsys: pytest.CaptureFixture[str]
) -> None:
    def killed(progress: Progress) -> None:
        if progress.update == 70:
            raise SystemExit

    first, second = Told(), Told()
    with pytest.raises(SystemExit):
        Run(tiny, tmp_path, trackers=[first], listener=killed).train()
    Run.resume(tmp_path, trackers=[second]).train()
    (call, (out, config, update)), *rest = first.calls
    assert (call, out, update) == ("start", tmp_path, 0)
    assert config["network"]["width"] == 4
    told = [("metrics", "update"), ("metrics", "validation")]
    assert rest == [*told, ("finish", None)], "also by a process that is on its way out"
    assert second.calls[0][1][2] == 50
    assert second.calls[1:] == [("event", "resume"), *told, ("finish", None)]
    assert events(tmp_path) == ["update", "validation", "resume", "update", "validation"]
    assert capsys.readouterr().out == "", "stdout is for results"


@pytest.mark.parametrize("moment", ["start", "metrics", "event", "finish"])
def test_a_tracker_that_fails_is_dropped(tmp_path: Path, moment: str) -> None:
    broken, sound = Told(moment), Told()
    metrics = Metrics(tmp_path / METRICS, Counters(update=3), [broken, sound])
    metrics.write("guard", action="noted", cause="x")
    metrics.write("update", loss=1.0)
    metrics.write("validation", verified_rate=0.5)
    metrics.close()
    assert [call for call, _ in broken.calls].count(moment) == 1
    assert broken.calls[-1][0] == moment
    rows = read_metrics(tmp_path / METRICS)
    (warning,) = (row for row in rows if row["event"] == "warning")
    assert warning["cause"] == f"told {moment} is dropped: RuntimeError: no {moment}\\nhere"
    assert [row["event"] for row in rows if row["event"] != "warning"] == [
        "guard", "update", "validation",
    ]  # fmt: skip
    told = [call if what is None else what for call, what in sound.calls[1:]]
    order = ["guard", "update", "validation", "finish"]
    if moment != "finish":
        order.insert({"start": 0, "event": 1, "metrics": 2}[moment], "warning")
    assert sound.calls[0][0] == "start"
    assert told == order, "the others hear of it, while they listen"


def test_a_failing_tracker_changes_nothing_in_the_run(tmp_path: Path, tiny: Recipe) -> None:
    Run(tiny, tmp_path / "alone").train()
    Run(tiny, tmp_path / "broken", trackers=[Told("metrics"), Told("start")]).train()
    weights = Path("bundle") / "weights.safetensors"
    one, other = ((tmp_path / name / weights).read_bytes() for name in ("alone", "broken"))
    assert one == other


def test_tensorboard_has_the_curves(tmp_path: Path, tiny: Recipe) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    def killed(progress: Progress) -> None:
        if progress.update == 70:
            raise SystemExit

    with pytest.raises(SystemExit):
        Run(tiny, tmp_path, trackers=make_trackers(["tensorboard"]), listener=killed).train()
    Run.resume(tmp_path, trackers=make_trackers(["tensorboard"])).train()
    assert "warning" not in events(tmp_path)
    board = EventAccumulator(str(tmp_path / "tensorboard"))
    board.Reload()
    rows = [row for row in read_metrics(tmp_path / METRICS) if row["event"] == "update"]
    seen = {point.step: point.value for point in board.Scalars("update/loss")}
    assert seen == pytest.approx({row["update"]: row["loss"] for row in rows})
    assert [point.step for point in board.Scalars("validation/verified_rate")] == [50, 100]
    assert {"update/gradient_norm/high", "update/learning_rate"} <= set(board.Tags()["scalars"])
    assert "resume/text_summary" in board.Tags()["tensors"]


def test_wandb_stays_offline(tmp_path: Path, tiny: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WANDB_MODE", "WANDB_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")
    Run(tiny, tmp_path / "run", trackers=make_trackers(["wandb"])).train()
    assert "warning" not in events(tmp_path / "run")
    (folder,) = (tmp_path / "run" / "wandb").glob("offline-run-*")
    (log,) = folder.glob("*.wandb")
    words = (b"update/loss", b"validation/verified_rate", b"gradient_norm", b"trained")
    patience = time.monotonic() + 30
    # A process of wandb's own writes the log, and may be behind.
    while missing := [word for word in words if word not in log.read_bytes()]:
        assert time.monotonic() < patience, missing
        time.sleep(0.1)
    assert not list((tmp_path / "run" / "wandb").glob("run-*")), "no run that was sent"


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any, Any]]:
    """A module in the place of trackio and of wandb, and the calls it gets."""
    calls: list[tuple[str, Any, Any]] = []

    class Module(ModuleType):
        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            return lambda *args, **kwargs: calls.append((name, args, kwargs))

    for name in ("trackio", "wandb"):
        monkeypatch.setitem(sys.modules, name, Module(name))
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")
    return calls


def test_trackio_is_local(
    tmp_path: Path, tiny: Recipe, stand_in: list[tuple[str, Any, Any]]
) -> None:
    recipe = tiny.model_copy(update={"updates": 50, "validations": 1})
    Run(recipe, tmp_path / "run", trackers=make_trackers(["trackio"])).train()
    Run.resume(tmp_path / "run", trackers=make_trackers(["trackio"])).train()
    assert "warning" not in events(tmp_path / "run")
    opened = [options for name, _, options in stand_in if name == "init"]
    assert [options["resume"] for options in opened] == ["never", "allow"]
    assert {options["name"] for options in opened} == {"run"}
    assert not {"space_id", "server_url", "dataset_id"} & {*opened[0]}
    logged = [(args[0], options["step"]) for name, args, options in stand_in if name == "log"]
    assert logged[0][0]["update/loss"] > 0
    assert {step for _, step in logged} == {50}
    assert [name for name, _, _ in stand_in].count("finish") == 2


@pytest.mark.parametrize(
    ("name", "variable", "mode"),
    [
        ("wandb", None, "offline"),
        ("wandb", "online", "online"),
        ("wandb", "disabled", "disabled"),
        ("wandb:online", None, "online"),
        ("wandb:offline", "online", "offline"),
    ],
)
def test_wandb_is_online_only_when_asked(
    stand_in: list[tuple[str, Any, Any]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    variable: str | None,
    mode: str,
) -> None:
    monkeypatch.delenv("WANDB_MODE", raising=False)
    if variable is not None:
        monkeypatch.setenv("WANDB_MODE", variable)
    Metrics(tmp_path / METRICS, Counters(), make_trackers([name]))
    (options,) = (options for call, _, options in stand_in if call == "init")
    assert options["mode"] == mode


def test_trackers_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    trackers: list[Tracker] = make_trackers(["tensorboard", "tensorboard"])
    assert [tracker.name for tracker in trackers] == ["tensorboard"]
    with pytest.raises(UnknownNameError, match=r'no tracker "tensorbord".*did you mean'):
        make_trackers(["tensorbord"])
    with pytest.raises(OptionError, match='no mode "cloud"'):
        make_trackers(["wandb:cloud"])
    with pytest.raises(OptionError, match='no mode "online"'):
        make_trackers(["tensorboard:online"])
    for name in ("tensorboard", "trackio", "wandb"):
        monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(MissingExtraError, match=rf"pip install 'hrm-toolkit\[{name}\]'"):
            make_trackers([name])


def test_only_finite_numbers_are_curves() -> None:
    row = {"event": "update", "update": 1, "seconds": 2.0, "a": float("nan"), "b": {"c": 1}}
    found = numbers({**row, "d": "text", "e": None, "f": True})
    assert found == {"update/b/c": 1.0, "update/f": 1.0}
