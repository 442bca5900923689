"""The protocol of networks: carry in, carry and outputs out. No labels, slots or losses here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from hrm_toolkit.core import OptionError
from hrm_toolkit.solvers.inputs.batch import StructureBatch
from hrm_toolkit.solvers.inputs.config import NetworkConfig


class Carry(NamedTuple):
    """The two recurrent states between segments, detached.

    Shapes are the family's own; axis 0 is always the batch, so rows can be selected.
    """

    z_high: Tensor
    z_low: Tensor

    def rows(self, index: Tensor) -> Carry:
        """The carry of the chosen rows."""
        return Carry(self.z_high[index], self.z_low[index])


class SegmentOutput(NamedTuple):
    """What one segment says.

    Attributes:
        logits: token scores, shape (B, L, V).
        q_halt: halting logit, shape (B,), float32; its sigmoid estimates that the answer is right.
        q_continue: value logit of going on, shape (B,), float32.
        hints: in training, scores of what forces each position's answer next, shape (B, L, H);
            None of networks that are not taught it.
    """

    logits: Float[Tensor, "b l v"]
    q_halt: Float[Tensor, "b"]
    q_continue: Float[Tensor, "b"]
    hints: Float[Tensor, "b l h"] | None = None


class Ran(NamedTuple):
    """What a run of up to S segments came to, each row's until it wanted to halt.

    Attributes:
        carry: of each row after its last segment.
        logits: token scores after each segment, shape (S, B, L, V).
        q_halt: halting logits, shape (S, B), float32.
        q_continue: value logits of going on, likewise.
        moved: sum of squares of what each segment changed in a row's carry, shape (S, B), float32.
        segments: that each row had, shape (B,). What is said beyond is of no use.
    """

    carry: Carry
    logits: Float[Tensor, "s b l v"]
    q_halt: Float[Tensor, "s b"]
    q_continue: Float[Tensor, "s b"]
    moved: Float[Tensor, "s b"]
    segments: Int[Tensor, "b"]


def wants_halt(output: SegmentOutput, *, q_continue: bool) -> Bool[Tensor, "b"]:
    """Tell the rows that should halt: where that is worth more than going on, else where it is
    likelier than not that the answer is right."""
    return output.q_halt > (output.q_continue if q_continue else 0.0)


class Network(nn.Module, ABC):
    """A recurrent network: ``network(carry, tokens, puzzle_ids, structure)`` is one segment.

    Attributes:
        config: its configuration.
        mixes_lengths: whether rows of other lengths change nothing for a row, so that a batch may
            have both; axis 1 of a carry is then L.
        recompute: whether the backward pass computes each update again from what it was given,
            which is then all that a segment keeps of it.
        gives_carry: whether a segment may write the next carry over the one that it is given, and
            leave as it was there what nothing reads. Who sets it does not use that one again.
    """

    config: NetworkConfig
    mixes_lengths: ClassVar[bool] = False
    recompute: bool = False
    gives_carry: bool = False

    @property
    def puzzle_table(self) -> nn.Parameter | None:
        """The puzzle embedding, a row an id; None for a network that has none."""
        return None

    @property
    def levels(self) -> tuple[nn.Module, ...]:
        """The modules whose calls are the updates: each is given a state first and returns it
        updated, ``low_cycles`` low ones, then a high one, ``high_cycles`` times. Empty for a
        network that has none of this kind."""
        return ()

    def as_carry(self, state: Tensor, carry: Carry, structure: StructureBatch) -> Tensor:
        """A state between two updates in the shape that it has in the carry."""
        return state

    @abstractmethod
    def initial_carry(self, tokens: Int[Tensor, "b l"], structure: StructureBatch) -> Carry:
        """The carry before the first segment."""

    @abstractmethod
    def forward(
        self,
        carry: Carry,
        tokens: Int[Tensor, "b l"],
        puzzle_ids: Int[Tensor, "b"] | None,
        structure: StructureBatch,
    ) -> tuple[Carry, SegmentOutput]:
        """One segment.

        Args:
            carry: from ``initial_carry`` or the segment before.
            tokens: padded with 0 at the right.
            puzzle_ids: rows of the puzzle embedding, 0 for none; None where the network has none.
            structure: the batch's declared structure.

        Returns:
            The next carry, detached, and the outputs.
        """

    @property
    def ahead(self) -> int:
        """How many segments it pays to run at once, where nobody decides between them."""
        return 1

    def run(
        self,
        carry: Carry,
        tokens: Int[Tensor, "b l"],
        puzzle_ids: Int[Tensor, "b"] | None,
        structure: StructureBatch,
        most: int,
    ) -> Ran:
        """Segments of each row until it wants to halt, at most ``most``; without gradient.

        Args:
            carry: from ``initial_carry`` or an earlier segment.
            tokens: as of ``forward``, like the others.
            most: at least 1.
        """
        outputs, moved = [], []
        count = torch.zeros(len(tokens), dtype=torch.long, device=tokens.device)
        runs = torch.ones_like(count, dtype=torch.bool)
        for _ in range(most):
            with torch.no_grad():
                after, output = self(carry, tokens, puzzle_ids, structure)
            moved.append(_squares(carry, after))
            outputs.append(output)
            if count.any():
                both = zip(carry, after, strict=True)
                after = Carry(*(torch.where(_along(runs, old), new, old) for old, new in both))
            carry = after
            count += runs
            runs &= ~wants_halt(output, q_continue=self.config.q_continue)
            if not runs.any():
                break
        return Ran(
            carry,
            torch.stack([one.logits for one in outputs]),
            torch.stack([one.q_halt for one in outputs]),
            torch.stack([one.q_continue for one in outputs]),
            torch.stack(moved),
            count,
        )

    def parameter_count(self) -> int:
        """Number of trained numbers."""
        return sum(p.numel() for p in self.parameters())


def _squares(before: Carry, after: Carry) -> Float[Tensor, "b"]:
    """Sum of squares over both states of what a segment changed in each row."""
    changes = [(new - old).flatten(1).float() for old, new in zip(before, after, strict=True)]
    return torch.stack([change.square_().sum(1) for change in changes]).sum(0)


def _along(rows: Bool[Tensor, "b"], state: Tensor) -> Tensor:
    """(B,) -> (B, 1, ...), to stand beside a state."""
    return rows.view(-1, *[1] * (state.ndim - 1))


def placed(network: Network, device: str | torch.device) -> Network:
    """Put a network on a device, in evaluation mode.

    Raises:
        OptionError: when this machine, or this build of torch, has no such device.
    """
    try:
        return network.eval().to(torch.device(device))
    except (RuntimeError, AssertionError) as error:
        raise OptionError(
            f'the device "{device}" cannot be used: {error}',
            expected="cpu, or a device that torch has here",
            hint='see "hrm-toolkit doctor"',
        ) from None
