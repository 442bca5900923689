"""The definition of every operation that has a kernel, in operators that every device has."""

from __future__ import annotations

import math
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
    x: Float[Tensor, "*n d"], gate_up: Float[Tensor, "i2 d"]
) -> tuple[Float[Tensor, "*n i"], Float[Tensor, "*n d"]]:
    """Return silu(W_g x) * W_u x (arXiv 2002.05202), both weights in one, gate first; and x again,
    for a residual: who computes the gradient of both can add them up on the way."""
    # Two products with halves of the weight leave both results contiguous: silu over a
    # strided half is several times slower on a CPU.
    gate, up = gate_up.chunk(2)
    inner: Tensor = F.silu(F.linear(x, gate)) * F.linear(x, up)
    return inner, x


def rotate(x: Float[Tensor, "b n s d"], cos: Tensor, sin: Tensor) -> Float[Tensor, "b n s d"]:
    """Turn the pairs (i, i + d / 2) of each head's features, in float32 at least."""
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    first, second = wide.chunk(2, dim=-1)
    return (wide * cos + torch.cat([-second, first], dim=-1) * sin).to(x.dtype)


def turned_heads(
    x: Float[Tensor, "b s w"],
    qkv: Float[Tensor, "e w"],
    cos: Float[Tensor, "*t s d"],
    sin: Float[Tensor, "*t s d"],
    heads: int,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return queries, keys and values of ``heads`` heads, (B, S, N, D) each, of one weight in that
    order, queries and keys turned as by ``rotate``; and x again, as ``swiglu`` does."""
    each = F.linear(x, qkv).view(*x.shape[:2], 3 * heads, -1)
    turned = rotate(each[:, :, : 2 * heads], cos.unsqueeze(-2), sin.unsqueeze(-2))
    query, key = turned.chunk(2, 2)
    return query, key, each[:, :, 2 * heads :], x


def log_stablemax(logits: Float[Tensor, "*n v"]) -> Float[Tensor, "*n v"]:
    """Log of stablemax (arXiv 2501.04697), in float64: s(x) = x + 1, or 1 / (1 - x) below 0."""
    x = logits.double()
    s = torch.where(x >= 0, x + 1, 1 / (1 - x.clamp(max=0) + 1e-30))
    return s.log() - s.sum(-1, keepdim=True).log()


def stablemax_cross_entropy(
    logits: Float[Tensor, "n v"], targets: Int[Tensor, "n"]
) -> Float[Tensor, "n"]:
    """Return minus ``log_stablemax`` at each target, 0 where the target is -100."""
    return F.nll_loss(log_stablemax(logits), targets.long(), reduction="none")


def row_entropies(
    logits: Float[Tensor, "b l v"],
    targets: Int[Tensor, "b l"],
    labels: Int[Tensor, "b l"],
    unscored: int,
    stable: bool,
) -> tuple[Float[Tensor, "b"], Int[Tensor, "b"], Int[Tensor, "b"]]:
    """Return the mean cross-entropy of each row's scored positions, under stablemax or softmax,
    how many of these are right, and how many there are; not scored is what has a certain label."""
    flat, scored = logits.flatten(0, 1), labels != unscored
    if stable:
        entropy = stablemax_cross_entropy(flat, targets.flatten())
    else:
        wide = flat.to(torch.promote_types(flat.dtype, torch.float32))
        entropy = F.cross_entropy(wide, targets.flatten().long(), reduction="none")
    right, count = ((logits.argmax(-1) == labels) & scored).sum(1), scored.sum(1)
    return (entropy.view_as(labels) * scored).sum(1) / count.clamp(min=1), right, count


def adam_atan2(
    params: list[Tensor],
    grads: list[Tensor],
    first: list[Tensor],
    second: list[Tensor],
    averages: list[Tensor | None],
    rate: float,
    betas: tuple[float, float],
    decay: float,
    step: int,
    keep: float,
) -> None:
    """One update of Adam with atan2 (arXiv 2407.05872), in place, and of averages that keep a
    share of themselves."""
    torch._foreach_mul_(params, 1 - rate * decay)
    torch._foreach_lerp_(first, grads, 1 - betas[0])
    torch._foreach_mul_(second, betas[1])
    torch._foreach_addcmul_(second, grads, grads, 1 - betas[1])
    scale = math.sqrt(1 - betas[1] ** step)
    for p, m, v in zip(params, first, second, strict=True):
        p.add_(torch.atan2(m, v.sqrt().div_(scale)), alpha=-rate / (1 - betas[0] ** step))
    pairs = [(e, p) for e, p in zip(averages, params, strict=True) if e is not None]
    if pairs:
        torch._foreach_lerp_([e for e, _ in pairs], [p.detach() for _, p in pairs], 1 - keep)


def sign_descent(table: Tensor, gradient: Tensor, rate: float, decay: float) -> None:
    """Move the rows of a table (R, D) that have a gradient by its signs, in place."""
    rows = gradient.abs().amax(1).nonzero().squeeze(1)
    kept = table[rows].mul_(1 - rate * decay)
    table[rows] = kept.add_(gradient[rows].sign_(), alpha=-rate)


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
