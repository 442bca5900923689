"""A problem: variables and a list of constraints, and what follows from having both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.constraint.kinds import Constraint, Count
from hrm_toolkit.adapters.constraint.literal import Literal, Values, Variables
from hrm_toolkit.core import InputError, Violation
from hrm_toolkit.core.structure import Factor, Factors

MOST_CONSTRAINTS = 200_000


@dataclass
class Problem(Variables):
    """Variables, and the constraints that an answer keeps.

    Attributes:
        constraints: in the order in which they are told when broken.
        words: what a value is called, such as ``{1: "shaded"}``; its number unless said.

    Example:
        >>> from hrm_toolkit.adapters.constraint.kinds import AllDifferent
        >>> problem = Problem()
        >>> cells = problem.grid(1, 3, 1, 3)
        >>> problem.add(AllDifferent(label="row", scope=tuple(map(int, cells[0]))))
        >>> [wrong.message for wrong in problem.check([2, 1, 2])]
        ['row has 2 2s, at row 1 column 1 and row 1 column 3']
    """

    constraints: list[Constraint] = field(default_factory=list)
    words: Mapping[int, str] = field(default_factory=dict)

    def add(self, *constraints: Constraint | Iterable[Constraint]) -> None:
        """Add constraints, or lists of them.

        Raises:
            InputError: when they become too many.
        """
        for item in constraints:
            self.constraints += [item] if isinstance(item, Constraint) else item
        if len(self.constraints) > MOST_CONSTRAINTS:
            raise InputError("the puzzle is too large", expected=f"{MOST_CONSTRAINTS:,} rules")

    def check(self, x: Values | Sequence[int]) -> list[Violation]:
        """What is wrong with an answer.

        Args:
            x: the value of each variable, shape (V,).
        """
        values = np.asarray(x, np.int64)
        counts, others = self._grouped
        found = [
            violation
            for constraint in (*counts.broken(values), *others)
            for violation in constraint.broken(values, self)
        ]
        outside = (values < self._bounds[0]) | (values > self._bounds[1])
        for k in np.flatnonzero(outside):
            says = f"{self.names[k]} is {values[k]}, which it cannot be"
            found.append(Violation(rule="value", message=says, places=(self.places[k],)))
        return found

    def holds(self, x: Values) -> bool:
        """Whether nothing is wrong with an answer; quicker than ``check`` where something is."""
        counts, others = self._grouped
        return not counts.broken(x) and not any(
            True for constraint in others for _ in constraint.broken(x, self)
        )

    def factors(self, entry: Callable[[Literal], Literal]) -> tuple[Factors, ...]:
        """What a network may pool over, by kind.

        Args:
            entry: position and token of a literal.
        """
        return Factors.of(self.each_factor(), entry)

    def each_factor(self, *, by_sort: bool = False) -> Iterator[Factor]:
        """The factors of each constraint.

        Args:
            by_sort: name kinds by what sort of constraint they come from, which all tasks share,
                and not by its label.
        """
        for constraint in self.constraints:
            sort = type(constraint).__name__.lower()
            for factor in constraint.factors(self):
                if by_sort:
                    yield replace(factor, name=factor.name.replace(constraint.label, sort, 1))
                else:
                    yield factor

    def says(self, literal: Literal, holds: bool = True) -> str:
        """A literal in words: "row 2 column 1 is 5"."""
        variable, value = literal
        if not holds and len(self.values(variable)) == 2:
            value, holds = self.low[variable] + self.high[variable] - value, True
        word = self.words.get(value, str(value))
        return f"{self.names[variable]} is {'' if holds else 'not '}{word}"

    @cached_property
    def watching(self) -> list[list[Constraint]]:
        """The constraints that speak of each variable, in order."""
        found: list[list[Constraint]] = [[] for _ in range(len(self))]
        for constraint in self.constraints:
            for variable in dict.fromkeys(k for k, _ in constraint.literals(self)):
                found[variable].append(constraint)
        return found

    @cached_property
    def _grouped(self) -> tuple[_Counts, list[Constraint]]:
        """Counts in arrays, and the other constraints; made when the first answer is checked."""
        counts = [c for c in self.constraints if type(c) is Count]
        others = [c for c in self.constraints if type(c) is not Count]
        return _Counts(counts), others

    @cached_property
    def _bounds(self) -> tuple[Values, Values]:
        return np.array(self.low, np.int64), np.array(self.high, np.int64)


class _Counts:
    """Counts in arrays: thousands are checked at once."""

    def __init__(self, counts: Sequence[Count]) -> None:
        self._counts = counts
        self._of = _Entries([c.of for c in counts])
        self._when = _Entries([c.when for c in counts])
        self._low = np.array([c.low for c in counts], np.int64)
        self._high = np.array([c.high for c in counts], np.int64)

    def broken(self, x: Values) -> list[Constraint]:
        """Those that x breaks."""
        n = self._of.hits(x)
        wrong = (n < self._low) | (n > self._high)
        if wrong.any() and len(self._when.variable):
            wrong &= self._when.hits(x) == self._when.size
        return [self._counts[k] for k in np.flatnonzero(wrong).tolist()]


class _Entries:
    """Literals of many constraints, one after another."""

    def __init__(self, groups: Sequence[Sequence[Literal]]) -> None:
        flat = np.array([literal for group in groups for literal in group], np.int64)
        self.variable, self.value = flat.reshape(-1, 2).T.copy()
        self.size = np.array([len(group) for group in groups], np.int64)
        self._ends = np.concatenate([[0], np.cumsum(self.size)])

    def hits(self, x: Values) -> npt.NDArray[np.int64]:
        """How many literals of each hold."""
        total = np.concatenate([[0], np.cumsum(x[self.variable] == self.value)])
        counted: npt.NDArray[np.int64] = total[self._ends[1:]] - total[self._ends[:-1]]
        return counted
