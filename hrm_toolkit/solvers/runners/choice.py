"""Which runner a network gets: row by row on a CPU where it can, else side by side in torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from hrm_toolkit.solvers.kernels.backend import asked
from hrm_toolkit.solvers.networks.weights import Weights
from hrm_toolkit.solvers.runners.rows import RowsRunner
from hrm_toolkit.solvers.runners.runner import Runner

if TYPE_CHECKING:
    import torch

    from hrm_toolkit.solvers.networks.network import Network


def runner_for(
    given: Network | Weights, device: str | torch.device, before: Runner | None = None
) -> Runner:
    """Choose what runs a network.

    Args:
        given: the network, in torch or as arrays.
        device: where it computes.
        before: the runner that it had, kept as long as its weights are the same.
    """
    weights = given if isinstance(given, Weights) else _arrays(given, device)
    if weights is not None and asked() != "triton":
        # What was asked for of others than CPUs says nothing of rows.
        backend: Literal["auto", "cpu", "plain"] = "auto"
        if (named := asked()) in ("cpu", "plain"):
            backend = cast(Literal["cpu", "plain"], named)
        kept = before if isinstance(before, RowsRunner) and before.backend == backend else None
        if kept is not None and _equal(kept.weights, weights):
            return kept
        return RowsRunner(weights, backend)
    import torch

    from hrm_toolkit.solvers.networks.families import network_of
    from hrm_toolkit.solvers.networks.network import placed
    from hrm_toolkit.solvers.runners.batched import BatchedRunner

    if isinstance(given, Weights):
        given = network_of(given)
    if isinstance(before, BatchedRunner) and before.network is given:
        given.eval()
        return before
    return BatchedRunner(placed(given, device), torch.device(device))


def _arrays(network: Network, device: str | torch.device) -> Weights | None:
    """A structured network as arrays; None for any other, or with numbers not finite or float32."""
    import torch

    from hrm_toolkit.solvers.networks.structured import Structured

    if str(device) != "cpu" or type(network) is not Structured:
        return None
    tensors = network.state_dict()
    if any(t.dtype != torch.float32 or t.device.type != "cpu" for t in tensors.values()):
        return None
    arrays = {name: tensor.numpy().copy() for name, tensor in tensors.items()}
    # Training may have ruined them; torch says what comes of that, and no kernel has to.
    finite = all(np.isfinite(array).all() for array in arrays.values())
    return Weights(network.config, arrays) if finite else None


def _equal(one: Weights, other: Weights) -> bool:
    if one is other:
        return True
    pairs: Any = ((one.arrays[name], array) for name, array in other.arrays.items())
    return one.config == other.config and all(np.array_equal(a, b) for a, b in pairs)
