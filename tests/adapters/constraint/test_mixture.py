"""All tasks of constraints as one: what a network is told of each, and what comes back."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, strategies

from hrm_toolkit.adapters.check import check_adapter
from hrm_toolkit.adapters.constraint.kinds import Sum
from hrm_toolkit.adapters.constraint.mixture.adapter import MADE, READ, ConstraintsAdapter
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.constraint.tables import Table
from hrm_toolkit.adapters.constraint.task import DeclaredAdapter
from hrm_toolkit.adapters.registry import adapter_names, get_adapter
from hrm_toolkit.core import Budget, InputError, OptionError, Structure
from hrm_toolkit.solvers.bundles import choose
from hrm_toolkit.solvers.inputs.config import StructuredConfig, factor_kinds
from hrm_toolkit.solvers.inputs.keeping import open_positions
from hrm_toolkit.solvers.networks.families import build_network
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


@given(
    strategies.tuples(*[strategies.integers(-2, 2)] * 2),
    strategies.tuples(*[strategies.integers(-6, 6)] * 2),
)
def test_a_sum_of_two_is_told_whole_by_counts(
    coefficients: tuple[int, int], bounds: tuple[int, int]
) -> None:
    problem = Problem()
    scope = (problem.var("a", 0, 3), problem.var("b", 1, 3))
    low, high = sorted(bounds)
    less = Sum(label="less", scope=scope, low=low, high=high, coefficients=coefficients)
    told = list(less.factors(problem))
    for x in product(range(4), range(1, 4)):
        held = [
            (f.low or 0) <= sum(x[k] == v for k, v in f.of) <= (f.high or 0) and not f.weights
            for f in told
        ]
        assert all(held) == (not list(less.broken(np.array(x), problem)))


def broken(structure: Structure, labels: npt.NDArray[np.int32]) -> int:
    """How many counts of a structure an answer does not keep."""
    count = 0
    for factors in structure.factors:
        held = np.concatenate([[0], np.cumsum(labels[factors.position] == factors.token)])
        n = held[factors.start[1:]] - held[factors.start[:-1]]
        count += int(((n < factors.features[:, 1]) | (n > factors.features[:, 2])).sum())
    return count


def test_groups_told_as_pairs_say_as_much_and_of_nothing_left_out() -> None:
    made = MIXTURE.generate(np.random.default_rng(2), size=5, difficulty="latin")
    whole = MIXTURE.structure(made.puzzle)
    assert whole.allowed is not None
    labels = MIXTURE.codec.labels(made.puzzle, made.answer)
    free = np.flatnonzero(whole.allowed.sum(1) > 1)
    told = [MIXTURE.retold(whole, np.random.default_rng(seed)) for seed in range(8)]
    pairs = [(f.features[:, 3] == 2).sum() for s in told for f in s.factors]
    assert min(pairs) == 0 < max(pairs)
    for structure in told:
        structure.require(len(labels), MIXTURE.codec.spec.size)
        assert broken(structure, labels) == 0
        for k in free:
            wrong = labels.copy()
            wrong[k] = next(
                int(structure.symbols[c])
                for c in np.flatnonzero(whole.allowed[k])
                if structure.symbols[c] != labels[k]
            )
            assert broken(structure, wrong) > 0
        for factors in structure.factors:
            open_ = whole.allowed[factors.position, factors.token - whole.symbols[0]]
            left = np.add.reduceat(open_.astype(int), factors.start[:-1])
            assert (left[factors.features[:, 3] == 2] == 2).all()


def test_each_position_keeps_a_rule_however_little_it_says() -> None:
    text = json.dumps(
        {
            "variables": {"a": [1, 3], "b": [1, 3], "c": [1, 1]},
            "constraints": [
                {"kind": "AllDifferent", "of": ["a", "b"]},
                {"kind": "AllDifferent", "of": ["b", "c"]},
            ],
        }
    )
    structure = MIXTURE.structure(get_adapter("problem").parse(text))
    assert {int(k) for f in structure.factors for k in f.position} == {0, 1, 2}
    assert sum(len(f.features) for f in structure.factors) < 6


def test_what_its_bounds_do_not_say_whole_is_told_by_its_name() -> None:
    structures = []
    for task in ("sudoku", "tapa", "nurikabe", "kurodoko"):
        rng = np.random.default_rng(0)
        made = MIXTURE.generate(rng, size=4 if task == "sudoku" else 5, difficulty=task)
        structures.append(MIXTURE.structure(made.puzzle))
    named = (
        "connected",
        "connected face",
        "connected root",
        "islands",
        "islands root",
        "view",
    )
    assert factor_kinds(structures) == named


ISLANDS = """3 . . .
. . . .
. . 2 .
. . . ."""


def told(text: str, sea: list[str]) -> tuple[Structure, npt.NDArray[np.int32]]:
    """What a network is told of a nurikabe, and what it would say of an answer."""
    nurikabe = get_adapter("nurikabe")
    puzzle = nurikabe.parse(text)
    answer = nurikabe.coerce_answer(puzzle, {"grid": [list(map(int, row)) for row in sea]})
    return MIXTURE.structure(puzzle), MIXTURE.codec.labels(puzzle, answer)


def kept(structure: Structure, labels: npt.NDArray[np.int32]) -> bool:
    """Whether an answer keeps all that factors say with bounds, where their conditions hold."""
    for factors in structure.factors:
        for k, (bound, low, high, _) in enumerate(factors.features):
            row = slice(factors.start[k], factors.start[k + 1])
            held = labels[factors.position[row]] == factors.token[row]
            when = factors.weight[row] == 0
            if bound and held[when].all() and not low <= held[~when].sum() <= high:
                return False
    return True


@pytest.mark.parametrize(
    ("sea", "keeps"),
    [
        (["0111", "0101", "0101", "1111"], True),
        (["0001", "1111", "1100", "1111"], True),
        (["0011", "1111", "1001", "1111"], False),
        (["0001", "1101", "1101", "1111"], False),
        (["0011", "1111", "1101", "0111"], False),
    ],
    ids=["an answer", "but for the sea", "of other sizes", "of two islands", "in two pieces"],
)
def test_islands_are_told_by_whose_they_are(sea: list[str], keeps: bool) -> None:
    structure, labels = told(ISLANDS, sea)
    # What else a nurikabe says, of squares and of one sea, is told by other factors.
    mine = tuple(f for f in structure.factors if f.name in ("apart", "size", "islands"))
    assert [f.name for f in mine] == ["apart", "size", "islands"]
    assert kept(replace(structure, factors=mine), labels) is keeps


def test_an_island_keeps_its_owner_however_an_answer_is_read() -> None:
    for seed in range(8):
        made = MIXTURE.generate(np.random.default_rng(seed), size=6, difficulty="nurikabe")
        structure = MIXTURE.structure(made.puzzle)
        labels = MIXTURE.codec.labels(made.puzzle, made.answer)
        assert kept(structure, labels)
        assert MIXTURE.codec.decode(made.puzzle, labels) == made.answer
        sea = np.array(made.answer.grid).ravel() == 1
        assert ((labels == labels[sea][0]) == sea).all()


def test_a_part_of_an_answer_is_given_where_the_puzzle_allows_it() -> None:
    made = MIXTURE.generate(np.random.default_rng(3), size=6, difficulty="tapa")
    codec, structure = MIXTURE.codec, MIXTURE.structure(made.puzzle)
    tokens, labels = codec.encode(made.puzzle), codec.labels(made.puzzle, made.answer)
    free = open_positions(structure)
    fixed = np.setdiff1d(np.arange(len(tokens)), free)
    assert min(len(free), len(fixed)) > 0
    given = codec.given(tokens, structure, labels, free[::2])
    assert given is not None
    assert (given[0] != tokens).nonzero()[0].tolist() == free[::2].tolist()
    assert open_positions(given[1]).tolist() == free[1::2].tolist()
    assert kept(given[1], labels)
    whole = codec.given(tokens, structure, labels, free)
    assert whole is not None
    assert not len(open_positions(whole[1]))
    # What an answer says against the puzzle, or of no value, is not given.
    wrong = labels.copy()
    wrong[fixed] = labels[fixed] ^ 3
    wrong[free[0]] = 0
    none = codec.given(tokens, structure, wrong, np.append(fixed, free[0]))
    assert none is not None
    assert (none[0] == tokens).all()
    assert np.array_equal(none[1].allowed, structure.allowed)


@pytest.mark.parametrize("task", ["nurikabe", "heyawake", "tapa", "hitori"])
def test_where_a_piece_may_be_followed_from_surely_belongs_to_it(task: str) -> None:
    found = 0
    for seed in range(6):
        made = MIXTURE.generate(np.random.default_rng(seed), size=5, difficulty=task)
        labels = MIXTURE.codec.labels(made.puzzle, made.answer)
        for factors in MIXTURE.structure(made.puzzle).factors:
            if factors.name == "connected root":
                assert (labels[factors.position] == factors.token).any()
                found += 1
    assert found >= 5


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


def test_heyawake_leave_out_numbers_that_are_not_needed_and_tell_some_of_them() -> None:
    heyawake, spared = get_adapter("heyawake"), 0
    for seed in range(6):
        made = heyawake.generate(np.random.default_rng(seed), size=6)
        told = [k for k, number in enumerate(made.puzzle.numbers) if number is not None]
        assert 0 < len(told) < len(made.puzzle.by_room)
        assert heyawake.count_solutions(made.puzzle) == 1
        for k in told:
            fewer = [None if n == k else number for n, number in enumerate(made.puzzle.numbers)]
            other = heyawake.coerce({**made.puzzle.model_dump(), "numbers": fewer})
            spared += heyawake.count_solutions(other) == 1
    assert spared > 0


def test_a_size_that_not_all_tasks_have_is_drawn_of_those_that_do():
    made = [MIXTURE.generate(np.random.default_rng(seed), size=5) for seed in range(40)]
    tasks = {example.puzzle.task for example in made}
    assert len(tasks) > 4
    assert "sudoku" not in tasks
    with pytest.raises(OptionError, match="no such size"):
        MIXTURE.generate(np.random.default_rng(0), size=5, difficulty="sudoku")
    with pytest.raises(OptionError, match="size"):
        MIXTURE.generate(np.random.default_rng(0), size=99)
