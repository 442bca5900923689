"""A puzzle in a network's terms: its places, where a structured network has a state, and what is
pooled over them. Without torch, so that who makes puzzles need not load it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hrm_toolkit.core import Relation, Structure, Tokens
from hrm_toolkit.core.structure import Factors, IntArray, starts

FACTS = 6
"""Numbers that a network is told of every factor, see ``Gathered``."""

Ints = npt.NDArray[np.int64]


class Pooling(NamedTuple):
    """One kind of relation over the places of one puzzle, its M rows flattened.

    Attributes:
        source: place of each entry, row after row, shape (E,), int32 or int64.
        start: first entry of each row, and E, shape (M + 1,), int32.
        divisor: what the sum over each row is divided by, shape (M,).
        of: row read by each place, shape (P,), -1 for none; or None where row i belongs to place i.
        weights: a number per entry, shape (E,), or None.
        single: the one entry of each row, -1 where it has none, shape (M,), where no row may have
            more; else None.
        width: entries of every row, or 0 where they differ or are summed with another divisor.
    """

    source: IntArray | Ints
    start: IntArray
    divisor: npt.NDArray[np.float32]
    of: Ints | None
    weights: npt.NDArray[np.float32] | None
    single: Ints | None
    width: int

    @property
    def sizes(self) -> IntArray:
        """Entries of each row, shape (M,)."""
        return self.start[1:] - self.start[:-1]


@dataclass(frozen=True)
class Gathered:
    """The factors of one puzzle over its places, M in all: place -> factor -> place.

    Attributes:
        inward: the places of each factor, M rows; weights are how much more than 1 an entry counts.
        back: the factors of each place, P rows, whose sources are factors.
        facts: of each factor whether it says bounds; those as shares of the number that it counts;
            and the logarithms of both and of that number, shape (M, FACTS), float32.
        kind: of each, a place in ``names``, shape (M,).
        names: the kinds.
    """

    inward: Pooling
    back: Pooling
    facts: npt.NDArray[np.float32]
    kind: Ints
    names: tuple[str, ...]

    def told(self, kinds: Sequence[str], columns: int) -> npt.NDArray[np.float32]:
        """What a network that knows these kinds is told of each factor, shape (M, columns): its
        facts, a 1 in its kind's column where it is known, zeros."""
        told = np.zeros((len(self.facts), columns), np.float32)
        told[:, :FACTS] = self.facts
        for column, name in enumerate(kinds, FACTS):
            if name in self.names:
                told[self.kind == self.names.index(name), column] = 1
        return told


@dataclass(eq=False)
class Places:
    """The places of one puzzle, P in all, by position and then by symbol.

    Attributes:
        position: of each place, shape (P,).
        column: its symbol's column, shape (P,), 0 where the task has no symbols.
        poolings: one a relation.
        columns: how many symbols there are, 1 where the task has none.
        rooted: see ``_pooled``.
        factors: None where the puzzle has none.
    """

    position: Ints
    column: Ints
    poolings: tuple[Pooling, ...]
    columns: int
    rooted: bool
    factors: Gathered | None = None

    @classmethod
    def of(cls, structure: Structure, length: int, checked: bool = False) -> Places:
        """Work them out.

        Args:
            structure: of the puzzle.
            length: L, its tokens.
            checked: whether it is known to fit so many.

        Raises:
            InputError: when it does not fit so many tokens.
        """
        if not checked:
            structure.require(length)
        columns = max(len(structure.symbols), 1)
        taken = _touched(structure, length)[:, None].repeat(columns, 1)
        rooted = structure.allowed is not None
        if structure.allowed is not None:
            taken &= structure.allowed
        position, column = taken.nonzero()
        if len(position) == length and columns == 1:
            # Every position has its one place: both are numbered alike.
            number = position[:, None]
        else:
            number = np.full((length, columns), -1, np.int64)
            number[position, column] = np.arange(len(position))
        made: dict[tuple[int, ...], Pooling] = {}
        poolings = []
        for relation in structure.relations:
            rows = relation.rows
            if rows not in made:
                made[rows] = _pooling(relation, number, position, column, rooted)
            poolings.append(made[rows])
        factors = _gathered(structure, number) if structure.factors else None
        return cls(position, column, tuple(poolings), columns, rooted, factors)

    @cached_property
    def candidates(self) -> Pooling:
        """The pooling over the places of each position that has any."""
        _, count = np.unique(self.position, return_counts=True)
        of = np.repeat(np.arange(len(count)), count)
        row, start = np.arange(len(of)), starts(count)
        return _pooled(row, start, count, of, None, self.columns, self.rooted)


@dataclass(eq=False)
class Encoded:
    """One puzzle as a network sees it.

    Attributes:
        tokens: shape (L,), int32.
        structure: declared structure.
        puzzle_id: row of the puzzle embedding, 0 for none.
        checked: whether the structure is known to fit the tokens.
        known: its places, where they were worked out when it was looked at.
    """

    tokens: Tokens
    structure: Structure
    puzzle_id: int = 0
    checked: bool = False
    known: Places | None = None

    @cached_property
    def places(self) -> Places:
        """The places of the puzzle, worked out once however often it is collated."""
        if self.known is not None:
            return self.known
        return Places.of(self.structure, len(self.tokens), self.checked)


def _touched(structure: Structure, length: int) -> npt.NDArray[np.bool_]:
    """Positions that read, or are read, by some relation or factor; all where none is."""
    touched = np.zeros(length, np.bool_)
    for factors in structure.factors:
        touched[factors.position] = True
    for relation in structure.relations:
        if relation.of is not None:
            touched |= relation.of >= 0
        else:
            touched[relation.source] = True
            touched |= relation.count > 0
        if touched.all():
            return touched
    return touched if touched.any() else ~touched


