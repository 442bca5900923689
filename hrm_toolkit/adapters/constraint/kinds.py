"""Constraints over literals that need no graph: the base of all, Count, AllDifferent and Sum."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from hrm_toolkit.adapters.constraint.literal import Literal, Values, Variables
from hrm_toolkit.core import Violation
from hrm_toolkit.core.rules import Place
from hrm_toolkit.core.structure import Factor

if TYPE_CHECKING:
    from hrm_toolkit.adapters.constraint.exact.rows import Rows

Known = Mapping[Literal, bool]
"""What is known so far: whether a literal holds. Those that are open are missing."""
Uses = tuple[Literal, ...]
_PAIR = 2


class Forced(NamedTuple):
    """What one constraint forces by itself.

    Attributes:
        literal: what is forced; None for a contradiction.
        holds: whether it holds, or fails.
        uses: the literals that were known and force it.
    """

    literal: Literal | None
    holds: bool
    uses: Uses


@dataclass(frozen=True, kw_only=True)
class Constraint(ABC):
    """One rule of a problem, declared once and read in five ways.

    What is broken (``broken``), what it forces by itself (``forces``), how an exact solver reads
    it (``post``), what a network may pool over (``factors``); the fifth, puzzles that it leaves
    one answer to, is made from ``post``: see ``generate``.

    Attributes:
        label: the kind of rule, as a machine names it, such as ``room``.
        where: which one it is, for a reader: "the 2 at row 1 column 3"; the label unless said.
        says: the sentence of a violation, with ``{where}`` and, where there is one, ``{n}``.
        clue: the place of the clue without which the puzzle would not say it.
    """

    label: str
    where: str = ""
    says: str = ""
    clue: Place | None = None

    @property
    def name(self) -> str:
        """Which rule it is, for a reader."""
        return self.where or self.label

    @abstractmethod
    def literals(self, of: Variables) -> Iterable[Literal]:
        """The literals that it speaks of."""

    @abstractmethod
    def broken(self, x: Values, of: Variables) -> Iterator[Violation]:
        """What is wrong with an answer x, shape (V,): a sentence with places each."""

    @abstractmethod
    def forces(self, known: Known, of: Variables) -> Iterator[Forced]:
        """What it forces by itself; never the opposite of what an answer has."""

    @abstractmethod
    def post(self, rows: Rows, when: Sequence[int] = ()) -> None:
        """Write it down for an exact solver, whenever the Boolean literals ``when`` hold.

        Raises:
            ValueError: where it can only hold always, and there is a ``when``.
        """

    def factors(self, of: Variables) -> Iterator[Factor]:
        """What a network pools over. The default pools all its literals."""
        yield Factor(self.label, tuple(self.literals(of)))

    def violation(
        self, sentence: str, variables: Iterable[int], of: Variables, n: int = 0
    ) -> Violation:
        """A violation at the places of some variables.

        Args:
            sentence: said where the constraint has no ``says`` of its own.
            n: what ``{n}`` stands for in it.
        """
        said = self.says.format(where=self.name, n=n) if self.says else sentence
        places = dict.fromkeys(of.places[k] for k in variables)
        return Violation(rule=self.label, message=said, places=tuple(places))


def words(variables: Iterable[int], of: Variables, most: int = 4) -> str:
    """Names of some variables in a row: "row 1 column 2, row 3 column 1 and 5 more"."""
    names = [of.names[k] for k in dict.fromkeys(variables)]
    more = len(names) - most
    if more > 1:
        return f"{', '.join(names[:most])} and {more} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


@dataclass(frozen=True, kw_only=True)
class Count(Constraint):
    """Between ``low`` and ``high`` of the literals hold, whenever all of ``when`` do.

    Example:
        >>> from hrm_toolkit.adapters.constraint.problem import Problem
        >>> problem = Problem()
        >>> a, b = problem.var("a"), problem.var("b")
        >>> problem.add(Count(label="one", of=((a, 1), (b, 1)), low=1, high=1))
        >>> [wrong.message for wrong in problem.check([1, 1])]
        ['one: 2 and not 1, at a and b']
    """

    of: tuple[Literal, ...]
    low: int
    high: int
    when: tuple[Literal, ...] = ()

    def literals(self, of: Variables) -> Iterable[Literal]:
        return (*self.of, *self.when)

    def broken(self, x: Values, of: Variables) -> Iterator[Violation]:
        if all(x[k] == value for k, value in self.when):
            hit = [k for k, value in self.of if x[k] == value]
            if not self.low <= len(hit) <= self.high:
                high = min(self.high, len(self.of))
                want = f"{self.low}" if self.low == high else f"{self.low} to {high}"
                at = hit or [k for k, _ in (*self.of, *self.when)]
                sentence = f"{self.name}: {len(hit)} and not {want}, at {words(at, of)}"
                yield self.violation(sentence, at, of, len(hit))

    def forces(self, known: Known, of: Variables) -> Iterator[Forced]:
        return counted(self.of, self.low, self.high, known, self.when)

    def post(self, rows: Rows, when: Sequence[int] = ()) -> None:
        conditions = [*rows.all_of(self.when), *when]
        rows.count_of(rows.all_of(self.of), self.low, self.high, when=conditions)

    def factors(self, of: Variables) -> Iterator[Factor]:
        yield Factor(self.label, self.of, self.when, self.low, min(self.high, len(self.of)))


def counted(
    of: Sequence[Literal], low: int, high: int, known: Known, when: Sequence[Literal] = ()
) -> Iterator[Forced]:
    """What "between low and high of these hold" forces."""
    told = [known.get(literal) for literal in when]
    if False in told or told.count(None) > 1:
        return
    said = tuple(literal for literal in when if literal in known)
    yes: list[Literal] = []
    no: list[Literal] = []
    free: list[Literal] = []
    for literal in of:
        holds = known.get(literal)
        (free if holds is None else yes if holds else no).append(literal)
    many, few = len(yes) > high, len(yes) + len(free) < low
    if many or few:
        open_ = when[told.index(None)] if None in told else None
        # With one condition open it is the condition that fails.
        yield Forced(open_, open_ is None, (*(yes if many else no), *said))
    elif None not in told and len(yes) == high:
        for literal in free:
            yield Forced(literal, False, (*yes, *said))
    elif None not in told and len(yes) + len(free) == low:
        for literal in free:
            yield Forced(literal, True, (*no, *said))


def exactly(label: str, number: int, of: Iterable[Literal], **more: object) -> Count:
    """So many of the literals hold."""
    return Count(label=label, of=tuple(of), low=number, high=number, **more)  # type: ignore[arg-type]


def at_most(label: str, number: int, of: Iterable[Literal], **more: object) -> Count:
    """At most so many of the literals hold."""
    return Count(label=label, of=tuple(of), low=0, high=number, **more)  # type: ignore[arg-type]


def some(label: str, of: Iterable[Literal], **more: object) -> Count:
    """At least one of the literals holds; where there is none, the rule is broken."""
    literals = tuple(of)
    high = max(len(literals), 1)
    return Count(label=label, of=literals, low=1, high=high, **more)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class AllDifferent(Constraint):
    """No two variables of the scope take one value."""

    scope: tuple[int, ...]

    def _domain(self, of: Variables) -> list[int]:
        return sorted({value for k in self.scope for value in of.values(k)})

    def literals(self, of: Variables) -> Iterable[Literal]:
        return [(k, value) for k in self.scope for value in of.values(k)]

    def broken(self, x: Values, of: Variables) -> Iterator[Violation]:
        values = [int(x[k]) for k in self.scope]
        if len(set(values)) == len(values):
            return
        for value in dict.fromkeys(values):
            who = [k for k in self.scope if x[k] == value]
            if len(who) > 1:
                sentence = f"{self.name} has {len(who)} {value}s, at {words(who, of)}"
                yield self.violation(sentence, who, of, value)

    def forces(self, known: Known, of: Variables) -> Iterator[Forced]:
        domain = self._domain(of)
        full = int(len(domain) == len(self.scope))
        if len(domain) < len(self.scope):
            yield Forced(None, True, ())
        for value in domain:
            yield from counted([(k, value) for k in self.scope], full, 1, known)

    def post(self, rows: Rows, when: Sequence[int] = ()) -> None:
        domain = self._domain(rows.variables)
        full = int(len(domain) == len(self.scope))
        if len(domain) < len(self.scope):
            # Said outright: a search would try them all before it found too few values for all.
            rows.clause([], when=when)
        for value in domain:
            rows.count_of([rows.of((k, value)) for k in self.scope], full, 1, when=when)

    def factors(self, of: Variables) -> Iterator[Factor]:
        domain = self._domain(of)
        full = int(len(domain) == len(self.scope))
        for value in domain:
            yield Factor(self.label, tuple((k, value) for k in self.scope), (), full, 1)


@dataclass(frozen=True, kw_only=True)
class Sum(Constraint):
    """The values, each times its coefficient, come to between ``low`` and ``high``.

    Attributes:
        coefficients: one a variable; 1 each where there are none.
    """

    scope: tuple[int, ...]
    low: int
    high: int
    coefficients: tuple[int, ...] = ()

    def _terms(self) -> list[tuple[int, int]]:
        return list(zip(self.scope, self.coefficients or (1,) * len(self.scope), strict=True))

    def literals(self, of: Variables) -> Iterable[Literal]:
        return [(k, value) for k in self.scope for value in of.values(k)]

    def broken(self, x: Values, of: Variables) -> Iterator[Violation]:
        total = sum(times * int(x[k]) for k, times in self._terms())
        if not self.low <= total <= self.high:
            want = f"{self.low}" if self.low == self.high else f"{self.low} to {self.high}"
            sentence = f"{self.name} adds up to {total} and not {want}, at {words(self.scope, of)}"
            yield self.violation(sentence, self.scope, of, total)

    def forces(self, known: Known, of: Variables) -> Iterator[Forced]:
        terms = self._terms()
        open_ = {k: [v for v in of.values(k) if known.get((k, v)) is not False] for k, _ in terms}
        least = sum(min((t * v for v in open_[k]), default=0) for k, t in terms)
        most = sum(max((t * v for v in open_[k]), default=0) for k, t in terms)
        uses = tuple(
            (k, v) for k, _ in terms for v in of.values(k) if known.get((k, v)) is not None
        )
        if least > self.high or most < self.low:
            yield Forced(None, True, uses)
            return
        for k, times in terms:
            mine = [times * v for v in open_[k]]
            rest = tuple(use for use in uses if use[0] != k)
            for value in open_[k] if len(mine) > 1 else ():
                shift = times * value
                if least - min(mine) + shift > self.high or most - max(mine) + shift < self.low:
                    yield Forced((k, value), False, rest)

    def post(self, rows: Rows, when: Sequence[int] = ()) -> None:
        # A value is its lowest plus one for each step that it is above: bounds of the sum are then
        # those of its parts.
        lits, weights, base = [], [], 0
        for k, times in self._terms():
            values = rows.variables.values(k)
            base += times * values[0]
            for value in values[1:]:
                lits.append(rows.above(k, value))
                weights.append(times)
        rows.at_least(lits, self.low - base, weights=weights, when=when)
        rows.at_least(lits, base - self.high, weights=[-w for w in weights], when=when)

    def factors(self, of: Variables) -> Iterator[Factor]:
        """Of two variables all that it says, as literals of which at most one holds: from a bound
        on, the one leaves nothing of the other that is too much beside it. A sum of more is told
        by what its literals weigh."""
        terms = self._terms()
        if len(terms) == _PAIR:
            yield from self._pair(of)
            return
        weights = tuple(times * value for k, times in terms for value in of.values(k))
        yield Factor(self.label, tuple(self.literals(of)), (), self.low, self.high, weights)

    def _pair(self, of: Variables) -> Iterator[Factor]:
        for sign, bound in ((1, self.high), (-1, -self.low)):
            # (term, literal) of each value; a low bound is a high one of all that is negated.
            one, other = [
                sorted((sign * times * value, (k, value)) for value in of.values(k))
                for k, times in self._terms()
            ]
            told = 0
            for least, _ in one:
                beside = [literal for term, literal in other if term + least > bound]
                if len(beside) == told:
                    continue  # Said of a smaller term already, so of more literals.
                told = len(beside)
                large = [literal for term, literal in one if term >= least]
                if told == len(other):
                    yield Factor(self.label, tuple(large), (), 0, 0)
                    break
                yield Factor(self.label, (*large, *beside), (), 0, 1)
