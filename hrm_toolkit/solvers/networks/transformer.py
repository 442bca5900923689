"""The recurrent transformer that HRM and TRM are configurations of."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from hrm_toolkit.core import InputError
from hrm_toolkit.solvers.inputs.batch import StructureBatch
from hrm_toolkit.solvers.inputs.config import TransformerConfig
from hrm_toolkit.solvers.kernels.ops import add_rms_norm
from hrm_toolkit.solvers.networks.casts import cast, cast_once
from hrm_toolkit.solvers.networks.layers import (
    Attention,
    GridRotary,
    Linear,
    Rotary,
    Rotation,
    SwiGLU,
    truncated_normal_,
)
from hrm_toolkit.solvers.networks.network import Carry, Network, SegmentOutput
from hrm_toolkit.solvers.networks.recurrence import recur


class Block(nn.Module):
    """Post-norm block: rms_norm(h + mix(h)), then rms_norm(h + SwiGLU(h)).

    As published, the mixing SwiGLU and its norm both act on the transposed state, that is along
    the sequence for each feature.
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.self_attn: Attention | None = None
        self.mlp_t: SwiGLU | None = None
        if config.mixer == "attention":
            self.self_attn = Attention(config.width, config.heads)
        else:
            inner = SwiGLU.published_inner(config.span, config.expansion)
            self.mlp_t = SwiGLU(config.span, inner)
        self.mlp = SwiGLU(config.width, SwiGLU.published_inner(config.width, config.expansion))

    def forward(self, h: Float[Tensor, "b s d"], turn: Rotation | None) -> Float[Tensor, "b s d"]:
        if self.self_attn is not None:
            mixed, h = self.self_attn.beside(h, turn)
            h = add_rms_norm(h, mixed)
        elif self.mlp_t is not None:
            mixed, h = self.mlp_t.beside(h.transpose(1, 2).contiguous())
            h = add_rms_norm(h, mixed).transpose(1, 2).contiguous()
        more, h = self.mlp.beside(h)
        return add_rms_norm(h, more)


class Level(nn.Module):
    """One recurrent module: its blocks applied to the state plus what is injected."""

    def __init__(self, config: TransformerConfig, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Block(config) for _ in range(depth))

    def forward(
        self, h: Float[Tensor, "b s d"], injected: Float[Tensor, "b s d"], turn: Rotation | None
    ) -> Float[Tensor, "b s d"]:
        h = h + injected
        for layer in self.layers:
            h = layer(h, turn)
        return h


