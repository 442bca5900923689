"""Structure: what an adapter may declare beyond tokens, in NumPy alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Relation:
    """One kind of relation between positions; each kind has weights of its own in a network.

    Each row of ``table`` lists the positions that are pooled together. A position reads the
    pooled row ``of[position]``; without ``of`` row i belongs to position i.

    Attributes:
        name: the kind, such as ``row`` or ``north``.
        table: positions, shape (M, K), int32, -1 where a row has fewer than K.
        of: row read by each position, shape (L,), int32, -1 for none; or None, then M = L.
        weights: a number for each entry of ``table``, shape (M, K), float32, or None.
    """

    name: str
    table: IntArray
    of: IntArray | None = None
    weights: FloatArray | None = None

    @classmethod
    def groups(cls, name: str, groups: Sequence[Sequence[int]], length: int) -> Relation:
        """Disjoint groups; each member reads its group (itself included).

        Args:
            groups: positions of each group; no position in two of them.
            length: L.

        Example:
            >>> Relation.groups("pair", [[0, 1], [2]], 3).of.tolist()
            [0, 0, 1]
        """
        width = max((len(group) for group in groups), default=0)
        table = np.full((len(groups), max(width, 1)), -1, np.int32)
        of = np.full(length, -1, np.int32)
        for index, group in enumerate(groups):
            table[index, : len(group)] = group
            of[list(group)] = index
        return cls(name, table, of)

    @classmethod
    def edges(
        cls,
        name: str,
        pairs: Iterable[tuple[int, int]],
        length: int,
        weights: Iterable[float] | None = None,
    ) -> Relation:
        """Directed edges; the target of each pair (source, target) reads its sources.

        Args:
            pairs: (source, target) positions.
            length: L.
            weights: one number a pair.

        Example:
            >>> Relation.edges("left", [(0, 1), (1, 2)], 3).table.tolist()
            [[-1], [0], [1]]
        """
        pairs = list(pairs)
        degree = np.bincount([t for _, t in pairs], minlength=length) if pairs else np.zeros(1)
        table = np.full((length, max(int(degree.max()), 1)), -1, np.int32)
        values = None if weights is None else np.zeros(table.shape, np.float32)
        numbers = [0.0] * len(pairs) if weights is None else list(weights)
        filled = [0] * length
        for (source, target), number in zip(pairs, numbers, strict=True):
            table[target, filled[target]] = source
            if values is not None:
                values[target, filled[target]] = number
            filled[target] += 1
        return cls(name, table, None, values)


@dataclass(frozen=True)
class Structure:
    """The declared structure of one puzzle.

    Attributes:
        relations: the kinds of relation, in an order that is the same for every puzzle of a task.
        symbols: token ids that are interchangeable (digits, colours), shape (C,), int32, C maybe 0.
        coordinates: row and column of each position, shape (L, 2), int32, or None.
        allowed: whether a position may still take a symbol for all that the puzzle says at sight,
            shape (L, C); or None where nothing is ruled out. A network computes nothing for the
            others and never answers them.
    """

    relations: tuple[Relation, ...] = ()
    symbols: IntArray = field(default_factory=lambda: np.zeros(0, np.int32))
    coordinates: IntArray | None = None
    allowed: npt.NDArray[np.bool_] | None = None
