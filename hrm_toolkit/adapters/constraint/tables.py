"""Constraints that list or spell what is allowed: Table and Regular."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from hrm_toolkit.adapters.constraint.kinds import Constraint, Forced, Known, words
from hrm_toolkit.adapters.constraint.literal import Literal, Values, Variables
from hrm_toolkit.core import Violation

if TYPE_CHECKING:
    from hrm_toolkit.adapters.constraint.exact.rows import Rows


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

    @classmethod
    def runs(
        cls, label: str, scope: Sequence[int], lengths: Sequence[int], *, where: str = ""
    ) -> Regular:
        """The ones in the scope stand in runs of these lengths, a zero or more between them.

        Example:
            >>> from hrm_toolkit.adapters.constraint.problem import Problem
            >>> problem = Problem()
            >>> line = problem.grid(1, 4)[0]
            >>> problem.add(Regular.runs("row", line, [2, 1]))
            >>> problem.check([1, 1, 0, 1]), len(problem.check([1, 0, 1, 1]))
            ([], 1)
        """
        steps: dict[tuple[int, int], int] = {(0, 0): 0}
        state = 0
        for number, length in enumerate(lengths):
            for _ in range(length):
                steps[state, 1] = state + 1
                state += 1
            if number < len(lengths) - 1:
                steps[state, 0] = state + 1
                steps[state + 1, 0] = state + 1
                state += 1
            else:
                steps[state, 0] = state
        return cls(
            label=label, where=where, scope=tuple(map(int, scope)), steps=steps, start=0,
            ends=(state,),
        )  # fmt: skip

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
