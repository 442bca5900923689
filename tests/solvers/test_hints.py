"""What a network was taught to find out on its way is shown after each segment."""

from __future__ import annotations

import numpy as np
import pytest

from hrm_toolkit.adapters.marking import hint_colours, marked
from hrm_toolkit.core import NOT_YET
from hrm_toolkit.solvers.solver import Solver


@pytest.fixture(scope="module")
def solver() -> Solver:
    return Solver.load("maze")


@pytest.mark.parametrize("seed", range(6))
def test_a_wave_goes_out_from_the_goal_and_tells_true_distances(solver: Solver, seed: int) -> None:
    puzzle = solver.adapter.generate(np.random.default_rng([seed, 7]), size=13).puzzle
    right = solver.adapter.codec.process(puzzle).hints
    seen = [np.array([*map(int, s.hints)]) for s in solver.trace(puzzle, segments=32)]
    known = [hints > NOT_YET for hints in seen]
    assert all(len(hints) == len(right) for hints in seen)
    # What is known spreads, and comes to be all that there is to know.
    assert known[0].sum() < known[-1].sum()
    free = right > 0
    assert (seen[-1][free] == right[free]).mean() > 0.95


def test_a_picture_colours_it_and_says_what_the_colours_mean(solver: Solver) -> None:
    adapter, puzzle = solver.adapter, solver.adapter.parse("S..\n##.\nG..")
    words = adapter.codec.hint_words
    plain = adapter.scene(puzzle)
    drawn = marked(plain, hints="111001234", hint_words=words, at=adapter.places(puzzle)).svg()
    for hint, colour in hint_colours(words).items():
        # Once in its cell, once in the legend.
        assert drawn.count(colour) == 2
        assert words[hint] in drawn
    assert marked(plain, hints="111001111", hint_words=words, at=adapter.places(puzzle)) == plain


def test_a_network_that_was_taught_none_says_none() -> None:
    (first, *_) = Solver.load("sudoku-4x4").trace("1... ..3. .4.. ...2")
    assert first.hints == ""
    assert len(first.sure) == 16
