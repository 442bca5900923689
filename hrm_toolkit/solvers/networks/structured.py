"""The structured family: HRM's two-level recurrence over an adapter's declared structure.

In place of all-pairs attention, an update pools over the declared relations. The state is kept
per place: a position, or a position and a symbol that it may take, with the same weights for
every symbol, so that a permutation of digits or colours permutes the output and nothing else.
There is no position table: a network runs on sizes it never saw.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from hrm_toolkit.solvers.inputs.batch import StructureBatch, Table, flat, padded
from hrm_toolkit.solvers.inputs.config import TOLD, StructuredConfig
from hrm_toolkit.solvers.kernels.ops import ragged_max, ragged_sum
from hrm_toolkit.solvers.kernels.recurrences import AHEAD, fused_network, native_segment
from hrm_toolkit.solvers.networks.layers import Linear, truncated_normal_
from hrm_toolkit.solvers.networks.mixers import Level, View, pool
from hrm_toolkit.solvers.networks.network import Carry, Network, Ran, SegmentOutput
from hrm_toolkit.solvers.networks.recurrence import recur


class Structured(Network):
    """The structured network.

    Carry shape: (B, L, C, D), C symbols (1 where the task has none).

    Example:
        >>> from hrm_toolkit.core import Relation, Structure
        >>> from hrm_toolkit.solvers.inputs.config import relation_specs
        >>> from hrm_toolkit.solvers.inputs.batch import collate
        >>> from hrm_toolkit.solvers.inputs.places import Encoded
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
    mixes_lengths = True
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
        self.symbol_head = Linear(width, 1) if config.symbols else None
        self.hint_head = Linear(width, config.hints + 1) if config.hints else None
        self.halt_head = Linear(2 * width, 2, bias=True)
        self.high = Level(config)
        self.low = Level(config)
        self.register_buffer("high_init", truncated_normal_(torch.empty(width), 1.0))
        self.register_buffer("low_init", truncated_normal_(torch.empty(width), 1.0))
        with torch.no_grad():
            self.halt_head.weight.zero_()
            if self.halt_head.bias is not None:
                self.halt_head.bias.fill_(-5.0)

    @property
    def levels(self) -> tuple[nn.Module, ...]:
        """See ``Network.levels``."""
        return self.high, self.low

    def as_carry(self, state: Tensor, carry: Carry, structure: StructureBatch) -> Tensor:
        """See ``Network.as_carry``: (P, D) becomes (B, L, C, D)."""
        return padded(state, carry.z_high.shape, structure)

    def initial_carry(self, tokens: Int[Tensor, "b l"], structure: StructureBatch) -> Carry:
        shape = (*tokens.shape, max(structure.symbols.shape[1], 1), self.config.width)
        # Copies also where there is one place: a carry may be written over.
        copied = torch.contiguous_format
        own = (init.expand(shape) for init in (self.high_init, self.low_init))
        return Carry(*(state.clone(memory_format=copied) for state in own))

    def forward(
        self,
        carry: Carry,
        tokens: Int[Tensor, "b l"],
        puzzle_ids: Int[Tensor, "b"] | None,
        structure: StructureBatch,
    ) -> tuple[Carry, SegmentOutput]:
        config = self.config
        if (fused := fused_network(self)) is not None:
            high, low, logits, halt, go_on = fused.segment(self, carry, tokens, structure)
            learns = config.hints and torch.is_grad_enabled()
            hints = self._hints(flat(high, structure), tokens, structure) if learns else None
            return Carry(high.detach(), low), SegmentOutput(logits, halt, go_on, hints)
        if (native := native_segment(self)) is not None:
            said = native.segment(self, carry, tokens, structure)
            q, after = said.q, Carry(said.z_high, said.z_low)
            return after, SegmentOutput(said.logits, q[:, 0], q[:, 1], said.hints)
        x = self._embed(tokens, structure)
        view = self._view(structure)
        z_high, z_low = recur(
            lambda z, injected: self.low(z, injected, view),
            lambda z, injected: self.high(z, injected, view),
            flat(carry.z_high, structure),
            flat(carry.z_low, structure),
            x,
            high_cycles=config.high_cycles,
            low_cycles=config.low_cycles,
            gradient_updates=config.gradient_updates,
            recompute=self.recompute,
        )
        logits = self._logits(z_high, tokens, structure)
        q = self._halting(z_high, structure)
        shape = carry.z_high.shape
        new_carry = Carry(
            padded(z_high.detach(), shape, structure), padded(z_low.detach(), shape, structure)
        )
        hints = self._hints(z_high, tokens, structure) if torch.is_grad_enabled() else None
        return new_carry, SegmentOutput(logits, q[:, 0], q[:, 1], hints)

    @property
    def ahead(self) -> int:
        """See ``Network.ahead``."""
        return 1 if fused_network(self) is None else AHEAD

    def run(
        self,
        carry: Carry,
        tokens: Int[Tensor, "b l"],
        puzzle_ids: Int[Tensor, "b"] | None,
        structure: StructureBatch,
        most: int,
    ) -> Ran:
        """See ``Network.run``; in one launch where a kernel fits."""
        if (fused := fused_network(self)) is None:
            return super().run(carry, tokens, puzzle_ids, structure, most)
        ran = fused.run(self, carry, tokens, structure, most)
        after, (halt, go_on) = Carry(ran.z_high, ran.z_low), ran.q
        return Ran(after, ran.logits, halt, go_on, ran.moved, ran.segments)

    def _view(self, structure: StructureBatch) -> View:
        chosen = [r.name for r in self.config.relations if r.kind == "neighbour"]
        tables = [structure.relations[name].pooled for name in chosen]
        columns = [table.index for table in tables if isinstance(table, Table)]
        neighbour = torch.cat(columns, 1) if columns else None
        factors, kinds = structure.factors, self.config.factors
        told = None if factors is None or kinds is None else factors.told(kinds, TOLD)
        return View(structure.relations, neighbour, structure.candidates, factors, told)

    def _embed(self, tokens: Int[Tensor, "b l"], structure: StructureBatch) -> Float[Tensor, "p d"]:
        kinds = tokens.flatten()
        if structure.active is not None:
            kinds = kinds[structure.active]
        if structure.candidates is not None and structure.candidates.of is not None:
            kinds = kinds[structure.candidates.of]
            is_symbol = (structure.symbols[structure.row] == kinds.unsqueeze(1)).any(1)
            other = torch.where(is_symbol, self.config.vocabulary + 1, kinds)
            kinds = torch.where(structure.symbol == kinds, self.config.vocabulary, other)
        return F.embedding(kinds, self.embedding) * math.sqrt(self.config.width)

    def _logits(
        self, z: Float[Tensor, "p d"], tokens: Int[Tensor, "b l"], structure: StructureBatch
    ) -> Float[Tensor, "b l v"]:
        """At active positions from their places, at idle ones from their token."""
        of = None if structure.candidates is None else structure.candidates.of
        if self.symbol_head is None or structure.candidates is None or of is None:
            scores: Tensor = self.token_head(z)
        else:
            mean = self._of_positions(z, structure)
            scores = self.token_head(mean)
            first = structure.row.new_zeros(len(mean)).scatter(0, of, structure.row)
            scores = scores.scatter(1, structure.symbols[first], -100.0)
            scores = scores.index_put((of, structure.symbol), self.symbol_head(z).squeeze(1))
        # Missing symbols scatter to the column of <pad>, which is never an answer.
        never = torch.zeros(scores.shape[1], dtype=torch.bool, device=z.device)
        never[0] = True
        scores = scores.masked_fill(never, -100.0)
        if structure.active is None:
            return scores.view(*tokens.shape, -1)
        logits = scores.new_zeros(tokens.numel(), scores.shape[1])
        logits = logits.index_copy(0, structure.active, scores).view(*tokens.shape, -1)
        return self._answer_idle(logits, tokens, structure) if len(structure.idle) else logits

    def _answer_idle(
        self,
        logits: Float[Tensor, "b l v"],
        tokens: Int[Tensor, "b l"],
        structure: StructureBatch,
    ) -> Float[Tensor, "b l v"]:
        """The answer at an idle position is a function of its token."""
        x = F.embedding(tokens.flatten()[structure.idle], self.embedding)
        scores: Tensor = self.token_head(x * math.sqrt(self.config.width))
        return logits.flatten(0, 1).index_copy(0, structure.idle, scores).view_as(logits)

    def _of_positions(
        self, z: Float[Tensor, "p d"], structure: StructureBatch
    ) -> Float[Tensor, "a d"]:
        """What each active position has in all its places."""
        if structure.candidates is None or structure.candidates.of is None:
            return z
        return pool(z, structure.candidates.pooled)[:, : self.config.width]

    def _hints(
        self, z: Float[Tensor, "p d"], tokens: Int[Tensor, "b l"], structure: StructureBatch
    ) -> Float[Tensor, "b l h"] | None:
        """At active positions; 0 at idle ones."""
        if self.hint_head is None:
            return None
        hints: Tensor = self.hint_head(self._of_positions(z, structure))
        if structure.active is not None:
            full = hints.new_zeros(tokens.numel(), hints.shape[1])
            hints = full.index_copy(0, structure.active, hints)
        return hints.view(*tokens.shape, -1)

    def _halting(self, z: Float[Tensor, "p d"], structure: StructureBatch) -> Float[Tensor, "b 2"]:
        rows = len(structure.lengths)
        mean = ragged_sum(z, structure.row, rows) / structure.lengths.unsqueeze(1)
        peak = ragged_max(z, structure.row, rows)
        q: Tensor = self.halt_head(torch.cat([mean, peak], 1))
        return q.float()
