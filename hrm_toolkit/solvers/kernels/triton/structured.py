"""The structured recurrence in one launch: a program a puzzle, many segments, leaving at its halt.

What an update reads and writes lies in memory that only its program touches, so that barriers
within a program are all that is needed and most of it stays in the caches.
"""

from __future__ import annotations

import triton
import triton.language as tl

from hrm_toolkit.solvers.kernels.triton.numbers import inverse_rms, puzzle_start, through
from hrm_toolkit.solvers.kernels.triton.structured_heads import (
    answers,
    embedded,
    enter,
    name_kinds,
    summary,
)


@triton.jit
def pooled_rows(
    h,
    messages,
    pooled,
    means,
    peaks,
    w,
    rows,
    start,
    source,
    divisor,
    weight,
    places,
    R: tl.constexpr,
    W: tl.constexpr,
    N: tl.constexpr,
    D: tl.constexpr,
    TILE: tl.constexpr,
    PRECISION: tl.constexpr,
    CHUNK: tl.constexpr,
    KEEPS: tl.constexpr,
):
    """Pool the rows of every relation of a puzzle, and send each through its projection.

    Args:
        h: states of its places, (P, D).
        messages: what its places send by weighted relation, (W, P, D).
        pooled: what rows come to, (M, D).
        means: the sums over divisors (M, D), where KEEPS.
        peaks: the maxima (M, D), likewise.
        w: weights of the block.
        rows: first row of its first relation, in the batch.
        start, source, divisor, weight: as ``Packed`` has them, of the batch.
        places: its number of them.
    """
    first = tl.load(rows)
    POOL: tl.constexpr = D * D + N * D * D
    SENT: tl.constexpr = POOL + R * 2 * D * D
    for r in range(R):
        into = w + POOL + r * 2 * D * D
        # Weighted relations pool messages, to which each entry adds its weight.
        weighs = r >= R - W
        sent = h
        if weighs:
            sent = messages + (r - (R - W)) * places * D
        last = tl.load(rows + r + 1)
        for t in range(tl.load(rows + r), last, TILE):
            i = t + tl.arange(0, TILE)
            there = i < last
            begin = tl.load(start + i, mask=there, other=0)
            end = tl.load(start + i + 1, mask=there, other=0)
            at = (i - first)[:, None] * D
            y = tl.zeros((TILE, D), tl.float32)
            for c in range(0, D, CHUNK):
                d = c + tl.arange(0, CHUNK)
                added = tl.zeros((CHUNK,), tl.float32)
                if weighs:
                    added = tl.load(w + SENT + (r - (R - W)) * (D * D + D) + D * D + d)
                total = tl.zeros((TILE, CHUNK), tl.float32)
                peak = tl.full((TILE, CHUNK), float("-inf"), tl.float32)
                for k in range(tl.max(end - begin, 0)):
                    # (TILE,) entries, the k-th of each row -> (TILE, CHUNK) of their states.
                    on = begin + k < end
                    place = tl.load(source + begin + k, mask=on, other=0)
                    where = place[:, None] * D + d[None, :]
                    entry = tl.load(sent + where, mask=on[:, None], other=0.0)
                    if W > 0:
                        number = tl.load(weight + begin + k, mask=on, other=0.0)
                        entry += number[:, None] * added[None, :]
                    total += tl.where(on[:, None], entry, 0.0)
                    peak = tl.maximum(peak, tl.where(on[:, None], entry, float("-inf")))
                peak = tl.where((end > begin)[:, None], peak, 0.0)
                total = total / tl.load(divisor + i, mask=there, other=1.0)[:, None]
                y += through(total, into + c, 2 * D, CHUNK, D, PRECISION)
                y += through(peak, into + D + c, 2 * D, CHUNK, D, PRECISION)
                if KEEPS:
                    tl.store(means + at + d[None, :], total, mask=there[:, None])
                    tl.store(peaks + at + d[None, :], peak, mask=there[:, None])
            tl.store(pooled + at + tl.arange(0, D)[None, :], y, mask=there[:, None])


@triton.jit
def send(
    h,
    messages,
    w,
    places,
    R: tl.constexpr,
    W: tl.constexpr,
    N: tl.constexpr,
    D: tl.constexpr,
    TILE: tl.constexpr,
    PRECISION: tl.constexpr,
    CHUNK: tl.constexpr,
):
    """What the places of a puzzle send by weighted relation: (P, D) -> (W, P, D)."""
    SENT: tl.constexpr = D * D + N * D * D + R * 2 * D * D
    for r in range(W):
        for t in range(0, places, TILE):
            i = t + tl.arange(0, TILE)
            on = (i < places)[:, None]
            message = tl.zeros((TILE, D), tl.float32)
            for c in range(0, D, CHUNK):
                d = c + tl.arange(0, CHUNK)
                part = tl.load(h + i[:, None] * D + d[None, :], mask=on, other=0.0)
                into = w + SENT + r * (D * D + D) + c
                message += through(part, into, D, CHUNK, D, PRECISION)
            at = i[:, None] * D + tl.arange(0, D)[None, :]
            tl.store(messages + r * places * D + at, message, mask=on)


