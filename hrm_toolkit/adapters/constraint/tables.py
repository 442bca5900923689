"""Constraints that list or spell what is allowed: Table, Regular, and Runs of ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import groupby, pairwise, product
from typing import TYPE_CHECKING

from hrm_toolkit.adapters.constraint.exact.rows import FALSE, TRUE
from hrm_toolkit.adapters.constraint.kinds import Constraint, Forced, Known, words
from hrm_toolkit.adapters.constraint.literal import Literal, Values, Variables
from hrm_toolkit.core import Violation
from hrm_toolkit.core.rules import Place
from hrm_toolkit.core.structure import Factor

if TYPE_CHECKING:
    from hrm_toolkit.adapters.constraint.exact.rows import Rows

_SHORT = 8
"""Variables of a table that a network is told row by row."""
_EITHER = 2


@dataclass(frozen=True, kw_only=True)
class Table(Constraint):
    """The values of the scope are one of the rows."""

    scope: tuple[int, ...]
    rows: tuple[tuple[int, ...], ...]

    @cached_property
    def _allowed(self) -> frozenset[tuple[int, ...]]:
        return frozenset(self.rows)

    def literals(self, of: Variables) -> Iterable[Literal]:
        return [(k, value) for k in self.scope for value in of.values(k)]

    def broken(self, x: Values, of: Variables) -> Iterator[Violation]:
        if tuple(x[k] for k in self.scope) not in self._allowed:
            sentence = f"{self.name} is broken at {words(self.scope, of)}"
            yield self.violation(sentence, self.scope, of)

    def forces(self, known: Known, of: Variables) -> Iterator[Forced]:
        literals = self.literals(of)
        uses = tuple(literal for literal in literals if literal in known)
        failed = {literal for literal in uses if not known[literal]}
        rows = [row for row in self.rows if failed.isdisjoint(zip(self.scope, row, strict=True))]
        if not rows:
            yield Forced(None, True, uses)
            return
        left = {literal for row in rows for literal in zip(self.scope, row, strict=True)}
        for literal in literals:
            if literal not in left and literal not in known:
                yield Forced(literal, False, uses)

    def post(self, rows: Rows, when: Sequence[int] = ()) -> None:
        picks = [rows.new() for _ in self.rows]
        of_literal: dict[int, list[int]] = {}
        for pick, row in zip(picks, self.rows, strict=True):
            for literal in zip(self.scope, row, strict=True):
                of_literal.setdefault(rows.of(literal), []).append(pick)
        for k in self.scope:
            for value in rows.variables.values(k):
                lit = rows.of((k, value))
                # A value that holds is that of a row that is picked, and of no other.
                rows.clause(of_literal.get(lit, []), when=[lit, *when])
                for pick in of_literal.get(lit, []):
                    rows.clause([lit], when=[pick])
        rows.clause(picks, when=when)
        rows.count_of(picks, 0, 1)

    def factors(self, of: Variables) -> Iterator[Factor]:
        """Of a few variables of two values all that it says, as clauses; else its literals."""
        if len(self.scope) > _SHORT or any(len(of.values(k)) != 2 for k in self.scope):
            yield from super().factors(of)
            return
        lows = [of.low[k] for k in self.scope]
        shifted = (tuple(v - low for v, low in zip(r, lows, strict=True)) for r in self.rows)
        for clause in _clauses(frozenset(shifted), len(self.scope)):
            literals = tuple((self.scope[at], lows[at] + value) for at, value in clause)
            yield Factor(self.label, literals, (), 1, len(literals))


@lru_cache(maxsize=256)
def _clauses(rows: frozenset[tuple[int, ...]], length: int) -> tuple[tuple[Literal, ...], ...]:
    """The shortest clauses that hold in each row and together in no other: (place, value) each.

    A clause is what forbids a cube of assignments; those of no row are joined to cubes, two that
    differ at one place at a time (Quine and McCluskey), until none can be joined.
    """
    cubes = {cube for cube in product((0, 1), repeat=length) if cube not in rows}
    largest: set[tuple[int, ...]] = set()
    while cubes:
        joined, parts = set(), set()
        for cube in cubes:
            for at in range(length):
                other = (*cube[:at], 1, *cube[at + 1 :])
                if cube[at] == 0 and other in cubes:
                    joined.add((*cube[:at], _EITHER, *cube[at + 1 :]))
                    parts |= {cube, other}
        largest |= cubes - parts
        cubes = joined
    return tuple(
        tuple((at, 1 - value) for at, value in enumerate(cube) if value != _EITHER)
        for cube in sorted(largest)
    )


@dataclass(frozen=True, kw_only=True)
class Regular(Constraint):
    """The values of the scope, in order, are a word of an automaton.

    Attributes:
        steps: (state, value) -> the next state; what is missing leads nowhere.
        start: the first state; ``ends`` those in which the word may end.
    """

    scope: tuple[int, ...]
    steps: Mapping[tuple[int, int], int] = field(hash=False)
    start: int
    ends: tuple[int, ...]

    def _layers(self, known: Known) -> list[dict[int, list[tuple[int, int]]]]:
        """Steps (value, next state) from each state, a layer a variable: those on a way through."""
        reached, forward = {self.start}, []
        for k in self.scope:
            layer: dict[int, list[tuple[int, int]]] = {}
            for (state, value), to in self.steps.items():
                if state in reached and known.get((k, value)) is not False:
                    layer.setdefault(state, []).append((value, to))
            forward.append(layer)
            reached = {to for steps in layer.values() for _, to in steps}
        right = set(self.ends)
        for place in range(len(forward) - 1, -1, -1):
            kept = {
                state: [step for step in steps if step[1] in right]
                for state, steps in forward[place].items()
            }
            forward[place] = {state: steps for state, steps in kept.items() if steps}
            right = set(forward[place])
        return forward

    def literals(self, of: Variables) -> Iterable[Literal]:
        return [(k, value) for k in self.scope for value in of.values(k)]

    def broken(self, x: Values, of: Variables) -> Iterator[Violation]:
        state: int | None = self.start
        for k in self.scope:
            state = self.steps.get((state, int(x[k]))) if state is not None else None
        if state not in self.ends:
            sentence = f"{self.name} is not as it says, from {of.names[self.scope[0]]} on"
            yield self.violation(sentence, self.scope, of)

    def forces(self, known: Known, of: Variables) -> Iterator[Forced]:
        uses = tuple(literal for literal in self.literals(of) if literal in known)
        layers = self._layers(known)
        if not layers[0].get(self.start):
            yield Forced(None, True, uses)
            return
        for k, layer in zip(self.scope, layers, strict=True):
            left = {value for steps in layer.values() for value, _ in steps}
            for value in of.values(k):
                if value not in left and (k, value) not in known:
                    yield Forced((k, value), False, uses)

    def post(self, rows: Rows, when: Sequence[int] = ()) -> None:
        here = {self.start: 0}
        layers = self._layers({})
        if not layers[0].get(self.start):
            rows.clause([], when=when)
            return
        for k, layer in zip(self.scope, layers, strict=True):
            there = {to: 0 for steps in layer.values() for _, to in steps}
            for to in there:
                there[to] = rows.new() if len(there) > 1 else 0
            rows.exactly(list(there.values()), 1)
            came: dict[tuple[int, int], list[int]] = {}
            for state, lit in here.items():
                open_ = dict(layer.get(state, []))
                for value in rows.variables.values(k):
                    taken = [lit, rows.of((k, value)), *when]
                    if value in open_:
                        rows.clause([there[open_[value]]], when=taken)
                        came.setdefault((open_[value], value), []).append(lit)
                    else:
                        rows.clause([], when=taken)
            for to, lit in there.items():
                for value in rows.variables.values(k):
                    rows.clause(came.get((to, value), []), when=[lit, rows.of((k, value)), *when])
            here = there


@dataclass(frozen=True, kw_only=True)
class Runs(Regular):
    """The ones in the scope stand in runs of these lengths, a zero or more between them.

    Attributes:
        lengths: of the runs, in order; () where there is no one at all.

    Example:
        >>> from hrm_toolkit.adapters.constraint.problem import Problem
        >>> problem = Problem()
        >>> line = problem.grid(1, 4)[0]
        >>> problem.add(Runs.of("row 1", line, [2, 1], label="row"))
        >>> [wrong.message for wrong in problem.check([1, 0, 1, 1])], problem.check([1, 1, 0, 1])
        (['row 1 has runs 1 2 and not 2 1'], [])
    """

    lengths: tuple[int, ...]

    @classmethod
    def of(
        cls,
        where: str,
        scope: Iterable[int],
        lengths: Iterable[int],
        *,
        label: str = "runs",
        clue: Place | None = None,
    ) -> Runs:
        """The automaton of some runs."""
        kept = tuple(map(int, lengths))
        steps: dict[tuple[int, int], int] = {(0, 0): 0}
        state = 0
        for number, length in enumerate(kept):
            for _ in range(length):
                steps[state, 1] = state + 1
                state += 1
            # A zero must part it from the next run; after the last as many follow as may.
            last = number == len(kept) - 1
            steps[state, 0] = state + (not last)
            if not last:
                state += 1
                steps[state, 0] = state
        return cls(
            label=label, where=where, clue=clue, scope=tuple(map(int, scope)), steps=steps,
            start=0, ends=(state,), lengths=kept,
        )  # fmt: skip

    def broken(self, x: Values, of: Variables) -> Iterator[Violation]:
        # What is neither one nor zero is in no word of the automaton.
        if any(super().broken(x, of)):
            found = [len(list(run)) for one, run in groupby(x[k] == 1 for k in self.scope) if one]
            has, wants = (" ".join(map(str, runs)) or "none" for runs in (found, self.lengths))
            sentence = f"{self.name} has runs {has} and not {wants}"
            yield self.violation(sentence, self.scope, of, len(found))

    def post(self, rows: Rows, when: Sequence[int] = ()) -> None:
        # Told by where runs begin: fewer and shorter rows than the automaton has.
        size = len(self.scope)
        slack = size - sum(self.lengths) - max(len(self.lengths) - 1, 0)
        if slack < 0:
            rows.clause([], when=when)
            return
        first = [sum(self.lengths[:k]) + k for k in range(len(self.lengths))]
        begun = [[rows.new() for _ in range(slack)] for _ in first]
        for lits in begun:
            for a, b in pairwise(lits):
                rows.clause([b], when=[a])

        def by(run: int, cell: int) -> int:
            """That a run begins at a cell or before it."""
            at = cell - first[run]
            return FALSE if at < 0 else TRUE if at >= slack else begun[run][at]

        for cell, k in enumerate(self.scope):
            one = rows.of((k, 1))
            for value in rows.variables.values(k):
                if value not in (0, 1):
                    rows.clause([], when=[rows.of((k, value)), *when])
            over = TRUE
            for run, length in enumerate(self.lengths):
                # Between two runs lies no one; a run that has begun and is not over is ones.
                rows.clause([one ^ 1, over ^ 1, by(run, cell)], when=when)
                over = by(run, cell - length)
                rows.clause([one, by(run, cell) ^ 1, over], when=when)
                if run:
                    parted = by(run - 1, cell - self.lengths[run - 1] - 1)
                    rows.clause([parted], when=[by(run, cell)])
            rows.clause([one ^ 1, over ^ 1], when=when)

    def factors(self, of: Variables) -> Iterator[Factor]:
        # How many ones the first few cells hold at the least and at the most: together these
        # bounds say where each run may lie, and so what the lengths are.
        early: list[int] = []
        for length in self.lengths:
            early += [1] * length + [0]
        early = early[:-1]
        rest = [0] * (len(self.scope) - len(early))
        late, early = rest + early, early + rest
        for size in range(1, len(self.scope) + 1):
            low, high = sum(late[:size]), sum(early[:size])
            if low > 0 or high < size:
                yield Factor(self.label, tuple((k, 1) for k in self.scope[:size]), (), low, high)
