"""TRM and its options: one module, mixers, positions, prefix slots, and what carries gradient."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from hrm_toolkit.core import InputError, Structure
from hrm_toolkit.solvers.inputs.batch import Batch, Encoded, collate
from hrm_toolkit.solvers.inputs.config import HRMConfig, TRMConfig, parse_config
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.networks.network import Carry, Network
from hrm_toolkit.solvers.networks.trm import TRM

SMALL: dict[str, Any] = {"vocabulary": 5, "width": 8, "heads": 2, "layers": 1, "max_length": 6}


def batch_of(*rows: list[int]) -> Batch:
    tokens = [torch.tensor(row).int().numpy() for row in rows]
    return collate([Encoded(row, Structure()) for row in tokens])


def segment(network: Network, batch: Batch, carry: Carry | None = None, ids: Any = None) -> Any:
    carry = carry or network.initial_carry(batch.tokens, batch.structure)
    return network(carry, batch.tokens, ids, batch.structure)


def awake(network: Network) -> Network:
    """The halting head and the puzzle embeddings start at a constant: give them values."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.1)
    return network


def test_the_defaults_are_the_published_configuration():
    config = parse_config({"family": "trm", "vocabulary": 11, "puzzle_ids": 1, "puzzle_width": 512})
    assert isinstance(config, TRMConfig)
    network = build_network(config)
    assert isinstance(network, TRM)
    # "7M parameters" of the paper: two blocks of 3.4 M, the embedding and the heads.
    assert 6_800_000 < network.parameter_count() < 7_000_000
    assert (config.high_cycles, config.low_cycles, config.layers) == (3, 6, 2)
    assert config.prefix == 16


def test_both_states_share_one_module():
    network = build_network(TRMConfig(**SMALL))
    assert network.high is None
    assert not [name for name in network.state_dict() if name.startswith("high.")]
    own = build_network(TRMConfig(**SMALL, modules=2))
    blocks = sum(p.numel() for p in network.low.parameters())
    assert own.parameter_count() == network.parameter_count() + blocks


@pytest.mark.parametrize("mixer", ["attention", "mlp"])
@pytest.mark.parametrize("positions", ["rope", "learned", "none"])
def test_every_mixer_with_every_kind_of_positions(mixer, positions):
    config = TRMConfig(
        **SMALL, mixer=mixer, positions=positions, puzzle_ids=3, puzzle_width=8, puzzle_slots=4
    )
    network = awake(build_network(config))
    batch = batch_of([1, 2, 3, 4, 1, 2], [4, 3, 2, 1, 4, 3])
    carry, output = segment(network, batch, ids=torch.tensor([0, 2]))
    assert carry.z_high.shape == (2, 10, 8)
    assert output.logits.shape == (2, 6, 5)
    (output.logits.sum() + output.q_halt.sum() + output.q_continue.sum()).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())
    assert network.puzzle_embedding.grad[1].eq(0).all(), "a row that no puzzle read"
    assert network.puzzle_embedding.grad[[0, 2]].any(1).all()


def test_without_positions_attention_does_not_know_the_order():
    network = awake(build_network(TRMConfig(**SMALL, positions="none")))
    order = torch.tensor([2, 0, 5, 4, 1, 3])
    tokens = [1, 2, 3, 4, 1, 3]
    first = segment(network, batch_of(tokens))[1].logits[0]
    second = segment(network, batch_of([tokens[i] for i in order]))[1].logits[0]
    torch.testing.assert_close(second, first[order])
    roped = awake(build_network(TRMConfig(**SMALL)))
    first = segment(roped, batch_of(tokens))[1].logits[0]
    second = segment(roped, batch_of([tokens[i] for i in order]))[1].logits[0]
    assert (second - first[order]).abs().max() > 1e-3


