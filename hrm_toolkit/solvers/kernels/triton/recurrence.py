"""The structured recurrence as networks call it: runs of segments, and a segment with gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from hrm_toolkit.solvers.inputs.batch import StructureBatch
from hrm_toolkit.solvers.inputs.config import StructuredConfig
from hrm_toolkit.solvers.kernels.cpu.parameters import block_names
from hrm_toolkit.solvers.kernels.triton.launch import interpreted, launch, observed, precision
from hrm_toolkit.solvers.kernels.triton.pack import Packed
from hrm_toolkit.solvers.kernels.triton.structured import segments
from hrm_toolkit.solvers.kernels.triton.structured_backward import segment_backward

if TYPE_CHECKING:
    from hrm_toolkit.solvers.networks.structured import Structured

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
    """

    places: int
    rows: int
    chunk: int
    warps: int


FORWARD = {32: Tiles(32, 32, 32, 4), 64: Tiles(32, 32, 32, 8)}
BACKWARD = {32: Tiles(16, 32, 32, 4), 64: Tiles(16, 16, 16, 8)}


def backward_tiles(width: int, weighted: int) -> Tiles:
    """Those of the backward for a width and a number of weighted relations."""
    tiles = BACKWARD[width]
    return tiles._replace(rows=16) if weighted else tiles


def unsupported(config: Any) -> str | None:
    """Why a network has no such kernel, or None."""
    if not isinstance(config, StructuredConfig):
        return "it is no structured network"
    if config.factors is not None:
        return "it reads factors, which no kernel here does yet"
    if config.width not in FORWARD:
        return f"its width is {config.width}, and the kernels are for 32 and 64"
    if config.factors is not None:
        return "it reads factors, for which there are no kernels"
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


def packed(config: StructuredConfig, structure: StructureBatch) -> Packed:
    """A batch's structure for the kernels, worked out once for all segments."""
    if "triton" not in structure.laid:
        host = structure.host or structure.to(torch.device("cpu"))
        structure.laid["triton"] = Packed.of_batch(config, host, structure.row.device)
    laid: Packed = structure.laid["triton"]
    return laid


def weight_names(config: StructuredConfig) -> list[str]:
    """Names of the weights of both levels in the order in which kernels read them."""
    names = []
    for level in ("low", "high"):
        for index in range(config.layers):
            block = block_names(config, level, index)
            names += [block.own, *([block.neighbours] if block.neighbours else [])]
            names += [one.projection for one in block.pooled]
            for one in block.pooled:
                names += [name for name in (one.message, one.weight) if name is not None]
            names += [block.gate, block.up, block.down]
    return names


@dataclass(frozen=True)
class Run:
    """What a run of S segments came to, for B puzzles with P places.

    Attributes:
        z_high: high states of the places after each segment, shape (S, P, D).
        z_low: low states likewise.
        q: halting logit and that of going on after each, shape (B, S, 2).
        count: segments that each puzzle had, shape (B,), int32. What lies beyond is no number.
    """

    z_high: Tensor
    z_low: Tensor
    q: Tensor
    count: Tensor


def run(
    network: Structured,
    x: Tensor,
    z_high: Tensor,
    z_low: Tensor,
    structure: StructureBatch,
    most: int,
) -> Run:
    """Run segments in one launch, each puzzle until it wants to halt.

    Args:
        network: that ``fits``.
        x: embedded tokens of the places, shape (P, D).
        z_high: the carry's high states of the places, shape (P, D).
        z_low: its low states, likewise.
        structure: of the batch.
        most: segments.
    """
    config = network.config
    named = dict(network.named_parameters())
    weights = [named[name] for name in weight_names(config)]
    weights += [named["halt_head.weight"], named["halt_head.bias"]]
    high, low = z_high.contiguous().clone(), z_low.contiguous().clone()
    seen = x.new_empty((2, most, *x.shape))
    plan = _Plan(config, packed(config, structure), len(structure.lengths))
    q, count = plan.forward(
        x, high, low, torch.cat([w.flatten() for w in weights]), seen, config.updates, most
    )[1:]
    return Run(seen[0], seen[1], q, count)


def segment(
    network: Structured, x: Tensor, z_high: Tensor, z_low: Tensor, structure: StructureBatch
) -> tuple[Tensor, Tensor]:
    """Run the updates of one segment, all its gradients but those of the carry.

    Args and results are those of ``cpu.training.segment``.
    """
    config = network.config
    named = dict(network.named_parameters())
    weights = [named[name] for name in weight_names(config)]
    plan = _Plan(config, packed(config, structure), len(structure.lengths))
    high, low = _Segment.apply(x, z_high, z_low, plan, *weights)
    return high, low


