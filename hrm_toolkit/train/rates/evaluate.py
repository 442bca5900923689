"""Rates of a solver on puzzles whose answers are known, at one budget or several."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath
from typing import Any

from hrm_toolkit.core import AnyAdapter, Budget, InputError, Model, OptionError, Puzzle, Result
from hrm_toolkit.core.clock import Stopwatch
from hrm_toolkit.solvers.options import Strategy
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.data.stream import AnyExample
from hrm_toolkit.train.rates.pace import Pace
from hrm_toolkit.train.rates.score import Case, Score, Solved, score, solve_cases

Interval = tuple[float, float]


class Group(Model):
    """Rates over the puzzles of one kind.

    Attributes:
        n: puzzles.
        verified_rate: share whose answer passes the rules.
        verified_interval: its 95 % Wilson interval.
        exact_accuracy: share whose answer is the one that the labels stand for; of plans, that cost
            no more than the best known one.
        optimal_rate: share whose answer is proved optimal; None where answers have no cost.
        mean_segments: segments spent on a puzzle, on average.
    """

    n: int
    verified_rate: float
    verified_interval: Interval
    exact_accuracy: float
    optimal_rate: float | None = None
    mean_segments: float


class Evaluation(Model):
    """Rates over n puzzles.

    Attributes:
        task: the adapter's task.
        solver: name of the solver.
        strategy: what it was allowed to use.
        n: puzzles.
        verified_rate: share whose answer passes the rules.
        verified_interval: 95 % Wilson interval of ``verified_rate``.
        exact_accuracy: share whose answer is the one that the labels stand for; of plans, that cost
            no more than the best known one.
        exact_interval: 95 % Wilson interval of ``exact_accuracy``.
        token_accuracy: share of scored tokens that the network's first attempt gets right, as a
            mean over puzzles; None where no network was asked.
        optimal_rate: share whose answer is proved optimal; None where answers have no cost.
        optimality_gap: what verified answers cost beyond the best, over the best, on average (0 is
            optimal); None where answers have no cost.
        mean_segments: segments spent on a puzzle, on average.
        seconds: wall-clock time of the whole evaluation.
        by_length: verified rate and n for each number of tokens.
        by_size: rates for each size, such as ``9x9``.
        by_difficulty: rates for each difficulty, where the puzzles tell theirs.
        by_source: how many verified answers came from which part of the solver; ``none`` counts
            the rest.
        budget: what each puzzle could spend.
        data: where the puzzles came from.
        seed: of the puzzles.
    """

    task: str
    solver: str
    strategy: str
    n: int
    verified_rate: float
    verified_interval: Interval
    exact_accuracy: float
    exact_interval: Interval
    token_accuracy: float | None
    optimal_rate: float | None
    optimality_gap: float | None
    mean_segments: float
    seconds: float
    by_length: dict[int, tuple[float, int]]
    by_size: dict[str, Group]
    by_difficulty: dict[str, Group]
    by_source: dict[str, int]
    budget: Budget
    data: str = ""
    seed: int | None = None


class Oracle(Model):
    """What exact search took on the same puzzles, one after the other.

    Attributes:
        n: puzzles.
        answered: those that it answered within ``limit``.
        seconds: wall-clock time over all.
        median_seconds: of a puzzle.
        limit: seconds that a puzzle could take.
    """

    n: int
    answered: int
    seconds: float
    median_seconds: float
    limit: float


class Survey(Model):
    """A solver at several budgets, each on the same puzzles.

    Attributes:
        budgets: an evaluation for each, in the order asked for.
        oracle: exact search beside it; None where it was left out.
        asked: puzzles asked for; an interrupt or the end of the time leaves fewer measured.
        out_of_time: whether the time was what ended it.
    """

    budgets: tuple[Evaluation, ...]
    oracle: Oracle | None
    asked: int
    out_of_time: bool = False

    @property
    def largest(self) -> Evaluation:
        """The evaluation at the budget that allows the most."""

        def allowed(evaluation: Evaluation) -> int:
            budget = evaluation.budget
            return budget.segments * budget.votes * budget.restarts

        return max(self.budgets, key=allowed)

    @property
    def why_fewer(self) -> str:
        """Why not all puzzles were measured."""
        return "the rest not reached in the time" if self.out_of_time else "interrupted"

    @property
    def complete(self) -> bool:
        """Whether every puzzle was measured."""
        return self.budgets[0].n == self.asked


def evaluate(
    solver: Solver,
    examples: Sequence[AnyExample],
    *,
    strategy: Strategy = "verified",
    budget: Budget | None = None,
    data: str = "",
    seed: int | None = None,
    chunk: int = 256,
    on_progress: Callable[[float], None] | None = None,
    on_result: Callable[[AnyExample, Result], None] | None = None,
) -> Evaluation:
    """Solve every puzzle and count.

    Args:
        examples: at least one puzzle with its answer.
        chunk: puzzles handed to the solver at once.
        on_progress: told the number of puzzles done.
        on_result: told what became of each puzzle.

    Example:
        >>> from hrm_toolkit.adapters import get_adapter
        >>> from hrm_toolkit.core import Settings
        >>> from hrm_toolkit.train.data.stream import Split, draw
        >>> adapter = get_adapter("maze")
        >>> mazes = [draw(adapter, Settings(sizes=(7,)), 0, Split.TEST, i) for i in range(3)]
        >>> evaluate(Solver(adapter, None), mazes, strategy="exact").verified_rate
        1.0
    """
    budget = solver.complete(budget)
    scores: list[Score] = []
    pace = Pace(chunk, None)
    for _, (part,) in _chunks(solver, examples, (budget,), strategy, pace, on_progress):
        for case, solved in part:
            scores.append(score(solver.adapter, case, solved))
            if on_result is not None:
                on_result(case.example, solved.result)
    return _evaluation(solver, strategy, budget, scores, data, seed)


def survey(
    solver: Solver,
    examples: Sequence[AnyExample],
    budgets: Sequence[Budget],
    *,
    strategy: Strategy = "verified",
    oracle_seconds: float | None = None,
    data: str = "",
    seed: int | None = None,
    chunk: int = 64,
    on_progress: Callable[[float], None] | None = None,
    seconds: float | None = None,
) -> Survey:
    """Measure several budgets on the same puzzles; an interrupt (Ctrl-C) ends it early.

    A puzzle is solved again only where another budget can change what became of it, so a puzzle
    that halts early costs its segments once. Each budget's numbers, but for the time, are those of
    a lone ``evaluate``.

    Args:
        examples: at least one puzzle with its answer.
        budgets: at least one.
        oracle_seconds: the most that exact search may take for a puzzle; None leaves it out.
        chunk: puzzles taken through all budgets at once; what is unfinished at an interrupt does
            not count.
        on_progress: told the number of puzzles done.
        seconds: the most wall-clock time over everything; none is begun that may not end in it.

    Raises:
        KeyboardInterrupt: when interrupted before the first chunk is done.
    """
    if not budgets:
        raise OptionError("there is no budget to measure", expected="at least one")
    budgets = [solver.complete(budget) for budget in budgets]
    scores: list[list[Score]] = [[] for _ in budgets]
    times: list[tuple[float, bool]] = []
    interrupted, pace = False, Pace(chunk, seconds)
    try:
        for start, part in _chunks(solver, examples, budgets, strategy, pace, on_progress):
            timed = []
            if oracle_seconds is not None:
                puzzles = [e.puzzle for e in examples[start : start + len(part[0])]]
                timed = _time_oracle(solver.adapter, puzzles, oracle_seconds, warm=start > 0)
            for kept, found in zip(scores, part, strict=True):
                kept.extend(score(solver.adapter, case, solved) for case, solved in found)
            times += timed
    except KeyboardInterrupt:
        interrupted = True
        if not scores[0]:
            raise
    return Survey(
        budgets=tuple(
            _evaluation(solver, strategy, budget, kept[: len(scores[-1])], data, seed)
            for budget, kept in zip(budgets, scores, strict=True)
        ),
        oracle=_oracle(times, oracle_seconds),
        asked=len(examples),
        out_of_time=not interrupted and len(scores[-1]) < len(examples),
    )


def wilson(successes: int, n: int, z: float = 1.96) -> Interval:
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
    """What a bundle's manifest keeps of an evaluation: of a file the name, not where it lay."""
    return evaluation.model_dump(mode="json") | {"data": PurePath(evaluation.data).name}


