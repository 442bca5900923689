"""What a segment of a network costs, by its arithmetic alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from hrm_toolkit.solvers.networks.network import Network

_FLOPS = {"cpu": 2.5e10, "cuda": 5e12}


def segment_seconds(network: Network, places: int, device: torch.device) -> float:
    """About what one segment takes on some places, by its arithmetic alone.

    The same on every machine of a kind, so that what is tried does not depend on the hour: by the
    multiplications with each weight in each update, at a rate that one core keeps up.
    """
    config = network.config
    weights = sum(
        parameter.numel()
        for name, parameter in network.named_parameters()
        if parameter.ndim > 1 and "embed" not in name
    )
    updates = config.high_cycles * (config.low_cycles + 1)
    attention = 0.0
    if getattr(config, "heads", 0):
        attention = 4.0 * places * config.width * config.layers
    flops = places * updates * (2.0 * weights + attention)
    return max(flops / _FLOPS.get(device.type, _FLOPS["cpu"]), 1e-9)
