"""A batch's structure laid out puzzle by puzzle, as the kernels read it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from hrm_toolkit.solvers.inputs.batch import RelationBatch, StructureBatch, Table
from hrm_toolkit.solvers.inputs.config import StructuredConfig

Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Packed:
    """B puzzles one after another, with P places, R pooled relations and N neighbours.

    A puzzle counts its places and its rows from 0, so that 32 bits are enough however large a
    batch is. Its rows lie together, relation after relation; rows that no place reads are left
    out. What is "by place" has a number for each puzzle, relation and place, in this order.

    Attributes:
        place: first place of each puzzle, and P, shape (B + 1,).
        rows: first row of each puzzle and relation, and M, shape (B * R + 1,).
        start: first entry of each row, and E, shape (M + 1,).
        source: place of each entry, shape (E,).
        divisor: of each row's sum, shape (M,).
        weight: of each entry, 0 where it has none, shape (E,).
        of: row that each place reads by place, -1 for none, shape (R * P,).
        near: the one neighbour of each place by place, -1 for none, shape (N * P,).
        read_start: first reader of each row, shape (M + 1,).
        reader: place that reads it.
        back_start: first row that a place is an entry of, by place, shape (R * P + 1,).
        back_row: that row, shape (E,).
        back_weight: the entry's weight, shape (E,).
        near_start: first of those whose neighbour a place is, by place, shape (N * P + 1,).
        near_reader: that place.
        slot: where each place is among the L * C of its puzzle, shape (P,).
        taken: the place that is there, -1 for none, shape (B * L * C,).
        symbol: of each place, shape (P,).
        symbols: of each puzzle, shape (B * C,).
        idle: whether a token has no place, shape (B * L,).
        share: what the sum over a position's places is divided by, shape (B * L,).
        columns: C, symbols of each puzzle, 1 where there are none.
        symbolic: whether a place is a position and a symbol.
    """

    place: Tensor
    rows: Tensor
    start: Tensor
    source: Tensor
    of: Tensor
    near: Tensor
    read_start: Tensor
    reader: Tensor
    back_start: Tensor
    back_row: Tensor
    near_start: Tensor
    near_reader: Tensor
    divisor: Tensor
    weight: Tensor
    back_weight: Tensor
    slot: Tensor
    taken: Tensor
    symbol: Tensor
    symbols: Tensor
    idle: Tensor
    share: Tensor
    columns: int
    symbolic: bool

    @classmethod
    def of_batch(
        cls,
        config: StructuredConfig,
        structure: StructureBatch,
        length: int,
        device: torch.device,
    ) -> Packed:
        """Lay a batch out.

        Args:
            config: of the network that reads it.
            structure: on the CPU.
            length: L, tokens of each puzzle with padding.
            device: where the result goes, in two copies.

        Raises:
            RuntimeError: when a puzzle reads what is not its own, or has symbols that the network
                was not made for.
        """
        columns = max(structure.symbols.shape[1], 1)
        candidates = structure.candidates
        symbolic = candidates is not None and candidates.of is not None
        if columns > 1 and not config.symbols:
            raise RuntimeError("puzzles have symbols, and the network was made for none")
        arrays = _Laid(config, structure).arrays() | _positions(structure, length, columns)
        # Where members of rows are their readers, and in one row of a kind each, both ways are one.
        same = {n: t for n, t in _TWINS.items() if np.array_equal(arrays[n], arrays[t])}
        arrays = {n: a for n, a in arrays.items() if n not in same}
        moved: dict[str, Tensor] = {}
        for dtype in (np.int32, np.float32):
            kind = np.integer if dtype is np.int32 else np.floating
            own = {n: a for n, a in arrays.items() if np.issubdtype(a.dtype, kind)}
            # Each begins at 16 bytes, and none is empty: else a kernel would be compiled anew.
            sizes = [max(-(-len(a) // 4), 1) * 4 for a in own.values()]
            ends = list(accumulate(sizes))
            flat = np.zeros(ends[-1] if ends else 0, dtype)
            for array, size, end in zip(own.values(), sizes, ends, strict=True):
                flat[end - size : end - size + len(array)] = array
            parts = torch.split(torch.from_numpy(flat).to(device), sizes)
            # What is counted by its length has its own.
            exact = {"slot": slice(len(structure.row)), "divisor": slice(len(arrays["divisor"]))}
            moved |= {n: p[exact.get(n, slice(None))] for n, p in zip(own, parts, strict=True)}
        moved |= {name: moved[twin] for name, twin in same.items()}
        return cls(**moved, columns=columns, symbolic=symbolic)


FORWARD_READS = (
    *("place", "rows", "start", "source", "divisor", "of", "near"),
    *("slot", "taken", "idle", "share", "symbol", "symbols"),
)
BACKWARD_READS = (*("read_start", "reader", "back_start", "back_row", "near_start", "near_reader"),)
"""Names of what the forward reads, and of what the backward does besides."""
_TWINS = {"read_start": "start", "reader": "source", "back_row": "of"}


class _Relation(NamedTuple):
    """A pooled relation: its CSR over the places of the batch, and who reads which row."""

    start: Longs
    source: Longs
    divisor: npt.NDArray[np.float32]
    weight: npt.NDArray[np.float32]
    of: Longs


class _Laid:
    """The work of one batch, in NumPy."""

    def __init__(self, config: StructuredConfig, structure: StructureBatch) -> None:
        self.puzzle: Longs = structure.row.numpy()
        self.first = np.searchsorted(self.puzzle, np.arange(len(structure.lengths) + 1))
        self.local = np.arange(len(self.puzzle)) - self.first[self.puzzle]
        pooled = [_candidates(structure)] if config.symbols else []
        for kind in ("pool", "weighted"):
            pooled += [structure.relations[s.name] for s in config.relations if s.kind == kind]
        self.relations = [_relation(relation, len(self.puzzle)) for relation in pooled]
        self.nears = [
            self._near(structure.relations[s.name])
            for s in config.relations
            if s.kind == "neighbour"
        ]

    def by_place(self, kind: int | Longs, kinds: int, places: Longs) -> Longs:
        """Where what is "by place" has the numbers of some places of the batch, for a kind."""
        first = self.first[self.puzzle[places]]
        size = np.diff(self.first)[self.puzzle[places]]
        at: Longs = kinds * first + kind * size + places - first
        return at

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Everything by name, in 64 bits or float32."""
        return {"place": self.first, **self._pooled(), **self._neighbours()}

    def _pooled(self) -> dict[str, npt.NDArray[Any]]:
        kinds, places = len(self.relations), len(self.puzzle)
        # Rows of all relations side by side: whose each is, -1 where nobody reads it.
        counts = [len(r.divisor) for r in self.relations]
        shifts = np.cumsum([0, *counts])
        whose = np.full(shifts[-1], -1)
        for shift, r in zip(shifts[:-1], self.relations, strict=True):
            read = r.of >= 0
            whose[shift + r.of[read]] = self.puzzle[read]
            _own(whose[shift + r.of[read]], self.puzzle[read])
        # Relation after relation -> puzzle after puzzle, (M,) rows that are read.
        key = whose * kinds + np.repeat(np.arange(kinds), counts)
        order = np.argsort(key, kind="stable")[int((whose < 0).sum()) :]
        number = np.full(len(whose), -1)
        number[order] = np.arange(len(order))
        rows = np.searchsorted(key[order], np.arange((len(self.first) - 1) * kinds + 1))
        begins = rows[np.arange(len(self.first) - 1) * kinds]
        own = number - begins[np.maximum(whose, 0)]
        entry, start = self._entries(order)
        owner, relation = np.divmod(np.repeat(key[order], np.diff(start)), max(kinds, 1))
        row = np.repeat(np.arange(len(order)), np.diff(start))
        source = _joined([r.source for r in self.relations])[entry]
        weight = _joined([r.weight for r in self.relations], np.float32)[entry]
        _own(self.puzzle[source], owner)
        of = np.full(kinds * places, -1)
        reads: list[tuple[Longs, Longs]] = []
        for kind, (shift, r) in enumerate(zip(shifts[:-1], self.relations, strict=True)):
            reader = np.flatnonzero(r.of >= 0)
            read = shift + r.of[reader]
            of[self.by_place(kind, kinds, reader)] = own[read]
            reads.append((number[read], self.local[reader]))
        read_start, reader = _grouped(
            _joined([r for r, _ in reads]), len(order), _joined([p for _, p in reads])
        )
        at = self.by_place(relation, kinds, source)
        back_start, back_row, back_weight = _grouped(
            at, kinds * places, row - begins[owner], weight
        )
        return {
            "rows": rows,
            "start": start,
            "source": self.local[source],
            "of": of,
            "read_start": read_start,
            "reader": reader,
            "back_start": back_start,
            "back_row": back_row,
            "divisor": _joined([r.divisor for r in self.relations], np.float32)[order],
            "weight": weight,
            "back_weight": back_weight,
        }

    def _entries(self, order: Longs) -> tuple[Longs, Longs]:
        """Entries of the rows in another order, and where each row's begin there."""
        shifts = np.cumsum([0, *(len(r.source) for r in self.relations)])
        begin = _joined([s + r.start[:-1] for s, r in zip(shifts, self.relations, strict=False)])
        count = _joined([np.diff(r.start) for r in self.relations])[order]
        start = np.concatenate([[0], np.cumsum(count)])
        return np.arange(start[-1]) + np.repeat(begin[order] - start[:-1], count), start

    def _near(self, relation: RelationBatch) -> Longs:
        """The one place that each place reads (global), -1 for none."""
        if not isinstance(relation.pooled, Table):
            raise RuntimeError("a neighbour relation has rows of several places")
        index: Longs = relation.pooled.index.numpy()
        if index.shape != (len(self.puzzle), 1):
            raise RuntimeError("a neighbour relation has rows of several places")
        near = np.where(index[:, 0] < len(index), index[:, 0], -1)
        _own(self.puzzle[near[near >= 0]], self.puzzle[near >= 0])
        return near

    def _neighbours(self) -> dict[str, npt.NDArray[Any]]:
        kinds, places = len(self.nears), len(self.puzzle)
        near = np.full(kinds * places, -1)
        keys, readers = [], []
        for kind, index in enumerate(self.nears):
            reader = np.flatnonzero(index >= 0)
            near[self.by_place(kind, kinds, reader)] = self.local[index[reader]]
            keys.append(self.by_place(kind, kinds, index[reader]))
            readers.append(self.local[reader])
        start, reader = _grouped(_joined(keys), kinds * places, _joined(readers))
        return {"near": near, "near_start": start, "near_reader": reader}