@triton.jit
def mixed(
    h,
    pooled,
    w,
    of,
    near,
    i,
    on,
    places,
    R: tl.constexpr,
    N: tl.constexpr,
    D: tl.constexpr,
    PRECISION: tl.constexpr,
    CHUNK: tl.constexpr,
):
    """What the places ``i`` become before the first norm: themselves, mapped, and all they read.

    Columns of weights come in chunks, so that registers hold them at any width.
    """
    d = tl.arange(0, D)
    y = tl.load(h + i[:, None] * D + d[None, :], mask=on[:, None], other=0.0)
    for c in range(0, D, CHUNK):
        column = c + tl.arange(0, CHUNK)
        own = tl.load(h + i[:, None] * D + column[None, :], mask=on[:, None], other=0.0)
        y += through(own, w + c, D, CHUNK, D, PRECISION)
    for n in range(N):
        # (TILE,) places -> (TILE, D) states of the one neighbour of each, 0 without any.
        other = tl.load(near + n * places + i, mask=on, other=-1)
        there = (other >= 0)[:, None]
        for c in range(0, D, CHUNK):
            column = c + tl.arange(0, CHUNK)
            beside = tl.load(h + other[:, None] * D + column[None, :], mask=there, other=0.0)
            y += through(beside, w + D * D + n * D + c, N * D, CHUNK, D, PRECISION)
    for r in range(R):
        # (TILE,) places -> (TILE, D) what the row of each came to, 0 where it reads none.
        row = tl.load(of + r * places + i, mask=on, other=-1)
        y += tl.load(pooled + row[:, None] * D + d[None, :], mask=(row >= 0)[:, None], other=0.0)
    return y


