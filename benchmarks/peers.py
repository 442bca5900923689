"""Networks of public packages and ours, trained on the same puzzles for the same minutes.

Two tasks, 1,000 training puzzles each and their symmetries, 200 test puzzles that are none of them
up to symmetry: Sudokus 9x9 of `hard` and mazes of 13 x 13 cells. Every network sees the same
showings in the same order, trains on one thread, and its answers are checked by the rules of the
task: any right answer counts. The packages are not dependencies of the toolkit; where they are
missing their rows are left out. Install them beside it for this benchmark alone::

    pip install tiny-recursive-model==0.0.15 hrm-pytorch==0.1.6
    python benchmarks/peers.py --out peers.jsonl
    python benchmarks/peers.py --out peers.jsonl --tell

Peers train with their own loops and optimizers, ours with our recipes. Each network that is not
structured has the best of three learning rates: each trains for a fifth of the minutes, and the one
that solves the most of 50 held-out puzzles, or then has the most of their cells right, for all of
them. Peers get those minutes of processor time, ours of the clock, so that another job on the
machine is never to their loss. A row is written when it ends, and the next call goes on from there.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import json
import os
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from peer_networks import ATTEMPTS, CONTESTANTS, TASKS, TESTED, Field
from rich.console import Console
from rich.table import Table

RATES = (1e-4, 5e-4, 2e-3)
PACKAGES = {"tiny-recursive-model": "tiny_recursive_model", "hrm-pytorch": "HRM"}


def entry(
    name: str, task: str, rate: float, seconds: float, seed: int, test: bool
) -> dict[str, Any]:
    """Train one network in this process, and measure it."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    field = Field.of(task, seed)
    cpu, wall = time.process_time(), time.perf_counter()
    trained = CONTESTANTS[name](field, rate, seconds)
    spent = {"cpu_seconds": time.process_time() - cpu, "seconds": time.perf_counter() - wall}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = trained.measure(field.test if test else field.splits.validation)
    return {
        **{"name": name, "task": task, "rate": rate, "minutes": seconds / 60, "seed": seed},
        **{"test": test, "updates": trained.updates, "flops": trained.flops},
        **{"parameters": trained.parameters, "megabytes": peak},
        **dataclasses.asdict(found),
        **spent,
    }


def apart(*arguments: Any) -> dict[str, Any]:
    """``entry`` in a process of its own, so that memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(entry, *arguments).result()


def rows_of(path: Path, minutes: float, seed: int) -> Iterator[dict[str, Any]]:
    """Every row, those of the file first."""
    known = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    yield from known

    def row(name: str, task: str, rate: float, length: float, test: bool) -> dict[str, Any]:
        key = (name, task, rate, length, seed, test)
        for one in known:
            if (*(one[k] for k in ("name", "task", "rate", "minutes", "seed", "test")),) == key:
                return one
        made = apart(name, task, rate, length * 60, seed, test)
        with path.open("a") as file:
            file.write(json.dumps(made) + "\n")
            os.fsync(file.fileno())
        known.append(made)
        return made

    for task in TASKS:
        for name in CONTESTANTS:
            package = PACKAGES.get(name)
            if package and importlib.util.find_spec(package) is None:
                continue
            best = 0.0
            if name != "ours: structured":
                tried = [row(name, task, rate, minutes / 5, test=False) for rate in RATES]
                yield from tried
                best = max(tried, key=lambda one: (one["verified"], one["cells"]))["rate"]
            yield row(name, task, best, minutes, test=True)


_HEADS = ["network", "parameters", "rate", "updates", "FLOPs", "MB", "ms", "cells", "verified"]


def tell(rows: list[dict[str, Any]]) -> None:
    """Print the tables."""
    for task in TASKS:
        table = Table(*_HEADS, f"within {ATTEMPTS}", title=f"{task}, n = {TESTED}")
        for row in rows:
            if row["task"] == task and row["test"]:
                attempts = row.get("attempts")
                table.add_row(
                    *(row["name"], f"{row['parameters']:,}"),
                    *(f"{row['rate']:g}" if row["rate"] else "recipe", f"{row['updates']:,}"),
                    *(f"{row['flops']:.1e}", f"{row['megabytes']:.0f}"),
                    *(f"{row['milliseconds']:.1f}", f"{row['cells']:.3f}"),
                    f"{row['verified']:.3f}",
                    "" if attempts is None else f"{attempts:.3f}",
                )
        if table.row_count:
            Console(width=120).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tell", action="store_true", help="only print what is there")
    asked = parser.parse_args()
    if asked.tell:
        rows = [json.loads(line) for line in asked.out.read_text().splitlines()]
    else:
        rows = []
        for row in rows_of(asked.out, asked.minutes, asked.seed):
            if row not in rows:
                rows.append(row)
                print(json.dumps(row), flush=True)
    tell(rows)


if __name__ == "__main__":
    main()
