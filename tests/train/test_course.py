"""Training on a stepwise method: targets that advance with the segments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from hrm_toolkit.core import InputError, Process, Settings
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.objective import Course
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.record.checkpoint import BUNDLE, CHECKPOINT, read_checkpoint
from hrm_toolkit.train.run import Run

RECIPE = Recipe(
    adapter="maze",
    network={"family": "structured", "width": 8, "inner": 8, "high_cycles": 1, "low_cycles": 1},
    data=Settings(sizes=(3, 4)),
    samples=12,
    batch_size=4,
    updates=12,
    max_segments=6,
    warmup=1,
    pace=2,
    validation=3,
    validation_segments=4,
    validations=2,
)


def test_targets_are_what_is_known_by_each_rows_step() -> None:
    process = Process(*np.array([[2, 3, 1], [0, 2, 0], [0, 4, 0]], np.int32))
    course = Course.of([process, process], 4, torch.device("cpu"))
    steps = torch.tensor([[1], [4]])
    assert course.hints_at(steps).tolist() == [[2, 1, 1, 0], [2, 3, 1, 0]]
    tokens, labels = torch.tensor([[3, 2, 4, 0]] * 2), torch.tensor([[3, 5, 4, 0]] * 2)
    assert course.labels_at(steps, tokens, labels).tolist() == [[3, 2, 4, 0], [3, 5, 4, 0]]


def test_a_run_learns_hints_and_what_is_known_of_the_answer(tmp_path: Path) -> None:
    run = Run(RECIPE, tmp_path / "run")
    head = run.network.hint_head
    assert isinstance(head, torch.nn.Module)
    before = [p.clone() for p in head.parameters()]
    losses = [run.advance() for _ in range(12)]
    assert all(float(loss.hinting) > 0 for loss in losses)
    assert any(not torch.equal(a, b) for a, b in zip(before, head.parameters(), strict=True))


def test_a_first_step_is_not_asked_for_an_answer(tmp_path: Path) -> None:
    """No wave has come to the start and gone on after one step: nothing is marked yet."""
    recipe = RECIPE.model_copy(update={"pace": 1, "hint_weight": 0.0, "halt_weight": 0.0})
    run = Run(recipe, tmp_path / "run")
    expected: list[torch.Tensor] = []

    def look(module: object, args: tuple[torch.Tensor, ...], output: Any) -> None:
        scored = args[1] != 0
        entropy = cross_entropy(output[1].logits.transpose(1, 2), args[1], reduction="none")
        expected.append(((entropy * scored).sum(1) / scored.sum(1)).mean().detach())

    run.network.register_forward_hook(look)
    torch.testing.assert_close(run.advance().answer, expected[0])


def test_resumed_and_made_by_workers_it_gives_the_same_bytes(tmp_path: Path) -> None:
    whole = Run(RECIPE, tmp_path / "whole")
    whole.train()
    half = Run(RECIPE, tmp_path / "half", workers=1)
    for _ in range(5):
        half.advance()
    half.checkpoint()
    half._stream.close()
    Run.resume(tmp_path / "half").train()
    one, other = (read_checkpoint(tmp_path / name / CHECKPOINT)[0] for name in ("whole", "half"))
    for name, tensor in one.items():
        assert torch.equal(tensor, other[name]), name
    assert Solver.load(tmp_path / "whole" / BUNDLE).solve("S.\n.G") is not None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"adapter": "sudoku", "data": Settings(sizes=(4,))}, "sudoku has no stepwise method"),
        ({"network": {"family": "trm", "width": 8, "heads": 2}}, "this network learns no hints"),
    ],
)
def test_a_pace_without_a_method_or_a_head_is_refused(
    tmp_path: Path, changes: dict[str, object], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        Run(RECIPE.model_copy(update=changes), tmp_path / "run")
