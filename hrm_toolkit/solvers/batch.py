"""Encoded puzzles side by side: padded tokens, and relations as indices into one flat list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, is_dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float, Int
from torch import Tensor

from hrm_toolkit.core import PAD, Relation, Structure, Tokens


@dataclass(frozen=True)
class Encoded:
    """One puzzle as a network sees it.

    Attributes:
        tokens: shape (L,), int32.
        structure: declared structure.
        puzzle_id: row of the puzzle embedding, 0 for none.
    """

    tokens: Tokens
    structure: Structure
    puzzle_id: int = 0


@dataclass(frozen=True)
class Table:
    """A relation whose rows all have K entries, or none at all where K is 1.

    Attributes:
        index: flat positions, shape (M, K); N where there is none.
    """

    index: Int[Tensor, "m k"]


@dataclass(frozen=True)
class Ragged:
    """A relation whose rows differ in their number of entries, E in all.

    Attributes:
        source: flat position of each entry, shape (E,).
        row: the row each entry belongs to, shape (E,).
        count: entries of each row, at least 1, shape (M, 1).
        weights: a number per entry, shape (E, 1), or None.
    """

    source: Int[Tensor, "e"]
    row: Int[Tensor, "e"]
    count: Float[Tensor, "m 1"]
    weights: Float[Tensor, "e 1"] | None


@dataclass(frozen=True)
class RelationBatch:
    """One kind of relation over a flat list of N positions.

    Attributes:
        pooled: which positions each of the M rows pools over.
        of: row read by each position, shape (N,), or None where row i belongs to position i.
        reads: 1 where a position reads a row at all, shape (N, 1), or None where all do.
    """

    pooled: Table | Ragged
    of: Int[Tensor, "n"] | None
    reads: Float[Tensor, "n 1"] | None


@dataclass(frozen=True)
class StructureBatch:
    """The structure of a batch over the positions that take part in it, row after row, N in all.

    A position that no relation touches (a wall of a maze) is idle: it has nothing to compute.

    Attributes:
        position: place of each position in the padded (B * L) list, shape (N,), or None where
            nothing is padded or idle.
        idle: places of the idle positions in the padded list.
        row: batch row of each position, shape (N,).
        lengths: positions of each row, at least 1, shape (B,), float32.
        relations: by name.
        symbols: interchangeable token ids of each row, shape (B, C), 0 where a row has fewer.
        coordinates: row and column of each token, from 0, shape (B, L, 2), -1 at padding; or None
            where the task declares none.
    """

    position: Int[Tensor, "n"] | None
    idle: Int[Tensor, "i"]
    row: Int[Tensor, "n"]
    lengths: Float[Tensor, "b"]
    relations: dict[str, RelationBatch]
    symbols: Int[Tensor, "b c"]
    coordinates: Int[Tensor, "b l 2"] | None = None

    def to(self, device: torch.device) -> StructureBatch:
        """The same batch on another device."""
        moved: StructureBatch = _move(self, device)
        return moved


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
    """
    tokens = pad_tokens([p.tokens for p in puzzles], length)
    structures = [p.structure for p in puzzles]
    flat = _Flat.of(structures, np.array([len(p.tokens) for p in puzzles]))
    place = flat.within + flat.row * tokens.shape[1]
    whole = bool(flat.active.all()) and len(place) == tokens.numel()
    columns = max(symbols, *(len(s.symbols) for s in structures), 0)
    table = np.zeros((len(puzzles), columns), np.int64)
    for index, structure in enumerate(structures):
        table[index, : len(structure.symbols)] = structure.symbols
    row = flat.row[flat.active]
    lengths = np.maximum(np.bincount(row, minlength=len(puzzles)), 1)
    structure_batch = StructureBatch(
        position=None if whole else torch.from_numpy(place[flat.active]),
        idle=torch.from_numpy(place[~flat.active]),
        row=torch.from_numpy(row),
        lengths=torch.from_numpy(lengths.astype(np.float32)),
        relations={
            relation.name: flat.join([s.relations[i] for s in structures])
            for i, relation in enumerate(structures[0].relations)
        },
        symbols=torch.from_numpy(table),
        coordinates=_coordinates(structures, tokens.shape[1]),
    )
    ids = torch.tensor([p.puzzle_id for p in puzzles])
    return Batch(tokens, ids, structure_batch)


