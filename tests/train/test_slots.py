"""Slots: each row of the training batch is replaced on its own; the others keep what they had."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Settings
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.networks.network import Carry, Network
from hrm_toolkit.train.data.stream import Stream
from hrm_toolkit.train.learner import network_config
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.slots import Slots, SlotState

CPU = torch.device("cpu")
SMALL = {
    "structured": {"family": "structured", "width": 4, "inner": 4, "low_cycles": 1},
    "hrm": {"family": "hrm", "width": 8, "heads": 2, "layers": 1, "max_length": 121},
}


def stream_of(task: str, sizes: tuple[int, ...]) -> Stream:
    return Stream(get_adapter(task), [], Settings(sizes=sizes), augment=False, seed=21)


def network_of(task: str, family: str = "structured") -> Network:
    recipe = Recipe(adapter=task, network=SMALL[family])
    return build_network(network_config(recipe, get_adapter(task)), 1)


def halting(*rows: bool) -> torch.Tensor:
    return torch.tensor(rows)


def advance(slots: Slots, carry: Carry, wants: torch.Tensor, **options: Any) -> None:
    settings = {"max_segments": 4, "exploration": 0.0} | options
    slots.advance(carry, wants, np.random.default_rng(0), **settings)


def test_rows_are_replaced_when_they_halt() -> None:
    network, slots = network_of("maze"), Slots(stream_of("maze", (3,)), 3, CPU)
    carry, batch, labels = slots.refill(network)
    assert slots.state == SlotState([0, 1, 2], [0, 0, 0], [False] * 3, 3, 9)
    assert batch.tokens.shape == labels.shape == (3, 9)
    advance(slots, carry, halting(False, True, False))
    assert slots.state == SlotState([0, 1, 2], [1, 1, 1], [False, True, False], 3, 9)
    _, after, later = slots.refill(network)
    assert slots.state == SlotState([0, 3, 2], [1, 0, 1], [False] * 3, 4, 9)
    stream = stream_of("maze", (3,))
    for row, number in enumerate(slots.state.numbers):
        shown = stream.show(number)
        assert after.tokens[row].tolist() == shown.encoded.tokens.tolist()
        assert later[row].tolist() == shown.labels.tolist()


@pytest.mark.parametrize("family", ["structured", "hrm"])
def test_carries_of_kept_rows_are_untouched(family: str) -> None:
    network, slots = network_of("maze", family), Slots(stream_of("maze", (3,)), 3, CPU)
    first, _, _ = slots.refill(network)
    fresh = Carry(first.z_high.clone(), first.z_low.clone())
    noise = torch.Generator().manual_seed(0)
    grown = Carry(*(torch.randn(part.shape, generator=noise) for part in first))
    advance(slots, grown, halting(False, True, False))
    renewed, _, _ = slots.refill(network)
    for part, before, start in zip(renewed, grown, fresh, strict=True):
        assert torch.equal(part[[0, 2]], before[[0, 2]])
        assert torch.equal(part[1], start[1])
    assert slots.refill(network)[0].z_high is renewed.z_high, "nothing halted, nothing changes"


def test_the_last_segment_halts_every_row() -> None:
    network, slots = network_of("maze"), Slots(stream_of("maze", (3,)), 2, CPU)
    for age in (1, 2, 3):
        carry, _, _ = slots.refill(network)
        advance(slots, carry, halting(False, False), max_segments=3, exploration=1.0)
        assert slots.state.ages == [age, age]
        assert slots.state.halted == [age == 3, age == 3]


@given(
    seed=st.integers(0, 10_000),
    age=st.integers(0, 5),
    most=st.integers(1, 6),
    exploration=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_exploration_only_postpones(seed: int, age: int, most: int, exploration: float) -> None:
    count = 8
    wants = torch.from_numpy(np.random.default_rng(seed).random(count) < 0.5)
    carry = Carry(torch.zeros(count, 1), torch.zeros(count, 1))

    def halted(exploration: float) -> list[bool]:
        state = SlotState([0] * count, [age] * count, [True] * count, 0)
        slots = Slots(stream_of("maze", (2,)), count, CPU, state)
        rng = np.random.default_rng(seed)
        slots.advance(carry, wants, rng, max_segments=most, exploration=exploration)
        return slots.state.halted

    with_, without = halted(exploration), halted(0.0)
    assert all(b or not a for a, b in zip(with_, without, strict=True))
    if age + 1 >= most:
        assert all(with_)
    elif exploration == 0:
        assert with_ == wants.tolist()
    elif exploration == 1 and age == 0:
        assert not any(with_), "at least two segments"


def test_exploration_draws_a_least_number_of_segments() -> None:
    count, most = 400, 5
    slots = Slots(stream_of("maze", (2,)), count, CPU, SlotState([0] * count, [0] * count,
                  [True] * count, 0))  # fmt: skip
    carry = Carry(torch.zeros(count, 1), torch.zeros(count, 1))
    shares = []
    for age in range(1, 5):
        slots.state.ages = [age - 1] * count
        rng = np.random.default_rng(age)
        slots.advance(carry, halting(*[True] * count), rng, max_segments=most, exploration=1.0)
        shares.append(sum(slots.state.halted) / count)
    assert shares == pytest.approx([0, 0.25, 0.5, 0.75], abs=0.08), "drawn from 2 to 5, anew"


@pytest.mark.parametrize("family", ["structured", "hrm"])
def test_padding_grows_with_the_puzzles_and_stays(family: str) -> None:
    network, stream = network_of("maze", family), stream_of("maze", (2, 3, 4))
    lengths = [len(stream.show(number).labels) for number in range(20)]
    slots = Slots(stream, 2, CPU)
    most, seen = 0, set()
    for _ in range(12):
        carry, batch, labels = slots.refill(network)
        shown = [lengths[number] for number in slots.state.numbers]
        most = max(most, *shown)
        seen.add((most, max(shown)))
        assert batch.tokens.shape == labels.shape == (2, most)
        for row, length in enumerate(shown):
            assert (labels[row, length:] == 0).all()
            assert (batch.tokens[row, length:] == 0).all()
        with torch.no_grad():
            carry, _ = network(carry, batch.tokens, batch.puzzle_ids, batch.structure)
        advance(slots, carry, halting(True, True) if len(seen) % 2 else halting(True, False))
    assert len({most for most, _ in seen}) > 1, "it grew"
    assert any(widest < most for most, widest in seen), "it stayed"


@pytest.mark.parametrize("family", ["structured", "hrm"])
@pytest.mark.parametrize("task", ["maze", "sudoku"])
def test_slots_go_on_from_their_state(task: str, family: str) -> None:
    """Saved at any segment, with bigger puzzles gone by, they go on bit for bit."""
    sizes = (2, 3, 4) if task == "maze" else (4, 6)
    network, stream = network_of(task, family), stream_of(task, sizes)

    def segment(slots: Slots, number: int) -> torch.Tensor:
        carry, batch, labels = slots.refill(network)
        with torch.no_grad():
            carry, output = network(carry, batch.tokens, batch.puzzle_ids, batch.structure)
        wants = torch.from_numpy(np.random.default_rng(number).random(2) < 0.5)
        advance(slots, carry, wants)
        assert labels.shape == output.logits.shape[:2]
        return output.logits

    slots = Slots(stream, 2, CPU)
    for number in range(14):
        kept = SlotState(**copied(slots.state))
        again = Slots(stream_of(task, sizes), 2, CPU, kept, slots.carry)
        assert torch.equal(segment(slots, number), segment(again, number))
        assert slots.state == again.state


def copied(state: SlotState) -> dict[str, Any]:
    return {k: list(v) if isinstance(v, list) else v for k, v in vars(state).items()}
