"""Layers that the networks share. They know tensors alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn


def truncated_normal_(
    tensor: Tensor, std: float, generator: torch.Generator | None = None
) -> Tensor:
    """Fill with a normal truncated at two of its own deviations, whose deviation is ``std``.

    The parent's deviation is widened so that the truncated one has the deviation asked for,
    as in the published HRM initialisation (after JAX's ``truncated_normal``).

    Args:
        tensor: any shape, floating; filled in place.
        std: deviation of the result, at least 0; 0 fills with zeros and draws nothing.
    """
    if tensor.is_meta:
        # Only the shape is wanted; drawing would import torch's compiler, the better part of 1 s.
        return tensor
    with torch.no_grad():
        if std == 0:
            return tensor.zero_()
        bound = math.erf(math.sqrt(2))
        density = math.exp(-2) / math.sqrt(2 * math.pi)
        parent = std / math.sqrt(1 - 4 * density / bound)
        tensor.uniform_(-bound, bound, generator=generator)
        tensor.erfinv_().mul_(math.sqrt(2) * parent)
        return tensor.clamp_(-2 * parent, 2 * parent)


class Linear(nn.Module):
    """y = W x (+ b), weights kept in float32 and cast to the input's dtype at use.

    Initialised with a truncated normal of deviation 1/sqrt(inputs), bias 0.
    """

    def __init__(self, inputs: int, outputs: int, bias: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(
            truncated_normal_(torch.empty(outputs, inputs), 1 / math.sqrt(inputs))
        )
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None

    def forward(self, x: Float[Tensor, "*n i"]) -> Float[Tensor, "*n o"]:
        bias = None if self.bias is None else self.bias.to(x.dtype)
        y: Tensor = F.linear(x, self.weight.to(x.dtype), bias)
        return y


class _RMSNorm(torch.autograd.Function):
    """The composite operator makes twice as many passes over memory, and a CPU waits for those."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, eps: float) -> Tensor:
        wide = torch.promote_types(x.dtype, torch.float32)
        norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=wide)
        scale = norm.square_().div_(x.shape[-1]).add_(eps).rsqrt_()
        y: Tensor = (x * scale).to(x.dtype)
        ctx.save_for_backward(y, scale)
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        y, scale = ctx.saved_tensors
        grad = grads[0]
        along = (grad * y).mean(-1, keepdim=True, dtype=scale.dtype)
        return (torch.addcmul(grad, y, along, value=-1) * scale).to(grad.dtype), None


def rms_norm(x: Float[Tensor, "*n d"], eps: float = 1e-5) -> Float[Tensor, "*n d"]:
    """x / sqrt(mean(x^2) + eps) over the last axis, scaled in float32, without a learned gain."""
    y: Tensor = _RMSNorm.apply(x, eps)  # type: ignore[no-untyped-call]
    return y


def gather(x: Float[Tensor, "n *d"], index: Int[Tensor, "*m"]) -> Float[Tensor, "..."]:
    """Rows of ``x`` at ``index``, shape (*m, *d); faster than indexing, forward and backward."""
    return x.index_select(0, index.reshape(-1)).view(*index.shape, *x.shape[1:])


class SwiGLU(nn.Module):
    """W_d (silu(W_g x) * W_u x), gate and up projections stored as one matrix, gate first."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.gate_up_proj = Linear(width, 2 * inner)
        self.down_proj = Linear(inner, width)

    @staticmethod
    def published_inner(width: int, expansion: float) -> int:
        """The published rounding: 2/3 of expansion x width, up to a multiple of 256.

        Example:
            >>> SwiGLU.published_inner(512, 4.0)
            1536
        """
        return -(-round(expansion * width * 2 / 3) // 256) * 256

    def forward(self, x: Float[Tensor, "*n d"]) -> Float[Tensor, "*n d"]:
        # Two products with halves of the weight leave both results contiguous: silu over a
        # strided half is several times slower on a CPU.
        weight_gate, weight_up = self.gate_up_proj.weight.to(x.dtype).chunk(2)
        y: Tensor = self.down_proj(F.silu(F.linear(x, weight_gate)) * F.linear(x, weight_up))
        return y


def _to_largest(grad: Tensor, below: Tensor) -> Tensor:
    """``grad`` where ``below`` is 0, else 0; ``below`` is never positive.

    The backward of relu does just this, several times faster than a comparison and a selection.
    """
    result: Tensor = torch.ops.aten.threshold_backward(grad, below, -1e-30)
    return result


class _MaxOverGroup(torch.autograd.Function):
    """``amax`` is as fast forward, but its backward divides ties and is several times slower."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        y = x.amax(1)
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        x, y = ctx.saved_tensors
        return _to_largest(grads[0].unsqueeze(1).expand_as(x), x - y.unsqueeze(1))


