"""What training costs in operations, counted on one update in a hundred.

Counted are the multiplications and additions of matrix products (two for each pair of factors),
forward and backward, as they are carried out: cycles without gradient go forward only, activations
that are computed twice count twice, and so does a second forward for the Q target. Pooling,
norms and other passes over memory are not counted: they are bound by memory, not by arithmetic.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry, sdpa_backward_flop_count, sdpa_flop_count

from hrm_toolkit.solvers.networks.network import Network
from hrm_toolkit.train.progress import Counters

_EVERY = 100


class Products(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts what is multiplied and added within it.

    Attributes:
        total: operations so far.

    Example:
        >>> x = torch.ones(2, 3)
        >>> with Products() as products:
        ...     y = x @ x.T
        >>> products.total
        24
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Carry out an operator, and count it where it is a product."""
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        packet = getattr(func, "_overloadpacket", None)
        if packet in _ON_CPU:
            formula, tensors = _ON_CPU[packet]
            self.total += int(formula(*(tensor.shape for tensor in args[:tensors])))
        elif packet in flop_registry:
            self.total += int(flop_registry[packet](*args, **kwargs, out_val=out))
        return out


_aten = torch.ops.aten
# The registry knows the attention of GPUs alone. Query, key and value count, and the gradient.
_ON_CPU: dict[Any, tuple[Any, int]] = {
    _aten._scaled_dot_product_flash_attention_for_cpu: (sdpa_flop_count, 3),
    _aten._scaled_dot_product_flash_attention_for_cpu_backward: (sdpa_backward_flop_count, 4),
}


@contextmanager
def counting(counters: Counters, share: float) -> Iterator[None]:
    """Count the update after ``counters.update``, if it is one of those that are counted.

    Args:
        counters: keep the sum over the counted updates.
        share: of the batch that is computed here.
    """
    if counters.update % _EVERY:
        yield
        return
    # A compiler that is called within a mode never compiles that code again (torch 2.13), and
    # counts are of operators, so that it stands back for this update.
    eager = "torch._dynamo" in sys.modules
    stance = torch.compiler.set_stance("force_eager") if eager else nullcontext()
    with stance, Products() as products:
        yield
    counters.operations += products.total / share
    counters.counted += 1


def flops(counters: Counters) -> int | None:
    """Operations of all updates so far, by the mean of those counted; None before the first."""
    if not counters.counted:
        return None
    return round(counters.operations / counters.counted * counters.update)


def training_facts(
    counters: Counters, network: Network, batch_size: int, device: str, ranks: int
) -> dict[str, Any]:
    """What a training took so far, as bundles and reports tell it."""
    return {
        "updates": counters.update,
        "minutes": round(counters.seconds / 60, 2),
        "sample_segments": counters.update * batch_size,
        "puzzles_shown": counters.samples,
        "parameters": network.parameter_count(),
        "flops": flops(counters),
        "device": device,
        "ranks": ranks,
        "torch": str(torch.__version__),
    }
