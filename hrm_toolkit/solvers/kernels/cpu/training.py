"""A segment of training in native code: forward and backward of the recurrence, as one function.

This file and ``batch`` are the only ones here that load torch. Embedding and heads stay torch's.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from hrm_toolkit.solvers.inputs.batch import StructureBatch
from hrm_toolkit.solvers.inputs.config import StructuredConfig
from hrm_toolkit.solvers.kernels.cpu import native
from hrm_toolkit.solvers.kernels.cpu.batch import PuzzleBatch
from hrm_toolkit.solvers.kernels.cpu.parameters import block_names
from hrm_toolkit.solvers.kernels.cpu.prepared import Floats, Weights

if TYPE_CHECKING:
    from hrm_toolkit.solvers.networks.structured import Structured

_GROUPS = 8
"""Parts of a batch that threads share, each with gradients of its own. They are always as many and
added in one order, so that gradients do not depend on the number of threads."""


def fits(network: Structured, x: Tensor) -> bool:
    """Whether a segment of training runs in native code.

    It does on CPUs in float32, for networks that there is code for, unless somebody watches the
    updates, has them recomputed, or replaces the operators that they are made of.

    Args:
        network: in training.
        x: embedded tokens.
    """
    watched = any(level._forward_hooks for level in network.levels)
    return (
        torch.is_grad_enabled()
        and x.device.type == "cpu"
        and x.dtype == torch.float32
        and type(x) in (Tensor, torch.nn.Parameter)
        and not (watched or network.recompute)
        and not torch.is_autocast_enabled("cpu")
        and not torch.compiler.is_compiling()
        and not torch._C._get_tracing_state()
        and not torch._C._len_torch_dispatch_stack()
        and native.unsupported(network.config) is None
    )


def segment(
    network: Structured, x: Tensor, z_high: Tensor, z_low: Tensor, structure: StructureBatch
) -> tuple[Tensor, Tensor]:
    """Run the updates of one segment, all its gradients but those of the carry.

    Args:
        network: that ``fits``.
        x: embedded tokens of the places, shape (P, D).
        z_high: the carry's high states of the places, shape (P, D).
        z_low: its low states, likewise.
        structure: of the batch.

    Returns:
        The next ``z_high``, with gradient, and the next ``z_low``, without.
    """
    parameters = {name: p for name, p in network.named_parameters() if ".blocks." in name}
    weights = {name: p.detach().numpy() for name, p in parameters.items()}
    run = _Run(network.config, weights, PuzzleBatch.of(network.config, structure))
    high, low = _Segment.apply(x, z_high, z_low, run, *parameters.values())  # type: ignore[no-untyped-call]
    return high, low


class _Segment(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, z_high: Tensor, z_low: Tensor, run: _Run, *_: Tensor
    ) -> tuple[Tensor, Tensor]:
        high, low = (z.detach().clone().contiguous() for z in (z_high, z_low))
        run.forward(x.detach().contiguous().numpy(), high.numpy(), low.numpy())
        ctx.run = run
        ctx.mark_non_differentiable(low)
        return high, low

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        inputs, gradients = ctx.run.backward(grads[0].contiguous().numpy())
        found = (torch.from_numpy(array) for array in gradients.values())
        return (torch.from_numpy(inputs), None, None, None, *found)


@dataclass
class _Run:
    """One segment of a batch.

    Attributes:
        config: of the network.
        weights: of its blocks, by name, in the order of its parameters.
        puzzles: of the batch.
    """

    config: StructuredConfig
    weights: Weights
    puzzles: PuzzleBatch

    def __post_init__(self) -> None:
        config = self.config
        found = native.library()
        assert not isinstance(found, str), found  # noqa: S101
        self._code, self._variant = found.code, len(found.variants) - 1
        self._levels = {
            level: native.pack(config, self.weights, level) for level in ("low", "high")
        }
        self._network = native.network_of(config, self._levels)
        most = config.high_cycles * (config.low_cycles + 1)
        self._updates = min(config.gradient_cycles * (config.low_cycles + 1), most)
        scratch = ctypes.c_int64()
        sizes, self._scratch = [0], 0
        for puzzle in self.puzzles.addresses:
            kept = self._code.hrm_sizes(
                self._variant,
                ctypes.byref(self._network),
                puzzle,
                self._updates,
                ctypes.byref(scratch),
            )
            sizes.append(kept)
            self._scratch = max(self._scratch, scratch.value)
        self._kept_at = np.cumsum(sizes)
        self._kept: Floats | None = None

    def forward(self, x: Floats, high: Floats, low: Floats) -> None:
        """Change both states (P, D) in place, and keep what the backward needs."""
        kept = self._kept = _taken(int(self._kept_at[-1]))

        def part(rows: range) -> None:
            scratch = native.aligned(np.empty(self._scratch, np.float32))
            for row in rows:
                first = int(self.puzzles.first[row])
                self._code.hrm_forward(
                    self._variant,
                    ctypes.byref(self._network),
                    self.puzzles.addresses[row],
                    _at(x, first),
                    _at(high, first),
                    _at(low, first),
                    kept.ctypes.data + 4 * int(self._kept_at[row]),
                    scratch.ctypes.data,
                    self._updates,
                )

        _side_by_side(part, len(self.puzzles.addresses))

    def backward(self, of_high: Floats) -> tuple[Floats, dict[str, Floats]]:
        """The gradient of the inputs (P, D) and those of the weights by name, from that of the
        high states (P, D)."""
        kept, self._kept = self._kept, None
        if kept is None:
            raise RuntimeError("what a segment keeps for its backward serves one backward")
        back = {level: self._as_stored(level) for level in ("low", "high")}
        inputs = np.empty_like(of_high)

        def part(rows: range) -> dict[str, Floats]:
            scratch = native.aligned(np.empty(self._scratch, np.float32))
            sums = {level: native.aligned(np.zeros_like(back[level])) for level in back}
            for row in rows:
                first = int(self.puzzles.first[row])
                self._code.hrm_backward(
                    self._variant,
                    ctypes.byref(self._network),
                    self.puzzles.addresses[row],
                    back["low"].ctypes.data,
                    back["high"].ctypes.data,
                    sums["low"].ctypes.data,
                    sums["high"].ctypes.data,
                    kept.ctypes.data + 4 * int(self._kept_at[row]),
                    _at(of_high, first),
                    _at(inputs, first),
                    scratch.ctypes.data,
                    self._updates,
                )
            return sums

        parts = _side_by_side(part, len(self.puzzles.addresses))
        _FREE.append(kept)
        gradients: dict[str, Floats] = {}
        for level in back:
            total = parts[0][level]
            for other in parts[1:]:
                total += other[level]
            gradients.update(self._by_name(level, total))
        return inputs, {name: gradients[name] for name in self.weights}

    def _as_stored(self, level: str) -> Floats:
        """A level's weights as the backward reads them, see ``training.hpp``."""
        parts = []
        for name, columns in _stored(self.config, level):
            weight = self.weights[name]
            # (D, R D) -> R times (D, D), where a weight is of several inputs side by side.
            split = weight.reshape(len(weight), columns, -1).transpose(1, 0, 2)
            parts.append(split.ravel())
        return native.aligned(np.concatenate(parts))

    def _by_name(self, level: str, flat: Floats) -> Iterator[tuple[str, Floats]]:
        """Gradients of a level's weights out of that layout."""
        at = 0
        for name, columns in _stored(self.config, level):
            shape = self.weights[name].shape
            size = self.weights[name].size
            split = flat[at : at + size].reshape(columns, shape[0], -1).transpose(1, 0, 2)
            yield name, np.ascontiguousarray(split).reshape(shape)
            at += size


