"""Constraints over a graph: one connected piece, a tree, one loop, how far one sees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hrm_toolkit.adapters.constraint.kinds import Constraint, Forced, Known, counted, words
from hrm_toolkit.adapters.constraint.literal import Literal, Values, Variables
from hrm_toolkit.adapters.constraint.walk import neighbours, parts_of, separating
from hrm_toolkit.core import Violation
from hrm_toolkit.core.structure import Factor

if TYPE_CHECKING:
    from hrm_toolkit.adapters.constraint.exact.rows import Rows

Edge = tuple[int, int]
"""Two nodes by number."""


@dataclass(frozen=True, kw_only=True)
class Connected(Constraint):
    """The nodes whose literal holds are one connected piece.

    Attributes:
        nodes: a literal a node.
        edges: pairs of node numbers.
        root: a node that surely holds, or None.
    """

    nodes: tuple[Literal, ...]
    edges: tuple[Edge, ...]
    root: int | None = None

    @cached_property
    def near(self) -> list[list[int]]:
        """Neighbours of each node."""
        return neighbours(len(self.nodes), self.edges)

    def literals(self, of: Variables) -> Iterable[Literal]:
        return self.nodes

    def broken(self, x: Values, of: Variables) -> Iterator[Violation]:
        on = [k for k, (variable, value) in enumerate(self.nodes) if x[variable] == value]
        parts = parts_of(on, self.near)
        parts.sort(key=lambda part: (self.root not in part, -len(part)))
        for part in parts[1:]:
            cut = [self.nodes[k][0] for k in sorted(part)]
            sentence = f"{self.name}: {words(cut, of)} cut off from the others"
            yield self.violation(sentence, cut, of, len(cut))

    def forces(self, known: Known, of: Variables) -> Iterator[Forced]:
        told = [known.get(literal) for literal in self.nodes]
        on = [k for k, holds in enumerate(told) if holds]
        if self.root is not None and self.root not in on:
            on.append(self.root)
        if not on:
            return
        open_ = [k for k, holds in enumerate(told) if holds is not False]
        (here,) = (part for part in parts_of(open_, self.near) if on[0] in part)
        off = tuple(self.nodes[k] for k, holds in enumerate(told) if holds is False)
        away = [k for k in on if k not in here]
        if away:
            yield Forced(None, True, (*off, self.nodes[on[0]], self.nodes[away[0]]))
            return
        for k in open_:
            if k not in here:
                yield Forced(self.nodes[k], False, (*off, self.nodes[on[0]]))
        if len(on) > 1:
            held = tuple(self.nodes[k] for k in on if told[k])
            for k in separating(on, here, self.near):
                if told[k] is None:
                    yield Forced(self.nodes[k], True, (*off, *held))

    def post(self, rows: Rows, when: Sequence[int] = ()) -> None:
        if when:
            raise ValueError("what is connected is connected always")
        root = -1 if self.root is None else self.root
        rows.connected(rows.all_of(self.nodes), self.edges, root)

    def factors(self, of: Variables) -> Iterator[Factor]:
        # Its scope is everything, which says nothing; what a network can pool over is its graph.
        for edge in self.edges:
            yield Factor(self.label, tuple(self.nodes[k] for k in edge))


@dataclass(frozen=True, kw_only=True)
class Tree(Connected):
    """The nodes whose literal holds are one connected piece without a cycle."""

    def broken(self, x: Values, of: Variables) -> Iterator[Violation]:
        yield from super().broken(x, of)
        on = {k for k, (variable, value) in enumerate(self.nodes) if x[variable] == value}
        left = dict.fromkeys(on)
        # What has at most one neighbour is on no cycle; what remains is.
        bare = [k for k in left if sum(n in left for n in self.near[k]) < 2]
        while bare:
            k = bare.pop()
            if k in left:
                del left[k]
                bare += [n for n in self.near[k] if n in left]
                bare = [n for n in bare if sum(m in left for m in self.near[n]) < 2]
        if left:
            around = [self.nodes[k][0] for k in sorted(left)]
            yield self.violation(f"{self.name}: a cycle, at {words(around, of)}", around, of)

    def forces(self, known: Known, of: Variables) -> Iterator[Forced]:
        yield from super().forces(known, of)
        held = [k for k, literal in enumerate(self.nodes) if known.get(literal)]
        part_of = {k: n for n, part in enumerate(parts_of(held, self.near)) for k in part}
        for k, literal in enumerate(self.nodes):
            if literal in known:
                continue
            near = [n for n in self.near[k] if n in part_of]
            if len({part_of[n] for n in near}) < len(near):
                yield Forced(literal, False, tuple(self.nodes[n] for n in held))

    def post(self, rows: Rows, when: Sequence[int] = ()) -> None:
        super().post(rows, when)
        lits = rows.all_of(self.nodes)
        both = [rows.both([lits[a], lits[b]]) for a, b in self.edges]
        any_ = rows.new()
        rows.clause(lits, when=[any_])
        for lit in lits:
            rows.clause([any_], when=[lit])
        # A tree has one edge fewer than nodes.
        weights = [1] * len(lits) + [-1] * (len(both) + 1)
        rows.at_least([*lits, *both, any_], 0, weights=weights)


@dataclass(frozen=True, kw_only=True)
class Loop(Constraint):
    """The edges that hold are one loop, which passes no node twice.

    Attributes:
        nodes: names of the nodes, for a reader.
        edges: (node, node, variable): the edge is there where the variable is 1.
        off: for a node the literal that it is not passed; a node that has none may be or not.
    """

    nodes: tuple[str, ...]
    edges: tuple[tuple[int, int, int], ...]
    off: tuple[tuple[int, Literal], ...] = ()

    @cached_property
    def _at(self) -> list[list[int]]:
        """Variables of the edges at each node."""
        at: list[list[int]] = [[] for _ in self.nodes]
        for a, b, variable in self.edges:
            at[a].append(variable)
            at[b].append(variable)
        return at

    @cached_property
    def _arrays(self) -> tuple[Values, Values]:
        """Edges, shape (edges, 3), and nodes with the literal of being passed not, (off, 3)."""
        off = [(node, *literal) for node, literal in self.off]
        return np.array(self.edges, np.int64).reshape(-1, 3), np.array(off, np.int64).reshape(-1, 3)

    def literals(self, of: Variables) -> Iterable[Literal]:
        return [*((variable, 1) for _, _, variable in self.edges), *(lit for _, lit in self.off)]

    def broken(self, x: Values, of: Variables) -> Iterator[Violation]:
        edges, off = self._arrays
        lines = edges[x[edges[:, 2]] == 1]
        drawn = lines.tolist()
        if not drawn:
            yield self.violation(f"{self.name}: there is no line", (), of)
        counts = np.bincount(lines[:, :2].ravel(), minlength=len(self.nodes))
        wrong = (counts != 0) & (counts != 2)
        wrong[off[:, 0]] = counts[off[:, 0]] != 2 * (x[off[:, 1]] != off[:, 2])
        for node in np.flatnonzero(wrong).tolist():
            count, variables = int(counts[node]), self._at[node]
            ends = f"{count} ends of lines meet" if count != 1 else "a line ends"
            what = ends if count else "no line passes"
            at = [k for k in variables if x[k]] or variables
            yield self.violation(f"{self.name}: {what} at {self.nodes[node]}", at, of, count)
        parts = parts_of(
            {n for a, b, _ in drawn for n in (a, b)},
            neighbours(len(self.nodes), [(a, b) for a, b, _ in drawn]),
        )
        parts.sort(key=len, reverse=True)
        for part in parts[1:]:
            others = [variable for a, _, variable in drawn if a in part]
            where = self.nodes[min(part)]
            yield self.violation(f"{self.name}: another line runs by {where}", others, of)

    def forces(self, known: Known, of: Variables) -> Iterator[Forced]:
        off = dict(self.off)
        for node, variables in enumerate(self._at):
            ends = [(k, 1) for k in variables]
            if node in off:
                k, value = off[node]
                yield from counted(ends, 0, 0, known, [(k, value)])
                yield from self._passed(ends, known, [(k, v) for v in of.values(k) if v != value])
            else:
                yield from counted(ends, 0, 2, known)
                for end in ends:
                    yield from counted([e for e in ends if e != end], 1, 4, known, [end])
        yield from self._closing(known)

    def _passed(
        self, ends: Sequence[Literal], known: Known, passed: Sequence[Literal]
    ) -> Iterator[Forced]:
        """Two lines meet at a node that is passed; where one does, it is."""
        if len(passed) == 1:
            yield from counted(ends, 2, 2, known, passed)

    def _closing(self, known: Known) -> Iterator[Forced]:
        """No edge closes a loop while a line lies elsewhere."""
        drawn = [(a, b, k) for a, b, k in self.edges if known.get((k, 1))]
        near = neighbours(len(self.nodes), [(a, b) for a, b, _ in drawn])
        parts = parts_of({n for a, b, _ in drawn for n in (a, b)}, near)
        if len(parts) < 2:
            return
        number = {node: n for n, part in enumerate(parts) for node in part}
        lines: list[list[Literal]] = [[] for _ in parts]
        for a, _, k in drawn:
            lines[number[a]].append((k, 1))
        for n, part in enumerate(parts):
            if all(len(near[node]) == 2 for node in part):
                other = lines[1 if n == 0 else 0][0]
                yield Forced(None, True, (*lines[n], other))
                return
        for a, b, k in self.edges:
            if (k, 1) not in known and a in number and number.get(b) == number[a]:
                n = number[a]
                yield Forced((k, 1), False, (*lines[n], lines[1 if n == 0 else 0][0]))

    def post(self, rows: Rows, when: Sequence[int] = ()) -> None:
        if when:
            raise ValueError("a loop is a loop always")
        edges = [(a, b, rows.of((variable, 1))) for a, b, variable in self.edges]
        rows.loop(len(self.nodes), edges)
        for node, literal in self.off:
            lits = [rows.of((variable, 1)) for variable in self._at[node]]
            off = rows.of(literal)
            rows.count_of(lits, 0, 0, when=[off])
            rows.count_of(lits, 2, 2, when=[off ^ 1])

    def factors(self, of: Variables) -> Iterator[Factor]:
        off = dict(self.off)
        for node, variables in enumerate(self._at):
            when = (off[node],) if node in off else ()
            lines = tuple((k, 1) for k in variables)
            yield Factor(self.label, lines, when, 0, 2, exact=False)


@dataclass(frozen=True, kw_only=True)
class View(Constraint):
    """Along the arms the literals that hold before the first that does not: ``n`` in all.

    Attributes:
        arms: literals of each, the nearest first.
    """

    arms: tuple[tuple[Literal, ...], ...]
    n: int

    def literals(self, of: Variables) -> Iterable[Literal]:
        return [literal for arm in self.arms for literal in arm]

    def broken(self, x: Values, of: Variables) -> Iterator[Violation]:
        seen: list[int] = []
        for arm in self.arms:
            for k, value in arm:
                if x[k] != value:
                    break
                seen.append(k)
        if len(seen) != self.n:
            sentence = f"{self.name} sees {len(seen)} cells and not {self.n}"
            yield self.violation(sentence, seen or [k for arm in self.arms for k, _ in arm], of)

    def forces(self, known: Known, of: Variables) -> Iterator[Forced]:
        least, most = [], []
        for arm in self.arms:
            told = [known.get(literal) for literal in arm]
            least.append(next((k for k, t in enumerate(told) if t is not True), len(told)))
            most.append(next((k for k, t in enumerate(told) if t is False), len(told)))
        uses = tuple(literal for arm in self.arms for literal in arm if literal in known)
        if not sum(least) <= self.n <= sum(most):
            yield Forced(None, True, uses)
            return
        for arm, low, high in zip(self.arms, least, most, strict=True):
            # This arm sees at least what the others cannot, and at most what they leave.
            need = max(self.n - (sum(most) - high), 0)
            room = self.n - (sum(least) - low)
            for literal in arm[low:need]:
                if literal not in known:
                    yield Forced(literal, True, uses)
            if room == low < len(arm) and arm[low] not in known:
                yield Forced(arm[low], False, uses)
                continue
            # Beyond an open cell lie cells that hold: seen, they would be too many.
            if low < len(arm) and arm[low] not in known:
                after = low + 1
                while after < len(arm) and known.get(arm[after]):
                    after += 1
                if after > room:
                    yield Forced(arm[low], False, uses)

    def post(self, rows: Rows, when: Sequence[int] = ()) -> None:
        seen: list[int] = []
        for arm in self.arms:
            lits = rows.all_of(arm)
            for k in range(len(lits)):
                seen.append(lits[0] if k == 0 else rows.both([seen[-1], lits[k]]))
        rows.count_of(seen, self.n, self.n, when=when)

    def factors(self, of: Variables) -> Iterator[Factor]:
        arms = tuple(self.literals(of))
        yield Factor(self.label, arms, (), self.n, self.n, exact=False)
