"""Worker processes: the same bytes, a bounded queue, and whatever goes wrong reaches the user."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from hrm_toolkit.adapters.maze import MazeAdapter
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Settings, WorkerError
from hrm_toolkit.train.data import workers as feed
from hrm_toolkit.train.data.stream import Shown, Split, Stream, draw_distinct
from hrm_toolkit.train.data.workers import Feed, open_stream, sensible_workers
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.record.checkpoint import BUNDLE, CHECKPOINT
from hrm_toolkit.train.run import Run

SETTINGS = Settings(sizes=(4, 5))
FRESH = Recipe(
    adapter="maze",
    network={"family": "structured", "width": 4, "inner": 4, "low_cycles": 1},
    data=SETTINGS,
    samples=0,
    batch_size=3,
    updates=6,
    max_segments=2,
    validation=3,
    validation_segments=2,
    validations=1,
)


def facts(shown: Shown) -> tuple[Any, ...]:
    structure = shown.encoded.structure
    tables = [(r.source.tolist(), r.start.tolist()) for r in structure.relations]
    return shown.encoded.tokens.tolist(), shown.labels.tolist(), tables


@pytest.mark.parametrize("workers", [1, 2])
def test_the_bytes_do_not_depend_on_the_workers(workers: int) -> None:
    maze = get_adapter("maze")
    base = draw_distinct(maze, SETTINGS, 0, Split.TRAIN, 5) if workers == 2 else []
    options: dict[str, Any] = {"augment": True, "augmentations": 2 if base else None, "seed": 3}
    alone = open_stream(maze, base, SETTINGS, workers=0, **options)
    made = open_stream(maze, base, SETTINGS, workers=workers, ahead=4, **options)
    assert type(alone) is Stream
    assert isinstance(made, Feed)
    with contextlib.closing(made):
        for number in [9, 2, 5, *range(12, 30), 1]:
            assert facts(made.show(number)) == facts(alone.show(number))
            crew = made._crew
            assert crew is not None
            assert len(crew._made) + len(crew._asked) <= 4 + 3, "the queue is bounded"
    assert multiprocessing.active_children() == []


def test_a_run_gives_the_same_bytes_with_workers(tmp_path: Path) -> None:
    Run(FRESH, tmp_path / "alone").train()
    half = Run(FRESH, tmp_path / "fed", workers=1)
    for _ in range(3):
        half.advance()
    half.checkpoint()
    half._stream.close()
    Run.resume(tmp_path / "fed", workers=1).train()
    assert multiprocessing.active_children() == []
    for name in (CHECKPOINT, f"{BUNDLE}/weights.safetensors"):
        if name != CHECKPOINT:  # which keeps the time a run took
            assert (tmp_path / "alone" / name).read_bytes() == (
                tmp_path / "fed" / name
            ).read_bytes()


BROKEN = """
from hrm_toolkit.adapters.maze import MazeAdapter


class Broken(MazeAdapter):
    def generate(self, rng, *, size=None, difficulty=None):
        if rng.random() < 0.5:
            raise ZeroDivisionError("half of all mazes")
        return super().generate(rng, size=size, difficulty=difficulty)
"""


def test_an_error_in_a_worker_reaches_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_mazes.py").write_text(BROKEN)
    monkeypatch.syspath_prepend(str(tmp_path))
    import broken_mazes  # type: ignore[import-not-found]

    stream = open_stream(broken_mazes.Broken(), [], SETTINGS, workers=1, augment=True, seed=0)
    with contextlib.closing(stream), pytest.raises(WorkerError) as caught:
        show_all(stream, 20)
    said = str(caught.value)
    assert "cannot be made: ZeroDivisionError: half of all mazes" in said
    assert "broken_mazes.py, line 8" in said


def show_all(stream: Stream, count: int) -> None:
    for number in range(count):
        stream.show(number)


def test_a_worker_that_is_killed_is_noticed() -> None:
    stream = open_stream(
        get_adapter("maze"), [], SETTINGS, workers=2, ahead=2, augment=True, seed=0
    )
    with contextlib.closing(stream):
        stream.show(0)
        assert isinstance(stream, Feed)
        assert stream._crew is not None
        victim = stream._crew._processes[1].pid
        assert victim is not None
        os.kill(victim, signal.SIGKILL)
        with pytest.raises(WorkerError, match=r"worker 2 of 2 was killed by SIGKILL.*--resume"):
            show_all(stream, 1000)


def test_an_adapter_that_cannot_be_handed_over() -> None:
    class Local(MazeAdapter):
        pass

    stream = open_stream(Local(), [], SETTINGS, workers=1, augment=True, seed=0)
    with pytest.raises(WorkerError, match=r"cannot be handed to a worker.*--workers 0"):
        stream.show(0)


TRAINER = """
import os, signal
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Settings
from hrm_toolkit.train.data.workers import open_stream

if __name__ == "__main__":
    maze = get_adapter("maze")
    stream = open_stream(maze, [], Settings(sizes=(5,)), workers=2, augment=True, seed=0)
    stream.show(0)
    print(*(process.pid for process in stream._crew._processes), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_workers_die_with_the_trainer(tmp_path: Path) -> None:
    script = tmp_path / "trainer.py"
    script.write_text(TRAINER)
    ran = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == -signal.SIGKILL
    workers = [int(text) for text in ran.stdout.split()]
    assert len(workers) == 2
    deadline = time.monotonic() + 60
    while any(map(running, workers)):
        assert time.monotonic() < deadline, "a worker outlived its trainer"
        time.sleep(0.05)


def running(process: int) -> bool:
    """Whether a process, maybe a stranger's child by now, does anything still."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_an_interrupt_ends_all_and_leaves_a_checkpoint(tmp_path: Path) -> None:
    out = tmp_path / "run"
    settings = ("network.width=4", "network.inner=4", "validation=2", "data.sizes=[5]")
    arguments = ["train", "-a", "maze", "--fresh", "--workers", "1", "--minutes", "10", "--out"]
    changes = [part for setting in settings for part in ("--set", setting)]
    process = subprocess.Popen(
        [sys.executable, "-m", "hrm_toolkit", *arguments, str(out), *changes],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not (out / CHECKPOINT).exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.5)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    workers = [int(text) for text in children.split()]
    assert workers
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers as well
    said, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert said == ""
    assert "Traceback" not in errors
    assert f"go on with: hrm-toolkit train --resume {out}" in errors
    while any(map(running, workers)):
        assert time.monotonic() < deadline, "a worker outlived its trainer"
        time.sleep(0.05)


def test_how_many_workers_are_sensible(monkeypatch: pytest.MonkeyPatch) -> None:
    maze = get_adapter("maze")
    monkeypatch.setattr(feed, "cores", lambda: 8)
    monkeypatch.setattr(feed, "_DEAR", 100.0)
    assert sensible_workers(maze, SETTINGS, 0) == 0
    monkeypatch.setattr(feed, "_DEAR", 0.0)
    assert sensible_workers(maze, SETTINGS, 0) == 4
    monkeypatch.setattr(feed, "cores", lambda: 1)
    assert sensible_workers(maze, SETTINGS, 0) == 0
    base = draw_distinct(maze, SETTINGS, 0, Split.TRAIN, 2)
    monkeypatch.setattr(feed, "cores", lambda: 8)
    assert type(open_stream(maze, base, SETTINGS, workers=None, augment=True, seed=0)) is Stream
