"""Evaluation: rates counted right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import (
    Budget,
    Example,
    InputError,
    OptionError,
    Result,
    Settings,
    Verdict,
    Violation,
)
from hrm_toolkit.solvers.attempt import Attempt
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.proposer import Proposer
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.data.stream import AnyExample, Split, draw_distinct
from hrm_toolkit.train.learner import network_config
from hrm_toolkit.train.rates.evaluate import evaluate, summary, survey, wilson
from hrm_toolkit.train.recipe import Recipe

BROKEN = Verdict(valid=False, violations=(Violation(rule="r", message="m"),))


class Scripted(Solver):
    """Gives each puzzle the result that is written down for it."""

    def __init__(self, task: str, results: dict[Any, Result]) -> None:
        super().__init__(get_adapter(task), None, name="scripted")
        self.results = results
        self.calls: list[int] = []

    def solve_many(self, puzzles: Any, **options: Any) -> list[Result]:
        self.calls.append(len(puzzles))
        return [self.results[puzzle] for puzzle in puzzles]


def examples_of(task: str, sizes: Any, count: int, kind: str | None = None) -> list[AnyExample]:
    settings = Settings(sizes=sizes, difficulties=(kind,) if kind else ())
    return draw_distinct(get_adapter(task), settings, 0, Split.TEST, count)


def result(answer: Any, verdict: Verdict, segments: int = 0, seconds: float = 0.0) -> Result:
    return Result(
        task="maze",
        answer=answer,
        verdict=verdict,
        source="x",
        abstained=not verdict.valid,
        segments=segments,
        seconds=seconds,
    )


def test_rates_are_shares_of_the_puzzles() -> None:
    small, large = examples_of("maze", (4,), 3, "perfect"), examples_of("maze", (6,), 2, "perfect")
    # Right and optimal; right by a detour; refuted; none; right and optimal.
    given_ = [*small, *large]
    results = {
        small[0].puzzle: result(small[0].answer, Verdict(valid=True, optimal=True), 1, 0.5),
        small[1].puzzle: result(small[0].answer, Verdict(valid=True, optimal=False), 2, 0.25),
        small[2].puzzle: result(small[2].answer, BROKEN, 3),
        large[0].puzzle: result(None, BROKEN, 4),
        large[1].puzzle: result(large[1].answer, Verdict(valid=True, optimal=True), 5),
    }
    solver, told = Scripted("maze", results), list[int]()
    found = evaluate(
        solver, given_, strategy="neural", budget=Budget(segments=7, restarts=1), data="made up",
        seed=4, chunk=2, on_progress=told.append,
    )  # fmt: skip
    assert (solver.calls, told) == ([2, 2, 1], [2, 4, 5])
    assert found.n == 5
    assert found.verified_rate == 3 / 5
    assert found.verified_interval == wilson(3, 5)
    assert found.exact_accuracy == 3 / 5, "label equality, whatever the rules say"
    assert found.optimal_rate == 2 / 5
    assert found.mean_segments == 3
    assert found.seconds == 0.75
    assert found.by_length == {16: (2 / 3, 3), 36: (1 / 2, 2)}
    assert (found.task, found.solver, found.strategy) == ("maze", "scripted", "neural")
    assert (found.data, found.seed, found.budget) == ("made up", 4, Budget(segments=7, restarts=1))
    assert summary(found)["verified_rate"] == 0.6
    assert list(summary(found)["by_length"]) in ([16, 36], ["16", "36"])


@pytest.mark.parametrize(("task", "optimal"), [("sudoku", None), ("maze", 1.0), ("graph", 1.0)])
def test_exact_search_is_always_right(task: str, optimal: float | None) -> None:
    sizes = {"sudoku": (4,), "maze": (3, 5), "graph": (5,)}[task]
    found = evaluate(Solver(get_adapter(task), None), examples_of(task, sizes, 8), strategy="exact")
    assert found.verified_rate == 1.0
    assert found.optimal_rate == optimal
    assert found.mean_segments == 0
    assert sum(n for _, n in found.by_length.values()) == found.n == 8
    assert found.verified_interval[1] == pytest.approx(1.0)


def test_exact_search_on_puzzles_with_one_answer_equals_the_labels() -> None:
    for task, size, kind in (("sudoku", 4, "minimal"), ("maze", 6, "perfect")):
        examples = examples_of(task, (size,), 6, kind)
        solver = Solver(get_adapter(task), None)
        assert evaluate(solver, examples, strategy="exact").exact_accuracy == 1.0


@pytest.mark.parametrize("family", ["structured", "hrm"])
def test_an_untrained_network_solves_nearly_nothing(family: str) -> None:
    adapter = get_adapter("sudoku")
    options = {"structured": {"inner": 8}, "hrm": {"heads": 2, "layers": 1, "max_length": 16}}
    recipe = Recipe(
        adapter="sudoku",
        network={"family": family, "width": 8, **options[family]},
        data=Settings(sizes=(4,)),
    )
    solver = Solver(adapter, build_network(network_config(recipe, adapter), 0))
    examples = examples_of("sudoku", (4,), 20, "minimal")
    found = evaluate(solver, examples, strategy="neural", budget=Budget(segments=2))
    assert found.verified_rate <= 0.05
    assert found.exact_accuracy <= 0.05
    assert found.mean_segments == 2, "it never wants to halt before it is trained"
    assert found.seconds > 0
    assert found == evaluate(
        solver, examples, strategy="neural", budget=Budget(segments=2)
    ).model_copy(update={"seconds": found.seconds})
    assert evaluate(solver, examples, budget=Budget(segments=1)).verified_rate == 1.0


def test_puzzles_that_were_given_wrong_labels_are_not_exact() -> None:
    one, other = examples_of("sudoku", (4,), 2, "minimal")
    swapped = [Example(one.puzzle, other.answer), other]
    found = evaluate(Solver(get_adapter("sudoku"), None), swapped, strategy="exact")
    assert (found.verified_rate, found.exact_accuracy) == (1.0, 0.5)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [  # Wilson (1927); values as in Brown, Cai and DasGupta (2001) and common calculators
        (0, 10, 0.0, 0.2775),
        (1, 10, 0.0179, 0.4042),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (95, 100, 0.8882, 0.9785),
        (180, 200, 0.8506, 0.9343),
    ],
)
def test_wilson_intervals(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


@given(n=st.integers(1, 10_000), share=st.floats(0, 1))
def test_an_interval_holds_the_rate_and_mirrors(n: int, share: float) -> None:
    successes = round(n * share)
    low, high = wilson(successes, n)
    assert 0 <= low <= successes / n + 1e-12
    assert successes / n - 1e-12 <= high <= 1
    mirrored = wilson(n - successes, n)
    np.testing.assert_allclose((1 - high, 1 - low), mirrored, atol=1e-9)


@pytest.mark.parametrize("strategy", ["neural", "verified"])
def test_each_budget_is_measured_as_if_alone(strategy: Any) -> None:
    solver, given_ = Solver.load("maze"), examples_of("maze", (5, 9), 8)
    budgets = [Budget(segments=s, votes=v, restarts=1, nodes=0) for v in (1, 2) for s in (5, 2, 1)]
    budgets += [Budget(segments=2, votes=v, restarts=3, nodes=0) for v in (1, 2)]
    found = survey(solver, given_, budgets, strategy=strategy, chunk=5, oracle_seconds=1.0)
    assert [e.budget for e in found.budgets] == budgets
    for budget, evaluation in zip(budgets, found.budgets, strict=True):
        alone = evaluate(solver, given_, strategy=strategy, budget=budget)
        assert evaluation == alone.model_copy(update={"seconds": evaluation.seconds})
    rates = [e.verified_rate for e in found.budgets]
    assert rates[2] < max(rates), "one segment is not enough for all"
    assert found.largest.budget == budgets[7]
    assert found.oracle is not None
    assert (found.oracle.n, found.oracle.answered) == (8, 8)
    assert 0 < found.oracle.median_seconds <= found.oracle.seconds
    assert found.complete


@pytest.mark.parametrize("strategy", ["neural", "verified"])
def test_what_another_budget_cannot_change_is_not_solved_again(
    strategy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    solver, given_ = Solver.load("maze"), examples_of("maze", (7,), 10, "perfect")
    calls: list[int] = []
    solve_many = Solver.solve_many

    def counting(self: Solver, puzzles: Any, **options: Any) -> list[Result]:
        calls.append(len(puzzles))
        return solve_many(self, puzzles, **options)

    monkeypatch.setattr(Solver, "solve_many", counting)
    budgets = [Budget(segments=s, nodes=0) for s in (32, 64, 128)]
    found = survey(solver, given_, budgets, strategy=strategy)
    assert found.budgets[0].verified_rate == 1.0
    assert calls == [10, 0, 0]


def test_an_interrupt_leaves_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    solver, given_ = Solver.load("sudoku-4x4"), examples_of("sudoku", (4,), 7)
    budgets, left = [Budget(segments=1), Budget(segments=2)], [1.5]

    def interrupted(done: float) -> None:
        if done > left[0]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        survey(solver, given_, budgets, chunk=3, on_progress=interrupted)
    left[0] = 5.0
    found = survey(solver, given_, budgets, chunk=3, on_progress=interrupted, oracle_seconds=1.0)
    assert [e.n for e in found.budgets] == [3, 3]
    assert found.oracle is not None
    assert found.oracle.n == 3
    assert (found.asked, found.complete) == (7, False)
    with pytest.raises(KeyboardInterrupt):
        evaluate(solver, given_, chunk=3, on_progress=interrupted)


def test_token_accuracy_is_the_networks_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted on the first attempt, whatever search makes of it, padding left out."""
    solver, (example,) = Solver.load("sudoku-4x4"), examples_of("sudoku", (4,), 1, "minimal")
    labels = solver.adapter.codec.labels(example.puzzle, example.answer)
    said = np.eye(solver.adapter.codec.spec.size, dtype=np.float32)[labels]
    said[:3] = said[:3, ::-1]
    wrong = Attempt(None, BROKEN, segments=1, logits=said)
    monkeypatch.setattr(Proposer, "vote", lambda self, *a, **o: [wrong])
    found = evaluate(solver, [example])
    assert (found.verified_rate, found.token_accuracy) == (1.0, 13 / 16)
    assert found.by_source == {"structured+search": 1}
    exact = evaluate(solver, [example], strategy="exact")
    assert (exact.token_accuracy, exact.by_source) == (None, {"exact": 1})


