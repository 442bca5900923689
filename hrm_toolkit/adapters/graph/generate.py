"""Graph path: random puzzles of six families."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np

from hrm_toolkit.adapters.graph.edges import Edges
from hrm_toolkit.adapters.graph.paths import distances
from hrm_toolkit.adapters.graph.puzzle import GraphPuzzle
from hrm_toolkit.core import OptionError

SMALLEST, LARGEST = 2, 2_000

Pair = tuple[int, int]
Family = Callable[[int, np.random.Generator], list[Pair]]


def draw(rng: np.random.Generator, size: Any, family: str) -> GraphPuzzle:
    """A puzzle whose goal can be reached, half of them weighted, a quarter directed.

    Args:
        rng: what it depends on.
        size: number of nodes, 2 to 2,000.
        family: one of ``FAMILIES``.

    Raises:
        OptionError: for another size.
    """
    whole = isinstance(size, int | np.integer) and not isinstance(size, bool)
    if not whole or not SMALLEST <= size <= LARGEST:
        expected = f"a number of nodes from {SMALLEST} to {LARGEST:,}"
        raise OptionError("this is no size of a graph", expected=expected, got=size)
    # Generators number nodes by how they came in; a shuffle hides hubs and neighbourhoods.
    shuffle = rng.permutation(size).tolist()
    pairs = [(shuffle[u], shuffle[v]) for u, v in FAMILIES[family](int(size), rng)]
    pairs = sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]}) or [(0, 1)]
    directed = bool(rng.random() < 0.25)
    if directed:
        pairs = _oriented(pairs, rng)
    weights = _weights(len(pairs), rng)
    start, goal = _far_apart(int(size), pairs, weights, directed, rng)
    return GraphPuzzle(
        directed=directed,
        nodes=tuple(f"n{number}" for number in range(size)),
        edges=Edges([f"n{u}" for u, _ in pairs], [f"n{v}" for _, v in pairs], np.array(weights)),
        start=f"n{start}",
        goal=f"n{goal}",
    )


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def _edges(graph: nx.Graph) -> list[Pair]:
    return [(int(u), int(v)) for u, v in graph.edges()]


def _tree(size: int, rng: np.random.Generator) -> list[Pair]:
    """A uniform labelled tree with a few edges more, so that not every path is the only one."""
    extra = rng.integers(size, size=(int(rng.integers(0, 2 + size // 6)), 2)).tolist()
    return _edges(nx.random_labeled_tree(size, seed=_seed(rng))) + [(u, v) for u, v in extra]


def _gnp(size: int, rng: np.random.Generator) -> list[Pair]:
    density = min(1.0, rng.uniform(2.0, 4.0) / max(size - 1, 1))
    return _edges(nx.fast_gnp_random_graph(size, density, seed=_seed(rng)))


def _barabasi(size: int, rng: np.random.Generator) -> list[Pair]:
    links = min(size - 1, int(rng.integers(1, 3)))
    return _edges(nx.barabasi_albert_graph(size, links, seed=_seed(rng)))


def _small_world(size: int, rng: np.random.Generator) -> list[Pair]:
    around = min(size - 1, 2 if rng.random() < 0.5 else 4)
    chance = float(rng.uniform(0.05, 0.3))
    return _edges(nx.newman_watts_strogatz_graph(size, around, chance, seed=_seed(rng)))


def _geometric(size: int, rng: np.random.Generator) -> list[Pair]:
    """Points of the unit square, joined where near: some 4 to 7 neighbours each."""
    points = rng.random((size, 2))
    reach = math.sqrt(rng.uniform(4.0, 7.0) / (math.pi * size))
    apart = points[:, None, :] - points[None, :, :]
    near = np.triu((apart**2).sum(-1) < reach**2, 1)
    return [(int(u), int(v)) for u, v in np.argwhere(near)]


def _grid(size: int, rng: np.random.Generator) -> list[Pair]:
    """Rows of a lattice, the last one maybe shorter, with one edge in eight left out."""
    least = max(1, math.isqrt(size) // 2)
    width = -(-size // int(rng.integers(least, max(least, math.isqrt(size)) + 1)))
    pairs = [(n, n + 1) for n in range(size - 1) if (n + 1) % width]
    pairs += [(n, n + width) for n in range(size - width)]
    keep = rng.random(len(pairs)) >= 1 / 8
    return [pair for pair, kept in zip(pairs, keep, strict=True) if kept]


FAMILIES: dict[str, Family] = {
    "tree": _tree,
    "grid": _grid,
    "geometric": _geometric,
    "small-world": _small_world,
    "barabasi": _barabasi,
    "gnp": _gnp,
}
"""Pairs of joined nodes for a number of nodes, by family."""


def _oriented(pairs: list[Pair], rng: np.random.Generator) -> list[Pair]:
    """Half of the edges lead both ways, the others one way at random."""
    ways = rng.integers(4, size=len(pairs)).tolist()
    arcs = [pair for pair, way in zip(pairs, ways, strict=True) if way != 0]
    return sorted(arcs + [(v, u) for (u, v), way in zip(pairs, ways, strict=True) if way != 1])


def _weights(count: int, rng: np.random.Generator) -> list[float]:
    kind = rng.random()
    if kind < 0.5:
        return [1.0] * count
    if kind < 0.75:
        return [float(weight) for weight in rng.integers(1, 11, size=count)]
    return [tenths / 10 for tenths in rng.integers(1, 101, size=count).tolist()]


def _far_apart(
    size: int, pairs: list[Pair], weights: list[float], directed: bool, rng: np.random.Generator
) -> Pair:
    """A start that reaches many of four tried, and a goal in the farther half of its reach."""
    arcs: list[dict[int, int]] = [{} for _ in range(size)]
    for (u, v), weight in zip(pairs, weights, strict=True):
        tenths = round(weight * 10)
        arcs[u][v] = tenths
        if not directed:
            arcs[v][u] = tenths
    starts = [n for n in rng.permutation(size).tolist() if arcs[n]][:4]
    reaches = [(start, list(distances(arcs, start))) for start in starts]
    start, reach = max(reaches, key=lambda found: len(found[1]))
    # Nodes come in order of their distance, the start itself first.
    return start, reach[int(rng.integers(max(1, len(reach) // 2), len(reach)))]
