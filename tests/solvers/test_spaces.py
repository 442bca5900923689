"""Tasks that are solved action by action: walks of the network, and the search that it leads."""

import pytest
from vaults import ADAPTER, Scripted, VaultAdapter, knows, vault

from hrm_toolkit.core import Budget, Deadline
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.route import Job, Route
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.learner import network_config
from hrm_toolkit.train.recipe import Recipe


@pytest.fixture(scope="module")
def solver():
    """An untrained network, for what asks for one."""
    network = {"family": "structured", "width": 4, "inner": 4, "low_cycles": 1}
    recipe = Recipe(adapter="vault", network=network, validation_segments=2)
    return Solver(ADAPTER, build_network(network_config(recipe, ADAPTER), seed=0), name="novice")


def solve(solver, network, dials, strategy="verified", **budget):
    route = Route(solver, Budget(**budget), strategy, 0, proposer=lambda _: network)
    return route.results([Job(vault(dials))])[0]


@pytest.mark.parametrize("strategy", ["neural", "verified"])
def test_a_network_that_knows_the_way_walks_it(solver, strategy):
    network = Scripted(knows)
    result = solve(solver, network, [2, 3], strategy)
    assert (result.solved, result.verdict.optimal, result.verdict.cost) == (True, True, 4)
    assert (result.source, result.segments, result.nodes) == ("structured", 4, 4)
    assert len(result.answer.actions) == len(network.asked) == 4


def test_walks_run_side_by_side(solver):
    network = Scripted(knows)
    puzzles = [vault(dials) for dials in ([1, 0], [2, 2])]
    found = network.propose(puzzles, segments=1, until_settled=True)
    assert [len(attempt.answer.actions) for attempt in found] == [1, 4]
    assert {state.dials for state in network.asked[:2]} == {(1, 0), (2, 2)}


def test_a_walk_that_leads_astray_comes_to_an_end_without_coming_back():
    network = Scripted(lambda state, action: 0.9 if action in ("force", "up 0") else 0.1)
    puzzle = vault([1, 2])
    attempt = network.propose([puzzle], segments=1, until_settled=True)[0]
    assert "the goal is not reached after" in attempt.verdict.violations[0].message
    assert len(set(network.asked)) == len(network.asked) > 4
    assert not any(state.jammed for state in network.asked)


def test_search_goes_on_where_a_walk_failed_and_asks_about_no_state_twice(solver):
    network = Scripted(lambda state, action: 0.9 if action == "up 0" else 0.1)
    assert not solve(solver, network, [1, 2], "neural", restarts=1).solved
    network.asked.clear()
    result = solve(solver, network, [1, 2])
    assert (result.solved, result.source) == (True, "structured+search")
    assert len(set(network.asked)) == len(network.asked) == result.nodes == result.segments
    assert not any(state.jammed for state in network.asked)


def test_as_many_states_are_asked_about_as_nodes_are_allowed_and_exact_search_is_not(solver):
    # Nothing is expected and nothing liked, so that states come in no helpful order.
    network = Scripted(lambda state, action: 0.5, lambda state: 0)
    result = solve(solver, network, [2, 2, 2, 2], nodes=30)
    assert not result.solved
    assert (len(network.asked), result.nodes) == (30, 30)
    assert solve(solver, network, [2, 2, 2, 2]).solved


@pytest.mark.parametrize("strategy", ["neural", "verified"])
@pytest.mark.parametrize("nodes", [1, 5, 20, 40])
def test_walks_are_among_the_nodes_that_are_allowed(solver, strategy, nodes):
    network = Scripted(lambda state, action: 0.5, lambda state: 2)
    more = {"restarts": 1, "votes": 3}
    result = solve(solver, network, [2, 2, 2, 2], strategy, nodes=nodes, **more)
    assert len(network.asked) == result.nodes <= nodes
    assert strategy == "neural" or result.nodes == nodes or result.solved


def up(state, action):
    """How much who only turns up likes an action: three steps where two lead the other way."""
    return 0.9 if action[:2] == "up" and state.dials[int(action[-1])] else 0.2


def test_a_walk_that_can_be_improved_is(solver):
    network = Scripted(up)
    walked = solve(solver, network, [2, 2], "neural", restarts=1)
    assert (walked.solved, walked.verdict.optimal) == (True, False)
    improved = solve(solver, network, [2, 2], nodes=100)
    assert (improved.verdict.optimal, improved.source) == (True, "structured+search")


def test_nodes_that_are_said_go_into_cheaper_plans_unless_one_is_proved(solver, monkeypatch):
    check = type(ADAPTER.rules).check

    def unproved(self, puzzle, answer):
        return check(self, puzzle, answer).model_copy(update={"optimal": None})

    monkeypatch.setattr(type(ADAPTER.rules), "check", unproved)
    first = solve(solver, Scripted(up), [2, 2])
    assert (first.verdict.cost, first.source) == (6, "structured")
    last = solve(solver, Scripted(up), [2, 2], nodes=100)
    assert (last.verdict.cost, last.source) == (4, "structured+search")


def test_search_that_has_seen_every_state_says_that_no_plan_exists(solver, monkeypatch):
    monkeypatch.setattr(VaultAdapter, "is_goal", lambda self, state: False)
    result = solve(solver, Scripted(lambda state, action: 0.5), [1, 1], nodes=1000)
    assert result.unsolvable
    assert result.nodes == 25


def test_time_that_is_up_ends_a_search(solver):
    network = Scripted(knows)
    puzzle = vault([2, 3])
    over = Deadline.after(0)
    assert not network.propose([puzzle], segments=1, until_settled=True, deadline=over)[0].tried


def test_votes_restarts_and_traces_of_a_real_network(solver):
    result = solver.solve(vault([1, 4]), budget=Budget(votes=2, restarts=2, segments=2))
    assert result.solved
    told = list(solver.trace(vault([1, 4]), states=True))
    assert [segment.index for segment in told] == list(range(1, len(told) + 1))
    assert [len(segment.answer.actions) for segment in told[:2]] == [1, 2]
    assert all(segment.total >= segment.index and segment.states for segment in told)
    assert "goal is not reached after 1 action" in told[0].verdict.violations[0].message
    walked = solver.solve(vault([1, 4]), strategy="neural", budget=Budget(restarts=1))
    assert told[-1].answer == walked.answer
    assert told[-1].verdict.valid == walked.solved


def test_a_puzzle_that_is_solved_already_needs_no_network(solver):
    (only,) = solver.trace(vault([0, 0]))
    assert (only.verdict.valid, only.answer.actions) == (True, ())
    assert solver.solve(vault([0, 0])).segments == 0
