"""Encoded puzzles side by side: padded tokens, and relations as indices into one flat list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from hrm_toolkit.core import PAD, Relation, Structure, Tokens
from hrm_toolkit.core.structure import IntArray


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
class RelationBatch:
    """One kind of relation over a flat list of N positions.

    Attributes:
        index: flat positions pooled by each row, shape (M, K); missing entries point at 0.
        present: 1 where an entry exists, shape (M, K, 1), or None where all do.
        count: entries of each row, at least 1, shape (M, 1).
        of: row read by each position, shape (N,), or None where row i belongs to position i.
        reads: 1 where a position reads a row at all, shape (N, 1), or None where all do.
        weights: a number per entry, shape (M, K, 1), or None.
    """

    index: Int[Tensor, "m k"]
    present: Float[Tensor, "m k 1"] | None
    count: Float[Tensor, "m 1"]
    of: Int[Tensor, "n"] | None
    reads: Float[Tensor, "n 1"] | None
    weights: Float[Tensor, "m k 1"] | None


@dataclass(frozen=True)
class StructureBatch:
    """The structure of a batch. Positions are the unpadded ones, row after row, N in all.

    Attributes:
        position: place of each position in the padded (B * L) list, shape (N,), or None where
            nothing is padded.
        row: batch row of each position, shape (N,).
        lengths: positions of each row, shape (B,), float32.
        relations: by name.
        symbols: interchangeable token ids of each row, shape (B, C), 0 where a row has fewer.
    """

    position: Int[Tensor, "n"] | None
    row: Int[Tensor, "n"]
    lengths: Float[Tensor, "b"]
    relations: dict[str, RelationBatch]
    symbols: Int[Tensor, "b c"]

    def to(self, device: torch.device) -> StructureBatch:
        """The same batch on another device."""
        if device.type == "cpu":
            return self

        def move(relation: RelationBatch) -> RelationBatch:
            parts: dict[str, Any] = {
                k: None if v is None else v.to(device) for k, v in vars(relation).items()
            }
            return replace(relation, **parts)

        return replace(
            self,
            position=None if self.position is None else self.position.to(device),
            row=self.row.to(device),
            lengths=self.lengths.to(device),
            relations={name: move(r) for name, r in self.relations.items()},
            symbols=self.symbols.to(device),
        )


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
    lengths = np.array([len(p.tokens) for p in puzzles])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    row = np.repeat(np.arange(len(puzzles)), lengths)
    position = None
    if int(lengths.min()) < tokens.shape[1]:
        position = torch.from_numpy(np.arange(len(row)) - starts[row] + row * tokens.shape[1])
    structures = [p.structure for p in puzzles]
    columns = max(symbols, *(len(s.symbols) for s in structures), 0)
    table = np.zeros((len(puzzles), columns), np.int64)
    for index, structure in enumerate(structures):
        table[index, : len(structure.symbols)] = structure.symbols
    relations = {
        relation.name: _join([s.relations[i] for s in structures], starts, lengths)
        for i, relation in enumerate(structures[0].relations)
    }
    return Batch(
        tokens,
        torch.tensor([p.puzzle_id for p in puzzles]),
        StructureBatch(
            position,
            torch.from_numpy(row),
            torch.from_numpy(lengths.astype(np.float32)),
            relations,
            torch.from_numpy(table),
        ),
    )


def _join(relations: Sequence[Relation], starts: IntArray, lengths: IntArray) -> RelationBatch:
    width = max(r.table.shape[1] for r in relations)
    table = np.concatenate([_widen(r.table, width, -1) for r in relations])
    rows = np.array([len(r.table) for r in relations])
    present = table >= 0
    index = np.where(present, table + np.repeat(starts, rows)[:, None], 0)
    count = np.maximum(present.sum(1, keepdims=True), 1).astype(np.float32)
    of = reads = weights = None
    if relations[0].of is not None:
        first_row = np.concatenate([[0], np.cumsum(rows)[:-1]])
        flat = np.concatenate([r.of for r in relations if r.of is not None])
        reads = None if (flat >= 0).all() else _column(flat >= 0)
        of = torch.from_numpy(np.maximum(flat + np.repeat(first_row, lengths), 0).astype(np.int64))
    if relations[0].weights is not None:
        joined = [_widen(r.weights, width, 0) for r in relations if r.weights is not None]
        weights = torch.from_numpy(np.concatenate(joined).astype(np.float32))[:, :, None]
    return RelationBatch(
        torch.from_numpy(index.astype(np.int64)),
        None if present.all() else torch.from_numpy(present.astype(np.float32))[:, :, None],
        torch.from_numpy(count),
        of,
        reads,
        weights,
    )


def _widen(table: np.ndarray, width: int, fill: int) -> np.ndarray:
    if table.shape[1] == width:
        return table
    return np.pad(table, ((0, 0), (0, width - table.shape[1])), constant_values=fill)


def _column(mask: np.ndarray) -> Tensor:
    return torch.from_numpy(mask.astype(np.float32))[:, None]
