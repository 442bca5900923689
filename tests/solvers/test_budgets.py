"""Budgets: each part of a solve has its share, and what is not reached is not judged."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hrm_toolkit.adapters.maze import MazeAdapter
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.adapters.sudoku import SudokuAdapter
from hrm_toolkit.core import Budget, Deadline, Result
from hrm_toolkit.solvers import proposer as attempts
from hrm_toolkit.solvers import shares
from hrm_toolkit.solvers.proposer import Proposer
from hrm_toolkit.solvers.runners.rows import RowsRunner
from hrm_toolkit.solvers.solver import Solver

Make = Callable[..., Solver]

SUDOKU = "1... ..3. .4.. ...2"


class Ticks:
    """A clock that only its hands move: ``after`` readings it jumps past every end."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self) -> float:
        self.left -= 1
        return 0.0 if self.left >= 0 else 1e9


def open_maze(side: int) -> list[str]:
    """A maze of one path only: along the first row and down the last column."""
    rows = [["."] * side, *([["#"] * (side - 1) + ["."]] * (side - 1))]
    rows[0] = ["S", *rows[0][1:]]
    return ["".join(row) for row in rows[:-1]] + ["#" * (side - 1) + "G"]


def far_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every segment cost so much that no share has room for half of them."""
    monkeypatch.setattr(RowsRunner, "segment_seconds", lambda *_: 1e6)


def test_a_puzzle_far_beyond_the_network_goes_to_exact_search_and_says_so(
    untrained: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    far_beyond(monkeypatch)
    for budget in (Budget(), Budget(seconds=20)):
        result = untrained("maze").solve(open_maze(9), budget=budget)
        assert (result.status, result.source, result.segments) == ("solved", "exact", 0)
        assert result.verdict.optimal
        (note,) = result.notes
        assert "the network was not asked: the puzzle has 81 tokens" in note
        assert "8 of its 16 segments" in note


def test_a_large_maze_costs_more_than_a_share_of_the_bundled_network() -> None:
    runner = Solver.load("maze").runner()
    cells, segments = 512 * 512, 128
    assert runner.segment_seconds(cells) * segments / 2 > 10 * shares.NETWORK_SECONDS
    assert runner.segment_seconds(900) * segments < shares.NETWORK_SECONDS


def test_asked_for_by_name_the_network_is_asked_whatever_it_costs(
    untrained: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    far_beyond(monkeypatch)
    result = untrained("maze").solve(open_maze(5), budget=Budget(segments=2))
    assert result.segments == 2
    alone = untrained("maze").solve(open_maze(5), strategy="neural")
    assert alone.segments > 0
    assert alone.nodes == 0


def test_sizes_that_the_bundle_knows_are_never_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    far_beyond(monkeypatch)
    assert Solver.load("sudoku-4x4").solve(SUDOKU).segments > 0


def test_neural_alone_is_not_begun_where_one_segment_does_not_fit(
    untrained: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    far_beyond(monkeypatch)
    budget = Budget(seconds=5)
    result = untrained("maze").solve(open_maze(5), strategy="neural", budget=budget)
    assert (result.status, result.segments, result.nodes) == ("abstained", 0, 0)
    assert "a segment would take it about 1,000,000 s" in result.notes[0]


def test_exact_search_has_its_share_when_the_network_took_its_own(
    untrained: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[float] = []
    vote = Proposer.vote

    def spent(self: Proposer, puzzles: Any, number: int, **options: Any) -> Any:
        left.append(options["deadline"].left)
        return vote(self, puzzles, number, **options | {"deadline": Deadline.after(0)})

    monkeypatch.setattr(Proposer, "vote", spent)
    result = untrained("sudoku").solve(SUDOKU, budget=Budget(seconds=1000))
    assert (result.status, result.source, result.segments) == ("solved", "exact", 0)
    assert left[0] == pytest.approx(500, abs=200), "half of the time"


def test_exact_search_goes_on_where_search_led_by_the_network_ends(
    untrained: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hrm_toolkit.solvers.search.LED_NODES", 0)
    for task, text in (("sudoku", SUDOKU), ("maze", "S..\n.#.\n..G")):
        result = untrained(task).solve(text, budget=Budget(restarts=1))
        if result.source != "structured":
            assert (result.status, result.source) == ("solved", "exact")
            assert result.segments > 0


def test_an_abstention_says_which_parts_ran(
    untrained: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(self: SudokuAdapter, puzzle: Any, *, seconds: float = 10.0) -> Any:
        from hrm_toolkit.core import Exact

        return Exact(None)

    monkeypatch.setattr(SudokuAdapter, "exact", nothing)
    monkeypatch.setattr("hrm_toolkit.solvers.search.LED_NODES", 3)
    result = untrained("sudoku").solve("." * 16, budget=Budget(segments=0, votes=2))
    assert result.status == "abstained"
    (note,) = result.notes
    said = r"what was tried: the network took (\d+) segments in 2 of at most 2 attempts"
    took = re.match(said, note)
    assert took is not None
    assert 2 <= int(took[1]) <= 32
    assert "search led by the network visited 3 states" in note
    assert "exact search ran " in note


@pytest.mark.parametrize("strategy", ["neural", "verified", "exact"])
def test_what_the_time_does_not_suffice_for_is_not_reached(
    untrained: Make, monkeypatch: pytest.MonkeyPatch, strategy: Any
) -> None:
    solver = untrained("sudoku", batch_size=4)
    looked: list[Any] = []
    diagnose = solver.adapter.rules.diagnose
    rules = type(solver.adapter.rules)
    monkeypatch.setattr(rules, "diagnose", lambda _, p: looked.append(p) or diagnose(p))
    monkeypatch.setattr(time, "perf_counter", Ticks(after=40))
    results = solver.solve_many([SUDOKU] * 50, strategy=strategy, budget=Budget(seconds=1))
    assert len(results) == 50
    missed = [result for result in results if not result.reached]
    assert missed
    assert results[-1].status == "not_reached"
    assert results[-1].verdict.violations[0].rule == "not_reached"
    assert results[-1].notes == ()
    assert all(result.abstained and result.answer is None for result in missed)
    assert len(looked) < 50, "nothing is looked at after the end"


def test_where_no_time_runs_out_a_bound_changes_no_answer(untrained: Make) -> None:
    maze = get_adapter("maze")
    puzzles = [maze.generate(np.random.default_rng([i]), size=7).puzzle for i in range(6)]

    def answers(budget: Budget) -> list[Result]:
        results = untrained("maze", batch_size=2).solve_many(puzzles, budget=budget, seed=4)
        return [result.model_copy(update={"seconds": 0.0}) for result in results]

    kept = Budget(segments=4, votes=2)
    assert answers(kept) == answers(kept.model_copy(update={"seconds": 600.0}))


def test_side_by_side_run_only_so_many_tokens_as_fit(
    untrained: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_toolkit.solvers.runners.batched import Batched

    rows: list[int] = []
    advance = Batched.advance

    def counted(self: Any, **how: Any) -> Any:
        rows.append(len(self))
        return advance(self, **how)

    monkeypatch.setattr(Batched, "advance", counted)
    monkeypatch.setattr(attempts, "MOST_TOKENS", 60)
    solver = untrained("maze", family="hrm")
    solver.solve_many([open_maze(5)] * 7, budget=Budget(segments=1), strategy="neural")
    assert max(rows) == 2, "25 tokens each"


def test_a_bound_on_nodes_leaves_exact_search_out(
    untrained: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: MazeAdapter, puzzle: Any, *, seconds: float = 10.0) -> Any:
        raise AssertionError("exact search counts no nodes beforehand")

    monkeypatch.setattr(MazeAdapter, "exact", refused)
    result = untrained("maze").solve(open_maze(7), budget=Budget(segments=1, nodes=4))
    assert result.status == "abstained"
    assert result.nodes <= 4


def test_exact_search_has_the_patience_of_the_task_where_nobody_sets_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graphs = get_adapter("graph")
    line = graphs.parse("start n0\ngoal n9\n" + "\n".join(f"n{i} -- n{i + 1}" for i in range(9)))
    assert graphs.patience(line) < 10.1
    monkeypatch.setattr(type(graphs), "patience", lambda *_: -1.0)
    solver = Solver(graphs, None)
    given_up = solver.solve(line.model_copy(), strategy="exact")
    assert not given_up.solved
    assert "no time was left for exact search" in given_up.notes[-1]
    asked = solver.solve(line.model_copy(), strategy="exact", budget=Budget(seconds=60))
    assert asked.solved


def test_larger_puzzles_are_searched_longer() -> None:
    graphs, mazes = get_adapter("graph"), get_adapter("maze")
    text = "start n0\ngoal n1\n" + "\n".join(f"n{i} -- n{i + 1}" for i in range(20_000))
    assert graphs.patience(graphs.parse(text)) == pytest.approx(12)
    wide = mazes.parse("S" + "." * 998 + "G\n" + "\n".join(["." * 1000] * 199))
    assert mazes.patience(wide) == pytest.approx(12)
