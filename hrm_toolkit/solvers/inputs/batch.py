"""Encoded puzzles side by side: padded tokens, and relations as indices into one flat list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, is_dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float, Int
from torch import Tensor

from hrm_toolkit.core import PAD, InputError, Structure, Tokens
from hrm_toolkit.solvers.inputs.places import Encoded, Gathered, Pooling


@dataclass(frozen=True)
class Table:
    """A pooling whose rows all have K entries, or at most one where K is 1.

    Attributes:
        index: places, shape (M, K); P where there is none.
    """

    index: Int[Tensor, "m k"]


@dataclass(frozen=True)
class Ragged:
    """A pooling whose rows differ in their number of entries, E in all, sorted by row.

    Attributes:
        source: place of each entry, shape (E,).
        start: first entry of each row, and E, shape (M + 1,).
        divisor: what the sum over each row is divided by, at least 1, shape (M, 1).
        weights: a number per entry, shape (E, 1), or None.
    """

    source: Int[Tensor, "e"]
    start: Int[Tensor, "s"]
    divisor: Float[Tensor, "m 1"]
    weights: Float[Tensor, "e 1"] | None


@dataclass(frozen=True)
class RelationBatch:
    """One kind of relation over a list of P places.

    Attributes:
        pooled: which places each of the M rows pools over.
        of: row read by each place, shape (P,), or None where row i belongs to place i.
        reads: 1 where a place reads a row at all, shape (P, 1), or None where all do.
    """

    pooled: Table | Ragged
    of: Int[Tensor, "p"] | None
    reads: Float[Tensor, "p 1"] | None


@dataclass(frozen=True)
class FactorBatch:
    """Factors over a list of P places, M in all, see ``places.Gathered``.

    Attributes:
        inward: the places of each factor, M rows.
        back: the factors of each place, P rows.
        facts: of each factor, shape (M, FACTS).
        kind: of each, a place in ``names``, shape (M,).
        row: batch row of each, shape (M,).
        names: the kinds.
    """

    inward: Ragged
    back: Ragged
    facts: Float[Tensor, "m f"]
    kind: Int[Tensor, "m"]
    row: Int[Tensor, "m"]
    names: tuple[str, ...]

    def told(self, kinds: Sequence[str], columns: int) -> Float[Tensor, "m t"]:
        """What a network that knows these kinds is told of each factor, shape (M, columns): its
        facts, a 1 in its kind's column where it is known, zeros."""
        known = {name: column for column, name in enumerate(kinds, self.facts.shape[1])}
        columns_of = self.kind.new_tensor([known.get(name, columns) for name in self.names])
        told = self.facts.new_zeros(len(self.facts), columns + 1)
        told = told.scatter(1, columns_of[self.kind][:, None], 1.0)
        told[:, : self.facts.shape[1]] = self.facts
        return told[:, :columns].contiguous()


@dataclass(frozen=True)
class StructureBatch:
    """The structure of a batch over the places that take part in it, row after row, P in all.

    A place is a position, or where the task has interchangeable symbols a position with one of
    those it may take. A position that no relation touches (a wall of a maze) is idle: it has no
    place and nothing to compute.

    Attributes:
        place: where each place is in the padded (B * L * C) list, shape (P,), or None where
            nothing is left out.
        active: the N positions that have places, in the padded (B * L) list, or None where all do.
        idle: the positions that have none, in the padded list.
        row: batch row of each place, shape (P,).
        lengths: places of each row, at least 1, shape (B,), float32.
        relations: by name.
        symbols: interchangeable token ids of each row, shape (B, C), 0 where a row has fewer.
        symbol: the symbol of each place, shape (P,), 0 where the task has none.
        candidates: the pooling of the places of each active position, N rows; or None where each
            has one.
        coordinates: row and column of each token, from 0, shape (B, L, 2), -1 at padding; or None
            where the task declares none.
        factors: the factors, or None where the task declares none.
        host: the same on the CPU, where it was moved from there.
        laid: what kernels made of it, so that all segments share it.
    """

    place: Int[Tensor, "p"] | None
    active: Int[Tensor, "n"] | None
    idle: Int[Tensor, "i"]
    row: Int[Tensor, "p"]
    lengths: Float[Tensor, "b"]
    relations: dict[str, RelationBatch]
    symbols: Int[Tensor, "b c"]
    symbol: Int[Tensor, "p"]
    candidates: RelationBatch | None = None
    coordinates: Int[Tensor, "b l 2"] | None = None
    factors: FactorBatch | None = None
    host: StructureBatch | None = field(default=None, compare=False, repr=False)
    laid: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def to(self, device: torch.device) -> StructureBatch:
        """The same batch on another device."""
        if self.row.device == device:
            return self
        moved: StructureBatch = _move(replace(self, host=None, laid={}), device)
        host = self if self.row.device.type == "cpu" else self.host
        return replace(moved, host=host)


