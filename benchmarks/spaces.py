"""Walks and searches that a network leads beside weighted A*, on the same puzzles and nodes.

::

    python benchmarks/spaces.py --solver NAME|DIR [--solver ...] [--data FILE | --size 4]
                                [--difficulty hard] [--samples 50] [--nodes 1000]
                                [--weights 1,2,5] [--plain-nodes 200000] [--exact 20] [--seed 0]

A node is a state whose actions are looked at: about which the network is asked, or for which
weighted A* computes the task's own heuristic. Every plan is replayed by the rules. Nodes are those
until a way's first plan; where a way finds none it has spent all. The network's search goes on to
cheaper plans until its nodes are spent: "at the end" is the last of them. Cost is over the best
that is known: the optimum where exact search proves it in its seconds, else the cheapest plan that
anything here found. "Solved" stands for each part of the nodes too. An asked node takes a
network's time, so seconds are printed. Weighted A* may have nodes of its own, which tell what
plans as cheap as the network's take without one.
"""

from __future__ import annotations

import argparse
import math
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
from hrm_toolkit.core import Answer, Deadline, Puzzle
from hrm_toolkit.solvers.spaces.planned import Planned
from hrm_toolkit.solvers.spaces.walk import walks

PARTS = (20, 10, 5, 2, 1)
"""The nodes over these are the budgets for which puzzles solved are told."""
_PLAIN = "weighted A*"


@dataclass(frozen=True)
class Went:
    """How one puzzle went.

    Attributes:
        plans: costs of the plans that were found one after another, which the rules accept, and
            the nodes looked at until each.
        seconds: wall-clock, of all.
    """

    plans: Sequence[tuple[float, int]]
    seconds: float


AnySpace = SpaceAdapter[Any, Any]
Way = Callable[[Puzzle], dict[str, Went]]


def led(solver: Solver, nodes: int) -> Way:
    """The network's walk, and the search that goes on from it."""

    def go(puzzle: Puzzle) -> dict[str, Went]:
        proposer, adapter = solver.proposer(), solver.adapter
        how: Any = {"segments": solver.segments, "deadline": Deadline.never()}
        began = time.perf_counter()
        walk = walks(proposer, [puzzle], restart=None, nodes=[nodes], **how)[0]
        asked = len(walk.outlooks)
        plans = [(walk.verdict.cost or 0.0, asked)] if walk.verdict.valid else []
        walked = Went(tuple(plans), time.perf_counter() - began)
        below = plans[0][0] if plans else math.inf
        known = walk.outlooks
        search = Planned(proposer, puzzle, known, nodes=nodes - asked, below=below, **how)
        for found in search.plans():
            asked += found.nodes
            if found.answer is not None:
                plans.append((_cost(adapter, puzzle, found.answer), asked))
        return {
            "walk": walked,
            "search with the network": Went(plans, time.perf_counter() - began),
        }

    return go


def plainly(adapter: AnySpace, weights: Sequence[float], nodes: int) -> Way:
    """Weighted A* with the task's own heuristic."""

    def go(puzzle: Puzzle) -> dict[str, Went]:
        found = dict[str, Went]()
        for weight in weights:
            began = time.perf_counter()
            start = adapter.start(puzzle)
            way = find(adapter, start, adapter.heuristic, weight=weight, nodes=nodes)
            seconds, plans = time.perf_counter() - began, []
            if way.actions is not None:
                cost = _cost(adapter, puzzle, adapter.plan_of(way.actions))
                plans.append((cost, max(way.nodes, 1)))
            found[f"{_PLAIN}, {weight:g}"] = Went(plans, seconds)
        return found

    return go


def _cost(adapter: AnySpace, puzzle: Puzzle, plan: Answer) -> float:
    verdict = adapter.rules.check(puzzle, plan)
    if not verdict.valid or verdict.cost is None:
        raise AssertionError(f"a plan that the rules refuse: {verdict}")
    return verdict.cost


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
    network = led(solver, options.nodes)
    unled = options.plain_nodes or options.nodes
    plain = plainly(adapter, options.weights, unled)
    found: dict[str, list[Went]] = {}
    best, proved = list[float | None](), 0
    for puzzle in track(puzzles, f"{adapter.task}", console=console):
        own = network(puzzle) | plain(puzzle)
        for name, one in own.items():
            found.setdefault(name, []).append(one)
        known = [cost for one in own.values() for cost, _ in one.plans]
        if options.exact and (plan := adapter.exact(puzzle, seconds=options.exact).answer):
            verdict = adapter.rules.check(puzzle, plan)
            proved += verdict.optimal is True
            known.append(verdict.cost or 0.0)
        best.append(min(known, default=None))
    title = f"{solver.name}: {len(puzzles)} puzzles, {options.nodes:,} nodes, optimum of {proved}"
    table = Table(title=title)
    budgets = [max(options.nodes // part, 1) for part in PARTS]
    solved = [f"solved in {budget:,}" for budget in budgets]
    columns = ("way", *solved, "nodes, mean", "median", "seconds", "cost over best", "at the end")
    for column in columns:
        table.add_column(column, justify="left" if column == "way" else "right")
    for name, ones in found.items():
        most = unled if name.startswith(_PLAIN) else options.nodes
        table.add_row(name, *_told(ones, best, most, budgets))
    console.print(table)


def _told(
    ones: Sequence[Went], best: Sequence[float | None], most: int, budgets: Sequence[int]
) -> list[str]:
    nodes = [one.plans[0][1] if one.plans else most for one in ones]
    pairs = [(one.plans, known) for one, known in zip(ones, best, strict=True) if one.plans]
    first = [plans[0][0] / known for plans, known in pairs if known]
    last = [plans[-1][0] / known for plans, known in pairs if known]
    return [
        *(
            f"{sum(bool(o.plans) and o.plans[0][1] <= budget for o in ones) / len(ones):.3f}"
            for budget in budgets
        ),
        f"{statistics.fmean(nodes):,.0f}",
        f"{statistics.median(nodes):,.0f}",
        f"{statistics.fmean(one.seconds for one in ones):.3f}",
        f"{statistics.fmean(first):.3f}" if first else "",
        f"{statistics.fmean(last):.3f}" if last else "",
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
    parser.add_argument("--plain-nodes", type=int, help="of weighted A*, if other than --nodes")
    parser.add_argument("--exact", type=float, default=20.0, help="seconds a puzzle; 0 for none")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    console = Console(width=160)
    for name in options.solver:
        solver = Solver.load(name)
        if not isinstance(solver.adapter, SpaceAdapter):
            parser.error(f"{solver.adapter.task} is no state space")
        measure(solver, puzzles_of(solver.adapter, options), options, console)


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


if __name__ == "__main__":
    main()
