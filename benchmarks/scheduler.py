"""Many clients at a time: the scheduler beside one-at-a-time solving.

Run it alone on a quiet machine::

    python benchmarks/scheduler.py [--solvers maze sudoku-4x4] [--clients 1 8 64] [--threads 2]

Each client asks, waits for its answer and asks again, as often as makes ``--requests`` in all. On
one side a lock lets one ``Solver.solve`` run at a time, on the other the scheduler has all of them;
both sides answer the same puzzles in the same process, in turn. A request's time is from asking to
the answer. Answers that differ between the sides are counted: there should be none.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from hrm_toolkit.core import Budget, Puzzle, Result
from hrm_toolkit.planner.jobs.scheduler import Scheduler
from hrm_toolkit.solvers.allocator import keep_freed_memory
from hrm_toolkit.solvers.options import STRATEGIES, Strategy
from hrm_toolkit.solvers.solver import Solver

Ask = Callable[[Puzzle, int], Result | None]


@dataclass
class Load:
    """What came of all requests of one side.

    Attributes:
        answers: in the order of the puzzles.
        times: from asking to the answer, seconds.
        seconds: from the first question to the last answer.
    """

    answers: list[Result | None]
    times: list[float]
    seconds: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.times) / self.seconds

    @property
    def p95(self) -> float:
        """Time that 95 of 100 requests keep to, seconds."""
        return float(np.quantile(self.times, 0.95))


def ask_all(ask: Ask, puzzles: list[Puzzle], clients: int) -> Load:
    """Let clients share out the puzzles among them and ask one after another."""

    def client(number: int) -> list[tuple[int, Result | None, float]]:
        log = []
        for place in range(number, len(puzzles), clients):
            began = time.perf_counter()
            answer = ask(puzzles[place], number)
            log.append((place, answer, time.perf_counter() - began))
        return log

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as threads:
        logs = sorted(
            (entry for log in threads.map(client, range(clients)) for entry in log),
            key=lambda entry: entry[0],
        )
    seconds = time.perf_counter() - began
    return Load([entry[1] for entry in logs], [entry[2] for entry in logs], seconds)


def one_at_a_time(solver: Solver, budget: Budget, strategy: Strategy) -> Ask:
    """Solving behind a lock."""
    lock = threading.Lock()

    def ask(puzzle: Puzzle, client: int) -> Result:
        with lock:
            return solver.solve(puzzle, budget=budget, strategy=strategy)

    return ask


def scheduled(scheduler: Scheduler, name: str, budget: Budget, strategy: Strategy) -> Ask:
    """Solving beside the others."""

    def ask(puzzle: Puzzle, client: int) -> Result | None:
        options = {"budget": budget, "strategy": strategy, "client": str(client)}
        return scheduler.submit(name, puzzle, **options).wait()  # type: ignore[arg-type]

    return ask


def differ(one: Result | None, other: Result | None) -> bool:
    """Whether two answers, or who gave them, are not the same."""
    if one is None or other is None:
        return one is not other
    return (one.answer, one.verdict, one.source) != (other.answer, other.verdict, other.source)


def compare(solver: Solver, name: str, puzzles: list[Puzzle], options: argparse.Namespace) -> None:
    """One row for each number of clients: medians over repeats, of ratios those of neighbours."""
    budget = Budget(segments=options.segments, nodes=options.nodes)
    for clients in options.clients:
        with Scheduler(slots=options.slots, load=lambda _: solver) as scheduler:
            sides = (
                one_at_a_time(solver, budget, options.strategy),
                scheduled(scheduler, name, budget, options.strategy),
            )
            for side in sides:
                ask_all(side, puzzles[: min(8, len(puzzles))], 1)
            runs = [
                [ask_all(side, puzzles, clients) for side in sides] for _ in range(options.repeats)
            ]
        differing = sum(
            differ(*pair) for a, b in runs for pair in zip(a.answers, b.answers, strict=True)
        )
        rates = middle([(a.rate, b.rate, b.rate / a.rate) for a, b in runs])
        times = middle([(a.p95 * 1e3, b.p95 * 1e3, a.p95 / b.p95) for a, b in runs])
        print(
            f"{name:<12} {clients:>7} {rates[0]:>9.1f} {rates[1]:>9.1f} {rates[2]:>6.2f}"
            f" {times[0]:>9.0f} {times[1]:>9.0f} {times[2]:>6.2f} {differing:>6}",
            flush=True,
        )


def middle(rows: list[tuple[float, ...]]) -> list[float]:
    """Median of each column."""
    return [statistics.median(column) for column in zip(*rows, strict=True)]


def main(arguments: list[str]) -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--solvers", nargs="+", default=["maze", "sudoku-4x4"])
    parser.add_argument("--sizes", nargs="+", type=int, default=[], help="one a solver")
    parser.add_argument("--clients", nargs="+", type=int, default=[1, 8, 64])
    parser.add_argument("--requests", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--slots", type=int, default=64)
    parser.add_argument("--segments", type=int, default=16)
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--strategy", choices=STRATEGIES, default="verified")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    keep_freed_memory()
    print(
        f"{'solver':<12} {'clients':>7} {'alone/s':>9} {'batch/s':>9} {'ratio':>6}"
        f" {'alone p95':>9} {'batch p95':>9} {'ratio':>6} {'differ':>6}   (p95 in ms)"
    )
    for index, name in enumerate(options.solvers):
        solver = Solver.load(name)
        size = options.sizes[index] if index < len(options.sizes) else None
        puzzles = [
            solver.adapter.generate(np.random.default_rng([0, 1, i]), size=size).puzzle
            for i in range(options.requests)
        ]
        compare(solver, name, puzzles, options)


if __name__ == "__main__":
    main(sys.argv[1:])
