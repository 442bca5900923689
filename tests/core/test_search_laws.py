"""Search over two small tasks: choosing coins (depth first), finding a way (best first)."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Sequence
from typing import Any, Literal

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_toolkit.core import (
    Answer,
    Deadline,
    Puzzle,
    Rules,
    Verdict,
    Violation,
    search,
    verdict_from,
)


class Coins(Puzzle):
    """Coins, of which some must sum to a total."""

    task: Literal["coins"] = "coins"
    coins: tuple[int, ...]
    total: int


class Chosen(Answer):
    """Which coins are taken."""

    task: Literal["coins"] = "coins"
    taken: tuple[bool, ...]


class CoinRules(Rules[Coins, Chosen]):
    """A state is the puzzle and the choices so far; it never recurs."""

    def check(self, puzzle: Coins, answer: Chosen) -> Verdict:
        total = sum(c for c, t in zip(puzzle.coins, answer.taken, strict=True) if t)
        wrong = Violation(rule="sum", message=f"the sum is {total}, not {puzzle.total}")
        return verdict_from([] if total == puzzle.total else [wrong])

    def initial(self, puzzle: Coins) -> Any:
        return puzzle, ()

    def actions(self, state: Any) -> Sequence[Hashable]:
        puzzle, taken = state
        return (False, True) if len(taken) < len(puzzle.coins) else ()

    def step(self, state: Any, action: Any) -> Any:
        return state[0], (*state[1], action)

    def result(self, state: Any) -> Chosen | None:
        puzzle, taken = state
        return Chosen(taken=taken) if len(taken) == len(puzzle.coins) else None

    def plan(self, puzzle: Coins, answer: Chosen) -> list[Hashable]:
        return list(answer.taken)


class Roads(Puzzle):
    """Weighted one-way roads between places 0..6; go from 0 to 6."""

    task: Literal["roads"] = "roads"
    roads: tuple[tuple[int, int, int], ...]


class Way(Answer):
    """The places on the way."""

    task: Literal["roads"] = "roads"
    places: tuple[int, ...]


class RoadRules(Rules[Roads, Way]):
    """A state is the puzzle and the way so far; it recurs at a place."""

    def check(self, puzzle: Roads, answer: Way) -> Verdict:
        steps = itertools.pairwise(answer.places)
        ends = (answer.places[0], answer.places[-1]) == (0, 6)
        legal = all(any((s, t) == road[:2] for road in puzzle.roads) for s, t in steps)
        wrong = Violation(rule="way", message="this is no way")
        return verdict_from([] if ends and legal else [wrong])

    def initial(self, puzzle: Roads) -> Any:
        return puzzle, (0,)

    def actions(self, state: Any) -> Sequence[Hashable]:
        puzzle, way = state
        return sorted({t for s, t, _ in puzzle.roads if s == way[-1]})

    def step(self, state: Any, action: Any) -> Any:
        return state[0], (*state[1], action)

    def result(self, state: Any) -> Way | None:
        return Way(places=state[1]) if state[1][-1] == 6 else None

    def plan(self, puzzle: Roads, answer: Way) -> list[Hashable]:
        return list(answer.places[1:])

    def step_cost(self, state: Any, action: Any) -> float:
        puzzle, way = state
        return float(min(w for s, t, w in puzzle.roads if (s, t) == (way[-1], action)))

    def key(self, state: Any) -> Hashable | None:
        return state[1][-1]


COINS, ROADS = CoinRules(), RoadRules()
PURSES = st.builds(
    Coins,
    coins=st.lists(st.integers(0, 12), max_size=7).map(tuple),
    total=st.integers(0, 40),
)
PLACE = st.integers(0, 6)
MAPS = st.builds(
    Roads, roads=st.lists(st.tuples(PLACE, PLACE, st.integers(0, 9)), max_size=25).map(tuple)
)


def graph_of(puzzle: Roads) -> Any:
    """The cheapest road between each two places, as a networkx graph."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(7))
    for source, target, weight in puzzle.roads:
        known = graph.get_edge_data(source, target, {"weight": weight})["weight"]
        graph.add_edge(source, target, weight=min(weight, known))
    return graph


def fixed_opinion(numbers: list[float]) -> Any:
    """A preference that is arbitrary, but the same for the same state and action."""
    return lambda state, action: numbers[(len(state[1]) * 7 + int(action)) % len(numbers)]