@dataclass(frozen=True)
class _Flat:
    """The unpadded positions of all puzzles one after another, and how active ones are numbered.

    Attributes:
        starts: first position of each puzzle.
        lengths: positions of each puzzle.
        row: puzzle of each position.
        within: place of each position in its puzzle.
        active: whether some relation touches the position.
        number: its number among the active ones; one entry more, which stands for none.
    """

    starts: npt.NDArray[Any]
    lengths: npt.NDArray[Any]
    row: npt.NDArray[Any]
    within: npt.NDArray[Any]
    active: npt.NDArray[np.bool_]
    number: npt.NDArray[Any]

    @classmethod
    def of(cls, structures: Sequence[Structure], lengths: npt.NDArray[Any]) -> _Flat:
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        row = np.repeat(np.arange(len(lengths)), lengths)
        active = np.concatenate(
            [_touched(s, n) for s, n in zip(structures, lengths.tolist(), strict=True)]
        )
        if not active.any():
            active[:] = True
        number = np.append(np.cumsum(active) - 1, active.sum())
        return cls(starts, lengths, row, np.arange(len(row)) - starts[row], active, number)

    def join(self, relations: Sequence[Relation]) -> RelationBatch:
        """One kind of relation of every puzzle, over the active positions."""
        rows = np.array([len(r.table) for r in relations])
        of = reads = keep = None
        if relations[0].of is None:
            keep = self.active
        else:
            first = np.concatenate([[0], np.cumsum(rows)[:-1]])
            flat = np.concatenate([r.of for r in relations if r.of is not None])
            read = flat[self.active] >= 0
            reads = None if read.all() else torch.from_numpy(read.astype(np.float32))[:, None]
            shifted = np.maximum(flat + np.repeat(first, self.lengths), 0)
            of = torch.from_numpy(shifted[self.active].astype(np.int64))
        pooled = self._table(relations, rows, keep) or self._ragged(relations, rows, keep)
        return RelationBatch(pooled, of, reads)

    def _table(
        self,
        relations: Sequence[Relation],
        rows: npt.NDArray[Any],
        keep: npt.NDArray[np.bool_] | None,
    ) -> Table | None:
        widths = {r.table.shape[1] for r in relations}
        if len(widths) > 1 or relations[0].weights is not None:
            return None
        table = np.concatenate([r.table for r in relations])
        present = table >= 0
        if widths != {1} and not present.all():
            return None
        index = self.number[np.where(present, table + np.repeat(self.starts, rows)[:, None], -1)]
        return Table(torch.from_numpy(index if keep is None else index[keep]))

    def _ragged(
        self,
        relations: Sequence[Relation],
        rows: npt.NDArray[Any],
        keep: npt.NDArray[np.bool_] | None,
    ) -> Ragged:
        present = [r.table >= 0 for r in relations]
        count = np.concatenate([p.sum(1) for p in present])
        entries = np.array([p.sum() for p in present])
        pairs = list(zip(relations, present, strict=True))
        source = np.concatenate([r.table[p] for r, p in pairs]) + np.repeat(self.starts, entries)
        row = np.repeat(np.arange(rows.sum()), count)
        weights = [r.weights[p] for r, p in pairs if r.weights is not None]
        if keep is not None:
            row, count = self.number[row], count[keep]
        return Ragged(
            torch.from_numpy(self.number[source]),
            torch.from_numpy(row),
            torch.from_numpy(np.maximum(count, 1).astype(np.float32))[:, None],
            torch.from_numpy(np.concatenate(weights).astype(np.float32))[:, None]
            if weights
            else None,
        )


def _coordinates(structures: Sequence[Structure], length: int) -> Int[Tensor, "b l 2"] | None:
    declared = [s.coordinates for s in structures if s.coordinates is not None]
    if len(declared) < len(structures):
        return None
    padded = np.full((len(structures), length, 2), -1, np.int64)
    for index, coordinates in enumerate(declared):
        padded[index, : len(coordinates)] = coordinates
    return torch.from_numpy(padded)


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


def _move(value: Any, device: torch.device) -> Any:
    """Tensors of nested dataclasses and dicts, on another device."""
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, dict):
        return {key: _move(inner, device) for key, inner in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{key: _move(inner, device) for key, inner in vars(value).items()})
    return value
