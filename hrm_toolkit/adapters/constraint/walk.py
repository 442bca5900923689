"""Walks over small graphs: parts that hang together, and what holds them together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence


def neighbours(count: int, edges: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The neighbours of each of ``count`` nodes."""
    near: list[list[int]] = [[] for _ in range(count)]
    for a, b in edges:
        near[a].append(b)
        near[b].append(a)
    return near


def parts_of(nodes: Collection[int], near: Sequence[Sequence[int]]) -> list[set[int]]:
    """The connected parts of some nodes.

    Example:
        >>> parts_of([0, 1, 3], neighbours(4, [(0, 1), (1, 2), (2, 3)]))
        [{0, 1}, {3}]
    """
    left = dict.fromkeys(nodes)
    found = []
    while left:
        first = next(iter(left))
        del left[first]
        todo, part = [first], {first}
        while todo:
            for node in near[todo.pop()]:
                if node in left:
                    del left[node]
                    part.add(node)
                    todo.append(node)
        found.append(part)
    return found


def separating(
    held: Sequence[int], nodes: Collection[int], near: Sequence[Sequence[int]]
) -> list[int]:
    """The nodes without which two of those held would not hang together.

    Args:
        held: at least two, all within ``nodes``.
        nodes: connected.

    Example:
        >>> separating([0, 3], {0, 1, 2, 3}, neighbours(4, [(0, 1), (1, 2), (2, 3)]))
        [2, 1]
    """
    wanted, inside = set(held), set(nodes)
    begin = held[0]
    # The order in which a depth-first walk finds them, and the earliest that each one's branch
    # leads back to (Tarjan); ``below`` counts the held nodes of a branch.
    found = {begin: 0}
    back, below = {begin: 0}, {begin: 1}
    stack = [(begin, iter(near[begin]))]
    cut = []
    while stack:
        node, rest = stack[-1]
        for other in rest:
            if other not in inside:
                continue
            if other in found:
                back[node] = min(back[node], found[other])
            else:
                found[other] = back[other] = len(found)
                below[other] = int(other in wanted)
                stack.append((other, iter(near[other])))
                break
        else:
            stack.pop()
            if stack:
                parent = stack[-1][0]
                back[parent] = min(back[parent], back[node])
                below[parent] += below[node]
                if parent != begin and below[node] and back[node] >= found[parent]:
                    cut.append(parent)
    return cut