def max_over_group(x: Float[Tensor, "m k *d"]) -> Float[Tensor, "m *d"]:
    """Maximum over axis 1; ties each receive the whole gradient."""
    y: Tensor = _MaxOverGroup.apply(x)  # type: ignore[no-untyped-call]
    return y


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


def ragged_max(x: Float[Tensor, "e d"], row: Int[Tensor, "e"], rows: int) -> Float[Tensor, "m d"]:
    """Maximum of the entries of each row, 0 for a row without any; ties each receive the gradient.

    Args:
        x: entries.
        row: the row each belongs to, 0 to rows - 1.
        rows: M.
    """
    y: Tensor = _RaggedMax.apply(x, row, rows)  # type: ignore[no-untyped-call]
    return y


def ragged_sum(x: Float[Tensor, "e d"], row: Int[Tensor, "e"], rows: int) -> Float[Tensor, "m d"]:
    """Sum of the entries of each row."""
    return x.new_zeros(rows, x.shape[1]).scatter_add(0, row.unsqueeze(1).expand_as(x), x)


@dataclass(frozen=True)
class Rotation:
    """Angles by which the pairs (i, i + d / 2) of a head's d features turn.

    Attributes:
        cos: broadcasts to (B, N, S, d).
        sin: likewise.
    """

    cos: Tensor
    sin: Tensor

    def __call__(self, x: Float[Tensor, "b n s d"]) -> Float[Tensor, "b n s d"]:
        """The features turned, computed in float32 at least."""
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        first, second = wide.chunk(2, dim=-1)
        rotated = torch.cat([-second, first], dim=-1)
        return (wide * self.cos + rotated * self.sin).to(x.dtype)


class Rotary(nn.Module):
    """Rotary position tables (RoFormer, arXiv 2104.09864), halves rotated against each other.

    Args:
        head_width: d, even.
        positions: number of positions the table holds.
        base: of the geometric progression of wavelengths.
    """

    cos: Tensor
    sin: Tensor

    def __init__(self, head_width: int, positions: int, base: float = 10_000.0) -> None:
        super().__init__()
        exponent = torch.arange(0, head_width, 2, dtype=torch.float32) / head_width
        angle = torch.outer(torch.arange(positions, dtype=torch.float32), 1 / base**exponent)
        angle = torch.cat([angle, angle], dim=-1)
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)

    def forward(self, x: Float[Tensor, "b n s d"]) -> Float[Tensor, "b n s d"]:
        length = x.shape[-2]
        return Rotation(self.cos[:length], self.sin[:length])(x)


class GridRotary(nn.Module):
    """Rotary positions in a plane: half of the pairs turn with the row, half with the column.

    Args:
        head_width: d, a multiple of 4.
        base: of the geometric progression of wavelengths, the same along both axes.

    Example:
        >>> turn = GridRotary(8).at(torch.tensor([[[0, 0], [2, 5]]]))
        >>> turn.cos.shape
        torch.Size([1, 1, 2, 8])
    """

    frequency: Tensor

    def __init__(self, head_width: int, base: float = 10_000.0) -> None:
        super().__init__()
        exponent = torch.arange(0, head_width, 4, dtype=torch.float32) / head_width
        self.register_buffer("frequency", 1 / base**exponent, persistent=False)

    def at(self, places: Int[Tensor, "b s 2"]) -> Rotation:
        """The rotation of positions at these rows and columns."""
        angle = (places.unsqueeze(-1) * self.frequency).flatten(2).repeat(1, 1, 2).unsqueeze(1)
        return Rotation(angle.cos(), angle.sin())


Turn = Callable[[Tensor], Tensor]


class Attention(nn.Module):
    """Multi-head self-attention without bias: q, k, v from one matrix, in that order."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv_proj = Linear(width, 3 * width)
        self.o_proj = Linear(width, width)

    def forward(self, x: Float[Tensor, "b s d"], turn: Turn | None) -> Float[Tensor, "b s d"]:
        batch, length, width = x.shape
        qkv = self.qkv_proj(x).view(batch, length, 3 * self.heads, width // self.heads)
        query, key, value = qkv.transpose(1, 2).chunk(3, dim=1)
        if turn is not None:
            query, key = turn(query), turn(key)
        y = F.scaled_dot_product_attention(query, key, value)
        out: Tensor = self.o_proj(y.transpose(1, 2).reshape(batch, length, width))
        return out
