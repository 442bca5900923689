"""Bundles on a CPU without torch say what they say in torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from hrm_toolkit.solvers.bundles.bundle import bundled_names
from hrm_toolkit.solvers.inputs.batch import collate
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.solvers.kernels.cpu import Recurrence, available
from hrm_toolkit.solvers.networks.structured import Structured
from hrm_toolkit.solvers.solver import Solver

SIZES = {"graph": 24, "maze": 12, "sudoku": 9, "sudoku-4x4": 4, "constraints": 6}
BACKENDS = ["plain", "cpu"] if available() is None else ["plain"]


def puzzles_of(solver: Solver, size: int, count: int) -> list[Encoded]:
    rngs = [np.random.default_rng([5, index]) for index in range(count)]
    made = [solver.adapter.generate(rng, size=size).puzzle for rng in rngs]
    return [solver.proposer().encode(puzzle) for puzzle in made]


def logits_in_torch(network: Structured, puzzle: Encoded, segments: int) -> list[Any]:
    batch = collate([puzzle])
    carry = network.initial_carry(batch.tokens, batch.structure)
    found = []
    with torch.no_grad():
        for _ in range(segments):
            carry, output = network(carry, batch.tokens, None, batch.structure)
            found.append(output.logits[0].numpy())
    return found


def recurrence_of(network: Structured, backend: Any) -> Recurrence:
    weights = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    return Recurrence(network.config, weights, backend)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", bundled_names())
def test_the_first_segment_of_a_bundle_is_that_of_torch(name, backend):
    solver = Solver.load(name)
    recurrence = recurrence_of(solver.network, backend)
    for puzzle in puzzles_of(solver, SIZES[name], 4):
        (theirs,) = logits_in_torch(solver.network, puzzle, 1)
        prepared = recurrence.prepare(puzzle)
        ours = recurrence.run(prepared, recurrence.start(prepared)).logits
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=2e-4)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ["graph", "maze"])
def test_mazes_and_graphs_have_the_answers_of_torch_in_every_segment(name, backend):
    solver = Solver.load(name)
    recurrence = recurrence_of(solver.network, backend)
    for puzzle in puzzles_of(solver, SIZES[name], 3):
        prepared = recurrence.prepare(puzzle)
        state = recurrence.start(prepared)
        for theirs in logits_in_torch(solver.network, puzzle, 32):
            tokens = recurrence.run(prepared, state).tokens
            assert tokens.tolist() == theirs.argmax(1).tolist()
