"""Operations as CPUs like them: fewer passes over memory, compiled where that pays."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import torch
from torch import Tensor


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _forward(h: Any, source: Any, start: Any, divisor: Any, out: Any) -> None:
    width = h.shape[1]
    for row in range(len(start) - 1):
        total, largest = out[row, :width], out[row, width:]
        first, last = start[row], start[row + 1]
        if first == last:
            total[:] = 0
            largest[:] = 0
            continue
        entry = h[source[first]]
        for d in range(width):
            total[d] = entry[d]
            largest[d] = entry[d]
        for e in range(first + 1, last):
            entry = h[source[e]]
            for d in range(width):
                total[d] += entry[d]
                largest[d] = entry[d] if entry[d] > largest[d] else largest[d]
        scale = divisor[row]
        for d in range(width):
            total[d] /= scale


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _backward(
    grad: Any, h: Any, source: Any, start: Any, divisor: Any, out: Any, into: Any
) -> None:
    width = h.shape[1]
    for row in range(len(start) - 1):
        scale = divisor[row]
        largest = out[row, width:]
        total_grad, largest_grad = grad[row, :width], grad[row, width:]
        for e in range(start[row], start[row + 1]):
            entry, target = h[source[e]], into[source[e]]
            for d in range(width):
                back = largest_grad[d] if entry[d] == largest[d] else np.float32(0)
                target[d] += total_grad[d] / scale + back


def rms_norm(x: Tensor, eps: float) -> Tensor:
    """See ``plain.rms_norm``."""
    y: Tensor = _RMSNorm.apply(x, eps)  # type: ignore[no-untyped-call]
    return y


def add_rms_norm(x: Tensor, residual: Tensor, eps: float) -> Tensor:
    """See ``plain.add_rms_norm``."""
    return rms_norm(x + residual, eps)


class _RMSNorm(torch.autograd.Function):
    """The composite operator makes twice as many passes over memory, and a CPU waits for those."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, eps: float) -> Tensor:
        wide = torch.promote_types(x.dtype, torch.float32)
        norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=wide)
        scale = norm.square_().div_(x.shape[-1]).add_(eps).rsqrt_()
        y: Tensor = (x * scale).to(x.dtype)
        ctx.save_for_backward(y, scale)
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        y, scale = ctx.saved_tensors
        grad = grads[0]
        along = (grad * y).mean(-1, keepdim=True, dtype=scale.dtype)
        return (torch.addcmul(grad, y, along, value=-1) * scale).to(grad.dtype), None


class _PoolRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, h: Tensor, source: Tensor, start: Tensor, divisor: Tensor) -> Tensor:
        h = h.contiguous()
        out = h.new_empty(len(start) - 1, 2 * h.shape[1])
        _forward(h.detach().numpy(), source.numpy(), start.numpy(), divisor.numpy(), out.numpy())
        ctx.save_for_backward(h, source, start, divisor, out)
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None, None]:
        h, source, start, divisor, out = ctx.saved_tensors
        into = torch.zeros_like(h)
        arrays = [t.detach().numpy() for t in (h, source, start, divisor, out, into)]
        _backward(grads[0].contiguous().numpy(), *arrays)
        return into, None, None, None


def pool_rows(h: Tensor, source: Tensor | None, start: Tensor, divisor: Tensor) -> Tensor:
    """See ``plain.pool_rows``; float32 on a CPU. Ties each receive the whole gradient."""
    source = torch.arange(len(h)) if source is None else source
    pooled: Tensor = _PoolRows.apply(h, source, start, divisor.flatten())  # type: ignore[no-untyped-call]
    return pooled
