"""Optimizers over all tensors in one launch: AdamATan2 with its average, and descent by signs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import torch
import triton
import triton.language as tl
from torch import Tensor

from hrm_toolkit.solvers.kernels.triton.launch import launch

_NUMBERS = 1024


@triton.jit
def _atan2(y, x):
    """atan2 for x >= 0, by a polynomial in the smaller over the larger; relative error 1e-6.

    The library's own does not run in the interpreter.
    """
    size = tl.abs(y)
    larger = tl.maximum(size, x)
    a = tl.where(larger > 0, tl.minimum(size, x) / tl.where(larger > 0, larger, 1.0), 0.0)
    z = a * a
    p = -0.0040540580
    p = p * z + 0.0218612286
    p = p * z - 0.0559098861
    p = p * z + 0.0964200441
    p = p * z - 0.1390853351
    p = p * z + 0.1994653599
    p = p * z - 0.3332985605
    p = p * z + 0.9999993329
    angle = tl.where(size > x, 1.5707963267948966 - p * a, p * a)
    return tl.where(y < 0, -angle, angle)


@triton.jit
def adam_atan2_all(
    addresses, sizes, parts, rate, decay, beta1, beta2, scale1, scale2, keep, NUMBERS: tl.constexpr
):
    """Part j of all tensors, NUMBERS of one of them.

    Args:
        addresses: of each tensor's parameter, gradient, moments and average, (T, 5); an average's
            is 0 where there is none.
        sizes: numbers of each, (T,).
        parts: tensor and place of each part, (J, 2).
    """
    part = tl.program_id(0)
    tensor = tl.load(parts + 2 * part)
    i = tl.load(parts + 2 * part + 1).to(tl.int64) * NUMBERS + tl.arange(0, NUMBERS)
    on = i < tl.load(sizes + tensor)
    row = addresses + tensor * 5
    parameter = tl.load(row).to(tl.pointer_type(tl.float32)) + i
    gradient = tl.load(row + 1).to(tl.pointer_type(tl.float32)) + i
    first = tl.load(row + 2).to(tl.pointer_type(tl.float32)) + i
    second = tl.load(row + 3).to(tl.pointer_type(tl.float32)) + i
    averages = tl.load(row + 4)
    average = averages.to(tl.pointer_type(tl.float32)) + i
    p = tl.load(parameter, mask=on, other=0.0)
    g = tl.load(gradient, mask=on, other=0.0)
    m = tl.load(first, mask=on, other=0.0)
    v = tl.load(second, mask=on, other=0.0)
    m += (1 - beta1) * (g - m)
    v = beta2 * v + (1 - beta2) * g * g
    p = p * (1 - rate * decay) - (rate / scale1) * _atan2(m, tl.sqrt(v) / scale2)
    tl.store(parameter, p, mask=on)
    tl.store(first, m, mask=on)
    tl.store(second, v, mask=on)
    # Numbers of the average: none where there is none.
    there = i < tl.where(averages != 0, tl.load(sizes + tensor), 0)
    e = tl.load(average, mask=there, other=0.0)
    tl.store(average, e + (1 - keep) * (p - e), mask=there)


@triton.jit
def descend_rows(table, gradient, rate, decay, WIDTH: tl.constexpr, COLUMNS: tl.constexpr):
    """Move a row by the signs of its gradient, if any of it is not 0."""
    at = tl.program_id(0).to(tl.int64) * WIDTH + tl.arange(0, COLUMNS)
    on = tl.arange(0, COLUMNS) < WIDTH
    g = tl.load(gradient + at, mask=on, other=0.0)
    # A row moves as a whole or not at all: no column of one that does not is there to store.
    width = tl.where(tl.max(tl.abs(g), 0) > 0, WIDTH, 0)
    p = tl.load(table + at, mask=on, other=0.0)
    sign = tl.where(g > 0, 1.0, tl.where(g < 0, -1.0, 0.0))
    tl.store(table + at, p * (1 - rate * decay) - rate * sign, mask=tl.arange(0, COLUMNS) < width)


@lru_cache
def _parts(sizes: tuple[int, ...], device: torch.device) -> tuple[Tensor, Tensor]:
    """Sizes on a device, and the parts that tensors of these sizes are cut into."""
    cut = [(t, k) for t, size in enumerate(sizes) for k in range(triton.cdiv(size, _NUMBERS))]
    parts = torch.tensor(cut, dtype=torch.int32, device=device).view(-1, 2)
    return torch.tensor(sizes, device=device), parts


def adam_atan2(
    params: Sequence[Tensor],
    grads: Sequence[Tensor],
    first: Sequence[Tensor],
    second: Sequence[Tensor],
    averages: Sequence[Tensor | None],
    rate: float,
    betas: tuple[float, float],
    decay: float,
    step: int,
    keep: float,
) -> None:
    """See ``plain.adam_atan2``; all tensors are contiguous and float32."""
    grads = [g.contiguous() for g in grads]
    table = [
        [p.data_ptr(), g.data_ptr(), m.data_ptr(), v.data_ptr(), 0 if e is None else e.data_ptr()]
        for p, g, m, v, e in zip(params, grads, first, second, averages, strict=True)
    ]
    device = params[0].device
    sizes, parts = _parts(tuple(p.numel() for p in params), device)
    launch(
        adam_atan2_all,
        (len(parts),),
        addresses=torch.tensor(table, device=device),
        sizes=sizes,
        parts=parts,
        rate=rate,
        decay=decay,
        beta1=betas[0],
        beta2=betas[1],
        scale1=1 - betas[0] ** step,
        scale2=math.sqrt(1 - betas[1] ** step),
        keep=keep,
        NUMBERS=_NUMBERS,
    )


def sign_descent(table: Tensor, gradient: Tensor, rate: float, decay: float) -> None:
    """See ``plain.sign_descent``; both contiguous and float32."""
    launch(
        descend_rows,
        (len(table),),
        table=table,
        gradient=gradient.contiguous(),
        rate=rate,
        decay=decay,
        WIDTH=table.shape[1],
        COLUMNS=triton.next_power_of_2(table.shape[1]),
    )
