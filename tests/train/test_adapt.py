"""Training on a task's own demonstrations: what is answered, and what is claimed of it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.arc import ArcAdapter, ArcPuzzle
from hrm_toolkit.core import OptionError
from hrm_toolkit.train.adapt.adapt import adapt, recipe_for
from hrm_toolkit.train.adapt.member import Plan
from hrm_toolkit.train.adapt.tally import Tally
from hrm_toolkit.train.progress import Listener

ARC = ArcAdapter()


def task(pairs: list[tuple[list[int], list[int]]], asked: list[int], **more: Any) -> ArcPuzzle:
    train = [{"input": [i], "output": [o]} for i, o in pairs]
    return ARC.coerce({"train": train, "test": [{"input": [asked], **more}]})


MARKED = [([1, 0], [1, 5]), ([0, 2], [0, 2]), ([3, 0], [3, 5])]
"""A 5 to the right of each coloured cell, which is no short program."""
TURNED = [([1, 0, 2], [2, 0, 1]), ([3, 0, 0], [0, 0, 3])]
"""Mirrored, which is one."""


@pytest.mark.long
def test_networks_learn_what_no_short_program_does_and_reproduce_what_they_were_not_shown() -> None:
    pairs = [([[1, 0], [0, 0]], [[1, 5], [0, 0]]), ([[0, 0], [2, 0]], [[0, 0], [2, 5]])]
    pairs.append(([[3, 0], [3, 0]], [[3, 5], [3, 5]]))
    train = [{"input": asked, "output": solved} for asked, solved in pairs]
    puzzle = ARC.coerce({"train": train, "test": [{"input": [[4, 0], [0, 0]]}]})
    found = adapt(ARC, puzzle, minutes=None, updates=220)
    assert found.result.answer is not None
    assert found.result.answer.attempts[0][0] == ((4, 5), (0, 0))
    assert found.attempts[0][0].source == "structured"
    assert (found.seen, found.unseen, found.demonstrations) == (3, 3, 3)
    assert found.verified
    assert found.claim.startswith("verified: networks")
    assert found.result.confidence == found.attempts[0][0].agreement
    assert not found.result.solved  # the rules know no output to check it by


ALL, WITHOUT = Plan(None, tuple(range(8)), 0), [Plan(held, (0,), 1) for held in range(3)]


def test_votes_are_shares_and_weigh_by_what_a_network_was_shown() -> None:
    lessons = ARC.lessons(task(MARKED, [4, 0]))
    tally, right = Tally(lessons), [lessons.solution(number) for number in range(3)]
    tally.add(ALL, [*({each: 1.0} for each in right), {"a": 0.75, None: 0.25}])
    assert (tally.seen, tally.unseen) == (3, 0)
    assert tally.ranked(0) == [("a", 0.75)]
    for plan, each in zip(WITHOUT[:2], right, strict=False):
        tally.add(plan, [{each: 1.0}, {"b": 1.0}])
    tally.add(WITHOUT[2], [{"wrong": 0.6, right[2]: 0.4}, {"b": 1.0}])
    assert (tally.seen, tally.unseen, tally.voters) == (3, 2, 4)
    assert tally.ranked(0) == [("a", 1.5 / 3.5), ("b", 1.5 / 3.5)]


def test_what_a_program_proves_goes_first_and_networks_have_the_second_attempt() -> None:
    found = adapt(ARC, task(TURNED, [4, 0, 0]), minutes=None, updates=3)
    assert found.result.answer is not None
    assert found.result.answer.attempts[0][0] == ((0, 0, 4),)
    assert [attempt.source for attempt in found.attempts[0]][:1] == ["exact"]
    assert found.attempts[0][0].verified
    assert not any(attempt.verified for attempt in found.attempts[0][1:])


def test_what_reproduces_no_demonstration_is_unverified() -> None:
    found = adapt(ARC, task(MARKED, [4, 0]), minutes=0.05, updates=1)
    assert found.voters == 1
    assert not found.verified
    assert found.claim.startswith("unverified")
    assert not any(attempt.verified for attempt in found.attempts[0])


UNSEEN = [([1, 0, 0, 1, 0], [1, 5, 0, 1, 5])]


def test_one_demonstration_cannot_be_held_back_and_verifies_nothing() -> None:
    found = adapt(ARC, task(UNSEEN, [0, 1, 0]), minutes=0.2, updates=30)
    assert found.seen == 1
    assert not found.verified
    assert "cannot be kept from the networks" in found.claim


def test_a_verified_attempt_that_the_known_output_refutes_is_not_called_verified() -> None:
    puzzle = task(TURNED, [4, 0, 0], output=[[9, 9, 9]])
    found = adapt(ARC, puzzle, minutes=None, updates=1)
    assert found.attempts[0][0].verified
    assert found.known
    assert not found.verified
    assert found.result.abstained


def test_answers_are_a_function_of_the_seed_and_known_outputs_change_none() -> None:
    def answer(seed: int = 0, **more: Any) -> Any:
        found = adapt(ARC, task(TURNED, [4, 0, 0], **more), minutes=None, updates=4, seed=seed)
        return found.result.answer, found.attempts

    assert answer() == answer() == answer(output=[[1, 2, 3]])
    assert answer() != answer(seed=1)


def test_sizes_may_differ_and_a_network_is_bounded_by_its_recipe() -> None:
    puzzle = ARC.coerce(
        {
            "train": [
                {"input": [[1, 2], [0, 1]], "output": [[3]]},
                {"input": [[4]], "output": [[3, 3]]},
            ],
            "test": [{"input": [[1]]}, {"input": [[2, 2]]}],
        }
    )
    recipe = recipe_for("arc").model_copy(update={"updates": 2})
    found = adapt(ARC, puzzle, minutes=0.1, updates=6, recipe=recipe)
    assert found.voters == 3
    assert len(found.attempts) == 2


def test_it_ends_after_a_round_once_every_first_attempt_is_verified() -> None:
    recipe = recipe_for("arc").model_copy(update={"updates": 2})
    turned = adapt(ARC, task(TURNED, [4, 0, 0]), minutes=None, updates=10, recipe=recipe)
    # All demonstrations as they are, and in all views; and each of the two kept from one.
    assert (turned.verified, turned.voters) == (True, 4)
    assert turned.updates < 10
    marked = adapt(ARC, task(MARKED, [4, 0]), minutes=None, updates=10, recipe=recipe)
    assert (marked.verified, marked.updates) == (False, 10)


def test_an_interrupt_ends_it_with_what_there_is() -> None:
    @contextmanager
    def bar(*_: Any, **__: Any) -> Iterator[Callable[[float], None]]:
        yield lambda done: signal.raise_signal(signal.SIGINT) if done == 2 else None

    found = adapt(ARC, task(TURNED, [4, 0, 0]), updates=500, listener=Listener(bar=bar))
    assert found.interrupted
    assert found.updates == 2
    assert found.result.answer is not None
    assert found.result.answer.attempts[0][0] == ((0, 0, 4),)


def test_minutes_of_processor_time_bound_it() -> None:
    found = adapt(ARC, task(MARKED, [4, 0]), minutes=0.001)
    assert found.voters == 1
    assert found.result.answer is not None


def test_puzzles_that_demonstrate_nothing_and_training_without_end_are_refused() -> None:
    sudoku = get_adapter("sudoku")
    with pytest.raises(OptionError, match="demonstrate nothing"):
        adapt(sudoku, sudoku.parse("1...  ..3.  .4..  ...2"), updates=1)
    with pytest.raises(OptionError, match="nothing bounds"):
        adapt(ARC, task(TURNED, [4, 0, 0]), minutes=None)
