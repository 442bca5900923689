"""Weights in the dtype that a segment computes in, cast once however often it uses them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor

_held: ContextVar[dict[int, Tensor] | None] = ContextVar("held", default=None)


class _Cast(torch.autograd.Function):
    """All of them by one launch, and all gradients back by one."""

    @staticmethod
    def forward(ctx: Any, dtype: torch.dtype, *weights: Tensor) -> tuple[Tensor, ...]:
        ctx.dtype = weights[0].dtype
        return tuple(_cast(weights, dtype))

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        return None, *_cast(grads, ctx.dtype)


def _cast(tensors: Iterable[Tensor], dtype: torch.dtype) -> list[Tensor]:
    given = list(tensors)
    made = [torch.empty_like(tensor, dtype=dtype) for tensor in given]
    torch._foreach_copy_(made, given)
    return made


class _Use(torch.autograd.Function):
    """One use of a weight that was cast for all, whose gradient is cast back by itself."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, held: Tensor) -> Tensor:
        ctx.dtype = weight.dtype
        return held.detach()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        return grads[0].to(ctx.dtype), None


@contextmanager
def cast_once(weights: Iterable[Tensor], dtype: torch.dtype, *, alone: bool) -> Iterator[None]:
    """Hold weights in a dtype for ``cast`` in this block; compiled graphs do so by themselves.

    Args:
        weights: of one dtype; where that is ``dtype`` there is nothing to do.
        alone: whether at most one gradient comes back through each, so that all are cast back
            together; else each is, before they are added up in the weight's own dtype.
    """
    own = [weight for weight in weights if weight.dtype != dtype]
    if not own or torch.compiler.is_compiling():
        yield
        return
    if alone:
        made = _Cast.apply(dtype, *own)  # type: ignore[no-untyped-call]
    else:
        with torch.no_grad():
            made = _cast(own, dtype)
    before = _held.set(dict(zip(map(id, own), made, strict=True)))
    try:
        yield
    finally:
        _held.reset(before)


def cast(weight: Tensor, dtype: torch.dtype) -> Tensor:
    """A weight in a dtype: the one that is held, if it is."""
    if weight.dtype == dtype or torch.compiler.is_compiling():
        return weight.to(dtype)
    held = (_held.get() or {}).get(id(weight))
    if held is None or held.dtype != dtype:
        return weight.to(dtype)
    if held.requires_grad:
        return held
    used: Tensor = _Use.apply(weight, held)  # type: ignore[no-untyped-call]
    return used