def recorded(survey: Survey) -> dict[str, Any]:
    """What a manifest keeps of a survey: the largest budget's evaluation, and where there are
    several budgets the rates of each as its ``curve``."""
    kept = summary(survey.largest)
    if len(survey.budgets) > 1:
        kept["curve"] = [
            evaluation.model_dump(
                mode="json",
                include={
                    *("budget", "n", "verified_rate", "verified_interval", "exact_accuracy"),
                    *("optimal_rate", "mean_segments", "seconds"),
                },
            )
            for evaluation in survey.budgets
        ]
    return kept


def _chunks(
    solver: Solver,
    examples: Sequence[AnyExample],
    budgets: Sequence[Budget],
    strategy: Strategy,
    pace: Pace,
    on_progress: Callable[[float], None] | None,
) -> Iterator[tuple[int, list[list[tuple[Case, Solved]]]]]:
    """What becomes of each chunk of puzzles, by budget, and where it begins."""
    if not examples:
        raise InputError("there are no puzzles to evaluate on", expected="at least one")
    order = sorted(
        range(len(budgets)),
        key=lambda i: (budgets[i].votes, budgets[i].restarts, budgets[i].segments),
    )
    start = 0
    while start < len(examples) and (chunk := pace.take()):
        cases = [Case.of(solver.adapter, e) for e in examples[start : start + chunk]]
        kept: list[Solved | None] = [None] * len(cases)
        found: list[list[tuple[Case, Solved]]] = [[] for _ in budgets]
        for done, i in enumerate(order, 1):
            solved = solve_cases(solver, cases, kept, budgets[i], strategy)
            found[i], kept = list(zip(cases, solved, strict=True)), list(solved)
            if on_progress is not None:
                on_progress(start + len(cases) * done / len(order))
        yield start, found
        start += len(cases)


