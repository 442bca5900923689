"""How many colours a graph needs at least, and suffice, as can be told without a search."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from hrm_toolkit.adapters.constraint.colouring.puzzle import ColouringPuzzle

_BEGUN = 40
"""Nodes from which a clique is looked for."""


def neighbours(puzzle: ColouringPuzzle) -> list[set[int]]:
    """The places of the nodes that each is joined to."""
    near: list[set[int]] = [set() for _ in puzzle.nodes]
    for a, b in puzzle.edges:
        near[a].add(b)
        near[b].add(a)
    return near


@lru_cache(maxsize=32)
def clique(puzzle: ColouringPuzzle) -> tuple[int, ...]:
    """Nodes that are all joined to each other: each needs a colour of its own.

    Example:
        >>> clique(ColouringPuzzle(nodes=tuple("abcd"), edges=((0, 1), (1, 2), (0, 2), (2, 3))))
        (0, 1, 2)
    """
    near = neighbours(puzzle)
    order = sorted(range(len(near)), key=lambda k: (-len(near[k]), k))
    best: tuple[int, ...] = (0,)
    for first in order[:_BEGUN]:
        found, left = [first], set(near[first])
        while left:
            # The node that leaves the most to choose from next.
            node = min(left, key=lambda k: (-len(near[k] & left), k))
            found.append(node)
            left &= near[node]
        if len(found) > len(best):
            best = tuple(sorted(found))
    return best


def cliques(puzzle: ColouringPuzzle) -> list[list[int]]:
    """Groups of nodes that are all joined to each other, such that each edge is within one.

    A search that knows them sees sooner that colours do not suffice.

    Example:
        >>> cliques(ColouringPuzzle(nodes=tuple("abcd"), edges=((0, 1), (1, 2), (0, 2), (2, 3))))
        [[0, 1, 2], [2, 3]]
    """
    near, found = neighbours(puzzle), list[list[int]]()
    covered: set[tuple[int, int]] = set()
    for a, b in puzzle.edges:
        if (a, b) in covered:
            continue
        group, left = [a, b], near[a] & near[b]
        while left:
            node = min(left, key=lambda k: (-len(near[k] & left), k))
            group.append(node)
            left &= near[node]
        group.sort()
        covered.update((p, q) for k, p in enumerate(group) for q in group[k + 1 :])
        found.append(group)
    return found


@lru_cache(maxsize=32)
def coloured(puzzle: ColouringPuzzle) -> tuple[int, ...]:
    """A colouring, from 1, by always taking the node that sees the most colours (DSATUR).

    It heeds no colour that is given.

    Example:
        >>> coloured(ColouringPuzzle(nodes=tuple("abc"), edges=((0, 1), (1, 2))))
        (2, 1, 2)
    """
    near = neighbours(puzzle)
    colour = [0] * len(near)
    seen: list[set[int]] = [set() for _ in near]
    left = set(range(len(near)))
    while left:
        node = min(left, key=lambda k: (-len(seen[k]), -len(near[k]), k))
        colour[node] = next(c for c in range(1, len(near) + 2) if c not in seen[node])
        left.remove(node)
        for other in near[node]:
            seen[other].add(colour[node])
    return tuple(colour)


def used(colours: Sequence[int]) -> int:
    """How many different colours there are."""
    return len(set(colours))
