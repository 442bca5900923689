"""RMS norm, of a sum where there is a residual: one pass forward, one back."""

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
def norm_rows(
    x, residual, y, scale, rows, eps, ADDS: tl.constexpr, WIDTH: tl.constexpr,
    COLUMNS: tl.constexpr, ROWS: tl.constexpr,
):  # fmt: skip
    """y = s / sqrt(mean(s^2) + eps) of each row of s = x + residual; scale is what it was by.

    Rows are read whole: (ROWS, WIDTH), of COLUMNS, the next power of two.
    """
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    d = tl.arange(0, COLUMNS)
    on = (row < rows)[:, None] & (d < WIDTH)[None, :]
    at = row[:, None].to(tl.int64) * WIDTH + d[None, :]
    s = tl.load(x + at, mask=on, other=0.0).to(tl.float32)
    if ADDS:
        s += tl.load(residual + at, mask=on, other=0.0).to(tl.float32)
    by = tl.rsqrt(tl.sum(s * s, 1) / WIDTH + eps)
    tl.store(y + at, as_stored(s * by[:, None], y), mask=on)
    tl.store(scale + row, by, mask=row < rows)


@triton.jit
def norm_rows_back(
    of_y, y, scale, of_x, rows, WIDTH: tl.constexpr, COLUMNS: tl.constexpr, ROWS: tl.constexpr
):
    """The gradient of s, and so of x and the residual alike."""
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    d = tl.arange(0, COLUMNS)
    on = (row < rows)[:, None] & (d < WIDTH)[None, :]
    at = row[:, None].to(tl.int64) * WIDTH + d[None, :]
    came = tl.load(of_y + at, mask=on, other=0.0).to(tl.float32)
    out = tl.load(y + at, mask=on, other=0.0).to(tl.float32)
    by = tl.load(scale + row, mask=row < rows, other=0.0)
    along = tl.sum(came * out, 1) / WIDTH
    tl.store(of_x + at, as_stored((came - out * along[:, None]) * by[:, None], of_x), mask=on)


def tile(width: int) -> dict[str, int]:
    """How rows of a width are cut: about 2,048 numbers a program."""
    columns = triton.next_power_of_2(width)
    return {"WIDTH": width, "COLUMNS": columns, "ROWS": max(2048 // columns, 1)}


class _Norm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, residual: Tensor | None, eps: float) -> Tensor:
        x = x.contiguous()
        rows, cut = x.numel() // max(x.shape[-1], 1), tile(x.shape[-1])
        y, scale = torch.empty_like(x), x.new_empty(rows, dtype=torch.float32)
        launch(
            norm_rows,
            (triton.cdiv(rows, cut["ROWS"]),),
            x=x,
            residual=x if residual is None else residual.contiguous(),
            y=y,
            scale=scale,
            rows=rows,
            eps=eps,
            ADDS=residual is not None,
            **cut,
        )
        ctx.save_for_backward(y, scale)
        ctx.adds = residual is not None
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        y, scale = ctx.saved_tensors
        cut, of_x = tile(y.shape[-1]), torch.empty_like(y)
        launch(
            norm_rows_back,
            (triton.cdiv(len(scale), cut["ROWS"]),),
            of_y=grads[0].contiguous(),
            y=y,
            scale=scale,
            of_x=of_x,
            rows=len(scale),
            **cut,
        )
        return of_x, of_x if ctx.adds else None, None


def rms_norm(x: Tensor, eps: float) -> Tensor:
    """See ``plain.rms_norm``."""
    y: Tensor = _Norm.apply(x, None, eps)
    return y


def add_rms_norm(x: Tensor, residual: Tensor, eps: float) -> Tensor:
    """See ``plain.add_rms_norm``."""
    y: Tensor = _Norm.apply(x, residual, eps)
    return y
