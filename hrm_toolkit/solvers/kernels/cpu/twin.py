"""The recurrence in NumPy: its definition, what runs where there is no native code, its oracle."""

from __future__ import annotations

import math

import numpy as np

from hrm_toolkit.core import Structure
from hrm_toolkit.solvers.inputs.config import StructuredConfig
from hrm_toolkit.solvers.inputs.places import Places
from hrm_toolkit.solvers.kernels.cpu.parameters import (
    BlockNames,
    FactorNames,
    PooledNames,
    block_names,
)
from hrm_toolkit.solvers.kernels.cpu.prepared import (
    NEVER,
    FactorRows,
    Floats,
    Outcome,
    Prepared,
    Rows,
    State,
    Until,
    Weights,
)


class Twin:
    """The recurrence of one network, in float32.

    Args:
        config: of the network.
        weights: by name, see ``parameters.shapes``.
    """

    def __init__(self, config: StructuredConfig, weights: Weights) -> None:
        self._config = config
        self._weights = weights
        layers = range(config.layers)
        self._low = [block_names(config, "low", index) for index in layers]
        self._high = [block_names(config, "high", index) for index in layers]

    def places(self, structure: Structure, length: int) -> Places | None:
        """See ``Recurrence.places``: the definition is that of ``Places``."""
        return None

    def run(
        self,
        prepared: Prepared,
        state: State,
        segments: int,
        until: Until,
        record: list[Floats] | None = None,
    ) -> Outcome:
        """See ``Recurrence.run``."""
        for segment in range(1, segments + 1):
            outcome = self._segment(prepared, state, segment, record)
            state.tokens[:] = outcome.tokens
            stops = outcome.wants_halt or (until == "change" and outcome.changed)
            if until != "segment" and stops:
                break
        return outcome

    def _segment(
        self, prepared: Prepared, state: State, number: int, record: list[Floats] | None
    ) -> Outcome:
        """One segment; the state changes in place."""
        updates = [] if record is None else record
        high, low = state.z_high, state.z_low
        for _ in range(self._config.high_cycles):
            for _ in range(self._config.low_cycles):
                low = self._level(self._low, low, high + prepared.inputs, prepared)
                updates.append(low)
            high = self._level(self._high, high, low, prepared)
            updates.append(high)
        moved = sum(
            float(np.square(new - old, dtype=np.float64).sum())
            for old, new in ((state.z_high, high), (state.z_low, low))
        )
        state.z_high[:], state.z_low[:] = high, low
        logits = self.logits(prepared, high)
        tokens = logits.argmax(1).astype(np.int32)
        q_halt, q_continue = self.halting(high)
        return Outcome(
            number,
            logits,
            tokens,
            q_halt,
            q_continue,
            math.sqrt(moved / prepared.size),
            q_halt > (q_continue if self._config.q_continue else 0.0),
            bool((tokens != state.tokens).any()),
        )

    def _level(
        self, blocks: list[BlockNames], h: Floats, injected: Floats, prepared: Prepared
    ) -> Floats:
        """One update of a module: its blocks applied to the state plus what is injected."""
        h = h + injected
        for names in blocks:
            h = self._block(names, h, prepared)
        return h

    def _block(self, names: BlockNames, h: Floats, prepared: Prepared) -> Floats:
        """Mix over the structure, then SwiGLU at each place, each with a norm behind."""
        weights = self._weights
        mixed: Floats = h + h @ weights[names.own].T
        for pooled, rows in zip(names.pooled, prepared.rows, strict=True):
            mixed += self._read(pooled, rows, h)
        if names.factors is not None and prepared.factors is not None:
            mixed += self._of_factors(names.factors, prepared.factors, h)
        if names.neighbours is not None and prepared.neighbours is not None:
            # (P, R) places -> (P, R D): the neighbours' states side by side, 0 for an absent one.
            around = np.concatenate([h, np.zeros_like(h[:1])])[prepared.neighbours]
            mixed += around.reshape(len(h), -1) @ weights[names.neighbours].T
        h = rms_norm(mixed)
        gate: Floats = h @ weights[names.gate].T
        inner: Floats = silu(gate) * (h @ weights[names.up].T)
        fed: Floats = h + inner @ weights[names.down].T
        return rms_norm(fed)

    def _read(self, names: PooledNames, rows: Rows, h: Floats) -> Floats:
        """What each place reads of one pooled relation, 0 where it reads none, shape (P, D)."""
        weights = self._weights
        sent = h if names.message is None else h @ weights[names.message].T
        entries = sent[rows.source]
        if names.weight is not None and rows.weights is not None:
            entries = entries + rows.weights[:, None] * weights[names.weight][:, 0]
        read: Floats = pool(entries, rows) @ weights[names.projection].T
        if rows.of is None:
            return read
        # One row more for the places that read none.
        return np.concatenate([read, np.zeros((1, read.shape[1]), read.dtype)])[rows.of]

    def _of_factors(self, names: FactorNames, factors: FactorRows, h: Floats) -> Floats:
        """What each place reads of its factors, shape (P, D)."""
        weights, inward = self._weights, factors.inward
        entries = h[inward.source]
        if inward.weights is not None:
            entries = entries + inward.weights[:, None] * weights[names.weight][:, 0]
        heard: Floats = pool(entries, inward) @ weights[names.inward].T
        said = silu(heard + factors.told @ weights[names.told].T)
        read: Floats = pool(said[factors.back.source], factors.back) @ weights[names.out].T
        return read

    def logits(self, prepared: Prepared, z: Floats) -> Floats:
        """Scores of every token: at active positions from their places, at idle ones from their
        token.

        Args:
            prepared: the puzzle.
            z: high-level states, shape (P, D).
        """
        weights = self._weights
        logits = prepared.logits.copy()
        if prepared.candidates is None or prepared.symbol is None:
            scores = z @ weights["token_head.weight"].T
        else:
            rows = prepared.candidates
            mean = pool(z[rows.source], rows)[:, : z.shape[1]]
            scores = mean @ weights["token_head.weight"].T
            scores[:, prepared.symbols] = NEVER
            scores[rows.of, prepared.symbol] = z @ weights["symbol_head.weight"][0]
        scores[:, 0] = NEVER
        logits[prepared.positions] = scores
        return logits

    def halting(self, z: Floats) -> tuple[float, float]:
        """Logits of halting and of going on, from mean and maximum over the places."""
        width = z.shape[1]
        mean = z.sum(0) / max(len(z), 1)
        peak = z.max(0) if len(z) else np.zeros(width, np.float32)
        seen = np.concatenate([mean, peak])
        q = self._weights["halt_head.weight"] @ seen + self._weights["halt_head.bias"]
        return float(q[0]), float(q[1])


def pool(entries: Floats, rows: Rows) -> Floats:
    """Scaled sum and maximum of each row's entries, 0 for a row without any.

    Args:
        entries: shape (E, D).
        rows: where each row's begin.

    Returns:
        shape (M, 2 D).
    """
    count, width = len(rows.scale), entries.shape[1]
    pooled = np.zeros((count, 2 * width), entries.dtype)
    filled = np.flatnonzero(np.diff(rows.start))
    if len(filled):
        first = rows.start[filled]
        pooled[filled, :width] = np.add.reduceat(entries, first) * rows.scale[filled, None]
        pooled[filled, width:] = np.maximum.reduceat(entries, first)
    return pooled


def rms_norm(x: Floats) -> Floats:
    """x / sqrt(mean(x^2) + 1e-5) over the last axis."""
    squares = np.einsum("pd,pd->p", x, x)
    scaled: Floats = x / np.sqrt(squares / x.shape[1] + np.float32(1e-5))[:, None]
    return scaled


def silu(x: Floats) -> Floats:
    """x times its sigmoid."""
    # Beyond 80 both factors are settled, and the exponential would overflow.
    passed: Floats = x / (1 + np.exp(np.minimum(-x, np.float32(80))))
    return passed