OPINIONS = st.lists(st.floats(0, 1), min_size=1, max_size=20).map(fixed_opinion)


@given(PURSES, st.none() | OPINIONS)
def test_depth_first_finds_an_answer_exactly_where_there_is_one(
    puzzle: Coins, opinion: Any
) -> None:
    sums = {
        sum(itertools.compress(puzzle.coins, taken))
        for taken in itertools.product([False, True], repeat=len(puzzle.coins))
    }
    found = search(COINS, puzzle, preference=opinion)
    assert (found.answer is not None) == (puzzle.total in sums)
    assert found.exhausted == (found.answer is None)
    assert found.answer is None or COINS.check(puzzle, found.answer)
    if found.exhausted:
        assert found.nodes == 2 ** (len(puzzle.coins) + 1) - 1


@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_a_right_preference_leads_depth_first_straight_to_the_answer(taken: list[bool]) -> None:
    coins = tuple(2**i for i in range(len(taken)))
    puzzle = Coins(coins=coins, total=sum(itertools.compress(coins, taken)))
    right = lambda state, action: float(action == taken[len(state[1])])  # noqa: E731
    found = search(COINS, puzzle, preference=right)
    assert found.answer == Chosen(taken=tuple(taken))
    assert found.nodes == len(taken) + 1


@given(PURSES)
def test_without_preference_depth_first_takes_actions_in_the_order_of_the_rules(
    puzzle: Coins,
) -> None:
    alike = search(COINS, puzzle, preference=lambda state, action: 0.5)
    assert search(COINS, puzzle) == alike


@given(MAPS)
def test_without_preference_best_first_is_dijkstra(puzzle: Roads) -> None:
    graph = graph_of(puzzle)
    found = search(ROADS, puzzle)
    assert (found.answer is not None) == nx.has_path(graph, 0, 6)
    assert found.exhausted == (found.answer is None)
    if found.answer is not None:
        cost = nx.path_weight(graph, found.answer.places, "weight")
        assert cost == nx.dijkstra_path_length(graph, 0, 6)


@given(MAPS, OPINIONS)
def test_a_preference_never_hides_an_answer_and_no_state_is_visited_twice(
    puzzle: Roads, opinion: Any
) -> None:
    found = search(ROADS, puzzle, preference=opinion)
    assert (found.answer is not None) == nx.has_path(graph_of(puzzle), 0, 6)
    assert found.nodes <= 7
    assert found.answer is None or ROADS.check(puzzle, found.answer)


def test_a_preference_bends_best_first_towards_what_it_likes() -> None:
    puzzle = Roads(roads=((0, 1, 1), (1, 6, 1), (0, 2, 1), (2, 6, 2)))
    liked = lambda state, action: 1.0 if action in (2, 6) else 0.01  # noqa: E731
    assert search(ROADS, puzzle).answer == Way(places=(0, 1, 6))
    assert search(ROADS, puzzle, preference=liked).answer == Way(places=(0, 2, 6))


HARD = Coins(coins=(2,) * 30, total=1)
LOST = Roads(roads=tuple((s, t, 1) for s in range(6) for t in range(6)))


@pytest.mark.parametrize(("rules", "puzzle"), [(COINS, HARD), (ROADS, LOST)])
@pytest.mark.parametrize("nodes", [0, 1, 5])
def test_the_node_bound_stops_without_claiming_a_proof(rules: Any, puzzle: Any, nodes: int) -> None:
    found = search(rules, puzzle, nodes=nodes)
    assert found.answer is None
    assert not found.exhausted
    assert found.nodes == nodes


@pytest.mark.parametrize(("rules", "puzzle"), [(COINS, HARD), (ROADS, LOST)])
def test_no_time_left_stops_without_claiming_a_proof(rules: Any, puzzle: Any) -> None:
    found = search(rules, puzzle, deadline=Deadline.after(-1.0))
    assert (found.answer, found.exhausted, found.nodes) == (None, False, 0)


def test_a_search_that_would_take_hours_ends_in_its_time() -> None:
    found = search(COINS, HARD, nodes=10**12, deadline=Deadline.after(0.05))
    assert found.answer is None
    assert not found.exhausted
    assert found.nodes > 0
