"""HRM against the published implementation's numbers."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from hrm_toolkit.core import InputError, Structure
from hrm_toolkit.solvers.batch import Encoded, collate
from hrm_toolkit.solvers.hrm import HRM, HRMConfig
from hrm_toolkit.solvers.model import build_network, parse_config

GOLDEN = Path(__file__).parents[1] / "golden"
RENAMED = {
    "model.inner.": "",
    "H_level": "high",
    "L_level": "low",
    "H_init": "high_init",
    "L_init": "low_init",
    ".embedding_weight": "",
    "puzzle_emb.weights": "puzzle_embedding",
}
CASES = {
    "hrm_tiny": ({"positions": "rope", "puzzle_ids": 5, "puzzle_width": 64}, 1001),
    "hrm_tiny_learned": ({"positions": "learned"}, 1002),
}


def published_name(name: str) -> str:
    for old, new in RENAMED.items():
        name = name.replace(old, new)
    return name


def load_case(name: str) -> tuple[HRM, dict[str, torch.Tensor]]:
    options, seed = CASES[name]
    config = parse_config(
        {"family": "hrm", "vocabulary": 11, "width": 64, "heads": 4, "layers": 2, **options}
    )
    network = build_network(config, seed)
    assert isinstance(network, HRM)
    return network, load_file(GOLDEN / f"{name}.safetensors")


@pytest.mark.parametrize("name", CASES)
def test_every_segment_matches_the_published_one(name):
    network, golden = load_case(name)
    weights = {
        published_name(key.removeprefix("init/")): value
        for key, value in golden.items()
        if key.startswith("init/")
    }
    network.load_state_dict(weights)
    tokens = golden["batch0/inputs"]
    batch = collate([Encoded(row.numpy(), Structure()) for row in tokens])
    ids = golden["batch0/puzzle_identifiers"].long()
    carry = network.initial_carry(batch.tokens, batch.structure)
    for segment in range(1, 5):
        carry, output = network(carry, batch.tokens, ids, batch.structure)
        found = {
            "z_H": carry.z_high,
            "logits": output.logits,
            "q_halt_logits": output.q_halt,
            "q_continue_logits": output.q_continue,
        }
        for key, value in found.items():
            expected = golden[f"eval/seg{segment}/{key}"]
            torch.testing.assert_close(value, expected, atol=2e-5, rtol=0, msg=f"{segment} {key}")


@pytest.mark.parametrize("name", CASES)
def test_the_published_seed_gives_the_published_weights(name):
    network, golden = load_case(name)
    own = network.state_dict()
    # These three start at a constant upstream; the vectors hold random values in their place.
    constant = {"q_head.weight", "q_head.bias", "puzzle_embedding"}
    for key, value in golden.items():
        renamed = published_name(key.removeprefix("init/"))
        if key.startswith("init/") and renamed not in constant:
            assert torch.equal(own[renamed], value), renamed


def test_gradient_reaches_only_the_last_update_of_each_module():
    config = HRMConfig(vocabulary=5, width=16, heads=2, layers=1, max_length=6)
    network = build_network(config, 0)
    batch = collate([Encoded(torch.tensor([1, 2, 3, 4]).int().numpy(), Structure())])
    carry = network.initial_carry(batch.tokens, batch.structure)
    carry = type(carry)(*(part.requires_grad_() for part in carry))
    following, output = network(carry, batch.tokens, None, batch.structure)
    output.logits.sum().backward()
    assert carry.z_high.grad is None
    assert carry.z_low.grad is None
    assert not following.z_high.requires_grad
    assert all(p.grad is not None for p in network.high.parameters())
    assert all(p.grad is not None for p in network.low.parameters())


def test_an_answer_does_not_depend_on_what_else_is_in_the_batch():
    config = HRMConfig(vocabulary=5, width=16, heads=2, layers=1, max_length=9)
    network = build_network(config, 0)
    short = Encoded(torch.tensor([1, 2, 3]).int().numpy(), Structure())
    long = Encoded(torch.tensor([4, 3, 2, 1, 4, 3]).int().numpy(), Structure())
    lone, pair = collate([short]), collate([short, long])
    first = network(
        network.initial_carry(lone.tokens, lone.structure), lone.tokens, None, lone.structure
    )[1]
    second = network(
        network.initial_carry(pair.tokens, pair.structure), pair.tokens, None, pair.structure
    )[1]
    torch.testing.assert_close(first.logits[0], second.logits[0, :3])


def test_a_puzzle_longer_than_the_network_is_refused():
    config = HRMConfig(vocabulary=5, width=16, heads=2, layers=1, max_length=2)
    network = build_network(config, 0)
    batch = collate([Encoded(torch.tensor([1, 2, 3]).int().numpy(), Structure())])
    carry = network.initial_carry(batch.tokens[:, :2], batch.structure)
    with pytest.raises(InputError, match="the puzzle has 3 tokens; expected at most 2"):
        network(carry, batch.tokens, None, batch.structure)


def test_heads_must_divide_the_width():
    with pytest.raises(InputError, match="does not split into 3 heads"):
        HRMConfig(vocabulary=5, width=16, heads=3)