def _pooling(
    relation: Relation, number: Ints, position: Ints, column: Ints, rooted: bool
) -> Pooling:
    """A relation between positions as one between their places with the same symbol.

    Args:
        number: place of each position and symbol, -1 for none, shape (L, C).
        position: of each place, shape (P,).
        column: its symbol, shape (P,).
        rooted: see ``_pooled``.
    """
    count, weights = relation.count, relation.weights
    widest = int(count.max(initial=0)) if rooted or weights is None else 0
    if relation.of is None and not relation.single and number.shape == (len(position), 1):
        return _pooled(relation.source, relation.start, count, None, weights, widest, rooted)
    if relation.of is None:
        # Row i belongs to position i: each of its places has a row with its own symbol.
        rows = count[position]
        # (P,) rows -> (E,) entries: each row's from where its position's begin.
        first = np.cumsum(rows) - rows
        entry = np.arange(rows.sum()) + np.repeat(relation.start[position] - first, rows)
        source = number[relation.source[entry], np.repeat(column, rows)]
        row, of = np.repeat(np.arange(len(position)), rows), None
        most = len(position)
    else:
        # Each row once a symbol: (M,) -> (M, C) -> (M * C,), entries within a row as they were.
        columns = number.shape[1]
        belongs = np.repeat(np.arange(len(count)), count)
        flat = (belongs[:, None] * columns + np.arange(columns)).ravel()
        order = np.argsort(flat, kind="stable")
        row, source = flat[order], number[relation.source].ravel()[order]
        entry = order // columns
        read = relation.of[position].astype(np.int64)
        of = np.where(read < 0, -1, read * columns + column)
        most = len(count) * columns
    there = source >= 0
    numbers = None if weights is None else weights[entry][there]
    kept = np.bincount(row[there], minlength=most)
    pooled = _pooled(source[there], starts(kept), kept, of, numbers, widest, rooted)
    if not relation.single:
        return pooled
    single = np.full(most, -1, np.int64)
    single[row[there]] = source[there]
    return pooled._replace(single=single, width=0)


def _pooled(
    source: IntArray | Ints,
    start: IntArray,
    count: IntArray | Ints,
    of: Ints | None,
    weights: npt.NDArray[np.float32] | None,
    widest: int,
    rooted: bool,
) -> Pooling:
    """A pooling of rows of places.

    Args:
        source: places, row after row.
        start: first entry of each row, and their number.
        count: entries of each row.
        of: row read by each place; None where row i belongs to place i.
        weights: a number per entry, or None.
        widest: entries of the longest row before any symbol was ruled out; 0 will do for a mean
            of weighted entries.
        rooted: divide sums by the root of ``widest``, not by the number of entries: where symbols
            are ruled out, a mean would hide how many are left.
    """
    if rooted:
        divisor = np.full(len(count), np.sqrt(max(widest, 1)), np.float32)
    else:
        divisor = np.maximum(count, 1, dtype=np.float32)
    full = not rooted and weights is None and bool((count == widest).all())
    return Pooling(
        source=source,
        start=start,
        divisor=divisor,
        of=of,
        weights=weights,
        single=None,
        width=widest if full else 0,
    )


def _gathered(structure: Structure, number: Ints) -> Gathered:
    """The factors over the places; what no position may answer is in none.

    Args:
        number: place of each position and symbol, -1 for none, shape (L, C).
    """
    factors, symbols = structure.factors, structure.symbols
    # (C,) token ids -> column of a token: its symbol's, or the only one.
    beyond = int(symbols.max(initial=0)) + 1
    column = np.full(beyond + 1, -1 if len(symbols) else 0)
    column[symbols] = np.arange(len(symbols))
    position = np.concatenate([f.position for f in factors])
    found = column[np.minimum(np.concatenate([f.token for f in factors]), beyond)]
    source = np.where(found < 0, -1, number[position, found])
    whole = np.concatenate([np.diff(f.start) for f in factors])
    there = source >= 0
    belongs = np.repeat(np.arange(len(whole)), whole)[there]
    source, places = source[there], int(number.max(initial=-1)) + 1
    more = np.concatenate([f.weight for f in factors])[there] - 1
    inward = Pooling(
        source=source,
        start=starts(np.bincount(belongs, minlength=len(whole))),
        # By how many there were: a mean over those that are left would hide their number.
        divisor=np.sqrt(np.maximum(whole, 1)).astype(np.float32),
        of=None,
        weights=more.astype(np.float32),
        single=None,
        width=0,
    )
    order = np.argsort(source, kind="stable")
    holds = np.bincount(source, minlength=places)
    back = Pooling(
        source=belongs[order],
        start=starts(holds),
        divisor=np.sqrt(np.maximum(holds, 1)).astype(np.float32),
        of=None,
        weights=None,
        single=None,
        width=0,
    )
    kind = np.repeat(np.arange(len(factors)), [len(f.features) for f in factors])
    return Gathered(inward, back, _facts(factors), kind, tuple(f.name for f in factors))


def _facts(factors: tuple[Factors, ...]) -> npt.NDArray[np.float32]:
    """See ``Gathered.facts``."""
    told = np.concatenate([f.features for f in factors]).astype(np.float64)
    bounded, numbers = told[:, :1], told[:, 1:]
    size = np.maximum(numbers[:, 2:], 1)
    sized = np.sign(numbers) * np.log1p(np.abs(numbers))
    return np.concatenate([bounded, numbers[:, :2] / size, sized], 1).astype(np.float32)
