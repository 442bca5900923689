"""What a structured network makes of tokens before its recurrence, and says after it, with the
gradients of both: parts of the kernels that run whole segments.

States lie as the carry has them, (L C, D) a puzzle: a place is found by its slot there, and what
is no place is 0.
"""

from __future__ import annotations

import triton
import triton.language as tl

from hrm_toolkit.solvers.kernels.triton.numbers import product


@triton.jit
def enter(
    from_high, from_low, z_high, z_low, taken, slots, D: tl.constexpr, TILE: tl.constexpr,
    MOVED: tl.constexpr,
):  # fmt: skip
    """Copy a puzzle's carry (slots, D), with 0 where no place is.

    Returns the sum of squares of what was not copied, where MOVED.
    """
    d = tl.arange(0, D)
    rest = tl.zeros((TILE,), tl.float32)
    for t in range(0, slots, TILE):
        s = t + tl.arange(0, TILE)
        on = s < slots
        there = tl.load(taken + s, mask=on, other=-1) >= 0
        reads = there
        if MOVED:
            reads = on
        at = s[:, None] * D + d[None, :]
        high = tl.load(from_high + at, mask=reads[:, None], other=0.0)
        low = tl.load(from_low + at, mask=reads[:, None], other=0.0)
        if MOVED:
            rest += tl.where(there, 0.0, tl.sum(high * high + low * low, 1))
        tl.store(z_high + at, tl.where(there[:, None], high, 0.0), mask=on[:, None])
        tl.store(z_low + at, tl.where(there[:, None], low, 0.0), mask=on[:, None])
    return tl.sum(rest, 0)


