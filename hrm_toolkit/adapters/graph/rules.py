"""Graph path: what makes a path right, and walks as states and actions."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hrm_toolkit.adapters.graph.edges import quote
from hrm_toolkit.adapters.graph.paths import Network
from hrm_toolkit.adapters.graph.puzzle import GraphAnswer, GraphPuzzle
from hrm_toolkit.core import InputError, Rules, Verdict, Violation, nearest, verdict_from

FAULTS = 5
"""The most violations that one verdict lists."""

TOLERANCE = 1e-9
"""How much more than the least, relatively, an optimal path may cost."""


@dataclass(frozen=True, eq=False)
class GraphState:
    """A walk from the start to a node, linked to the walk it prolongs.

    Attributes:
        network: the graph.
        node: number of the node where the walk stands.
        before: the walk without its last node; None at the start.
    """

    network: Network
    node: int
    before: GraphState | None = None

    def path(self) -> tuple[str, ...]:
        """Names of the nodes walked, from the start on."""
        numbers = [self.node]
        state = self.before
        while state is not None:
            numbers.append(state.node)
            state = state.before
        return self.network.names(numbers[::-1])

    @property
    def name(self) -> str:
        """Name of the node where the walk stands."""
        return self.network.nodes[self.node]


class GraphRules(Rules[GraphPuzzle, GraphAnswer]):
    """A path starts at the start, ends at the goal, and goes from node to node along edges.

    Cost is the summed weight, of parallel edges the cheapest; a path is optimal when none costs
    less, by more than one part in 10^9.
    """

    def check(self, puzzle: GraphPuzzle, answer: GraphAnswer) -> Verdict:
        network, path = Network.of(puzzle), answer.path
        cost, faults = network.cost(path), list[Violation]()
        # Where there is a cost, each stop is a node and each hop an edge.
        if cost is None or (path[0], path[-1]) != (puzzle.start, puzzle.goal):
            faults.extend(itertools.islice(_faults(puzzle, network, path), FAULTS))
        if answer.claimed is not None and cost is not None:
            message = (
                f"the answer claims cost {answer.claimed:.12g}, and its path costs {cost:.12g}"
            )
            faults.append(Violation(rule="cost", message=message))
        if faults or cost is None:
            return verdict_from(faults)
        best = network.shortest() or ()
        least = cost if best == path else network.cost(best)
        optimal = least is not None and cost <= least * (1 + TOLERANCE)
        return verdict_from(faults, optimal=optimal, cost=cost)

    def diagnose(self, puzzle: GraphPuzzle) -> list[Violation]:
        network = Network.of(puzzle)
        if network.reaches_goal():
            return []
        start, goal = (_said(puzzle, name) for name in (puzzle.start, puzzle.goal))
        message = f"no path leads from the start {start} to the goal {goal}"
        places = ((puzzle.start,), (puzzle.goal,))
        return [Violation(rule="unreachable", message=message, places=places)]

    def initial(self, puzzle: GraphPuzzle) -> GraphState:
        network = Network.of(puzzle)
        return GraphState(network, network.start)

    def actions(self, state: GraphState) -> list[str]:
        """Names of the nodes that an edge leads to; none at the goal."""
        network = state.network
        return [] if state.node == network.goal else list(network.names([*_next(state)]))

    def step(self, state: GraphState, action: Any) -> GraphState:
        number = state.network.index.get(action, -1) if isinstance(action, str) else -1
        if state.node == state.network.goal or number not in _next(state):
            legal = self.actions(state)
            raise InputError(
                f"no step leads from {quote(state.name)} to {quote(str(action))}",
                expected="one of " + ", ".join(map(quote, legal[:10])) if legal else "no step",
            )
        return GraphState(state.network, number, state)

    def result(self, state: GraphState) -> GraphAnswer | None:
        return self.so_far(state) if state.node == state.network.goal else None

    def so_far(self, state: GraphState) -> GraphAnswer:
        return GraphAnswer(path=state.path())

    def plan(self, puzzle: GraphPuzzle, answer: GraphAnswer) -> list[Hashable]:
        """The nodes after the start, up to the first arrival at the goal."""
        arrivals = [i for i, name in enumerate(answer.path) if name == puzzle.goal]
        return list(answer.path[1 : arrivals[0] + 1 if arrivals else None])

    def step_cost(self, state: GraphState, action: Any) -> float:
        return _next(state)[state.network.index[action]]

    def key(self, state: GraphState) -> Hashable:
        return state.node


def _next(state: GraphState) -> dict[int, float]:
    return state.network.weights[state.node]


def _said(puzzle: GraphPuzzle, name: str) -> str:
    """A node as people call it."""
    return quote(puzzle.called.get(name, name))


def _faults(puzzle: GraphPuzzle, network: Network, path: Sequence[str]) -> Iterator[Violation]:
    if not path:
        yield Violation(rule="start", message="the path is empty", places=((puzzle.start,),))
        return
    ends = (("start", "starts", path[0], puzzle.start), ("goal", "ends", path[-1], puzzle.goal))
    for end, verb, found, right in ends:
        if found != right:
            at, wanted = _said(puzzle, found), _said(puzzle, right)
            message = f"the path {verb} at {at}, but the {end} is {wanted}"
            yield Violation(rule=end, message=message, places=((found,), (right,)))
    for number, name in enumerate(path, 1):
        if name not in network.index:
            near = nearest(name, puzzle.nodes) if len(puzzle.nodes) <= 10_000 else None
            message = f"stop {number} of the path, {quote(name)}, is no node of the graph"
            message += f"; did you mean {quote(near)}?" if near else ""
            yield Violation(rule="node", message=message, places=((name,),))
    for number, (one, other) in enumerate(itertools.pairwise(path), 1):
        source, target = network.index.get(one), network.index.get(other)
        if source is None or target is None or target in network.weights[source]:
            continue
        way = f"from {_said(puzzle, one)} to {_said(puzzle, other)}"
        message = f"hop {number} of the path: no edge leads {way}"
        message += ", only the other way" if source in network.weights[target] else ""
        yield Violation(rule="edge", message=message, places=((one,), (other,)))
