"""One update: a segment of every slot, and what is learned from it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from hrm_toolkit.solvers.networks.carries import disturbed
from hrm_toolkit.solvers.networks.network import Carry, Network, wants_halt
from hrm_toolkit.train.data.stream import Split, Stream
from hrm_toolkit.train.distributed import ALONE, Ranks
from hrm_toolkit.train.learner import Learner
from hrm_toolkit.train.objective import Loss, segment_loss
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.slots import Part, Slots, SlotState


class Update(NamedTuple):
    """What one update came to, over all ranks.

    Attributes:
        loss: of the segment.
        halts: slots whose network wants to halt.
        finite: whether loss and gradients were; where the guard is on, nothing was learned if not.
    """

    loss: Loss
    halts: Bool[Tensor, "b"]
    finite: bool


class _Found(NamedTuple):
    """What a segment of some rows came to: their carry, loss and wish to halt."""

    carry: Carry
    loss: Loss
    halts: Bool[Tensor, "b"]


def _joined(found: Sequence[_Found], parts: Sequence[Part]) -> _Found:
    """All rows: losses are means over rows, so each part counts by its own."""
    if len(found) == 1:
        return found[0]
    losses = [one.loss for one in found]
    sizes = torch.tensor([float(part.rows.stop - part.rows.start) for part in parts])
    shares = (sizes / sizes.sum()).to(losses[0].total.device)
    means = {
        name: (torch.stack([getattr(loss, name).float() for loss in losses]) * shares).sum()
        for name in Loss._fields
        if name != "exact"
    }
    return _Found(
        Carry(*(torch.cat(states) for states in zip(*(one.carry for one in found), strict=True))),
        Loss(**means, exact=torch.cat([loss.exact for loss in losses])),
        torch.cat([one.halts for one in found]),
    )


class Segments:
    """The slots of a run and the learner that they train.

    Each rank computes its own rows; the gradients and all that is decided are of the whole batch.

    Args:
        recipe: of the run.
        learner: what is trained.
        stream: where puzzles come from.
        device: where the network computes.
        state: of the slots, to go on from, with ``carry``.
        carry: of the slots in ``state``.
        ranks: that share the batch.

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
        ranks: Ranks = ALONE,
    ) -> None:
        self._recipe = recipe
        self._ranks = ranks
        self._learner = learner
        self._stream = stream
        self._device = device
        self.slots = Slots(stream, recipe.batch_size, device, state, carry, ranks)

    def renew(self) -> None:
        """Put new puzzles in every slot, since the carry may be what is wrong."""
        count, state = self._recipe.batch_size, self.slots.state.emptied()
        self.slots = Slots(self._stream, count, self._device, state, ranks=self._ranks)

    def update(self, number: int) -> Update:
        """Make update ``number``, counted from 1."""
        recipe, learner = self._recipe, self._learner
        carry, _, _ = self.slots.refill(learner.network)
        before = self._disturbed(carry, number)
        learner.forget()
        parts = self.slots.parts(recipe.accumulate)
        found = [self._learned(part, before, len(self.slots.rows)) for part in parts]
        learner.measure()
        carry, loss, halts = _joined(found, parts)
        if self._ranks.world > 1:
            loss, halts = self._of_all(loss, halts)
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

    def _learned(self, part: Part, before: Carry, count: int) -> _Found:
        """One segment of some rows, and its gradients on top of those of the others.

        Args:
            before: the carry of all ``count`` rows.
        """
        recipe, learner = self._recipe, self._learner
        rows = part.rows.stop - part.rows.start
        if rows < count:
            before = Carry(*(state[part.rows] for state in before))
        with economical(learner.network, recipe):
            batch = part.batch
            given = before, batch.tokens, batch.puzzle_ids, batch.structure
            with giving_carry(learner.network):
                carry, output = learner.network(*given)
            carry = in_dtype_of(carry, before)
            q_target = self._q_target(carry, part)
        now, hints = self._known(part)
        loss = segment_loss(
            output,
            part.labels,
            loss=recipe.loss,
            halt_weight=recipe.halt_weight,
            q_target=q_target,
            now=now,
            hints=hints,
            hint_weight=recipe.hint_weight,
        )
        # Rows are averaged: a part counts by its rows.
        learner.add(loss.total if rows == count else loss.total * (rows / count))
        halts = wants_halt(output, q_continue=recipe.q_continue)
        return _Found(carry, loss._replace(total=loss.total.detach()), halts)

    def _ages(self, part: Part) -> list[int]:
        return self.slots.state.ages[self.slots.own][part.rows]

    def _known(self, part: Part) -> tuple[Tensor | None, Tensor | None]:
        """Labels and hints of this segment where they advance by a stepwise method."""
        course, pace = part.course, self._recipe.pace
        if course is None:
            return None, None
        ages = torch.tensor(self._ages(part), device=self._device)
        steps = pace * (ages + 1).unsqueeze(1)
        labels = course.labels_at(steps, part.batch.tokens, part.labels)
        return labels, course.hints_at(steps)

    def _of_all(self, loss: Loss, halts: Bool[Tensor, "b"]) -> tuple[Loss, Bool[Tensor, "all"]]:
        """Gradients, losses and flags of this rank's rows made those of the whole batch."""
        count, own = self._recipe.batch_size, self.slots.own
        share = len(self.slots.rows) / count
        flags = halts.new_zeros((2, count), dtype=torch.float32)
        flags[:, own] = torch.stack([halts, loss.exact]).float()
        means = torch.stack(
            [
                loss.total.detach(),
                loss.answer,
                loss.halting,
                loss.continuing,
                loss.hinting,
                loss.accuracy,
            ]
        )
        sent = torch.cat([means.float() * share, flags.flatten()])
        found = self._learner.combine(self._ranks, share, sent)
        total, answer, halting, continuing, hinting, accuracy = found[:6]
        wants, exact = (found[6:] > 0).view(2, count)
        return Loss(total, answer, halting, continuing, hinting, exact, accuracy), wants

    def _disturbed(self, carry: Carry, number: int) -> Carry:
        """The carry with the noise on its fresh rows that the network is to be trained with."""
        fresh = self._learner.network.config.random_carry
        deviations = [0.0 if age else fresh for age in self.slots.state.ages]
        draw = [self._recipe.seed, Split.CARRY, number]
        return disturbed(carry, deviations, np.random.default_rng(draw), self.slots.own)

    def _q_target(self, carry: Carry, part: Part) -> Float[Tensor, "b"] | None:
        if self._learner.continuing is None:
            return None
        last = [age + 1 >= self._recipe.max_segments for age in self._ages(part)]
        flags = torch.tensor(last, device=self._device)
        return self._learner.continuing.target(carry, part.batch, flags)


@contextmanager
def economical(network: Network, recipe: Recipe) -> Iterator[None]:
    """Compute the network as the recipe's ``precision`` and ``checkpoint_gradients`` say.

    Weights, carries, losses and gradients stay in float32 either way. With checkpoints the memory
    of a segment grows with its updates by two states each, for one more forward of those with
    gradient; the gradients are the same.
    """
    device = next(network.parameters()).device.type
    low = recipe.precision == "bfloat16"
    network.recompute = recipe.checkpoint_gradients
    try:
        with torch.autocast(device, torch.bfloat16, enabled=low):
            yield
    finally:
        network.recompute = False


@contextmanager
def giving_carry(network: Network) -> Iterator[None]:
    """Let a segment write over the carry that it is given: the slots have the next one then."""
    network.gives_carry = True
    try:
        yield
    finally:
        network.gives_carry = False


def in_dtype_of(carry: Carry, like: Carry) -> Carry:
    """A carry in the dtype of another, so that rows of both can stand side by side."""
    return Carry(*(part.to(other.dtype) for part, other in zip(carry, like, strict=True)))
