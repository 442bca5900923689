"""The recursion that every family shares, as the papers write it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

Update = Callable[[Tensor, Tensor], Tensor]
"""A module's update: its state, and what is injected into it, to its next state."""


def recur(
    low: Update,
    high: Update,
    z_high: Tensor,
    z_low: Tensor,
    x: Tensor,
    *,
    high_cycles: int,
    low_cycles: int,
    gradient_updates: int,
    recompute: bool = False,
) -> tuple[Tensor, Tensor]:
    """Run one segment: ``high_cycles`` times ``low_cycles`` low updates, then a high one.

    Only the last updates carry gradient: the one-step approximation of HRM (arXiv 2506.21734,
    section 2), TRM's whole last cycle (arXiv 2510.04871, section 4.1), or any number between.

    Args:
        low: of the low-level module, injected with the high state and the input.
        high: of the high-level module, injected with the low state.
        z_high: its state, any shape.
        z_low: its state, of the same shape.
        x: the embedded input, of the same shape.
        gradient_updates: how many updates at the end carry gradient.
        recompute: keep of these only what they are given, and compute them again backwards.

    Returns:
        The next ``z_high`` and ``z_low``.
    """
    left = high_cycles * (low_cycles + 1)
    learns = torch.is_grad_enabled()
    if learns and recompute:
        low, high = _recomputed(low), _recomputed(high)
    for _ in range(high_cycles):
        for _ in range(low_cycles):
            with torch.set_grad_enabled(learns and left <= gradient_updates):
                z_low = low(z_low, z_high + x)
            left -= 1
        with torch.set_grad_enabled(learns and left <= gradient_updates):
            z_high = high(z_high, z_low)
        left -= 1
    return z_high, z_low


def _recomputed(update: Update) -> Update:
    def again(state: Tensor, injected: Tensor) -> Tensor:
        if not torch.is_grad_enabled():
            return update(state, injected)
        found: Tensor = checkpoint(
            update, state, injected, use_reentrant=False, preserve_rng_state=False
        )
        return found

    return again
