"""The operations as networks call them: each by the kernel that ``backend`` chooses."""

from __future__ import annotations

from jaxtyping import Float, Int
from torch import Tensor

from hrm_toolkit.solvers.kernels.backend import choose
from hrm_toolkit.solvers.kernels.plain import gather, group_max, ragged_max, ragged_sum

__all__ = [
    "add_rms_norm",
    "gather",
    "group_max",
    "pool_rows",
    "ragged_max",
    "ragged_sum",
    "rms_norm",
]


def rms_norm(x: Float[Tensor, "*n d"], eps: float = 1e-5) -> Float[Tensor, "*n d"]:
    """See ``plain.rms_norm``."""
    y: Tensor = choose("rms_norm", x)(x, eps)
    return y


def add_rms_norm(
    x: Float[Tensor, "*n d"], residual: Float[Tensor, "*n d"], eps: float = 1e-5
) -> Float[Tensor, "*n d"]:
    """See ``plain.add_rms_norm``."""
    y: Tensor = choose("add_rms_norm", x)(x, residual, eps)
    return y


def pool_rows(
    h: Float[Tensor, "p d"],
    source: Int[Tensor, "e"] | None,
    start: Int[Tensor, "s"],
    divisor: Float[Tensor, "m 1"],
) -> Float[Tensor, "m 2*d"]:
    """See ``plain.pool_rows``."""
    y: Tensor = choose("pool_rows", h)(h, source, start, divisor)
    return y
