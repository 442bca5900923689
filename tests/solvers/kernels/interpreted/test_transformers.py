"""HRM and TRM through Triton's kernels: no further from float64 than the network in torch."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from hrm_toolkit.core import Structure
from hrm_toolkit.solvers.inputs.batch import Encoded, collate
from hrm_toolkit.solvers.inputs.config import parse_config
from hrm_toolkit.solvers.kernels.backend import use
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.networks.network import Network

SMALL = {"vocabulary": 5, "width": 12, "heads": 2, "layers": 1, "max_length": 6, "low_cycles": 1}
FAMILIES: dict[str, dict[str, Any]] = {
    "hrm": {"family": "hrm", "layers": 2},
    "trm along the sequence": {"family": "trm", "mixer": "mlp", "high_cycles": 2},
    "trm by attention": {"family": "trm", "high_cycles": 1, "low_cycles": 2},
    "learned positions": {"family": "trm", "high_cycles": 1, "positions": "learned"},
}


def learned(network: Network) -> list[Tensor]:
    """A segment's carry and outputs, and every gradient."""
    rows = [[1, 2, 3, 4], [4, 3, 2, 1]]
    batch = collate([Encoded(torch.tensor(row).int().numpy(), Structure()) for row in rows])
    carry = network.initial_carry(batch.tokens, batch.structure)
    dtype = next(network.parameters()).dtype
    carry = type(carry)(*(state.to(dtype) for state in carry))
    after, output = network(carry, batch.tokens, None, batch.structure)
    generator = torch.Generator().manual_seed(3)
    said = (output.logits, output.q_halt, output.q_continue)
    sum((x * torch.randn(x.shape, generator=generator)).sum() for x in said).backward()  # type: ignore[union-attr]
    return [*after, output.logits.detach(), *(p.grad for p in network.parameters())]  # type: ignore[list-item]


@pytest.mark.parametrize("name", FAMILIES)
def test_a_segment_and_its_gradients_err_no_more_than_the_network_in_torch(name: str) -> None:
    networks = [build_network(parse_config(SMALL | FAMILIES[name]), 0) for _ in range(3)]
    with use("plain"):
        exact, usual = learned(networks[0].double()), learned(networks[1])
    with use("triton"):
        ours = learned(networks[2])
    for wanted, own, found in zip(exact, usual, ours, strict=True):
        known = float((own.double() - wanted).abs().max())
        scale = max(float(wanted.abs().max()), 1.0)
        assert float((found.double() - wanted).abs().max()) <= 2 * known + 1e-6 * scale
