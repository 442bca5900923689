"""Noise on carries: random starts, and restarts that are the same for every row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
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


def restarted(carry: Carry, noise: Sequence[npt.NDArray[np.float32]]) -> Carry:
    """Add the same noise to every row, so that a row's answer does not depend on the others.

    Args:
        carry: initial, of rows of one shape.
        noise: of the high and of the low state, each of the shape of a row.
    """
    both = zip(carry, noise, strict=True)
    return Carry(
        *((state + torch.from_numpy(own).to(state.device)).to(state.dtype) for state, own in both)
    )
