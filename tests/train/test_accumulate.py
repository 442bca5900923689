"""Gradients gathered over parts of a batch: the same update, less memory, resumable bit by bit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from hrm_toolkit.core import InputError
from hrm_toolkit.train.measure.estimate import probe
from hrm_toolkit.train.recipe import Recipe, changed
from hrm_toolkit.train.run import Run

SMALL = ["batch_size=7", "updates=6", "validations=1"]
KINDS = {
    "structured": [],
    "stepwise": ["pace=2", "network.high_cycles=2", "network.gradient_cycles=2"],
    "hrm": ["network.family=hrm", "network.width=8", "network.heads=2", "q_continue=true"],
}


def weights(run: Run) -> dict[str, Tensor]:
    return {name: p.detach().clone() for name, p in run.network.named_parameters()}


@pytest.mark.parametrize("kind", KINDS)
def test_parts_come_to_the_update_of_the_whole(kind: str, tiny: Recipe, tmp_path: Path) -> None:
    whole = changed(tiny, [*KINDS[kind], *SMALL, "data.sizes=[4,5]"])
    found = []
    for parts in (1, 3, 7):
        run = Run(changed(whole, [f"accumulate={parts}"]), tmp_path / str(parts))
        losses = [float(run.advance().answer) for _ in range(2)]
        found.append((losses, run.learner.norms, run.slots.state, run.slots.carry, weights(run)))
    losses, norms, state, carry, expected = found[0]
    for other_losses, other_norms, other_state, other_carry, other in found[1:]:
        assert other_losses == pytest.approx(losses, rel=1e-5)
        assert other_norms == pytest.approx(norms, rel=1e-3)
        assert other_state == state
        torch.testing.assert_close(other_carry, carry, rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(other, expected, rtol=1e-3, atol=1e-4)


def test_a_run_in_parts_resumes_bit_by_bit(tiny: Recipe, tmp_path: Path) -> None:
    recipe = changed(tiny, [*SMALL, "accumulate=3"])
    straight = Run(recipe, tmp_path / "straight")
    straight.train()
    stopped = Run(recipe, tmp_path / "stopped")
    for _ in range(3):
        stopped.advance()
    stopped.checkpoint()
    resumed = Run.resume(tmp_path / "stopped")
    resumed.train()
    assert all(map(torch.equal, weights(straight).values(), weights(resumed).values()))


def test_the_estimate_falls_with_the_part(tiny: Recipe) -> None:
    whole = changed(tiny, ["batch_size=8", "updates=6"])
    activations = [
        probe(changed(whole, [f"accumulate={parts}"]), seconds=0.0).memory_bytes["activations"]
        for parts in (1, 4)
    ]
    assert activations[1] < activations[0] / 2


def test_more_parts_than_slots_are_refused(tiny: Recipe) -> None:
    with pytest.raises(InputError, match="at most 7, its batch_size"):
        changed(tiny, ["batch_size=7", "accumulate=8"])