def _stored(config: StructuredConfig, level: str) -> Iterator[tuple[str, int]]:
    """Names of a level's weights in the backward's order, and into how many parts each is split."""
    neighbours = sum(spec.kind == "neighbour" for spec in config.relations)
    for index in range(config.layers):
        names = block_names(config, level, index)
        yield names.own, 1
        if names.neighbours is not None:
            yield names.neighbours, neighbours
        for pooled in names.pooled:
            yield pooled.projection, 1
            if pooled.message is not None and pooled.weight is not None:
                yield pooled.message, 1
                yield pooled.weight, 1
        for name in names.factors or ():
            yield name, 1
        yield names.gate, 1
        yield names.up, 1
        yield names.down, 1


_FREE: list[Floats] = []
"""What forwards kept and backwards no longer need: to get new memory from the system costs as much
as a tenth of an update."""


def _taken(size: int) -> Floats:
    """Memory for so many numbers, of an earlier forward if there is enough."""
    while _FREE:
        memory = _FREE.pop()
        if memory.size >= size:
            return memory
    return native.aligned(np.empty(size + size // 4, np.float32))


def _at(array: Floats, row: int) -> int:
    """The address of a row."""
    return int(array.ctypes.data + row * array.strides[0])


def _side_by_side(part: Callable[[range], Any], count: int) -> list[Any]:
    """What each group of rows comes to, in order, on as many threads as torch may use."""
    groups = min(_GROUPS, count)
    ends = [count * group // groups for group in range(groups + 1)] if groups else []
    parts = [range(*pair) for pair in pairwise(ends)]
    threads = min(torch.get_num_threads(), len(parts))
    if threads < 2:
        return [part(rows) for rows in parts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(part, parts))
