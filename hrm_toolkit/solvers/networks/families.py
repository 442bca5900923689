"""The families of networks by name: each one's class, built anew or out of its arrays."""

from __future__ import annotations

import torch

from hrm_toolkit.solvers.inputs.config import NetworkConfig
from hrm_toolkit.solvers.networks.hrm import HRM
from hrm_toolkit.solvers.networks.network import Network
from hrm_toolkit.solvers.networks.structured import Structured
from hrm_toolkit.solvers.networks.trm import TRM
from hrm_toolkit.solvers.networks.weights import Weights

CLASSES: dict[str, type[Network]] = {"hrm": HRM, "structured": Structured, "trm": TRM}


def build_network(config: NetworkConfig, seed: int = 0) -> Network:
    """A freshly initialised network; the same seed gives the same weights.

    The generator that torch's initialisers draw from is put back as it was.
    """
    state = torch.random.get_rng_state()
    torch.manual_seed(seed)
    try:
        network = CLASSES[config.family](config)
    finally:
        torch.random.set_rng_state(state)
    return network


def network_of(weights: Weights) -> Network:
    """A structured network in torch out of its arrays."""
    network = build_network(weights.config)
    network.load_state_dict({name: torch.tensor(a) for name, a in weights.arrays.items()})
    return network.eval()
