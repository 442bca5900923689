"""Optimizers in one launch against their definitions in float64."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from hrm_toolkit.solvers.kernels import backend, ops, plain


def moved(dtype: torch.dtype, name: str) -> list[torch.Tensor]:
    """Parameters, moments and averages after three updates; one tensor has no average."""
    g = torch.Generator().manual_seed(5)
    shapes = [(3, 5), (1025,), (1,), (40, 60), (0,)]
    groups = [[torch.randn(s, generator=g).to(dtype) for s in shapes] for _ in range(4)]
    params, first, second, averages = groups
    second = [v.square() for v in second]
    kept: list[Any] = [None if i == 1 else e for i, e in enumerate(averages)]
    for step in (1, 2, 3):
        grads = [torch.randn(s, generator=g).to(dtype) for s in shapes]
        grads[0] = grads[0].t().contiguous().t()
        grads[3][:2] = 0
        with backend.use(name):
            ops.adam_atan2(params, grads, first, second, kept, 1e-2, (0.9, 0.95), 0.1, step, 0.7)
    return [*params, *first, *second, *averages]


def test_adam_and_the_average_err_no_more_than_the_definition() -> None:
    exact, own, ours = (
        moved(torch.float64, "plain"),
        moved(torch.float32, "plain"),
        moved(torch.float32, "triton"),
    )
    for true, usual, found in zip(exact, own, ours, strict=True):
        if true.numel():
            known = float((usual - true).abs().max())
            assert float((found - true).abs().max()) <= 2 * known + 1e-6


@pytest.mark.parametrize("shape", [(7, 5), (1, 64), (3, 1)])
def test_descent_by_signs_moves_the_rows_that_have_a_gradient(shape: tuple[int, int]) -> None:
    g = torch.Generator().manual_seed(1)
    table, gradient = torch.randn(shape, generator=g), torch.randn(shape, generator=g)
    gradient[0] = 0
    gradient[:, -1] = 0
    wanted, found = table.double(), table.clone()
    plain.sign_descent(wanted, gradient.double(), 0.5, 0.1)
    with backend.use("triton"):
        ops.sign_descent(found, gradient, 0.5, 0.1)
    torch.testing.assert_close(found.double(), wanted, atol=1e-6, rtol=0)
