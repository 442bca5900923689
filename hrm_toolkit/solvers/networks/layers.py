"""Layers that the networks share. They know tensors alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from hrm_toolkit.solvers.kernels.attention import attention
from hrm_toolkit.solvers.kernels.ops import swiglu, turned_heads
from hrm_toolkit.solvers.kernels.plain import rotate
from hrm_toolkit.solvers.networks.casts import cast


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
        bias = None if self.bias is None else cast(self.bias, x.dtype)
        y: Tensor = F.linear(x, cast(self.weight, x.dtype), bias)
        return y


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
        return self.beside(x)[0]

    def beside(self, x: Float[Tensor, "*n d"]) -> tuple[Tensor, Float[Tensor, "*n d"]]:
        """The result, and x again for a residual: see ``plain.swiglu``."""
        inner, x = swiglu(x, cast(self.gate_up_proj.weight, x.dtype))
        return self.down_proj(inner), x


@dataclass(frozen=True)
class Rotation:
    """Angles by which the pairs (i, i + d / 2) of a head's d features turn.

    Attributes:
        cos: broadcasts to (B, N, S, d): shape (S, d), or (B, 1, S, d).
        sin: likewise.
    """

    cos: Tensor
    sin: Tensor

    def __call__(self, x: Float[Tensor, "b n s d"]) -> Float[Tensor, "b n s d"]:
        """The features turned, computed in float32 at least."""
        return rotate(x, self.cos, self.sin)

    def heads(
        self, x: Float[Tensor, "b s w"], qkv: Float[Tensor, "e w"], heads: int
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Queries and keys turned, values, and x again: see ``plain.turned_heads``."""
        cos, sin = (t if t.ndim == 2 else t.squeeze(1) for t in (self.cos, self.sin))
        return turned_heads(x, qkv, cos, sin, heads)


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
        return self.of_length(x.shape[-2])(x)

    def of_length(self, length: int) -> Rotation:
        """The rotation of the first positions."""
        return Rotation(self.cos[:length], self.sin[:length])


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


class Attention(nn.Module):
    """Multi-head self-attention without bias: q, k, v from one matrix, in that order."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv_proj = Linear(width, 3 * width)
        self.o_proj = Linear(width, width)

    def forward(self, x: Float[Tensor, "b s d"], turn: Rotation | None) -> Float[Tensor, "b s d"]:
        return self.beside(x, turn)[0]

    def beside(
        self, x: Float[Tensor, "b s d"], turn: Rotation | None
    ) -> tuple[Tensor, Float[Tensor, "b s d"]]:
        """The result, and x again for a residual."""
        if turn is None:
            query, key, value = self.qkv_proj(x).unflatten(-1, (3 * self.heads, -1)).chunk(3, 2)
        else:
            weight = cast(self.qkv_proj.weight, x.dtype)
            query, key, value, x = turn.heads(x, weight, self.heads)
        return self.o_proj(attention(query, key, value).flatten(2)), x
