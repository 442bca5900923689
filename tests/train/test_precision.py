"""Float32 against float64, step by step from one state.

Both start each step from the same numbers, so that no update amplifies an earlier rounding. What
float32 may be off by is measured where it runs: by how much the results move when each weight does
by one unit in the last place. No number here was chosen for a processor.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
import torch
from published_vectors import NETWORKS, exploration_of, rows_of, settings_of

from hrm_toolkit.solvers.networks.network import Carry
from hrm_toolkit.train.data.published import PublishedTraining, State

DRAWS = 3
MOST = 8.0
"""Roundings within a segment add up over its updates; one of each weight does so as well."""
FLOOR = 4.0
"""Units in the last place of the largest number: where nothing depends on the weights."""


def narrowed(training: PublishedTraining, state: State) -> tuple[PublishedTraining, State]:
    """The same training and state in float32."""
    training = copy.deepcopy(training)
    training.network.float()
    for kept in training.optimizer.state.values():
        kept.update({key: value.float() for key, value in kept.items()})
    return training, replace(state, carry=Carry(*(z.float() for z in state.carry)))


def widened(training: PublishedTraining, state: State) -> tuple[PublishedTraining, State]:
    """The same training and state in float64."""
    training = copy.deepcopy(training)
    training.network.double()
    for kept in training.optimizer.state.values():
        kept.update({key: value.double() for key, value in kept.items()})
    return training, replace(state, carry=Carry(*(z.double() for z in state.carry)))


def nudged(training: PublishedTraining, seed: int) -> PublishedTraining:
    """The same training, each weight moved by one unit in the last place."""
    training = copy.deepcopy(training)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weights in training.network.parameters():
            up = torch.rand(weights.shape, generator=generator) < 0.5
            towards = torch.where(up, torch.inf, -torch.inf)
            weights.copy_(torch.nextafter(weights, towards.to(weights.dtype)))
    return training


def stepped(training: PublishedTraining, state: State, *given: Any) -> dict[str, torch.Tensor]:
    """What one step computes: outputs, carry and gradients; the training moves on."""
    after, outcome = training.step(state, *given)
    found = {
        "logits": outcome.output.logits,
        "q_halt": outcome.output.q_halt,
        "q_continue": outcome.output.q_continue,
        "z_high": after.carry.z_high,
        "z_low": after.carry.z_low,
        "loss": outcome.total,
    }
    for name, weights in training.network.named_parameters():
        if weights.grad is not None:
            found[f"grad {name}"] = weights.grad
    return {key: value.detach().double() for key, value in found.items()}


@pytest.mark.parametrize("name", NETWORKS)
def test_float32_is_within_the_spread_of_one_unit_in_the_last_place(golden, name):
    vectors = golden(name)
    exact = PublishedTraining(vectors.network().double(), settings_of(vectors.facts))
    state = exact.start(rows_of(vectors, "batch0"))
    for number in (1, 2, 3):
        given = (
            rows_of(vectors, f"batch{number - 1}"),
            exploration_of(vectors, f"train/step{number}"),
        )
        narrow, low = narrowed(exact, state)
        wide, high = widened(narrow, low)
        neighbours = [stepped(nudged(narrow, seed), low, *given) for seed in range(DRAWS)]
        found, expected = stepped(narrow, low, *given), stepped(wide, high, *given)
        state, _ = exact.step(state, *given)
        for key, value in expected.items():
            spread = max(float((near[key] - found[key]).abs().max()) for near in neighbours)
            unit = torch.finfo(torch.float32).eps * float(value.abs().max())
            off = float((found[key] - value).abs().max())
            assert off <= MOST * spread + FLOOR * unit, f"step {number}: {key}"
