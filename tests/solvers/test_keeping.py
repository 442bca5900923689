"""Further attempts keep a part of the best answer before, and nothing of what was wrong in it."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from hrm_toolkit.adapters.constraint.mixture.declared import OPEN, declared
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Budget, Structure, Verdict, Violation
from hrm_toolkit.core.rules import Place
from hrm_toolkit.solvers import shares
from hrm_toolkit.solvers.inputs.batch import StructureBatch
from hrm_toolkit.solvers.inputs.config import NetworkConfig
from hrm_toolkit.solvers.inputs.keeping import SEGMENTS, Chain
from hrm_toolkit.solvers.networks.network import Carry, Network, SegmentOutput
from hrm_toolkit.solvers.solver import Solver

MIXTURE = get_adapter("constraints")
LATIN = MIXTURE.generate(np.random.default_rng(4), size=6, difficulty="latin")
LABELS = MIXTURE.codec.labels(LATIN.puzzle, LATIN.answer)
GRID = [(r, c) for r in range(6) for c in range(6)]
FREE = Structure(symbols=np.array([1, 2], np.int32), allowed=np.ones((36, 2), np.bool_))


def wrong(*places: Place) -> Verdict:
    """A verdict with a violation at each place."""
    found = [Violation(rule="row", message="wrong", places=(place,)) for place in places]
    return Verdict(valid=False, violations=tuple(found))


class Nearly(Network):
    """Knows the answer of ``LATIN``, and gets cells wrong where more than a few are open: those
    that a number from its noise says."""

    def __init__(self, given: float) -> None:
        super().__init__()
        vocabulary = MIXTURE.codec.spec.size
        self.config = NetworkConfig(family="scripted", vocabulary=vocabulary, width=4, given=given)
        self.opened: list[list[int]] = []
        self.segments = 0

    def initial_carry(self, tokens: Tensor, structure: StructureBatch) -> Carry:
        return Carry(torch.zeros(len(tokens), 2), torch.zeros(len(tokens), 2))

    def forward(
        self, carry: Carry, tokens: Tensor, puzzle_ids: Tensor | None, structure: StructureBatch
    ) -> tuple[Carry, SegmentOutput]:
        said = torch.from_numpy(LABELS).long().repeat(len(tokens), 1)
        for row, (now, mood) in enumerate(zip(tokens, carry.z_low[:, 0].tolist(), strict=True)):
            open_ = (now == OPEN).nonzero().flatten().tolist()
            self.opened.append(open_)
            if len(open_) > 8:
                for k in (0, 1):
                    at = open_[(int(abs(mood) * 1000) + k) % len(open_)]
                    said[row, at] = 1 + said[row, at] % 6
        self.segments += 1
        logits = 9.0 * torch.nn.functional.one_hot(said, self.config.vocabulary).float()
        q = torch.full((len(tokens),), -1.0)
        return carry, SegmentOutput(logits, q, -q)


def solved(network: Network, **limits: Any) -> Any:
    budget = Budget(**limits)
    return Solver(MIXTURE, network).solve(LATIN.puzzle, strategy="neural", budget=budget)


def test_a_network_that_completes_what_it_is_given_comes_to_an_answer() -> None:
    keeps, begins = Nearly(0.5), Nearly(0.0)
    assert solved(keeps, segments=12, restarts=16).solved
    assert not solved(begins, segments=12, restarts=16).solved
    whole = begins.opened[0]
    assert begins.opened == [whole] * len(begins.opened)
    assert keeps.opened[0] == whole
    assert all({*open_} <= {*whole} for open_ in keeps.opened)
    assert len(keeps.opened[-1]) <= 8


def test_attempts_that_keep_something_are_short_and_the_first_is_not() -> None:
    for most, first in ((12, 12), (3, 3)):
        network = Nearly(0.5)
        solved(network, segments=most, restarts=2)
        again = network.opened[first:]
        assert len(again) == min(most, SEGMENTS)
        assert len(again[0]) < len(network.opened[0])


def test_what_is_kept_is_a_function_of_the_seed_and_of_the_puzzle_alone() -> None:
    budget = Budget(segments=4, restarts=6)
    one, two = Nearly(0.5), Nearly(0.5)
    Solver(MIXTURE, one).solve(LATIN.puzzle, strategy="neural", budget=budget)
    three = [LATIN.puzzle] * 3
    Solver(MIXTURE, two).solve_many(three, strategy="neural", budget=budget)
    assert two.opened == [open_ for open_ in one.opened for _ in three]
    other = Nearly(0.5)
    Solver(MIXTURE, other).solve(LATIN.puzzle, strategy="neural", budget=budget, seed=1)
    assert other.opened != one.opened


def around(at: Any) -> set[Place]:
    """The cells around each of which nothing is kept, and all else is."""
    free = {*range(36)} - {*at.tolist()}
    return {
        (row, column)
        for row, column in GRID
        for reach in range(1, 11)
        if free == {k for k, (r, c) in enumerate(GRID) if abs(r - row) + abs(c - column) <= reach}
    }


def test_an_attempt_keeps_all_but_a_neighbourhood_or_a_share_of_what_is_not_near_a_fault() -> None:
    chain = Chain()
    chain.take(np.ones(36, np.int32), wrong((2, 3)))
    shares, near, middles = [], set(), []
    for seed in range(80):
        at = chain.kept(FREE, GRID, np.random.default_rng(seed))
        if middle := around(at):
            middles.append(middle)
            continue
        steps = [abs(GRID[k][0] - 2) + abs(GRID[k][1] - 3) for k in at]
        assert min(steps) > 1
        near |= {min(steps)}
        shares.append(len(at))
    assert {2, 3} <= near, "one step around a fault is free, in some attempts two"
    assert min(shares) < 18 < max(shares)
    assert 20 < len(middles) < 60
    assert len(middles) / 2 < sum((2, 3) in middle for middle in middles) < len(middles)


@pytest.mark.parametrize("names", ["", "abc"], ids=["none", "names"])
def test_where_places_are_no_cells_what_is_named_is_mostly_free(names: str) -> None:
    places = [(name,) for name in names]
    chain, structure = Chain(), Structure(symbols=FREE.symbols, allowed=np.ones((3, 2), np.bool_))
    chain.take(np.ones(3, np.int32), wrong(("b",)))
    kept = [chain.kept(structure, places, np.random.default_rng(n)).tolist() for n in range(60)]
    held = [sum(k in at for at in kept) for k in range(3)]
    assert (held[1] < min(held[0], held[2]) / 2) == bool(places)


def test_a_large_board_that_is_wrong_everywhere_is_looked_at_in_little_memory() -> None:
    places = [(r, c) for r in range(150) for c in range(150)]
    chain = Chain()
    chain.take(np.ones(len(places), np.int32), wrong(*places))
    whole = Structure(symbols=FREE.symbols, allowed=np.ones((len(places), 2), np.bool_))
    tracemalloc.start()
    kept = [len(chain.kept(whole, places, np.random.default_rng(seed))) for seed in range(6)]
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert min(kept) == 0 < max(kept), "all is near a fault, but for attempts around one cell"
    assert most < 50_000_000


def test_the_best_answer_so_far_is_kept_until_nothing_gets_better() -> None:
    chain = Chain()
    assert chain.begin()
    answers = [np.full(36, k, np.int32) for k in range(4)]
    chain.take(answers[0], wrong((0, 0), (0, 1)))
    chain.take(answers[1], wrong((0, 0), (0, 1), (0, 2)))
    assert not chain.begin()
    assert chain.answer is answers[0], "the other breaks more rules"
    chain.take(answers[2], wrong((5, 5), (4, 4)))
    assert chain.answer is answers[2], "one that breaks as many leads elsewhere"
    chain.take(answers[3], wrong((5, 5)))
    assert chain.answer is answers[3]
    idle = 0
    while not chain.begin():
        chain.take(answers[0], wrong((0, 0), (0, 1)))
        idle += 1
    assert idle > 10
    assert chain.answer is None


def test_what_is_told_of_many_puzzles_is_not_worked_out_at_each_attempt() -> None:
    made = [
        MIXTURE.generate(np.random.default_rng(seed), size=6, difficulty="latin").puzzle
        for seed in range(100, 180)
    ]
    before = declared.cache_info().misses
    budget = Budget(segments=1, restarts=12)
    found = Solver(MIXTURE, Nearly(0.5)).solve_many(made, strategy="neural", budget=budget)
    assert {result.segments for result in found} == {12}
    assert declared.cache_info().misses - before < 5 * len(made)


def test_each_of_several_voters_makes_as_many_attempts_as_it_makes_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shares, "ATTEMPTS", {"neural": 8e9, "verified": 8e9})
    keeps, begins = Solver.load("constraints"), Solver.load("constraints")
    weights = begins._given
    assert weights is not None
    config = weights.config.model_copy(update={"given": 0.0})
    weights = replace(weights, config=config)
    begins = Solver(begins.adapter, weights, name="begins", manifest=begins.manifest)
    puzzle = MIXTURE.generate(np.random.default_rng(1002), size=10, difficulty="heyawake").puzzle
    one, two = (s.solve(puzzle, strategy="neural") for s in (keeps, begins))
    assert not one.solved
    assert not two.solved
    assert min(one.segments, two.segments) > 32
    for voters in ((keeps, begins), (begins, keeps)):
        both = Solver.together(voters).solve(puzzle, strategy="neural")
        assert both.segments == one.segments + two.segments


def test_of_many_attempts_only_the_first_keeps_what_it_said_of_each_position() -> None:
    seen: list[bool] = []

    def watch(_: int, attempts: Any) -> None:
        seen.extend(attempt.logits is not None for attempt in attempts)

    budget = Budget(segments=2, restarts=5)
    solver = Solver(MIXTURE, Nearly(0.0))
    solver.solve_many([LATIN.puzzle], strategy="neural", budget=budget, watch=watch)
    assert seen == [True, False, False, False, False]
