"""Rows side by side in one batch of torch, on any device.

Rows of one batch have one shape class, so that padding reaches no row and a row's answer is that
of a lone run. This is the inference half of adaptive computation time (arXiv 1603.08983, as used in
arXiv 2506.21734).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from contextlib import nullcontext
from typing import Any, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from hrm_toolkit.core import OptionError
from hrm_toolkit.solvers.networks.batch import Batch, collate
from hrm_toolkit.solvers.networks.carries import restarted
from hrm_toolkit.solvers.networks.encoded import Encoded
from hrm_toolkit.solvers.networks.network import Carry, Network, wants_halt
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


def residual(before: Carry, after: Carry, share: Float[Tensor, "b"]) -> Float[Tensor, "b"]:
    """Root mean square over both states of what a segment changed in each row.

    Args:
        before: the carry.
        after: the next one.
        share: of each row's states that is not padding.
    """
    changes = [(new - old).flatten(1).float() for old, new in zip(before, after, strict=True)]
    squares = torch.stack([change.square_().sum(1) for change in changes]).sum(0)
    return torch.sqrt(squares / (share * sum(change.shape[1] for change in changes)))


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
        self._batch: Batch | None = None

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
        self._batch = None

    @property
    def state_bytes(self) -> int:
        """See ``Rolling.state_bytes``."""
        return 0 if self._carry is None else state_bytes(self._network, self._carry)

    @torch.no_grad()
    def advance(self, *, states: bool = False) -> list[Row[K]]:
        """See ``Rolling.advance``."""
        if self._carry is None or not self._keys:
            return []
        if self._batch is None:
            self._batch = collate(self._encoded).to(self._device)
        batch, before = self._batch, self._carry
        lengths = _lengths(self._encoded)
        with recorded(self._network) if states else nullcontext(list[Tensor]()) as updates:
            self._carry, output = self._network(
                before, batch.tokens, batch.puzzle_ids, batch.structure
            )
        self._ages = [age + 1 for age in self._ages]
        halt, go_on = output.q_halt.tolist(), output.q_continue.tolist()
        stops = wants_halt(output, q_continue=self._network.config.q_continue).tolist()
        share = torch.tensor(lengths, device=self._device) / max(lengths)
        moved = residual(before, self._carry, share).tolist()
        # One copy for all rows: each copy waits for the device.
        logits = output.logits.float().cpu().numpy()
        seen = states_of(self._network, updates, before, batch.structure) if states else None
        return [
            Row(
                key,
                age,
                logits[i, : lengths[i]],
                logits[i, : lengths[i]].argmax(-1).astype(np.int32),
                halt[i],
                go_on[i],
                stops[i],
                moved[i],
                None if seen is None else seen(i, lengths[i]),
            )
            for i, (key, age) in enumerate(zip(self._keys, self._ages, strict=True))
        ]

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
