"""Rotary positions on packed queries, keys and values: in place forward, one pass back."""

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
def turn_heads(
    qkv, out, cos, sin, positions, HEADS: tl.constexpr, HALF: tl.constexpr, SIGN: tl.constexpr,
    COPIES: tl.constexpr, HEADS_UP: tl.constexpr, HALF_UP: tl.constexpr,
):  # fmt: skip
    """Turn q and k of a token, (3 HEADS, 2 HALF) numbers, and copy v where COPIES.

    Pairs (i, i + HALF) of a head turn by the angle at i, for which tables (positions, 2 HALF) have
    cosine and sine; tokens go through the positions again and again. SIGN -1 turns back, which is
    the gradient. HEADS_UP and HALF_UP are the next powers of two of 3 HEADS and HALF.
    """
    row = tl.program_id(0).to(tl.int64)
    head = tl.arange(0, HEADS_UP)
    d = tl.arange(0, HALF_UP)
    turned = (head < 2 * HEADS)[:, None] & (d < HALF)[None, :]
    on = turned
    if COPIES:
        on = (head < 3 * HEADS)[:, None] & (d < HALF)[None, :]
    # (3 HEADS, HALF): where the first of each pair is.
    at = (row * 3 * HEADS + head[:, None]) * 2 * HALF + d[None, :]
    angle = (row % positions) * 2 * HALF + d
    c = tl.load(cos + angle, mask=d < HALF, other=1.0)[None, :]
    s = SIGN * tl.load(sin + angle, mask=d < HALF, other=0.0)[None, :]
    a = tl.load(qkv + at, mask=on, other=0.0).to(tl.float32)
    b = tl.load(qkv + at + HALF, mask=on, other=0.0).to(tl.float32)
    tl.store(out + at, as_stored(tl.where(turned, a * c - b * s, a), out), mask=on)
    tl.store(out + at + HALF, as_stored(tl.where(turned, b * c + a * s, b), out), mask=on)


def _turn(qkv: Tensor, out: Tensor, cos: Tensor, sin: Tensor, heads: int, sign: float) -> None:
    half = cos.shape[-1] // 2
    launch(
        turn_heads,
        (qkv.numel() // (6 * heads * half),),
        qkv=qkv,
        out=out,
        cos=cos,
        sin=sin,
        positions=cos.numel() // (2 * half),
        HEADS=heads,
        HALF=half,
        SIGN=sign,
        COPIES=out is not qkv,
        HEADS_UP=triton.next_power_of_2(3 * heads),
        HALF_UP=triton.next_power_of_2(half),
    )


class _Turned(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, qkv: Tensor, cos: Tensor, sin: Tensor, heads: int) -> Tensor:
        cos, sin = cos.float().contiguous(), sin.float().contiguous()
        ctx.save_for_backward(cos, sin)
        ctx.heads = heads
        if not qkv.is_contiguous():
            qkv, given = torch.empty_like(qkv, memory_format=torch.contiguous_format), qkv
            _turn(given.contiguous(), qkv, cos, sin, heads, 1.0)
            return qkv
        _turn(qkv, qkv, cos, sin, heads, 1.0)
        ctx.mark_dirty(qkv)
        return qkv

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None, None]:
        given = grads[0].contiguous()
        out = torch.empty_like(given)
        cos, sin = ctx.saved_tensors
        _turn(given, out, cos, sin, ctx.heads, -1.0)
        return out, None, None, None


def rotate_packed(qkv: Tensor, cos: Tensor, sin: Tensor, heads: int) -> Tensor:
    """See ``plain.rotate_packed``; ``qkv`` itself is changed where nobody else has it to lose."""
    if qkv.is_leaf and qkv.requires_grad:
        qkv = qkv.clone()
    y: Tensor = _Turned.apply(qkv, cos, sin, heads)
    return y
