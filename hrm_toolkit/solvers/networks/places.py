"""The places of a puzzle, where a structured network has a state, and what is pooled over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hrm_toolkit.core import Relation, Structure

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pooling:
    """One kind of relation over the places of one puzzle, its M rows flattened.

    Attributes:
        source: place of each entry, row after row, shape (E,).
        count: entries of each row, shape (M,).
        divisor: what the sum over each row is divided by, shape (M,).
        of: row read by each place, shape (P,), -1 for none; or None where row i belongs to place i.
        weights: a number per entry, shape (E,), or None.
        single: the one entry of each row, -1 where it has none, shape (M,), where no row may have
            more; else None.
        width: entries of every row, or 0 where they differ or are summed with another divisor.
    """

    source: Ints
    count: Ints
    divisor: npt.NDArray[np.float32]
    of: Ints | None
    weights: npt.NDArray[np.float32] | None
    single: Ints | None
    width: int


@dataclass(frozen=True)
class Places:
    """The places of one puzzle, P in all, by position and then by symbol.

    Attributes:
        position: of each place, shape (P,).
        column: its symbol's column, shape (P,), 0 where the task has no symbols.
        poolings: one a relation.
        candidates: the pooling over the places of each position that has any.
    """

    position: Ints
    column: Ints
    poolings: tuple[Pooling, ...]
    candidates: Pooling

    @classmethod
    def of(cls, structure: Structure, length: int) -> Places:
        """Work them out.

        Args:
            structure: of the puzzle.
            length: L, its tokens.
        """
        columns = max(len(structure.symbols), 1)
        taken = np.repeat(_touched(structure, length)[:, None], columns, 1)
        if not taken.any():
            taken[:] = True
        if structure.allowed is not None:
            taken &= structure.allowed
        position, column = np.nonzero(taken)
        # One row more stands for no position.
        number = np.full((length + 1, columns), -1, np.int64)
        number[position, column] = np.arange(len(position))
        rooted = structure.allowed is not None
        poolings = [_pooling(r, number, position, column, rooted) for r in structure.relations]
        active = taken.any(1)
        of = (np.cumsum(active) - 1)[position]
        candidates = _flattened(number[:-1][active], of, None, rooted)
        return cls(position, column, tuple(poolings), candidates)


def _touched(structure: Structure, length: int) -> npt.NDArray[np.bool_]:
    """Positions that read, or are read, by some relation."""
    touched = np.zeros(length, np.bool_)
    for relation in structure.relations:
        if relation.of is not None:
            touched |= relation.of >= 0
        else:
            touched |= (relation.table >= 0).any(1)
            touched[relation.table[relation.table >= 0]] = True
        if touched.all():
            break
    return touched


def _pooling(
    relation: Relation, number: Ints, position: Ints, column: Ints, rooted: bool
) -> Pooling:
    """A relation between positions as one between their places with the same symbol."""
    columns = number.shape[1]
    if relation.of is None:
        table = number[relation.table[position], column[:, None]]
        weights = None if relation.weights is None else relation.weights[position]
        return _flattened(table, None, weights, rooted)
    table = number[relation.table].transpose(0, 2, 1).reshape(-1, relation.table.shape[1])
    row = relation.of[position].astype(np.int64)
    of = np.where(row < 0, -1, row * columns + column)
    weights = None if relation.weights is None else np.repeat(relation.weights, columns, 0)
    return _flattened(table, of, weights, rooted)


def _flattened(
    table: Ints,
    of: Ints | None,
    weights: npt.NDArray[np.float32] | None,
    rooted: bool,
) -> Pooling:
    """Rows of places, -1 where there is none, as a pooling.

    Args:
        table: shape (M, K).
        of: row read by each place; None where row i belongs to place i.
        weights: a number per entry of ``table``, or None.
        rooted: divide sums by the root of K, not by the number of entries: where symbols are
            ruled out, a mean would hide how many are left.
    """
    present = table >= 0
    count = present.sum(1)
    width = table.shape[1]
    root = np.full(len(table), np.sqrt(width), np.float32)
    return Pooling(
        source=table[present],
        count=count,
        divisor=root if rooted else np.maximum(count, 1).astype(np.float32),
        of=of,
        weights=None if weights is None else weights[present],
        single=table[:, 0] if width == 1 and weights is None else None,
        width=0 if rooted or not present.all() or weights is not None else width,
    )
