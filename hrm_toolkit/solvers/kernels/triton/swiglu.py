"""SwiGLU after its two products, which are one: silu(gate) * up in one pass, and one back."""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.autograd.function import once_differentiable

from hrm_toolkit.solvers.kernels.product import linear_beside
from hrm_toolkit.solvers.kernels.triton.launch import launch
from hrm_toolkit.solvers.kernels.triton.numbers import as_stored

_COLUMNS = 1024


@triton.jit
def silu_times(gate_up, out, INNER: tl.constexpr, COLUMNS: tl.constexpr):
    """(rows, 2 I) -> (rows, I): silu of the first half, times the second."""
    row = tl.program_id(0).to(tl.int64)
    c = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    on = c < INNER
    gate = tl.load(gate_up + row * 2 * INNER + c, mask=on, other=0.0).to(tl.float32)
    up = tl.load(gate_up + row * 2 * INNER + INNER + c, mask=on, other=0.0).to(tl.float32)
    tl.store(out + row * INNER + c, as_stored(gate * tl.sigmoid(gate) * up, out), mask=on)


@triton.jit
def silu_times_back(of_out, gate_up, of_gate_up, INNER: tl.constexpr, COLUMNS: tl.constexpr):
    """The gradients of both halves, the sigmoid computed again."""
    row = tl.program_id(0).to(tl.int64)
    c = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    on = c < INNER
    gate = tl.load(gate_up + row * 2 * INNER + c, mask=on, other=0.0).to(tl.float32)
    up = tl.load(gate_up + row * 2 * INNER + INNER + c, mask=on, other=0.0).to(tl.float32)
    came = tl.load(of_out + row * INNER + c, mask=on, other=0.0).to(tl.float32)
    opened = tl.sigmoid(gate)
    of_gate = came * up * opened * (1 + gate * (1 - opened))
    into = of_gate_up + row * 2 * INNER + c
    tl.store(into, as_stored(of_gate, of_gate_up), mask=on)
    tl.store(into + INNER, as_stored(came * gate * opened, of_gate_up), mask=on)


class _SiluTimes(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, gate_up: Tensor) -> Tensor:
        gate_up = gate_up.contiguous()
        inner = gate_up.shape[-1] // 2
        out = gate_up.new_empty((*gate_up.shape[:-1], inner))
        grid = (gate_up.numel() // (2 * inner), triton.cdiv(inner, _COLUMNS))
        launch(silu_times, grid, gate_up=gate_up, out=out, INNER=inner, COLUMNS=_COLUMNS)
        ctx.save_for_backward(gate_up)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (gate_up,) = ctx.saved_tensors
        inner, of_gate_up = gate_up.shape[-1] // 2, torch.empty_like(gate_up)
        launch(
            silu_times_back,
            (gate_up.numel() // (2 * inner), triton.cdiv(inner, _COLUMNS)),
            of_out=grads[0].contiguous(),
            gate_up=gate_up,
            of_gate_up=of_gate_up,
            INNER=inner,
            COLUMNS=_COLUMNS,
        )
        return of_gate_up


def swiglu(x: Tensor, gate_up: Tensor) -> tuple[Tensor, Tensor]:
    """See ``plain.swiglu``."""
    both, x = linear_beside(x, gate_up)
    return _SiluTimes.apply(both), x
