"""Every segment of HRM and TRM against the published implementations' numbers, and their parts.

Ours is computed in float64 where the vectors are of float32: no processor's rounding decides.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from hrm_toolkit.core import Structure
from hrm_toolkit.solvers.inputs.batch import Encoded, collate
from hrm_toolkit.solvers.kernels.ops import rms_norm
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.networks.layers import Attention, Linear, Rotary, SwiGLU, truncated_normal_
from hrm_toolkit.solvers.published.checkpoint import published_name

GOLDEN = Path(__file__).parents[1] / "golden"
NETWORKS = ("hrm_tiny", "hrm_tiny_learned", "trm_tiny", "trm_mlp_tiny")
# These three start at a constant; the vectors hold random values in their place.
CONSTANT = {"q_head.weight", "q_head.bias", "puzzle_embedding"}


def run(network: Any, vectors: Any, batch: str = "batch0") -> Any:
    """Yields the carry and outputs of segment after segment."""
    tokens = vectors[f"{batch}/inputs"]
    inputs = collate([Encoded(row.numpy(), Structure()) for row in tokens])
    ids = vectors[f"{batch}/puzzle_identifiers"].long()
    carry = network.initial_carry(inputs.tokens, inputs.structure)
    while True:
        carry, output = network(carry, inputs.tokens, ids, inputs.structure)
        yield {
            "z_H": carry.z_high,
            "z_L": carry.z_low,
            "logits": output.logits,
            "q_halt_logits": output.q_halt,
            "q_continue_logits": output.q_continue,
        }


def advised(vectors: Any, segment: int) -> float:
    """The tolerance that the vectors come with."""
    steps = vectors.tolerance.get("forward_atol_by_segment")
    return steps[str(segment)] if steps else vectors.tolerance["forward_atol"]


@pytest.mark.parametrize("name", NETWORKS)
@torch.no_grad()
def test_every_segment_is_the_published_one(golden, name):
    vectors = golden(name)
    network = vectors.network().double()
    ids = vectors["batch0/puzzle_identifiers"].long()
    embedded = network._embed(vectors["batch0/inputs"].long(), ids)
    vectors.compare(embedded, "eval/input_embeddings", 1e-6)
    segments = run(network, vectors)
    for segment in range(1, 5):
        for key, value in next(segments).items():
            vectors.compare(value, f"eval/seg{segment}/{key}", advised(vectors, segment))


@pytest.mark.parametrize("name", NETWORKS)
@torch.no_grad()
def test_bfloat16_is_the_published_one_within_its_rounding(golden, name):
    vectors = golden(name)
    segments = run(vectors.network(forward_dtype="bfloat16"), vectors)
    for segment in (1, 2):
        found = next(segments)
        assert found["logits"].dtype == found["z_H"].dtype == torch.bfloat16
        assert found["q_halt_logits"].dtype == torch.float32
        for key in vectors.group(f"eval_bf16/seg{segment}"):
            tolerance = vectors.tolerance["bf16_forward_atol"]
            vectors.compare(found[key], f"eval_bf16/seg{segment}/{key}", tolerance)


def same_draw(found, expected):
    """Equal but for the last bits, since erfinv rounds differently on another processor."""
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_published_seed_gives_the_published_weights(golden, name):
    vectors = golden(name)
    own = build_network(vectors.network().config, vectors.facts["init_seed"]).state_dict()
    scale = vectors.facts["residual_branch_scale"]
    initial = vectors.group("init")
    assert len(own) == len(initial)
    for key, value in own.items():
        if key not in CONSTANT:
            scaled = value * scale if key.endswith(("o_proj.weight", "down_proj.weight")) else value
            same_draw(scaled, initial[f"model.inner.{published_name(key)}"])
    assert not own["q_head.weight"].any()
    assert own["q_head.bias"].tolist() == [-5.0, -5.0]
    assert not own.get("puzzle_embedding", torch.zeros(1)).any()


@pytest.fixture(scope="module")
def ops() -> dict[str, torch.Tensor]:
    return load_file(GOLDEN / "ops.safetensors")


def close(
    found: torch.Tensor, expected: torch.Tensor, atol: float = 5e-6, rtol: float = 0.0
) -> None:
    torch.testing.assert_close(found.detach().double(), expected.double(), atol=atol, rtol=rtol)


def test_rotary_tables_and_rotations(ops):
    rotary = Rotary(16, 82)
    close(rotary.cos, ops["out/rope/cos_dim16_len82"], 1e-6)
    close(rotary.sin, ops["out/rope/sin_dim16_len82"], 1e-6)
    wide = Rotary(64, 916)
    rows = ops["out/rope/dim64_rows"].long()
    # One unit in the last place of the angle at position 915 is 6e-5.
    close(wide.cos[rows], ops["out/rope/cos_dim64_rows"], 1e-4)
    close(wide.sin[rows], ops["out/rope/sin_dim64_rows"], 1e-4)
    for part in "qk":
        x = ops[f"in/rope/{part}"].transpose(1, 2)
        close(rotary(x).transpose(1, 2), ops[f"out/rope/{part}_rot"])
    narrow = rotary(ops["in/rope/q"].bfloat16().transpose(1, 2)).transpose(1, 2)
    assert narrow.dtype == torch.bfloat16
    close(narrow, ops["out/rope/q_rot_bf16"], 0.05)


def test_root_mean_square_norm(ops):
    x = ops["in/rms/x"].double().requires_grad_()
    y = rms_norm(x)
    close(y, ops["out/rms/y_eps1e-5"])
    (y * ops["in/rms/w"].double()).sum().backward()
    # Rows of tiny inputs have gradients near 1000, of which 5e-7 is four units in the last place.
    close(x.grad, ops["out/rms/grad_x"], rtol=5e-7)
    close(rms_norm(ops["in/rms/x"].bfloat16()), ops["out/rms/y_eps1e-5_bf16"], 0.05)


def test_swiglu(ops):
    layer = SwiGLU(64, SwiGLU.published_inner(64, 4.0))
    layer.load_state_dict(
        {f"{k}.weight": ops[f"in/swiglu/{k}.weight"] for k in ("gate_up_proj", "down_proj")}
    )
    x = ops["in/swiglu/x"].double().requires_grad_()
    y = layer.double()(x)
    close(y, ops["out/swiglu/y"])
    y.backward(ops["in/swiglu/upstream_grad"].double())
    close(x.grad, ops["out/swiglu/grad_x"])
    grad = ops["out/swiglu/grad_down"]
    # The bound that the vectors come with for gradients, which are sums over rows in float32.
    close(layer.down_proj.weight.grad, grad, 1e-5 * float(grad.abs().max()))
    norms = layer.gate_up_proj.weight.grad.norm(dim=1)
    expected = ops["out/swiglu/grad_gate_up_row_l2"]
    close(norms, expected, 1e-5 * float(expected.max()))


def test_every_published_inner_size():
    for width, expansion, inner in json.loads((GOLDEN / "ops.json").read_text())["swiglu_inner"]:
        assert SwiGLU.published_inner(width, float(expansion)) == inner, (width, expansion)


@pytest.mark.parametrize("positions", ["rope", "norope"])
def test_attention(ops, positions):
    layer = Attention(32, 4)
    layer.load_state_dict(
        {f"{k}.weight": ops[f"in/attn/{k}.weight"] for k in ("qkv_proj", "o_proj")}
    )
    x = ops["in/attn/x"].double().requires_grad_()
    y = layer.double()(x, Rotary(8, 19).of_length(19) if positions == "rope" else None)
    close(y, ops[f"out/attn/{positions}/y"])
    y.backward(ops["in/attn/upstream_grad"].double())
    close(x.grad, ops[f"out/attn/{positions}/grad_x"])
    close(layer.qkv_proj.weight.grad, ops[f"out/attn/{positions}/grad_qkv"])
    close(layer.o_proj.weight.grad, ops[f"out/attn/{positions}/grad_o"])


def test_weights_are_cast_to_the_input(ops):
    layer = Linear(8, 4, bias=True)
    layer.load_state_dict({k: ops[f"in/linear/{k}"] for k in ("weight", "bias")})
    close(layer(ops["in/linear/x"]), ops["out/linear/y"])
    assert layer(ops["in/linear/x"].bfloat16()).dtype == torch.bfloat16
    close(layer(ops["in/linear/x"].bfloat16()), ops["out/linear/y_bf16"], 0.05)


@pytest.mark.parametrize("name", ["std1", "std_1_over_8", "std_embed512", "std1_bf16"])
def test_truncated_normal(name):
    facts = json.loads((GOLDEN / "init.json").read_text())[name]
    generator = torch.Generator().manual_seed(facts["seed"])
    dtype, std = getattr(torch, facts["dtype"].removeprefix("torch.")), facts["std_argument"]
    x = truncated_normal_(torch.empty(facts["n"], dtype=dtype), std, generator)
    samples = load_file(GOLDEN / "init.safetensors")[f"trunc_normal/{name}/first2048_seed0"]
    same_draw(x[:2048], samples)
    for key, found in {"mean": x.double().mean(), "std": x.double().std(), "max": x.max()}.items():
        assert float(found) == pytest.approx(facts[key], abs=1e-5), key
    quantiles = torch.tensor([float(q) for q in facts["quantiles"]], dtype=torch.double)
    found = torch.quantile(x.double(), quantiles)
    close(found, torch.tensor(list(facts["quantiles"].values()), dtype=torch.double), 1e-5)


def test_no_deviation_draws_nothing():
    generator = torch.Generator().manual_seed(0)
    before = generator.get_state()
    assert not truncated_normal_(torch.full((8,), 3.0), 0.0, generator).any()
    assert torch.equal(generator.get_state(), before)
