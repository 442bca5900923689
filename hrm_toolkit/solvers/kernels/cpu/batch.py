"""A batch's structure, as torch has it, laid out puzzle by puzzle for native code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from hrm_toolkit.solvers.inputs.batch import RelationBatch, StructureBatch, Table
from hrm_toolkit.solvers.inputs.config import TOLD, StructuredConfig

Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PuzzleBatch:
    """Where the puzzles of a batch lie: those of a batch lie one after another, B in all.

    Attributes:
        puzzles: what native code knows of each, fields of ``Puzzle``, shape (B, 14).
        lessons: fields of ``Lesson``, of which those that are a segment's own are 0, shape (B, 13).
        symbolic: whether a place is a position with a symbol.
        memory: what their addresses lead to.
    """

    puzzles: Longs
    lessons: Longs
    symbolic: bool
    memory: tuple[Any, ...]

    @classmethod
    def of(cls, config: StructuredConfig, tokens: Tensor, structure: StructureBatch) -> PuzzleBatch:
        """Lay a batch out. Each puzzle counts its places and rows from 0, its entries it finds
        among those of all.

        Args:
            config: of the network.
            tokens: shape (B, L).
            structure: of the batch.

        Raises:
            RuntimeError: when a puzzle reads what is not its own.
        """
        rows = len(structure.lengths)
        puzzle = structure.row.numpy()
        first = np.searchsorted(puzzle, np.arange(rows + 1))
        specs = config.relations
        pooled = [_candidates(structure)] if config.symbols else []
        for kind in ("pool", "weighted"):
            pooled += [structure.relations[spec.name] for spec in specs if spec.kind == kind]
        weighted = len(pooled) - sum(spec.kind == "weighted" for spec in specs)
        laid = [_Laid.of(r, puzzle, first, i >= weighted) for i, r in enumerate(pooled)]
        columns = [
            _single(structure.relations[spec.name], puzzle, first)
            for spec in specs
            if spec.kind == "neighbour"
        ]
        # (B, relations, 6) and (B, 14): the fields of Rows and of Puzzle, eight bytes each.
        relations = np.stack([one.fields for one in laid], 1) if laid else np.zeros((rows, 0, 6))
        relations = np.ascontiguousarray(relations, np.int64)
        puzzles = np.zeros((rows, 14), np.int64)
        puzzles[:, 1] = np.diff(first)
        puzzles[:, 3] = len(laid)
        puzzles[:, 5] = relations.ctypes.data + np.arange(rows) * relations.strides[0]
        neighbours = None
        if columns:
            neighbours = np.ascontiguousarray(np.stack(columns, 1), np.int32)
            puzzles[:, 7] = neighbours.ctypes.data + first[:-1] * neighbours.strides[0]
        factors = None
        if config.factors is not None:
            factors = _factors(config.factors, structure, puzzle, first)
            puzzles[:, 13] = (
                factors.fields.ctypes.data + np.arange(rows) * factors.fields.strides[0]
            )
        heads = _Heads(config, tokens.numpy(), structure, first)
        if heads.symbolic:
            puzzles[:, 6] = puzzles[:, 5]
        memory = (laid, relations, neighbours, factors, heads)
        return cls(puzzles, heads.filled(puzzles), heads.symbolic, memory)


class _Heads:
    """Where tokens are embedded and what is said lies, of each puzzle of a batch.

    Args:
        config: of the network.
        tokens: shape (B, L).
        structure: of the batch.
        first: first place of each puzzle, and P, shape (B + 1,).
    """

    def __init__(
        self, config: StructuredConfig, tokens: Longs, structure: StructureBatch, first: Longs
    ) -> None:
        candidates = structure.candidates
        of = None if candidates is None or candidates.of is None else candidates.of.numpy()
        self.symbolic = config.symbols and of is not None
        self._first = first
        self._table = structure.symbols.numpy()
        self._symbol = structure.symbol.numpy()
        self._length = tokens.shape[1]
        active = structure.active
        self._active = np.arange(tokens.size) if active is None else active.numpy()
        self._idle = structure.idle.numpy()
        self._tokens = tokens.ravel()
        self._kinds = self._tokens[self._active]
        if self.symbolic and of is not None:
            own = self._table[self._active // self._length]
            known = (own == self._kinds[:, None]).any(1)
            other = np.where(known, config.vocabulary + 1, self._kinds)[of]
            self._kinds = np.where(self._symbol == self._kinds[of], config.vocabulary, other)
        self._slots = None
        if structure.place is not None:
            slots = structure.place.numpy()
            columns = max(self._table.shape[1], 1)
            self._slots = slots - self._length * columns * structure.row.numpy()
        self._memory: list[Any] = []

    def filled(self, puzzles: Longs) -> Longs:
        """Fields of ``Lesson``; fills in those of ``Puzzle``."""
        rows = len(puzzles)
        lessons = np.zeros((rows, 13), np.int64)
        actives, idles = (self._ends(positions) for positions in (self._active, self._idle))
        puzzles[:, 0] = self._length
        puzzles[:, 2] = np.diff(actives)
        puzzles[:, 8] = self._laid(self._active % self._length, actives)
        if self.symbolic:
            puzzles[:, 4] = self._table.shape[1]
            puzzles[:, 9] = self._laid(self._symbol, self._first)
            puzzles[:, 10] = self._laid(self._table, np.arange(rows + 1))
        lessons[:, 0] = np.diff(idles)
        lessons[:, 1] = self._laid(self._kinds, self._first)
        if self._slots is not None:
            lessons[:, 2] = self._laid(self._slots, self._first)
        lessons[:, 3] = self._laid(self._idle % self._length, idles)
        lessons[:, 4] = self._laid(self._tokens[self._idle], idles)
        return lessons

    def _ends(self, positions: Longs) -> Longs:
        """Where each puzzle's begin among positions of the padded batch, and their number."""
        rows = len(self._first)
        return np.searchsorted(positions // self._length, np.arange(rows))

    def _laid(self, numbers: Longs, first: Longs) -> Longs:
        """Addresses of each puzzle's numbers, which are laid one after another as int32."""
        laid = np.ascontiguousarray(numbers, np.int32)
        self._memory.append(laid)
        return laid.ctypes.data + first[:-1] * (laid.strides[0] if laid.size else 0)


@dataclass(frozen=True)
class _Laid:
    """One pooled relation of a batch.

    Attributes:
        fields: of ``Rows`` for each puzzle, shape (B, 6).
        memory: what its addresses lead to.
    """

    fields: Longs
    memory: tuple[Any, ...]

    @classmethod
    def of(cls, relation: RelationBatch, puzzle: Longs, first: Longs, weighted: bool) -> _Laid:
        """Lay it out.

        Args:
            relation: over the places of the batch.
            puzzle: of each place, shape (P,).
            first: first place of each puzzle, and P, shape (B + 1,).
            weighted: whether its entries' weights are read.
        """
        start, source, divisor, weights = _entries(relation)
        count = len(start) - 1
        row = np.repeat(np.arange(count), np.diff(start))
        of = None if relation.of is None else relation.of.numpy()
        if of is not None and relation.reads is not None:
            of = np.where(relation.reads.numpy()[:, 0] > 0, of, -1)
        if of is None:
            rows = first
        else:
            # A row belongs to who reads it, or whose places it has; else it does not matter.
            owner = np.full(count, -1)
            owner[of[of >= 0]] = puzzle[of >= 0]
            owner[row] = puzzle[source]
            rows = np.searchsorted(np.maximum.accumulate(owner), np.arange(len(first)))
        own = source - first[puzzle[source]]
        local = None if of is None else np.where(of < 0, -1, of - rows[puzzle])
        counts = np.diff(rows)
        belongs = np.searchsorted(rows, row, "right") - 1
        if (belongs != puzzle[source]).any() or (
            local is not None and (local >= counts[puzzle]).any()
        ):
            raise RuntimeError("a puzzle of a batch reads places of another one")
        found = cls.rows(start, own, divisor, weights if weighted else None, rows)
        if local is None:
            return found
        ofs = np.ascontiguousarray(local, np.int32)
        found.fields[:, 3] = ofs.ctypes.data + 4 * first[:-1]
        return cls(found.fields, (*found.memory, ofs))

    @classmethod
    def rows(cls, start: Longs, own: Longs, divisor: Any, weights: Any, rows: Longs) -> _Laid:
        """Rows of every puzzle, each read by the place of its number.

        Args:
            start: first entry of each row, among those of all puzzles.
            own: what each entry reads, in its puzzle's count.
            divisor: of each row's sum.
            weights: of the entries, or None.
            rows: first row of each puzzle, and the number of all, shape (B + 1,).
        """
        starts, sources = (np.ascontiguousarray(array, np.int32) for array in (start, own))
        scales = np.ascontiguousarray(1 / divisor, np.float32)
        numbers = None if weights is None else np.ascontiguousarray(weights, np.float32)
        fields = np.zeros((len(rows) - 1, 6), np.int64)
        fields[:, 0] = np.diff(rows)
        fields[:, 1] = starts.ctypes.data + 4 * rows[:-1]
        fields[:, 2] = sources.ctypes.data
        fields[:, 4] = scales.ctypes.data + 4 * rows[:-1]
        fields[:, 5] = 0 if numbers is None else numbers.ctypes.data
        return cls(fields, (starts, sources, scales, numbers))


def _factors(kinds: Sequence[str], structure: StructureBatch, puzzle: Longs, first: Longs) -> _Laid:
    """The factors of a batch: fields of ``Factors`` for each puzzle, shape (B, 13)."""
    batch = structure.factors
    if batch is None:
        raise RuntimeError("the structure has no factors, which the network was made to read")
    rows = np.searchsorted(batch.row.numpy(), np.arange(len(first)))
    inward, back = batch.inward, batch.back
    belongs = np.repeat(batch.row.numpy(), np.diff(inward.start.numpy()))
    reader = np.repeat(puzzle, np.diff(back.start.numpy()))
    sources, factors = inward.source.numpy(), back.source.numpy()
    if (puzzle[sources] != belongs).any() or (batch.row.numpy()[factors] != reader).any():
        raise RuntimeError("a puzzle of a batch reads places of another one")
    weights = None if inward.weights is None else inward.weights.numpy()[:, 0]
    told = np.ascontiguousarray(batch.told(kinds, TOLD).numpy(), np.float32)
    laid = (
        _Laid.rows(
            inward.start.numpy(),
            sources - first[belongs],
            inward.divisor.numpy()[:, 0],
            weights,
            rows,
        ),
        _Laid.rows(
            back.start.numpy(), factors - rows[reader], back.divisor.numpy()[:, 0], None, first
        ),
    )
    at = told.ctypes.data + rows[:-1, None] * told.strides[0]
    fields = np.hstack([*(part.fields for part in laid), at])
    return _Laid(np.ascontiguousarray(fields), (laid, told))


def _entries(relation: RelationBatch) -> tuple[Longs, Longs, Any, Any]:
    """Starts, sources, divisors and weights of a pooled relation."""
    pooled = relation.pooled
    if isinstance(pooled, Table):
        index = pooled.index.numpy()
        start = np.arange(len(index) + 1) * index.shape[1]
        return start, index.ravel(), np.full(len(index), index.shape[1], np.float32), None
    weights = None if pooled.weights is None else pooled.weights.numpy()[:, 0]
    return pooled.start.numpy(), pooled.source.numpy(), pooled.divisor.numpy()[:, 0], weights


def _candidates(structure: StructureBatch) -> RelationBatch:
    """Of each position; where there are no symbols, each place is its own."""
    if structure.candidates is not None:
        return structure.candidates
    places = structure.row.new_ones(len(structure.row)).cumsum(0) - 1
    return RelationBatch(Table(places[:, None]), None, None)


def _single(relation: RelationBatch, puzzle: Longs, first: Longs) -> Longs:
    """The one place that each place reads, in its puzzle's count, -1 for none."""
    if not isinstance(relation.pooled, Table) or relation.pooled.index.shape != (len(puzzle), 1):
        raise RuntimeError("a neighbour relation has rows of several places")
    index = relation.pooled.index.numpy()[:, 0]
    there = index < len(puzzle)
    if (puzzle[index[there]] != puzzle[there]).any():
        raise RuntimeError("a puzzle of a batch reads places of another one")
    local = np.full(len(puzzle), -1)
    local[there] = index[there] - first[puzzle[there]]
    return local
