"""Which kernel runs whole segments of a structured network, if any does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torch import Tensor

from hrm_toolkit.solvers.kernels.backend import asked, triton_missing

if TYPE_CHECKING:
    from hrm_toolkit.solvers.networks.structured import Structured

AHEAD = 8
"""Segments of one launch: few enough that little is computed in vain for rows that leave sooner."""


def fused_segment(network: Structured, x: Tensor) -> Callable[..., tuple[Tensor, Tensor]] | None:
    """What runs the updates of one segment as one function, with gradients; or None.

    Args:
        network: whose segment.
        x: embedded tokens.
    """
    if asked() in ("auto", "cpu"):
        from hrm_toolkit.solvers.kernels.cpu import training

        if training.fits(network, x):
            return training.segment
    return None


def fused_network(network: Structured) -> Any:
    """What runs segments of a network from tokens to logits, one with gradients by ``segment`` and
    several without by ``run``; or None."""
    x = network.embedding
    on_cuda = x.device.type == "cuda"
    if not (asked() == "triton" or (asked() == "auto" and on_cuda)) or triton_missing():
        return None
    from hrm_toolkit.solvers.kernels.triton import recurrence

    return recurrence if recurrence.fits(network, x) else None
