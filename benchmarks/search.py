"""How many states a search visits with the network and without it, on the same puzzles.

::

    python benchmarks/search.py [--solver sudoku] [--data FILE | --size 9 --difficulty hard]
                                [--samples 100] [--segments 32] [--restarts 8] [--seed 0]

With the network is the default strategy: its attempts first, then the search that it leads. A
puzzle that an attempt solves is one of 0 states. Without it the same search runs over the same
states, unordered. Fewer states are not less time: an attempt costs as much as visiting thousands
of them, so both times are printed.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.progress import track

from hrm_toolkit import Solver
from hrm_toolkit.adapters.formats import read_puzzles
from hrm_toolkit.core import Budget, Puzzle
from hrm_toolkit.core.search import search
from hrm_toolkit.solvers.allocator import keep_freed_memory

_TOGETHER = 20
_NODES = 10_000_000


def puzzles_of(solver: Solver, options: argparse.Namespace) -> list[Puzzle]:
    """The first of a file, or generated ones."""
    adapter = solver.adapter
    if options.data is not None:
        return list(read_puzzles(options.data, adapter=adapter.task).puzzles[: options.samples])
    return [
        adapter.generate(
            np.random.default_rng([options.seed, number]),
            size=options.size,
            difficulty=options.difficulty,
        ).puzzle
        for number in range(options.samples)
    ]


def main() -> None:
    """Parse, run both, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--solver", default="sudoku", help="a bundle's name or folder")
    parser.add_argument("--data", type=Path, help="a file of puzzles")
    parser.add_argument("--size", type=int)
    parser.add_argument("--difficulty")
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--segments", type=int, default=32)
    parser.add_argument("--restarts", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    solver = Solver.load(options.solver)
    puzzles = puzzles_of(solver, options)

    began = time.perf_counter()
    plain = [search(solver.adapter.rules, puzzle, nodes=_NODES) for puzzle in puzzles]
    plain_seconds = time.perf_counter() - began
    budget = Budget(segments=options.segments, restarts=options.restarts, nodes=_NODES)
    results, began = [], time.perf_counter()
    parts = [puzzles[i : i + _TOGETHER] for i in range(0, len(puzzles), _TOGETHER)]
    for part in track(parts, "solving", console=Console(stderr=True)):
        results += solver.solve_many(part, budget=budget, seed=options.seed)
    seconds = time.perf_counter() - began

    without = np.array([found.nodes for found in plain])
    led = np.array([result.nodes for result in results])
    n = len(puzzles)
    print(f"{n} puzzles, {options.segments} segments, {options.restarts} restarts, one thread")
    solved = sum(result.solved for result in results)
    print(f"solved with the network: {solved} of {n}, {int((led == 0).sum())} of them unsearched")
    for name, nodes, took in (("without", without, plain_seconds), ("with", led, seconds)):
        print(
            f"states {name} the network: mean {nodes.mean():.1f}, median {np.median(nodes):.0f}, "
            f"most {nodes.max()}; {took / n:.3f} s a puzzle"
        )
    fewer = without.sum() / led.sum() if led.any() else float("inf")
    print(f"in all {fewer:.1f} times fewer with the network")


if __name__ == "__main__":
    main()
