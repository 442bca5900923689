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
    puzzle_start,
    rows_back_through,
    rows_through,
    through,
)
from hrm_toolkit.solvers.kernels.triton.structured import mixed, pooled_rows, send
from hrm_toolkit.solvers.kernels.triton.structured_heads import (
    add_to_kinds,
    add_vector,
    back_through_answers,
    summary,
)
from hrm_toolkit.solvers.kernels.triton.structured_sources import (
    back_through_messages,
    back_through_sources,
)


@triton.jit
def _gate_and_up(
    rows,
    i,
    on,
    w,
    INNER: tl.constexpr,
    D: tl.constexpr,
    CHUNK: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """CHUNK columns, from those that ``w`` points to, of both halves of a gated layer's input."""
    gate = rows_through(rows, i, on, w, D, D, CHUNK, CHUNK, PRECISION)
    up = rows_through(rows, i, on, w + INNER * D, D, D, CHUNK, CHUNK, PRECISION)
    return gate, up


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
    held,
    places,
    R: tl.constexpr,
    N: tl.constexpr,
    D: tl.constexpr,
    INNER: tl.constexpr,
    GATE: tl.constexpr,
    TILE: tl.constexpr,
    CHUNK: tl.constexpr,
    STAYS: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """From the gradient of a block's result, which is written over, to that of its mixer's.

    The latter may take its place. What products begin with is kept in memory and comes from there
    in chunks: ``held`` (TILE, D) has what goes through the gate.
    """
    d = tl.arange(0, D)
    own_row = tl.arange(0, TILE)
    for t in range(0, places, TILE):
        i = t + tl.arange(0, TILE)
        on = i < places
        at = i[:, None] * D + d[None, :]
        y = mixed(h, pooled, w, of, near, i, on, places, R, N, D, PRECISION, CHUNK)
        inverse = inverse_rms(y, D)
        y = y * inverse
        total = y
        tl.store(held + own_row[:, None] * D + d[None, :], y)
        tl.debug_barrier()
        for j in tl.range(0, INNER, CHUNK, disable_licm=STAYS):
            gate, up = _gate_and_up(
                held, own_row, on, w + GATE + j * D, INNER, D, CHUNK, PRECISION
            )  # fmt: skip
            inner = gate * tl.sigmoid(gate) * up
            total += through(inner, w + GATE + 2 * INNER * D + j, INNER, CHUNK, D, PRECISION)
        scale = inverse_rms(total, D)
        came = tl.load(of_out + at, mask=on[:, None], other=0.0)
        came = back_through_norm(came, total * scale, scale, D)
        of_y = came
        tl.debug_barrier()
        tl.store(of_out + at, came, mask=on[:, None])
        tl.debug_barrier()
        for j in tl.range(0, INNER, CHUNK, disable_licm=STAYS):
            gate, up = _gate_and_up(
                held, own_row, on, w + GATE + j * D, INNER, D, CHUNK, PRECISION
            )  # fmt: skip
            open_ = tl.sigmoid(gate)
            down = GATE + 2 * INNER * D + j
            add_outer(slice_ + down, came, gate * open_ * up, INNER, D, CHUNK, PRECISION)
            of_inner = rows_back_through(
                of_out, i, on, w + down, INNER, D, CHUNK, CHUNK, PRECISION
            )  # fmt: skip
            of_gate = of_inner * up * open_ * (1 + gate * (1 - open_))
            add_outer(slice_ + GATE + j * D, of_gate, y, D, CHUNK, D, PRECISION)
            of_y += back_through(of_gate, w + GATE + j * D, D, CHUNK, D, PRECISION)
            of_up = of_inner * gate * open_
            add_outer(slice_ + GATE + (INNER + j) * D, of_up, y, D, CHUNK, D, PRECISION)
            of_y += back_through(of_up, w + GATE + (INNER + j) * D, D, CHUNK, D, PRECISION)
        of_y = back_through_norm(of_y, y, inverse, D)
        # What was read of this tile by all is written over.
        tl.debug_barrier()
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
    """From the gradients of the mixer's results to those of sums and maxima of rows.

    The former may take the place of the sums themselves.
    """
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
            # Sums were read by all before they are written over.
            tl.debug_barrier()
            tl.store(of_means + at, of_mean / scale, mask=there[:, None])
            tl.store(of_peaks + at, of_peak, mask=there[:, None])
            tl.debug_barrier()


@triton.jit
def segment_backward(  # noqa: PLR0912 - flags of the compiler, which leaves the rest out
    inputs,
    z_high,
    kinds,
    of_logits,
    of_halt,
    of_continue,
    of_carry,
    of_high,
    of_low,
    of_mixed,
    held,
    messages,
    pooled,
    means,
    peaks,
    weights,
    slices,
    stride,
    tokens,
    place,
    slot,
    taken,
    idle,
    share,
    symbols,
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
    length,
    columns,
    R: tl.constexpr,
    W: tl.constexpr,
    N: tl.constexpr,
    D: tl.constexpr,
    V: tl.constexpr,
    VC: tl.constexpr,
    SCALE: tl.constexpr,
    INNER: tl.constexpr,
    BLOCKS: tl.constexpr,
    HIGH: tl.constexpr,
    LOW: tl.constexpr,
    UPDATES: tl.constexpr,
    SYMBOLS: tl.constexpr,
    HALTS: tl.constexpr,
    GOES_ON: tl.constexpr,
    HINTED: tl.constexpr,
    TILE: tl.constexpr,
    TILE_ROWS: tl.constexpr,
    CHUNK: tl.constexpr,
    STAYS: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """Go through what a segment says, and its last UPDATES updates, backwards.

    Args:
        inputs: of their blocks, (slots, P, D).
        z_high: the carry that it ended with, (B, L C, D).
        kinds: rows of the embedding that places start from, (P,).
        of_logits: gradient of the scores, (B, L, V).
        of_halt, of_continue: of the halting logits, (B,), where HALTS and where GOES_ON.
        of_carry: of z_high, where HINTED.
        of_high, of_low: scratch, (P, D). of_mixed: the same, where there are neighbours. Where one
            high cycle learns, of_low is of_high: what comes back to its result alone is wanted.
        held: scratch, (programs, TILE, D).
        messages: scratch, (W, P, D). pooled, means, peaks: scratch, (M, D).
        slices: gradients of the weights by program, (programs, stride), written.
        tokens, place ... near_reader: see ``segments`` and ``Packed``.
        puzzles: B.
    """
    d = tl.arange(0, D)
    BLOCK: tl.constexpr = D * D + N * D * D + R * 2 * D * D + W * (D * D + D) + 3 * D * INNER
    GATE: tl.constexpr = BLOCK - 3 * D * INNER
    EMBEDDING: tl.constexpr = 2 * BLOCKS * BLOCK
    HEAD: tl.constexpr = EMBEDDING + (2 * V + 2) * D
    BOTH: tl.constexpr = UPDATES > LOW + 1
    own_slice = slices + tl.program_id(0).to(tl.int64) * stride
    for t in range(0, stride, 1024):
        i = t + tl.arange(0, 1024)
        tl.store(own_slice + i, tl.zeros((1024,), tl.float32), mask=i < stride)
    tl.debug_barrier()
    all_places = tl.load(place + puzzles).to(tl.int64)
    for b in range(tl.program_id(0), puzzles, tl.num_programs(0)):
        first, places, base, row = puzzle_start(place, rows, b, R, D)
        # (2, 2 D) and (2,) of the halting head: its gradients and what it gives.
        # The puzzle's first position, in 64 bits.
        begin = (b + 0 * all_places) * length
        state = z_high + begin * columns * D
        mean, peak, _ = summary(
            state, state, inputs, inputs, slot + first, weights, places, all_places, D, TILE,
            False, False,
        )  # fmt: skip
        of_mean = tl.zeros((D,), tl.float32)
        of_peak = tl.zeros((D,), tl.float32)
        if HALTS:
            came_halt = tl.load(of_halt + b)
            of_mean += came_halt * tl.load(weights + HEAD + d)
            of_peak += came_halt * tl.load(weights + HEAD + D + d)
            add_vector(own_slice + HEAD, came_halt * mean, D)
            add_vector(own_slice + HEAD + D, came_halt * peak, D)
            bias = own_slice + HEAD + 4 * D
            tl.store(bias, tl.load(bias) + came_halt)
        if GOES_ON:
            came_on = tl.load(of_continue + b)
            of_mean += came_on * tl.load(weights + HEAD + 2 * D + d)
            of_peak += came_on * tl.load(weights + HEAD + 3 * D + d)
            add_vector(own_slice + HEAD + 2 * D, came_on * mean, D)
            add_vector(own_slice + HEAD + 3 * D, came_on * peak, D)
            bias = own_slice + HEAD + 4 * D + 1
            tl.store(bias, tl.load(bias) + came_on)
        back_through_answers(
            of_logits + begin * V, of_carry + begin * columns * D, of_high + base, state,
            of_mean / tl.maximum(places, 1), of_peak, peak,
            tokens + begin, taken + begin * columns, idle + begin, share + begin,
            symbols + b * columns, weights, own_slice, length, columns,
            EMBEDDING, V, VC, D, SCALE, TILE, SYMBOLS, HINTED, PRECISION,
        )  # fmt: skip
        if BOTH:
            for t in range(0, places, TILE):
                i = t + tl.arange(0, TILE)
                at = base + i[:, None] * D + d[None, :]
                tl.store(of_low + at, tl.zeros((TILE, D), tl.float32), mask=(i < places)[:, None])
        tl.debug_barrier()
        for back in range(UPDATES * BLOCKS):
            first, places, base, row = puzzle_start(place, rows, b, R, D)
            step = UPDATES * BLOCKS - 1 - back
            u = HIGH * (LOW + 1) - UPDATES + step // BLOCKS
            k = step % BLOCKS
            is_high = (u % (LOW + 1)) == LOW
            offset = (tl.where(is_high, BLOCKS, 0) + k) * BLOCK
            w = weights + offset
            own = own_slice + offset
            here = inputs + step * all_places * D + base
            if W > 0:
                send(here, messages + W * base, w, places, R, W, N, D, TILE, PRECISION, CHUNK)
                tl.debug_barrier()
            pooled_rows(
                here, messages + W * base, pooled + row, means + row, peaks + row, w, rows + b * R,
                start, source, divisor, weight, places, R, W, N, D, TILE_ROWS, PRECISION,
                CHUNK, True,
            )  # fmt: skip
            tl.debug_barrier()
            # In turn the gradient of a block's result, of its mixer's and of its input. Places
            # read those of other ones beside them: these have to stay until all have done so.
            came = of_low + base
            if is_high:
                came = of_high + base
            mixer = came
            if N > 0:
                mixer = of_mixed + base
            _back_through_places(
                here, pooled + row, w, own, of + R * first, near + N * first, came, mixer,
                held + tl.program_id(0) * (TILE * D), places, R, N, D, INNER, GATE, TILE, CHUNK,
                STAYS, PRECISION,
            )  # fmt: skip
            first, places, base, row = puzzle_start(place, rows, b, R, D)
            # What rows came to is of no more use: the gradients of their sums and maxima lie there.
            _back_through_rows(
                w, own, rows + b * R, read_start, reader, divisor,
                means + row, peaks + row, means + row, pooled + row, mixer,
                R, N, D, TILE_ROWS, CHUNK, PRECISION,
            )  # fmt: skip
            first, places, base, row = puzzle_start(place, rows, b, R, D)
            back_through_sources(
                here, w, own, near_start + N * first, near_reader,
                back_start + R * first, back_row, peaks + row, means + row, pooled + row,
                mixer, came, places, R, W, N, D, TILE, CHUNK, PRECISION,
            )  # fmt: skip
            if W > 0:
                first, places, base, row = puzzle_start(place, rows, b, R, D)
                back_through_messages(
                    here, messages + W * base, w, own, back_start + R * first, back_row,
                    back_weight, peaks + row, means + row, pooled + row, came,
                    places, R, W, N, D, TILE, CHUNK, PRECISION,
                )  # fmt: skip
            if k == 0:
                # The input was the state itself, the other state, and at a low update the token.
                other = of_high + base
                if is_high:
                    other = of_low + base
                for t in range(0, places, TILE):
                    i = t + tl.arange(0, TILE)
                    on = i < places
                    at = i[:, None] * D + d[None, :]
                    of_input = tl.load(came + at, mask=on[:, None], other=0.0)
                    if BOTH:
                        sum_ = tl.load(other + at, mask=on[:, None], other=0.0) + of_input
                        tl.store(other + at, sum_, mask=on[:, None])
                    if u % (LOW + 1) != LOW:
                        kind = tl.load(kinds + first + i, mask=on, other=0)
                        add_to_kinds(
                            own_slice + EMBEDDING, kind, on, of_input * SCALE, V, VC, D, PRECISION
                        )
                        tl.debug_barrier()
            tl.debug_barrier()
