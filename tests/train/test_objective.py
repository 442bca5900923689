"""The loss: against published values, and what is scored."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from hrm_toolkit.solvers.kernels.plain import log_stablemax, stablemax_cross_entropy
from hrm_toolkit.solvers.networks.network import SegmentOutput, wants_halt
from hrm_toolkit.train.objective import (
    Loss,
    continue_target,
    segment_loss,
)

GOLDEN = load_file(Path(__file__).parents[1] / "golden" / "losses.safetensors")
KINDS = ("softmax", "stablemax")


def output_of(logits: Tensor, q_halt: Tensor | None = None) -> SegmentOutput:
    q = torch.zeros(len(logits)) if q_halt is None else q_halt
    return SegmentOutput(logits, q, torch.zeros(len(logits)))


def golden(name: str) -> tuple[Tensor, Tensor]:
    """Logits and labels, moved by one token: published label 0 is a class, ours is not scored."""
    logits, labels = GOLDEN[f"in/{name}/logits"], GOLDEN[f"in/{name}/labels"].long()
    return logits, torch.where(labels < 0, 0, labels + 1)


def shifted(logits: Tensor) -> Tensor:
    """Room for class 0, so low that softmax gives it nothing."""
    return torch.cat([torch.full((*logits.shape[:-1], 1), -1e30), logits], -1)


@pytest.mark.parametrize("name", ["random", "extreme"])
def test_log_stablemax_is_the_published_one(name: str) -> None:
    logits = GOLDEN[f"in/{name}/logits"]
    found = log_stablemax(logits)
    assert found.dtype == torch.float64
    expected = GOLDEN[f"out/{name}/log_stablemax_f64"]
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(found.exp().sum(-1), torch.ones(found.shape[:-1]).double())


@pytest.mark.parametrize("name", ["random", "extreme"])
def test_stablemax_cross_entropy_is_the_published_one(name: str) -> None:
    logits = GOLDEN[f"in/{name}/logits"].clone().requires_grad_()
    labels = GOLDEN[f"in/{name}/labels"].long()
    scored = labels >= 0
    targets = labels.clamp(min=0).flatten()
    entropy = stablemax_cross_entropy(logits.flatten(0, -2), targets).view_as(labels) * scored
    expected = GOLDEN[f"out/{name}/stablemax_cross_entropy/loss"]
    torch.testing.assert_close(entropy, expected, rtol=1e-12, atol=1e-12)
    entropy.sum().backward()
    expected = GOLDEN[f"out/{name}/stablemax_cross_entropy/grad_sum"]
    assert logits.grad is not None
    error = (logits.grad - expected).abs().max()
    assert error <= 1e-6 * expected.abs().max()


@pytest.mark.parametrize("name", ["random", "extreme"])
def test_softmax_loss_is_the_published_sum_over_rows(name: str) -> None:
    logits, labels = golden(name)
    wide = shifted(logits).requires_grad_()
    loss = segment_loss(output_of(wide), labels, loss="softmax", halt_weight=0.0)
    rows = len(logits)
    expected = GOLDEN[f"out/{name}/softmax_cross_entropy/lm_loss"]
    torch.testing.assert_close(loss.answer * rows, expected, rtol=2e-6, atol=0.0)
    (loss.total * rows).backward()
    expected = GOLDEN[f"out/{name}/softmax_cross_entropy/lm_loss_grad"]
    assert wide.grad is not None
    assert (wide.grad[..., 1:] - expected).abs().max() <= 1e-6 * expected.abs().max()


def test_stablemax_loss_is_the_published_sum_over_rows() -> None:
    """Stablemax gives a class nothing only in the limit, so rows without label 0 are compared."""
    logits, published = GOLDEN["in/random/logits"], GOLDEN["in/random/labels"].long()
    labels = published.clamp(min=0)
    kept = published != 0
    entropy = GOLDEN["out/random/stablemax_cross_entropy/loss"] * kept
    count = ((published > 0).sum(1)).clamp(min=1)
    loss = segment_loss(output_of(logits), labels, loss="stablemax", halt_weight=0.0)
    torch.testing.assert_close(loss.answer, (entropy.sum(1) / count).mean(), rtol=1e-12, atol=0.0)
    assert loss.total.dtype == torch.float64


def test_halting_is_the_published_cross_entropy() -> None:
    q, target = GOLDEN["in/bce/logits"], GOLDEN["in/bce/target"]
    exact = target > 0.5
    labels = torch.where(exact, 1, 2).unsqueeze(1)
    logits = torch.tensor([0.0, 9.0, 0.0]).expand(len(q), 1, 3)
    loss = segment_loss(output_of(logits, q), labels)
    assert loss.exact.tolist() == exact.tolist()
    p = torch.sigmoid(q.double())
    expected = -torch.where(exact, p.log(), (-q.double()).sigmoid().log()).mean()
    torch.testing.assert_close(loss.halting.double(), expected, rtol=2e-6, atol=1e-7)
    if bool((target == exact.float()).all()):
        torch.testing.assert_close(loss.halting * len(q), GOLDEN["out/bce/sum"], rtol=2e-6, atol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_padding_is_not_scored(kind: str) -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 5, 4, generator=generator)
    labels = torch.tensor([[1, 2, 3, 0, 0], [3, 0, 2, 0, 1], [2, 2, 2, 2, 2]])
    other = torch.where((labels == 0).unsqueeze(-1), torch.randn(3, 5, 4), logits)
    one, two = (segment_loss(output_of(x), labels, loss=kind) for x in (logits, other))  # type: ignore[arg-type]
    assert_same(one, two)
    wide = torch.cat([logits, torch.randn(3, 2, 4, generator=generator)], 1).requires_grad_()
    longer = torch.nn.functional.pad(labels, (0, 2))
    loss = segment_loss(output_of(wide), longer, loss=kind)  # type: ignore[arg-type]
    assert_same(one, loss)
    loss.total.backward()
    assert wide.grad is not None
    assert (wide.grad[longer == 0] == 0).all()
    assert (wide.grad[longer > 0] != 0).any(-1).all()


def assert_same(one: Loss, other: Loss) -> None:
    for a, b in zip(one, other, strict=True):
        torch.testing.assert_close(a, b)


def test_exact_rows_and_accuracy() -> None:
    labels = torch.tensor([[1, 2, 0], [1, 2, 3], [0, 0, 0], [3, 0, 0]])
    said = torch.tensor([[1, 2, 3], [1, 2, 2], [2, 2, 2], [2, 1, 1]])
    logits = 5.0 * torch.nn.functional.one_hot(said, 4).float()
    loss = segment_loss(output_of(logits), labels)
    assert loss.exact.tolist() == [True, False, True, False], "a row without labels is right"
    assert float(loss.accuracy) == pytest.approx(4 / 6)
    assert not loss.answer.requires_grad


@pytest.mark.parametrize("kind", KINDS)
def test_rows_count_alike_however_many_positions_they_score(kind: str) -> None:
    logits = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(1))
    labels = torch.tensor([[1, 0, 0, 0], [1, 2, 2, 1]])
    both = segment_loss(output_of(logits), labels, loss=kind).answer  # type: ignore[arg-type]
    lone = [
        segment_loss(output_of(logits[i : i + 1]), labels[i : i + 1], loss=kind).answer  # type: ignore[arg-type]
        for i in range(2)
    ]
    torch.testing.assert_close(both, (lone[0] + lone[1]) / 2)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_without_labels_give_no_answer_loss(kind: str) -> None:
    logits = torch.randn(2, 3, 4, requires_grad=True, generator=torch.Generator().manual_seed(2))
    loss = segment_loss(output_of(logits), torch.zeros(2, 3, dtype=torch.long), loss=kind)  # type: ignore[arg-type]
    assert float(loss.answer) == 0
    assert torch.isfinite(loss.total)
    loss.total.backward()
    assert logits.grad is not None
    assert (logits.grad == 0).all()
    assert float(loss.accuracy) == 0


def test_the_halting_weight() -> None:
    logits = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(3))
    q = torch.tensor([2.0, -1.0])
    labels = torch.ones(2, 3, dtype=torch.long)
    for weight in (0.0, 0.5, 2.0):
        loss = segment_loss(output_of(logits, q), labels, halt_weight=weight)
        torch.testing.assert_close(loss.total, loss.answer + weight * loss.halting)


def outputs(halt: list[float], go_on: list[float]) -> SegmentOutput:
    return SegmentOutput(torch.zeros(len(halt), 1, 3), torch.tensor(halt), torch.tensor(go_on))


def test_going_on_is_worth_the_better_choice_after_it() -> None:
    after = outputs([1.0, -2.0, 1.0, -2.0], [-1.0, 3.0, 4.0, 3.0])
    last = torch.tensor([False, False, True, True])
    found = continue_target(after, last)
    torch.testing.assert_close(found, torch.tensor([1.0, 3.0, 1.0, -2.0]).sigmoid())
    leaf = torch.zeros(1, requires_grad=True)
    grown = SegmentOutput(leaf, leaf * 2, leaf * 3)
    assert not continue_target(grown, torch.tensor([False])).requires_grad


def test_halting_where_it_is_worth_more() -> None:
    output = outputs([1.0, 1.0, -2.0, -2.0], [0.0, 2.0, -3.0, -1.0])
    assert wants_halt(output, q_continue=False).tolist() == [True, True, False, False]
    assert wants_halt(output, q_continue=True).tolist() == [True, False, True, False]


def test_the_loss_of_going_on_moves_its_logit_alone() -> None:
    output = SegmentOutput(
        torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(3)),
        torch.zeros(2, requires_grad=True),
        torch.tensor([0.5, -1.0], requires_grad=True),
    )
    labels, target = torch.ones(2, 3, dtype=torch.long), torch.tensor([0.25, 0.75])
    without = segment_loss(output, labels, halt_weight=0.3)
    assert float(without.continuing) == 0
    loss = segment_loss(output, labels, halt_weight=0.3, q_target=target)
    p = output.q_continue.detach().sigmoid()
    expected = -(target * p.log() + (1 - target) * (1 - p).log()).mean()
    torch.testing.assert_close(loss.continuing, expected)
    torch.testing.assert_close(loss.total, without.total + 0.3 * loss.continuing)
    (change,) = torch.autograd.grad(loss.total, output.q_continue)
    torch.testing.assert_close(change, 0.3 * (p - target) / 2)
    (none,) = torch.autograd.grad(without.total, output.q_continue, allow_unused=True)
    assert none is None
