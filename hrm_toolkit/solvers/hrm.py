"""The Hierarchical Reasoning Model (arXiv 2506.21734), as published."""

from __future__ import annotations

import math
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from pydantic import Field, model_validator
from torch import Tensor, nn

from hrm_toolkit.core import InputError
from hrm_toolkit.solvers.batch import StructureBatch
from hrm_toolkit.solvers.layers import (
    Attention,
    Linear,
    Rotary,
    SwiGLU,
    rms_norm,
    truncated_normal_,
)
from hrm_toolkit.solvers.model import Carry, Network, NetworkConfig, SegmentOutput


class HRMConfig(NetworkConfig):
    """Configuration of an HRM; the defaults are the published Sudoku ones.

    Attributes:
        layers: blocks of each module.
        heads: attention heads; divides ``width``.
        expansion: of the SwiGLU, rounded as published.
        positions: ``rope`` or ``learned``.
        max_length: longest token sequence L.
        puzzle_ids: rows of the puzzle embedding, 0 for none.
        puzzle_width: numbers per puzzle embedding; they fill whole prefix slots, zero-padded.
        forward_dtype: dtype of the recurrence; heads and losses stay in float32.
    """

    family: Literal["hrm"] = "hrm"
    width: int = Field(default=512, ge=4, le=8192)
    layers: int = Field(default=4, ge=1, le=64)
    heads: int = Field(default=8, ge=1, le=256)
    expansion: float = Field(default=4.0, gt=0, le=64)
    positions: Literal["rope", "learned"] = "rope"
    rope_base: float = Field(default=10_000.0, gt=1)
    max_length: int = Field(default=81, ge=1, le=1_000_000)
    puzzle_ids: int = Field(default=0, ge=0)
    puzzle_width: int = Field(default=0, ge=0, le=65536)
    forward_dtype: Literal["float32", "bfloat16"] = "float32"

    @model_validator(mode="after")
    def _heads_divide_width(self) -> HRMConfig:
        if self.width % (2 * self.heads):
            raise InputError(
                f"width {self.width} does not split into {self.heads} heads of even width",
                path="heads",
                hint="choose heads so that width / heads is an even number",
            )
        return self

    @property
    def prefix(self) -> int:
        """P, the slots before the tokens that hold the puzzle embedding."""
        return -(-self.puzzle_width // self.width) if self.puzzle_ids else 0


class Block(nn.Module):
    """Post-norm transformer block: rms_norm(h + Attn(h)), then rms_norm(h + SwiGLU(h))."""

    def __init__(self, config: HRMConfig) -> None:
        super().__init__()
        self.self_attn = Attention(config.width, config.heads)
        self.mlp = SwiGLU(config.width, SwiGLU.published_inner(config.width, config.expansion))

    def forward(self, h: Float[Tensor, "b s d"], rotary: Rotary | None) -> Float[Tensor, "b s d"]:
        h = rms_norm(h + self.self_attn(h, rotary))
        return rms_norm(h + self.mlp(h))


class Level(nn.Module):
    """One recurrent module: its blocks applied to the state plus what is injected."""

    def __init__(self, config: HRMConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Block(config) for _ in range(config.layers))

    def forward(
        self, h: Float[Tensor, "b s d"], injected: Float[Tensor, "b s d"], rotary: Rotary | None
    ) -> Float[Tensor, "b s d"]:
        h = h + injected
        for layer in self.layers:
            h = layer(h, rotary)
        return h


class HRM(Network):
    """The published network. Carry shape: (B, S, D), S = P + ``max_length``.

    As published, padding is attended to like any token; sequences are therefore always padded to
    ``max_length``, so that an answer does not depend on what else is in the batch.

    A segment is ``high_cycles`` times (``low_cycles`` low updates, then one high update), all
    without gradient but the very last update of each module (the one-step approximation).

    Example:
        >>> config = HRMConfig(vocabulary=11, width=32, heads=2, layers=1, max_length=16)
        >>> HRM(config).parameter_count() > 0
        True
    """

    config: HRMConfig
    high_init: Tensor
    low_init: Tensor

    def __init__(self, config: HRMConfig) -> None:
        super().__init__()
        self.config = config
        width, std = config.width, 1 / math.sqrt(config.width)
        self.embed_tokens = nn.Parameter(
            truncated_normal_(torch.empty(config.vocabulary, width), std)
        )
        self.lm_head = Linear(width, config.vocabulary)
        self.q_head = Linear(width, 2, bias=True)
        span = config.prefix + config.max_length
        self.embed_pos: nn.Parameter | None = None
        self.rotary: Rotary | None = None
        if config.positions == "learned":
            self.embed_pos = nn.Parameter(truncated_normal_(torch.empty(span, width), std))
        else:
            self.rotary = Rotary(width // config.heads, span, config.rope_base)
        self.puzzle_embedding: nn.Parameter | None = None
        if config.prefix:
            table = torch.zeros(config.puzzle_ids, config.puzzle_width)
            self.puzzle_embedding = nn.Parameter(table)
        self.high = Level(config)
        self.low = Level(config)
        dtype = getattr(torch, config.forward_dtype)
        self.register_buffer("high_init", truncated_normal_(torch.empty(width), 1.0).to(dtype))
        self.register_buffer("low_init", truncated_normal_(torch.empty(width), 1.0).to(dtype))
        with torch.no_grad():
            self.q_head.weight.zero_()
            if self.q_head.bias is not None:
                self.q_head.bias.fill_(-5.0)

    def initial_carry(self, tokens: Int[Tensor, "b l"], structure: StructureBatch) -> Carry:
        shape = (len(tokens), self.config.prefix + self.config.max_length, self.config.width)
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
        length = tokens.shape[1]
        if length > config.max_length:
            raise InputError(
                f"the puzzle has {length} tokens",
                expected=f"at most {config.max_length}, which this network was built for",
                hint="use a solver trained on this size, or the structured family",
            )
        x = self._embed(F.pad(tokens, (0, config.max_length - length)), puzzle_ids)
        z_high, z_low = carry
        with torch.no_grad():
            for high_cycle in range(config.high_cycles):
                last = high_cycle == config.high_cycles - 1
                for _ in range(config.low_cycles - last):
                    z_low = self.low(z_low, z_high + x, self.rotary)
                if not last:
                    z_high = self.high(z_high, z_low, self.rotary)
        z_low = self.low(z_low, z_high + x, self.rotary)
        z_high = self.high(z_high, z_low, self.rotary)
        q = self.q_head(z_high[:, 0]).float()
        logits = self.lm_head(z_high)[:, config.prefix : config.prefix + length]
        return Carry(z_high.detach(), z_low.detach()), SegmentOutput(logits, q[:, 0], q[:, 1])

    def _embed(
        self, tokens: Int[Tensor, "b l"], puzzle_ids: Int[Tensor, "b"] | None
    ) -> Float[Tensor, "b s d"]:
        config = self.config
        dtype = getattr(torch, config.forward_dtype)
        x = F.embedding(tokens, self.embed_tokens.to(dtype))
        if self.puzzle_embedding is not None:
            ids = torch.zeros_like(tokens[:, 0]) if puzzle_ids is None else puzzle_ids
            slots = F.embedding(ids, self.puzzle_embedding)
            slots = F.pad(slots, (0, config.prefix * config.width - slots.shape[1]))
            x = torch.cat([slots.to(dtype).view(len(ids), config.prefix, config.width), x], 1)
        if self.embed_pos is not None:
            x = 0.707106781 * (x + self.embed_pos[: x.shape[1]].to(dtype))
        return math.sqrt(config.width) * x
