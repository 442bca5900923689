"""State spaces: search against brute force, what networks are taught, and the laws."""

import itertools

import numpy as np
import pytest

from hrm_toolkit.adapters.space.search import costs, find
from hrm_toolkit.core import InputError


class Roads:
    """A random directed graph whose last node is the goal."""

    def __init__(self, rng, nodes=9):
        pairs = [p for p in itertools.permutations(range(nodes), 2) if rng.random() < 0.3]
        self.roads = {pair: int(rng.integers(1, 4)) for pair in pairs}
        self.goal = nodes - 1

    def actions(self, state):
        return [str(b) for a, b in self.roads if a == state]

    def step(self, state, action):
        return int(action)

    def is_goal(self, state):
        return state == self.goal

    def cost(self, state, action):
        return self.roads[state, int(action)]

    def is_dead(self, state):
        return False

    def back(self, state):
        return [(a, str(b)) for a, b in self.roads if b == state]

    def exact(self):
        """Costs to the goal by relaxation, until nothing changes."""
        cost = {self.goal: 0}
        for _ in range(self.goal + 1):
            for (a, b), own in self.roads.items():
                if b in cost:
                    cost[a] = min(cost.get(a, 99), own + cost[b])
        return cost


@pytest.mark.parametrize("seed", range(30))
def test_searches_agree_with_relaxation(seed):
    roads = Roads(np.random.default_rng(seed))
    exact = roads.exact()
    assert costs(roads, [roads.goal]).of == exact
    for start in range(roads.goal):
        way = find(roads, start, lambda _: 0.0, every=True)
        if start not in exact:
            assert way.actions is None
            assert way.exhausted
            continue
        assert (way.cost, way.least) == (exact[start], exact[start])
        assert way.optimal
        for state, best in way.best.items():
            for action in roads.actions(state):
                cheapest = exact.get(int(action), 99) + roads.cost(state, action) == exact[state]
                assert (action in best) == cheapest
        led = find(roads, start, lambda state: exact.get(state, float("inf")))
        assert (led.cost, led.optimal) == (exact[start], True)
        greedy = find(roads, start, lambda state: exact.get(state, float("inf")), weight=3.0)
        assert exact[start] <= greedy.cost <= 3 * exact[start]
        assert greedy.least <= exact[start]


def test_a_bounded_table_says_what_the_rest_costs_at_least():
    for seed in range(30):
        roads = Roads(np.random.default_rng(seed))
        exact, near = roads.exact(), costs(roads, [roads.goal], most=3)
        assert len(near.of) <= 3
        assert all(
            near.least(state) <= exact.get(state, float("inf")) for state in range(roads.goal + 1)
        )


def test_a_search_without_nodes_left_bounds_what_it_did_not_find():
    roads = Roads(np.random.default_rng(0))
    start = next(state for state, cost in roads.exact().items() if cost >= 2)
    way = find(roads, start, lambda _: 0.0, nodes=1)
    assert way.actions is None
    assert not way.exhausted
    assert 0 < way.least <= roads.exact()[start]


def test_an_action_costs_more_than_nothing():
    roads = Roads(np.random.default_rng(0))
    roads.roads = dict.fromkeys(roads.roads, 0)
    with pytest.raises(InputError, match="more than 0"):
        find(roads, 0, lambda _: 0.0)
