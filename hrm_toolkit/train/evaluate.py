"""Rates of a solver on puzzles whose answers are known."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from hrm_toolkit.core import Budget, InputError, Model, Result
from hrm_toolkit.solvers.solver import Solver, Strategy
from hrm_toolkit.train.data import AnyExample


class Evaluation(Model):
    """Rates over n puzzles.

    Attributes:
        task: the adapter's task.
        solver: name of the solver.
        strategy: what it was allowed to use.
        n: puzzles.
        verified_rate: share whose answer passes the rules.
        verified_interval: 95 % Wilson interval of ``verified_rate``.
        exact_accuracy: share whose answer is the one that the labels stand for.
        optimal_rate: share whose answer is proved optimal; None where answers have no cost.
        mean_segments: segments spent on a puzzle, on average.
        seconds: wall-clock time of the whole evaluation.
        by_length: verified rate and n for each number of tokens.
        budget: what each puzzle could spend.
        data: where the puzzles came from.
        seed: of the puzzles.
    """

    task: str
    solver: str
    strategy: str
    n: int
    verified_rate: float
    verified_interval: tuple[float, float]
    exact_accuracy: float
    optimal_rate: float | None
    mean_segments: float
    seconds: float
    by_length: dict[int, tuple[float, int]]
    budget: Budget
    data: str = ""
    seed: int | None = None


def evaluate(
    solver: Solver,
    examples: Sequence[AnyExample],
    *,
    strategy: Strategy = "verified",
    budget: Budget | None = None,
    data: str = "",
    seed: int | None = None,
    chunk: int = 256,
    on_progress: Callable[[int], None] | None = None,
) -> Evaluation:
    """Solve every puzzle and count.

    Args:
        examples: at least one puzzle with its answer.
        chunk: puzzles handed to the solver at once.
        on_progress: told the number of puzzles done.

    Example:
        >>> from hrm_toolkit.adapters import get_adapter
        >>> from hrm_toolkit.core import Settings
        >>> from hrm_toolkit.train.data import Split, draw
        >>> adapter = get_adapter("maze")
        >>> mazes = [draw(adapter, Settings(sizes=(7,)), 0, Split.TEST, i) for i in range(3)]
        >>> evaluate(Solver(adapter, None), mazes, strategy="exact").verified_rate
        1.0
    """
    if not examples:
        raise InputError("there are no puzzles to evaluate on", expected="at least one")
    budget = budget or Budget()
    results: list[Result] = []
    for start in range(0, len(examples), chunk):
        puzzles = [example.puzzle for example in examples[start : start + chunk]]
        results += solver.solve_many(puzzles, budget=budget, strategy=strategy)
        if on_progress is not None:
            on_progress(len(results))
    n = len(results)
    codec = solver.adapter.codec
    exact = 0
    lengths: dict[int, list[bool]] = {}
    for example, result in zip(examples, results, strict=True):
        labels = codec.labels(example.puzzle, example.answer)
        lengths.setdefault(len(labels), []).append(result.verdict.valid)
        exact += result.answer == codec.decode(example.puzzle, labels)
    verified = sum(result.verdict.valid for result in results)
    known = [r.verdict.optimal for r in results if r.verdict.optimal is not None]
    return Evaluation(
        task=solver.adapter.task,
        solver=solver.name,
        strategy=strategy,
        n=n,
        verified_rate=verified / n,
        verified_interval=wilson(verified, n),
        exact_accuracy=exact / n,
        optimal_rate=sum(known) / n if known else None,
        mean_segments=sum(r.segments for r in results) / n,
        seconds=sum(r.seconds for r in results),
        by_length={k: (sum(v) / len(v), len(v)) for k, v in sorted(lengths.items())},
        budget=budget,
        data=data,
        seed=seed,
    )


def wilson(successes: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The Wilson score interval of a rate, 95 % by default.

    Example:
        >>> [round(bound, 3) for bound in wilson(95, 100)]
        [0.888, 0.978]
    """
    rate = successes / n
    centre = rate + z * z / (2 * n)
    spread = z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max((centre - spread) / scale, 0.0), min((centre + spread) / scale, 1.0)


def summary(evaluation: Evaluation) -> dict[str, Any]:
    """What a bundle's manifest keeps of an evaluation."""
    return evaluation.model_dump(mode="json")
