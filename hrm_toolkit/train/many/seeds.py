"""The same recipe from several seeds, each in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hrm_toolkit.adapters.registry import adapter_file
from hrm_toolkit.core import CheckpointError, OptionError
from hrm_toolkit.core.plain import replace_file
from hrm_toolkit.core.telling import rate_line
from hrm_toolkit.train.data.workers import cores
from hrm_toolkit.train.distributed import launched
from hrm_toolkit.train.progress import SILENT, Listener
from hrm_toolkit.train.recipe import Recipe, read_recipe, to_toml
from hrm_toolkit.train.record.checkpoint import CHECKPOINT, RECIPE

_INTERRUPTED = 130
"""Exit status of a command that Ctrl-C ended."""


def train_seeds(
    recipe: Recipe,
    out: Path,
    device: str,
    seeds: int,
    *,
    parallel: int | None = None,
    workers: int | None = None,
    trackers: Sequence[str] = (),
    listener: Listener = SILENT,
) -> list[dict[str, Any]]:
    """Train and measure each seed from the recipe's on, in ``out/seed-N``.

    A folder whose run was interrupted is gone on with, a finished one is only measured again, so
    the same command continues where Ctrl-C ended it. A seed that fails leaves the others alone.

    Args:
        parallel: runs at a time; None for as many as there are cores for their threads, or one
            where they share a GPU.
        workers: processes that make puzzles for each; None is for as many as are of use to one
            run alone, and none where several share the cores.
        trackers: names of what each run logs to.
        listener: hears what each run says.

    Returns:
        What each came to: ``seed``, ``out``, and ``training`` and ``evaluation`` or ``error``.

    Raises:
        KeyboardInterrupt: once each run has left its checkpoint.
    """
    require_no_ranks("--seeds")
    if recipe.updates is None and recipe.minutes is None:
        recipe = recipe.model_copy(update={"minutes": 10.0})
    out.mkdir(parents=True, exist_ok=True)
    replace_file(out / "recipe.toml", to_toml(recipe).encode())
    threads = threads_each()
    at_once = parallel or (1 if device.startswith("cuda") else max(1, cores() // threads))
    if workers is None and min(at_once, seeds) > 1:
        workers = 0  # the runs themselves fill the cores
    said = [f"--tracker={name}" for name in trackers]
    said += [] if workers is None else [f"--workers={workers}"]
    runs = [
        SeedRun(
            _command(recipe, out, device, seed) + said,
            seed,
            out / f"seed-{seed}",
            threads,
            listener,
        )
        for seed in range(recipe.seed, recipe.seed + seeds)
    ]
    listener.remark(f"{seeds} seeds, {min(at_once, seeds)} at a time, {threads} threads each")
    with _stopped_together(runs), ThreadPoolExecutor(at_once) as pool:
        for done in as_completed([pool.submit(run.wait) for run in runs]):
            done.result()
    if any(run.interrupted for run in runs):
        listener.remark("stopped; the same command goes on")
        raise KeyboardInterrupt
    return [run.row for run in runs]


class SeedRun:
    """One seed's training in a process of its own.

    Attributes:
        row: what it came to; with ``error`` where it failed.
        interrupted: whether it was stopped, or never begun since the others were.
    """

    def __init__(
        self, command: list[str], seed: int, out: Path, threads: int, listener: Listener = SILENT
    ) -> None:
        self._command, self._remark = command, listener.remark
        self._threads = threads
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self.seed = seed
        self.interrupted = False
        self.row: dict[str, Any] = {"seed": seed, "out": str(out)}

    def wait(self) -> None:
        """Run to the end, its progress told line by line."""
        with self._lock:
            if self.interrupted:
                return
            # A group of its own keeps the terminal's Ctrl-C from reaching it twice.
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, our own arguments
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "OMP_NUM_THREADS": str(self._threads)},
                process_group=0,
            )
        for line in self._process.stderr or ():
            self._remark(f"seed {self.seed}: {line.rstrip()}")
        said, _ = self._process.communicate()
        self._take(said, self._process.returncode)

    def stop(self) -> None:
        """Have it write a checkpoint and end; one that has not begun stays so."""
        with self._lock:
            self.interrupted = True
            if self._process is not None and self._process.poll() is None:
                self._process.send_signal(signal.SIGINT)

    def _take(self, said: str, status: int) -> None:

        self.interrupted = status == _INTERRUPTED
        try:
            found = json.loads(said)
        except ValueError:
            found = {}
        if status == 0 and "evaluation" in found:
            self.row |= {"training": found["training"], "evaluation": found["evaluation"]}
            self._remark(f"seed {self.seed}: {rate_line(found['evaluation'])}")
        elif not self.interrupted:
            message = f"the run ended with status {status}"
            self.row["error"] = found.get("error") or {"code": "error", "message": message}
            self._remark(f"seed {self.seed} failed: {self.row['error']['message']}")


def _command(recipe: Recipe, out: Path, device: str, seed: int) -> list[str]:
    """What trains one seed, or goes on with it.

    Raises:
        CheckpointError: when its folder holds another recipe's run.
    """
    folder = out / f"seed-{seed}"
    program = [sys.executable, "-m", "hrm_toolkit", "train", "--device", device, "--json"]
    file = adapter_file(recipe.adapter)
    program += [] if file is None else ["--adapter", str(file)]
    if not (folder / CHECKPOINT).exists():
        chosen = ["--recipe", str(out.absolute() / "recipe.toml"), "--seed", str(seed)]
        return [*program, *chosen, "--out", str(folder)]
    if read_recipe(folder / RECIPE) != recipe.model_copy(update={"seed": seed}):
        raise CheckpointError(
            "this folder holds a run of another recipe",
            path=str(folder),
            hint="choose another --out",
        )
    return [*program, "--resume", str(folder)]


def require_no_ranks(what: str) -> None:
    """Refuse what starts runs of its own under a launcher that does so too."""
    if launched(os.environ).world > 1:
        raise OptionError(
            f"{what} starts runs of its own, and so does torchrun", hint="leave out one of the two"
        )


@contextmanager
def _stopped_together(runs: list[SeedRun]) -> Iterator[None]:
    """Hand Ctrl-C and a request to end on to every run, and wait for their checkpoints."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        for run in runs:
            run.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def threads_each() -> int:
    """Threads of each run: as ``OMP_NUM_THREADS`` says, else one, since two runs of one thread
    get more done than one run of two."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    return int(said) if said.isdecimal() and int(said) > 0 else 1


def spread(rates: list[float]) -> dict[str, float | None]:
    """Mean, sample standard deviation (None for one rate), least and most.

    Example:
        >>> spread([0.25, 0.75])["mean"]
        0.5
    """
    return {
        "mean": statistics.fmean(rates),
        "deviation": statistics.stdev(rates) if len(rates) > 1 else None,
        "least": min(rates),
        "most": max(rates),
    }
