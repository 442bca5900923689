"""What every test shares: checked shapes, repeatable properties, an eye on global randomness."""

from __future__ import annotations

import functools
import json
import math
import random
import signal
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

import jaxtyping
import numpy as np
import pytest
from hypothesis import settings

# Beartype draws which items of a list it checks: not from the generator that tests keep an eye on.
with mock.patch("random.getrandbits", random.Random(0).getrandbits):
    import_module("beartype.door")
# Whatever states shapes has them checked. Checks of all else would be most of the time of a solve.
PACKAGE = Path(__file__).parents[1] / "hrm_toolkit"
SHAPED = [
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in sorted(PACKAGE.rglob("*.py"))
    if "jaxtyping" in path.read_text(encoding="utf-8")
]
jaxtyping.install_import_hook(SHAPED, "beartype.beartype")

# A shell's background job ignores interrupts, and so would every process that a test interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Laws look at a few cases by default; make check asks for --hypothesis-profile=thorough.
settings.register_profile("thorough", deadline=None, derandomize=True, max_examples=40)
settings.register_profile("quick", settings.get_profile("thorough"), max_examples=15)
settings.load_profile("quick")


def global_random_states() -> dict[str, bytes]:
    """The state of each global generator that is loaded, comparable."""
    states = {
        "random": repr(random.getstate()).encode(),
        "numpy": repr([np.asarray(part).tolist() for part in np.random.get_state()]).encode(),  # noqa: NPY002
    }
    torch = sys.modules.get("torch")
    if torch is not None:
        states["torch"] = torch.get_rng_state().numpy().tobytes()
    return states


@pytest.fixture
def untouched_randomness() -> Iterator[None]:
    """Fails the test that asks for it when a global generator is used."""
    before = global_random_states()
    yield
    after = global_random_states()
    touched = [name for name in before if before[name] != after[name]]
    assert not touched, f"global generators were used: {', '.join(touched)}"


GOLDEN = Path(__file__).parent / "golden"
STRIDE = 7


class Golden:
    """Vectors of one published network; see tests/golden/README.md."""

    def __init__(self, name: str) -> None:
        from safetensors.torch import load_file

        self.tensors = load_file(GOLDEN / f"{name}.safetensors")
        self.facts: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text())
        self.tolerance: dict[str, Any] = self.facts["tolerance"]

    def __getitem__(self, key: str) -> Any:
        return self.tensors[key]

    def group(self, prefix: str) -> dict[str, Any]:
        """The tensors whose names start so, by the rest of their names."""
        start = f"{prefix}/"
        return {k.removeprefix(start): v for k, v in self.tensors.items() if k.startswith(start)}

    @property
    def settings(self) -> dict[str, Any]:
        """What the tensors do not tell of the configuration."""
        config = self.facts["config"]
        names = {"heads": "num_heads", "high_cycles": "H_cycles", "low_cycles": "L_cycles"}
        names |= {"positions": "pos_encodings", "max_length": "seq_len"}
        slots = {"puzzle_slots": config["puzzle_emb_len"]} if "puzzle_emb_len" in config else {}
        return {ours: config[theirs] for ours, theirs in names.items()} | slots

    def network(self, **changes: Any) -> Any:
        """The network with the weights of ``init``."""
        from hrm_toolkit.solvers.published.checkpoint import from_published

        return from_published(self.group("init"), self.settings | changes)

    def compare(self, found: Any, key: str, atol: float) -> float:
        """Compare with a vector; of a large one there is only a part, and two sums.

        Returns:
            The largest deviation.
        """
        import torch

        expected = self[key]
        if expected.shape != found.shape:
            if key in self.facts["sums"]:
                total, norm = self.facts["sums"][key]
                wide = found.detach().double()
                # Errors of the elements add up like a random walk.
                bound = atol * math.sqrt(found.numel())
                assert abs(float(wide.sum()) - total) <= bound, key
                assert abs(float(wide.norm()) - norm) <= bound, key
            found = found.flatten()[::STRIDE]
        found, expected = found.detach().double(), expected.double()
        torch.testing.assert_close(found, expected, atol=atol, rtol=0, msg=lambda m: f"{key}: {m}")
        return float((found - expected).abs().max())


@pytest.fixture(scope="session")
def golden() -> Callable[[str], Golden]:
    """Gives the vectors of a published network by name; they are not to be changed."""
    return functools.cache(Golden)


# Each took over a processor second when last looked at, and is left to make check.
LONG = frozenset((Path(__file__).parent / "long.txt").read_text(encoding="utf-8").splitlines())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid in LONG:
            item.add_marker(pytest.mark.long)
