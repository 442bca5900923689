"""Islands told by whose they are: a value for each clue that may have a node, and one for none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.constraint.literal import Literal, Values
from hrm_toolkit.adapters.constraint.pieces import Islands
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.constraint.walk import parts_of
from hrm_toolkit.core.structure import Factor

_TWO = 2


@dataclass(frozen=True)
class Owners:
    """Whether a node holds, told as which clue's island it is of.

    That an island has the size that its clue says, and that it hangs together, are then rules of a
    few literals each, where they are of a whole board while a node tells only that it holds. The
    first value of such a variable is that its node does not hold; the others are the clues that
    it is within reach of, in their order.

    Attributes:
        islands: the constraint that is told so.
        node: of each variable that is a node, by variable.
        holds: the value with which each of them holds.
        reach: the numbers of the clues that may have each of them.
    """

    islands: Islands
    node: dict[int, int]
    holds: dict[int, int]
    reach: dict[int, tuple[int, ...]]

    @classmethod
    def of(cls, problem: Problem) -> Owners | None:
        """Of a problem's islands; None where it has none, or they cannot be told so."""
        found = [c for c in problem.constraints if isinstance(c, Islands)]
        if len(found) != 1:
            return None
        (islands,) = found
        node = {variable: k for k, (variable, _) in enumerate(islands.nodes)}
        if len(node) < len(islands.nodes) or any(len(problem.values(k)) != _TWO for k in node):
            return None
        near: list[list[int]] = [[] for _ in islands.nodes]
        for number, (clue, size) in enumerate(islands.clues):
            for k in islands.within_reach_of(clue, size):
                near[k].append(number)
        reach = {variable: tuple(near[k]) for variable, k in node.items()}
        return cls(islands, node, dict(islands.nodes), reach)

    @property
    def most(self) -> int:
        """Values of the variable that has most."""
        return 1 + max(map(len, self.reach.values()), default=0)

    def entries(self, literal: Literal) -> list[Literal]:
        """What says the same as a literal of a node: the literals of which one holds then."""
        variable, value = literal
        if value != self.holds[variable]:
            return [(variable, 0)]
        return [(variable, 1 + at) for at in range(len(self.reach[variable]))]

    def told(self, x: Values, lowest: int) -> Values:
        """Numbers of these values, from 0, out of an answer to the problem, shape (V,)."""
        y = x - lowest
        clues = {node: number for number, (node, _) in enumerate(self.islands.clues)}
        on = [k for k, (variable, value) in enumerate(self.islands.nodes) if x[variable] == value]
        y[[variable for variable, _ in self.islands.nodes]] = 0
        for part in parts_of(on, self.islands.near):
            mine = [clues[k] for k in part if k in clues]
            for variable in (self.islands.nodes[k][0] for k in part):
                near = self.reach[variable]
                y[variable] = 1 + near.index(mine[0]) if mine and mine[0] in near else 0
        return y

    def read(self, y: Values, problem: Problem, lowest: int) -> Values:
        """The inverse of ``told``."""
        x = y + lowest
        for variable, holds in self.holds.items():
            other = problem.low[variable] + problem.high[variable] - holds
            x[variable] = holds if y[variable] else other
        return x

    def allowed(
        self, plain: npt.NDArray[np.bool_], problem: Problem, lowest: int
    ) -> npt.NDArray[np.bool_]:
        """Values of each variable that are left, from those left of the problem's own."""
        left = np.zeros((len(plain), max(self.most, plain.shape[1])), np.bool_)
        left[:, : plain.shape[1]] = plain
        for variable, holds in self.holds.items():
            other = problem.low[variable] + problem.high[variable] - holds
            left[variable] = False
            left[variable, 0] = plain[variable, other - lowest]
            count = len(self.reach[variable])
            left[variable, 1 : 1 + count] = plain[variable, holds - lowest]
        for number, (clue, _) in enumerate(self.islands.clues):
            variable = self.islands.nodes[clue][0]
            left[variable] = False
            left[variable, 1 + self.reach[variable].index(number)] = True
        return left

    def retold(self, factors: Sequence[Factor], lowest: int) -> list[Factor] | None:
        """The factors of a problem over these values, from 0; None where some cannot be told.

        Args:
            factors: kinds of which go by what sort of constraint they come from.
            lowest: of the problem's values.
        """
        name, found = type(self.islands).__name__.lower(), list[Factor]()
        for factor in factors:
            if factor.name.startswith(name):
                continue
            of = [self._entries(literal, lowest) for literal in factor.of]
            when = [self._entries(literal, lowest) for literal in factor.when]
            if any(len(entries) != 1 for entries in when):
                return None
            weights = factor.weights and tuple(
                weight for entries, weight in zip(of, factor.weights, strict=True) for _ in entries
            )
            literals, conditions = (tuple(chain.from_iterable(part)) for part in (of, when))
            found.append(replace(factor, of=literals, when=conditions, weights=weights))
        return [*found, *self._factors(name)]

    def _entries(self, literal: Literal, lowest: int) -> list[Literal]:
        variable, value = literal
        return self.entries(literal) if variable in self.node else [(variable, value - lowest)]

    def _factors(self, name: str) -> Iterator[Factor]:
        """What the constraint says of these literals.

        Neighbours are of one island or one of them of none; an island has its size; a node of it
        that is not its clue has a neighbour in it. The last does not say all that is meant by
        hanging together, so it has a name.
        """
        for a, b in self.islands.edges:
            yield from self._apart(a, b)
        for number, (clue, size) in enumerate(self.islands.clues):
            members = [
                (variable, 1 + near.index(number))
                for variable, near in self.reach.items()
                if number in near
            ]
            if size:
                yield Factor("size", tuple(members), (), size, size)
            at = {self.node[variable]: (variable, value) for variable, value in members}
            yield Factor(f"{name} root", (at[clue],), exact=False)
            for k, literal in at.items():
                if k != clue:
                    beside = tuple(at[n] for n in self.islands.near[k] if n in at)
                    yield Factor(name, beside, (literal,), 1, len(beside), exact=False)

    def _apart(self, here: int, there: int) -> Iterator[Factor]:
        """A neighbour of a node of an island is of no other."""
        (a, _), (b, _) = self.islands.nodes[here], self.islands.nodes[there]
        for at, number in enumerate(self.reach[a]):
            rivals = [(b, 1 + k) for k, other in enumerate(self.reach[b]) if other != number]
            if rivals:
                yield Factor("apart", ((a, 1 + at), *rivals), (), 0, 1)
