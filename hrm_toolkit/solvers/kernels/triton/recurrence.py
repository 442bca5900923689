"""Structured networks as they are called: runs of segments, and a segment with its gradient."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
import triton
from torch import Tensor
from torch.autograd.function import once_differentiable

from hrm_toolkit.solvers.inputs.batch import StructureBatch
from hrm_toolkit.solvers.inputs.config import StructuredConfig
from hrm_toolkit.solvers.kernels.cpu.parameters import block_names
from hrm_toolkit.solvers.kernels.triton.launch import (
    REGISTERS,
    interpreted,
    launch,
    observed,
    precision,
)
from hrm_toolkit.solvers.kernels.triton.pack import BACKWARD_READS, FORWARD_READS, Packed
from hrm_toolkit.solvers.kernels.triton.structured import segments
from hrm_toolkit.solvers.kernels.triton.structured_backward import segment_backward

if TYPE_CHECKING:
    from hrm_toolkit.solvers.networks.structured import Structured

States = tuple[Tensor, Tensor]
"""High and low states as a carry has them, (B, L, C, D), C columns a position."""

PROGRAMS = 264
"""The most programs of a backward: two for each of an H100's multiprocessors. Always as many, so
that gradients do not depend on the device."""


class Tiles(NamedTuple):
    """How a kernel is cut, by what compiles without spilling registers.

    Attributes:
        places: of a tile.
        rows: of a tile.
        chunk: columns of a weight, or of the inner width, that are there at once.
        warps: of a program.
        stays: whether a backward computes in its inner loop what it could before it.
    """

    places: int
    rows: int
    chunk: int
    warps: int
    stays: bool = False


FORWARD = {32: Tiles(32, 32, 16, 4), 64: Tiles(16, 32, 32, 8)}
# On sm_80 compilers before Triton 3.9 spill registers at width 64 unless it stays, 3.9 if it does.
_OLD = tuple(map(int, triton.__version__.split(".")[:2])) < (3, 9)
BACKWARD = {32: Tiles(16, 16, 32, 4, True), 64: Tiles(16, 16, 16, 8, _OLD)}


def unsupported(config: Any) -> str | None:
    """Why a network has no such kernel, or None."""
    if not isinstance(config, StructuredConfig):
        return "it is no structured network"
    if config.factors is not None:
        return "it reads factors, which no kernel here does yet"
    if config.width not in FORWARD:
        return f"its width is {config.width}, and the kernels are for 32 and 64"
    if config.inner % 32:
        return f"its inner width is {config.inner}, no multiple of 32"
    return None


def fits(network: Structured, x: Tensor) -> bool:
    """Whether a segment runs in these kernels.

    It does on CUDA in float32 (on a CPU where Triton interprets), for networks that there are
    kernels for, unless somebody watches the updates or has them recomputed.

    Args:
        network: whose segment.
        x: embedded tokens.
    """
    watched = any(level._forward_hooks or level._forward_pre_hooks for level in network.levels)
    return (
        x.device.type == ("cpu" if interpreted() else "cuda")
        and x.dtype == torch.float32
        and type(x) in (Tensor, torch.nn.Parameter)
        and not (watched or network.recompute)
        and not torch.is_autocast_enabled(x.device.type)
        and not torch.compiler.is_compiling()
        and not torch._C._get_tracing_state()
        # Who counts operators would not see what a kernel computes.
        and (observed() or not torch._C._len_torch_dispatch_stack())
        and unsupported(network.config) is None
    )


def packed(config: StructuredConfig, tokens: Tensor, structure: StructureBatch) -> Packed:
    """A batch's structure for the kernels, worked out once for all segments."""
    key = f"triton {tokens.shape[1]}"
    if key not in structure.laid:
        host = structure.host or structure.to(torch.device("cpu"))
        laid = Packed.of_batch(config, host, tokens.shape[1], structure.row.device)
        structure.laid[key] = laid
    found: Packed = structure.laid[key]
    return found


def weight_names(config: StructuredConfig) -> list[str]:
    """Names of all weights in the order in which kernels read them."""
    names = []
    for level in ("low", "high"):
        for index in range(config.layers):
            block = block_names(config, level, index)
            names += [block.own, *([block.neighbours] if block.neighbours else [])]
            names += [one.projection for one in block.pooled]
            for one in block.pooled:
                names += [name for name in (one.message, one.weight) if name is not None]
            names += [block.gate, block.up, block.down]
    names += ["embedding", "token_head.weight", "halt_head.weight", "halt_head.bias"]
    return [*names, *(["symbol_head.weight"] if config.symbols else [])]


