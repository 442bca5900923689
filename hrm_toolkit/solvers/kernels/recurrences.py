"""Which kernel runs whole segments of a structured network, if any does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hrm_toolkit.solvers.kernels.backend import asked, triton_missing

if TYPE_CHECKING:
    from hrm_toolkit.solvers.networks.structured import Structured

AHEAD = 8
"""Segments of one launch: few enough that little is computed in vain for rows that leave sooner."""


def native_segment(network: Structured) -> Any:
    """What runs one segment of a network in training on a CPU, from tokens to logits and back, by
    its ``segment``; or None."""
    if asked() in ("auto", "cpu"):
        from hrm_toolkit.solvers.kernels.cpu import training

        if training.fits(network):
            return training
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
