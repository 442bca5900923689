"""States of every cycle: what they are, that keeping them changes nothing, and their bounds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from hrm_toolkit.adapters.arc.adapter import IdentifiedArc
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Identifiers, OptionError
from hrm_toolkit.solvers.inputs.config import HRMConfig, StructuredConfig, TRMConfig, relation_specs
from hrm_toolkit.solvers.networks.hrm import HRM
from hrm_toolkit.solvers.networks.network import Carry, Network
from hrm_toolkit.solvers.networks.structured import Structured
from hrm_toolkit.solvers.networks.trm import TRM
from hrm_toolkit.solvers.runners import runner as bounds
from hrm_toolkit.solvers.runners.batched import Batched
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.solvers.state_files import write_states

Make = Callable[..., Solver]

SUDOKU = get_adapter("sudoku").parse("1...  ..3.  .4..  ...2")
EMPTY = get_adapter("sudoku").parse("....  ..3.  .4..  ...2")
ARC = {
    "train": [{"input": [[1, 0]], "output": [[0, 1]]}],
    "test": [{"input": [[2, 0]], "output": [[0, 2]]}, {"input": [[3]], "output": [[3]]}],
}


def solver_of(family: str) -> Solver:
    """A Sudoku solver that knows nothing, of 3 high cycles with 2 low ones in each."""
    adapter = get_adapter("sudoku")
    cycles = {"vocabulary": adapter.codec.spec.size, "high_cycles": 3, "low_cycles": 2}
    small = {**cycles, "width": 8, "heads": 2, "layers": 1, "max_length": 20}
    torch.manual_seed(3)
    networks: dict[str, Callable[[], Network]] = {
        "hrm": lambda: HRM(HRMConfig(**small)),
        "trm": lambda: TRM(TRMConfig(**small)),
        "two": lambda: TRM(TRMConfig(**small, modules=2, forward_dtype="bfloat16")),
        "structured": lambda: Structured(
            StructuredConfig(
                **cycles, width=8, relations=relation_specs(adapter.structure(SUDOKU).relations)
            )
        ),
    }
    return Solver(adapter, networks[family]())


FAMILIES = {"hrm": (20, 8), "trm": (20, 8), "two": (20, 8), "structured": (16, 4, 8)}


@pytest.mark.parametrize(("family", "shape"), FAMILIES.items())
def test_each_update_of_a_segment_leaves_a_state(family: str, shape: tuple[int, ...]) -> None:
    for segment in solver_of(family).trace(SUDOKU, segments=2, stop=False, states=True):
        (states,) = segment.states
        assert states.z_high.shape == (3, *shape)
        assert states.z_low.shape == (3, 2, *shape)
        assert states.z_high.dtype == states.z_low.dtype == np.float32
        updates = [*states.z_high, *states.z_low.reshape(-1, *shape)]
        assert len({update.tobytes() for update in updates}) == 3 + 3 * 2, "no update is still"


@pytest.mark.parametrize("family", FAMILIES)
def test_the_last_states_are_the_carry_and_nothing_else_changes(family: str) -> None:
    solver = solver_of(family)
    proposer = solver.proposer()
    assert solver.network is not None
    watched, usual = (Batched[int](solver.network, solver.device) for _ in range(2))
    for rolling in (watched, usual):
        rolling.add([(0, proposer.encode(SUDOKU)), (1, proposer.encode(EMPTY))])
    for _ in range(3):
        rows, plain = watched.advance(states=True), usual.advance()
        carry = usual._carry
        assert isinstance(carry, Carry)
        for index, (row, same) in enumerate(zip(rows, plain, strict=True)):
            assert row.states is not None
            assert same.states is None
            assert np.array_equal(row.states.z_high[-1], carry.z_high[index].float().numpy())
            assert np.array_equal(row.states.z_low[-1, -1], carry.z_low[index].float().numpy())
            assert row.logits.tobytes() == same.logits.tobytes()
            assert (row.q_halt, row.q_continue) == (same.q_halt, same.q_continue)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_trace_with_states_says_what_one_without_says(family: str) -> None:
    solver = solver_of(family)
    kept = list(solver.trace(SUDOKU, segments=3, stop=False, states=True))
    plain = list(solver.trace(SUDOKU, segments=3, stop=False))
    told = [[s.model_dump(exclude={"seconds"}) for s in segments] for segments in (kept, plain)]
    assert told[0] == told[1]
    assert all(segment.states == () for segment in plain)
    hooks = [module._forward_hooks for module in solver.network.modules()]  # type: ignore[union-attr]
    assert not any(hooks), "nothing is left watching"


def test_the_states_of_a_row_do_not_depend_on_longer_ones_beside_it(untrained: Make) -> None:
    solver = untrained("graph")
    proposer = solver.proposer()
    few = solver.adapter.parse('{"edges": [["a", "b"]], "start": "a", "goal": "b"}')
    many = solver.adapter.parse('{"edges": [["a", "b"], ["b", "c"]], "start": "a", "goal": "c"}')
    together = proposer.runner.rolling()
    together.add([(0, proposer.encode(few)), (1, proposer.encode(many))])
    first, second = together.advance(states=True)
    assert first.states is not None
    assert second.states is not None
    assert first.states.z_high.shape[1] == len(proposer.encode(few).tokens)
    assert second.states.z_high.shape[1] == len(proposer.encode(many).tokens)
    (alone,) = next(solver.trace(few, states=True)).states
    np.testing.assert_allclose(first.states.z_low, alone.z_low, atol=1e-6)


def test_each_part_of_a_task_has_states_of_its_own(tmp_path: Path) -> None:
    adapter = IdentifiedArc(Identifiers(names=("<blank>", "task"), shown={}))
    small = {"vocabulary": 12, "width": 4, "heads": 1, "layers": 1, "max_length": 900}
    solver = Solver(adapter, TRM(TRMConfig(**small, high_cycles=2, low_cycles=1)))
    segments = list(solver.trace(ARC, segments=2, stop=False, states=True))
    assert all(len(segment.states) == 2 for segment in segments)
    write_states(tmp_path / "arc.npz", solver, adapter.parse(json.dumps(ARC)), segments)
    arrays = np.load(tmp_path / "arc.npz", allow_pickle=False)
    for part in (1, 2):
        assert arrays[f"tokens.{part}"].shape == (900,)
        assert arrays[f"z_high.{part}"].shape == (2, 2, 900, 4)
        assert arrays[f"z_low.{part}"].shape == (2, 2, 1, 900, 4)
    assert json.loads(str(arrays["facts"]))["parts"] == 2


def test_states_beyond_the_limit_are_refused_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    solver = solver_of("hrm")
    each = (3 + 3 * 2) * 20 * 8 * 4
    monkeypatch.setattr(bounds, "MOST_STATE_BYTES", 5 * each)
    assert len(list(solver.trace(SUDOKU, segments=5, stop=False, states=True))) == 5
    with pytest.raises(OptionError) as refused:
        next(solver.trace(SUDOKU, segments=6, states=True))
    assert f"would take {6 * each:,} bytes" in str(refused.value)
    assert "--segments 5" in str(refused.value)
    monkeypatch.setattr(bounds, "MOST_STATE_BYTES", each - 1)
    with pytest.raises(OptionError, match="smaller puzzle"):
        next(solver.trace(SUDOKU, segments=1, states=True))