@pytest.mark.parametrize("mixer", ["attention", "mlp"])
def test_an_answer_does_not_depend_on_what_else_is_in_the_batch(mixer):
    # One cycle: a mixing network multiplies the rounding of other batch sizes at each.
    config = TRMConfig(**SMALL, mixer=mixer, high_cycles=1, low_cycles=1)
    network = awake(build_network(config))
    alone = segment(network, batch_of([1, 2, 3]))[1]
    beside = segment(network, batch_of([1, 2, 3], [4, 3, 2, 1, 4, 3]))[1]
    torch.testing.assert_close(alone.logits[0], beside.logits[0, :3])


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 12))
def test_gradient_flows_through_the_last_updates_alone(high_cycles, low_cycles, carrying):
    """Cut the recursion by hand where the option says; the gradients are the same."""
    config = HRMConfig(**SMALL, high_cycles=high_cycles, low_cycles=low_cycles, gradient=carrying)
    network = awake(build_network(config))
    batch = batch_of([1, 2, 3, 4, 1, 2])
    segment(network, batch)[1].logits.square().sum().backward()
    found = {name: p.grad for name, p in network.named_parameters() if p.grad is not None}

    network.zero_grad(set_to_none=True)
    x = network._embed(batch.tokens, None)
    z_high, z_low = network.initial_carry(batch.tokens, batch.structure)
    kinds = ["low"] * low_cycles + ["high"]
    kinds *= high_cycles
    for left, kind in zip(range(len(kinds), 0, -1), kinds, strict=True):
        if kind == "low":
            z_low = network.low(z_low, z_high + x, network._turn(None))
            z_low = z_low.detach() if left > carrying else z_low
        else:
            z_high = network.high(z_high, z_low, network._turn(None))
            z_high = z_high.detach() if left > carrying else z_high
    network.lm_head(z_high).square().sum().backward()
    for name, p in network.named_parameters():
        assert (p.grad is None) == (name not in found), name
        if p.grad is not None:
            torch.testing.assert_close(found[name], p.grad, msg=name)


def test_gradient_by_name():
    assert HRMConfig(**SMALL, low_cycles=5).gradient_updates == 2
    assert TRMConfig(**SMALL).gradient_updates == 7
    assert HRMConfig(**SMALL, low_cycles=5, gradient="last_cycle").gradient_updates == 6
    assert TRMConfig(**SMALL, gradient=3).gradient_updates == 3
    for wrong in (0, "all"):
        with pytest.raises(InputError, match="gradient"):
            parse_config({"family": "trm", **SMALL, "gradient": wrong})


def test_nothing_is_remembered_where_no_gradient_is_wanted():
    network = build_network(TRMConfig(**SMALL))
    with torch.no_grad():
        output = segment(network, batch_of([1, 2, 3]))[1]
    assert not output.logits.requires_grad


def test_prefix_slots_hold_what_they_are_given():
    config = TRMConfig(**SMALL, puzzle_ids=2, puzzle_width=20, puzzle_slots=0)
    assert config.prefix == 3, "20 numbers fill three slots of 8"
    network = awake(build_network(config))
    x = network._embed(batch_of([1, 2]).tokens, torch.tensor([1]))
    flat = x[0, :3].flatten() / 8**0.5
    torch.testing.assert_close(flat[:20], network.puzzle_embedding[1])
    assert not flat[20:].any()
    with pytest.raises(InputError, match=r"puzzle_slots: 2 slots of 8 hold no puzzle embedding"):
        TRMConfig(**SMALL, puzzle_ids=2, puzzle_width=20, puzzle_slots=2)
    assert TRMConfig(**SMALL).prefix == 0, "no table, no slots"


class Casts(TorchDispatchMode):
    """Counts what casts weights of a network."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.own = {parameter.data_ptr() for parameter in network.parameters()}
        self.count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        self.count += name == "_to_copy" and args[0].data_ptr() in self.own
        self.count += name == "_foreach_copy_"
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("family", ["hrm", "trm"])
def test_weights_are_cast_once_and_learn_as_if_at_each_use(family: str) -> None:
    low = {"family": family, "forward_dtype": "bfloat16", "low_cycles": 3}
    network = awake(build_network(parse_config(SMALL | low), 0))
    gradients, counts = [], []
    for network.recompute in (False, True):
        network.zero_grad()
        with Casts(network) as casts:
            _, output = segment(network, batch_of([1, 2, 3], [4, 3, 2]))
        counts.append(casts.count)
        (output.logits.sum() + output.q_halt.sum()).backward()
        gradients.append([p.grad for p in network.parameters()])
    assert counts[0] == 1 < counts[1]
    # Gradients added up in bfloat16 would be a hundredth apart.
    for once, each in zip(*gradients, strict=True):
        torch.testing.assert_close(once, each, rtol=1e-5, atol=1e-6)
