"""How fast solvers are, ours beside others, on the same puzzles in the same run."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

import hrm_toolkit
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.core import Budget, Deadline, Model, OptionError, Puzzle, Settings, validate
from hrm_toolkit.core.clock import Stopwatch
from hrm_toolkit.core.files import placed
from hrm_toolkit.core.plain import read_plain
from hrm_toolkit.solvers.options import STRATEGIES, Strategy
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.measure.rivals import rivals
from hrm_toolkit.train.progress import SILENT, Listener
from hrm_toolkit.train.recipes import default_recipe

_LONGEST = 10.0
"""Seconds that a call may take, whatever its share: what it cuts short it would show as fast."""

_MOST_BYTES = 4_000_000

Call = Callable[[Sequence[Puzzle], float], int]
"""Puzzles and the seconds that they may take -> how many were solved."""


class Timing(Model):
    """What one way of solving took.

    Attributes:
        task: of the puzzles.
        way: ``neural``, ``verified`` or ``exact`` with one of our solvers, or who else solved.
        batch: puzzles of one call.
        calls: that were timed.
        n: puzzles of these calls.
        solved: how many of them were answered, every answer checked by our rules.
        p50_ms: median time of a call in milliseconds.
        p95_ms: what 95 % of the calls did not take longer than, by interpolation.
        solved_per_second: solved over the time of all calls.
    """

    task: str
    way: str
    batch: int
    calls: int
    n: int
    solved: int
    p50_ms: float
    p95_ms: float
    solved_per_second: float

    @property
    def key(self) -> tuple[str, str, int]:
        """What another run's timing of the same has too."""
        return (self.task, self.way, self.batch)


class Training(Model):
    """Speed of training: the task, updates a second, and puzzles of an update."""

    task: str
    updates_per_second: float
    batch_size: int


class Bench(Model):
    """A run of the bench.

    Attributes:
        timings: a row for each task, way and batch.
        training: a row a task, if training was measured.
        seed: of the puzzles.
        sizes: what the puzzles of each task were, in words.
        machine: processor, cores, threads, Python.
        version: of the toolkit.
    """

    format: int = Field(default=1, ge=1, le=1)
    timings: tuple[Timing, ...]
    training: tuple[Training, ...] = ()
    seed: int
    sizes: dict[str, str]
    machine: dict[str, str | int]
    version: str


class Ratio(Model):
    """A timing against an earlier one: above 1 is faster now.

    Attributes:
        latency: of the medians.
        throughput: of the puzzles solved in a second; None where none was.
    """

    task: str
    way: str
    batch: int
    latency: float
    throughput: float | None


def bench(
    solvers: Sequence[Solver],
    *,
    samples: int = 32,
    batches: Sequence[int] = (1, 32),
    strategies: Sequence[Strategy] = STRATEGIES,
    seconds: float = 60.0,
    training: bool = True,
    seed: int = 0,
    before: Bench | None = None,
    listener: Listener = SILENT,
) -> Bench:
    """Time solvers of ours, and whoever else can solve the same puzzles.

    Every way is warmed up by one call on a puzzle that is not timed. A way goes through the puzzles
    in order until its share of the time is over, so that slow ones are timed on fewer of them.

    Args:
        solvers: one a task.
        samples: puzzles a task, from its generator, of its sizes that the solver was trained on.
        batches: how many puzzles go into one call; those of others take them one by one, at 1.
        strategies: of our solvers.
        seconds: for all of it, shared evenly; warming up, and at most 10 s of a call that is begun,
            come on top.
        training: whether a few updates of each task's own recipe are timed too.
        seed: of the puzzles.
        before: an earlier run to be compared with, which other puzzles would make idle.

    Raises:
        OptionError: for no solver, no puzzle, a batch below 1, or other puzzles than ``before``.

    Example:
        >>> found = bench([Solver.load("sudoku-4x4")], samples=2, seconds=1, training=False)
        >>> {"neural", "plain search"} <= {row.way for row in found.timings}
        True
    """
    if not solvers or samples < 1 or not batches or min(batches) < 1:
        raise OptionError("there is nothing to time", expected="a solver, puzzles, batches from 1")
    drawn = {solver.name: _puzzles(solver, samples + 1, seed) for solver in solvers}
    sizes = {s.adapter.task: _sizes(drawn[s.name][1:]) for s in solvers}
    if before is not None:
        _require_same(seed, sizes, before)
    ways = [
        (solver, way, batch, call)
        for solver in solvers
        for way, batch, call in _ways(solver, drawn[solver.name], batches, strategies)
    ]
    share = seconds / (len(ways) + len(solvers) * training)
    timings = []
    with listener.bar("timing", len(ways)) as bar:
        for done, (solver, way, batch, call) in enumerate(ways, 1):
            first, *rest = drawn[solver.name]
            call([first], _LONGEST)
            timings.append(_timed(solver.adapter.task, way, batch, call, rest, share))
            bar(done)
    return Bench(
        timings=tuple(timings),
        training=tuple(_training(solver, share) for solver in solvers) if training else (),
        seed=seed,
        sizes=sizes,
        machine=machine(),
        version=hrm_toolkit.__version__,
    )


