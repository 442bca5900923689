"""A script for torchrun: the command line, whose last rank is killed once, within an update."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from typing import Any

import torch

from hrm_toolkit.cli import main
from hrm_toolkit.train.distributed import launched
from hrm_toolkit.train.learner import Learner

UPDATE = 10


def die_at(update: int) -> None:
    """Have this process killed before it has the gradients of its ``update``-th update."""
    backward = Learner.add
    numbers = itertools.count(1)

    def killed(self: Any, loss: torch.Tensor) -> None:
        if next(numbers) == update:
            os.kill(os.getpid(), signal.SIGKILL)
        backward(self, loss)

    Learner.add = killed  # type: ignore[method-assign]


if __name__ == "__main__":
    ranks = launched(os.environ)
    if ranks.rank == ranks.world - 1 and not ranks.restarts:
        die_at(UPDATE)
    sys.exit(main())
