"""The operations as networks call them: each by the kernel that ``backend`` chooses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from hrm_toolkit.solvers.kernels import plain
from hrm_toolkit.solvers.kernels.backend import choose
from hrm_toolkit.solvers.kernels.plain import gather, group_max, ragged_max, ragged_sum

__all__ = [
    "adam_atan2",
    "add_rms_norm",
    "gather",
    "group_max",
    "pool_rows",
    "ragged_max",
    "ragged_sum",
    "rms_norm",
    "row_entropies",
    "sign_descent",
    "swiglu",
    "turned_heads",
]


def _chosen(operation: str, x: Tensor) -> Callable[..., Any]:
    """The kernel; its definition where graphs are compiled, which fuse it themselves."""
    if torch.compiler.is_compiling():
        definition: Callable[..., Any] = getattr(plain, operation)
        return definition
    return choose(operation, x)


def rms_norm(x: Float[Tensor, "*n d"], eps: float = 1e-5) -> Float[Tensor, "*n d"]:
    """See ``plain.rms_norm``."""
    y: Tensor = _chosen("rms_norm", x)(x, eps)
    return y


def add_rms_norm(
    x: Float[Tensor, "*n d"], residual: Float[Tensor, "*n d"], eps: float = 1e-5
) -> Float[Tensor, "*n d"]:
    """See ``plain.add_rms_norm``."""
    y: Tensor = _chosen("add_rms_norm", x)(x, residual, eps)
    return y


def swiglu(
    x: Float[Tensor, "*n d"], gate_up: Float[Tensor, "i2 d"]
) -> tuple[Float[Tensor, "*n i"], Float[Tensor, "*n d"]]:
    """See ``plain.swiglu``."""
    inner, x = _chosen("swiglu", x)(x, gate_up)
    return inner, x


def turned_heads(
    x: Float[Tensor, "b s w"],
    qkv: Float[Tensor, "e w"],
    cos: Float[Tensor, "*t s d"],
    sin: Float[Tensor, "*t s d"],
    heads: int,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """See ``plain.turned_heads``."""
    query, key, value, x = _chosen("turned_heads", x)(x, qkv, cos, sin, heads)
    return query, key, value, x


def row_entropies(
    logits: Float[Tensor, "b l v"],
    targets: Int[Tensor, "b l"],
    labels: Int[Tensor, "b l"],
    unscored: int,
    stable: bool,
) -> tuple[Float[Tensor, "b"], Int[Tensor, "b"], Int[Tensor, "b"]]:
    """See ``plain.row_entropies``; in float32 where a kernel computes it."""
    # A kernel has a row of logits in registers.
    fits = logits.shape[-1] <= 1024
    found = _chosen("row_entropies", logits) if fits else plain.row_entropies
    entropy, right, count = found(logits, targets, labels, unscored, stable)
    return entropy, right, count


def adam_atan2(
    params: list[Tensor],
    grads: list[Tensor],
    first: list[Tensor],
    second: list[Tensor],
    averages: list[Tensor | None],
    rate: float,
    betas: tuple[float, float],
    decay: float,
    step: int,
    keep: float,
) -> None:
    """See ``plain.adam_atan2``."""
    known = (t for t in (*params, *first, *second, *averages) if t is not None)
    # A kernel goes through numbers in the order of memory.
    even = all(t.is_contiguous() and t.dtype == params[0].dtype for t in known)
    update = _chosen("adam_atan2", params[0]) if even else plain.adam_atan2
    update(params, grads, first, second, averages, rate, betas, decay, step, keep)


def sign_descent(table: Tensor, gradient: Tensor, rate: float, decay: float) -> None:
    """See ``plain.sign_descent``."""
    _chosen("sign_descent", table)(table, gradient, rate, decay)


def pool_rows(
    h: Float[Tensor, "p d"],
    source: Int[Tensor, "e"] | None,
    start: Int[Tensor, "s"],
    divisor: Float[Tensor, "m 1"],
) -> Float[Tensor, "m 2*d"]:
    """See ``plain.pool_rows``."""
    y: Tensor = _chosen("pool_rows", h)(h, source, start, divisor)
    return y
