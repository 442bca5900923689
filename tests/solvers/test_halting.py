"""Rolling rows: who else is in the batch changes nothing for a row."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.solvers.inputs.batch import collate
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.solvers.runners.batched import BatchedRunner
from hrm_toolkit.solvers.runners.runner import Rolling, Row
from hrm_toolkit.solvers.solver import Solver

Make = Callable[..., Solver]
CPU = torch.device("cpu")


def encoded(task: str, size: int, count: int) -> list[Encoded]:
    adapter = get_adapter(task)
    rows = []
    for index in range(count):
        puzzle = adapter.generate(np.random.default_rng([size, index]), size=size).puzzle
        rows.append(Encoded(adapter.codec.encode(puzzle), adapter.structure(puzzle)))
    return rows


def rolling_of(solver: Solver) -> Rolling[int]:
    return solver.runner().rolling()


def alone(solver: Solver, puzzle: Encoded, segments: int) -> list[Row[int]]:
    rolling = rolling_of(solver)
    rolling.add([(0, puzzle)])
    return [rolling.advance()[0] for _ in range(segments)]


@settings(max_examples=10)
@given(
    task=st.sampled_from(["maze", "graph", "sudoku"]),
    family=st.sampled_from(["structured", "hrm"]),
    joins=st.lists(st.integers(0, 3), min_size=4, max_size=4),
    stays=st.lists(st.integers(1, 4), min_size=4, max_size=4),
)
def test_rows_join_and_leave_without_a_trace(
    untrained: Make, task: str, family: str, joins: list[int], stays: list[int]
) -> None:
    solver = untrained(task, family=family, seed=2)
    puzzles = encoded(task, {"maze": 4, "graph": 6, "sudoku": 4}[task], 4)
    rolling = rolling_of(solver)
    expected = [alone(solver, puzzle, 4) for puzzle in puzzles]
    for now in range(8):
        rolling.add([(i, puzzles[i]) for i in range(4) if joins[i] == now])
        present = {i for i in range(4) if joins[i] <= now < joins[i] + stays[i]}
        rows = rolling.advance()
        assert {row.key for row in rows} == present
        for row in rows:
            assert row.segment == now - joins[row.key] + 1
            lone = expected[row.key][row.segment - 1]
            np.testing.assert_allclose(row.logits, lone.logits, atol=1e-4, rtol=1e-4)
            assert row.q_halt == pytest.approx(lone.q_halt, abs=1e-4)
            assert row.q_continue == pytest.approx(lone.q_continue, abs=1e-4)
        rolling.drop(row.key for row in rows if row.segment == stays[row.key])
        assert len(rolling) == len({i for i in present if now + 1 < joins[i] + stays[i]})


def test_rows_come_in_the_order_they_joined(untrained: Make) -> None:
    puzzles = encoded("maze", 3, 4)
    rolling = rolling_of(untrained("maze"))
    rolling.add([(7, puzzles[0]), (3, puzzles[1])])
    rolling.advance()
    rolling.add([(5, puzzles[2])])
    assert [(row.key, row.segment) for row in rolling.advance()] == [(7, 2), (3, 2), (5, 1)]
    rolling.drop([7, 99])
    rolling.add([(1, puzzles[3])])
    assert [(row.key, row.segment) for row in rolling.advance()] == [(3, 3), (5, 2), (1, 1)]


def test_an_empty_batch(untrained: Make) -> None:
    puzzles = encoded("maze", 3, 2)
    rolling = rolling_of(untrained("maze"))
    assert rolling.advance() == []
    rolling.add([])
    rolling.drop([1])
    assert (len(rolling), rolling.advance()) == (0, [])
    rolling.add([(0, puzzles[0])])
    rolling.advance()
    rolling.drop([0])
    rolling.add([(1, puzzles[1])])
    (row,) = rolling.advance()
    assert (row.key, row.segment) == (1, 1), "with a fresh carry"
    (lone,) = alone(untrained("maze"), puzzles[1], 1)
    torch.testing.assert_close(row.logits, lone.logits)


def test_outputs_are_arrays(untrained: Make) -> None:
    (row,) = alone(untrained("graph"), encoded("graph", 4, 1)[0], 1)
    assert (row.logits.dtype, row.tokens.dtype) == (np.float32, np.int32)
    assert (row.tokens == row.logits.argmax(-1)).all()
    assert row.wants_halt == (row.q_halt > 0)


@pytest.mark.parametrize("q_continue", [False, True])
def test_a_row_halts_by_what_its_network_learned(untrained: Make, q_continue: bool) -> None:
    wishes = set()
    (puzzle,) = encoded("maze", 3, 1)
    for seed in range(32):
        solver = untrained("maze", family="hrm", seed=seed, q_continue=q_continue)
        for row in alone(solver, puzzle, 2):
            worth = row.q_continue if q_continue else 0.0
            assert row.wants_halt == (row.q_halt > worth)
            wishes.add((row.q_halt > 0, row.q_halt > row.q_continue))
    assert (True, False) in wishes
    assert (False, True) in wishes, "the two rules do not always agree"


def test_a_bundle_says_how_its_network_halts(untrained: Make, tmp_path: Path) -> None:
    for q_continue in (False, True):
        solver = untrained("maze", family="hrm", seed=1, q_continue=q_continue)
        assert solver.save(tmp_path).network["q_continue"] is q_continue
        (again,) = alone(Solver.load(tmp_path), encoded("maze", 3, 1)[0], 1)
        (row,) = alone(solver, encoded("maze", 3, 1)[0], 1)
        assert again.wants_halt == row.wants_halt == (row.q_halt > q_continue * row.q_continue)


@pytest.mark.parametrize("family", ["structured", "hrm"])
@torch.no_grad()
def test_a_residual_is_what_the_segment_changed(untrained: Make, family: str) -> None:
    solver = untrained("maze", family=family)
    (puzzle,) = encoded("maze", 3, 1)
    batch = collate([puzzle])
    network = solver.network
    assert network is not None
    carry = network.initial_carry(batch.tokens, batch.structure)
    for row in alone(solver, puzzle, 3):
        before = carry
        carry, _ = network(carry, batch.tokens, batch.puzzle_ids, batch.structure)
        # An idle position has no state that could change, and is 0 from the first segment on.
        pairs = zip(before, carry, strict=True)
        change = torch.cat([((new - old) * (new != 0)).flatten() for old, new in pairs])
        assert row.residual == pytest.approx(float(change.square().mean().sqrt()), rel=1e-4)
        assert row.residual > 0


@settings(max_examples=10)
@example(task="maze", sizes=[4, 7], leaves=1, later=False)
@example(task="maze", sizes=[4, 7, 6], leaves=0, later=True)
@given(
    task=st.sampled_from(["maze", "graph"]),
    sizes=st.lists(st.integers(4, 7), min_size=2, max_size=4),
    leaves=st.integers(0, 3),
    later=st.booleans(),
)
def test_rows_of_other_lengths_change_nothing(
    untrained: Make, task: str, sizes: list[int], leaves: int, later: bool
) -> None:
    solver = untrained(task, seed=3)
    puzzles = [encoded(task, size, 1)[0] for size in sizes]
    expected = [alone(solver, puzzle, 4) for puzzle in puzzles]
    rolling, first = rolling_of(solver), 1 if later else len(sizes)
    rolling.add(list(enumerate(puzzles))[:first])
    seen = []
    for segment in range(4):
        seen += rolling.advance()
        if segment == 0:
            rolling.add(list(enumerate(puzzles))[first:])
        if segment == 1:
            rolling.drop([leaves])
    assert len(seen) > len(sizes)
    for row in seen:
        lone = expected[row.key][row.segment - 1]
        assert row.logits.shape == lone.logits.shape
        np.testing.assert_allclose(row.logits, lone.logits, atol=1e-4, rtol=1e-4)
        assert row.q_halt == pytest.approx(lone.q_halt, abs=1e-4)
        assert row.residual == pytest.approx(lone.residual, abs=1e-4)


def test_restarts_of_two_lengths_draw_what_lone_ones_do(untrained: Make) -> None:
    adapter, solver = get_adapter("maze"), untrained("maze", seed=3)
    proposer = solver.proposer()
    puzzles = [adapter.generate(np.random.default_rng(n), size=n).puzzle for n in (4, 6, 5)]
    vote = partial(proposer.vote, number=0, restart=1, seed=5, segments=2, until_settled=False)
    together = vote(puzzles)
    for puzzle, attempt in zip(puzzles, together, strict=True):
        (lone,) = vote([puzzle])
        assert attempt.answer == lone.answer
        assert attempt.residual == pytest.approx(lone.residual, abs=1e-4)
        np.testing.assert_allclose(attempt.probabilities, lone.probabilities, atol=1e-4)


def test_the_shape_class_is_symbols_and_length_or_nearly(untrained: Make) -> None:
    def of(task: str, size: int, family: str) -> tuple[int, int]:
        network = untrained(task, family=family).network
        assert network is not None
        return BatchedRunner(network, CPU).shape_class(encoded(task, size, 1)[0])

    assert of("sudoku", 4, "hrm") == (16, 4)
    assert of("maze", 4, "hrm") == (16, 0)
    assert of("graph", 6, "hrm") == (6, 0)
    mixed = [of("maze", size, "structured") for size in (6, 7, 9, 11)]
    assert len(set(mixed)) == 1
    assert of("maze", 3, "structured") not in mixed, "more than four times as long"
    assert of("sudoku", 4, "structured") != of("sudoku", 6, "structured"), "other symbols"
