"""Networks of a few hundred numbers that know nothing, for tests of what surrounds them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Settings
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.networks.network import Network
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.learner import network_config
from hrm_toolkit.train.recipe import Recipe

SMALL = {
    "structured": {"family": "structured", "width": 32, "inner": 64, "low_cycles": 1},
    "hrm": {"family": "hrm", "width": 8, "heads": 2, "layers": 1, "max_length": 64},
}
SIZES = {"sudoku": (4,), "maze": (5,), "graph": (6,), "arc": (3,)}


@pytest.fixture(scope="session")
def untrained() -> Callable[..., Solver]:
    """Makes a solver of a task from a network of random weights."""

    def make(
        task: str,
        *,
        family: str = "structured",
        seed: int = 0,
        q_continue: bool = False,
        **options: object,
    ) -> Solver:
        adapter = get_adapter(task)
        recipe = Recipe(
            adapter=task,
            network=SMALL[family],
            data=Settings(sizes=SIZES.get(task, ())),
            q_continue=q_continue,
        )
        network = build_network(network_config(recipe, adapter), seed)
        _halt_at_random(network, seed)
        return Solver(adapter, network, **options)

    return make


def _halt_at_random(network: Network, seed: int) -> None:
    """A halting head starts at zero and would never want to halt."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.startswith(("halt_head", "q_head")):
                parameter.normal_(generator=generator)
