"""The loss of whole rows of positions in one launch, and its gradient in another."""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.autograd.function import once_differentiable

from hrm_toolkit.solvers.kernels.triton.launch import launch
from hrm_toolkit.solvers.kernels.triton.numbers import as_stored


@triton.jit
def _scores(logits, i, on, V: tl.constexpr, COLUMNS: tl.constexpr):
    """Scores of the positions ``i`` (TILE, COLUMNS), minus infinity beyond the vocabulary."""
    v = tl.arange(0, COLUMNS)[None, :]
    at = logits + i[:, None] * V + v
    x = tl.load(at, mask=on[:, None] & (v < V), other=0.0).to(tl.float32)
    return tl.where(v < V, x, float("-inf"))


@triton.jit
def _stable(x):
    """s of stablemax, 0 for minus infinity, and 1 / (1 - x) below 0."""
    below = 1 / (1 - tl.minimum(x, 0.0))
    return tl.where(x >= 0, x + 1, below), below


@triton.jit
def row_losses(
    logits, targets, labels, entropy, right, count, length, unscored, V: tl.constexpr,
    COLUMNS: tl.constexpr, TILE: tl.constexpr, STABLE: tl.constexpr,
):  # fmt: skip
    """A row: the mean cross-entropy of its scored positions, those that are right, and all."""
    b = tl.program_id(0)
    v = tl.arange(0, COLUMNS)[None, :]
    position = b.to(tl.int64) * length
    total = tl.zeros((TILE,), tl.float32)
    exact = tl.zeros((TILE,), tl.int32)
    scored = tl.zeros((TILE,), tl.int32)
    for t in range(0, length, TILE):
        i = t + tl.arange(0, TILE)
        label = tl.load(labels + position + i, mask=i < length, other=unscored)
        target = tl.load(targets + position + i, mask=i < length, other=-1)
        on = (i < length) & (label != unscored)
        x = _scores(logits + position * V, i, i < length, V, COLUMNS)
        own = v == target[:, None]
        known = on & (target >= 0) & (target < V)
        peak = tl.max(x, 1)
        if STABLE:
            s, _ = _stable(x)
            all_ = tl.sum(s, 1)
            loss = tl.log(all_)
            loss -= tl.log(tl.where(known, tl.sum(tl.where(own, s, 0.0), 1), all_))
        else:
            loss = tl.log(tl.sum(tl.exp(x - peak[:, None]), 1))
            loss -= tl.sum(tl.where(own, x, 0.0), 1) - peak
        total += tl.where(known, loss, 0.0)
        # The first of the largest is the answer.
        answer = tl.min(tl.where(x == peak[:, None], v, COLUMNS), 1)
        exact += (on & (answer == label)).to(tl.int32)
        scored += on.to(tl.int32)
    there = tl.sum(scored, 0)
    tl.store(entropy + b, tl.sum(total, 0) / tl.maximum(there, 1))
    tl.store(right + b, tl.sum(exact, 0))
    tl.store(count + b, there)


@triton.jit
def row_losses_back(
    logits, targets, labels, count, of_entropy, of_logits, length, unscored, V: tl.constexpr,
    COLUMNS: tl.constexpr, TILE: tl.constexpr, STABLE: tl.constexpr,
):  # fmt: skip
    """The gradient of some positions of a row.

    The slope of stablemax's s is 1, or below 0 its own square. Neither the slope over the sum,
    written n (n / sum), nor the slope over s, written n, leaves the range of float32.
    """
    b = tl.program_id(0)
    v = tl.arange(0, COLUMNS)[None, :]
    position = b.to(tl.int64) * length
    i = tl.program_id(1) * TILE + tl.arange(0, TILE)
    label = tl.load(labels + position + i, mask=i < length, other=unscored)
    target = tl.load(targets + position + i, mask=i < length, other=-1)
    on = (i < length) & (label != unscored)
    x = _scores(logits + position * V, i, i < length, V, COLUMNS)
    own = v == target[:, None]
    if STABLE:
        s, below = _stable(x)
        all_ = tl.sum(s, 1)[:, None]
        of_all = tl.where(x >= 0, 1 / all_, below * (below / all_))
        slope = of_all - tl.where(own, tl.where(x >= 0, 1 / tl.maximum(s, 1.0), below), 0.0)
    else:
        odds = tl.exp(x - tl.max(x, 1)[:, None])
        slope = odds / tl.sum(odds, 1)[:, None] - tl.where(own, 1.0, 0.0)
    came = tl.load(of_entropy + b) / tl.maximum(tl.load(count + b), 1)
    known = on & (target >= 0) & (target < V)
    at = of_logits + position * V + i[:, None] * V + v
    into = tl.where(known[:, None], slope * came, 0.0)
    tl.store(at, as_stored(into, of_logits), mask=(i < length)[:, None] & (v < V))


class _RowEntropies(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, logits: Tensor, targets: Tensor, labels: Tensor, unscored: int, stable: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        logits, targets, labels = (x.contiguous() for x in (logits, targets, labels))
        rows, length, size = logits.shape
        columns = triton.next_power_of_2(size)
        ctx.cut = {
            "length": length,
            "unscored": unscored,
            "V": size,
            "COLUMNS": columns,
            "TILE": max(1024 // columns, 1),
            "STABLE": stable,
        }
        entropy = logits.new_empty(rows, dtype=torch.float32)
        right, count = (labels.new_empty(rows, dtype=torch.int32) for _ in range(2))
        launch(
            row_losses,
            (rows,),
            logits=logits,
            targets=targets,
            labels=labels,
            entropy=entropy,
            right=right,
            count=count,
            **ctx.cut,
        )
        ctx.save_for_backward(logits, targets, labels, count)
        ctx.mark_non_differentiable(right, count)
        ctx.set_materialize_grads(False)
        return entropy, right, count

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        logits, targets, labels, count = ctx.saved_tensors
        if grads[0] is None:
            return None, None, None, None, None
        of_logits = torch.empty_like(logits)
        launch(
            row_losses_back,
            (len(logits), triton.cdiv(ctx.cut["length"], ctx.cut["TILE"])),
            logits=logits,
            targets=targets,
            labels=labels,
            count=count,
            of_entropy=grads[0].contiguous(),
            of_logits=of_logits,
            **ctx.cut,
        )
        return of_logits, None, None, None, None


def row_entropies(
    logits: Tensor, targets: Tensor, labels: Tensor, unscored: int, stable: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """See ``plain.row_entropies``; in float32."""
    entropy, right, count = _RowEntropies.apply(logits, targets, labels, unscored, stable)
    return entropy, right, count
