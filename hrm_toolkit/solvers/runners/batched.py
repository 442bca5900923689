"""Rows side by side in one batch of torch, on any device.

Rows of one batch have one shape class, so that padding reaches no row and a row's answer is that
of a lone run. This is the inference half of adaptive computation time (arXiv 1603.08983, as used in
arXiv 2506.21734).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Hashable, Iterable
from contextlib import nullcontext
from typing import Any, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from hrm_toolkit.core import OptionError
from hrm_toolkit.solvers.inputs.batch import Batch, collate
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.solvers.networks.carries import restarted
from hrm_toolkit.solvers.networks.network import Carry, Network, SegmentOutput, wants_halt
from hrm_toolkit.solvers.runners.runner import Restart, Rolling, Row, Runner, arithmetic
from hrm_toolkit.solvers.runners.states import recorded, state_bytes, states_of

K = TypeVar("K", bound=Hashable)

_FLOPS = {"cpu": 2.5e10, "cuda": 5e12}


class BatchedRunner(Runner):
    """A network of torch that runs rows side by side.

    Args:
        network: in evaluation mode, on the device.
        device: where it computes.
    """

    def __init__(self, network: Network, device: torch.device) -> None:
        self.network, self.device = network, device
        self.rate = _FLOPS.get(device.type, _FLOPS["cpu"])
        self.config = network.config
        self.parameters = network.parameter_count()

    def rolling(self) -> Rolling[Any]:
        """See ``Runner.rolling``."""
        return Batched(self.network, self.device)

    def shape_class(self, encoded: Encoded) -> tuple[int, int]:
        """(L, C), or where padding reaches no row, C and L to within a factor of four, beyond
        which rows would be mostly padding."""
        length, symbols = len(encoded.tokens), len(encoded.structure.symbols)
        return (length.bit_length() // 2 if self.network.mixes_lengths else length), symbols

    def operations(self, places: int) -> float:
        """See ``Runner.operations``."""
        weights = sum(
            parameter.numel()
            for name, parameter in self.network.named_parameters()
            if parameter.ndim > 1 and "embed" not in name
        )
        return arithmetic(self.config, weights, places)

    def require_room(self, segments: int, each: int) -> None:
        """See ``Runner.require_room``."""
        if not self.network.levels:
            family = self.config.family
            raise OptionError(f"a {family} network shows no states between its updates")
        super().require_room(segments, each)


class Batched(Rolling[K]):
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
        self._ahead: list[deque[Row[K]]] = []
        self._batch: tuple[list[int], Batch] | None = None

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def keys(self) -> tuple[K, ...]:
        """See ``Rolling.keys``."""
        return tuple(self._keys)

    def add(self, rows: Iterable[tuple[K, Encoded]], restart: Restart | None = None) -> None:
        """See ``Rolling.add``."""
        rows = list(rows)
        if not rows:
            return
        joining = collate([encoded for _, encoded in rows]).to(self._device)
        fresh = self._network.initial_carry(joining.tokens, joining.structure)
        if restart is not None:
            fresh = restarted(fresh, restart.noise(*fresh.z_high.shape[1:]))
        fresh = _without_padding(fresh, _lengths(encoded for _, encoded in rows))
        if self._carry is None or not self._keys:
            self._carry = fresh
        else:
            both = zip(self._carry, fresh, strict=True)
            self._carry = Carry(*(torch.cat(_to_one_length(*pair)) for pair in both))
        self._keys += [key for key, _ in rows]
        self._encoded += [encoded for _, encoded in rows]
        self._ages += [0] * len(rows)
        self._ahead += [deque() for _ in rows]
        self._batch = None

    @property
    def state_bytes(self) -> int:
        """See ``Rolling.state_bytes``."""
        return 0 if self._carry is None else state_bytes(self._network, self._carry)

    @torch.no_grad()
    def advance(self, *, states: bool = False, most: int = 1) -> list[Row[K]]:
        """See ``Rolling.advance``. Where it pays, several segments of the network run at once, and
        what is said of the later ones waits here until they are asked for."""
        if self._carry is None or not self._keys:
            return []
        if states and any(self._ahead):
            raise OptionError("states are kept from the first segment on, or not at all")
        if not all(self._ahead):
            ahead = 1 if states else self._network.ahead
            # A row that has still to say that it wants to halt is not run beyond that.
            runs = [
                i
                for i, rows in enumerate(self._ahead)
                if not rows or (len(rows) < ahead and not rows[-1].wants_halt)
            ]
            self._run(runs, ahead, states=states)
        self._ages = [age + 1 for age in self._ages]
        return [rows.popleft() for rows in self._ahead]

    def _run(self, index: list[int], most: int, *, states: bool) -> None:
        """Run some rows ahead."""
        if self._carry is None:
            return
        everyone = len(index) == len(self._keys)
        batch, before = self._collated(index), self._carry
        chosen = torch.tensor(index, device=self._device)
        if not everyone:
            before = before.rows(chosen)
        with recorded(self._network) if states else nullcontext(list[Tensor]()) as updates:
            ran = self._network.run(before, batch.tokens, batch.puzzle_ids, batch.structure, most)
        if everyone:
            self._carry = ran.carry
        else:
            both = zip(self._carry, ran.carry, strict=True)
            self._carry = Carry(*(old.index_copy(0, chosen, new) for old, new in both))
        seen = states_of(self._network, updates, before, batch.structure) if states else None
        # One copy for all rows: each copy waits for the device.
        logits, count = ran.logits.float().cpu().numpy(), ran.segments.tolist()
        output = SegmentOutput(ran.logits[0], ran.q_halt.flatten(), ran.q_continue.flatten())
        wants = wants_halt(output, q_continue=self._network.config.q_continue)
        stops = wants.view_as(ran.q_halt).tolist()
        halt, go_on, moved = ran.q_halt.tolist(), ran.q_continue.tolist(), ran.moved.tolist()
        numbers = sum(state[0].numel() for state in before) / before.z_high.shape[1]
        for n, i in enumerate(index):
            length = len(self._encoded[i].tokens)
            size = numbers * (length if self._network.mixes_lengths else before.z_high.shape[1])
            age = self._ages[i] + len(self._ahead[i])
            for s in range(count[n]):
                said = logits[s, n, :length]
                row = Row(
                    self._keys[i],
                    age + s + 1,
                    said,
                    said.argmax(-1).astype(np.int32),
                    halt[s][n],
                    go_on[s][n],
                    stops[s][n],
                    math.sqrt(moved[s][n] / size),
                    None if seen is None else seen(n, length),
                )
                self._ahead[i].append(row)

    def _collated(self, index: list[int]) -> Batch:
        """Some rows as a batch, as long as the carry."""
        if self._batch is None or self._batch[0] != index:
            longest = max(_lengths(self._encoded))
            rows = collate([self._encoded[i] for i in index], length=longest)
            self._batch = index, rows.to(self._device)
        return self._batch[1]

    def drop(self, keys: Iterable[K]) -> None:
        """See ``Rolling.drop``."""
        leaving = set(keys)
        if not leaving or self._carry is None:
            return
        stay = [i for i, key in enumerate(self._keys) if key not in leaving]
        self._carry = self._carry.rows(torch.tensor(stay, dtype=torch.long, device=self._device))
        self._keys = [self._keys[i] for i in stay]
        self._encoded = [self._encoded[i] for i in stay]
        if self._network.mixes_lengths and stay:
            longest = max(_lengths(self._encoded))
            self._carry = Carry(*(state[:, :longest] for state in self._carry))
        self._ages = [self._ages[i] for i in stay]
        self._ahead = [self._ahead[i] for i in stay]
        self._batch = None


def _lengths(rows: Iterable[Encoded]) -> list[int]:
    return [len(encoded.tokens) for encoded in rows]


def _without_padding(carry: Carry, lengths: list[int]) -> Carry:
    """Zeros where rows have no token: what a row's first residual is must not depend on others."""
    if min(lengths) == max(lengths):
        return carry
    ends = torch.tensor(lengths, device=carry.z_high.device).unsqueeze(1)
    there = torch.arange(max(lengths), device=ends.device) < ends

    def cleared(state: Tensor) -> Tensor:
        return state * there.view(*there.shape, *[1] * (state.ndim - 2))

    return Carry(*map(cleared, carry))


def _to_one_length(*states: Tensor) -> list[Tensor]:
    """States of two batches, of (B, L, ...), with zeros up to the longer L."""
    longest = max(state.shape[1] for state in states)
    return [
        F.pad(state, (*[0, 0] * (state.ndim - 2), 0, longest - state.shape[1])) for state in states
    ]
