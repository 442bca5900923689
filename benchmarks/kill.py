"""Kills real training runs at random moments and checks that nothing is lost by it.

::

    python benchmarks/kill.py [--kills 20] [--updates 150] [--recipe FILE.toml] [--seed 0]

One run is left alone. Others are killed (SIGKILL) at moments drawn uniformly over its duration,
resumed, and killed again, at most five times each, until there were enough kills; then each is
resumed to its end. It must end with the bits of the one left alone: network, averages, optimizer,
carry, slots, counters, best bundle and logged rows. After each kill the best bundle so far must
load, with a rate no lower than before. The exit status is 1 where any of this fails.

The recipe checkpoints at each update and validates often, so that most moments fall into writing.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hrm_toolkit.core import Settings
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.recipe import Recipe, read_recipe
from hrm_toolkit.train.record.checkpoint import BUNDLE, CHECKPOINT, read_checkpoint
from hrm_toolkit.train.record.metrics import read_metrics
from hrm_toolkit.train.run import METRICS, Run

MOST = 5
SMALL = Recipe(
    adapter="maze",
    network={"family": "structured", "width": 8, "inner": 8},
    data=Settings(sizes=(4, 5)),
    samples=50,
    batch_size=8,
    max_segments=4,
    halt_exploration=0.5,
    warmup=10,
    validation=10,
    validation_segments=4,
    checkpoint_minutes=1e-6,
)


def work(recipe: Recipe, out: Path) -> None:
    """What the process does that is killed: begin, or go on."""
    run = Run.resume(out) if (out / CHECKPOINT).exists() else Run(recipe, out)
    run.train()


def started(recipe: Recipe, out: Path) -> Any:
    """A process at work. It is a fork, so that no moment is lost to importing."""
    process = multiprocessing.get_context("fork").Process(target=work, args=(recipe, out))
    process.start()
    return process


def finished(recipe: Recipe, out: Path) -> None:
    """Let a run go on to its end."""
    process = started(recipe, out)
    process.join()
    if process.exitcode:
        raise RuntimeError(f"the run in {out.name} failed with status {process.exitcode}")


def bundle_rate(out: Path) -> float:
    """The verified rate of the run's best bundle, loaded and checked; -1 before the first."""
    for name in (BUNDLE, f"{BUNDLE}.old"):
        if (out / name).exists():
            manifest = Solver.load(out / name).manifest
            return -1.0 if manifest is None else manifest.evaluation["validation"]["verified_rate"]
    return -1.0


def stood(out: Path) -> int:
    """The update of the last checkpoint; -1 before the first."""
    if not (out / CHECKPOINT).exists():
        return -1
    return int(read_checkpoint(out / CHECKPOINT)[1]["counters"]["update"])


def differences(one: Path, other: Path) -> list[str]:
    """What two finished runs do not have in common, but for the clock."""
    found: list[str] = []
    (tensors, facts), (others, other_facts) = (
        read_checkpoint(out / CHECKPOINT) for out in (one, other)
    )
    for kept in (facts, other_facts):
        for name in ("seconds", "checkpointed"):
            del kept["counters"][name]
    found += [name for name in facts if facts[name] != other_facts[name]]
    found += sorted(tensors.keys() ^ others.keys())
    found += [
        name for name in tensors.keys() & others if not torch.equal(tensors[name], others[name])
    ]
    weights = [(out / BUNDLE / "weights.safetensors").read_bytes() for out in (one, other)]
    found += ["bundle"] * (weights[0] != weights[1])
    ours, theirs = rows(one), rows(other)
    news = [row for row in theirs if row not in ours] + [row for row in ours if row not in theirs]
    found += [f"row {news[:2]} of {len(ours)} and {len(theirs)}"] * (ours != theirs)
    return found


def rows(out: Path) -> list[dict[str, Any]]:
    """The logged rows that count, but for the clock and the resumptions."""
    kept = [row for row in read_metrics(out / METRICS) if row["event"] != "resume"]
    return [{key: value for key, value in row.items() if key != "seconds"} for row in kept]


def broken_run(
    recipe: Recipe, out: Path, kills: int, moment: Callable[[], float]
) -> tuple[list[int], list[str]]:
    """Kill a run up to ``kills`` times, then let it end; where it stood at each, and complaints."""
    at: list[int] = []
    complaints: list[str] = []
    best = -1.0
    for _ in range(kills):
        process = started(recipe, out)
        process.join(moment())
        if process.exitcode is not None:
            return at, complaints
        process.kill()
        process.join()
        at.append(stood(out))
        try:
            rate = bundle_rate(out)
        except Exception as error:
            complaints.append(f"the bundle does not load: {error}")
            continue
        if rate < best:
            complaints.append(f"the best bundle was lost: rate {rate}, had been {best}")
        best = max(best, rate)
    finished(recipe, out)
    return at, complaints


def main() -> int:
    """Run, kill, compare, tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--updates", type=int, default=150)
    parser.add_argument("--recipe", type=Path, help="a recipe in place of the small one")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    options = parser.parse_args()
    torch.set_num_threads(1)
    recipe = read_recipe(options.recipe) if options.recipe else SMALL
    changes = {"updates": options.updates, "minutes": None}
    recipe = recipe.model_copy(update=changes)
    rng = np.random.default_rng(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        # What is compiled at first use is compiled here, once for all processes.
        Run(recipe, Path(folder) / "warm").validate()
        whole = Path(folder) / "whole" / "run"
        began = time.perf_counter()
        finished(recipe, whole)
        duration = time.perf_counter() - began
        print(f"left alone: {options.updates} updates in {duration:.2f} s", flush=True)
        places: list[int] = []
        runs = equal = 0
        while len(places) < options.kills:
            # The same last name, since a bundle bears it.
            out = Path(folder) / f"broken-{runs}" / "run"
            kills = min(MOST, options.kills - len(places))
            at, complaints = broken_run(recipe, out, kills, lambda: rng.uniform(0, duration))
            complaints += [f"{what} differs" for what in differences(whole, out)]
            places += at
            runs += 1
            equal += not complaints
            stops = ", ".join("no checkpoint yet" if a < 0 else f"update {a}" for a in at)
            print(
                f"run {runs}: killed at {stops or 'no moment'}: {complaints or 'equal'}", flush=True
            )
    print(f"{len(places)} kills in {runs} runs: {equal} of {runs} equal, bit for bit")
    return 0 if equal == runs else 1


if __name__ == "__main__":
    sys.exit(main())
