"""Q-continue: what going on is worth, learned from the segment after (arXiv 2506.21734)."""

from __future__ import annotations

import copy

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from hrm_toolkit.solvers.networks.batch import Batch
from hrm_toolkit.solvers.networks.network import Carry, Network
from hrm_toolkit.train.objective import continue_target


class Continuing:
    """Gives Q-continue its targets, by a second forward that carries no gradient.

    Args:
        network: in training.
        decay: share of itself that a target network keeps at each update; 0 has none, as
            published: the network in training gives its own targets.

    Attributes:
        network: what gives the targets.
    """

    def __init__(self, network: Network, decay: float) -> None:
        self._learner = network
        self._decay = decay
        self.network = copy.deepcopy(network).requires_grad_(False) if decay else network

    @torch.no_grad()
    def target(self, carry: Carry, batch: Batch, last: Bool[Tensor, "b"]) -> Float[Tensor, "b"]:
        """What going on is worth to each row, 0 to 1.

        Args:
            carry: after the segment that is being learned.
            batch: its inputs.
            last: rows whose last segment that was.
        """
        after = self.network(carry, batch.tokens, batch.puzzle_ids, batch.structure)[1]
        return continue_target(after, last)

    @torch.no_grad()
    def update(self) -> None:
        """Move the target network towards the one in training, after an update of that."""
        if self._decay:
            pairs = zip(self.network.parameters(), self._learner.parameters(), strict=True)
            for mine, learned in pairs:
                mine.lerp_(learned, 1 - self._decay)

    def state(self) -> dict[str, Tensor]:
        """Weights that a checkpoint must hold; none without a target network."""
        return dict(self.network.state_dict()) if self._decay else {}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from ``state``.

        Raises:
            RuntimeError: when it is of another network, or of none.
        """
        if self._decay:
            self.network.load_state_dict(state)
