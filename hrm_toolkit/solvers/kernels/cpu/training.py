"""A segment of training in native code, from tokens to what is said of them, as one function.

This file and ``batch`` are the only ones here that load torch.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from hrm_toolkit.solvers.inputs.batch import StructureBatch
from hrm_toolkit.solvers.inputs.config import StructuredConfig
from hrm_toolkit.solvers.kernels.cpu import native
from hrm_toolkit.solvers.kernels.cpu.batch import Longs, PuzzleBatch
from hrm_toolkit.solvers.kernels.cpu.parameters import block_names
from hrm_toolkit.solvers.kernels.cpu.prepared import Floats, Weights

if TYPE_CHECKING:
    from hrm_toolkit.solvers.networks.network import Carry
    from hrm_toolkit.solvers.networks.structured import Structured

_GROUPS = 8
"""Parts of a batch that threads share, each with gradients of its own. They are always as many and
added in one order, so that gradients do not depend on the number of threads."""


def fits(network: Structured) -> bool:
    """Whether a segment of training runs in native code.

    It does on CPUs in float32, for networks that there is code for, unless somebody watches the
    updates, has them recomputed, or replaces the operators that they are made of.

    Args:
        network: in training.
    """
    x = network.embedding
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


class Said(NamedTuple):
    """What a segment comes to.

    Attributes:
        z_high: the next high states, in the shape of the carry, without gradient.
        z_low: the next low states, likewise.
        logits: scores of tokens, shape (B, L, V).
        q: logits of halting and of going on, shape (B, 2).
        hints: scores of hints, shape (B, L, H), or None of a network that is taught none.
    """

    z_high: Tensor
    z_low: Tensor
    logits: Tensor
    q: Tensor
    hints: Tensor | None


def segment(network: Structured, carry: Carry, tokens: Tensor, structure: StructureBatch) -> Said:
    """Run one segment with all its gradients but those of the carry that it starts from.

    Args:
        network: that ``fits``.
        carry: before the segment.
        tokens: shape (B, L).
        structure: of the batch.
    """
    config, parameters = network.config, dict(network.named_parameters())
    known = structure.laid.get("cpu")
    if known is None or known[0] is not tokens:
        known = structure.laid["cpu"] = (tokens, PuzzleBatch.of(config, tokens, structure))
    weights = {name: p.detach().numpy() for name, p in parameters.items()}
    run = _Run(config, weights, known[1])
    said = _Segment.apply(*carry, tokens, run, *parameters.values())  # type: ignore[no-untyped-call]
    return Said(*said)


class _Segment(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, z_high: Tensor, z_low: Tensor, tokens: Tensor, run: _Run, *_: Tensor
    ) -> tuple[Tensor | None, ...]:
        shape, config = tokens.shape, run.config
        high, low = (z.detach().contiguous() for z in (z_high, z_low))
        next_high, next_low = torch.zeros_like(high), torch.zeros_like(low)
        logits, q = high.new_zeros(*shape, config.vocabulary), high.new_empty(shape[0], 2)
        hints = high.new_zeros(*shape, run.hints) if run.hints else None
        run.forward((high, low, next_high, next_low, logits, q, hints))
        ctx.run = run
        ctx.mark_non_differentiable(next_high, next_low)
        ctx.set_materialize_grads(False)
        return next_high, next_low, logits, q, hints

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        said = tuple(None if grad is None else grad.contiguous() for grad in grads[2:])
        gradients = ctx.run.backward((None, None, None, None, *said))
        found = (None if array is None else torch.from_numpy(array) for array in gradients)
        return (None, None, None, None, *found)


class _Heads(ctypes.Structure):
    _fields_ = [
        ("hints", ctypes.c_int64),
        *(
            (name, ctypes.c_void_p)
            for name in ("embedding", "idle", "hint_head", "token_rows", "hint_rows")
        ),
    ]


@dataclass
class _Run:
    """One segment of a batch.

    Attributes:
        config: of the network.
        weights: by name, in the order of its parameters.
        puzzles: of the batch.
    """

    config: StructuredConfig
    weights: Weights
    puzzles: PuzzleBatch

    @property
    def hints(self) -> int:
        """H, scores of hints at each position; 0 of a network that is taught none."""
        return _hints(self.config)

    def __post_init__(self) -> None:
        config, weights = self.config, self.weights
        found = native.library()
        assert not isinstance(found, str), found  # noqa: S101
        self._code, self._variant = found.code, len(found.variants) - 1
        self._packed = native.pack_all(config, weights)
        self._network = native.network_of(config, self._packed)
        self._embedding = weights["embedding"] * np.float32(math.sqrt(config.width))
        head = weights["token_head.weight"]
        arrays = {
            "embedding": self._embedding,
            "idle": self._embedding[: len(head)] @ head.T,
            "token_rows": np.ascontiguousarray(head),
        }
        if self.hints:
            arrays["hint_rows"] = np.ascontiguousarray(weights["hint_head.weight"])
            arrays["hint_head"] = native.pack_head(arrays["hint_rows"])
        self._packed |= arrays
        addresses = {name: array.ctypes.data for name, array in arrays.items()}
        self._heads = _Heads(hints=self.hints, **addresses)
        most = config.high_cycles * (config.low_cycles + 1)
        self._updates = min(config.gradient_cycles * (config.low_cycles + 1), most)
        sizes = np.zeros(len(self.puzzles.puzzles), np.int64)
        self._scratch = self._code.hrm_sizes(
            self._variant,
            ctypes.byref(self._network),
            ctypes.byref(self._heads),
            self.puzzles.puzzles.ctypes.data,
            len(sizes),
            self._updates,
            sizes.ctypes.data,
        )
        self._kept_at = np.concatenate([[0], np.cumsum(sizes)])
        self._kept: Floats | None = None

    def forward(self, beside: Sequence[Tensor | None]) -> None:
        """Run it, and keep what the backward needs.

        Args:
            beside: states before, states after, and what is said, see ``Lesson`` in
                ``recurrence.cpp``.
        """
        kept = self._kept = _taken(int(self._kept_at[-1]))
        lessons = self._lessons(beside, kept)

        def part(rows: range) -> None:
            room = self._room()
            self._code.hrm_forward(*self._shared(lessons, rows), room.ctypes.data, self._updates)

        _side_by_side(part, len(lessons))

    def backward(self, beside: Sequence[Tensor | None]) -> list[Floats | None]:
        """The gradients of the weights from those of what was said, None of a weight without."""
        kept, self._kept = self._kept, None
        if kept is None:
            raise RuntimeError("what a segment keeps for its backward serves one backward")
        lessons = self._lessons(beside, kept)
        levels = ("low", "high")
        back = [self._as_stored(level) for level in levels]
        sizes = [*(array.size for array in back), sum(_head_sizes(self.config).values())]

        def part(rows: range) -> list[Floats]:
            sums = [native.aligned(np.zeros(size, np.float32)) for size in sizes]
            addresses, room = np.array([array.ctypes.data for array in sums]), self._room()
            self._code.hrm_backward(
                *self._shared(lessons, rows),
                *(array.ctypes.data for array in (*back, addresses, room)),
                self._updates,
            )
            return sums

        parts = _side_by_side(part, len(lessons))
        _FREE.append(kept)
        totals = parts[0]
        for other in parts[1:]:
            for total, more in zip(totals, other, strict=True):
                np.add(total, more, out=total)
        gradients = dict(self._of_heads(totals[2]))
        for level, total in zip(levels, totals, strict=False):
            gradients.update(self._by_name(level, total))
        if not self.puzzles.symbolic:
            # No place is a symbol, so that their head learns nothing.
            gradients.pop("symbol_head.weight", None)
        return [gradients.get(name) for name in self.weights]

    def _lessons(self, beside: Sequence[Tensor | None], kept: Floats) -> Longs:
        """Fields of ``Lesson`` for each puzzle: what lies beside it by rows of the batch."""
        lessons = self.puzzles.lessons.copy()
        rows = np.arange(len(lessons))
        for column, tensor in enumerate(beside, 5):
            if tensor is not None:
                lessons[:, column] = tensor.data_ptr() + 4 * tensor.stride(0) * rows
        lessons[:, 12] = kept.ctypes.data + 4 * self._kept_at[:-1]
        return lessons

    def _room(self) -> Floats:
        """The memory that a call works in."""
        return native.aligned(np.empty(self._scratch, np.float32))

    def _shared(self, lessons: Longs, rows: range) -> tuple[Any, ...]:
        """What forward and backward of some puzzles are given first."""
        puzzles = self.puzzles.puzzles
        return (
            self._variant,
            ctypes.byref(self._network),
            ctypes.byref(self._heads),
            puzzles.ctypes.data + rows.start * puzzles.strides[0],
            lessons.ctypes.data + rows.start * lessons.strides[0],
            len(rows),
        )

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

    def _of_heads(self, flat: Floats) -> Iterator[tuple[str, Floats]]:
        """Gradients of the heads out of the layout in ``heads.hpp``."""
        sizes = _head_sizes(self.config)
        ends = np.cumsum([*sizes.values()])[:-1]
        found = dict(zip(sizes, np.split(flat, ends), strict=True))
        vocabulary, width = self.config.vocabulary, self.config.width
        embedding = found.pop("embedding").reshape(-1, width)
        # Scores of idle positions are (V, D) times a head (V, D): both get what is theirs of it.
        idle = found.pop("idle").reshape(vocabulary, vocabulary)
        embedding[:vocabulary] += idle @ self.weights["token_head.weight"]
        token = found.pop("token_head.weight").reshape(-1, width)[:vocabulary]
        yield "token_head.weight", token + idle.T @ self._embedding[:vocabulary]
        yield "embedding", embedding * np.float32(math.sqrt(width))
        for name, array in found.items():
            if name in self.weights:
                weight = self.weights[name]
                yield name, array[: weight.size].reshape(weight.shape)


def _hints(config: StructuredConfig) -> int:
    return config.hints + 1 if config.hints else 0


def _head_sizes(config: StructuredConfig) -> dict[str, int]:
    """Numbers of the heads' gradients, see ``heads.hpp``."""
    vocabulary, width = config.vocabulary, config.width

    def whole(count: int) -> int:
        return count + -count % native.BLOCK

    return {
        "embedding": (vocabulary + 2) * width,
        "token_head.weight": whole(vocabulary) * width,
        "hint_head.weight": whole(_hints(config)) * width,
        "symbol_head.weight": width,
        "halt_head.weight": 4 * width,
        "halt_head.bias": 2,
        "idle": vocabulary * vocabulary,
    }


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
