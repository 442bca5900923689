"""A run that learned nothing says so."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.train.measure.chance import guessing_loss, unlearned


@pytest.fixture(scope="module")
def puzzles():
    adapter = get_adapter("sudoku")
    return adapter, [adapter.generate(np.random.default_rng(i), size=4) for i in range(10)]


def test_guessing_knows_how_often_each_label_occurs(puzzles):
    adapter, examples = puzzles
    assert guessing_loss(adapter, examples) == pytest.approx(math.log(4))


def test_a_run_at_chance_is_told_where_to_look(puzzles):
    adapter, examples = puzzles
    told = unlearned(adapter, examples, loss=1.38, verified_rate=0.0)
    assert told.startswith("the loss never left chance (1.380; guessing by frequency gives 1.386)")
    assert "hrm-toolkit adapters check sudoku" in told
    below = unlearned(adapter, examples, loss=0.3, verified_rate=0.0)
    assert below.startswith("no puzzle is solved, though the loss of 0.300 is below chance")


def test_a_run_that_solves_something_or_was_hardly_measured_is_left_alone(puzzles):
    adapter, examples = puzzles
    assert unlearned(adapter, examples, loss=1.38, verified_rate=0.1) == ""
    assert unlearned(adapter, examples[:3], loss=1.38, verified_rate=0.0) == ""