class _Segment(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, z_high: Tensor, z_low: Tensor, plan: _Plan, *weights: Tensor
    ) -> tuple[Tensor, Tensor]:
        high, low = (z.detach().contiguous().clone() for z in (z_high, z_low))
        flat = torch.cat([w.detach().flatten() for w in weights])
        learns = any(ctx.needs_input_grad)
        config = plan.config
        first = config.updates - (config.gradient_updates if learns else 0)
        inputs = plan.forward(x.detach().contiguous(), high, low, flat, None, first, 1)[0]
        ctx.plan, ctx.shapes = plan, [w.shape for w in weights]
        ctx.save_for_backward(inputs if learns else None, flat)
        ctx.mark_non_differentiable(low)
        return high, low

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        inputs, flat = ctx.saved_tensors
        of_x, of_weights = ctx.plan.backward(grads[0].contiguous(), inputs, flat)
        parts = torch.split(of_weights, [shape.numel() for shape in ctx.shapes])
        shaped = (part.view(shape) for part, shape in zip(parts, ctx.shapes, strict=True))
        return (of_x, None, None, None, *shaped)


@dataclass(frozen=True)
class _Plan:
    """What launches of a batch share.

    Attributes:
        config: of the network.
        packed: the batch's structure.
        puzzles: B.
    """

    config: StructuredConfig
    packed: Packed
    puzzles: int

    @property
    def _constants(self) -> dict[str, Any]:
        config = self.config
        kinds = [spec.kind for spec in config.relations]
        return {
            "R": int(config.symbols) + kinds.count("pool") + kinds.count("weighted"),
            "W": kinds.count("weighted"),
            "N": kinds.count("neighbour"),
            "D": config.width,
            "INNER": config.inner,
            "BLOCKS": config.layers,
            "HIGH": config.high_cycles,
            "LOW": config.low_cycles,
            "PRECISION": precision(),
        }

    def _scratch(self, x: Tensor) -> dict[str, Tensor]:
        messages = max(self._constants["W"], 1)
        return {
            "messages": x.new_empty((messages, *x.shape)),
            "pooled": x.new_empty((len(self.packed.divisor), x.shape[1])),
        }

    def forward(
        self,
        x: Tensor,
        high: Tensor,
        low: Tensor,
        weights: Tensor,
        seen: Tensor | None,
        first: int,
        most: int,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Change both states in place; the inputs of blocks, the halting logits and the counts.

        Args:
            seen: where states go after each segment, shape (2, most, P, D); None for no head.
            first: update from which on the inputs of blocks are kept.
            most: segments.
        """
        config, tiles = self.config, FORWARD[self.config.width]
        inputs = x.new_empty(((config.updates - first) * config.layers + 2, *x.shape))
        q = x.new_empty((self.puzzles, most, 2))
        count = torch.empty(self.puzzles, dtype=torch.int32, device=x.device)
        laid = self.packed
        launch(
            segments,
            (self.puzzles,),
            warps=tiles.warps,
            z_high=high,
            z_low=low,
            x=x,
            h=inputs,
            **self._scratch(x),
            weights=weights,
            **{name: getattr(laid, name) for name in _FORWARD_READS},
            q=q,
            seen_high=x if seen is None else seen[0],
            seen_low=x if seen is None else seen[1],
            count=count,
            most=most,
            **self._constants,
            FROM=first,
            HEAD=seen is not None,
            Q_CONTINUE=config.q_continue,
            TILE=tiles.places,
            TILE_ROWS=tiles.rows,
            CHUNK=tiles.chunk,
        )
        return inputs, q, count

    def backward(self, of_high: Tensor, inputs: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Gradients of the injected input (P, D) and of the weights, flat, from that of the high
        states (P, D)."""
        tiles = backward_tiles(self.config.width, self._constants["W"])
        programs = min(self.puzzles, PROGRAMS)
        states = of_high.new_empty((6, *of_high.shape))
        rows = of_high.new_empty((4, len(self.packed.divisor), of_high.shape[1]))
        slices = of_high.new_empty((programs, len(weights)))
        launch(
            segment_backward,
            (programs,),
            warps=tiles.warps,
            inputs=inputs,
            of_result=of_high,
            of_high=states[0],
            of_low=states[1],
            of_x=states[2],
            of_mixed=states[3],
            of_h=states[4],
            of_out=states[5],
            **self._scratch(of_high),
            means=rows[0],
            peaks=rows[1],
            of_means=rows[2],
            of_peaks=rows[3],
            weights=weights,
            slices=slices,
            **{name: getattr(self.packed, name) for name in _BACKWARD_READS},
            puzzles=self.puzzles,
            **self._constants,
            UPDATES=(len(inputs) - 2) // self.config.layers,
            TILE=tiles.places,
            TILE_ROWS=tiles.rows,
            CHUNK=tiles.chunk,
        )
        return states[2], slices.sum(0)


_FORWARD_READS = ("place", "rows", "start", "source", "divisor", "weight", "of", "near")
_BACKWARD_READS = (
    *_FORWARD_READS,
    "read_start",
    "reader",
    "back_start",
    "back_row",
    "back_weight",
    "near_start",
    "near_reader",
)
