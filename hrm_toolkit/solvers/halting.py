"""Rows in flight: a batch that advances segment by segment while rows halt and others join.

Rows of one batch have one shape (tokens, symbols), so nothing is padded and a row's answer is
that of a lone run. This is the inference half of adaptive computation time (arXiv 1603.08983, as
used in arXiv 2506.21734).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from hrm_toolkit.solvers.batch import Batch, collate
from hrm_toolkit.solvers.encoded import Encoded
from hrm_toolkit.solvers.model import Carry, Network, SegmentOutput

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Row(Generic[K]):
    """What one segment said of one row.

    Attributes:
        key: the name it was added under.
        segment: segments the row has had, from 1.
        logits: shape (L, V), on the CPU.
        q_halt: halting logit.
        q_continue: value logit of going on.
        wants_halt: whether the network would stop here.
        residual: root mean square of what the segment changed in the carry: how far the row is
            from standing still.
    """

    key: K
    segment: int
    logits: Float[Tensor, "l v"]
    q_halt: float
    q_continue: float
    wants_halt: bool
    residual: float


def wants_halt(output: SegmentOutput, *, q_continue: bool) -> Bool[Tensor, "b"]:
    """Rows that should halt: where that is worth more than going on, else where it is likelier
    than not that the answer is right."""
    return output.q_halt > (output.q_continue if q_continue else 0.0)


def residual(before: Carry, after: Carry) -> Float[Tensor, "b"]:
    """Root mean square over both states of what a segment changed in each row."""
    changes = [(new - old).flatten(1).float() for old, new in zip(before, after, strict=True)]
    squares = torch.stack([change.square_().sum(1) for change in changes]).sum(0)
    return torch.sqrt(squares / sum(change.shape[1] for change in changes))


def shape_class(encoded: Encoded) -> tuple[int, int]:
    """What rows of one batch must share: (L, C)."""
    return len(encoded.tokens), len(encoded.structure.symbols)


class Rolling(Generic[K]):
    """A rolling batch at inference.

    Args:
        network: in evaluation mode.
        device: where it computes.
    """

    def __init__(self, network: Network, device: torch.device) -> None:
        self._network = network
        self._device = device
        self._keys: list[K] = []
        self._encoded: list[Encoded] = []
        self._ages: list[int] = []
        self._carry: Carry | None = None
        self._batch: Batch | None = None

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def keys(self) -> tuple[K, ...]:
        """Names of the rows, in the order they joined."""
        return tuple(self._keys)

    def add(
        self,
        rows: Iterable[tuple[K, Encoded]],
        start: Callable[[Carry], Carry] | None = None,
    ) -> None:
        """Let rows join, each with a fresh carry. All rows have one ``shape_class``.

        Args:
            rows: names and puzzles.
            start: makes of the network's initial carry the one they begin with; None keeps it.
        """
        rows = list(rows)
        if not rows:
            return
        joining = collate([encoded for _, encoded in rows]).to(self._device)
        fresh = self._network.initial_carry(joining.tokens, joining.structure)
        if start is not None:
            fresh = start(fresh)
        if self._carry is None or not self._keys:
            self._carry = fresh
        else:
            both = zip(self._carry, fresh, strict=True)
            self._carry = Carry(*(torch.cat(pair) for pair in both))
        self._keys += [key for key, _ in rows]
        self._encoded += [encoded for _, encoded in rows]
        self._ages += [0] * len(rows)
        self._batch = None

    @torch.no_grad()
    def advance(self) -> list[Row[K]]:
        """One segment for every row, in the order they joined."""
        if self._carry is None or not self._keys:
            return []
        if self._batch is None:
            self._batch = collate(self._encoded).to(self._device)
        batch, before = self._batch, self._carry
        self._carry, output = self._network(before, batch.tokens, batch.puzzle_ids, batch.structure)
        self._ages = [age + 1 for age in self._ages]
        halt, go_on = output.q_halt.tolist(), output.q_continue.tolist()
        stops = wants_halt(output, q_continue=self._network.config.q_continue).tolist()
        moved = residual(before, self._carry).tolist()
        # One copy for all rows: each copy waits for the device.
        logits = output.logits.float().cpu()
        return [
            Row(key, age, logits[i], halt[i], go_on[i], stops[i], moved[i])
            for i, (key, age) in enumerate(zip(self._keys, self._ages, strict=True))
        ]

    def drop(self, keys: Iterable[K]) -> None:
        """Let rows leave the batch."""
        leaving = set(keys)
        if not leaving or self._carry is None:
            return
        stay = [i for i, key in enumerate(self._keys) if key not in leaving]
        self._carry = self._carry.rows(torch.tensor(stay, dtype=torch.long, device=self._device))
        self._keys = [self._keys[i] for i in stay]
        self._encoded = [self._encoded[i] for i in stay]
        self._ages = [self._ages[i] for i in stay]
        self._batch = None
