"""A product beside a residual: what goes back through both is added up in the product itself."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable


class _Beside(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(x, weight)
        return F.linear(x, weight), x

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        of_y, of_x = (grad.flatten(0, -2) for grad in grads)
        along, across = ctx.needs_input_grad
        return (
            torch.addmm(of_x, of_y, weight).view(x.shape) if along else None,
            of_y.t() @ x.flatten(0, -2) if across else None,
        )


def linear_beside(x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return W x, and x again for a residual."""
    # Where autocast computes in another dtype, the gradients of the two are of two dtypes.
    if torch.is_autocast_enabled(x.device.type):
        return F.linear(x, weight), x
    y, x = _Beside.apply(x, weight)  # type: ignore[no-untyped-call]
    return y, x
