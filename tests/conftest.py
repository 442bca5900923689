"""What every test shares: checked shapes, repeatable properties, an eye on global randomness."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator

import jaxtyping
import numpy as np
import pytest
from hypothesis import settings

jaxtyping.install_import_hook(["hrm_toolkit.solvers", "hrm_toolkit.train"], "beartype.beartype")

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")


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
