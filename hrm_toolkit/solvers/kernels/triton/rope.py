"""Queries, keys and values of one product, turned in place; their gradients packed in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.autograd.function import once_differentiable

from hrm_toolkit.solvers.kernels.product import linear_beside
from hrm_toolkit.solvers.kernels.triton.launch import launch
from hrm_toolkit.solvers.kernels.triton.numbers import as_stored


@triton.jit
def turn_heads(
    query, key, value, out, cos, sin, positions, STRIDE: tl.constexpr, HEADS: tl.constexpr,
    HALF: tl.constexpr, SIGN: tl.constexpr, COPIES: tl.constexpr, HEADS_UP: tl.constexpr,
    HALF_UP: tl.constexpr,
):  # fmt: skip
    """Turn q and k of a token, (HEADS, 2 HALF) numbers each, into ``out``, (3 HEADS, 2 HALF), and
    copy v where COPIES.

    A token's numbers are STRIDE behind those of the one before. Pairs (i, i + HALF) of a head turn
    by the angle at i, for which tables (positions, 2 HALF) have cosine and sine; tokens go through
    the positions again and again. SIGN -1 turns back, which is the gradient. HEADS_UP and HALF_UP
    are the next powers of two.
    """
    row = tl.program_id(0).to(tl.int64)
    head = tl.arange(0, HEADS_UP)
    d = tl.arange(0, HALF_UP)
    on = (head < HEADS)[:, None] & (d < HALF)[None, :]
    # (HEADS, HALF): where the first of each pair is.
    at = head[:, None] * 2 * HALF + d[None, :]
    given = row * STRIDE + at
    into = row * 6 * HEADS * HALF + at
    angle = (row % positions) * 2 * HALF + d
    c = tl.load(cos + angle, mask=d < HALF, other=1.0)[None, :]
    s = SIGN * tl.load(sin + angle, mask=d < HALF, other=0.0)[None, :]
    a = tl.load(query + given, mask=on, other=0.0).to(tl.float32)
    b = tl.load(query + given + HALF, mask=on, other=0.0).to(tl.float32)
    tl.store(out + into, as_stored(a * c - b * s, out), mask=on)
    tl.store(out + into + HALF, as_stored(b * c + a * s, out), mask=on)
    into += 2 * HEADS * HALF
    a = tl.load(key + given, mask=on, other=0.0).to(tl.float32)
    b = tl.load(key + given + HALF, mask=on, other=0.0).to(tl.float32)
    tl.store(out + into, as_stored(a * c - b * s, out), mask=on)
    tl.store(out + into + HALF, as_stored(b * c + a * s, out), mask=on)
    if COPIES:
        into += 2 * HEADS * HALF
        tl.store(out + into, tl.load(value + given, mask=on, other=0.0), mask=on)
        tl.store(out + into + HALF, tl.load(value + given + HALF, mask=on, other=0.0), mask=on)


def _turn(
    each: Sequence[Tensor], out: Tensor, cos: Tensor, sin: Tensor, heads: int, sign: float
) -> None:
    """Of q, k and v, (B, S, N, D) each; parts of ``out``, (B, S, 3 N D), but when turned back."""
    half, (query, key, value) = cos.shape[-1] // 2, each
    launch(
        turn_heads,
        (out.numel() // (6 * heads * half),),
        query=query,
        key=key,
        value=value,
        out=out,
        cos=cos,
        sin=sin,
        positions=cos.numel() // (2 * half),
        STRIDE=(6 if sign > 0 else 2) * heads * half,
        HEADS=heads,
        HALF=half,
        SIGN=sign,
        COPIES=sign < 0,
        HEADS_UP=triton.next_power_of_2(heads),
        HALF_UP=triton.next_power_of_2(half),
    )


class _Turned(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, qkv: Tensor, cos: Tensor, sin: Tensor, heads: int) -> tuple[Tensor, ...]:
        cos, sin = cos.float().contiguous(), sin.float().contiguous()
        ctx.save_for_backward(cos, sin)
        ctx.heads = heads
        # The product is nobody else's, and its own gradient does not need it.
        qkv = qkv.detach()
        each: tuple[Tensor, ...] = qkv.unflatten(-1, (3 * heads, -1)).chunk(3, 2)
        _turn(each, qkv, cos, sin, heads, 1.0)
        return each

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None, None]:
        each = tuple(grad.contiguous() for grad in grads)
        batch, length, heads, width = each[0].shape
        out = each[0].new_empty(batch, length, 3 * heads * width)
        cos, sin = ctx.saved_tensors
        _turn(each, out, cos, sin, heads, -1.0)
        return out, None, None, None


def turned_heads(
    x: Tensor, qkv: Tensor, cos: Tensor, sin: Tensor, heads: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """See ``plain.turned_heads``."""
    packed, x = linear_beside(x, qkv)
    query, key, value = _Turned.apply(packed, cos, sin, heads)
    return query, key, value, x
