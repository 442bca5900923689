"""The structured family: HRM's two-level recurrence over an adapter's declared structure.

In place of all-pairs attention, an update pools over the declared relations. The state is kept
per position and interchangeable symbol, with the same weights for every symbol, so that a
permutation of digits or colours permutes the output and nothing else. There is no position
table: a network runs on sizes it never saw.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from pydantic import Field
from torch import Tensor, nn

from hrm_toolkit.core import Model, Relation
from hrm_toolkit.solvers.batch import RelationBatch, StructureBatch
from hrm_toolkit.solvers.layers import Linear, gather, max_over_group, rms_norm, truncated_normal_
from hrm_toolkit.solvers.model import Carry, Network, NetworkConfig, SegmentOutput

RelationKind = Literal["neighbour", "pool", "weighted"]


class RelationSpec(Model):
    """How a network reads one kind of relation.

    Attributes:
        name: the relation's name.
        kind: ``neighbour`` reads its one source, ``pool`` the mean and maximum of many,
            ``weighted`` the mean and maximum of messages that depend on the edge's weight.
    """

    name: str
    kind: RelationKind


def relation_specs(relations: Sequence[Relation]) -> tuple[RelationSpec, ...]:
    """How to read the relations that an adapter declares, from one puzzle's."""

    def kind(relation: Relation) -> RelationKind:
        if relation.weights is not None:
            return "weighted"
        return "neighbour" if relation.of is None and relation.table.shape[1] == 1 else "pool"

    return tuple(RelationSpec(name=r.name, kind=kind(r)) for r in relations)


class StructuredConfig(NetworkConfig):
    """Configuration of a structured network.

    Attributes:
        relations: the relations it reads, by name.
        inner: hidden width of the SwiGLU.
        gradient_cycles: high cycles at the end of a segment that carry gradient, at least 1.
    """

    family: Literal["structured"] = "structured"
    width: int = Field(default=32, ge=4, le=8192)
    inner: int = Field(default=64, ge=4, le=32768)
    relations: tuple[RelationSpec, ...] = ()
    gradient_cycles: int = Field(default=1, ge=1, le=64)


class Mixer(nn.Module):
    """Sum over the relations of a linear map of what each pools, plus one of the state itself."""

    def __init__(self, config: StructuredConfig) -> None:
        super().__init__()
        width = config.width
        specs = config.relations
        self.neighbours = [spec.name for spec in specs if spec.kind == "neighbour"]
        self.pools = [spec.name for spec in specs if spec.kind == "pool"]
        self.weighted = [spec.name for spec in specs if spec.kind == "weighted"]
        self.self_proj = Linear(width, width)
        self.symbol_proj = Linear(2 * width, width)
        self.neighbour_proj = (
            Linear(len(self.neighbours) * width, width) if self.neighbours else None
        )
        self.pool_proj = nn.ModuleDict({name: Linear(2 * width, width) for name in self.pools})
        self.message_proj = nn.ModuleDict({name: Linear(width, width) for name in self.weighted})
        self.weight_proj = nn.ModuleDict({name: Linear(1, width) for name in self.weighted})
        self.weighted_proj = nn.ModuleDict(
            {name: Linear(2 * width, width) for name in self.weighted}
        )

    def forward(self, h: Float[Tensor, "n c d"], view: View) -> Float[Tensor, "n c d"]:
        mixed: Tensor = self.self_proj(h)
        if h.shape[1] > 1:
            mixed = mixed + self.symbol_proj(_over_symbols(h, view)).unsqueeze(1)
        if self.neighbour_proj is not None and view.neighbour is not None:
            rows = gather(F.pad(h, (0, 0, 0, 0, 0, 1)), view.neighbour)
            mixed = mixed + self.neighbour_proj(rows.transpose(1, 2).flatten(2))
        for name in self.pools:
            relation = view.relations[name]
            pooled = self.pool_proj[name](_pool(gather(h, relation.index), relation))
            mixed = mixed + _read(pooled, relation)
        for name in self.weighted:
            relation = view.relations[name]
            message = gather(self.message_proj[name](h), relation.index)
            if relation.weights is not None:
                message = message + self.weight_proj[name](relation.weights).unsqueeze(2)
            pooled = self.weighted_proj[name](_pool(message, relation))
            mixed = mixed + _read(pooled, relation)
        return mixed


