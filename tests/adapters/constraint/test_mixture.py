"""All tasks of constraints as one: what a network is told of each, and what comes back."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, strategies

from hrm_toolkit.adapters.check import check_adapter
from hrm_toolkit.adapters.constraint.mixture import MADE, READ, ConstraintsAdapter
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.constraint.tables import Table
from hrm_toolkit.adapters.constraint.task import DeclaredAdapter
from hrm_toolkit.adapters.registry import adapter_names, get_adapter
from hrm_toolkit.core import Budget, InputError
from hrm_toolkit.solvers import choose
from hrm_toolkit.solvers.networks.config import StructuredConfig, factor_kinds
from hrm_toolkit.solvers.networks.network import build_network
from hrm_toolkit.solvers.solver import Solver

MIXTURE = ConstraintsAdapter()
NETWORK = build_network(StructuredConfig(vocabulary=28, width=8, inner=12, factors=()), 0)
QUICK = ("sudoku", "lightup", "nurikabe", "tapa", "latin", "kakuro", "shikaku", "slitherlink")


def test_it_reads_every_task_that_is_declared() -> None:
    declared = {name for name in adapter_names() if isinstance(get_adapter(name), DeclaredAdapter)}
    assert {*MADE, *READ} == {*declared, "sudoku"}


def test_it_keeps_the_laws() -> None:
    check_adapter(MIXTURE, samples=3, seed=0).require()


@pytest.mark.parametrize("task", QUICK)
def test_what_clues_rule_out_is_never_part_of_the_answer(task: str) -> None:
    size = 4 if task in ("sudoku", "latin") else None
    example = MIXTURE.generate(np.random.default_rng(1), size=size, difficulty=task)
    assert example.puzzle.task == task
    structure, codec = MIXTURE.structure(example.puzzle), MIXTURE.codec
    labels, tokens = codec.labels(example.puzzle, example.answer), codec.encode(example.puzzle)
    structure.require(len(tokens), codec.spec.size)
    assert structure.allowed is not None
    assert structure.allowed[np.arange(len(labels)), labels - 1].all()
    assert MIXTURE.rules.check(example.puzzle, codec.decode(example.puzzle, labels))


def test_a_sudoku_is_told_by_what_its_clues_leave() -> None:
    example = MIXTURE.generate(np.random.default_rng(0), size=9, difficulty="sudoku")
    plain = get_adapter("sudoku").structure(example.puzzle)
    assert np.array_equal(MIXTURE.structure(example.puzzle).allowed, plain.allowed)


@given(strategies.sets(strategies.tuples(*[strategies.integers(0, 1)] * 4), min_size=1))
def test_the_clauses_of_a_table_hold_in_its_rows_alone(rows: set[tuple[int, ...]]) -> None:
    problem = Problem()
    scope = tuple(problem.var(name, 2, 3) for name in "abcd")
    shifted = tuple(tuple(v + 2 for v in row) for row in sorted(rows))
    table = Table(label="runs", scope=scope, rows=shifted)
    clauses = list(table.factors(problem))
    for row in product((2, 3), repeat=4):
        held = [sum(row[k] == value for k, value in clause.of) for clause in clauses]
        assert all(held) == (row in shifted)


def test_what_its_bounds_do_not_say_whole_is_told_by_its_name() -> None:
    structures = []
    for task in ("sudoku", "tapa", "nurikabe", "kurodoko"):
        rng = np.random.default_rng(0)
        made = MIXTURE.generate(rng, size=4 if task == "sudoku" else 5, difficulty=task)
        structures.append(MIXTURE.structure(made.puzzle))
    assert factor_kinds(structures) == ("connected", "islands", "islands size", "view")


def test_one_network_answers_puzzles_of_several_tasks_in_their_own_form() -> None:
    solver = Solver(MIXTURE, NETWORK)
    budget = Budget(segments=2, seconds=30.0)
    for task in ("latin", "lightup"):
        adapter = get_adapter(task)
        puzzle = adapter.generate(np.random.default_rng(0), size=4).puzzle
        for given_as in (puzzle, puzzle.model_dump(), adapter.render(puzzle)):
            result = solver.solve(given_as, budget=budget)
            assert (result.task, bool(result.verdict)) == (task, True)
            assert isinstance(result.answer, adapter.answer_type)
    with pytest.raises(InputError, match="this is a maze puzzle"):
        solver.solve(get_adapter("maze").parse("S.G"))


def test_a_bundle_of_several_tasks_is_chosen_for_those_it_mostly_answers(
    tmp_path, monkeypatch
) -> None:
    from hrm_toolkit.solvers.bundles.bundle import write_bundle

    few = {"lightup": {"n": 2, "verified_rate": 0.0}, "latin": {"n": 2, "verified_rate": 1.0}}
    many = {"lightup": {"n": 90, "verified_rate": 0.8}, "latin": {"n": 90, "verified_rate": 0.1}}
    manifest = write_bundle(
        tmp_path,
        NETWORK,
        MIXTURE,
        name="many",
        tasks=["lightup", "latin"],
        evaluation={"quick": {"by_difficulty": few}, "fresh": {"by_difficulty": many}},
    )
    assert manifest.tasks == ("lightup", "latin")
    monkeypatch.setattr(choose, "bundled", lambda: {"many": manifest})
    for task, chosen in (("lightup", "many"), ("latin", None), ("tapa", None), ("sudoku", None)):
        adapter = get_adapter(task)
        puzzle = adapter.generate(np.random.default_rng(0), size=4).puzzle
        assert choose.choose(adapter, puzzle) == chosen
