"""The definition of every operation that has a kernel, in operators that every device has."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor


def rms_norm(x: Float[Tensor, "*n d"], eps: float = 1e-5) -> Float[Tensor, "*n d"]:
    """Return x / sqrt(mean(x^2) + eps) over the last axis, scaled in float32 at least."""
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    return (wide * (wide.square().mean(-1, keepdim=True) + eps).rsqrt()).to(x.dtype)


def add_rms_norm(
    x: Float[Tensor, "*n d"], residual: Float[Tensor, "*n d"], eps: float = 1e-5
) -> Float[Tensor, "*n d"]:
    """Return the norm of x + residual."""
    return rms_norm(x + residual, eps)


def swiglu(
    x: Float[Tensor, "*n d"], gate: Float[Tensor, "i d"], up: Float[Tensor, "i d"]
) -> Float[Tensor, "*n i"]:
    """Return silu(W_g x) * W_u x (arXiv 2002.05202)."""
    inner: Tensor = F.silu(F.linear(x, gate)) * F.linear(x, up)
    return inner


def rotate(x: Float[Tensor, "b n s d"], cos: Tensor, sin: Tensor) -> Float[Tensor, "b n s d"]:
    """Turn the pairs (i, i + d / 2) of each head's features, in float32 at least."""
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    first, second = wide.chunk(2, dim=-1)
    return (wide * cos + torch.cat([-second, first], dim=-1) * sin).to(x.dtype)


def attention(
    query: Float[Tensor, "b n s d"], key: Float[Tensor, "b n s d"], value: Float[Tensor, "b n s d"]
) -> Float[Tensor, "b n s d"]:
    """Return softmax(q k' / sqrt(d)) v."""
    scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
    mixed: Tensor = scores.softmax(-1) @ value
    return mixed


def gather(x: Float[Tensor, "n *d"], index: Int[Tensor, "*m"]) -> Float[Tensor, "..."]:
    """Return the rows of ``x`` at ``index``, shape (*m, *d)."""
    return x.index_select(0, index.reshape(-1)).view(*index.shape, *x.shape[1:])


def ragged_sum(x: Float[Tensor, "e d"], row: Int[Tensor, "e"], rows: int) -> Float[Tensor, "m d"]:
    """Sum the entries of each row."""
    return x.new_zeros(rows, x.shape[1]).scatter_add(0, row.unsqueeze(1).expand_as(x), x)


def ragged_max(x: Float[Tensor, "e d"], row: Int[Tensor, "e"], rows: int) -> Float[Tensor, "m d"]:
    """Maximum of the entries of each row, 0 for a row without any; ties each receive the gradient.

    Args:
        x: entries.
        row: the row each belongs to, 0 to rows - 1.
        rows: M.
    """
    y: Tensor = _RaggedMax.apply(x, row, rows)  # type: ignore[no-untyped-call]
    return y


def group_max(x: Float[Tensor, "m k *d"]) -> Float[Tensor, "m *d"]:
    """Maximum over axis 1; ties each receive the whole gradient."""
    y: Tensor = _GroupMax.apply(x)  # type: ignore[no-untyped-call]
    return y


def pool_rows(
    h: Float[Tensor, "p d"],
    source: Int[Tensor, "e"] | None,
    start: Int[Tensor, "s"],
    divisor: Float[Tensor, "m 1"],
) -> Float[Tensor, "m 2*d"]:
    """Sum over a divisor, and maximum, of each row's entries; both 0 for a row without entries.

    Args:
        h: states of the places, or the entries themselves where there is no ``source``.
        source: place of each entry, row after row.
        start: first entry of each row, and E, M + 1 in all.
        divisor: of each row's sum.
    """
    entries, rows = h if source is None else gather(h, source), len(divisor)
    row = torch.arange(rows, device=h.device).repeat_interleave(
        start.diff(), output_size=len(entries)
    )
    total = ragged_sum(entries, row, rows) / divisor
    return torch.cat([total, ragged_max(entries, row, rows)], -1)


# The library's own backwards of these maxima divide the gradient among ties, so that a kernel
# would have to count them.
def _to_largest(grad: Tensor, below: Tensor) -> Tensor:
    """``grad`` where ``below`` is 0, else 0; ``below`` is never positive.

    The backward of relu does just this, several times faster than a comparison and a selection.
    """
    result: Tensor = torch.ops.aten.threshold_backward(grad, below, -1e-30)
    return result


class _GroupMax(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        y = x.amax(1)
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        x, y = ctx.saved_tensors
        return _to_largest(grads[0].unsqueeze(1).expand_as(x), x - y.unsqueeze(1))


class _RaggedMax(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, row: Tensor, rows: int) -> Tensor:
        index = row.unsqueeze(1).expand_as(x)
        y = x.new_zeros(rows, x.shape[1])
        y.scatter_reduce_(0, index, x, "amax", include_self=False)
        ctx.save_for_backward(x, y, row)
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        x, y, row = ctx.saved_tensors
        grad = grads[0].index_select(0, row)
        return _to_largest(grad, x - y.index_select(0, row)), None, None
