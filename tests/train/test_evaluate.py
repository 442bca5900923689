"""Evaluation: rates counted right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Budget, Example, Result, Settings, Verdict, Violation
from hrm_toolkit.solvers.model import build_network
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.data import AnyExample, Split, draw_distinct
from hrm_toolkit.train.evaluate import evaluate, summary, wilson
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.run import network_config

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
        solver, given_, strategy="neural", budget=Budget(segments=7), data="made up", seed=4,
        chunk=2, on_progress=told.append,
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
    assert (found.data, found.seed, found.budget) == ("made up", 4, Budget(segments=7))
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
