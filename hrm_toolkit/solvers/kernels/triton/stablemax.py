"""Cross-entropy under stablemax in float32, as exact as in float64 up to logits of 1e30."""

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
def _values(logits, row, VOCABULARY: tl.constexpr, COLUMNS: tl.constexpr):
    """A row of logits (COLUMNS,), their s, and 1 / (1 - x) below 0."""
    v = tl.arange(0, COLUMNS)
    x = tl.load(logits + row * VOCABULARY + v, mask=v < VOCABULARY, other=0.0).to(tl.float32)
    below = 1 / (1 - tl.minimum(x, 0.0))
    s = tl.where(v < VOCABULARY, tl.where(x >= 0, x + 1, below), 0.0)
    return x, s, below


@triton.jit
def entropies(logits, targets, loss, total, VOCABULARY: tl.constexpr, COLUMNS: tl.constexpr):
    """log(sum of s) - log(s of the target) of each row; 0 for a target that is none."""
    row = tl.program_id(0).to(tl.int64)
    v = tl.arange(0, COLUMNS)
    _, s, _ = _values(logits, row, VOCABULARY, COLUMNS)
    target = tl.load(targets + row)
    known = (target >= 0) & (target < VOCABULARY)
    all_ = tl.sum(s, 0)
    own = tl.where(known, tl.sum(tl.where(v == target, s, 0.0), 0), all_)
    tl.store(loss + row, tl.log(all_) - tl.log(own))
    tl.store(total + row, all_)


@triton.jit
def entropies_back(
    logits, targets, total, of_loss, of_logits, VOCABULARY: tl.constexpr, COLUMNS: tl.constexpr
):
    """The slope of s is 1, or below 0 its own square. Neither the slope over the sum, written
    n (n / sum), nor the slope over s, written n, leaves the range of float32."""
    row = tl.program_id(0).to(tl.int64)
    v = tl.arange(0, COLUMNS)
    x, s, below = _values(logits, row, VOCABULARY, COLUMNS)
    target = tl.load(targets + row)
    known = (target >= 0) & (target < VOCABULARY)
    all_ = tl.load(total + row)
    of_all = tl.where(x >= 0, 1 / all_, below * (below / all_))
    of_own = tl.where(x >= 0, 1 / tl.maximum(s, 1.0), below)
    slope = of_all - tl.where(v == target, of_own, 0.0)
    came = tl.where(known, tl.load(of_loss + row), 0.0)
    at = of_logits + row * VOCABULARY + v
    tl.store(at, as_stored(slope * came, of_logits), mask=v < VOCABULARY)


class _Entropies(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits: Tensor, targets: Tensor) -> Tensor:
        logits, targets = logits.contiguous(), targets.contiguous()
        loss: Tensor = logits.new_empty(len(logits), dtype=torch.float32)
        total = torch.empty_like(loss)
        size = logits.shape[1]
        launch(
            entropies,
            (len(logits),),
            warps=1,
            logits=logits,
            targets=targets,
            loss=loss,
            total=total,
            VOCABULARY=size,
            COLUMNS=triton.next_power_of_2(size),
        )
        ctx.save_for_backward(logits, targets, total)
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        logits, targets, total = ctx.saved_tensors
        of_logits, size = torch.empty_like(logits), logits.shape[1]
        launch(
            entropies_back,
            (len(logits),),
            warps=1,
            logits=logits,
            targets=targets,
            total=total,
            of_loss=grads[0].contiguous(),
            of_logits=of_logits,
            VOCABULARY=size,
            COLUMNS=triton.next_power_of_2(size),
        )
        return of_logits, None


def stablemax_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """See ``plain.stablemax_cross_entropy``; in float32."""
    loss: Tensor = _Entropies.apply(logits, targets)
    return loss
