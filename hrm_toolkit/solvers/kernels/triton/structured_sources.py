"""What comes back to the places of a puzzle from all that read them."""

from __future__ import annotations

import triton
import triton.language as tl

from hrm_toolkit.solvers.kernels.triton.numbers import add_outer, back_through


@triton.jit
def back_through_sources(
    h,
    w,
    slice_,
    near_start,
    near_reader,
    back_start,
    back_row,
    peaks,
    of_means,
    of_peaks,
    of_mixed,
    of_h,
    places,
    R: tl.constexpr,
    W: tl.constexpr,
    N: tl.constexpr,
    D: tl.constexpr,
    TILE: tl.constexpr,
    CHUNK: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """The gradient of a block's input: from the place itself, those whose neighbour it is, and the
    rows that pool its state. Ties each receive the whole gradient of a maximum."""
    d = tl.arange(0, D)
    for t in range(0, places, TILE):
        i = t + tl.arange(0, TILE)
        on = i < places
        at = i[:, None] * D + d[None, :]
        state = tl.load(h + at, mask=on[:, None], other=0.0)
        into = tl.load(of_mixed + at, mask=on[:, None], other=0.0)
        for c in range(0, D, CHUNK):
            where = i[:, None] * D + (c + tl.arange(0, CHUNK))[None, :]
            came = tl.load(of_mixed + where, mask=on[:, None], other=0.0)
            add_outer(slice_ + c * D, came, state, D, CHUNK, D, PRECISION)
            into += back_through(came, w + c * D, D, CHUNK, D, PRECISION)
        for n in range(N):
            begin = tl.load(near_start + n * places + i, mask=on, other=0)
            end = tl.load(near_start + n * places + i + 1, mask=on, other=0)
            for c in range(0, D, CHUNK):
                column = c + tl.arange(0, CHUNK)
                came = tl.zeros((TILE, CHUNK), tl.float32)
                for k in range(tl.max(end - begin, 0)):
                    # (TILE,) readers, the k-th of each place -> (TILE, CHUNK).
                    there = begin + k < end
                    place = tl.load(near_reader + begin + k, mask=there, other=0)
                    where = place[:, None] * D + column[None, :]
                    came += tl.load(of_mixed + where, mask=there[:, None], other=0.0)
                own = D * D + n * D + c * N * D
                add_outer(slice_ + own, came, state, N * D, CHUNK, D, PRECISION)
                into += back_through(came, w + own, N * D, CHUNK, D, PRECISION)
        for r in range(R - W):
            begin = tl.load(back_start + r * places + i, mask=on, other=0)
            end = tl.load(back_start + r * places + i + 1, mask=on, other=0)
            for k in range(tl.max(end - begin, 0)):
                # (TILE,) rows, the k-th of each place -> (TILE, D) what comes from them.
                there = begin + k < end
                row = tl.load(back_row + begin + k, mask=there, other=0)
                where = row[:, None] * D + d[None, :]
                into += tl.load(of_means + where, mask=there[:, None], other=0.0)
                peak = tl.load(peaks + where, mask=there[:, None], other=0.0)
                of_peak = tl.load(of_peaks + where, mask=there[:, None], other=0.0)
                into += tl.where(state == peak, of_peak, 0.0)
        # It may take the place of the mixer's, which all have read.
        tl.debug_barrier()
        tl.store(of_h + at, into, mask=on[:, None])
        # The slice is added to again by the next tile.
        tl.debug_barrier()


@triton.jit
def back_through_messages(
    h,
    messages,
    w,
    slice_,
    back_start,
    back_row,
    back_weight,
    peaks,
    of_means,
    of_peaks,
    of_h,
    places,
    R: tl.constexpr,
    W: tl.constexpr,
    N: tl.constexpr,
    D: tl.constexpr,
    TILE: tl.constexpr,
    CHUNK: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """Add to the gradient of a block's input what comes from the rows that pool its messages."""
    d = tl.arange(0, D)
    SENT: tl.constexpr = D * D + N * D * D + R * 2 * D * D
    for t in range(0, places, TILE):
        i = t + tl.arange(0, TILE)
        on = i < places
        at = i[:, None] * D + d[None, :]
        into = tl.load(of_h + at, mask=on[:, None], other=0.0)
        for which in range(W):
            own = SENT + which * (D * D + D)
            begin = tl.load(back_start + (R - W + which) * places + i, mask=on, other=0)
            end = tl.load(back_start + (R - W + which) * places + i + 1, mask=on, other=0)
            for c in range(0, D, CHUNK):
                column = c + tl.arange(0, CHUNK)
                sent = tl.load(
                    messages + (which * places + i[:, None]) * D + column[None, :],
                    mask=on[:, None],
                    other=0.0,
                )
                added = tl.load(w + own + D * D + column)
                came = tl.zeros((TILE, CHUNK), tl.float32)
                of_added = tl.zeros((TILE, CHUNK), tl.float32)
                for k in range(tl.max(end - begin, 0)):
                    # (TILE,) rows, the k-th of each place -> (TILE, CHUNK) what comes from them.
                    there = begin + k < end
                    row = tl.load(back_row + begin + k, mask=there, other=0)
                    number = tl.load(back_weight + begin + k, mask=there, other=0.0)
                    where = row[:, None] * D + column[None, :]
                    one = tl.load(of_means + where, mask=there[:, None], other=0.0)
                    peak = tl.load(peaks + where, mask=there[:, None], other=0.0)
                    of_peak = tl.load(of_peaks + where, mask=there[:, None], other=0.0)
                    entry = sent + number[:, None] * added[None, :]
                    one += tl.where(entry == peak, of_peak, 0.0)
                    of_added += number[:, None] * one
                    came += one
                state = tl.load(h + at, mask=on[:, None], other=0.0)
                add_outer(slice_ + own + c * D, came, state, D, CHUNK, D, PRECISION)
                into += back_through(came, w + own + c * D, D, CHUNK, D, PRECISION)
                vector = slice_ + own + D * D + column
                tl.store(vector, tl.load(vector) + tl.sum(of_added, 0))
        tl.store(of_h + at, into, mask=on[:, None])
        tl.debug_barrier()