class Said(NamedTuple):
    """What S segments of B puzzles came to.

    Attributes:
        z_high: high states after the last segment of each puzzle, as the carry has them.
        z_low: low ones.
        logits: scores after each segment, shape (S, B, L, V).
        q: logits of halting and of going on, shape (2, S, B).
        moved: sum of squares of what each segment changed, shape (S, B); no numbers unasked.
        segments: that each puzzle had, shape (B,), int32. What is said beyond is no number.
        inputs: of blocks, which a backward reads.
        kinds: rows of the embedding that places start from, shape (P,).
    """

    z_high: Tensor
    z_low: Tensor
    logits: Tensor
    q: Tensor
    moved: Tensor
    segments: Tensor
    inputs: Tensor
    kinds: Tensor


def run(
    network: Structured, carry: States, tokens: Tensor, structure: StructureBatch, most: int
) -> Said:
    """Run segments in one launch, each puzzle until it wants to halt.

    Args:
        network: that ``fits``.
        carry: before the first segment.
        tokens: shape (B, L).
        structure: of the batch.
        most: S.
    """
    plan = _Plan(network.config, packed(network.config, tokens, structure), tokens)
    weights = torch.cat([w.detach().flatten() for w in _weights(network)])
    return plan.forward(carry, weights, network.config.updates, most, moved=True)


