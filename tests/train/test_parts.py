"""Showings that tell a part of the answer, for networks that are to go on from one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import InputError, Settings
from hrm_toolkit.solvers.inputs.keeping import open_positions
from hrm_toolkit.train.data.opening import stream_of
from hrm_toolkit.train.data.stream import Shown, Splits, Stream
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.run import Run

MIXTURE = get_adapter("constraints")
MADE = [
    MIXTURE.generate(np.random.default_rng(seed), size=5, difficulty="tapa") for seed in range(6)
]


def showings(given: float, count: int = 120) -> list[Shown]:
    stream = Stream(MIXTURE, MADE, Settings(), augment=False, seed=3, given=given)
    return [stream.show(number) for number in range(count)]


def free(shown: Shown) -> set[int]:
    return {*open_positions(shown.encoded.structure).tolist()}


def test_a_part_of_the_answer_is_told_in_as_many_showings_as_was_asked() -> None:
    plain, some, all_ = showings(0.0), showings(0.4), showings(1.0)
    told = [len(free(b)) / len(free(a)) for a, b in zip(plain, some, strict=True)]
    assert 0.25 < np.mean([share < 1 for share in told]) < 0.5
    shares = [1 - len(free(b)) / len(free(a)) for a, b in zip(plain, all_, strict=True)]
    assert 0.25 < np.mean(shares) < 0.5, "small parts are told more often"
    assert max(shares) > 0.8


def test_what_is_told_is_of_the_answer_and_changes_nothing_else() -> None:
    for before, now in zip(showings(0.0), showings(1.0), strict=True):
        assert np.array_equal(before.labels, now.labels)
        assert free(now) <= free(before)
        allowed = now.encoded.structure.allowed
        assert allowed is not None
        assert allowed[np.arange(len(now.labels)), now.labels - 1].all()
        changed = np.flatnonzero(before.encoded.tokens != now.encoded.tokens)
        assert {*changed.tolist()} == free(before) - free(now)


def test_the_same_showing_tells_the_same() -> None:
    for one, two in zip(showings(0.7, 30), showings(0.7, 30), strict=True):
        assert np.array_equal(one.encoded.tokens, two.encoded.tokens)


def test_published_data_is_shown_as_it_is() -> None:
    splits = Splits([], [], {}, rows=(object(),))
    with pytest.raises(InputError, match="without parts of its answers"):
        stream_of(MIXTURE, splits, Recipe(adapter="constraints", samples=2, updates=1), given=0.5)


def test_a_task_that_cannot_tell_a_part_says_so(tmp_path: Path) -> None:
    network = {"family": "structured", "width": 8, "inner": 8, "given": 1.0}
    recipe = Recipe(adapter="maze", samples=2, updates=1, batch_size=2, validation=1,
                    network=network)  # fmt: skip
    with pytest.raises(InputError, match="cannot tell a part of an answer"):
        Run(recipe, tmp_path / "run").train()
