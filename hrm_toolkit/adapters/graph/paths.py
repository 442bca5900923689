"""Graph path: a puzzle's adjacency, and shortest paths over it in exact arithmetic."""

from __future__ import annotations

import heapq
import itertools
import math
import threading
import weakref
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.graph.puzzle import GraphPuzzle
from hrm_toolkit.core import Relation, Structure
from hrm_toolkit.core.clock import Deadline

_MOST_SIZE = 1_000
"""Nodes and edges of a puzzle of which more are kept, all that are solved side by side."""

Ints = npt.NDArray[np.int64]

Arcs = Sequence[Mapping[int, int]]
"""For each node, the nodes an edge leads to and that edge's length."""


class Network:
    """A graph puzzle over node numbers, with the cheapest of parallel edges.

    Lengths are integers in which two sums of weights are equal exactly when they are equal as the
    decimals people write (0.1 + 0.2 and 0.3), so that ties need no tolerance. An edge of weight 0
    has length 1, less than all that any weight above 0 comes to: a shortest path then has the
    fewest such edges among the cheapest, and never runs in a circle.

    Attributes:
        directed: whether edges lead one way.
        nodes: names, by number.
        index: number of each node name.
        start: number of the start.
        goal: number of the goal.
        weights: for each node, the weight of the edge to each of its successors.
        heaviest: the largest weight of any edge, 0 where there is none.
    """

    def __init__(self, puzzle: GraphPuzzle) -> None:
        self.directed, self.nodes = puzzle.directed, puzzle.nodes
        index, edges = dict(zip(puzzle.nodes, range(len(puzzle.nodes)), strict=True)), puzzle.edges
        self.index, self.start, self.goal = index, index[puzzle.start], index[puzzle.goal]
        sources, targets = ([*map(index.__getitem__, n)] for n in (edges.sources, edges.targets))
        weights = edges.weights.tolist()
        self.heaviest: float = max(weights, default=0.0)
        self.weights: list[dict[int, float]] = [{} for _ in puzzle.nodes]
        self._take(sources, targets, weights)
        if not puzzle.directed:
            self._take(targets, sources, weights)

    def _take(
        self, sources: Sequence[int], targets: Sequence[int], weights: Sequence[float]
    ) -> None:
        """Add arcs; of parallel ones the cheapest stays, at the place of the first."""
        mine = self.weights
        for source, target, weight in zip(sources, targets, weights, strict=True):
            there = mine[source]
            if target not in there or weight < there[target]:
                there[target] = weight

    @classmethod
    def of(cls, puzzle: GraphPuzzle) -> Network:
        """The network of a puzzle, kept for the few that were asked for last.

        Solving asks for it many times, and that of a city takes a second to make.
        """
        key = id(puzzle)
        for kept in (_SMALL, _LARGE):
            found = kept.networks.get(key)
            if found is not None and found[0]() is puzzle:
                return found[1]
        network, size = cls(puzzle), len(puzzle.nodes) + len(puzzle.edges)
        (_SMALL if size <= _MOST_SIZE else _LARGE).keep(puzzle, network)
        return network

    @cached_property
    def structure(self) -> Structure:
        """What a network reads, see ``GraphAdapter.structure``: each attempt asks for it anew."""
        sources, targets, weights = self._arcs()
        shares, count = weights / (self.heaviest or 1.0), len(self.nodes)
        ins = Relation.edges("in", np.array([sources, targets]).T, count, shares)
        if not self.directed:
            return Structure((ins, replace(ins, name="out")))
        outs = Relation.edges("out", np.array([targets, sources]).T, count, shares)
        return Structure((ins, outs))

    def _arcs(self) -> tuple[Ints, Ints, npt.NDArray[np.float64]]:
        """Sources, targets and weights of the edges between two nodes, by source, shape (E,) each;
        of those without a direction both ways."""
        degrees = [*map(len, self.weights)]
        count = sum(degrees)
        sources = np.arange(len(degrees)).repeat(degrees)
        targets = np.fromiter(chain.from_iterable(self.weights), np.int64, count)
        values = chain.from_iterable(map(dict.values, self.weights))
        weights = np.fromiter(values, np.float64, count)
        # Edges from a node to itself are rare, and lead nowhere.
        if not any(map(dict.__contains__, self.weights, range(len(degrees)))):
            return sources, targets, weights
        apart = sources != targets
        return sources[apart], targets[apart], weights[apart]

    @cached_property
    def forward(self) -> Arcs:
        """Lengths of the edges that leave each node."""
        units = _units({*chain.from_iterable(map(dict.values, self.weights))})
        scale = len(self.weights)
        length = {weight: unit * scale or 1 for weight, unit in units.items()}.__getitem__
        return [
            dict(zip(there, map(length, there.values()), strict=True)) for there in self.weights
        ]

    @cached_property
    def backward(self) -> Arcs:
        """Lengths of the edges that enter each node."""
        if not self.directed:
            return self.forward
        arcs: list[dict[int, int]] = [{} for _ in self.weights]
        for source, there in enumerate(self.forward):
            for target, length in there.items():
                arcs[target][source] = length
        return arcs

    def names(self, numbers: Sequence[int]) -> tuple[str, ...]:
        """The nodes' names."""
        return tuple(map(self.nodes.__getitem__, numbers))

    def cost(self, path: Sequence[str]) -> float | None:
        """Summed weight of a walk, or None where two of its nodes are not joined."""
        if not path or not all(map(self.index.__contains__, path)):
            return None
        numbers, total = [*map(self.index.__getitem__, path)], 0.0
        for one, other in itertools.pairwise(numbers):
            there = self.weights[one]
            if other not in there:
                return None
            total += there[other]
        return total

    def shortest(self, deadline: Deadline = Deadline.never()) -> tuple[str, ...] | None:
        """A cheapest path, in ties by the nodes' order; None when the goal cannot be reached.

        Raises:
            TimeoutError: when the time runs out.
        """
        if "_shortest" not in self.__dict__:
            left = distances(self.backward, self.goal, until=self.start, deadline=deadline)
            climb = {node: -length for node, length in left.items()}
            self._shortest = self.follow(climb) if self.start in left else None
        return self._shortest

    def reaches_goal(self, inside: Collection[int] | None = None) -> bool:
        """Whether any path leads from the start to the goal.

        Args:
            inside: the only other nodes to pass through; None for all.
        """
        left = set(range(len(self.nodes)) if inside is None else (*inside, self.goal))
        wave, goal, leave = {self.start}, self.goal, self.weights.__getitem__
        while wave and goal not in wave:
            left -= wave
            wave = left.intersection(chain.from_iterable(map(leave, wave)))
        return bool(wave)

    def through(self, inside: Collection[int]) -> tuple[str, ...]:
        """The walk from the start over some nodes by their distances from it, see ``follow``."""
        return self.follow(
            distances(self.forward, self.start, inside={*inside, self.start, self.goal})
        )

    def on_shortest(self) -> set[int]:
        """Every node on a shortest path; empty when the goal cannot be reached."""
        ahead = distances(self.forward, self.start)
        behind = distances(self.backward, self.goal)
        best = ahead.get(self.goal)
        return {n for n, length in ahead.items() if n in behind and length + behind[n] == best}

    def marked_in(self) -> dict[int, int]:
        """The round in which each node on a shortest path is found to be on one.

        A round settles the nodes from which a cheapest way to the goal has one edge more. Once the
        start is settled, each round marks the next nodes along shortest paths.
        """
        left = distances(self.backward, self.goal)
        ways = {
            node: [n for n, length in self.forward[node].items() if left.get(n) == here - length]
            for node, here in left.items()
        }
        settled: dict[int, int] = {}
        for node in left:
            settled[node] = min((settled[n] + 1 for n in ways[node]), default=0)
        wave, found = [self.start] if self.start in left else [], dict[int, int]()
        round_ = settled.get(self.start, 0)
        while wave:
            found |= dict.fromkeys(wave, round_)
            round_ += 1
            wave = sorted({n for node in wave for n in ways[node]} - found.keys())
        return found

    def follow(self, height: Mapping[int, int]) -> tuple[str, ...]:
        """The walk that climbs by each edge's very length, in ties to the first node in order.

        It ends at the goal, or where no edge climbs so: there is no way back and no second try.
        Lengths are above 0, so it ends.
        """
        node, path = self.start, [self.start]
        while node != self.goal and node in height:
            here, ahead = height[node], self.forward[node]
            onward = [n for n in height.keys() & ahead if height[n] == here + ahead[n]]
            if not onward:
                break
            node = min(onward)
            path.append(node)
        return self.names(path)


