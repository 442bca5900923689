"""The gradient of a structured segment in one launch: the same sum in the same order every time.

A program goes through its puzzles one after another, and through each one's updates backwards. Of
the forward only the inputs of blocks were kept; the rest is computed again. Nothing is added to
memory that another program writes: each gathers what comes to its own places and rows, and has a
slice of its own for the gradients of the weights.
"""

from __future__ import annotations

import triton
import triton.language as tl

from hrm_toolkit.solvers.kernels.triton.numbers import (
    add_outer,
    back_through,
    back_through_norm,
    inverse_rms,
    through,
)
from hrm_toolkit.solvers.kernels.triton.structured import mixed, pooled_rows, send
from hrm_toolkit.solvers.kernels.triton.structured_sources import (
    back_through_messages,
    back_through_sources,
)


@triton.jit
def _back_through_places(
    h,
    pooled,
    w,
    slice_,
    of,
    near,
    of_out,
    of_mixed,
    places,
    R: tl.constexpr,
    N: tl.constexpr,
    D: tl.constexpr,
    INNER: tl.constexpr,
    GATE: tl.constexpr,
    TILE: tl.constexpr,
    CHUNK: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """From the gradient of a block's result to that of its mixer's."""
    d = tl.arange(0, D)
    for t in range(0, places, TILE):
        i = t + tl.arange(0, TILE)
        on = i < places
        at = i[:, None] * D + d[None, :]
        y = mixed(h, pooled, w, of, near, i, on, places, R, N, D, PRECISION, CHUNK)
        inverse = inverse_rms(y, D)
        y = y * inverse
        total = y
        for j in range(0, INNER, CHUNK):
            gate = through(y, w + GATE + j * D, D, D, CHUNK, PRECISION)
            up = through(y, w + GATE + (INNER + j) * D, D, D, CHUNK, PRECISION)
            inner = gate * tl.sigmoid(gate) * up
            total += through(inner, w + GATE + 2 * INNER * D + j, INNER, CHUNK, D, PRECISION)
        scale = inverse_rms(total, D)
        came = tl.load(of_out + at, mask=on[:, None], other=0.0)
        came = back_through_norm(came, total * scale, scale, D)
        of_y = came
        for j in range(0, INNER, CHUNK):
            gate = through(y, w + GATE + j * D, D, D, CHUNK, PRECISION)
            up = through(y, w + GATE + (INNER + j) * D, D, D, CHUNK, PRECISION)
            open_ = tl.sigmoid(gate)
            down = GATE + 2 * INNER * D + j
            add_outer(slice_ + down, came, gate * open_ * up, INNER, D, CHUNK, PRECISION)
            of_inner = back_through(came, w + down, INNER, D, CHUNK, PRECISION)
            of_gate = of_inner * up * open_ * (1 + gate * (1 - open_))
            add_outer(slice_ + GATE + j * D, of_gate, y, D, CHUNK, D, PRECISION)
            of_y += back_through(of_gate, w + GATE + j * D, D, CHUNK, D, PRECISION)
            of_up = of_inner * gate * open_
            add_outer(slice_ + GATE + (INNER + j) * D, of_up, y, D, CHUNK, D, PRECISION)
            of_y += back_through(of_up, w + GATE + (INNER + j) * D, D, CHUNK, D, PRECISION)
        of_y = back_through_norm(of_y, y, inverse, D)
        tl.store(of_mixed + at, of_y, mask=on[:, None])
        # The slice is added to again by the next tile.
        tl.debug_barrier()


@triton.jit
def _back_through_rows(
    w,
    slice_,
    rows,
    read_start,
    reader,
    divisor,
    means,
    peaks,
    of_means,
    of_peaks,
    of_mixed,
    R: tl.constexpr,
    N: tl.constexpr,
    D: tl.constexpr,
    TILE: tl.constexpr,
    CHUNK: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """From the gradients of the mixer's results to those of sums and maxima of rows."""
    first = tl.load(rows)
    for r in range(R):
        into = D * D + N * D * D + r * 2 * D * D
        last = tl.load(rows + r + 1)
        for t in range(tl.load(rows + r), last, TILE):
            i = t + tl.arange(0, TILE)
            there = i < last
            begin = tl.load(read_start + i, mask=there, other=0)
            end = tl.load(read_start + i + 1, mask=there, other=0)
            at = (i - first)[:, None] * D + tl.arange(0, D)[None, :]
            mean = tl.load(means + at, mask=there[:, None], other=0.0)
            peak = tl.load(peaks + at, mask=there[:, None], other=0.0)
            of_mean = tl.zeros((TILE, D), tl.float32)
            of_peak = tl.zeros((TILE, D), tl.float32)
            for c in range(0, D, CHUNK):
                d = c + tl.arange(0, CHUNK)
                came = tl.zeros((TILE, CHUNK), tl.float32)
                for k in range(tl.max(end - begin, 0)):
                    # (TILE,) readers, the k-th of each row -> (TILE, CHUNK) what comes from them.
                    on = begin + k < end
                    place = tl.load(reader + begin + k, mask=on, other=0)
                    where = place[:, None] * D + d[None, :]
                    came += tl.load(of_mixed + where, mask=on[:, None], other=0.0)
                own = into + c * 2 * D
                add_outer(slice_ + own, came, mean, 2 * D, CHUNK, D, PRECISION)
                add_outer(slice_ + own + D, came, peak, 2 * D, CHUNK, D, PRECISION)
                of_mean += back_through(came, w + own, 2 * D, CHUNK, D, PRECISION)
                of_peak += back_through(came, w + own + D, 2 * D, CHUNK, D, PRECISION)
            scale = tl.load(divisor + i, mask=there, other=1.0)[:, None]
            tl.store(of_means + at, of_mean / scale, mask=there[:, None])
            tl.store(of_peaks + at, of_peak, mask=there[:, None])
            tl.debug_barrier()


@triton.jit
def segment_backward(
    inputs,
    of_result,
    of_high,
    of_low,
    of_x,
    of_mixed,
    of_h,
    of_out,
    messages,
    pooled,
    means,
    peaks,
    of_means,
    of_peaks,
    weights,
    slices,
    place,
    rows,
    start,
    source,
    divisor,
    weight,
    of,
    near,
    read_start,
    reader,
    back_start,
    back_row,
    back_weight,
    near_start,
    near_reader,
    puzzles,
    R: tl.constexpr,
    W: tl.constexpr,
    N: tl.constexpr,
    D: tl.constexpr,
    INNER: tl.constexpr,
    BLOCKS: tl.constexpr,
    HIGH: tl.constexpr,
    LOW: tl.constexpr,
    UPDATES: tl.constexpr,
    TILE: tl.constexpr,
    TILE_ROWS: tl.constexpr,
    CHUNK: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """Go through the last UPDATES updates of a segment backwards.

    Args:
        inputs: of their blocks, (slots, P, D).
        of_result: gradient of the high states, (P, D).
        of_high, of_low, of_x: gradients of both states before these updates and of what was
            injected, (P, D), written.
        of_mixed, of_h, of_out: scratch, (P, D).
        messages: scratch, (W, P, D). pooled, means, peaks, of_means, of_peaks: scratch, (M, D).
        slices: gradients of the weights by program, (programs, weights), written.
        place ... near_reader: see ``Packed``.
        puzzles: B.
    """
    d = tl.arange(0, D)
    BLOCK: tl.constexpr = D * D + N * D * D + R * 2 * D * D + W * (D * D + D) + 3 * D * INNER
    GATE: tl.constexpr = BLOCK - 3 * D * INNER
    ALL: tl.constexpr = 2 * BLOCKS * BLOCK
    own_slice = slices + tl.program_id(0).to(tl.int64) * ALL
    for t in range(0, ALL, 1024):
        i = t + tl.arange(0, 1024)
        tl.store(own_slice + i, tl.zeros((1024,), tl.float32), mask=i < ALL)
    all_places = tl.load(place + puzzles).to(tl.int64)
    for b in range(tl.program_id(0), puzzles, tl.num_programs(0)):
        first = tl.load(place + b)
        places = tl.load(place + b + 1) - first
        base = first.to(tl.int64) * D
        row = tl.load(rows + b * R).to(tl.int64) * D
        for t in range(0, places, TILE):
            i = t + tl.arange(0, TILE)
            on = (i < places)[:, None]
            at = base + i[:, None] * D + d[None, :]
            zeros = tl.zeros((TILE, D), tl.float32)
            tl.store(of_high + at, tl.load(of_result + at, mask=on, other=0.0), mask=on)
            tl.store(of_low + at, zeros, mask=on)
            tl.store(of_x + at, zeros, mask=on)
        tl.debug_barrier()
        for back in range(UPDATES * BLOCKS):
            step = UPDATES * BLOCKS - 1 - back
            u = HIGH * (LOW + 1) - UPDATES + step // BLOCKS
            k = step % BLOCKS
            is_high = (u % (LOW + 1)) == LOW
            offset = (tl.where(is_high, BLOCKS, 0) + k) * BLOCK
            w = weights + offset
            own = own_slice + offset
            here = inputs + step * all_places * D + base
            changed = of_low + base
            other = of_high + base
            if is_high:
                changed = of_high + base
                other = of_low + base
            came = of_out + base
            if k == BLOCKS - 1:
                came = changed
            if W > 0:
                send(here, messages + W * base, w, places, R, W, N, D, TILE, PRECISION, CHUNK)
                tl.debug_barrier()
            pooled_rows(
                here, messages + W * base, pooled + row, means + row, peaks + row, w, rows + b * R,
                start, source, divisor, weight, places, R, W, N, D, TILE_ROWS, PRECISION,
                CHUNK, True,
            )  # fmt: skip
            tl.debug_barrier()
            _back_through_places(
                here, pooled + row, w, own, of + R * first, near + N * first, came,
                of_mixed + base, places, R, N, D, INNER, GATE, TILE, CHUNK, PRECISION,
            )  # fmt: skip
            _back_through_rows(
                w, own, rows + b * R, read_start, reader, divisor,
                means + row, peaks + row, of_means + row, of_peaks + row, of_mixed + base,
                R, N, D, TILE_ROWS, CHUNK, PRECISION,
            )  # fmt: skip
            back_through_sources(
                here, w, own, near_start + N * first, near_reader,
                back_start + R * first, back_row, peaks + row, of_means + row, of_peaks + row,
                of_mixed + base, of_h + base, places, R, W, N, D, TILE, CHUNK, PRECISION,
            )  # fmt: skip
            if W > 0:
                back_through_messages(
                    here, messages + W * base, w, own, back_start + R * first, back_row,
                    back_weight, peaks + row, of_means + row, of_peaks + row, of_h + base,
                    places, R, W, N, D, TILE, CHUNK, PRECISION,
                )  # fmt: skip
            for t in range(0, places, TILE):
                i = t + tl.arange(0, TILE)
                on = (i < places)[:, None]
                at = i[:, None] * D + d[None, :]
                of_input = tl.load(of_h + base + at, mask=on, other=0.0)
                if k > 0:
                    tl.store(of_out + base + at, of_input, mask=on)
                else:
                    # The input was the state itself, the other state, and at a low update x.
                    tl.store(changed + at, of_input, mask=on)
                    sum_ = tl.load(other + at, mask=on, other=0.0) + of_input
                    tl.store(other + at, sum_, mask=on)
                    low = (i < tl.where(is_high, 0, places))[:, None]
                    sum_ = tl.load(of_x + base + at, mask=low, other=0.0) + of_input
                    tl.store(of_x + base + at, sum_, mask=low)
            tl.debug_barrier()