class Block(nn.Module):
    """Post-norm block: mix over the structure, then SwiGLU at each position and symbol."""

    def __init__(self, config: StructuredConfig) -> None:
        super().__init__()
        self.mixer = Mixer(config)
        self.gate_proj = Linear(config.width, config.inner)
        self.up_proj = Linear(config.width, config.inner)
        self.down_proj = Linear(config.inner, config.width)

    def forward(self, h: Float[Tensor, "n c d"], view: View) -> Float[Tensor, "n c d"]:
        h = rms_norm(h + self.mixer(h, view))
        return rms_norm(h + self.down_proj(F.silu(self.gate_proj(h)) * self.up_proj(h)))


class Level(nn.Module):
    """One recurrent module: its blocks applied to the state plus what is injected."""

    def __init__(self, config: StructuredConfig) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))

    def forward(
        self, h: Float[Tensor, "n c d"], injected: Float[Tensor, "n c d"], view: View
    ) -> Float[Tensor, "n c d"]:
        h = h + injected
        for block in self.blocks:
            h = block(h, view)
        return h


class View(NamedTuple):
    """What the updates of one segment share, worked out once.

    Attributes:
        relations: by name.
        neighbour: sources of the ``neighbour`` relations side by side, shape (N, R), N where
            there is none; or None.
        symbol_present: 1 where a position has a symbol, shape (N, C, 1), or None where all do.
        symbol_count: symbols of each position, shape (N, 1).
    """

    relations: dict[str, RelationBatch]
    neighbour: Int[Tensor, "n r"] | None
    symbol_present: Tensor | None
    symbol_count: Tensor | None