@dataclass(frozen=True)
class Batch:
    """Inputs of one network call: tokens (B, L), puzzle ids (B,) and structure."""

    tokens: Int[Tensor, "b l"]
    puzzle_ids: Int[Tensor, "b"]
    structure: StructureBatch

    def to(self, device: torch.device) -> Batch:
        """The same batch on another device."""
        return Batch(self.tokens.to(device), self.puzzle_ids.to(device), self.structure.to(device))


def pad_tokens(rows: Sequence[Tokens], length: int | None = None) -> Int[Tensor, "b l"]:
    """Token rows padded with 0 at the right to ``length`` or the longest row."""
    longest = length or max(len(row) for row in rows)
    tokens = np.full((len(rows), longest), PAD, np.int64)
    for index, row in enumerate(rows):
        tokens[index, : len(row)] = row
    return torch.from_numpy(tokens)


def collate(puzzles: Sequence[Encoded], *, length: int | None = None, symbols: int = 0) -> Batch:
    """Encoded puzzles of any sizes as one batch.

    Args:
        puzzles: at least one.
        length: L to pad to; None pads to the longest.
        symbols: least number of symbol columns C.

    Raises:
        InputError: when some have factors and others have none.
    """
    tokens = pad_tokens([p.tokens for p in puzzles], length)
    structures = [p.structure for p in puzzles]
    places = [p.places for p in puzzles]
    columns = max(symbols, *(len(s.symbols) for s in structures), 0)
    table = np.zeros((len(puzzles), columns), np.int64)
    for index, structure in enumerate(structures):
        table[index, : len(structure.symbols)] = structure.symbols
    counts = np.array([len(p.position) for p in places])
    row = np.repeat(np.arange(len(puzzles)), counts)
    position = np.concatenate([p.position for p in places]) + row * tokens.shape[1]
    column = np.concatenate([p.column for p in places])
    active = np.zeros(tokens.numel(), np.bool_)
    active[position] = True
    padding = np.arange(tokens.shape[1]) >= np.array([len(p.tokens) for p in puzzles])[:, None]
    joined = [_joined(list(p), counts) for p in zip(*(q.poolings for q in places), strict=True)]
    structure_batch = StructureBatch(
        place=None
        if len(position) == tokens.numel() * max(columns, 1)
        else torch.from_numpy(position * max(columns, 1) + column),
        active=None if active.all() else torch.from_numpy(np.flatnonzero(active)),
        idle=torch.from_numpy(np.flatnonzero(~active & ~padding.ravel())),
        row=torch.from_numpy(row),
        lengths=torch.from_numpy(np.maximum(counts, 1).astype(np.float32)),
        relations={relation.name: joined[i] for i, relation in enumerate(structures[0].relations)},
        symbols=torch.from_numpy(table),
        symbol=torch.from_numpy(table[row, column] if columns else np.zeros_like(row)),
        candidates=_joined([p.candidates for p in places], counts) if columns else None,
        coordinates=_coordinates(structures, tokens.shape[1]),
        factors=_factors([p.factors for p in places], counts),
    )
    ids = torch.tensor([p.puzzle_id for p in puzzles])
    return Batch(tokens, ids, structure_batch)


def flat(x: Float[Tensor, "b l c d"], structure: StructureBatch) -> Float[Tensor, "p d"]:
    """States of the places out of padded ones."""
    x = x.flatten(0, 2)
    return x if structure.place is None else x[structure.place]


def padded(
    x: Float[Tensor, "p d"], shape: torch.Size, structure: StructureBatch
) -> Float[Tensor, "b l c d"]:
    """States of the places among zeros."""
    if structure.place is not None:
        full = x.new_zeros((shape[:-1].numel(), shape[-1]))
        x = full.index_copy_(0, structure.place, x)
    return x.view(shape)