def read_bench(path: Path) -> Bench:
    """What ``bench --out`` wrote.

    Raises:
        InputError: naming the file and what in it is wrong.
    """
    data = read_plain(path, _MOST_BYTES)
    return placed(str(path), lambda: validate(Bench, read_json(data.decode("utf-8", "replace"))))


def against(now: Bench, before: Bench) -> list[Ratio]:
    """How much faster each way is than it was, for what both runs have timed.

    Raises:
        OptionError: when they have nothing in common, or other puzzles.
    """
    _require_same(now.seed, now.sizes, before)
    old = {row.key: row for row in before.timings}
    ratios = [
        Ratio(
            task=row.task,
            way=row.way,
            batch=row.batch,
            latency=old[row.key].p50_ms / row.p50_ms,
            throughput=row.solved_per_second / old[row.key].solved_per_second
            if old[row.key].solved_per_second
            else None,
        )
        for row in now.timings
        if row.key in old
    ]
    speeds = {row.task: row.updates_per_second for row in before.training}
    for task in (row for row in now.training if row.task in speeds):
        gain = task.updates_per_second / speeds[task.task]
        ratios.append(Ratio(task=task.task, way="training", batch=1, latency=gain, throughput=gain))
    if not ratios:
        raise OptionError("the two runs have timed nothing in common")
    return ratios


def _require_same(seed: int, sizes: dict[str, str], before: Bench) -> None:
    if (seed, sizes) != (before.seed, before.sizes):
        raise OptionError(
            "the earlier run timed other puzzles",
            expected=f"seed {before.seed}, {before.sizes}",
            got=f"seed {seed}, {sizes}",
        )


def machine() -> dict[str, str | int]:
    """What the times depend on: processor, cores, threads and Python."""
    return {
        "processor": platform.machine(),
        "system": platform.system(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1,
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", ""),
        "python": platform.python_version(),
    }


def _puzzles(solver: Solver, count: int, seed: int) -> list[Puzzle]:
    """Of the task's own sizes those that the solver was trained on, in turn; where that is none,
    of those that it was trained on."""
    told = solver.manifest.recipe.get("data", {}) if solver.manifest else {}
    trained = validate(Settings, told).sizes
    own = solver.adapter.default_sizes
    sizes = [size for size in own if size in trained] or trained or own or (None,)
    rngs = [np.random.default_rng([seed, number]) for number in range(count)]
    return [
        solver.adapter.generate(rng, size=sizes[number % len(sizes)]).puzzle
        for number, rng in enumerate(rngs)
    ]


def _sizes(puzzles: Sequence[Puzzle]) -> str:
    """How many, and of which sizes: two runs with the same words and seed timed the same."""
    return f"{len(puzzles)}: {', '.join(sorted({p.size_words for p in puzzles}))}"


def _ways(
    solver: Solver,
    puzzles: Sequence[Puzzle],
    batches: Sequence[int],
    strategies: Sequence[Strategy],
) -> list[tuple[str, int, Call]]:
    """Name, batch and call of each way to solve a task's puzzles."""
    found: list[tuple[str, int, Call]] = [
        (strategy, batch, _ours(solver, strategy)) for strategy in strategies for batch in batches
    ]
    for name, rival in rivals(solver.adapter, puzzles[0]).items():

        def one(asked: Sequence[Puzzle], seconds: float, rival: Any = rival) -> int:
            return int(rival(asked[0], Deadline.after(seconds)))

        found.append((name, 1, one))
    return found


def _ours(solver: Solver, strategy: Strategy) -> Call:
    def call(asked: Sequence[Puzzle], seconds: float) -> int:
        results = solver.solve_many(asked, budget=Budget(seconds=seconds), strategy=strategy)
        return sum(result.solved for result in results)

    return call


def _timed(
    task: str, way: str, batch: int, call: Call, puzzles: Sequence[Puzzle], share: float
) -> Timing:
    """Call on one batch after another until they are through or the share is over."""
    times: list[float] = []
    n = solved = 0
    for start in range(0, len(puzzles), batch):
        asked = puzzles[start : start + batch]
        watch = Stopwatch()
        solved += call(asked, _LONGEST)
        times.append(watch.seconds)
        n += len(asked)
        if sum(times) >= share:
            break
    p50, p95 = np.percentile(times, [50, 95])
    return Timing(
        task=task,
        way=way,
        batch=batch,
        calls=len(times),
        n=n,
        solved=solved,
        p50_ms=float(1e3 * p50),
        p95_ms=float(1e3 * p95),
        solved_per_second=solved / sum(times),
    )


def _training(solver: Solver, seconds: float) -> Training:
    """Updates of the task's own recipe, on few puzzles, in a folder that is thrown away."""
    from hrm_toolkit.train.measure.estimate import probe

    recipe = default_recipe(solver.adapter.task)
    found = probe(recipe, seconds=seconds)
    return Training(
        task=solver.adapter.task,
        updates_per_second=1 / found.seconds_per_update,
        batch_size=recipe.batch_size,
    )
