"""What the kernels share: products with weights, roundings, norms."""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def bf16_rounded(x):
    """Round float32 to the nearest bfloat16, ties to even, kept in float32.

    Integers do it: the interpreter's own conversion cuts off, and its bfloat16 does not compute.
    """
    bits = x.to(tl.uint32, bitcast=True)
    bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000
    return bits.to(tl.float32, bitcast=True)


@triton.jit
def as_stored(x, pointer):
    """Float32 in the type that a pointer leads to, rounded to nearest."""
    if pointer.dtype.element_ty == tl.bfloat16:
        x = bf16_rounded(x)
    return x.to(pointer.dtype.element_ty)


@triton.jit
def product(a, b, PRECISION: tl.constexpr):
    """(M, K) @ (K, N), float32 in and out.

    Args:
        a: shape (M, K).
        b: shape (K, N).
        PRECISION: ``tf32x3``, which is as exact as float32; ``tf32``; ``bf16``; or
            ``bf16_rounded``, the same rounded by integers, for the interpreter.
    """
    if PRECISION == "bf16":
        return tl.dot(a.to(tl.bfloat16), b.to(tl.bfloat16))
    elif PRECISION == "bf16_rounded":
        return tl.dot(bf16_rounded(a), bf16_rounded(b), input_precision="ieee")
    else:
        return tl.dot(a, b, input_precision=PRECISION)


@triton.jit
def through(
    a,
    w,
    STRIDE: tl.constexpr,
    K: tl.constexpr,
    N: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """(M, K) through a weight: a @ W', W (N, K) with rows STRIDE apart, as torch stores it."""
    k, n = tl.arange(0, K), tl.arange(0, N)
    return product(a, tl.load(w + n[None, :] * STRIDE + k[:, None]), PRECISION)


@triton.jit
def back_through(
    a,
    w,
    STRIDE: tl.constexpr,
    N: tl.constexpr,
    K: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """(M, N) back through a weight: a @ W, W (N, K) with rows STRIDE apart."""
    k, n = tl.arange(0, K), tl.arange(0, N)
    return product(a, tl.load(w + n[:, None] * STRIDE + k[None, :]), PRECISION)


@triton.jit
def rows_through(
    rows,
    i,
    on,
    w,
    STRIDE: tl.constexpr,
    K: tl.constexpr,
    N: tl.constexpr,
    CHUNK: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """Rows ``i`` (M,) of memory (.., K), 0 where not ``on``, through a weight (N, K).

    They come in chunks of columns: a product of a whole row holds its parts in registers for long.
    """
    total = tl.zeros((i.shape[0], N), tl.float32)
    for c in range(0, K, CHUNK):
        at = i[:, None] * K + c + tl.arange(0, CHUNK)[None, :]
        part = tl.load(rows + at, mask=on[:, None], other=0.0)
        total += through(part, w + c, STRIDE, CHUNK, N, PRECISION)
    return total


@triton.jit
def rows_back_through(
    rows,
    i,
    on,
    w,
    STRIDE: tl.constexpr,
    N: tl.constexpr,
    K: tl.constexpr,
    CHUNK: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """Rows ``i`` (M,) of memory (.., N), 0 where not ``on``, back through a weight (N, K)."""
    total = tl.zeros((i.shape[0], K), tl.float32)
    for c in range(0, N, CHUNK):
        at = i[:, None] * N + c + tl.arange(0, CHUNK)[None, :]
        part = tl.load(rows + at, mask=on[:, None], other=0.0)
        total += back_through(part, w + c * STRIDE, STRIDE, CHUNK, K, PRECISION)
    return total


@triton.jit
def add_outer(
    gradient,
    a,
    b,
    STRIDE: tl.constexpr,
    N: tl.constexpr,
    K: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """Add a' b to the gradient of a weight (N, K) with rows STRIDE apart; a (M, N), b (M, K).

    The memory must be the program's own, and a barrier must follow before it is added to again.
    """
    k, n = tl.arange(0, K), tl.arange(0, N)
    at = gradient + n[:, None] * STRIDE + k[None, :]
    tl.store(at, tl.load(at) + product(tl.trans(a), b, PRECISION))


@triton.jit
def inverse_rms(x, WIDTH: tl.constexpr):
    """(M, D) -> (M, 1): 1 / sqrt(mean square + 1e-5) of each row."""
    return tl.rsqrt(tl.sum(x * x, 1)[:, None] / WIDTH + 1e-5)


@triton.jit
def back_through_norm(of_y, y, inverse, WIDTH: tl.constexpr):
    """The gradient of x from that of y = x * inverse_rms(x); all (M, D), the inverse (M, 1)."""
    return (of_y - y * (tl.sum(of_y * y, 1)[:, None] / WIDTH)) * inverse


@triton.jit
def puzzle_start(place, rows, b, R: tl.constexpr, D: tl.constexpr):
    """First place of a puzzle and its number of them; where its states and its rows begin.

    Loaded anew wherever it is asked for: else what is made of it is held in registers for long.
    """
    first = tl.load(place + b)
    places = tl.load(place + b + 1) - first
    return first, places, first.to(tl.int64) * D, tl.load(rows + b * R).to(tl.int64) * D
