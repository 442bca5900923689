"""HRM: what carries gradient, and what an answer may depend on."""

import pytest
import torch

from hrm_toolkit.core import InputError, Structure
from hrm_toolkit.solvers.inputs.batch import Encoded, collate
from hrm_toolkit.solvers.inputs.config import HRMConfig
from hrm_toolkit.solvers.networks.families import build_network


def test_gradient_reaches_only_the_last_update_of_each_module():
    config = HRMConfig(vocabulary=5, width=16, heads=2, layers=1, max_length=6)
    network = build_network(config, 0)
    batch = collate([Encoded(torch.tensor([1, 2, 3, 4]).int().numpy(), Structure())])
    carry = network.initial_carry(batch.tokens, batch.structure)
    carry = type(carry)(*(part.requires_grad_() for part in carry))
    following, output = network(carry, batch.tokens, None, batch.structure)
    output.logits.sum().backward()
    assert carry.z_high.grad is None
    assert carry.z_low.grad is None
    assert not following.z_high.requires_grad
    assert all(p.grad is not None for p in network.high.parameters())
    assert all(p.grad is not None for p in network.low.parameters())


def test_an_answer_does_not_depend_on_what_else_is_in_the_batch():
    config = HRMConfig(vocabulary=5, width=16, heads=2, layers=1, max_length=9)
    network = build_network(config, 0)
    short = Encoded(torch.tensor([1, 2, 3]).int().numpy(), Structure())
    long = Encoded(torch.tensor([4, 3, 2, 1, 4, 3]).int().numpy(), Structure())
    lone, pair = collate([short]), collate([short, long])
    first = network(
        network.initial_carry(lone.tokens, lone.structure), lone.tokens, None, lone.structure
    )[1]
    second = network(
        network.initial_carry(pair.tokens, pair.structure), pair.tokens, None, pair.structure
    )[1]
    torch.testing.assert_close(first.logits[0], second.logits[0, :3])


def test_a_puzzle_longer_than_the_network_is_refused():
    config = HRMConfig(vocabulary=5, width=16, heads=2, layers=1, max_length=2)
    network = build_network(config, 0)
    batch = collate([Encoded(torch.tensor([1, 2, 3]).int().numpy(), Structure())])
    carry = network.initial_carry(batch.tokens[:, :2], batch.structure)
    with pytest.raises(InputError, match="the puzzle has 3 tokens; expected at most 2"):
        network(carry, batch.tokens, None, batch.structure)


def test_heads_must_divide_the_width():
    with pytest.raises(InputError, match="does not split into 3 heads"):
        HRMConfig(vocabulary=5, width=16, heads=3)
