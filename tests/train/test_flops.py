"""What training costs: products counted as a hand would, and the run none the wiser."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Structure
from hrm_toolkit.solvers.bundles.bundle import read_manifest
from hrm_toolkit.solvers.inputs.batch import collate
from hrm_toolkit.solvers.inputs.config import parse_config, relation_specs
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.train import run as run_module
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.record.checkpoint import BUNDLE
from hrm_toolkit.train.record.flops import Products
from hrm_toolkit.train.run import Run


def test_a_structured_forward_is_the_sum_of_its_products() -> None:
    maze = get_adapter("maze")
    puzzle = maze.coerce("S..\n...\n..G")
    structure = maze.structure(puzzle)
    width, inner, vocabulary = 8, 12, maze.codec.spec.size
    relations = relation_specs(structure.relations)
    config = parse_config(
        {
            "family": "structured",
            "vocabulary": vocabulary,
            "width": width,
            "inner": inner,
            "relations": [spec.model_dump() for spec in relations],
            "symbols": False,
            "high_cycles": 2,
            "low_cycles": 3,
        }
    )
    network = build_network(config)
    batch = collate([Encoded(maze.codec.encode(puzzle), structure)])
    carry = network.initial_carry(batch.tokens, batch.structure)
    with torch.no_grad(), Products() as products:
        network(carry, batch.tokens, None, batch.structure)
    mixer = width * width + len(relations) * width * width
    update = 9 * (mixer + 3 * width * inner)
    heads = 9 * width * vocabulary + 2 * width * 2
    assert products.total == 2 * (2 * (3 + 1) * update + heads)


def test_attention_on_a_cpu_is_counted_forward_and_backward() -> None:
    length, width, heads = 6, 16, 2
    config = parse_config(
        {
            "family": "hrm",
            "vocabulary": 5,
            "width": width,
            "heads": heads,
            "layers": 1,
            "high_cycles": 1,
            "low_cycles": 1,
            "max_length": length,
        }
    )
    network = build_network(config)
    batch = collate([Encoded(torch.tensor([1, 2, 3, 4, 1, 2]).int().numpy(), Structure())])
    carry = network.initial_carry(batch.tokens, batch.structure)
    inner = len(network.low.layers[0].mlp.gate_up_proj.weight) // 2
    block = length * (4 * width * width + 3 * width * inner) + 2 * length * length * width
    forward = 2 * (2 * block + length * width * 5 + 2 * width)
    with Products() as products:
        _, output = network(carry, batch.tokens, None, batch.structure)
    assert products.total == forward
    with Products() as products:
        (output.logits.sum() + output.q_halt.sum()).backward()
    # Of an attention the backward forms the scores again.
    again = 2 * (2 * length * length * width)
    assert products.total == 2 * forward + again


def test_a_bundle_says_what_its_training_cost(tiny: Recipe, tmp_path: Path) -> None:
    run = Run(tiny.model_copy(update={"updates": 3}), tmp_path / "run")
    training = read_manifest(run.train()).training
    assert training["flops"] == run.facts()["flops"]
    assert training["flops"] % training["updates"] == 0, "one update was counted"
    assert training["flops"] > 3 * 2 * tiny.batch_size * training["parameters"]


def test_activations_computed_twice_count_twice(tiny: Recipe, tmp_path: Path) -> None:
    once = Run(tiny.model_copy(update={"updates": 1}), tmp_path / "once")
    twice = Run(
        tiny.model_copy(update={"updates": 1, "checkpoint_gradients": True}), tmp_path / "twice"
    )
    costs = [read_manifest(run.train()).training["flops"] for run in (once, twice)]
    assert costs[0] < costs[1] < 2 * costs[0]


@pytest.mark.parametrize("network", ["structured", "hrm"])
def test_counting_leaves_a_run_as_it_was(
    tiny: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, network: str
) -> None:
    families: dict[str, Any] = {
        "structured": tiny.network,
        "hrm": {"family": "hrm", "width": 8, "heads": 2, "layers": 1},
    }
    recipe = tiny.model_copy(update={"updates": 3, "network": families[network]})
    counted = Run(recipe, tmp_path / "counted").train()
    monkeypatch.setattr(run_module, "counting", lambda *_: nullcontext())
    plain = Run(recipe, tmp_path / "plain").train()
    assert read_manifest(counted).sha256 == read_manifest(plain).sha256
    assert read_manifest(plain).training["flops"] is None
    assert (tmp_path / "plain" / BUNDLE).is_dir()
