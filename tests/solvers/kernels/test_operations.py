"""Operations and their kernels: each is its definition, and the table says which computes."""

from __future__ import annotations

from typing import Any

import kernel_cases as cases
import pytest
import torch

from hrm_toolkit.core import OptionError, UnknownNameError
from hrm_toolkit.solvers.kernels import backend, ops, plain


def ran(function: Any, case: Any, dtype: torch.dtype) -> list[torch.Tensor]:
    """What a function gives for a case, and the gradients of its inputs."""
    given = list(case.make(torch.Generator().manual_seed(3)))
    for index, value in enumerate(given):
        if isinstance(value, torch.Tensor) and value.is_floating_point():
            given[index] = value.to(dtype)
    for index in range(case.learns):
        given[index] = given[index].detach().requires_grad_()
    # An operation may change what it is given, and a leaf cannot be changed.
    out = function(*(g * 1 if i < case.learns else g for i, g in enumerate(given)))
    outs = list(out) if isinstance(out, tuple) else [out]
    learned, g = [out for out in outs if out.requires_grad], torch.Generator().manual_seed(4)
    back = [torch.randn(out.shape, generator=g).to(dtype) for out in learned]
    return [*map(torch.detach, outs), *torch.autograd.grad(learned, given[: case.learns], back)]


SLOPELESS = (
    "ties",
    "rows of many",
    "large",
    "many rows",
    "zeros",
    "logits of",
    "more columns",
    "no row",
)
OPTIMIZERS = {"adam_atan2", "sign_descent"}
WAYS = [
    (case, name)
    for case in cases.CASES
    for name in backend.TABLE[case.operation]
    if name != "plain" and backend.TABLE[case.operation][name].missing is None
]


@pytest.mark.parametrize(("case", "name"), WAYS, ids=str)
def test_a_kernel_is_its_definition_forward_and_backward(case: Any, name: Any) -> None:
    definition = getattr(plain, case.operation)
    exact = ran(definition, case, torch.float64)
    own = ran(definition, case, torch.float32)
    with backend.use(name):
        ours = ran(getattr(ops, case.operation), case, torch.float32)
    for wanted, usual, found in zip(exact, own, ours, strict=True):
        assert found.shape == wanted.shape
        scale = float(wanted.abs().max()) if wanted.numel() else 1.0
        error = (found.double() - wanted).abs().max() if wanted.numel() else torch.tensor(0.0)
        known = (usual.double() - wanted).abs().max() if wanted.numel() else torch.tensor(0.0)
        assert float(error) <= 2 * float(known) + 1e-6 * max(scale, 1.0)


@pytest.mark.parametrize("case", cases.CASES, ids=str)
def test_a_definition_s_gradient_is_the_slope(case: Any) -> None:
    if case.name.startswith(SLOPELESS) or case.name in (
        "ties",
        "rows of many lengths",
        "large",
        "many rows",
        "zeros",
    ):
        pytest.skip("no slope, or too many numbers to try each")
    given = [
        value.double() if isinstance(value, torch.Tensor) and value.is_floating_point() else value
        for value in case.make(torch.Generator().manual_seed(3))
    ]
    definition = getattr(plain, case.operation)
    given[0] = given[0].detach().requires_grad_()

    def of_first(x: torch.Tensor) -> torch.Tensor:
        out = definition(x, *given[1:])
        value: torch.Tensor = out[0] if isinstance(out, tuple) else out
        return value

    assert torch.autograd.gradcheck(of_first, (given[0],))


def test_attention_and_rotation_are_those_of_the_library() -> None:
    g = torch.Generator().manual_seed(0)
    q, k, v = torch.randn(3, 2, 4, 5, 8, generator=g, dtype=torch.float64)
    theirs = torch.nn.functional.scaled_dot_product_attention(q, k, v)
    torch.testing.assert_close(plain.attention(q, k, v), theirs)
    angle = torch.rand(5, 4, generator=g, dtype=torch.float64).repeat(1, 2)
    turned = plain.rotate(q, angle.cos(), angle.sin())
    torch.testing.assert_close(turned.norm(dim=-1), q.norm(dim=-1))
    pair = torch.complex(q[..., :4], q[..., 4:]) * torch.exp(1j * angle[:, :4])
    torch.testing.assert_close(turned, torch.cat([pair.real, pair.imag], -1))


def test_every_operation_has_a_definition_and_cases() -> None:
    assert {case.operation for case in cases.CASES} == set(backend.TABLE) - OPTIMIZERS
    for operation, ways in backend.TABLE.items():
        assert "plain" in ways
        assert callable(getattr(plain, operation))
        assert callable(getattr(ops, operation))
    assert backend.describe()["rms_norm"][-2:] == ["cpu", "plain"]


def test_auto_takes_what_fits_and_a_named_kernel_refuses_what_it_cannot_take() -> None:
    small, wide = torch.zeros(4, 8), torch.zeros(4, 8, dtype=torch.float64)
    assert backend.choose("pool_rows", small) is plain.pool_rows
    assert backend.choose("pool_rows", torch.zeros(2000, 8)) is not plain.pool_rows
    with backend.use("cpu"):
        assert backend.choose("pool_rows", small) is not plain.pool_rows
        with pytest.raises(OptionError, match=r"cpu kernel of pool_rows .* torch.float64 on cpu"):
            backend.choose("pool_rows", wide)
    assert backend.choose("pool_rows", small) is plain.pool_rows, "the choice ends with its block"


@pytest.mark.skipif(backend.triton_missing() is None, reason="it is there")
def test_a_backend_that_is_not_there_is_refused_with_the_reason() -> None:
    with pytest.raises(OptionError, match="triton kernels cannot be used"), backend.use("triton"):
        pass
    with pytest.raises(UnknownNameError, match='did you mean "plain"'), backend.use("plane"):
        pass
