"""Rows on a CPU: each is that of a lone run to the bit, however many there are, on any thread."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Budget, OptionError
from hrm_toolkit.solvers.inputs.config import StructuredConfig
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.solvers.kernels.backend import use
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.runners import rows as threads
from hrm_toolkit.solvers.runners.batched import BatchedRunner
from hrm_toolkit.solvers.runners.choice import runner_for
from hrm_toolkit.solvers.runners.rows import RowsRunner
from hrm_toolkit.solvers.runners.runner import Restart, Row
from hrm_toolkit.solvers.solver import Solver

Make = Callable[..., Solver]
TASKS = {"sudoku": 4, "maze": 5, "graph": 8}


def encoded(task: str, count: int) -> list[Encoded]:
    adapter, made = get_adapter(task), []
    for index in range(count):
        rng = np.random.default_rng([9, index])
        puzzle = adapter.generate(rng, size=TASKS[task] + (index if task != "sudoku" else 0)).puzzle
        made.append(Encoded(adapter.codec.encode(puzzle), adapter.structure(puzzle)))
    return made


def bits(row: Row[Any]) -> tuple[Any, ...]:
    return row.segment, row.logits.tobytes(), row.q_halt, row.q_continue, row.residual


def runs(solver: Solver, puzzles: list[Encoded], restart: Restart | None) -> dict[int, list[Any]]:
    rolling = solver.runner().rolling()
    for index, puzzle in enumerate(puzzles):
        rolling.add([(index, puzzle)], restart)
    seen: dict[int, list[Any]] = {index: [] for index in range(len(puzzles))}
    for _ in range(3):
        for row in rolling.advance():
            seen[row.key].append(bits(row))
    return seen


@pytest.mark.parametrize("restart", [None, Restart(0.5, (1, 2))])
@pytest.mark.parametrize("task", TASKS)
def test_neither_company_nor_threads_change_a_bit(
    untrained: Make, monkeypatch: pytest.MonkeyPatch, task: str, restart: Restart | None
) -> None:
    solver, puzzles = untrained(task, seed=1), encoded(task, 4)
    alone = {i: runs(solver, [puzzle], restart)[0] for i, puzzle in enumerate(puzzles)}
    assert runs(solver, puzzles, restart) == alone
    monkeypatch.setattr(threads, "_WORTH_A_THREAD", 0.0)
    monkeypatch.setattr(threads, "_threads", lambda: 3)
    assert runs(solver, puzzles, restart) == alone


def test_segments_in_one_call_end_where_the_answer_changes_or_the_network_wants_to_halt() -> None:
    solver = Solver.load("graph")
    puzzle = solver.adapter.generate(np.random.default_rng([0, 7, 10]), size=80).puzzle
    one, several = (solver.runner().rolling() for _ in range(2))
    for rolling in (one, several):
        rolling.add([(0, solver.proposer().encode(puzzle))])
    single, most = [one.advance()[0] for _ in range(24)], 5
    seen = [*several.advance(most=most)]
    while seen[-1].segment < 19:
        seen += several.advance(most=most)
    assert len(seen) < seen[-1].segment
    for row, after in pairwise(seen):
        assert after.segment - row.segment <= most
        assert bits(after) == bits(single[after.segment - 1])
        # What nobody saw said what was known.
        for unseen in single[row.segment : after.segment - 1]:
            assert np.array_equal(unseen.tokens, row.tokens)
            assert not unseen.wants_halt


@pytest.mark.parametrize("restart", [None, Restart(0.5, (1, 2))])
@pytest.mark.parametrize("task", TASKS)
def test_a_row_is_what_it_is_in_a_batch_of_torch(
    untrained: Make, task: str, restart: Restart | None
) -> None:
    solver, (puzzle,) = untrained(task, seed=1), encoded(task, 1)
    assert solver.network is not None
    both = []
    for runner in (solver.runner(), BatchedRunner(solver.network, torch.device("cpu"))):
        rolling = runner.rolling()
        rolling.add([("a", puzzle)], restart)
        both.append(rolling.advance()[0])
    ours, theirs = both
    np.testing.assert_allclose(ours.logits, theirs.logits, atol=1e-4, rtol=1e-4)
    assert ours.q_halt == pytest.approx(theirs.q_halt, abs=1e-4)
    assert (ours.tokens == ours.logits.argmax(-1)).all()


def test_threads_are_as_many_as_the_environment_lets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert threads._threads() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "100000")
    most = threads._threads()
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert threads._threads() == most >= 1


def test_a_network_that_learns_on_is_run_with_its_new_weights(untrained: Make) -> None:
    solver, (puzzle,) = untrained("maze"), encoded("maze", 1)
    first = solver.runner()
    assert solver.runner() is first, "packed once, as long as nothing changes"
    before = runs(solver, [puzzle], None)
    assert solver.network is not None
    with torch.no_grad():
        solver.network.get_parameter("token_head.weight").mul_(2)
    assert solver.runner() is not first
    assert runs(solver, [puzzle], None) != before


def test_what_rows_cannot_run_goes_to_torch(untrained: Make) -> None:
    assert isinstance(untrained("maze").runner(), RowsRunner)
    assert isinstance(untrained("maze", family="hrm").runner(), BatchedRunner)
    network = untrained("maze").network
    assert network is not None
    assert isinstance(runner_for(network.double(), "cpu"), BatchedRunner)
    ruined = untrained("maze")
    assert ruined.network is not None
    with torch.no_grad():
        ruined.network.get_parameter("token_head.weight").fill_(torch.nan)
    assert isinstance(ruined.runner(), BatchedRunner)
    assert not ruined.solve("S..\n.#.\n..G", budget=Budget(segments=2), strategy="neural").solved


def test_rows_run_by_the_backend_that_was_asked_for(untrained: Make) -> None:
    solver = Solver.load("sudoku-4x4")
    usual = solver.runner()
    assert isinstance(usual, RowsRunner)
    with use("plain"):
        plain = solver.runner()
        assert isinstance(plain, RowsRunner)
        assert plain.recurrence.backend == "plain"
        assert solver.runner() is plain
    again = solver.runner()
    assert isinstance(again, RowsRunner)
    assert again.recurrence.backend == usual.recurrence.backend
    adapter = get_adapter("maze")
    config = StructuredConfig(vocabulary=adapter.codec.spec.size, width=8, inner=8)
    small = Solver(adapter, build_network(config, 0))
    assert isinstance(small.runner(), RowsRunner), "of a width that has no native code"
    with use("cpu"), pytest.raises(OptionError, match="no native code"):
        small.runner()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(OptionError, match='device "cuda" cannot be used'):
        Solver.load("maze", device="cuda").solve("S.G", strategy="neural")


def test_a_loaded_solver_and_its_network_say_the_same(untrained: Make, tmp_path: Any) -> None:
    solver = untrained("sudoku", seed=3)
    solver.save(tmp_path)
    budget = Budget(segments=3, votes=2, restarts=2, nodes=0)
    puzzle, kept = "1...  ..3.  .4..  ...2", {"exclude": {"seconds", "bundle", "solver"}}
    loaded = Solver.load(tmp_path)
    first = loaded.solve(puzzle, budget=budget).model_dump(mode="json", **kept)  # type: ignore[arg-type]
    assert loaded.network is not None, "torch is loaded when somebody asks for it"
    again = loaded.solve(puzzle, budget=budget).model_dump(mode="json", **kept)  # type: ignore[arg-type]
    own = solver.solve(puzzle, budget=budget).model_dump(mode="json", **kept)  # type: ignore[arg-type]
    assert first == again == own
