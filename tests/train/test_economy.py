"""bfloat16 and activations computed twice: nearly the same loss, the same gradients, less kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from hrm_toolkit.core import InputError, Settings
from hrm_toolkit.train.recipe import Recipe, changed
from hrm_toolkit.train.record.checkpoint import CHECKPOINT, read_checkpoint
from hrm_toolkit.train.run import Run

MAZE = Recipe(
    adapter="maze",
    network={"family": "structured", "width": 16, "inner": 32, "low_cycles": 3},
    data=Settings(sizes=(5,)),
    samples=12,
    batch_size=6,
    updates=6,
    max_segments=3,
    validation=3,
    validation_segments=2,
    validations=1,
)
FAMILIES: dict[str, dict[str, Any]] = {
    "structured": MAZE.network,
    "hrm": {"family": "hrm", "width": 16, "heads": 2, "layers": 2, "gradient": "last_cycle"},
    "trm": {"family": "trm", "width": 16, "heads": 2, "layers": 1, "low_cycles": 2},
}


def kept_by(run: Run) -> int:
    """Bytes that an update saves for its backward pass, weights left out."""
    storages: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        storages[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        run.advance()
    for parameter in run.network.parameters():
        storages.pop(parameter.untyped_storage().data_ptr(), None)
    return sum(storages.values())


@pytest.mark.parametrize("family", FAMILIES)
def test_activations_computed_twice_give_the_same_weights(family: str, tmp_path: Path) -> None:
    recipe = MAZE.model_copy(update={"network": FAMILIES[family]})
    plain = Run(recipe, tmp_path / "plain")
    twice = Run(changed(recipe, ["checkpoint_gradients=true"]), tmp_path / "twice")
    assert kept_by(twice) < kept_by(plain) / 2
    for _ in range(3):
        plain.advance()
        twice.advance()
    for one, other in zip(plain.network.parameters(), twice.network.parameters(), strict=True):
        assert torch.equal(one, other)
    assert not twice.network.recompute


@pytest.mark.parametrize("family", FAMILIES)
def test_bfloat16_is_close(family: str, tmp_path: Path) -> None:
    recipe = MAZE.model_copy(update={"network": FAMILIES[family]})
    exact = Run(recipe, tmp_path / "exact")
    coarse = Run(changed(recipe, ["precision=bfloat16"]), tmp_path / "coarse")
    first, other = float(exact.advance().answer), float(coarse.advance().answer)
    assert first != other
    assert other == pytest.approx(first, rel=0.02)
    for _ in range(4):
        first, other = float(exact.advance().answer), float(coarse.advance().answer)
    assert other == pytest.approx(first, rel=0.05)
    assert {p.dtype for p in coarse.network.parameters()} == {torch.float32}
    assert coarse.slots.carry is not None
    assert {part.dtype for part in coarse.slots.carry} == {torch.float32}


def test_both_resume(tmp_path: Path) -> None:
    recipe = changed(MAZE, ["precision=bfloat16", "checkpoint_gradients=true"])
    Run(recipe, tmp_path / "whole").train()

    def stop(progress: Any) -> None:
        if progress.update == 3:
            raise SystemExit

    often = recipe.model_copy(update={"checkpoint_minutes": 1e-9})
    with pytest.raises(SystemExit):
        Run(often, tmp_path / "cut", listener=stop).train()
    resumed = Run.resume(tmp_path / "cut")
    assert resumed.counters.update == 2
    resumed.train()
    (ours, _), (theirs, _) = (read_checkpoint(tmp_path / n / CHECKPOINT) for n in ("cut", "whole"))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_other_precisions_are_refused() -> None:
    with pytest.raises(InputError, match="precision"):
        changed(MAZE, ["precision=float16"])


@pytest.mark.parametrize(("family", "dynamic"), [("structured", True), ("hrm", False)])
def test_a_recipe_asks_for_one_graph_of_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: str, dynamic: bool
) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda self, **how: asked.append(how))
    recipe = MAZE.model_copy(update={"network": FAMILIES[family]})
    Run(recipe, tmp_path / "plain")
    assert not asked
    Run(changed(recipe, ["compile=true"]), tmp_path / "compiled")
    assert [how["dynamic"] for how in asked] == [dynamic]