@triton.jit
def name_kinds(
    kinds, tokens, slot, symbol, symbols, places, columns, V: tl.constexpr, TILE: tl.constexpr,
    SYMBOLS: tl.constexpr,
):  # fmt: skip
    """Write the row of the embedding that each place of a puzzle starts from.

    Args:
        kinds: of its places, (P,), written.
        tokens: of its positions. slot, symbol: of its places, see ``Packed``.
        symbols: that it has, (columns,).
    """
    for t in range(0, places, TILE):
        i = t + tl.arange(0, TILE)
        on = i < places
        token = tl.load(tokens + tl.load(slot + i, mask=on, other=0) // columns, mask=on, other=0)
        kind = token.to(tl.int32)
        if SYMBOLS:
            own = tl.load(symbol + i, mask=on, other=0)
            other = kind
            for c in range(columns):
                other = tl.where(kind == tl.load(symbols + c), V + 1, other)
            kind = tl.where(kind == own, V, other)
        tl.store(kinds + i, kind, mask=on)


@triton.jit
def embedded(kinds, embedding, i, places, V: tl.constexpr, D: tl.constexpr, SCALE: tl.constexpr):
    """What is injected at the places ``i`` (TILE,) -> (TILE, D), 0 from ``places`` on.

    A token that the network does not know is no number.
    """
    on = i < places
    kind = tl.load(kinds + i, mask=on, other=0)
    at = kind[:, None] * D + tl.arange(0, D)[None, :]
    known = on & (kind >= 0) & (kind < V + 2)
    x = tl.load(embedding + at, mask=known[:, None], other=float("nan")) * SCALE
    return tl.where(on[:, None], x, 0.0)


@triton.jit
def summary(
    z_high, z_low, before, value, slot, symbol_head, places, all_places, D: tl.constexpr,
    TILE: tl.constexpr, SYMBOLS: tl.constexpr, MOVED: tl.constexpr,
):  # fmt: skip
    """Mean and maximum (D,) of a puzzle's high states, and the sum of squares of what moved.

    Args:
        before: both states before the segment, (2, P, D), brought up to date where MOVED.
        value: what the symbol's head says of each place, (P,), written where SYMBOLS.
    """
    d = tl.arange(0, D)
    mean = tl.zeros((D,), tl.float32)
    peak = tl.full((D,), float("-inf"), tl.float32)
    moved = tl.zeros((TILE,), tl.float32)
    for t in range(0, places, TILE):
        i = t + tl.arange(0, TILE)
        on = (i < places)[:, None]
        at = tl.load(slot + i, mask=i < places, other=0)[:, None] * D + d[None, :]
        z = tl.load(z_high + at, mask=on, other=0.0)
        mean += tl.sum(z, 0)
        peak = tl.maximum(peak, tl.max(tl.where(on, z, float("-inf")), 0))
        if SYMBOLS:
            said = tl.sum(z * tl.load(symbol_head + d)[None, :], 1)
            tl.store(value + i, said, mask=i < places)
        if MOVED:
            high = before + i[:, None] * D + d[None, :]
            low = high + all_places * D
            change = z - tl.load(high, mask=on, other=0.0)
            moved += tl.sum(change * change, 1)
            tl.store(high, z, mask=on)
            z = tl.load(z_low + at, mask=on, other=0.0)
            change = z - tl.load(low, mask=on, other=0.0)
            moved += tl.sum(change * change, 1)
            tl.store(low, z, mask=on)
    mean = mean / tl.maximum(places, 1)
    return mean, tl.where(places > 0, peak, 0.0), tl.sum(moved, 0)


@triton.jit
def position_states(
    z_high, tokens, taken, idle, share, embedding, i, length, columns, V: tl.constexpr,
    D: tl.constexpr, SCALE: tl.constexpr,
):  # fmt: skip
    """What the answer at the positions ``i`` (TILE,) is read from, (TILE, D), and what they are.

    That is the sum of their places' states over ``share``, or the embedded token of idle ones.
    Returns also whether each has places, whether it is idle, and its token, (TILE,).
    """
    d = tl.arange(0, D)[None, :]
    on = i < length
    # (TILE, columns) slots -> (TILE, D) the sum of those that are places; no other is read.
    mean = tl.zeros((i.shape[0], D), tl.float32)
    places = tl.zeros((i.shape[0],), tl.int32)
    for c in range(columns):
        s = i * columns + c
        there = tl.load(taken + s, mask=on, other=-1) >= 0
        mean += tl.load(z_high + s[:, None] * D + d, mask=there[:, None], other=0.0)
        places += there.to(tl.int32)
    mean = mean / tl.load(share + i, mask=on, other=1.0)[:, None]
    lies = tl.load(idle + i, mask=on, other=0) > 0
    token = tl.load(tokens + i, mask=on, other=0).to(tl.int32)
    known = lies & (token >= 0) & (token < V + 2)
    own = tl.load(embedding + token[:, None] * D + d, mask=known[:, None], other=float("nan"))
    return tl.where(lies[:, None], own * SCALE, mean), places > 0, lies, token


@triton.jit
def answers(
    logits, z_high, value, tokens, taken, idle, share, symbols, embedding, token_head, length,
    columns, V: tl.constexpr, VC: tl.constexpr, D: tl.constexpr, SCALE: tl.constexpr,
    TILE: tl.constexpr, SYMBOLS: tl.constexpr, PRECISION: tl.constexpr,
):  # fmt: skip
    """Write the scores (L, V) of a puzzle's positions: at active ones from their places, at idle
    ones from their token, 0 at padding."""
    d = tl.arange(0, D)
    for t in range(0, length, TILE):
        i = t + tl.arange(0, TILE)
        on = i < length
        mean, active, lies, _ = position_states(
            z_high, tokens, taken, idle, share, embedding, i, length, columns, V, D, SCALE
        )
        for first in range(0, V, VC):
            v = first + tl.arange(0, VC)
            at = v[None, :] * D + d[:, None]
            w = tl.load(token_head + at, mask=(v < V)[None, :], other=0.0)
            scores = product(mean, w, PRECISION)
            if SYMBOLS:
                for c in range(columns):
                    # A symbol's own score, from its place; what the position may not be has -100.
                    place = tl.load(taken + i * columns + c, mask=on, other=-1)
                    own = tl.load(value + place, mask=place >= 0, other=-100.0)
                    here = (v == tl.load(symbols + c))[None, :] & active[:, None]
                    scores = tl.where(here, own[:, None], scores)
            # Missing symbols have the column of <pad>, which is never an answer.
            scores = tl.where((v == 0)[None, :] & active[:, None], -100.0, scores)
            scores = tl.where((active | lies)[:, None], scores, 0.0)
            where = logits + i[:, None] * V + v[None, :]
            tl.store(where, scores, mask=on[:, None] & (v < V)[None, :])


@triton.jit
def add_vector(gradient, vector, D: tl.constexpr):
    """Add (D,) to a gradient; a barrier must follow before it is added to again."""
    at = gradient + tl.arange(0, D)
    tl.store(at, tl.load(at) + vector)


@triton.jit
def add_to_kinds(
    gradient, kind, on, came, V: tl.constexpr, VC: tl.constexpr, D: tl.constexpr,
    PRECISION: tl.constexpr,
):  # fmt: skip
    """Add rows ``came`` (TILE, D) to the rows ``kind`` (TILE,) of the embedding's gradient: a
    product, in which each sum has one order. A barrier must follow."""
    d = tl.arange(0, D)
    for first in range(0, V + 2, VC):
        v = first + tl.arange(0, VC)
        # (TILE, VC): 1 where a row is of a kind.
        is_kind = tl.where((kind[:, None] == v[None, :]) & on[:, None], 1.0, 0.0)
        at = gradient + v[:, None] * D + d[None, :]
        there = (v < V + 2)[:, None]
        total = tl.load(at, mask=there, other=0.0) + product(tl.trans(is_kind), came, PRECISION)
        tl.store(at, total, mask=there)


@triton.jit
def back_through_answers(
    of_logits, of_carry, of_high, z_high, of_mean, of_peak, peak, tokens, taken, idle, share,
    symbols, weights, slice_, length, columns, EMBEDDING: tl.constexpr, V: tl.constexpr,
    VC: tl.constexpr, D: tl.constexpr, SCALE: tl.constexpr, TILE: tl.constexpr,
    SYMBOLS: tl.constexpr, HINTED: tl.constexpr, PRECISION: tl.constexpr,
):  # fmt: skip
    """Write the gradient of a puzzle's high states, and add those of the heads.

    Args:
        of_logits: of its scores, (L, V).
        of_carry: of its high states besides, (L C, D), where HINTED.
        of_high: of its places, (P, D), written.
        of_mean, of_peak: of each state by the halting head's mean, and where it is the ``peak``.
        weights, slice_: of all weights; the embedding's, then the heads', begin at EMBEDDING.
    """
    d = tl.arange(0, D)
    TOKEN: tl.constexpr = EMBEDDING + (V + 2) * D
    SYMBOL: tl.constexpr = TOKEN + V * D + 4 * D + 2
    for t in range(0, length, TILE):
        i = t + tl.arange(0, TILE)
        on = i < length
        mean, active, lies, token = position_states(
            z_high, tokens, taken, idle, share, weights + EMBEDDING, i, length, columns, V, D, SCALE
        )
        mean = tl.where((active | lies)[:, None], mean, 0.0)
        came = tl.zeros((TILE, D), tl.float32)
        for first in range(0, V, VC):
            v = first + tl.arange(0, VC)
            there = on[:, None] & (v < V)[None, :]
            of_score = tl.load(of_logits + i[:, None] * V + v[None, :], mask=there, other=0.0)
            fixed = (v == 0)[None, :]
            if SYMBOLS:
                for c in range(columns):
                    fixed = fixed | (v == tl.load(symbols + c))[None, :]
            stays = lies[:, None] | (active[:, None] & (fixed == 0))
            of_score = tl.where(stays, of_score, 0.0)
            at = TOKEN + v[:, None] * D + d[None, :]
            known = (v < V)[:, None]
            w = tl.load(weights + at, mask=known, other=0.0)
            came += product(of_score, w, PRECISION)
            total = tl.load(slice_ + at, mask=known, other=0.0)
            total += product(tl.trans(of_score), mean, PRECISION)
            tl.store(slice_ + at, total, mask=known)
        add_to_kinds(slice_ + EMBEDDING, token, lies, came * SCALE, V, VC, D, PRECISION)
        came = came / tl.load(share + i, mask=on, other=1.0)[:, None]
        of_symbol = tl.zeros((D,), tl.float32)
        for c in range(columns):
            s = i * columns + c
            place = tl.load(taken + s, mask=on, other=-1)
            there = (place >= 0)[:, None]
            at = s[:, None] * D + d[None, :]
            z = tl.load(z_high + at, mask=there, other=0.0)
            of_state = came + of_mean[None, :] + tl.where(z == peak[None, :], of_peak[None, :], 0.0)
            if HINTED:
                of_state += tl.load(of_carry + at, mask=there, other=0.0)
            if SYMBOLS:
                # The column of <pad> says the same of all, so that nothing comes from it.
                name = tl.load(symbols + c)
                named = tl.where(name != 0, place, -1) >= 0
                said = tl.load(of_logits + i * V + name, mask=named, other=0.0)
                of_symbol += tl.sum(said[:, None] * z, 0)
                of_state += said[:, None] * tl.load(weights + SYMBOL + d)[None, :]
            tl.store(of_high + place[:, None] * D + d[None, :], of_state, mask=there)
        if SYMBOLS:
            add_vector(slice_ + SYMBOL, of_symbol, D)
        # The slice is added to again by the next tile.
        tl.debug_barrier()
