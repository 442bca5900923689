"""What constraints say to an exact solver: Booleans, rows "at least", connected pieces, loops.

Constraints write themselves once, here; the compiled search and CP-SAT both read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hrm_toolkit.adapters.constraint.exact.state import CONNECTED, LOOP, Graph, Row
from hrm_toolkit.adapters.constraint.literal import Literal, Variables
from hrm_toolkit.core import Deadline, InputError

TRUE, FALSE = 0, 1
"""The literals that always and never hold."""
MOST_ENTRIES = 5_000_000
"""Literals in all rows together."""
_LOOK = 20_000
"""Literals between two looks at the clock."""


class OutOfTimeError(Exception):
    """There was no time to write all rows."""


class Rows:
    """A problem as an exact solver reads it.

    A Boolean's literals are ``2 * number`` and, for its opposite, one more: ``lit ^ 1`` is not
    ``lit``. A variable of two values is one Boolean, one of more values a Boolean each.

    Args:
        variables: of the problem.
        until: when writing ends, with ``OutOfTimeError``: one constraint alone can take seconds.
    """

    def __init__(self, variables: Variables, until: Deadline = Deadline.never()) -> None:
        self.variables, self.until = variables, until
        self.count = 1
        self.rows: list[Row] = [((TRUE,), (1,), 1)]
        self.graphs: list[Graph] = []
        self._first: list[int] = []
        self._orders: dict[tuple[int, int], int] = {}
        self._entries = 0
        for low, high in zip(variables.low, variables.high, strict=True):
            self._first.append(self.count)
            size = high - low + 1
            if size == 1:
                self.rows.append(((2 * self._bool(),), (1,), 1))
            elif size == 2:
                self._bool()
            else:
                self.exactly([2 * self._bool() for _ in range(size)], 1)
        self.first = self.count

    def _bool(self) -> int:
        self.count += 1
        return self.count - 1

    def new(self) -> int:
        """A Boolean that no variable of the problem has: its positive literal."""
        return 2 * self._bool()

    def of(self, literal: Literal) -> int:
        """The Boolean literal of "this variable takes this value"."""
        variable, value = literal
        low, high = self.variables.low[variable], self.variables.high[variable]
        if not low <= value <= high:
            return FALSE
        first = 2 * self._first[variable]
        if high - low == 1:
            return first if value == high else first + 1
        return first + 2 * (value - low)

    def all_of(self, literals: Iterable[Literal]) -> list[int]:
        """The Boolean literals of several."""
        return [self.of(literal) for literal in literals]

    def value(self, variable: int, holds: Sequence[int]) -> int:
        """The value of a variable, from what holds of each literal (1 where it does)."""
        low, high = self.variables.low[variable], self.variables.high[variable]
        values = range(low, high + 1)
        return next((v for v in values if holds[self.of((variable, v))] == 1), low)

    def at_least(
        self,
        lits: Sequence[int],
        bound: int,
        *,
        weights: Sequence[int] | None = None,
        when: Sequence[int] = (),
    ) -> None:
        """Of the literals as many hold as the bound says, or their weights come to that much.

        Args:
            weights: of each literal, of either sign; 1 each unless said.
            when: literals; where one of them does not hold, nothing is said.

        Raises:
            InputError: when all rows together grow too long.
        """
        total: dict[int, int] = {}
        for lit, weight in zip(lits, weights or [1] * len(lits), strict=True):
            # w * x is w + (-w) * not x: all weights become positive.
            if weight < 0:
                lit, weight, bound = lit ^ 1, -weight, bound - weight  # noqa: PLW2901
            if lit == TRUE:
                bound -= weight
            elif lit != FALSE and weight:
                total[lit] = total.get(lit, 0) + weight
        for lit in [lit for lit in total if lit ^ 1 in total and lit & 1]:
            both = min(total[lit], total[lit ^ 1])
            bound -= both
            for side in (lit, lit ^ 1):
                total[side] -= both
        if bound <= 0 or FALSE in when:
            return
        for lit in when:
            if lit != TRUE:
                total[lit ^ 1] = bound
        held = {lit: min(weight, bound) for lit, weight in total.items() if weight}
        if (self._entries + len(held)) // _LOOK > self._entries // _LOOK and self.until.over:
            raise OutOfTimeError
        self._entries += len(held)
        if self._entries > MOST_ENTRIES:
            raise InputError(
                "the constraints are too many for a search", expected=f"{MOST_ENTRIES:,} literals"
            )
        self.rows.append((tuple(held), tuple(held.values()), bound))

    def count_of(
        self, lits: Sequence[int], low: int, high: int, *, when: Sequence[int] = ()
    ) -> None:
        """Between ``low`` and ``high`` of the literals hold, whenever all of ``when`` do."""
        self.at_least(lits, low, when=when)
        self.at_least([lit ^ 1 for lit in lits], len(lits) - high, when=when)

    def exactly(self, lits: Sequence[int], number: int) -> None:
        """So many of the literals hold."""
        self.count_of(lits, number, number)

    def clause(self, lits: Sequence[int], *, when: Sequence[int] = ()) -> None:
        """One of the literals holds, whenever all of ``when`` do."""
        self.at_least(lits, 1, when=when)

    def both(self, lits: Sequence[int]) -> int:
        """A literal that holds exactly where all of these do."""
        if len(lits) == 1:
            return lits[0]
        new = self.new()
        for lit in lits:
            self.clause([lit], when=[new])
        self.clause([new], when=lits)
        return new

    def above(self, variable: int, value: int) -> int:
        """The literal of "this variable is at least so large"."""
        low, high = self.variables.low[variable], self.variables.high[variable]
        if value <= low:
            return TRUE
        if value > high:
            return FALSE
        if value == high:
            return self.of((variable, high))
        if value == low + 1:
            return self.of((variable, low)) ^ 1
        if (variable, value) not in self._orders:
            higher = self.of((variable, high))
            # So large, or larger: a step each, where to name all larger values would be a square.
            for step in range(high - 1, value - 1, -1):
                known = self._orders.get((variable, step))
                if known is None:
                    known, here = self.new(), self.of((variable, step))
                    self._orders[variable, step] = known
                    self.clause([here, higher], when=[known])
                    self.clause([known], when=[here])
                    self.clause([known], when=[higher])
                higher = known
        return self._orders[variable, value]

    def connected(
        self, lits: Sequence[int], edges: Sequence[tuple[int, int]], root: int = -1
    ) -> None:
        """The nodes whose literal holds are one piece, and ``root`` is in it where there is one."""
        if root >= 0:
            self.clause([lits[root]])
        self.graphs.append(Graph(CONNECTED, tuple(lits), [(a, b, TRUE) for a, b in edges], root))

    def loop(self, nodes: int, edges: Sequence[tuple[int, int, int]]) -> None:
        """The edges (node, node, literal) that hold are one loop; each node meets none or two."""
        at: list[list[int]] = [[] for _ in range(nodes)]
        for a, b, lit in edges:
            at[a].append(lit)
            at[b].append(lit)
        for lits in at:
            self.count_of(lits, 0, 2)
            for lit in lits:
                self.clause([other for other in lits if other != lit], when=[lit])
        self.clause([lit for _, _, lit in edges])
        self.graphs.append(Graph(LOOP, (TRUE,) * nodes, list(edges)))
