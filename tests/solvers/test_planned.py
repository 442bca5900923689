"""Laws of the search over states that a network leads, whatever the network says."""

import heapq
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vaults import ADAPTER, Scripted, vault

from hrm_toolkit.core import Deadline
from hrm_toolkit.solvers.spaces.planned import Planned
from hrm_toolkit.solvers.spaces.walk import walks

VAULTS = st.lists(st.integers(0, 4), min_size=3, max_size=3).filter(any)
NODES = st.integers(0, 60)
SEEDS = st.integers(0, 1000)
HOW = {"segments": 1, "deadline": Deadline.never()}


def whims(seed):
    """A network that always says the same of a state, and knows nothing."""
    rng = np.random.default_rng(seed)
    chances, expected = rng.uniform(0.01, 0.99, (5, 5, 5, 7)), rng.integers(0, 8, (5, 5, 5))

    def likes(state, action):
        return chances[(*state.dials, ADAPTER.actions(state).index(action))]

    return Scripted(likes, lambda state: expected[state.dials])


def searched(seed, dials, nodes):
    """A walk, the search after it, and the states that either asked about."""
    network, puzzle = whims(seed), vault(dials)
    walk = walks(network, [puzzle], restart=None, nodes=[20], **HOW)[0]
    below = walk.verdict.cost if walk.verdict.valid else math.inf
    search = Planned(network, puzzle, walk.outlooks, nodes=nodes, below=below, **HOW)
    return puzzle, walk, below, list(search.plans()), network.asked


def cheapest(start, asked):
    """What the cheapest plan costs whose states, but for the goal, were all asked about."""
    queue, spent = [(0, start.dials)], {start.dials: 0}
    looked = {state.dials: state for state in asked}
    while queue:
        cost, dials = heapq.heappop(queue)
        if not any(dials):
            return cost
        for action in ADAPTER.actions(looked[dials])[1:] if dials in looked else ():
            after = ADAPTER.step(looked[dials], action).dials
            if cost + 1 < spent.get(after, math.inf):
                spent[after] = cost + 1
                heapq.heappush(queue, (cost + 1, after))
    return math.inf


@settings(max_examples=40)
@given(SEEDS, VAULTS, NODES)
def test_each_plan_is_right_and_cheaper_than_the_one_before_within_the_nodes(seed, dials, nodes):
    puzzle, walk, below, found, asked = searched(seed, dials, nodes)
    costs = [below]
    for one in found[:-1]:
        verdict = ADAPTER.rules.check(puzzle, one.answer)
        assert verdict.valid
        costs.append(verdict.cost)
    assert costs == sorted(set(costs), reverse=True)
    assert found[-1].answer is None
    assert len(set(asked)) == len(asked) == len(walk.outlooks) + sum(one.nodes for one in found)
    assert sum(one.nodes for one in found) <= nodes


@settings(max_examples=40)
@given(SEEDS, VAULTS, NODES)
def test_the_last_plan_is_the_cheapest_among_all_states_that_were_seen(seed, dials, nodes):
    puzzle, _, below, found, asked = searched(seed, dials, nodes)
    plans = [len(one.answer.actions) for one in found[:-1]]
    assert min([below, *plans]) == cheapest(ADAPTER.start(puzzle), asked)


@settings(max_examples=12)
@given(SEEDS, VAULTS, NODES)
def test_the_same_search_asks_and_finds_the_same(seed, dials, nodes):
    (*_, found, asked), (*_, again, asked_again) = (searched(seed, dials, nodes) for _ in range(2))
    assert [(one.answer, one.nodes) for one in found] == [(o.answer, o.nodes) for o in again]
    assert asked == asked_again


@pytest.mark.parametrize("nodes", [0, 100])
def test_a_roundabout_way_is_led_straight_on_before_any_state_is_asked_about(nodes):
    # It turns the first dial up, though down is as good a way to where it comes out in the end.
    way = {
        (1, 4): "up 0",
        (2, 4): "up 0",
        (3, 4): "up 1",
        (3, 0): "down 0",
        (2, 0): "down 0",
        (1, 0): "down 0",
    }
    network = Scripted(lambda state, action: 0.9 if way.get(state.dials) == action else 0.1)
    puzzle = vault([1, 4])
    walk = walks(network, [puzzle], restart=None, **HOW)[0]
    assert walk.verdict.cost == 6
    network.asked.clear()
    search = Planned(network, puzzle, walk.outlooks, nodes=nodes, below=6, **HOW)
    first = next(search.plans())
    assert (len(first.answer.actions), first.nodes, network.asked) == (2, 0, [])