class Structured(Network):
    """The structured network.

    Carry shape: (B, L, C, D), C symbols (1 where the task has none).

    Example:
        >>> from hrm_toolkit.core import Relation, Structure
        >>> from hrm_toolkit.solvers.batch import Encoded, collate
        >>> import numpy as np
        >>> line = Relation.edges("left", [(0, 1), (1, 2)], 3)
        >>> config = StructuredConfig(vocabulary=4, width=8, relations=relation_specs([line]))
        >>> network = Structured(config)
        >>> batch = collate([Encoded(np.array([1, 2, 3], np.int32), Structure((line,)))])
        >>> carry = network.initial_carry(batch.tokens, batch.structure)
        >>> carry, output = network(carry, batch.tokens, None, batch.structure)
        >>> output.logits.shape
        torch.Size([1, 3, 4])
    """

    config: StructuredConfig
    high_init: Tensor
    low_init: Tensor

    def __init__(self, config: StructuredConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        # Two rows beyond the vocabulary stand for "this symbol" and "another symbol".
        self.embedding = nn.Parameter(
            truncated_normal_(torch.empty(config.vocabulary + 2, width), 1 / math.sqrt(width))
        )
        self.token_head = Linear(width, config.vocabulary)
        self.symbol_head = Linear(width, 1)
        self.halt_head = Linear(2 * width, 2, bias=True)
        self.high = Level(config)
        self.low = Level(config)
        self.register_buffer("high_init", truncated_normal_(torch.empty(width), 1.0))
        self.register_buffer("low_init", truncated_normal_(torch.empty(width), 1.0))
        with torch.no_grad():
            self.halt_head.weight.zero_()
            if self.halt_head.bias is not None:
                self.halt_head.bias.fill_(-5.0)

    def initial_carry(self, tokens: Int[Tensor, "b l"], structure: StructureBatch) -> Carry:
        shape = (*tokens.shape, max(structure.symbols.shape[1], 1), self.config.width)
        return Carry(
            self.high_init.expand(shape).contiguous(), self.low_init.expand(shape).contiguous()
        )

    def forward(
        self,
        carry: Carry,
        tokens: Int[Tensor, "b l"],
        puzzle_ids: Int[Tensor, "b"] | None,
        structure: StructureBatch,
    ) -> tuple[Carry, SegmentOutput]:
        config = self.config
        view = self._view(structure)
        x = self._embed(_flat(tokens, structure), structure)
        z_high, z_low = _flat(carry.z_high, structure), _flat(carry.z_low, structure)
        for cycle in range(config.high_cycles):
            carries_gradient = cycle >= config.high_cycles - config.gradient_cycles
            with torch.set_grad_enabled(carries_gradient and torch.is_grad_enabled()):
                for _ in range(config.low_cycles):
                    z_low = self.low(z_low, z_high + x, view)
                z_high = self.high(z_high, z_low, view)
        logits = _padded(self._logits(z_high, structure), tokens.shape, structure)
        q = self._halting(z_high, tokens.shape, structure)
        new_carry = Carry(
            _padded(z_high.detach(), tokens.shape, structure),
            _padded(z_low.detach(), tokens.shape, structure),
        )
        return new_carry, SegmentOutput(logits, q[:, 0], q[:, 1])

    def _view(self, structure: StructureBatch) -> View:
        chosen = [r.name for r in self.config.relations if r.kind == "neighbour"]
        neighbour = None
        if chosen:
            columns = []
            for relation in (structure.relations[name] for name in chosen):
                index = relation.index
                if relation.present is not None:
                    index = index.masked_fill(relation.present.squeeze(2) == 0, len(structure.row))
                columns.append(index)
            neighbour = torch.cat(columns, 1)
        symbols = structure.symbols > 0
        if bool(symbols.all()):
            return View(structure.relations, neighbour, None, None)
        here = symbols.float()[structure.row].unsqueeze(2)
        return View(structure.relations, neighbour, here, here.sum(1).clamp(min=1))

    def _embed(self, tokens: Int[Tensor, "n"], structure: StructureBatch) -> Float[Tensor, "n c d"]:
        kinds = tokens.unsqueeze(1)
        if structure.symbols.shape[1]:
            symbols = structure.symbols[structure.row]
            same = symbols == kinds
            is_symbol = same.any(1, keepdim=True)
            other = torch.where(is_symbol, self.config.vocabulary + 1, kinds)
            kinds = torch.where(same, self.config.vocabulary, other)
        return F.embedding(kinds, self.embedding) * math.sqrt(self.config.width)

    def _logits(self, z: Float[Tensor, "n c d"], structure: StructureBatch) -> Float[Tensor, "n v"]:
        logits: Tensor = self.token_head(z.mean(1))
        if structure.symbols.shape[1]:
            symbols = structure.symbols[structure.row]
            logits = logits.scatter(1, symbols, self.symbol_head(z).squeeze(2))
        never = torch.zeros(logits.shape[1], dtype=torch.bool, device=z.device)
        never[0] = True
        return logits.masked_fill(never, -100.0)

    def _halting(
        self, z: Float[Tensor, "n c d"], shape: torch.Size, structure: StructureBatch
    ) -> Float[Tensor, "b 2"]:
        states = _padded(z, shape, structure).flatten(1, 2)
        count = structure.lengths * z.shape[1]
        mean = states.sum(1) / count.unsqueeze(1)
        if structure.position is not None:
            states = _padded(z + 100.0, shape, structure).flatten(1, 2) - 100.0
        q: Tensor = self.halt_head(torch.cat([mean, max_over_group(states)], 1))
        return q.float()


def _flat(x: Tensor, structure: StructureBatch) -> Tensor:
    """(B, L, ...) -> (N, ...), padding left out."""
    x = x.flatten(0, 1)
    return x if structure.position is None else x[structure.position]


def _padded(x: Tensor, shape: torch.Size, structure: StructureBatch) -> Tensor:
    """(N, ...) -> (B, L, ...), zeros at padding."""
    if structure.position is not None:
        full = x.new_zeros((shape[0] * shape[1], *x.shape[1:]))
        x = full.index_copy(0, structure.position, x)
    return x.view(shape[0], shape[1], *x.shape[1:])


def _over_symbols(h: Float[Tensor, "n c d"], view: View) -> Float[Tensor, "n e"]:
    """Mean and maximum over the symbols of each position."""
    if view.symbol_present is None or view.symbol_count is None:
        return torch.cat([h.mean(1), max_over_group(h)], 1)
    mean = (h * view.symbol_present).sum(1) / view.symbol_count
    largest = max_over_group(h.masked_fill(view.symbol_present == 0, -100.0))
    return torch.cat([mean, largest], 1)


def _pool(rows: Float[Tensor, "m k c d"], relation: RelationBatch) -> Float[Tensor, "m c e"]:
    """Mean and maximum over the entries of each row; both 0 for a row without entries."""
    if relation.present is None:
        return torch.cat([rows.mean(1), max_over_group(rows)], -1)
    present = relation.present.unsqueeze(3)
    mean = (rows * present).sum(1) / relation.count.unsqueeze(2)
    largest = max_over_group(rows.masked_fill(present == 0, -100.0))
    return torch.cat([mean, largest * present.amax(1)], -1)


def _read(pooled: Float[Tensor, "m c d"], relation: RelationBatch) -> Float[Tensor, "n c d"]:
    """Each position's own row."""
    if relation.of is None:
        return pooled
    rows = gather(pooled, relation.of)
    return rows if relation.reads is None else rows * relation.reads.unsqueeze(2)
