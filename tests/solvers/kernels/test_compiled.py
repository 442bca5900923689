"""Networks under torch.compile: one graph, in which the definitions stand for the kernels."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from hrm_toolkit.solvers.kernels.attention import attention, way
from hrm_toolkit.solvers.kernels.plain import attention as definition

CODE = """
import torch
from drawn import V, drawn_case, in_torch
from hrm_toolkit.solvers.inputs.batch import collate
from hrm_toolkit.solvers.inputs.config import HRMConfig, TRMConfig
from hrm_toolkit.solvers.networks.families import build_network

config, weights, puzzle = drawn_case()
sizes = dict(vocabulary=V, width=32, heads=2, layers=1, max_length=30)
hrm, trm = (build_network(kind(**sizes)) for kind in (HRMConfig, TRMConfig))
batch = collate([puzzle])
for network in (hrm, trm, in_torch(config, weights)):
    carry = network.initial_carry(batch.tokens, batch.structure)
    arguments = (carry, batch.tokens, None, batch.structure)
    compiled = torch.compile(network, fullgraph=True, backend="eager")
    found, wanted = compiled(*arguments)[1], network(*arguments)[1]
    torch.testing.assert_close(found.logits, wanted.logits, atol=1e-4, rtol=1e-4)
    found.logits.sum().backward()
    print(type(network).__name__)
"""


@pytest.mark.long
def test_networks_compile_to_one_graph_each() -> None:
    # In a process of its own, since what checks shapes in tests cannot be traced.
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n{CODE}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["HRM", "TRM", "Structured"], done.stderr


def test_attention_is_the_definition_with_heads_inside() -> None:
    g = torch.Generator().manual_seed(0)
    q, k, v = torch.randn(3, 2, 5, 3, 8, generator=g, dtype=torch.float64)
    wanted = definition(*(x.transpose(1, 2) for x in (q, k, v))).transpose(1, 2)
    torch.testing.assert_close(attention(q, k, v), wanted)


@pytest.mark.parametrize(
    ("capability", "dtype", "width", "installed", "wanted"),
    [
        (9, torch.bfloat16, 64, {"flash_attn_3", "flash_attn"}, "flash_attn_3"),
        (9, torch.bfloat16, 64, {"flash_attn"}, "flash_attn"),
        (8, torch.float16, 64, {"flash_attn_3", "flash_attn"}, "flash_attn"),
        (7, torch.float16, 64, {"flash_attn"}, "sdpa"),
        (9, torch.float32, 64, {"flash_attn_3"}, "sdpa"),
        (9, torch.bfloat16, 36, {"flash_attn_3"}, "sdpa"),
    ],
)
def test_attention_is_computed_by_what_is_there_and_fits(
    monkeypatch: pytest.MonkeyPatch,
    capability: int,
    dtype: torch.dtype,
    width: int,
    installed: set[str],
    wanted: str,
) -> None:
    home = "hrm_toolkit.solvers.kernels.attention"
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (capability, 0))
    monkeypatch.setattr(f"{home}._there", installed.__contains__)
    assert way(torch.device("cuda"), dtype, width) == wanted
    assert way(torch.device("cpu"), dtype, width) == "sdpa"
