import math
from dataclasses import FrozenInstanceError

import pytest

from hrm_toolkit.core import Deadline


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_deadline_counts_down_and_stays_at_nothing() -> None:
    clock = Hand()
    bound = Deadline.after(5, clock)
    assert (bound.left, bound.over, bound.finite) == (5.0, False, True)
    clock.now += 3
    assert (bound.left, bound.over) == (2.0, False)
    clock.now += 2
    assert (bound.left, bound.over) == (0.0, True)
    clock.now += 50
    assert (bound.left, bound.over) == (0.0, True)


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_no_time_is_over_at_once(seconds: float) -> None:
    assert Deadline.after(seconds, Hand()).over


def test_no_bound_is_never_over() -> None:
    for bound in (Deadline.never(), Deadline.after(None), Deadline.after(math.inf)):
        assert (bound.left, bound.over, bound.finite) == (math.inf, False, False)


def test_the_earlier_of_two_bounds_is_kept() -> None:
    clock = Hand()
    soon, late = Deadline.after(1, clock), Deadline.after(9, clock)
    assert soon.sooner(late) == late.sooner(soon) == soon
    assert Deadline.never().sooner(soon) == soon.sooner(Deadline.never()) == soon


def test_within_shortens_and_never_lengthens() -> None:
    clock = Hand()
    bound = Deadline.after(10, clock)
    half = bound.within(bound.left / 2)
    clock.now += 4
    assert (half.left, bound.left) == (1.0, 6.0)
    assert bound.within(60).left == bound.within(None).left == 6.0
    assert Deadline(clock=clock).within(2).left == 2.0


def test_a_deadline_does_not_move() -> None:
    with pytest.raises(FrozenInstanceError):
        Deadline.after(1).end = 3.0  # type: ignore[misc]