def segment(
    network: Structured, carry: States, tokens: Tensor, structure: StructureBatch
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Run one segment with all its gradients but those of the carry that it starts from, which is
    written over where the network gives it away.

    Args:
        network: that ``fits``.
        carry: before the segment.
        tokens: shape (B, L).
        structure: of the batch.

    Returns:
        The next ``z_high``, with gradient, and ``z_low``, without; scores of tokens, shape
        (B, L, V); logits of halting and of going on, shape (B,).
    """
    laid = packed(network.config, tokens, structure)
    plan = _Plan(network.config, laid, tokens, network.gives_carry)
    high, low, logits, halt, go_on = _Segment.apply(plan, *carry, *_weights(network))
    return high, low, logits, halt, go_on


def _weights(network: Structured) -> list[Tensor]:
    named = dict(network.named_parameters())
    return [named[name] for name in weight_names(network.config)]


class _Segment(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, plan: _Plan, z_high: Tensor, z_low: Tensor, *weights: Tensor
    ) -> tuple[Tensor, ...]:
        flat = torch.cat([w.detach().flatten() for w in weights])
        learns = any(ctx.needs_input_grad)
        config = plan.config
        first = config.updates - (config.gradient_updates if learns else 0)
        said = plan.forward((z_high, z_low), flat, first, 1, moved=False)
        ctx.plan, ctx.shapes = plan, [w.shape for w in weights]
        kept = (said.inputs, said.z_high, said.kinds, flat)
        ctx.save_for_backward(*(kept if learns else ()))
        ctx.mark_non_differentiable(said.z_low)
        ctx.set_materialize_grads(False)
        return said.z_high, said.z_low, said.logits[0], said.q[0, 0], said.q[1, 0]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        of_high, _, of_logits, of_halt, of_continue = grads
        gradient = ctx.plan.backward(*ctx.saved_tensors, of_high, of_logits, of_halt, of_continue)
        config = ctx.plan.config
        parts = torch.split(gradient, [shape.numel() for shape in ctx.shapes])
        shaped: list[Tensor | None]
        shaped = [part.view(shape) for part, shape in zip(parts, ctx.shapes, strict=True)]
        if config.symbols and not ctx.plan.packed.symbolic:
            # No place is a symbol, so that their head learns nothing.
            shaped[-1] = None
        return (None, None, None, *shaped)


@dataclass(frozen=True)
class _Plan:
    """What launches of a batch share.

    Attributes:
        config: of the network.
        packed: the batch's structure.
        tokens: shape (B, L).
        given: whether a segment writes over its carry, where what is no place stays as it is.
    """

    config: StructuredConfig
    packed: Packed
    tokens: Tensor
    given: bool = False

    @property
    def _shared(self) -> dict[str, Any]:
        """Arguments of both kernels."""
        config, laid, vocabulary = self.config, self.packed, self.config.vocabulary
        kinds = [spec.kind for spec in config.relations]
        return {
            **{name: getattr(laid, name) for name in FORWARD_READS},
            # Without weighted relations it is not read, and may be anything.
            "weight": laid.weight if "weighted" in kinds else laid.divisor,
            "tokens": self.tokens.contiguous(),
            "length": self.tokens.shape[1],
            "columns": self.packed.columns,
            "R": int(config.symbols) + kinds.count("pool") + kinds.count("weighted"),
            "W": kinds.count("weighted"),
            "N": kinds.count("neighbour"),
            "D": config.width,
            "V": vocabulary,
            "VC": 16 if vocabulary <= 16 else 32,
            "SCALE": math.sqrt(config.width),
            "INNER": config.inner,
            "BLOCKS": config.layers,
            "HIGH": config.high_cycles,
            "LOW": config.low_cycles,
            "SYMBOLS": self.packed.symbolic,
            "PRECISION": precision(),
        }

    def _scratch(self, x: Tensor, rows: int) -> list[Tensor]:
        """Messages of places, and arrays of the rows."""
        weighted = sum(spec.kind == "weighted" for spec in self.config.relations)
        width, laid = self.config.width, self.packed
        places = weighted * len(laid.slot) * width
        return [x.new_empty(max(places, 4)), *x.new_empty(rows, len(laid.divisor), width)]

    def forward(
        self, carry: States, weights: Tensor, first: int, most: int, *, moved: bool
    ) -> Said:
        """Run segments, in one launch.

        Args:
            carry: before the first.
            weights: flat.
            first: update from which on the inputs of blocks are kept.
            most: segments.
            moved: whether to say by how much states changed.
        """
        config, tiles, laid = self.config, FORWARD[self.config.width], self.packed
        puzzles, length = self.tokens.shape
        places = len(laid.slot), config.width
        kept = config.updates - first
        slots = max(kept * config.layers, min(config.layers, 2))
        messages, pooled = self._scratch(weights, 1)
        before = [state.contiguous() for state in carry]
        # The same memory, which autograd need not know.
        own = (state.data for state in before)
        z_high, z_low = own if self.given else weights.new_empty(2, *carry[0].shape)
        said = Said(
            z_high,
            z_low,
            weights.new_empty(most, puzzles, length, config.vocabulary),
            weights.new_empty(2, most, puzzles),
            weights.new_empty(most, puzzles),
            torch.empty(puzzles, dtype=torch.int32, device=weights.device),
            weights.new_empty(slots, *places),
            torch.empty(len(laid.slot), dtype=torch.int32, device=weights.device),
        )
        launch(
            segments,
            (puzzles,),
            warps=tiles.warps,
            registers=REGISTERS,
            from_high=before[0],
            from_low=before[1],
            z_high=said.z_high,
            z_low=said.z_low,
            logits=said.logits,
            q=said.q,
            moved=said.moved,
            count=said.segments,
            kinds=said.kinds,
            h=said.inputs,
            before=weights.new_empty(2, *places) if moved else weights,
            value=weights.new_empty(len(laid.slot)),
            messages=messages,
            pooled=pooled,
            weights=weights,
            most=most,
            **self._shared,
            FROM=first,
            MOVED=moved,
            GIVEN=self.given,
            Q_CONTINUE=config.q_continue,
            TILE=tiles.places,
            TILE_ROWS=tiles.rows,
            CHUNK=tiles.chunk,
        )
        return said

    def backward(
        self,
        inputs: Tensor,
        z_high: Tensor,
        kinds: Tensor,
        weights: Tensor,
        of_high: Tensor | None,
        of_logits: Tensor | None,
        of_halt: Tensor | None,
        of_continue: Tensor | None,
    ) -> Tensor:
        """Gradients of the weights, flat, from those of what a segment said."""
        shared, (puzzles, length) = self._shared, self.tokens.shape
        config, laid = self.config, self.packed
        tiles = BACKWARD[config.width]
        # A slice begins at 16 bytes.
        stride = -(-len(weights) // 4) * 4
        slices = weights.new_empty(min(puzzles, PROGRAMS), stride)
        both = config.gradient_updates > config.low_cycles + 1
        states = weights.new_empty(1 + both + (shared["N"] > 0), len(laid.slot), config.width)
        messages, pooled, means, peaks = self._scratch(weights, 3)
        if of_logits is None:
            of_logits = weights.new_zeros(puzzles, length, config.vocabulary)
        launch(
            segment_backward,
            (len(slices),),
            warps=tiles.warps,
            registers=REGISTERS,
            inputs=inputs,
            z_high=z_high,
            kinds=kinds,
            of_logits=of_logits.contiguous(),
            of_halt=weights if of_halt is None else of_halt.contiguous(),
            of_continue=weights if of_continue is None else of_continue.contiguous(),
            of_carry=weights if of_high is None else of_high.contiguous(),
            of_high=states[0],
            of_low=states[int(both)],
            of_mixed=states[-1],
            held=weights.new_empty(len(slices), tiles.places, config.width),
            messages=messages,
            pooled=pooled,
            means=means,
            peaks=peaks,
            weights=weights,
            slices=slices,
            stride=stride,
            **{name: getattr(laid, name) for name in BACKWARD_READS},
            back_weight=laid.back_weight if shared["W"] else laid.divisor,
            puzzles=puzzles,
            **shared,
            UPDATES=config.gradient_updates,
            HALTS=of_halt is not None,
            GOES_ON=of_continue is not None,
            HINTED=of_high is not None,
            STAYS=tiles.stays,
            TILE=tiles.places,
            TILE_ROWS=tiles.rows,
            CHUNK=tiles.chunk,
        )
        return slices.sum(0)[: len(weights)]
