"""Walks and searches that a network leads beside weighted A*, on the same puzzles and nodes.

::

    python benchmarks/spaces.py --solver NAME|DIR [--solver ...] [--data FILE | --size 4]
                                [--difficulty hard] [--samples 50] [--nodes 1000]
                                [--weights 1,2,5] [--exact 20] [--seed 0]

A node is a state whose actions are looked at: about which the network is asked, or for which
weighted A* computes the task's own heuristic. Every plan is replayed by the rules. Cost is over
the best that is known: the optimum where exact search proves it in its seconds, else the cheapest
plan that anything here found. Where a search finds nothing it has spent all nodes. An asked node
takes a network's time, so seconds are printed too.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from hrm_toolkit import Solver
from hrm_toolkit.adapters.formats import read_puzzles
from hrm_toolkit.adapters.space.search import find
from hrm_toolkit.adapters.space.task import SpaceAdapter
from hrm_toolkit.core import Answer, Budget, Puzzle


@dataclass(frozen=True)
class Went:
    """How one puzzle went.

    Attributes:
        cost: of its plan, which the rules accept; None without one.
        nodes: that were looked at.
        seconds: wall-clock.
    """

    cost: float | None
    nodes: int
    seconds: float


AnySpace = SpaceAdapter[Any, Any]
Way = Callable[[Puzzle], tuple[Answer | None, int]]


def ways_of(
    solver: Solver, adapter: AnySpace, nodes: int, weights: Sequence[float]
) -> dict[str, Way]:
    """Each way to a plan, by name."""

    def network(strategy: str) -> Way:
        def go(puzzle: Puzzle) -> tuple[Answer | None, int]:
            budget = Budget(nodes=nodes, restarts=1)
            result = solver.solve(puzzle, strategy=strategy, budget=budget)
            return (result.answer if result.solved else None), result.nodes

        return go

    def plain(weight: float) -> Way:
        def go(puzzle: Puzzle) -> tuple[Answer | None, int]:
            start = adapter.start(puzzle)
            way = find(adapter, start, adapter.heuristic, weight=weight, nodes=nodes)
            return (None if way.actions is None else adapter.plan_of(way.actions)), way.nodes

        return go

    ways = {"walk": network("neural"), "search with the network": network("verified")}
    return ways | {f"weighted A*, {weight:g}": plain(weight) for weight in weights}


def went(adapter: AnySpace, puzzle: Puzzle, way: Way) -> Went:
    """Go one way from one puzzle."""
    began = time.perf_counter()
    plan, nodes = way(puzzle)
    seconds = time.perf_counter() - began
    if plan is None:
        return Went(None, nodes, seconds)
    verdict = adapter.rules.check(puzzle, plan)
    return Went(verdict.cost if verdict.valid else None, nodes, seconds)


def puzzles_of(adapter: AnySpace, options: argparse.Namespace) -> list[Puzzle]:
    """The first of a file, or generated ones."""
    if options.data is not None:
        return list(read_puzzles(options.data, adapter=adapter.task).puzzles[: options.samples])
    return [
        adapter.generate(
            np.random.default_rng([options.seed, 2, number]),
            size=options.size,
            difficulty=options.difficulty,
        ).puzzle
        for number in range(options.samples)
    ]


def measure(
    solver: Solver, puzzles: Sequence[Puzzle], options: argparse.Namespace, console: Console
) -> None:
    """Go every way from every puzzle, and print what came of it."""
    adapter = solver.adapter
    ways = ways_of(solver, adapter, options.nodes, options.weights)
    found: dict[str, list[Went]] = {name: [] for name in ways}
    best, proved = list[float | None](), 0
    for puzzle in track(puzzles, f"{adapter.task}", console=console):
        own = {name: went(adapter, puzzle, way) for name, way in ways.items()}
        for name, one in own.items():
            found[name].append(one)
        known = [one.cost for one in own.values() if one.cost is not None]
        if options.exact and (plan := adapter.exact(puzzle, seconds=options.exact).answer):
            verdict = adapter.rules.check(puzzle, plan)
            proved += verdict.optimal is True
            known.append(verdict.cost or 0.0)
        best.append(min(known, default=None))
    title = f"{solver.name}: {len(puzzles)} puzzles, {options.nodes:,} nodes, optimum of {proved}"
    table = Table(title=title)
    for column in ("way", "solved", "nodes, mean", "median", "seconds", "cost over best"):
        table.add_column(column, justify="left" if column == "way" else "right")
    for name, ones in found.items():
        table.add_row(name, *_told(ones, best))
    console.print(table)


def _told(ones: Sequence[Went], best: Sequence[float | None]) -> list[str]:
    pairs = zip(ones, best, strict=True)
    over = [one.cost / known for one, known in pairs if one.cost and known]
    return [
        f"{sum(one.cost is not None for one in ones) / len(ones):.3f}",
        f"{statistics.fmean(one.nodes for one in ones):,.0f}",
        f"{statistics.median(one.nodes for one in ones):,.0f}",
        f"{statistics.fmean(one.seconds for one in ones):.3f}",
        f"{statistics.fmean(over):.3f}" if over else "",
    ]


def main() -> None:
    """Parse, measure each solver, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--solver", action="append", required=True, help="a bundle's name or folder"
    )
    parser.add_argument("--data", type=Path, help="a file of puzzles")
    parser.add_argument("--size", type=int)
    parser.add_argument("--difficulty")
    parser.add_argument("--samples", type=int, default=50)
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--weights", type=_numbers, default=(1.0, 2.0, 5.0))
    parser.add_argument("--exact", type=float, default=20.0, help="seconds a puzzle; 0 for none")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    console = Console()
    for name in options.solver:
        solver = Solver.load(name)
        if not isinstance(solver.adapter, SpaceAdapter):
            parser.error(f"{solver.adapter.task} is no state space")
        measure(solver, puzzles_of(solver.adapter, options), options, console)


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


if __name__ == "__main__":
    main()
