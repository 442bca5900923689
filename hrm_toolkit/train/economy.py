"""Less memory and time for a segment: bfloat16 where it is enough, activations computed twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.utils.checkpoint import checkpoint

from hrm_toolkit.solvers.networks.network import Carry, Network
from hrm_toolkit.train.recipe import Recipe


@contextmanager
def economical(network: Network, recipe: Recipe) -> Iterator[None]:
    """Compute the network as the recipe's ``precision`` and ``checkpoint_gradients`` say.

    Weights, carries, losses and gradients stay in float32 either way.
    """
    device = next(network.parameters()).device.type
    low = recipe.precision == "bfloat16"
    with (
        torch.autocast(device, torch.bfloat16, enabled=low),
        checkpointed(network, enabled=recipe.checkpoint_gradients),
    ):
        yield


def in_dtype_of(carry: Carry, like: Carry) -> Carry:
    """A carry in the dtype of another, so that rows of both can stand side by side."""
    return Carry(*(part.to(other.dtype) for part, other in zip(carry, like, strict=True)))


@contextmanager
def checkpointed(network: Network, *, enabled: bool = True) -> Iterator[None]:
    """Keep only the inputs of each update of the two modules for the backward pass.

    What an update computed is computed again when its gradient is due: the memory of a segment
    then grows with its updates by two states each, for one more forward of those with gradient.
    The gradients are the same.

    Args:
        network: its parts ``high`` and ``low``, where it has them.
        enabled: False changes nothing.
    """
    found = (getattr(network, name, None) for name in ("high", "low"))
    levels = [level for level in found if level is not None] if enabled else []
    for level in levels:
        vars(level)["forward"] = _twice(level.forward)
    try:
        yield
    finally:
        for level in levels:
            del vars(level)["forward"]


def _twice(forward: Callable[..., Any]) -> Callable[..., Any]:
    def recomputed(*arguments: Any) -> Any:
        if not torch.is_grad_enabled():
            return forward(*arguments)
        return checkpoint(forward, *arguments, use_reentrant=False, preserve_rng_state=False)

    return recomputed
