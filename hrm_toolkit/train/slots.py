"""Rolling slots: a batch in which each row is replaced on its own when its puzzle halts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from hrm_toolkit.solvers.inputs.batch import Batch, collate, pad_tokens
from hrm_toolkit.solvers.networks.network import Carry, Network
from hrm_toolkit.train.data.stream import Shown, Stream
from hrm_toolkit.train.distributed import ALONE, Ranks
from hrm_toolkit.train.objective import Course


@dataclass
class SlotState:
    """What a checkpoint keeps of the slots.

    Attributes:
        numbers: which showing each slot holds.
        ages: segments each has had.
        halted: which are to be replaced.
        following: the next showing.
        length: L, tokens of the widest batch so far.
        symbols: C, symbols of the widest batch so far.
    """

    numbers: list[int]
    ages: list[int]
    halted: list[bool]
    following: int
    length: int = 0
    symbols: int = 0

    def emptied(self) -> SlotState:
        """The same, with every slot to be replaced."""
        count = len(self.numbers)
        return replace(self, numbers=[-1] * count, ages=[0] * count, halted=[True] * count)


class Part(NamedTuple):
    """Rows of a batch that are computed together.

    Attributes:
        rows: which, among this rank's.
        batch: their inputs.
        labels: shape (B, L).
        course: of their stepwise methods, where they are shown.
    """

    rows: slice
    batch: Batch
    labels: Tensor
    course: Course | None


class Slots:
    """The training batch, or one rank's rows of it.

    Every rank keeps the state of all slots and so numbers showings as one rank would; puzzles and
    carry it has for its own rows alone.

    Args:
        stream: where examples come from.
        count: B, over all ranks.
        device: where the network computes.
        state: to go on from, with ``carry``.
        carry: of all slots in ``state``.
        ranks: that share the batch.

    Attributes:
        course: of the stepwise methods to the labels of this rank's rows, where they are shown.
    """

    def __init__(
        self,
        stream: Stream,
        count: int,
        device: torch.device,
        state: SlotState | None = None,
        carry: Carry | None = None,
        ranks: Ranks = ALONE,
    ) -> None:
        self._stream = stream
        self._device = device
        self._ranks = ranks
        self.rows = ranks.rows(count)
        self.state = state or SlotState([-1] * count, [0] * count, [True] * count, 0)
        found = {len(part) for part in (self.state.numbers, self.state.ages, self.state.halted)}
        if found != {count}:
            raise ValueError(f"{sorted(found)} slots where the batch has {count}")
        self._shown: dict[int, Shown] = {
            i: stream.show(self.state.numbers[i]) for i in self.rows if not self.state.halted[i]
        }
        self.carry = None if carry is None else Carry(*(part[self.own] for part in carry))
        self._batch: Batch | None = None
        self._labels: Tensor | None = None
        self.course: Course | None = None
        self._parts: list[Part] = []

    @property
    def own(self) -> slice:
        """This rank's rows."""
        return slice(self.rows.start, self.rows.stop)

    def whole_carry(self) -> Carry | None:
        """The carry of all slots; every rank asks for it together."""
        if self.carry is None:
            return None
        return Carry(*(self._ranks.spread(part, len(self.state.ages)) for part in self.carry))

    def refill(self, network: Network) -> tuple[Carry, Batch, Int[Tensor, "b l"]]:
        """Replace halted slots; returns carry, inputs and labels of this rank's rows."""
        state = self.state
        replaced = [i for i, halted in enumerate(state.halted) if halted]
        for i in replaced:
            if i in self.rows:
                self._shown[i] = self._stream.show(state.following)
            state.numbers[i], state.ages[i], state.halted[i] = state.following, 0, False
            state.following += 1
        if replaced or self._batch is None or self._labels is None:
            shown = [self._shown[i] for i in self.rows]
            # The widest batch so far sets the padding, so that carries keep their shape.
            length = max(state.length, *(len(item.labels) for item in shown))
            symbols = (len(item.encoded.structure.symbols) for item in shown)
            widest = self._ranks.most([length, max(state.symbols, *symbols)])
            state.length, state.symbols = map(int, widest)
            self._batch, self._labels, self.course = self._collated(shown)
            self._parts = []
        if replaced or self.carry is None:
            fresh = network.initial_carry(self._batch.tokens, self._batch.structure)
            here = [i - self.rows.start for i in replaced if i in self.rows]
            self.carry = _renew(self.carry, fresh, here)
        return self.carry, self._batch, self._labels

    def _collated(self, shown: Sequence[Shown]) -> tuple[Batch, Tensor, Course | None]:
        """Inputs, labels and course of some rows, as wide as the widest batch so far."""
        length = self.state.length
        encoded = [item.encoded for item in shown]
        batch = collate(encoded, length=length, symbols=self.state.symbols)
        labels = pad_tokens([item.labels for item in shown], length)
        courses = [item.process for item in shown if item.process is not None]
        course = Course.of(courses, length, self._device) if courses else None
        return batch.to(self._device), labels.to(self._device), course

    def parts(self, count: int) -> list[Part]:
        """The rows of the last ``refill`` in ``count`` parts, as even as can be; none is empty."""
        rows = len(self.rows)
        if count == 1 and self._batch is not None and self._labels is not None:
            return [Part(slice(0, rows), self._batch, self._labels, self.course)]
        if not self._parts:
            ends = [rows * number // count for number in range(count + 1)]
            for begin, end in pairwise(ends):
                if end > begin:
                    shown = [self._shown[i] for i in self.rows[begin:end]]
                    self._parts.append(Part(slice(begin, end), *self._collated(shown)))
        return self._parts

    def advance(
        self,
        carry: Carry,
        wants_halt: Bool[Tensor, "all"],
        rng: np.random.Generator,
        *,
        max_segments: int,
        exploration: float,
    ) -> None:
        """Age every slot by one segment and mark those that halt.

        A slot halts at its last segment, or when the network wants to and has had the least
        number of segments, which exploration raises now and then (arXiv 2506.21734).

        Args:
            carry: of this rank's rows after the segment.
            wants_halt: of all slots.
            rng: drawn from, for all slots.
            max_segments: after which a slot halts whatever it wants.
            exploration: chance that a slot must have a drawn number of segments.
        """
        self.carry = carry
        count = len(self.state.ages)
        explored = rng.random(count) < exploration
        least = np.where(explored, rng.integers(2, max(max_segments, 2) + 1, count), 0)
        wants = wants_halt.tolist()
        for i in range(count):
            self.state.ages[i] += 1
            age = self.state.ages[i]
            self.state.halted[i] = age >= max_segments or (wants[i] and age >= int(least[i]))


def _renew(old: Carry | None, fresh: Carry, replaced: list[int]) -> Carry:
    """Fresh rows for the replaced slots; the others keep theirs, padded where the batch grew."""
    if old is None:
        return fresh
    rows = torch.tensor(replaced, dtype=torch.long, device=fresh.z_high.device)
    parts = []
    for before, new in zip(old, fresh, strict=True):
        kept = before
        if before.shape != new.shape:
            kept = new.clone()
            kept[tuple(slice(0, n) for n in before.shape)] = before
        parts.append(kept.index_copy_(0, rows, new[rows]))
    return Carry(*parts)
