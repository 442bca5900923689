"""The loss of one segment: cross-entropy of the answer, and of the halting estimate."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from hrm_toolkit.core import NOT_YET, PAD, Process
from hrm_toolkit.solvers.inputs.batch import Batch, pad_tokens
from hrm_toolkit.solvers.kernels.ops import row_entropies
from hrm_toolkit.solvers.networks.network import Carry, Network, SegmentOutput


class Loss(NamedTuple):
    """Loss and counts of one segment.

    Attributes:
        total: to differentiate; a mean over rows.
        answer: mean over rows of the mean cross-entropy over scored positions, nats.
        halting: mean over rows of the halting cross-entropy, nats.
        continuing: mean over rows of the cross-entropy of going on, nats; 0 without a target.
        hinting: mean over rows of the mean cross-entropy of the hints, nats; 0 without any.
        exact: rows whose every scored position is right, shape (B,).
        accuracy: share of scored positions that are right, 0 to 1.
    """

    total: Float[Tensor, ""]
    answer: Float[Tensor, ""]
    halting: Float[Tensor, ""]
    continuing: Float[Tensor, ""]
    hinting: Float[Tensor, ""]
    exact: Bool[Tensor, "b"]
    accuracy: Float[Tensor, ""]


def segment_loss(
    output: SegmentOutput,
    labels: Int[Tensor, "b l"],
    *,
    loss: Literal["softmax", "stablemax"] = "softmax",
    halt_weight: float = 0.5,
    q_target: Float[Tensor, "b"] | None = None,
    unscored: int = PAD,
    now: Int[Tensor, "b l"] | None = None,
    hints: Int[Tensor, "b l"] | None = None,
    hint_weight: float = 1.0,
) -> Loss:
    """The loss of one segment; label ``unscored`` (0, or -100 as published) is not scored.

    Each row's cross-entropy is averaged over its scored positions, then rows are averaged. The
    halting target is whether the row is exactly right; ``q_target``, from ``continue_target``, that
    of going on.

    Args:
        now: what the answer should be by this segment, where that is not yet ``labels``.
        hints: what should be known by this segment besides, 0 where nothing is scored.
        hint_weight: of the loss of the hints.
    """
    targets = labels if now is None else now
    rows, right, count = row_entropies(
        output.logits, targets, labels, unscored, loss == "stablemax"
    )
    answer, exact = rows.mean(), right == count
    halting = F.binary_cross_entropy_with_logits(output.q_halt, exact.to(output.q_halt.dtype))
    total = answer + halt_weight * halting
    continuing = hinting = torch.zeros_like(halting)
    if hints is not None and output.hints is not None:
        told, _, _ = row_entropies(output.hints, hints, hints, PAD, loss == "stablemax")
        hinting = told.mean()
        total = total + hint_weight * hinting
    if q_target is not None:
        continuing = F.binary_cross_entropy_with_logits(output.q_continue, q_target)
        total = total + halt_weight * continuing
    accuracy = right.sum() / count.sum().clamp(min=1)
    answer, halting, continuing, hinting = (
        part.detach() for part in (answer, halting, continuing, hinting)
    )
    return Loss(total, answer, halting, continuing, hinting, exact, accuracy)


def continue_target(after: SegmentOutput, last: Bool[Tensor, "b"]) -> Float[Tensor, "b"]:
    """What going on is worth: the better choice after the next segment.

    As published (arXiv 2506.21734), without reward before the end.

    Args:
        after: outputs of the next segment, on the same puzzles.
        last: rows that may not go on after it, for which only halting counts.
    """
    better = torch.maximum(after.q_halt, after.q_continue)
    return torch.where(last, after.q_halt, better).sigmoid().detach()


class Course(NamedTuple):
    """``core.Process`` of each row of a batch, shape (B, L) each, padded with 0 at the right."""

    hints: Int[Tensor, "b l"]
    hint_steps: Int[Tensor, "b l"]
    label_steps: Int[Tensor, "b l"]

    @classmethod
    def of(cls, processes: Sequence[Process], length: int, device: torch.device) -> Course:
        """Of one process a row."""
        columns = ("hints", "hint_steps", "label_steps")
        return cls(
            *(
                pad_tokens([getattr(process, name) for process in processes], length).to(device)
                for name in columns
            )
        )

    def hints_at(self, steps: Int[Tensor, "b 1"]) -> Int[Tensor, "b l"]:
        """What each row's method knows after so many steps; 0 where nothing is scored."""
        known = (self.hint_steps <= steps) | (self.hints == 0)
        return torch.where(known, self.hints, NOT_YET)

    def labels_at(
        self, steps: Int[Tensor, "b 1"], tokens: Int[Tensor, "b l"], labels: Int[Tensor, "b l"]
    ) -> Int[Tensor, "b l"]:
        """The labels that are known after so many steps; elsewhere the tokens that were given."""
        known = (self.label_steps <= steps) | (labels == 0)
        return torch.where(known, labels, tokens)


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
