"""Noise on carries: random starts, and restarts that are the same for every row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from hrm_toolkit.solvers.networks.network import Carry


def disturbed(
    carry: Carry,
    deviations: Sequence[float],
    rng: np.random.Generator,
    rows: slice = slice(None),
) -> Carry:
    """Independent normal noise on each row.

    Args:
        carry: of ``rows`` of a batch of B.
        deviations: of the noise of each of the B; where all are 0 nothing is drawn.
        rng: drawn from, for all B rows.
        rows: which of them the carry has.
    """
    if not any(deviations):
        return carry
    scale = torch.tensor(deviations, dtype=torch.float32)[rows]

    def disturb(state: Tensor) -> Tensor:
        shape = (len(deviations), *state.shape[1:])
        noise = torch.from_numpy(rng.standard_normal(shape, np.float32))[rows]
        noise *= scale.view(-1, *[1] * (state.ndim - 1))
        return (state + noise.to(state.device)).to(state.dtype)

    return Carry(*map(disturb, carry))


def restarted(carry: Carry, deviation: float, seed: Sequence[int]) -> Carry:
    """The same normal noise on every row, so that a row's answer does not depend on the others.

    Args:
        carry: initial, of rows of one shape.
        deviation: of the noise.
        seed: what it is drawn from.
    """
    rng = np.random.default_rng(list(seed))

    def disturb(state: Tensor) -> Tensor:
        noise = torch.from_numpy(rng.standard_normal(state.shape[1:], np.float32))
        return (state + deviation * noise.to(state.device)).to(state.dtype)

    return Carry(*map(disturb, carry))
