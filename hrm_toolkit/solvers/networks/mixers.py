"""What a place of a structured network reads of relations and factors, and the blocks of it."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from hrm_toolkit.core import InputError
from hrm_toolkit.solvers.inputs.batch import FactorBatch, Ragged, RelationBatch, Table
from hrm_toolkit.solvers.inputs.config import TOLD, StructuredConfig
from hrm_toolkit.solvers.kernels.ops import gather, group_max, pool_rows, rms_norm
from hrm_toolkit.solvers.networks.layers import Linear


class View(NamedTuple):
    """What the updates of one segment share, worked out once.

    Attributes:
        relations: by name.
        neighbour: sources of the ``neighbour`` relations side by side, shape (P, R), P where there
            is none; or None.
        candidates: the pooling of the places of each position, or None where each has one.
        factors: the factors, or None.
        told: what is told of each, shape (M, TOLD), or None where the network reads none.
    """

    relations: dict[str, RelationBatch]
    neighbour: Int[Tensor, "p r"] | None
    candidates: RelationBatch | None
    factors: FactorBatch | None = None
    told: Float[Tensor, "m t"] | None = None


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
        self.symbol_proj = Linear(2 * width, width) if config.symbols else None
        self.neighbour_proj = (
            Linear(len(self.neighbours) * width, width) if self.neighbours else None
        )
        self.pool_proj = nn.ModuleDict({name: Linear(2 * width, width) for name in self.pools})
        self.message_proj = nn.ModuleDict({name: Linear(width, width) for name in self.weighted})
        self.weight_proj = nn.ModuleDict({name: Linear(1, width) for name in self.weighted})
        self.weighted_proj = nn.ModuleDict(
            {name: Linear(2 * width, width) for name in self.weighted}
        )
        self.factors = FactorMixer(width) if config.factors is not None else None

    def forward(self, h: Float[Tensor, "p d"], view: View) -> Float[Tensor, "p d"]:
        mixed: Tensor = self.self_proj(h)
        if self.symbol_proj is not None:
            mixed += _over_candidates(h, view, self.symbol_proj)
        if self.neighbour_proj is not None and view.neighbour is not None:
            rows = gather(F.pad(h, (0, 0, 0, 1)), view.neighbour)
            mixed += self.neighbour_proj(rows.flatten(1))
        for name in self.pools:
            relation = view.relations[name]
            mixed += _read(self.pool_proj[name](pool(h, relation.pooled)), relation)
        for name in self.weighted:
            relation = view.relations[name]
            message = self.message_proj[name](h)
            pooled = pool(message, relation.pooled, self.weight_proj[name])
            mixed += _read(self.weighted_proj[name](pooled), relation)
        if self.factors is not None:
            mixed += self.factors(h, view)
        return mixed


class FactorMixer(nn.Module):
    """What each place reads of the factors that it is in: place -> factor -> place."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.in_proj = Linear(2 * width, width)
        self.weight_proj = Linear(1, width)
        self.told_proj = Linear(TOLD, width)
        self.out_proj = Linear(2 * width, width)

    def forward(self, h: Float[Tensor, "p d"], view: View) -> Float[Tensor, "p d"]:
        factors = view.factors
        if factors is None or view.told is None:
            raise InputError(
                "the structure has no factors", expected="those that the network was made to read"
            )
        heard = self.in_proj(pool(h, factors.inward, self.weight_proj)) + self.told_proj(view.told)
        read: Tensor = self.out_proj(pool(F.silu(heard), factors.back))
        return read


class Block(nn.Module):
    """Post-norm block: mix over the structure, then SwiGLU at each position and symbol."""

    def __init__(self, config: StructuredConfig) -> None:
        super().__init__()
        self.mixer = Mixer(config)
        self.gate_proj = Linear(config.width, config.inner)
        self.up_proj = Linear(config.width, config.inner)
        self.down_proj = Linear(config.inner, config.width)

    def forward(self, h: Float[Tensor, "p d"], view: View) -> Float[Tensor, "p d"]:
        h = rms_norm(self.mixer(h, view).add_(h))
        return rms_norm(self.down_proj(F.silu(self.gate_proj(h)) * self.up_proj(h)).add_(h))


class Level(nn.Module):
    """One recurrent module: its blocks applied to the state plus what is injected."""

    def __init__(self, config: StructuredConfig) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))

    def forward(
        self, h: Float[Tensor, "p d"], injected: Float[Tensor, "p d"], view: View
    ) -> Float[Tensor, "p d"]:
        h = h + injected
        for block in self.blocks:
            h = block(h, view)
        return h


def pool(
    h: Float[Tensor, "p d"], pooled: Table | Ragged, weight_proj: nn.Module | None = None
) -> Float[Tensor, "m 2*d"]:
    """Sum over a divisor, and maximum, of each row's entries; both 0 for a row without entries.

    Args:
        h: states of the places, or the messages they send.
        pooled: the entries of each row.
        weight_proj: what an entry's weight adds to its message, or None.
    """
    if isinstance(pooled, Table):
        # (P, D) -> (M, K, D): every row has K entries.
        rows = gather(h, pooled.index)
        return torch.cat([rows.mean(1), group_max(rows)], -1)
    if weight_proj is not None and pooled.weights is not None:
        # (P, D) -> (E, D): a message is another one on each edge, so that entries are laid out.
        entries = gather(h, pooled.source) + weight_proj(pooled.weights)
        return pool_rows(entries, None, pooled.start, pooled.divisor)
    return pool_rows(h, pooled.source, pooled.start, pooled.divisor)


def _over_candidates(
    h: Float[Tensor, "p d"], view: View, projection: nn.Module
) -> Float[Tensor, "p d"]:
    """What a place reads from all places of its position."""
    if view.candidates is None:
        alone: Tensor = projection(torch.cat([h, h], 1))
        return alone
    return _read(projection(pool(h, view.candidates.pooled)), view.candidates)


def _read(pooled: Float[Tensor, "m d"], relation: RelationBatch) -> Float[Tensor, "p d"]:
    """Each place's own row."""
    if relation.of is None:
        return pooled
    rows = gather(pooled, relation.of)
    return rows if relation.reads is None else rows * relation.reads