def _evaluation(
    solver: Solver,
    strategy: Strategy,
    budget: Budget,
    scores: Sequence[Score],
    data: str,
    seed: int | None,
) -> Evaluation:
    whole = _group(scores)
    order = {name: place for place, name in enumerate(solver.adapter.difficulties)}
    by_size = sorted(scores, key=lambda s: (s.length, s.size))
    named = [s for s in scores if s.difficulty is not None]
    by_difficulty = sorted(named, key=lambda s: order.get(s.difficulty or "", len(order)))
    lengths = _grouped(by_size, lambda s: s.length)
    return Evaluation(
        task=solver.adapter.task,
        solver=solver.name,
        strategy=strategy,
        **whole.model_dump(),
        exact_interval=wilson(sum(s.exact for s in scores), whole.n),
        token_accuracy=_mean([s.tokens for s in scores]),
        optimality_gap=_mean([s.gap for s in scores]),
        seconds=sum(s.seconds for s in scores),
        by_length={length: (g.verified_rate, g.n) for length, g in lengths.items()},
        by_size=_grouped(by_size, lambda s: s.size),
        by_difficulty=_grouped(by_difficulty, lambda s: s.difficulty),
        by_source=dict(Counter(s.source for s in scores).most_common()),
        budget=budget,
        data=data,
        seed=seed,
    )


def _group(scores: Sequence[Score]) -> Group:
    n, verified = len(scores), sum(s.verified for s in scores)
    known = [s.optimal for s in scores if s.optimal is not None]
    return Group(
        n=n,
        verified_rate=verified / n,
        verified_interval=wilson(verified, n),
        exact_accuracy=sum(s.exact for s in scores) / n,
        optimal_rate=sum(known) / n if known else None,
        mean_segments=sum(s.segments for s in scores) / n,
    )


def _grouped(scores: Sequence[Score], key: Callable[[Score], Any]) -> dict[Any, Group]:
    """A group for each key, in the order in which they first come."""
    parts: dict[Any, list[Score]] = {}
    for one in scores:
        parts.setdefault(key(one), []).append(one)
    return {name: _group(part) for name, part in parts.items()}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None


def _time_oracle(
    adapter: AnyAdapter, puzzles: Sequence[Puzzle], limit: float, *, warm: bool
) -> list[tuple[float, bool]]:
    """Seconds of exact search for each puzzle, and whether it found an answer."""
    if not warm:
        adapter.exact(puzzles[0], seconds=limit)  # compiles what is compiled at first use
    times = []
    for puzzle in puzzles:
        watch = Stopwatch()
        found = adapter.exact(puzzle, seconds=limit).answer
        times.append((watch.seconds, found is not None))
    return times


def _oracle(times: Sequence[tuple[float, bool]], limit: float | None) -> Oracle | None:
    if limit is None or not times:
        return None
    seconds = [taken for taken, _ in times]
    return Oracle(
        n=len(times),
        answered=sum(found for _, found in times),
        seconds=sum(seconds),
        median_seconds=statistics.median(seconds),
        limit=limit,
    )