def _positions(structure: StructureBatch, length: int, columns: int) -> dict[str, npt.NDArray[Any]]:
    """Where places are among the tokens of their puzzles, and what each token is."""
    puzzles, puzzle = len(structure.lengths), structure.row.numpy()
    where = np.arange(len(puzzle)) if structure.place is None else structure.place.numpy()
    first = np.searchsorted(puzzle, np.arange(puzzles))
    taken = np.full(puzzles * length * columns, -1)
    taken[where] = np.arange(len(puzzle)) - first[puzzle]
    idle, share = np.zeros(puzzles * length, np.int64), np.ones(puzzles * length, np.float32)
    idle[structure.idle.numpy()] = 1
    if structure.candidates is not None and structure.candidates.of is not None:
        active = slice(None) if structure.active is None else structure.active.numpy()
        share[active] = _relation(structure.candidates, len(puzzle)).divisor
    return {
        "slot": where - puzzle * length * columns,
        "taken": taken,
        "symbol": structure.symbol.numpy(),
        "symbols": structure.symbols.numpy().ravel(),
        "idle": idle,
        "share": share,
    }


def _own(one: Longs, other: Longs) -> None:
    if (one != other).any():
        raise RuntimeError("a puzzle of a batch reads places of another one")


def _joined(parts: list[Any], dtype: Any = np.int64) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype), *parts])