class Transformer(Network):
    """A recurrent transformer. Carry shape: (B, S, D), S = P + ``max_length``.

    As published, padding is attended to like any token; sequences are therefore always padded to
    ``max_length``, so that an answer does not depend on what else is in the batch.

    Weights are drawn in the published order, so that the published seed gives the published
    initialisation.
    """

    config: TransformerConfig
    high_init: Tensor
    low_init: Tensor

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        width, std = config.width, 1 / math.sqrt(config.width)
        self.embed_tokens = nn.Parameter(
            truncated_normal_(torch.empty(config.vocabulary, width), std)
        )
        self.lm_head = Linear(width, config.vocabulary)
        self.q_head = Linear(width, 2, bias=True)
        self.embed_pos: nn.Parameter | None = None
        self.embed_place: nn.Parameter | None = None
        self.rotary: Rotary | GridRotary | None = None
        if config.positions == "learned":
            self.embed_pos = nn.Parameter(truncated_normal_(torch.empty(config.span, width), std))
        elif config.positions == "row_column":
            # A row and a column add up to the deviation of one learned position.
            table = torch.empty(2, config.max_side + 1, width)
            self.embed_place = nn.Parameter(truncated_normal_(table, std / math.sqrt(2)))
        elif config.positions == "rope2d":
            self.rotary = GridRotary(width // config.heads, config.rope_base)
        elif config.positions == "rope" and config.mixer == "attention":
            self.rotary = Rotary(width // config.heads, config.span, config.rope_base)
        self.puzzle_embedding: nn.Parameter | None = None
        if config.prefix:
            table = torch.zeros(config.puzzle_ids, config.puzzle_width)
            self.puzzle_embedding = nn.Parameter(table)
        depth = config.high_layers or config.layers
        self.high = Level(config, depth) if config.modules == 2 else None
        self.low = Level(config, config.layers)
        dtype = getattr(torch, config.forward_dtype)
        for name in ("high_init", "low_init"):
            self.register_buffer(name, truncated_normal_(torch.empty(width, dtype=dtype), 1.0))
        with torch.no_grad():
            self.q_head.weight.zero_()
            if self.q_head.bias is not None:
                self.q_head.bias.fill_(-5.0)

    @property
    def puzzle_table(self) -> nn.Parameter | None:
        """The puzzle embedding, a row an id."""
        return self.puzzle_embedding

    @property
    def levels(self) -> tuple[nn.Module, ...]:
        """See ``Network.levels``; one where both levels share their weights."""
        return (self.low,) if self.high is None else (self.high, self.low)

    def initial_carry(self, tokens: Int[Tensor, "b l"], structure: StructureBatch) -> Carry:
        shape = (len(tokens), self.config.span, self.config.width)
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
        config, length = self.config, tokens.shape[1]
        if length > config.max_length:
            raise InputError(
                f"the puzzle has {length} tokens",
                expected=f"at most {config.max_length}, which this network was built for",
                hint="use a solver trained on this size, or the structured family",
            )
        places = self._places(structure)
        with self._cast_once():
            return self._segment(carry, tokens, puzzle_ids, places)

    def _segment(
        self,
        carry: Carry,
        tokens: Int[Tensor, "b l"],
        puzzle_ids: Int[Tensor, "b"] | None,
        places: Int[Tensor, "b s 2"] | None,
    ) -> tuple[Carry, SegmentOutput]:
        config, length = self.config, tokens.shape[1]
        high = self.low if self.high is None else self.high
        x = self._embed(F.pad(tokens, (0, config.max_length - length)), puzzle_ids, places)
        turn = self._turn(places)
        z_high, z_low = recur(
            lambda z, injected: self.low(z, injected, turn),
            lambda z, injected: high(z, injected, turn),
            *carry,
            x,
            high_cycles=config.high_cycles,
            low_cycles=config.low_cycles,
            gradient_updates=config.gradient_updates,
            recompute=self.recompute,
        )
        q = self.q_head(z_high[:, 0])
        q = q.to(torch.promote_types(q.dtype, torch.float32))
        logits = self.lm_head(z_high)[:, config.prefix : config.prefix + length]
        return Carry(z_high.detach(), z_low.detach()), SegmentOutput(logits, q[:, 0], q[:, 1])

    @property
    def _dtype(self) -> torch.dtype:
        """That the recurrence computes in."""
        # Weights that somebody widened to float64 stand for exact arithmetic throughout.
        wide = self.embed_tokens.dtype == torch.float64
        return torch.float64 if wide else getattr(torch, self.config.forward_dtype)

    def _cast_once(self) -> AbstractContextManager[None]:
        """The weights in that dtype, for a segment."""
        # Of what is computed again backwards nothing is kept, weights included.
        if self.recompute:
            return nullcontext()
        own = [p for p in self.parameters() if p is not self.puzzle_embedding]
        # Where one update of each module learns, one gradient goes through each weight.
        alone = self.high is not None and self.config.gradient_updates <= 2
        return cast_once(own, self._dtype, alone=alone)

    def _places(self, structure: StructureBatch) -> Int[Tensor, "b s 2"] | None:
        """Row and column of each position, from 1; 0 for prefix slots and padding."""
        config, coordinates = self.config, structure.coordinates
        if config.positions not in ("rope2d", "row_column"):
            return None
        if coordinates is None:
            raise InputError(
                f"positions {config.positions} need coordinates, and this task declares none",
                hint="use positions rope, learned or none",
            )
        if config.side_limit is not None and int(coordinates.max()) >= config.side_limit:
            raise InputError(
                f"the puzzle has {int(coordinates.max()) + 1} rows or columns",
                expected=f"at most max_side, {config.side_limit}",
            )
        missing = config.max_length - coordinates.shape[1]
        return F.pad(coordinates + 1, (0, 0, config.prefix, missing))

    def _turn(self, places: Int[Tensor, "b s 2"] | None) -> Rotation | None:
        if isinstance(self.rotary, GridRotary):
            return None if places is None else self.rotary.at(places)
        return None if self.rotary is None else self.rotary.of_length(self.config.span)

    def _embed(
        self,
        tokens: Int[Tensor, "b l"],
        puzzle_ids: Int[Tensor, "b"] | None,
        places: Int[Tensor, "b s 2"] | None = None,
    ) -> Float[Tensor, "b s d"]:
        config, dtype = self.config, self._dtype
        x = F.embedding(tokens, cast(self.embed_tokens, dtype))
        if self.puzzle_embedding is not None:
            ids = torch.zeros_like(tokens[:, 0]) if puzzle_ids is None else puzzle_ids
            slots = F.embedding(ids, self.puzzle_embedding)
            slots = F.pad(slots, (0, config.prefix * config.width - slots.shape[1]))
            x = torch.cat([slots.to(dtype).view(len(ids), config.prefix, config.width), x], 1)
        if self.embed_pos is not None:
            x = 0.707106781 * (x + cast(self.embed_pos, dtype)[: x.shape[1]])
        if self.embed_place is not None and places is not None:
            rows, columns = cast(self.embed_place, dtype)
            there = F.embedding(places[..., 0], rows) + F.embedding(places[..., 1], columns)
            x = 0.707106781 * (x + there)
        return math.sqrt(config.width) * x
