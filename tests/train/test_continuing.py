"""Recipe keys of the objective and of the carry, seen from a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import InputError, OptionError, Settings, UnknownNameError
from hrm_toolkit.solvers.inputs.batch import Encoded, collate
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.networks.network import Carry, Network
from hrm_toolkit.train.learner import network_config
from hrm_toolkit.train.objective import Continuing
from hrm_toolkit.train.recipe import Recipe, changed
from hrm_toolkit.train.record.checkpoint import CHECKPOINT, read_checkpoint
from hrm_toolkit.train.run import Run

TINY = {"family": "hrm", "width": 8, "heads": 2, "layers": 1}
RECIPE = Recipe(
    adapter="sudoku",
    network=TINY,
    data=Settings(sizes=(4,)),
    samples=8,
    batch_size=4,
    updates=6,
    max_segments=3,
    warmup=1,
    validation=2,
    validation_segments=2,
    validations=1,
)


def with_keys(**keys: Any) -> Recipe:
    return RECIPE.model_copy(update=keys)


def carries_of(run: Run, updates: int) -> list[Carry]:
    """The carry that each training segment begins with."""
    seen: list[Carry] = []
    hook = run.network.register_forward_pre_hook(lambda module, args: seen.append(args[0]))
    for _ in range(updates):
        run.advance()
    hook.remove()
    return seen


@pytest.mark.parametrize("q_continue", [False, True])
def test_a_second_forward_only_where_it_is_asked_for(tmp_path: Path, q_continue: bool) -> None:
    run = Run(with_keys(q_continue=q_continue), tmp_path / "run")
    assert len(carries_of(run, 3)) == (6 if q_continue else 3)
    loss = run.advance()
    assert (float(loss.continuing) > 0) == q_continue


def test_q_continue_learns_what_the_next_segment_says(tmp_path: Path) -> None:
    """The gradient of its head is that of the published target, worked out here."""
    run = Run(with_keys(q_continue=True, warmup=1000, gradient_clip=1e6), tmp_path / "run")
    with torch.no_grad():
        dict(run.network.named_parameters())["q_head.bias"].copy_(torch.tensor([-1.0, 1.0]))
    any_last = False
    for number in range(1, 5):
        ages = torch.tensor(run.slots.state.ages)
        fresh = torch.tensor(run.slots.state.halted)
        last = torch.where(fresh, 0, ages) + 1 >= 3
        network = run.network
        state = {k: v.clone() for k, v in network.state_dict().items()}
        any_last |= bool(last.any())
        (begin, *_rest) = carries_of(run, 1)
        batch = run.slots._batch
        assert batch is not None
        again = build_network(network.config)
        again.load_state_dict(state)
        carry, output = again(begin, batch.tokens, None, batch.structure)
        after = again(carry, batch.tokens, None, batch.structure)[1]
        better = torch.where(last, after.q_halt, torch.maximum(after.q_halt, after.q_continue))
        expected = (output.q_continue.sigmoid() - better.sigmoid()).mean() * 0.5
        bias = dict(network.named_parameters())["q_head.bias"].grad
        assert bias is not None
        torch.testing.assert_close(bias[1], expected.detach(), msg=f"update {number}")
    assert any_last


def test_halting_weighs_going_on_where_that_is_learned(tmp_path: Path) -> None:
    halted = {}
    for q_continue in (False, True):
        recipe = with_keys(q_continue=q_continue, halt_exploration=0.0)
        run = Run(recipe, tmp_path / str(q_continue))
        with torch.no_grad():
            dict(run.network.named_parameters())["q_head.bias"].copy_(torch.tensor([2.0, 4.0]))
        run.advance()
        halted[q_continue] = all(run.slots.state.halted)
    assert halted == {False: True, True: False}


def network_and_batch() -> tuple[Network, Any]:
    adapter = get_adapter("sudoku")
    puzzle = adapter.parse("1... ..3. .4.. ...2")
    batch = collate([Encoded(adapter.codec.encode(puzzle), adapter.structure(puzzle))])
    network = build_network(network_config(RECIPE, adapter))
    with torch.no_grad():
        for name, p in network.named_parameters():
            if name.startswith("q_head"):
                p.normal_(generator=torch.Generator().manual_seed(0))
    return network, batch


def test_a_target_network_follows_slowly() -> None:
    network, batch = network_and_batch()
    own, slow = Continuing(network, 0.0), Continuing(network, 0.75)
    assert own.network is network
    assert own.state() == {}
    last = torch.tensor([False])

    def targets() -> tuple[Tensor, Tensor]:
        carry = network.initial_carry(batch.tokens, batch.structure)
        return own.target(carry, batch, last), slow.target(carry, batch, last)

    one, other = targets()
    assert (one == other).all()
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    with torch.no_grad():
        for p in network.parameters():
            p.add_(1.0)
    one, other = targets()
    assert (one != other).all(), "the copy stays where it was"
    assert not one.requires_grad
    own.update()
    slow.update()
    for name, p in slow.network.named_parameters():
        torch.testing.assert_close(p.detach(), before[name] + 0.25)
        assert not p.requires_grad
    kept = {name: value.clone() for name, value in slow.state().items()}
    other_one = Continuing(network, 0.75)
    other_one.restore(kept)
    for name, value in other_one.state().items():
        assert (value == kept[name]).all()


def test_the_target_network_is_part_of_a_checkpoint(tmp_path: Path) -> None:
    recipe = with_keys(q_continue=True, target_decay=0.5, updates=8)
    whole, cut = Run(recipe, tmp_path / "whole"), Run(recipe, tmp_path / "cut")
    whole.train()
    for _ in range(3):
        cut.advance()
    continuing = cut.learner.continuing
    assert continuing is not None
    start = build_network(cut.network.config, recipe.seed).state_dict()
    learned, slow = cut.network.state_dict(), continuing.state()
    for name in ("lm_head.weight", "low.layers.0.mlp.down_proj.weight"):
        moved = [float((found[name] - start[name]).abs().sum()) for found in (slow, learned)]
        assert 0 < moved[0] < moved[1], "the target network lags behind"
    cut.checkpoint()
    resumed = Run.resume(tmp_path / "cut")
    resumed.train()
    ends = [read_checkpoint(tmp_path / name / CHECKPOINT)[0] for name in ("whole", "cut")]
    assert any(key.startswith("target:") for key in ends[0])
    assert ends[0].keys() == ends[1].keys()
    for key, value in ends[0].items():
        assert value.equal(ends[1][key]), key


def test_fresh_carries_are_random_and_later_ones_as_they_were(tmp_path: Path) -> None:
    """Everything else the same, so the carries differ by the noise alone at the first segment."""
    plain = carries_of(Run(RECIPE, tmp_path / "plain"), 1)[0]
    recipe = with_keys(network=TINY | {"random_carry": 0.5})
    drawn = carries_of(Run(recipe, tmp_path / "drawn"), 1)[0]
    again = carries_of(Run(recipe, tmp_path / "again"), 1)[0]
    for before, after, same in zip(plain, drawn, again, strict=True):
        assert (after == same).all()
        moved = after - before
        assert float(moved.std()) == pytest.approx(0.5, rel=0.15)
        assert (moved[0] != moved[1]).any(), "each puzzle has its own"
    run = Run(recipe, tmp_path / "later")
    carries_of(run, 1)
    carried, halted = run.slots.carry, run.slots.state.halted
    assert carried is not None
    stay = [i for i, leaves in enumerate(halted) if not leaves]
    begun = carries_of(run, 1)[0]
    assert stay
    assert (begun.z_high[stay] == carried.z_high[stay]).all()


def test_without_them_nothing_is_disturbed(tmp_path: Path) -> None:
    run = Run(RECIPE, tmp_path / "run")
    carries_of(run, 1)
    carried = run.slots.carry
    assert carried is not None
    begun = carries_of(run, 1)[0]
    assert (begun.z_high == carried.z_high).all()


def test_a_recipe_may_name_a_preset() -> None:
    adapter = get_adapter("sudoku")
    recipe = Recipe(
        adapter="sudoku",
        network={"preset": "trm-mlp", "width": 16, "heads": 2},
        data=Settings(sizes=(4,)),
    )
    config = network_config(changed(recipe, ["network.layers=1"]), adapter)
    assert config.model_dump()["mixer"] == "mlp"
    assert (config.layers, config.width, config.model_dump()["max_length"]) == (1, 16, 16)
    structured = changed(recipe, ["network.preset=structured", "network.inner=8"])
    assert structured.network == {"preset": "structured", "inner": 8}
    assert network_config(structured, adapter).model_dump()["relations"]
    with pytest.raises(UnknownNameError, match='did you mean "trm-mlp"'):
        network_config(recipe.model_copy(update={"network": {"preset": "trm-mpl"}}), adapter)
    with pytest.raises(OptionError, match="layers"):
        changed(recipe, ["network.layer=1"])


def test_a_target_network_needs_q_continue() -> None:
    with pytest.raises(InputError, match="target_decay"):
        changed(RECIPE, ["target_decay=0.9"])
    assert changed(RECIPE, ["q_continue=true", "target_decay=0.9"]).target_decay == 0.9


def test_the_network_knows_what_it_is_trained_for() -> None:
    adapter = get_adapter("sudoku")
    for q_continue in (False, True):
        assert network_config(with_keys(q_continue=q_continue), adapter).q_continue is q_continue
    wrong = with_keys(network=TINY | {"q_continue": True})
    with pytest.raises(InputError, match=r"network\.q_continue: the network and the recipe"):
        network_config(wrong, adapter)
