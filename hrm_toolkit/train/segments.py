"""One update: a segment of every slot, and what is learned from it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from hrm_toolkit.solvers.batch import Batch
from hrm_toolkit.solvers.carries import disturbed
from hrm_toolkit.solvers.model import Carry
from hrm_toolkit.train.data import Split, Stream
from hrm_toolkit.train.learner import Learner
from hrm_toolkit.train.objective import Loss, segment_loss, wants_halt
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.slots import Slots, SlotState


class Update(NamedTuple):
    """What one update came to.

    Attributes:
        loss: of the segment.
        halts: slots whose network wants to halt.
        finite: whether loss and gradients were; where the guard is on, nothing was learned if not.
    """

    loss: Loss
    halts: Bool[Tensor, "b"]
    finite: bool


class Segments:
    """The slots of a run and the learner that they train.

    Args:
        recipe: of the run.
        learner: what is trained.
        stream: where puzzles come from.
        device: where the network computes.
        state: of the slots, to go on from, with ``carry``.
        carry: of the slots in ``state``.

    Raises:
        ValueError: for a state of another number of slots.
    """

    def __init__(
        self,
        recipe: Recipe,
        learner: Learner,
        stream: Stream,
        device: torch.device,
        state: SlotState | None = None,
        carry: Carry | None = None,
    ) -> None:
        self._recipe = recipe
        self._learner = learner
        self._stream = stream
        self._device = device
        self.slots = Slots(stream, recipe.batch_size, device, state, carry)

    def renew(self) -> None:
        """Put new puzzles in every slot, since the carry may be what is wrong."""
        count, state = self._recipe.batch_size, self.slots.state.emptied()
        self.slots = Slots(self._stream, count, self._device, state)

    def update(self, number: int) -> Update:
        """Make update ``number``, counted from 1."""
        recipe, learner = self._recipe, self._learner
        carry, batch, labels = self.slots.refill(learner.network)
        carry = self._disturbed(carry, number)
        carry, output = learner.network(carry, batch.tokens, batch.puzzle_ids, batch.structure)
        loss = segment_loss(
            output,
            labels,
            loss=recipe.loss,
            halt_weight=recipe.halt_weight,
            q_target=self._q_target(carry, batch),
        )
        learner.backward(loss.total)
        halts = wants_halt(output, q_continue=recipe.q_continue)
        finite = math.isfinite(float(loss.total.detach()) + learner.norms["total"])
        if recipe.guard.enabled and not finite:
            self.renew()
            return Update(loss, halts, finite)
        learner.step(number)
        self.slots.advance(
            carry,
            halts,
            np.random.default_rng([recipe.seed, Split.EXPLORATION, number]),
            max_segments=recipe.max_segments,
            exploration=recipe.halt_exploration,
        )
        return Update(loss, halts, finite)

    def _disturbed(self, carry: Carry, number: int) -> Carry:
        """The carry with what the recipe adds: to fresh rows another deviation than to others."""
        fresh, later = self._learner.network.config.random_carry, self._recipe.carry_noise
        deviations = [later if age else fresh for age in self.slots.state.ages]
        draw = [self._recipe.seed, Split.CARRY, number]
        return disturbed(carry, deviations, np.random.default_rng(draw))

    def _q_target(self, carry: Carry, batch: Batch) -> Float[Tensor, "b"] | None:
        if self._learner.continuing is None:
            return None
        last = [age + 1 >= self._recipe.max_segments for age in self.slots.state.ages]
        flags = torch.tensor(last, device=self._device)
        return self._learner.continuing.target(carry, batch, flags)
