"""Training by fused segments, against the definition: what is learned beside the answer too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from hrm_toolkit.core import Settings
from hrm_toolkit.solvers.kernels.backend import use
from hrm_toolkit.solvers.kernels.triton.launch import watch
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.run import Run

RECIPE = Recipe(
    adapter="maze",
    network={"family": "structured", "width": 32, "inner": 32, "high_cycles": 1, "low_cycles": 1},
    data=Settings(sizes=(3,)),
    samples=4,
    batch_size=2,
    updates=3,
    max_segments=2,
    warmup=1000,
    pace=2,
    validation=1,
    validation_segments=1,
    validations=1,
)
"""Rows are replaced after two segments, so that a third update begins with both."""


def learned(
    recipe: Recipe, out: Path, backend: str, dtype: torch.dtype
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Losses and gradients of every update of a run, and the kernels that it launched."""
    launched: list[str] = []
    found: dict[str, np.ndarray] = {}

    def note(name: str, arguments: dict[str, Any]) -> bool:
        launched.append(name)
        return False

    with use(backend), watch(note):
        run = Run(recipe, out)
        run.network.to(dtype)
        shadow = run.learner.average.shadow
        shadow.update({name: own.to(dtype) for name, own in shadow.items()})
        for number in range(recipe.updates or 0):
            loss = run.advance()
            parts = "total", "answer", "halting", "continuing", "hinting"
            found[f"losses {number}"] = np.array([float(getattr(loss, part)) for part in parts])
            for name, parameter in run.network.named_parameters():
                if parameter.grad is not None:
                    found[f"{name} {number}"] = parameter.grad.double().numpy().copy()
    return found, launched


def error(found: dict[str, np.ndarray], exact: dict[str, np.ndarray]) -> float:
    """The largest of any array against its largest value."""
    assert found.keys() == exact.keys()
    return max(
        float(np.abs(found[name] - true).max() / max(np.abs(true).max(), 1e-3))
        for name, true in exact.items()
    )


@pytest.mark.parametrize("changes", [{}, {"q_continue": True}], ids=["hints", "and going on"])
def test_hints_and_known_answers_are_learned_as_by_the_definition(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    recipe = RECIPE.model_copy(update=changes)
    exact, _ = learned(recipe, tmp_path / "exact", "plain", torch.float64)
    own, none = learned(recipe, tmp_path / "own", "plain", torch.float32)
    ours, launched = learned(recipe, tmp_path / "ours", "triton", torch.float32)
    assert not {"segments", "segment_backward"} & set(none)
    assert launched.count("segment_backward") == 3
    assert all(exact[f"losses {number}"][-1] > 0 for number in range(3)), "hints are to be learned"
    assert any(name.startswith("hint_head") for name in exact)
    assert error(ours, exact) <= 2 * error(own, exact) + 1e-6
