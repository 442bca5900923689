"""Where a network may begin to follow what is connected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from hrm_toolkit.adapters.constraint.deduce import Deduction
from hrm_toolkit.adapters.constraint.kinds import Known
from hrm_toolkit.adapters.constraint.literal import Literal
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.constraint.spread import Connected
from hrm_toolkit.core.structure import Factor


def roots(problem: Problem) -> Iterator[Factor]:
    """For each connected piece one node that surely holds, or two neighbours of which one does.

    Nodes that pass messages to their neighbours alone cannot tell one piece from two that look
    alike; where one of them is marked, what hangs together with it is reached from there. A piece
    of which no such node is found without a supposition goes without.

    Example:
        >>> from hrm_toolkit.adapters.constraint.kinds import Count
        >>> problem = Problem()
        >>> row = problem.grid(1, 3)
        >>> nodes = tuple((k, 1) for k in range(3))
        >>> problem.add(Connected(label="piece", nodes=nodes, edges=((0, 1), (1, 2))))
        >>> list(roots(problem))
        []
        >>> problem.add(Count(label="end", of=((2, 1),), low=1, high=1))
        >>> [factor.of for factor in roots(problem)]
        [((2, 1),)]
    """
    pieces = [c for c in problem.constraints if isinstance(c, Connected)]
    if not pieces:
        return
    deduction = Deduction(problem)
    deduction.run()
    for piece in pieces:
        found = _root(piece, deduction.known, problem)
        if found:
            name = f"{type(piece).__name__.lower()} root"
            yield Factor(name, tuple(piece.nodes[k] for k in found), exact=False)


def faces(problem: Problem) -> Iterator[Factor]:
    """For each connected piece the cycles of four of its graph: nodes across such a cycle may cut
    the piece together, and are no neighbours.

    Example:
        >>> problem = Problem()
        >>> square = tuple((int(k), 1) for k in problem.grid(2, 2).ravel())
        >>> edges = ((0, 1), (0, 2), (1, 3), (2, 3))
        >>> problem.add(Connected(label="piece", nodes=square, edges=edges))
        >>> [[variable for variable, _ in factor.of] for factor in faces(problem)]
        [[0, 1, 3, 2]]
    """
    for piece in problem.constraints:
        if isinstance(piece, Connected):
            name = f"{type(piece).__name__.lower()} face"
            for cycle in _cycles([set(others) for others in piece.near]):
                yield Factor(name, tuple(piece.nodes[k] for k in cycle), exact=False)


def _cycles(near: Sequence[set[int]]) -> Iterator[tuple[int, int, int, int]]:
    """Cycles of four nodes in a graph of neighbours, each once, from its first node."""
    for a, beside in enumerate(near):
        for c in sorted({n for b in beside for n in near[b] if n > a} - beside):
            between = [n for n in sorted(beside & near[c]) if n > a]
            for b, d in combinations(between, 2):
                yield a, b, c, d


def _root(piece: Connected, known: Known, problem: Problem) -> tuple[int, ...]:
    """Of what may be marked the middle one in order, from which the ways are short."""
    if piece.root is not None:
        return (piece.root,)
    held = [k for k, literal in enumerate(piece.nodes) if known.get(literal)]
    if held:
        return (held[len(held) // 2],)
    middle = len(piece.edges) // 2
    for a, b in (*piece.edges[middle:], *piece.edges[:middle]):
        if _either(piece.nodes[a], piece.nodes[b], problem):
            return a, b
    return ()


def _either(one: Literal, other: Literal, problem: Problem) -> bool:
    """Whether a constraint alone shows that one of two literals holds."""
    known = {one: False, **dict.fromkeys(_rivals(one, problem), True)}
    wanted = {(other, True), *((rival, False) for rival in _rivals(other, problem))}
    return any(
        (step.literal, step.holds) in wanted
        for constraint in problem.watching[one[0]]
        if not isinstance(constraint, Connected)
        for step in constraint.forces(known, problem)
    )


def _rivals(literal: Literal, problem: Problem) -> list[Literal]:
    """The other value of a variable that has two, which it has where it has not this one."""
    variable, value = literal
    left = [(variable, v) for v in problem.values(variable) if v != value]
    return left if len(left) == 1 else []
