"""A segment of training in native code: states and gradients of the network in torch."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from drawn import cases, drawn_case, drawn_puzzle, in_torch
from hypothesis import given
from hypothesis import strategies as st

from hrm_toolkit.solvers.inputs.batch import collate
from hrm_toolkit.solvers.kernels.backend import use
from hrm_toolkit.solvers.kernels.cpu import available
from hrm_toolkit.solvers.kernels.cpu.training import fits, segment
from hrm_toolkit.solvers.networks.network import Carry
from hrm_toolkit.solvers.networks.structured import Structured

pytestmark = pytest.mark.skipif(available() is not None, reason=str(available()))


def learned(network: Structured, puzzles: list[Any], *, native: bool) -> dict[str, np.ndarray]:
    """What a segment says and leaves behind, and gradients of a sum of all it says, each times a
    number, but for the scores that are fixed."""
    batch = collate(puzzles)
    dtype = network.high_init.dtype
    rng = np.random.default_rng(2)
    start = network.initial_carry(batch.tokens, batch.structure)
    carry = Carry(*((z + torch.from_numpy(rng.normal(size=z.shape))).to(dtype) for z in start))
    assert not native or fits(network)
    with use("auto" if native else "plain"):
        after, output = network(carry, batch.tokens, None, batch.structure)
    heard = [output.logits.masked_fill(output.logits == -100, 0), output.q_halt, output.q_continue]
    heard += [] if output.hints is None else [output.hints]
    network.zero_grad()
    factors = np.random.default_rng(3)
    sum((one * torch.from_numpy(factors.normal(size=one.shape))).sum() for one in heard).backward()
    found = {f"said {number}": one for number, one in enumerate(heard)}
    found |= after._asdict()
    found |= {n: p.grad for n, p in network.named_parameters() if p.grad is not None}
    return {name: tensor.detach().double().numpy().copy() for name, tensor in found.items()}


def error(found: dict[str, np.ndarray], exact: dict[str, np.ndarray]) -> float:
    """Root mean square error of everything, each array against its largest value."""
    scaled = [
        ((found[name] - true) / max(np.abs(true).max(initial=0), 1e-3)).ravel()
        for name, true in exact.items()
    ]
    return float(np.sqrt(np.square(np.concatenate(scaled)).mean()))


@given(case=cases(width=32, inner=64), more=st.integers(0, 2), cycles=st.integers(1, 3))
def test_states_and_gradients_err_no_more_than_torch_does(case, more, cycles):
    config, weights, puzzle = case
    config = config.model_copy(update={"gradient_cycles": cycles})
    rng = np.random.default_rng(len(puzzle.tokens))
    symbols = len(puzzle.structure.symbols)
    puzzles = [puzzle]
    for _ in range(more):
        other = drawn_puzzle(rng, config, symbols=symbols, length=int(rng.integers(1, 20)))
        kinds = [(r.of is None) for r in puzzle.structure.relations]
        if [(r.of is None) for r in other.structure.relations] == kinds:
            puzzles.append(other)
    network = in_torch(config, weights)
    own = learned(network, puzzles, native=False)
    found = learned(network, puzzles, native=True)
    exact = learned(copy.deepcopy(network).double(), puzzles, native=False)
    assert found.keys() == own.keys()
    assert error(found, exact) <= 2 * error(own, exact) + 1e-6


def test_gradients_are_the_same_to_the_bit_on_any_number_of_threads():
    config, weights, puzzle = drawn_case()
    network = in_torch(config, weights)
    puzzles = [puzzle, *(replace(puzzle, tokens=np.roll(puzzle.tokens, i)) for i in range(1, 12))]
    before = torch.get_num_threads()
    found = []
    try:
        for threads in (1, 3, 3):
            torch.set_num_threads(threads)
            found.append(learned(network, puzzles, native=True))
    finally:
        torch.set_num_threads(before)
    for other in found[1:]:
        assert all(np.array_equal(other[name], array) for name, array in found[0].items())


def test_what_a_forward_keeps_serves_one_backward():
    config, weights, puzzle = drawn_case()
    network = in_torch(config, weights)
    batch = collate([puzzle])
    carry = network.initial_carry(batch.tokens, batch.structure)
    said = segment(network, carry, batch.tokens, batch.structure)
    assert not said.z_high.requires_grad
    assert not said.z_low.requires_grad
    said.logits.sum().backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="one backward"):
        said.logits.sum().backward()


def test_native_code_does_not_stand_in_for_updates_that_are_watched_or_of_another_kind():
    config, weights, _ = drawn_case()
    network = in_torch(config, weights)
    assert fits(network)
    assert not fits(copy.deepcopy(network).double())
    with torch.no_grad():
        assert not fits(network)
    with torch.autocast("cpu"):
        assert not fits(network)
    hook = network.low.register_forward_hook(lambda *_: None)
    assert not fits(network)
    hook.remove()
    network.recompute = True
    assert not fits(network)


def test_the_network_learns_the_same_with_native_code():
    config, weights, puzzle = drawn_case()
    network = in_torch(config, weights)
    batch = collate([puzzle, replace(puzzle, tokens=puzzle.tokens[::-1].copy())])
    carry = network.initial_carry(batch.tokens, batch.structure)
    factor = torch.from_numpy(np.random.default_rng(3).normal(size=config.vocabulary)).float()

    def gradients() -> dict[str, torch.Tensor]:
        network.zero_grad()
        _, output = network(carry, batch.tokens, None, batch.structure)
        ((output.logits.clamp(-50) * factor).mean() + output.q_halt.sum()).backward()
        return {n: p.grad.clone() for n, p in network.named_parameters() if p.grad is not None}

    ours = gradients()
    with use("plain"):
        theirs = gradients()
    assert ours.keys() == theirs.keys()
    for name, gradient in theirs.items():
        scale = max(float(gradient.abs().max()), 1e-3)
        torch.testing.assert_close(ours[name], gradient, rtol=1e-4, atol=1e-5 * scale)
