"""The published training step, against the published implementation's numbers.

Ours is computed in float64 here, so that no processor's rounding decides: the deviation is that of
the published float32 alone. ``test_precision`` then holds our float32 to our float64.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from published_vectors import NETWORKS, exploration_of, published, rows_of, settings_of
from safetensors.torch import load_file

from hrm_toolkit.solvers.inputs.config import HRMConfig
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.networks.network import Carry
from hrm_toolkit.solvers.published.checkpoint import to_published
from hrm_toolkit.train.data.published import (
    Exploration,
    Metrics,
    PublishedTraining,
    Rows,
    State,
    published_rate,
)
from hrm_toolkit.train.optim import Average, SparseSignSGD

GOLDEN = Path(__file__).parents[1] / "golden"
METRICS = {name: name for name in Metrics._fields} | {"rows": "count"}
TABLE = "model.inner.puzzle_emb.weights"


class Step:
    """One golden step, and what to compare it with."""

    def __init__(self, vectors: Any, prefix: str, facts: dict[str, Any], atol: float) -> None:
        self.vectors, self.prefix, self.facts, self.atol = vectors, prefix, facts, atol

    def check(self, state: State, outcome: Any) -> None:
        output = {
            "logits": outcome.output.logits,
            "q_halt_logits": outcome.output.q_halt,
            "q_continue_logits": outcome.output.q_continue,
        }
        if outcome.q_target is not None:
            output["target_q_continue"] = outcome.q_target
        off = max(
            self.vectors.compare(value, f"{self.prefix}/{key}", self.atol)
            for key, value in output.items()
        )
        assert ("target_q_continue" in self.vectors.group(self.prefix)) == (
            outcome.q_target is not None
        )
        assert state.ages.tolist() == self.vectors[f"{self.prefix}/steps"].tolist()
        assert state.halted.tolist() == self.vectors[f"{self.prefix}/halted"].tolist()
        for found, expected in zip(
            state.rows, rows_of(self.vectors, f"{self.prefix}/current_data"), strict=True
        ):
            assert torch.equal(found, expected)
        batch = len(state.ages)
        total = float(outcome.total.detach()) * batch
        compare_losses(
            total, outcome.metrics, self.facts["total_loss"], self.facts["metrics"], off * batch
        )


def compare_losses(
    total: float, metrics: Any, expected: float, published: dict[str, Any], off: float
) -> None:
    """Compare losses and counts, which were summed in float32.

    Args:
        off: the largest deviation of a logit, times the rows. A row's cross-entropy moves by at
            most twice what its logits do, its halting losses, half of which count, once each.
    """
    assert total == pytest.approx(expected, rel=1e-6, abs=3 * off)
    for ours, theirs in METRICS.items():
        found = getattr(metrics, ours)
        bound = 2 * off if ours.endswith("loss") else 0.0
        assert found == pytest.approx(published.get(theirs, 0.0), rel=1e-6, abs=bound), theirs


@pytest.mark.parametrize("name", NETWORKS)
def test_three_steps_of_training(golden, name):
    vectors = golden(name)
    network = vectors.network().double()
    training = PublishedTraining(network, settings_of(vectors.facts, ema=0.999))
    faster = Average(network, 0.9, rising=False)
    seen: list[torch.Tensor] = []
    if training.sparse is not None:
        sparse_step = training.sparse.step
        training.sparse.step = lambda ids, grads: (
            seen.extend([ids.clone(), grads.clone()]),
            sparse_step(ids, grads),
        )
    tolerance = vectors.tolerance
    forward = tolerance.get("train_step3_forward_atol", tolerance.get("forward_atol"))
    state = training.start(rows_of(vectors, "batch0"))
    for number in (1, 2, 3):
        prefix, facts = f"train/step{number}", vectors.facts["train"][number - 1]
        assert state.halted.tolist() == vectors[f"{prefix}/halted_before"].tolist()
        state, outcome = training.step(
            state, rows_of(vectors, f"batch{number - 1}"), exploration_of(vectors, prefix)
        )
        Step(vectors, prefix, facts, forward).check(state, outcome)
        faster.update(network, number)
        grads = dict(zip(("ids", "model.inner.puzzle_emb.local_weights"), seen, strict=False))
        seen.clear()
        if grads:
            assert grads.pop("ids").tolist() == vectors[f"{prefix}/local_ids"].tolist()
        shadow = to_published(network)
        for key, p in zip(shadow, network.state_dict(keep_vars=True).values(), strict=True):
            if p.grad is not None:
                grads[key] = p.grad
        compare_gradients(vectors, prefix, facts, grads, batch=len(state.ages))
        compare_sums(shadow, facts["parameter_sums"])
    vectors.compare(state.carry.z_high, "train/step3/z_H", forward)
    vectors.compare(state.carry.z_low, "train/step3/z_L", forward)
    compare_parameters(vectors, "after3/param", to_published(network))
    compare_parameters(vectors, "after3/ema_mu0.999", to_published(training.averaged()))
    faster.apply(network)
    compare_parameters(vectors, "after3/ema_mu0.9", to_published(network))


def compare_gradients(
    vectors: Any, prefix: str, facts: dict[str, Any], grads: dict[str, Any], batch: int
) -> None:
    """Ours are of the mean over rows, the published vectors of their sum: a power of two apart."""
    relative = vectors.tolerance["grad_rel_to_tensor_absmax"]
    expected = vectors.group(f"{prefix}/grad")
    if prefix.endswith("1"):
        assert set(expected) == set(grads), "a gradient of every parameter"
    assert set(facts["gradient_norms"]) <= set(grads)
    for key in expected:
        found = grads[key] * batch
        vectors.compare(found, f"{prefix}/grad/{key}", relative * float(found.abs().max()))
    for key, norm in facts["gradient_norms"].items():
        assert float(grads[key].double().norm()) * batch == pytest.approx(norm, rel=relative), key


def compare_sums(parameters: dict[str, torch.Tensor], sums: dict[str, list[float]]) -> None:
    for key, (total, norm) in sums.items():
        wide = parameters[key].double()
        assert float(wide.norm()) == pytest.approx(norm, rel=1e-6), key
        assert float(wide.sum()) == pytest.approx(total, abs=1e-6 * wide.numel() ** 0.5 * 4), key


def compare_parameters(vectors: Any, group: str, found: dict[str, torch.Tensor]) -> None:
    for key in vectors.group(group):
        vectors.compare(found[key], f"{group}/{key}", vectors.tolerance["param_after3_atol"])


@pytest.mark.parametrize("name", NETWORKS)
def test_a_call_with_rows_of_every_age(golden, name):
    """Row 0 reaches its last segment, row 2 is replaced, the others go on."""
    vectors = golden(name)
    training = PublishedTraining(vectors.network().double(), settings_of(vectors.facts))
    carry = Carry(vectors["eval/seg2/z_H"].double(), vectors["eval/seg2/z_L"].double())
    state = State(
        carry,
        rows_of(vectors, "batch0"),
        vectors["mixed/steps_in"].long(),
        vectors["mixed/halted_in"],
    )
    before = to_published(training.network)
    state, outcome = training.segment(
        state, rows_of(vectors, "batch1"), exploration_of(vectors, "mixed")
    )
    tolerance = vectors.tolerance.get("forward_atol", 5e-5)
    Step(vectors, "mixed", vectors.facts["mixed"], tolerance).check(state, outcome)
    after = to_published(training.network)
    assert all(torch.equal(after[key], before[key]) for key in before), "nothing is trained"


@pytest.mark.parametrize("name", NETWORKS)
@torch.no_grad()
def test_evaluation_gives_every_row_all_segments(golden, name):
    vectors = golden(name)
    training = PublishedTraining(vectors.network().double(), settings_of(vectors.facts))
    first, second = rows_of(vectors, "batch0"), rows_of(vectors, "batch1")
    steps = vectors.tolerance.get("forward_atol_by_segment", {}).values()
    forward = list(steps) or [vectors.tolerance["forward_atol"]] * 4
    state = training.start(first)
    for number in range(1, 6):
        state, outcome = training.segment(state, first if number < 5 else second)
        assert state.halted.all() == (number == 4)
        assert state.ages.tolist() == [(number - 1) % 4 + 1] * 4
        facts = vectors.facts["eval"][number - 1]
        if number < 5:
            output, prefix = outcome.output, f"eval/seg{number}"
            off = max(
                vectors.compare(output.logits, f"{prefix}/logits", forward[number - 1]),
                vectors.compare(output.q_halt, f"{prefix}/q_halt_logits", forward[number - 1]),
            )
            total = float(outcome.total) * 4
            compare_losses(total, outcome.metrics, facts["loss"], facts["metrics"], 4 * off)
    # The fifth call came after all rows had halted: fresh carries, other data.
    for key, value in {
        "logits": outcome.output.logits,
        "q_halt_logits": outcome.output.q_halt,
        "q_continue_logits": outcome.output.q_continue,
    }.items():
        atol = vectors.tolerance.get("forward_atol", 1e-5)
        vectors.compare(value, f"eval/seg5_reset_batch1/{key}", atol)


@pytest.mark.parametrize("case", [0, 1])
def test_sign_descent_of_the_rows_that_were_read(case):
    vectors = load_file(GOLDEN / "optim.safetensors")
    facts = json.loads((GOLDEN / "optim.json").read_text())["configs"]["sparse"][case]
    table = vectors["in/sparse/weights0"].clone()
    optimizer = SparseSignSGD(table, facts["lr"], facts["wd"])
    trace = vectors[f"out/sparse/{facts['tag']}/weights_trace"]
    steps = zip(vectors["in/sparse/local_ids"], vectors["in/sparse/local_grads"], strict=True)
    for (ids, grads), expected in zip(steps, trace, strict=True):
        before = table.clone()
        optimizer.step(ids, grads)
        torch.testing.assert_close(table, expected, atol=0, rtol=1e-6)
        untouched = [row for row in range(len(table)) if row not in ids.tolist()]
        assert torch.equal(table[untouched], before[untouched])


@pytest.mark.parametrize("case", [0, 1, 2])
def test_learning_rates(case):
    facts = json.loads((GOLDEN / "optim.json").read_text())["lr_schedule"][case]
    given = facts["args"]
    recipe = published(
        warmup=given["num_warmup_steps"],
        updates=given["num_training_steps"],
        final_rate=given["min_ratio"],
    )
    for update, rate in facts["points"]:
        if update <= recipe.updates:
            found = given["base_lr"] * published_rate(recipe, update)
            assert found == pytest.approx(rate, rel=1e-12, abs=1e-18), update
    # The published cosine rises again past the end; ours stays.
    assert published_rate(recipe, 2 * recipe.updates) == recipe.final_rate


def test_a_warmed_up_step_moves_by_the_first_share():
    """AdamATan2's first step has a known size, whatever the gradient."""
    config = HRMConfig(vocabulary=5, width=8, heads=2, layers=1, max_length=4)
    network = build_network(config)
    before = network.lm_head.weight.detach().clone()
    training = PublishedTraining(network, published(warmup=10, weight_decay=0.0))
    tokens = torch.tensor([[1, 2, 3, 4]])
    rows = Rows(tokens, tokens, torch.zeros(1, dtype=torch.long))
    exploration = Exploration.draw(np.random.default_rng(0), 1, 16)
    training.step(training.start(rows), rows, exploration)
    moved = (network.lm_head.weight.detach() - before).abs().max()
    assert float(moved) == pytest.approx(1e-5 * 0.99669, rel=1e-3)


def test_draws_are_repeatable_and_in_range():
    drawn = [Exploration.draw(np.random.default_rng(3), 1000, 4) for _ in range(2)]
    assert all(torch.equal(a, b) for a, b in zip(*drawn, strict=True))
    uniform, least = drawn[0]
    assert 0 <= float(uniform.min()) < float(uniform.max()) < 1
    assert sorted(set(least.tolist())) == [2, 3, 4]


def test_the_puzzle_table_is_not_averaged():
    config = HRMConfig(
        vocabulary=5, width=8, heads=2, layers=1, max_length=4, puzzle_ids=2, puzzle_width=8
    )
    network = build_network(config)
    training = PublishedTraining(network, published(warmup=0, ema=0.5))
    tokens = torch.tensor([[1, 2, 3, 4]])
    rows = Rows(tokens, tokens, torch.ones(1, dtype=torch.long))
    training.step(training.start(rows), rows, Exploration.draw(np.random.default_rng(0), 1, 16))
    averaged = training.averaged()
    assert network.puzzle_embedding[1].abs().max() > 0
    assert torch.equal(averaged.puzzle_embedding, network.puzzle_embedding)
    assert not torch.equal(averaged.lm_head.weight, network.lm_head.weight)