def distances(
    arcs: Arcs,
    source: int,
    *,
    inside: set[int] | None = None,
    until: int | None = None,
    deadline: Deadline = Deadline.never(),
) -> dict[int, int]:
    """Length of a shortest path from ``source`` to each node it reaches (Dijkstra, 1959).

    Args:
        arcs: edges with their lengths, at least 0.
        inside: the only nodes to pass through; None for all.
        until: the node to stop at, before all that are as far or farther; None goes on.
        deadline: when to give up.

    Raises:
        TimeoutError: when that has passed.

    Example:
        >>> distances([{1: 2, 2: 9}, {2: 3}, {}], 0)
        {0: 0, 1: 2, 2: 5}
    """
    settled: dict[int, int] = {}
    nearest, queue = {source: 0}, [(0, source)]
    pop, push, bounded = heapq.heappop, heapq.heappush, deadline.finite
    while queue:
        length, node = pop(queue)
        if node in settled:
            continue
        if bounded and deadline.over:
            raise TimeoutError
        settled[node] = length
        if node == until:
            break
        ahead = arcs[node]
        for other in ahead if inside is None else inside.intersection(ahead):
            far = length + ahead[other]
            # What is no shorter than before would only lengthen the queue.
            if far < nearest.get(other, math.inf):
                nearest[other] = far
                push(queue, (far, other))
    return settled


def _units(weights: set[float]) -> dict[float, int]:
    """Each weight as a whole multiple of one unit common to all."""
    if all(weight.is_integer() for weight in weights):
        return {weight: int(weight) for weight in weights}
    ratios = {weight: Decimal(repr(weight)).as_integer_ratio() for weight in weights}
    unit = math.lcm(*{below for _, below in ratios.values()})
    return {weight: above * (unit // below) for weight, (above, below) in ratios.items()}


class _Kept:
    """The networks of the puzzles first asked for last, as long as these live, by identity."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = threading.Lock()
        self.networks: dict[int, tuple[weakref.ref[GraphPuzzle], Network]] = {}

    def keep(self, puzzle: GraphPuzzle, network: Network) -> None:
        with self._lock:
            kept = {key: one for key, one in self.networks.items() if one[0]() is not None}
            kept[id(puzzle)] = weakref.ref(puzzle), network
            # Others look for theirs meanwhile.
            self.networks = dict([*kept.items()][-self.most :])


_SMALL, _LARGE = _Kept(128), _Kept(8)