def test_the_gap_is_what_an_answer_costs_beyond_the_best() -> None:
    maze = get_adapter("maze")
    puzzle = maze.coerce("S..\n...\n..G")
    around = maze.coerce_answer(puzzle, [[0, 0], [0, 1], [1, 1], [1, 0], [2, 0], [2, 1], [2, 2]])
    short = maze.exact(puzzle).answer
    results = {puzzle: result(around, maze.rules.check(puzzle, around))}
    for known in (short, around):
        found = evaluate(Scripted("maze", results), [Example(puzzle, known)])
        assert found.optimality_gap == pytest.approx(0.5), "six moves where four do"
    failed = {puzzle: result(around, BROKEN)}
    assert evaluate(Scripted("maze", failed), [Example(puzzle, short)]).optimality_gap is None


def test_rates_by_difficulty_and_size() -> None:
    easy, hard = examples_of("sudoku", (4,), 3, "easy"), examples_of("sudoku", (4,), 3, "nearly")
    plain = [Example(e.puzzle, e.answer) for e in examples_of("sudoku", (6,), 2, "easy")]
    found = evaluate(Solver(get_adapter("sudoku"), None), [*easy, *hard, *plain])
    kinds = [(name, group.n) for name, group in found.by_difficulty.items()]
    assert kinds == [("nearly", 3), ("easy", 3)], "easiest first"
    assert {name: group.n for name, group in found.by_size.items()} == {"4x4": 6, "6x6": 2}
    assert found.by_size["6x6"].verified_interval == wilson(2, 2)
    (graph,) = examples_of("graph", (8,), 1)
    exact = evaluate(Solver(get_adapter("graph"), None), [graph])
    assert list(exact.by_size) == ["8-node"]


def test_nothing_to_measure() -> None:
    solver = Solver(get_adapter("maze"), None)
    with pytest.raises(InputError, match="no puzzles to evaluate on"):
        survey(solver, [], [Budget()])
    with pytest.raises(OptionError, match="no budget to measure"):
        survey(solver, examples_of("maze", (4,), 1), [])
