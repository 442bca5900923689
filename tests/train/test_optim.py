"""Optimizers against published traces, the schedule, and the average of weights."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from hrm_toolkit.solvers.inputs.config import preset
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.train.learner import Learner, optimizer_tensors, restore_optimizer
from hrm_toolkit.train.optim import (
    AdamATan2,
    Average,
    SparseSignSGD,
    build_optimizer,
    learning_rate,
)
from hrm_toolkit.train.recipe import Recipe

GOLDEN = load_file(Path(__file__).parents[1] / "golden" / "optim.safetensors")
SETTINGS = {
    "lr1e-4_wd0.1_b0.9_0.95": (1e-4, 0.1, (0.9, 0.95)),
    "lr1e-4_wd1.0_b0.9_0.95": (1e-4, 1.0, (0.9, 0.95)),
    "lr1e-2_wd0_b0.9_0.999": (1e-2, 0.0, (0.9, 0.999)),
}


@pytest.mark.parametrize("tag", SETTINGS)
def test_adam_atan2_follows_the_published_trace(tag: str) -> None:
    rate, decay, betas = SETTINGS[tag]
    # In two pieces, of which the foreach operators take care at once.
    start = GOLDEN["in/adam/param0"]
    pieces = [nn.Parameter(start[:20].clone()), nn.Parameter(start[20:].clone().view(4, 11))]
    optimizer = AdamATan2(pieces, lr=rate, betas=betas, weight_decay=decay)
    trace = GOLDEN[f"out/adam/{tag}/param_trace"]

    def joined(tensors: list[torch.Tensor]) -> torch.Tensor:
        return torch.cat([tensor.detach().flatten() for tensor in tensors])

    for gradient, expected in zip(GOLDEN["in/adam/grads"], trace, strict=True):
        pieces[0].grad, pieces[1].grad = gradient[:20].clone(), gradient[20:].view(4, 11).clone()
        optimizer.step()
        torch.testing.assert_close(joined([*pieces]), expected, rtol=1e-6, atol=1e-6 * rate)
    for name in ("exp_avg", "exp_avg_sq"):
        found = joined([optimizer.state[piece][name] for piece in pieces])
        expected = GOLDEN[f"out/adam/{tag}/{name}"]
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-30)
    final = GOLDEN[f"out/adam/{tag}/param_final_float64_math"]
    # Squares of the gradients of elements 8 and 9 underflow in float32.
    in_range = (torch.arange(64) < 8) | (torch.arange(64) > 9)
    torch.testing.assert_close(
        joined([*pieces]).double()[in_range], final[in_range], rtol=1e-5, atol=1e-3 * rate
    )


def test_the_first_step_has_one_size_whatever_the_gradient() -> None:
    for scale in (1e-6, 1.0, 1e6):
        p = nn.Parameter(torch.zeros(2))
        optimizer = AdamATan2([p], lr=0.5, weight_decay=0.0)
        p.grad = torch.tensor([scale, -scale])
        optimizer.step()
        # 10 atan(0.1) steps at beta1 0.9: sqrt(v)/sqrt(1 - beta2) is |g|, and m is g/10.
        expected = 0.5 * 10 * math.atan(0.1)
        torch.testing.assert_close(p.detach(), torch.tensor([-expected, expected]))


def test_each_parameter_counts_its_own_steps() -> None:
    """One that had no gradient at first is corrected as if it had just begun."""
    early, late = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(3))
    lone = nn.Parameter(torch.ones(3))
    both, single = AdamATan2([early, late], lr=0.1), AdamATan2([lone], lr=0.1)
    for number in range(4):
        early.grad = torch.full((3,), 0.3)
        if number >= 2:
            late.grad, lone.grad = torch.full((3,), -0.7), torch.full((3,), -0.7)
            single.step()
        both.step()
    assert torch.equal(late, lone)


def test_a_closure_is_called_with_gradients() -> None:
    p = nn.Parameter(torch.tensor([3.0]))
    optimizer = AdamATan2([p], lr=0.1, weight_decay=0.0)

    def closure() -> float:
        optimizer.zero_grad()
        loss = (p**2).sum()
        loss.backward()
        return float(loss.detach())

    losses = [optimizer.step(closure) for _ in range(60)]
    assert losses[0] == 9.0
    assert losses[-1] < 0.5


@pytest.mark.parametrize("name", ["adamw", "adam_atan2"])
def test_the_optimizer_of_a_recipe(name: str) -> None:
    recipe = Recipe(adapter="maze", optimizer=name, learning_rate=0.1, beta1=0.8, weight_decay=0.3)
    optimizer = build_optimizer(nn.Linear(2, 2), recipe)
    assert isinstance(optimizer, AdamATan2 if name == "adam_atan2" else torch.optim.AdamW)
    (group,) = optimizer.param_groups
    assert (group["lr"], group["betas"], group["weight_decay"]) == (0.1, (0.8, 0.95), 0.3)
    assert len(group["params"]) == 2


@pytest.mark.parametrize("name", ["adamw", "adam_atan2"])
def test_an_optimizer_goes_on_from_its_tensors(name: str) -> None:
    recipe = Recipe(adapter="maze", optimizer=name)
    networks = [nn.Linear(3, 2), nn.Linear(3, 2)]
    optimizers = [build_optimizer(network, recipe) for network in networks]

    def step(i: int, number: int) -> None:
        for p in networks[i].parameters():
            p.grad = torch.full_like(p, math.sin(number))
        optimizers[i].step()

    for number in range(3):
        step(0, number)
    networks[1].load_state_dict(networks[0].state_dict())
    restore_optimizer(
        optimizers[1], {k: v.clone() for k, v in optimizer_tensors(optimizers[0]).items()}
    )
    for number in range(3, 6):
        step(0, number)
        step(1, number)
    for one, other in zip(networks[0].parameters(), networks[1].parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_schedule_warms_up_and_falls_along_a_cosine() -> None:
    recipe = Recipe(adapter="maze", learning_rate=1e-3, warmup=10, final_rate=0.1)
    points = {(1, 0.0): 1e-4, (5, 0.0): 5e-4, (10, 0.0): 1e-3, (11, 0.0): 1e-3}
    points |= {(99, 0.5): 0.55e-3, (99, 0.25): 1e-3 * (0.1 + 0.9 * 0.5 * (1 + math.sqrt(0.5)))}
    points |= {(99, 1.0): 1e-4, (99, 1.7): 1e-4, (99, -1.0): 1e-3, (5, 1.0): 0.5e-4}
    for (update, progress), rate in points.items():
        assert learning_rate(recipe, update, progress) == pytest.approx(rate, rel=1e-12)
    constant = Recipe(adapter="maze", learning_rate=1e-3, warmup=0, final_rate=1.0)
    assert {learning_rate(constant, u, u / 9) for u in range(1, 10)} == {1e-3}
    assert learning_rate(recipe.model_copy(update={"final_rate": 0.0}), 99, 1.0) == 0


@pytest.mark.parametrize(
    ("base", "warmup", "floor", "points"),
    [
        (1e-4, 2000, 1.0, {1: 5e-8, 1999: 9.995e-5, 2000: 1e-4, 50_000: 1e-4}),
        (3e-4, 2000, 0.1, {1: 1.5e-7, 2000: 3e-4, 10_000: 2.819134295108992e-4, 26_000: 1.65e-4}),
        (1e-3, 0, 0.0, {1: 9.755282581475768e-4, 2: 9.045084971874737e-4, 5: 5e-4, 10: 0.0}),
    ],
)
def test_the_published_schedule(
    base: float, warmup: int, floor: float, points: dict[int, float]
) -> None:
    """There the cosine starts when the warm-up is over."""
    total = 10 if warmup == 0 else 50_000
    recipe = Recipe(adapter="maze", learning_rate=base, warmup=warmup, final_rate=floor)
    for update, rate in points.items():
        progress = max(update - warmup, 0) / (total - warmup)
        assert learning_rate(recipe, update, progress) == pytest.approx(rate, rel=1e-9, abs=1e-18)


def numbered(value: float) -> nn.Linear:
    network = nn.Linear(2, 2)
    with torch.no_grad():
        for p in network.parameters():
            p.fill_(value)
    return network


def test_the_puzzle_embedding_moves_by_signs_at_a_rate_of_its_own() -> None:
    recipe = Recipe(
        adapter="sudoku",
        optimizer="adam_atan2",
        learning_rate=1e-3,
        puzzle_learning_rate=1e-2,
        puzzle_weight_decay=0.5,
    )
    config = preset("trm-mlp", vocabulary=5, width=8, max_length=4, puzzle_ids=5)
    network, drawn = build_network(config, 0), torch.Generator().manual_seed(0)
    table = network.puzzle_embedding
    assert isinstance(table, nn.Parameter)
    with torch.no_grad():
        table.copy_(torch.randn(table.shape, generator=drawn))
    start, width = table.detach().clone(), table.shape[1]
    learner = Learner(network, build_optimizer(network, recipe), Average(network, 0.0), 1e9)
    ids = torch.tensor([3, 1, 3])
    read = torch.randn(3, width, generator=drawn)
    expected = SparseSignSGD(start.clone(), 1e-2 / 2, 0.5)
    expected.step(ids, read)
    (table[ids] * read).sum().backward()
    learner.rate = 1e-3 / 2  # as a schedule halves it: both rates go along
    assert learner.rate == 1e-3 / 2
    learner.optimizer.step()
    torch.testing.assert_close(table.detach(), expected.table)
    assert torch.equal(table[[0, 2, 4]], start[[0, 2, 4]]), "rows that were not read stay"
    assert not torch.equal(table[1], start[1])
    kept = optimizer_tensors(learner.optimizer)
    again = build_optimizer(network, recipe)
    restore_optimizer(again, kept)
    assert set(optimizer_tensors(again)) == set(kept)


def test_what_is_followed_is_not_averaged() -> None:
    network = numbered(0.0)
    (first, _), *others = network.named_parameters()
    average = Average(network, 0.5, followed=(first,))
    with torch.no_grad():
        for p in network.parameters():
            p.fill_(8.0)
    average.update(network, 1000)
    assert others
    assert (average.shadow[first] == 8.0).all()
    for name, _ in others:
        assert (average.shadow[name] == 4.0).all()


def test_the_average_rises_to_its_decay() -> None:
    network, expected = numbered(0.0), 0.0
    average = Average(network, 0.5)
    for update in range(1, 30):
        with torch.no_grad():
            for p in network.parameters():
                p.fill_(update)
        average.update(network, update)
        decay = min(0.5, (1 + update) / (10 + update))
        expected = decay * expected + (1 - decay) * update
    other = numbered(-1.0)
    average.apply(other)
    for p in other.parameters():
        torch.testing.assert_close(p.detach(), torch.full_like(p, expected))
    assert float(next(network.parameters())[0, 0].detach()) == 29, (
        "the network itself is left alone"
    )


def test_without_decay_the_average_is_the_network() -> None:
    network = nn.Linear(3, 3)
    average = Average(numbered(0.0), 0.0)
    average.shadow = {k: torch.zeros_like(v) for k, v in network.named_parameters()}
    average.update(network, 1)
    assert all(torch.equal(average.shadow[k], v) for k, v in network.named_parameters())


def test_an_average_restored_in_another_order_goes_on() -> None:
    torch_network = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2))
    one, other = Average(torch_network, 0.9), Average(torch_network, 0.9)
    other.shadow = {k: v.clone() for k, v in reversed(one.shadow.items())}
    with torch.no_grad():
        for number, p in enumerate(torch_network.parameters()):
            p.add_(number + 1.0)
    for update in (1, 2, 3):
        one.update(torch_network, update)
        other.update(torch_network, update)
    assert list(one.shadow) != list(other.shadow)
    assert all(torch.equal(one.shadow[key], other.shadow[key]) for key in one.shadow)
