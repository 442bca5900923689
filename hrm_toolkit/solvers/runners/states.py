"""The states of every cycle of a segment, kept while the network runs as it always does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from hrm_toolkit.core import States
from hrm_toolkit.solvers.inputs.batch import StructureBatch
from hrm_toolkit.solvers.networks.network import Carry, Network


@contextmanager
def recorded(network: Network) -> Iterator[list[Tensor]]:
    """The state after each update that this thread runs inside, in order.

    The modules are watched from outside, so that the numbers are those of a run that nobody
    watches, and that such a run costs no more for it.
    """
    states: list[Tensor] = []
    thread = threading.get_ident()

    def keep(_module: nn.Module, _given: object, state: Tensor) -> None:
        # A network is shared by threads; each keeps its own states.
        if threading.get_ident() == thread:
            states.append(state.detach())

    with ExitStack() as hooks:
        for level in network.levels:
            hooks.callback(level.register_forward_hook(keep).remove)
        yield states


def states_of(
    network: Network, states: list[Tensor], carry: Carry, structure: StructureBatch
) -> Callable[[int, int], States]:
    """What gives each row its states.

    Args:
        network: that went through them.
        states: of one segment, from ``recorded``.
        carry: into the segment or out of it, for its shape.
        structure: of the batch.

    Returns:
        A function of a row of the batch, and of its number of tokens.
    """
    config = network.config
    cycle = config.low_cycles + 1
    spread = [_array(network.as_carry(state, carry, structure)) for state in states]

    def of(row: int, length: int) -> States:
        # Axis 1 of a carry is L where rows of other lengths may lie beside: padding is left out.
        most = length if network.mixes_lengths else None
        own = np.stack([state[row, :most] for state in spread])
        # (H * (K + 1), ...) -> (H, K + 1, ...): in each high cycle K low updates, then a high one.
        own = own.reshape(config.high_cycles, cycle, *own.shape[1:])
        return States(z_high=own[:, -1], z_low=own[:, :-1])

    return of


def state_bytes(network: Network, carry: Carry) -> int:
    """Bytes that the states of one segment take, for all rows of a carry."""
    config = network.config
    size = max(carry.z_high.element_size(), 4)
    return int(config.high_cycles * (config.low_cycles + 1) * carry.z_high.numel() * size)


def _array(state: Tensor) -> np.ndarray:
    wide = state if state.dtype == torch.float64 else state.float()
    array: np.ndarray = wide.cpu().numpy()
    return array