@triton.jit
def segments(
    from_high,
    from_low,
    z_high,
    z_low,
    before,
    kinds,
    value,
    h,
    messages,
    pooled,
    weights,
    tokens,
    place,
    slot,
    taken,
    idle,
    share,
    symbol,
    symbols,
    rows,
    start,
    source,
    divisor,
    weight,
    of,
    near,
    logits,
    q,
    moved,
    count,
    most,
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
    FROM: tl.constexpr,
    MOVED: tl.constexpr,
    GIVEN: tl.constexpr,
    SYMBOLS: tl.constexpr,
    Q_CONTINUE: tl.constexpr,
    TILE: tl.constexpr,
    TILE_ROWS: tl.constexpr,
    CHUNK: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """Run segments of a puzzle until it wants to halt, at most ``most``; B puzzles, L positions.

    Args:
        from_high, from_low: the carry (B, L C, D), C columns a position.
        z_high, z_low: the carry after the last segment, written; the same memory where GIVEN,
            which not all of ``moved`` is known of: there is no MOVED then.
        before: both states of the places at the end of the segment before, (2, P, D), if MOVED.
        kinds: rows of the embedding that places start from, (P,), written.
        value: scores of places as symbols, (P,), written.
        h: inputs of blocks, (slots, P, D): one for each block of the updates from FROM on, which
            a backward reads; the first two serve all others in turn before.
        messages: (W, P, D). pooled: (M, D).
        weights: of the low level, of the high level, the embedding's, the heads' of tokens, of
            halting (2, 2 D) and (2,), and of symbols.
        tokens: (B, L).
        place ... near: see ``Packed``.
        logits: scores after each segment, (most, B, L, V), written.
        q: logits of halting and going on, (2, most, B), written.
        moved: sum of squares of what each segment changed, (most, B), written if MOVED.
        count: segments of each puzzle, (B,), written.
    """
    b = tl.program_id(0)
    puzzles = tl.num_programs(0)
    first, places, base, row = puzzle_start(place, rows, b, R, D)
    all_places = tl.load(place + puzzles).to(tl.int64)
    slots = length * columns
    state = b.to(tl.int64) * slots * D
    taken += b * slots
    own_slot = slot + first
    position = b * length
    d = tl.arange(0, D)
    BLOCK: tl.constexpr = D * D + N * D * D + R * 2 * D * D + W * (D * D + D) + 3 * D * INNER
    GATE: tl.constexpr = BLOCK - 3 * D * INNER
    UPDATES: tl.constexpr = HIGH * (LOW + 1)
    embedding = weights + 2 * BLOCKS * BLOCK
    token_head = embedding + (V + 2) * D
    head = token_head + V * D
    symbol_head = head + 4 * D + 2
    name_kinds(
        kinds + first, tokens + position, own_slot, symbol + first, symbols + b * columns, places,
        columns, V, TILE, SYMBOLS,
    )  # fmt: skip
    rest = 0.0
    if not GIVEN:
        rest = enter(
            from_high + state, from_low + state, z_high + state, z_low + state, taken, slots, D,
            TILE, MOVED,
        )  # fmt: skip
    tl.debug_barrier()
    if MOVED:
        summary(
            z_high + state, z_low + state, before + base, value + first, own_slot, symbol_head,
            places, all_places, D, TILE, False, True,
        )  # fmt: skip
        tl.debug_barrier()
    seg = 0
    goes_on = 1
    while (seg < most) & (goes_on == 1):
        for step in range(UPDATES * BLOCKS):
            first, places, base, row = puzzle_start(place, rows, b, R, D)
            own_slot = slot + first
            u = step // BLOCKS
            k = step % BLOCKS
            is_high = (u % (LOW + 1)) == LOW
            w = weights + (tl.where(is_high, BLOCKS, 0) + k) * BLOCK
            kept = tl.where(u >= FROM, 1, 0)
            here_slot = tl.where(kept == 1, step - FROM * BLOCKS, k % 2)
            follows = tl.where(kept == 1, here_slot + 1, (k + 1) % 2)
            here = h + here_slot * all_places * D + base
            if k == 0:
                for t in range(0, places, TILE):
                    i = t + tl.arange(0, TILE)
                    on = i < places
                    at = tl.load(own_slot + i, mask=on, other=0)[:, None] * D + d[None, :]
                    both = tl.load(z_high + state + at, mask=on[:, None], other=0.0)
                    both += tl.load(z_low + state + at, mask=on[:, None], other=0.0)
                    injected = tl.where(is_high, 0, places)
                    both += embedded(kinds + first, embedding, i, injected, V, D, SCALE)
                    tl.store(here + i[:, None] * D + d[None, :], both, mask=on[:, None])
                tl.debug_barrier()
            if W > 0:
                send(here, messages + W * base, w, places, R, W, N, D, TILE, PRECISION, CHUNK)
                tl.debug_barrier()
            pooled_rows(
                here, messages + W * base, pooled + row, pooled, pooled, w, rows + b * R,
                start, source, divisor, weight, places, R, W, N, D, TILE_ROWS, PRECISION,
                CHUNK, False,
            )  # fmt: skip
            tl.debug_barrier()
            first, places, base, row = puzzle_start(place, rows, b, R, D)
            own_slot = slot + first
            out = z_low + state
            if is_high:
                out = z_high + state
            if k < BLOCKS - 1:
                out = h + follows * all_places * D + base
            for t in range(0, places, TILE):
                i = t + tl.arange(0, TILE)
                on = i < places
                y = mixed(
                    here, pooled + row, w, of + R * first, near + N * first,
                    i, on, places, R, N, D, PRECISION, CHUNK,
                )  # fmt: skip
                y = y * inverse_rms(y, D)
                total = y
                for j in tl.range(0, INNER, CHUNK, disable_licm=True):
                    gate = through(y, w + GATE + j * D, D, D, CHUNK, PRECISION)
                    up = through(y, w + GATE + (INNER + j) * D, D, D, CHUNK, PRECISION)
                    inner = gate * tl.sigmoid(gate) * up
                    down = w + GATE + 2 * INNER * D + j
                    total += through(inner, down, INNER, CHUNK, D, PRECISION)
                # States lie by slot, inputs of blocks by place.
                into = tl.where(k < BLOCKS - 1, i, tl.load(own_slot + i, mask=on, other=0))
                at = into[:, None] * D + d[None, :]
                tl.store(out + at, total * inverse_rms(total, D), mask=on[:, None])
            tl.debug_barrier()
        mean, peak, change = summary(
            z_high + state, z_low + state, before + base, value + first, own_slot, symbol_head,
            places, all_places, D, TILE, SYMBOLS, MOVED,
        )  # fmt: skip
        tl.debug_barrier()
        answers(
            logits + (seg * puzzles + b).to(tl.int64) * length * V, z_high + state, value + first,
            tokens + position, taken, idle + position, share + position, symbols + b * columns,
            embedding, token_head, length, columns, V, VC, D, SCALE, TILE_ROWS, SYMBOLS, PRECISION,
        )  # fmt: skip
        halt = tl.sum(mean * tl.load(head + d) + peak * tl.load(head + D + d), 0)
        halt += tl.load(head + 4 * D)
        on_value = tl.sum(mean * tl.load(head + 2 * D + d) + peak * tl.load(head + 3 * D + d), 0)
        on_value += tl.load(head + 4 * D + 1)
        tl.store(q + seg * puzzles + b, halt)
        tl.store(q + (most + seg) * puzzles + b, on_value)
        if MOVED:
            tl.store(moved + seg * puzzles + b, change + tl.where(seg == 0, rest, 0.0))
        # What is no number goes on, as where the network decides it.
        goes_on = tl.where(halt > (on_value if Q_CONTINUE else 0.0), 0, 1)
        seg += 1
    tl.store(count + b, seg)
