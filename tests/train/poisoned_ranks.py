"""A script for torchrun: a run in which the last rank's gradients are once not finite."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch

from hrm_toolkit.train.distributed import Ranks, joined
from hrm_toolkit.train.learner import Learner
from hrm_toolkit.train.recipe import read_recipe
from hrm_toolkit.train.run import Run

UPDATE = 5


def train_poisoned(recipe: Path, out: Path, ranks: Ranks) -> Run:
    """Train with a NaN in the last rank's share of one update."""
    run = Run(read_recipe(recipe), out, ranks=ranks)
    with torch.no_grad():
        # Rows that want to halt from the start, so that exploration parts their ages.
        run.network.get_parameter("halt_head.bias").copy_(torch.tensor([1.0, 0.0]))
    backward = Learner.add

    def poisoned(self: Any, loss: torch.Tensor) -> None:
        bad = run.counters.update + 1 == UPDATE and ranks.rank == ranks.world - 1
        backward(self, loss * float("nan") if bad else loss)

    Learner.add = poisoned  # type: ignore[method-assign]
    try:
        run.train()
    finally:
        Learner.add = backward  # type: ignore[method-assign]
    return run


if __name__ == "__main__":
    with joined("cpu") as (ranks, _):
        run = train_poisoned(Path(sys.argv[1]), Path(sys.argv[2]), ranks)
        print(f"rank {ranks.rank}: {run.guard.state.events} events, {run.slots.rows} of the slots")