def _joined(poolings: Sequence[Pooling], counts: npt.NDArray[Any]) -> RelationBatch:
    """One kind of relation of every puzzle; ``counts`` are their places."""
    rows = [len(p.divisor) for p in poolings]
    of = reads = None
    if poolings[0].of is not None:
        flat = np.concatenate([p.of for p in poolings if p.of is not None])
        read = flat >= 0
        reads = None if read.all() else torch.from_numpy(read.astype(np.float32))[:, None]
        # A puzzle's rows stand behind those of the puzzles before: (B,) -> one shift a place, (P,).
        shift = np.repeat(np.cumsum([0, *rows[:-1]]), counts)
        of = torch.from_numpy(np.maximum(flat + shift, 0))
    # Likewise its places: (B,), each its first place in the batch.
    shifts = np.cumsum([0, *counts[:-1].tolist()])
    widths = {p.width for p in poolings}
    singles = [p.single for p in poolings if p.single is not None]
    if len(singles) == len(poolings):
        single, shift = np.concatenate(singles), np.repeat(shifts, rows)
        # (M,) places; what reads none reads the row of zeros behind the P places.
        index = np.where(single < 0, counts.sum(), single + shift)
        return RelationBatch(Table(torch.from_numpy(index[:, None])), of, reads)
    source = np.concatenate([p.source for p in poolings], dtype=np.int64)
    source += np.repeat(shifts, [len(p.source) for p in poolings])
    if len(widths) == 1 and widths != {0}:
        # All rows have K entries: (E,) -> (M, K), which is gathered at once, without offsets.
        return RelationBatch(Table(torch.from_numpy(source.reshape(-1, *widths))), of, reads)
    return RelationBatch(_ragged(poolings, source), of, reads)


def _ragged(poolings: Sequence[Pooling], source: npt.NDArray[Any]) -> Ragged:
    """Rows of every puzzle, one after another; ``source`` are their entries among those of all."""
    count = np.concatenate([p.sizes for p in poolings])
    weights = [p.weights for p in poolings if p.weights is not None]
    return Ragged(
        source=torch.from_numpy(source),
        start=torch.from_numpy(np.concatenate([[0], np.cumsum(count)])),
        divisor=torch.from_numpy(np.concatenate([p.divisor for p in poolings]))[:, None],
        weights=torch.from_numpy(np.concatenate(weights))[:, None] if weights else None,
    )


def _factors(gathered: Sequence[Gathered | None], counts: npt.NDArray[Any]) -> FactorBatch | None:
    """The factors of every puzzle; ``counts`` are their places."""
    own = [g for g in gathered if g is not None]
    if not own:
        return None
    if len(own) < len(gathered):
        number = next(k for k, g in enumerate(gathered, 1) if g is None)
        raise InputError(
            f"puzzle {number} of the batch has no factors, and another has",
            expected="puzzles of one task, which declares factors for all of them or for none",
        )
    names = tuple(dict.fromkeys(name for g in own for name in g.names))
    kinds = [np.array([names.index(name) for name in g.names])[g.kind] for g in own]

    def shifted(poolings: Sequence[Pooling], sizes: Sequence[int]) -> Ragged:
        shifts = np.cumsum([0, *sizes[:-1]])
        entries = [p.source + shift for p, shift in zip(poolings, shifts, strict=True)]
        return _ragged(poolings, np.concatenate(entries))

    return FactorBatch(
        inward=shifted([g.inward for g in own], counts.tolist()),
        back=shifted([g.back for g in own], [len(g.kind) for g in own]),
        facts=torch.from_numpy(np.concatenate([g.facts for g in own])),
        kind=torch.from_numpy(np.concatenate(kinds)),
        row=torch.from_numpy(np.repeat(np.arange(len(own)), [len(g.kind) for g in own])),
        names=names,
    )


def _coordinates(structures: Sequence[Structure], length: int) -> Int[Tensor, "b l 2"] | None:
    declared = [s.coordinates for s in structures if s.coordinates is not None]
    if len(declared) < len(structures):
        return None
    padded = np.full((len(structures), length, 2), -1, np.int64)
    for index, coordinates in enumerate(declared):
        padded[index, : len(coordinates)] = coordinates
    return torch.from_numpy(padded)


def _move(value: Any, device: torch.device) -> Any:
    """Tensors of nested dataclasses and dicts, on another device."""
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, dict):
        return {key: _move(inner, device) for key, inner in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{key: _move(inner, device) for key, inner in vars(value).items()})
    return value
