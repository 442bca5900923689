"""A disk that fills, a process that is killed: only what came after a checkpoint is lost."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from hrm_toolkit.cli import main
from hrm_toolkit.core import BusyError, CheckpointError, OptionError, Settings, StorageError
from hrm_toolkit.core.plain import replace_file
from hrm_toolkit.solvers.bundles.bundle import read_manifest
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.recipe import Recipe, read_recipe
from hrm_toolkit.train.record import checkpoint as checkpoint_module
from hrm_toolkit.train.record.checkpoint import (
    BEST,
    BUNDLE,
    CHECKPOINT,
    duplicate,
    read_checkpoint,
    writing,
)
from hrm_toolkit.train.run import METRICS, Run

ROOT = Path(__file__).parents[2]
MAZE = Recipe(
    adapter="maze",
    network={"family": "structured", "width": 4, "inner": 4, "low_cycles": 1},
    data=Settings(sizes=(3, 4)),
    samples=8,
    batch_size=2,
    updates=6,
    max_segments=3,
    validation=3,
    validation_segments=2,
    validations=3,
    checkpoint_minutes=1e-6,
)


HOLD = """
import pathlib, sys
from hrm_toolkit.core.plain import FolderLock
lock = FolderLock(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def other(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the folder until it is killed."""
    command, pipe = (sys.executable, "-c", HOLD, str(folder)), subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


class Disk:
    """Lets files take ``room`` more bytes, and cuts a write off where that ends, as disks do."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: float) -> None:
        self.room, self.written = room, 0
        self._open = Path.open
        disk = self

        def opened(path: Path, mode: str = "r", *args: Any, **options: Any) -> Any:
            file = disk._open(path, mode, *args, **options)
            return file if mode in ("r", "rb") else Limited(disk, file, path)

        monkeypatch.setattr(Path, "open", opened)


class Limited:
    """A file on a disk with little room."""

    def __init__(self, disk: Disk, file: Any, path: Path) -> None:
        self._disk, self._file, self._path = disk, file, path

    def write(self, data: Any) -> int:
        taken = int(min(len(data), self._disk.room))
        self._file.write(data[:taken])
        self._disk.room -= taken
        self._disk.written += taken
        if taken < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
        return taken

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> Limited:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()


def end_of(folder: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any], str]:
    """All that a run ends with, the clock left out."""
    tensors, facts = read_checkpoint(folder / CHECKPOINT)
    for name in ("seconds", "checkpointed"):
        del facts["counters"][name]
    return tensors, facts, read_manifest(folder / BUNDLE).sha256


def assert_same_end(one: Path, other: Path) -> None:
    (tensors, facts, sha), (others, other_facts, other_sha) = end_of(one), end_of(other)
    assert (facts, sha) == (other_facts, other_sha)
    assert tensors.keys() == others.keys()
    assert all(torch.equal(tensor, others[name]) for name, tensor in tensors.items())


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A run with room enough, and the bytes it wrote."""
    out = tmp_path_factory.mktemp("runs") / "run"
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(patch, float("inf"))
        Run(MAZE, out).train()
    return out, disk.written


@pytest.mark.parametrize("share", np.random.default_rng(0).random(16).round(3).tolist())
def test_a_disk_that_fills_loses_only_what_came_after_the_last_checkpoint(
    whole: tuple[Path, int], tmp_path: Path, share: float
) -> None:
    out = tmp_path / "run"
    run, said = None, ""
    with pytest.MonkeyPatch.context() as patch:
        Disk(patch, round(share * whole[1]))
        try:
            run = Run(MAZE, out)
            run.train()
        except (OSError, StorageError) as error:
            said = str(error).lower()
    assert "the disk is full" in said
    assert not list(out.rglob("*.tmp")), "nothing keeps the disk full that is of no use"
    assert not (out / f"{BUNDLE}.new").exists()
    if not (out / CHECKPOINT).exists():
        assert run is None or "no checkpoint yet" in said
        Run(MAZE, out).train()
    else:
        assert f"--resume {out}" in said
        assert run is not None
        best = run.counters.best_rate
        if (out / BUNDLE).exists():
            kept = Solver.load(out / BUNDLE).manifest
            assert kept is not None
            assert kept.evaluation["validation"]["verified_rate"] == best
        else:
            assert best <= 0, "at most the first bundle was never written"
        reached = read_checkpoint(out / CHECKPOINT)[1]["counters"]["update"]
        assert run.counters.update - reached <= 1, "a checkpoint is due at every update here"
        Run.resume(out).train()
    assert_same_end(whole[0], out)


def test_the_command_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], whole: tuple[Path, int]
) -> None:
    recipe, out = whole[0] / "recipe.toml", tmp_path / "run"
    with pytest.MonkeyPatch.context() as patch:
        Disk(patch, whole[1] // 2)
        status = main(["train", "--recipe", str(recipe), "--out", str(out), "--json"])
    assert status == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "storage"
    assert error["message"] == "the run stopped, since the disk is full"
    assert error["hint"] == f"make room, then go on with: hrm-toolkit train --resume {out}"


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "read-only file system"),
        (errno.EIO, "input/output error"),
    ],
)
def test_disks_that_cannot_be_written(tmp_path: Path, number: int, says: str) -> None:
    with pytest.raises(StorageError, match=f"since {says}.*no checkpoint yet"), writing(tmp_path):
        raise OSError(number, os.strerror(number))


def test_other_failures_are_left_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), writing(tmp_path):
        (tmp_path / "none").read_bytes()
    with pytest.raises(CheckpointError), writing(tmp_path):
        read_checkpoint(tmp_path / "none")


def test_a_file_is_replaced_whole_or_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")
    with pytest.MonkeyPatch.context() as patch:
        Disk(patch, 3)
        with pytest.raises(OSError, match="No space left"):
            replace_file(path, b"after it")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"before"

    def fail(*arguments: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(checkpoint_module.os, "link", fail)
    duplicate(path, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"before"
    monkeypatch.setattr(checkpoint_module.shutil, "copyfile", fail)
    with pytest.raises(OSError, match="No space left"):
        duplicate(path, tmp_path / "other")
    assert {p.name for p in tmp_path.iterdir()} == {"file", "copy"}


def test_a_bit_that_turned_is_found_wherever_it_is(whole: tuple[Path, int], tmp_path: Path) -> None:
    path = tmp_path / "checkpoints" / "last.safetensors"
    path.parent.mkdir()
    data = (whole[0] / CHECKPOINT).read_bytes()
    tensors, facts = read_checkpoint(whole[0] / CHECKPOINT)
    rng = np.random.default_rng(1)
    start = 8 + int.from_bytes(data[:8], "little")
    places = [*rng.integers(0, start, 30), *rng.integers(start, len(data), 30)]
    for place in map(int, places):
        turned = bytearray(data)
        turned[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(turned)
        try:
            others, other_facts = read_checkpoint(path)
        except CheckpointError as error:
            assert "the checkpoint is damaged" in str(error)  # noqa: PT017
            continue
        # A space of the header, or the name of the hash itself: it says the same as before.
        assert place < start
        assert other_facts == facts
        assert all(torch.equal(tensors[name], others[name]) for name in tensors | others)


def test_a_damaged_checkpoint_says_where_another_lies(
    whole: tuple[Path, int], tmp_path: Path
) -> None:
    out = tmp_path / "run"
    shutil.copytree(whole[0], out)
    last, best = out / CHECKPOINT, out / BEST
    data = bytearray(last.read_bytes())
    data[-1] ^= 1
    best.unlink()
    shutil.copy(last, best)
    last.write_bytes(data)
    with pytest.raises(CheckpointError, match=r"best.safetensors is whole: copy it to .*last.safe"):
        Run.resume(out)
    shutil.copy(best, last)
    Run.resume(out)
    last.write_bytes(data)
    best.write_bytes(data)
    with pytest.raises(CheckpointError, match=r"not what was written.*weights are whole in .*--fr"):
        Run.resume(out)
    (out / BUNDLE / "weights.safetensors").write_bytes(b"")
    with pytest.raises(CheckpointError) as caught:
        Run.resume(out)
    assert caught.value.hint is None


@pytest.mark.parametrize("resume", [False, True])
def test_a_full_disk_at_the_start_says_the_path_and_the_way_on(
    whole: tuple[Path, int], tmp_path: Path, resume: bool
) -> None:
    out = tmp_path / "run"
    if resume:
        shutil.copytree(whole[0], out)
    with pytest.MonkeyPatch.context() as patch:
        Disk(patch, 0)
        with pytest.raises(StorageError) as caught:
            Run.resume(out) if resume else Run(MAZE, out)
    assert str(out) in str(caught.value)
    way_on = f"hrm-toolkit train --resume {out}" if resume else "then train again"
    assert way_on in (caught.value.hint or "")


def test_two_processes_do_not_train_in_one_folder(whole: tuple[Path, int], tmp_path: Path) -> None:
    out = tmp_path / "run"
    shutil.copytree(whole[0], out)
    (out / "checkpoints" / ".last.safetensors.1.ab.tmp").write_bytes(b"of one that was killed")
    with other(out) as process:
        for begin in (lambda: Run(MAZE, out), lambda: Run.resume(out)):
            with pytest.raises(BusyError, match=f"process {process.pid} is writing in this folder"):
                begin()
    run = Run.resume(out)
    assert not list(out.rglob("*.tmp"))
    with pytest.raises(CheckpointError, match="already holds a run"):
        Run(MAZE, out)
    run.train()
    with other(out):
        pass


def test_runs_that_are_killed_end_as_if_they_had_not_been() -> None:
    """Real processes, SIGKILL at random moments; benchmarks/kill.py does twenty."""
    command = [sys.executable, "-W", "error", str(ROOT / "benchmarks" / "kill.py")]
    command += ["--kills", "2", "--updates", "20"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^2 kills in \d+ runs: (\d+) of \1 equal", done.stdout, re.MULTILINE)


def test_the_rows_of_a_full_disk_are_mended(tmp_path: Path) -> None:
    run = Run(MAZE, tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(patch, float("inf"))
        run.checkpoint()
        disk.room = 20
        with pytest.raises(StorageError):
            run.train()
    Run.resume(tmp_path)
    lines = (tmp_path / METRICS).read_text().splitlines()
    assert json.loads(lines[-1])["event"] == "resume"


def test_a_finished_run_goes_on_to_a_new_length_with_all_its_state(
    tiny: Recipe, tmp_path: Path
) -> None:
    short = tiny.model_copy(update={"updates": 6})
    Run(short, tmp_path / "run").train()
    with pytest.raises(OptionError, match="has had 6 updates in"):
        Run.resume(tmp_path / "run", updates=6)
    run = Run.resume(tmp_path / "run", updates=12)
    assert run.counters.update == 6
    assert "a longer run than before: 50 % of it is done" in run.notes[-1]
    run.train()
    assert run.counters.update == 12
    assert read_recipe(tmp_path / "run" / "recipe.toml").updates == 12
    # The optimizer's moments went on: other weights than those of a start from the first six.
    again = Run(tiny.model_copy(update={"updates": 12}), tmp_path / "whole")
    again.train()
    assert again.counters.update == run.counters.update
    steps = {int(kept["step"]) for kept in run.learner.optimizer.state.values()}
    assert steps == {12}