def _grouped(key: Longs, keys: int, *values: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    """First of the values of each key, and the values sorted by key, else as they were."""
    order = np.argsort(key, kind="stable")
    start = np.searchsorted(key[order], np.arange(keys + 1))
    return [start, *(value[order] for value in values)]


def _relation(relation: RelationBatch, places: int) -> _Relation:
    pooled = relation.pooled
    if isinstance(pooled, Table):
        count, width = pooled.index.shape
        start = np.arange(count + 1) * width
        source = pooled.index.numpy().ravel()
        divisor = np.full(count, width, np.float32)
        weight = np.zeros(len(source), np.float32)
    else:
        start, source = pooled.start.numpy(), pooled.source.numpy()
        divisor = pooled.divisor.numpy()[:, 0]
        weight = np.zeros(len(source), np.float32)
        if pooled.weights is not None:
            weight = pooled.weights.numpy()[:, 0]
    of = np.arange(places) if relation.of is None else relation.of.numpy()
    if relation.reads is not None:
        of = np.where(relation.reads.numpy()[:, 0] > 0, of, -1)
    return _Relation(start, source, divisor, weight, of)


def _candidates(structure: StructureBatch) -> RelationBatch:
    """Of each position; where there are no symbols, each place is its own."""
    if structure.candidates is not None:
        return structure.candidates
    places = torch.arange(len(structure.row))
    return RelationBatch(Table(places[:, None]), None, None)
