"""The structured recurrence in Triton against the network in float64."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from drawn import V, drawn_puzzle, drawn_weights, in_torch

from hrm_toolkit.core import Relation, Structure
from hrm_toolkit.solvers.inputs.batch import Batch, collate
from hrm_toolkit.solvers.inputs.config import StructuredConfig
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.solvers.kernels.backend import use
from hrm_toolkit.solvers.networks.network import Carry
from hrm_toolkit.solvers.networks.structured import Structured
from hrm_toolkit.solvers.runners.batched import BatchedRunner
from hrm_toolkit.solvers.runners.runner import Restart
from hrm_toolkit.solvers.solver import Solver

EVERY = ("pool", "neighbour", "weighted", "pool", "neighbour")


@dataclass(frozen=True)
class Case:
    name: str
    kinds: tuple[str, ...] = EVERY
    puzzles: int = 2
    symbols: int = 3
    lengths: tuple[int, int] = (3, 9)
    changes: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return self.name

    def made(self, seed: int = 1) -> tuple[Structured, list[Encoded]]:
        relations = [{"name": f"r{i}", "kind": kind} for i, kind in enumerate(self.kinds)]
        said = {"width": 32, "inner": 32, "high_cycles": 1, "low_cycles": 1} | dict(self.changes)
        config = StructuredConfig(vocabulary=V, relations=relations, **said)
        puzzles: list[Encoded] = []
        for index in range(1000):
            rng = np.random.default_rng([seed, index])
            length = int(rng.integers(*self.lengths))
            symbols = self.symbols if config.symbols else 0
            puzzle = drawn_puzzle(rng, config, symbols=symbols, length=length)
            own = [r.of is None for r in puzzle.structure.relations]
            if not puzzles or own == [r.of is None for r in puzzles[0].structure.relations]:
                puzzles.append(puzzle)
            if len(puzzles) == self.puzzles:
                break
        return in_torch(config, drawn_weights(config, seed)), puzzles


TWICE = (("inner", 64), ("high_cycles", 2), ("gradient_cycles", 2))
CASES = (
    Case("pooled, as recipes have it", ("pool",), symbols=2, changes=(*TWICE, ("low_cycles", 2))),
    Case("every kind, two blocks", changes=(("layers", 2),)),
    Case("no symbols, all cycles learn", puzzles=3, changes=(("symbols", False), *TWICE)),
    Case("a network for symbols, puzzles without", symbols=0),
    Case("no relation at all", (), puzzles=1),
    Case("hints besides", ("pool",), puzzles=2, changes=(("hints", 2),)),
    Case("64 wide", puzzles=1, changes=(("width", 64), ("inner", 64))),
    Case("more places than a tile", ("pool", "neighbour"), puzzles=1, lengths=(20, 25)),
)  # fmt: skip


def started(network: Structured, batch: Batch, deviation: float = 1.0) -> Carry:
    """A carry with noise that is the same in every dtype."""
    rng, carry = np.random.default_rng(2), network.initial_carry(batch.tokens, batch.structure)
    noise = torch.from_numpy(rng.normal(size=(2, *carry.z_high.shape))) * deviation
    return Carry(*((z + n).to(z.dtype) for z, n in zip(carry, noise, strict=True)))


def learned(
    network: Structured, puzzles: list[Encoded], backend: str, deviation: float = 1.0
) -> dict[str, np.ndarray]:
    """What a segment says, and every gradient of a sum of it all, each times a number."""
    batch = collate(puzzles)
    carry = started(network, batch, deviation)
    with use(backend):
        after, output = network(carry, batch.tokens, None, batch.structure)
    found = {"high": after.z_high, "low": after.z_low, "logits": output.logits}
    found["q"] = torch.stack([output.q_halt, output.q_continue])
    rng, total = np.random.default_rng(3), torch.zeros(())
    if output.hints is not None:
        found["hints"] = output.hints
    for said in (output.logits, found["q"], *([output.hints] if "hints" in found else [])):
        total = total + (said * torch.from_numpy(rng.normal(size=said.shape)).to(said)).sum()
    network.zero_grad()
    total.backward()
    found |= {name: p.grad for name, p in network.named_parameters() if p.grad is not None}
    return {name: t.detach().double().numpy().copy() for name, t in found.items()}


def errors(found: dict[str, np.ndarray], exact: dict[str, np.ndarray]) -> dict[str, float]:
    """The largest error of each array against its largest value."""
    assert found.keys() == exact.keys()
    return {
        name: float(np.abs(found[name] - true).max() / max(np.abs(true).max(), 1e-3))
        for name, true in exact.items()
    }


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_segment_errs_no_more_than_the_network_in_torch(case: Case) -> None:
    network, puzzles = case.made()
    exact = learned(copy.deepcopy(network).double(), puzzles, "plain")
    own = errors(learned(network, puzzles, "plain"), exact)
    ours = errors(learned(network, puzzles, "triton"), exact)
    # A single array may be lucky: its error is held to that of the worst.
    assert max(ours.values()) <= 2 * max(own.values()) + 1e-6, (ours, own)


def test_ties_each_receive_the_gradient_of_a_maximum() -> None:
    network, _ = Case("", ("pool", "weighted")).made()
    group = Relation.groups("r0", [[0, 1, 2, 3]], 4)
    edges = Relation.edges("r1", [(0, 2), (1, 2)], 4, [0.5, 0.5])
    same = Encoded(
        np.array([1, 1, 2, 2], np.int32), Structure((group, edges), np.array([], np.int32))
    )
    exact = learned(copy.deepcopy(network).double(), [same], "plain", 0.0)
    own = errors(learned(network, [same], "plain", 0.0), exact)
    ours = errors(learned(network, [same], "triton", 0.0), exact)
    assert max(ours.values()) <= 2 * max(own.values()) + 1e-6


def test_gradients_are_the_same_to_the_bit_and_nobody_s_company_changes_a_state() -> None:
    network, (first, second) = Case("", ("pool", "neighbour"), lengths=(3, 6)).made()
    once, again = (learned(network, [first, second], "triton", 0.0) for _ in range(2))
    assert all(np.array_equal(once[name], again[name]) for name in once)
    alone = learned(network, [second], "triton", 0.0)
    assert np.array_equal(alone["q"][:, 0], once["q"][:, 1])


def test_a_carry_that_is_given_away_is_written_over_where_places_are() -> None:
    network, puzzles = Case("", ("pool",), lengths=(3, 5), changes=(("hints", 2),)).made(3)
    batch = collate(puzzles)
    kept = started(network, batch)
    given = Carry(*(state.clone() for state in kept))
    outcomes, after = [], []
    for carry, network.gives_carry in ((kept, False), (given, True)):
        with use("triton"):
            next_, output = network(carry, batch.tokens, None, batch.structure)
        assert output.hints is not None
        network.zero_grad()
        (output.logits.square().mean() + output.q_halt.sum() + output.hints.sum()).backward()
        gradients = [p.grad for p in network.parameters() if p.grad is not None]
        outcomes.append([output.logits.detach(), output.q_halt.detach(), *gradients])
        after.append(next_)
    assert all(torch.equal(one, other) for one, other in zip(*outcomes, strict=True))
    spots = torch.zeros(kept.z_high.shape[:-1].numel(), dtype=torch.bool)
    spots[batch.structure.place] = True
    assert 0 < int(spots.sum()) < len(spots)
    for before, old, new, wanted in zip(kept, given, after[1], after[0], strict=True):
        assert new.data_ptr() == old.data_ptr()
        assert torch.equal(new.flatten(0, 2)[spots], wanted.flatten(0, 2)[spots])
        assert torch.equal(new.flatten(0, 2)[~spots], before.flatten(0, 2)[~spots])


def halting(network: Structured) -> Structured:
    """A network whose rows halt at different segments."""
    rng = np.random.default_rng(8)
    with torch.no_grad():
        network.halt_head.weight.copy_(torch.from_numpy(rng.normal(size=(2, 64))))
        assert network.halt_head.bias is not None
        network.halt_head.bias.fill_(0.5)
    return network.requires_grad_(False)


@pytest.mark.parametrize("q_continue", [False, True])
def test_a_run_stops_where_each_row_wants_to_halt(q_continue: bool) -> None:
    case = Case("", ("pool", "neighbour"), puzzles=6, changes=(("q_continue", q_continue),))
    network, puzzles = case.made(4)
    batch = collate(puzzles)
    arguments = (batch.tokens, None, batch.structure, 3)
    exact_network = halting(copy.deepcopy(network)).double()
    exact = exact_network.run(started(exact_network, batch), *arguments)
    halting(network)
    with use("plain"):
        own = network.run(started(network, batch), *arguments)
    with use("triton"):
        assert network.ahead > 1
        ours = network.run(started(network, batch), *arguments)
    assert len(set(exact.segments.tolist())) > 1, "rows of this test are to differ"
    assert ours.segments.tolist() == exact.segments.tolist() == own.segments.tolist()
    had = torch.arange(len(exact.logits)).unsqueeze(1) < exact.segments
    for name in ("logits", "q_halt", "q_continue", "moved"):
        true = getattr(exact, name)[had].double()
        known, found = (getattr(run, name)[: len(had)][had] - true for run in (own, ours))
        scale = float(true[true > -99].abs().max())
        assert float(found.abs().max()) <= 2 * float(known.abs().max()) + 1e-6 * scale, name
    for true, usual, found in zip(exact.carry, own.carry, ours.carry, strict=True):
        known, error = (float((state - true).abs().max()) for state in (usual, found))
        assert error <= 2 * known + 1e-6


def seen(runner: BatchedRunner, puzzles: list[Encoded], backend: str) -> dict[int, list[Any]]:
    """Rows that join one by one, leave when they want to, and have at most three segments."""
    rolling = runner.rolling()
    found: dict[int, list[Any]] = {index: [] for index in range(len(puzzles))}
    with use(backend):
        for index, puzzle in enumerate(puzzles):
            rolling.add([(index, puzzle)], Restart(0.5, (index,)))
            for row in rolling.advance():
                found[row.key].append(row)
                if row.wants_halt or row.segment == 3:
                    rolling.drop([row.key])
        while len(rolling):
            for row in rolling.advance():
                found[row.key].append(row)
                if row.wants_halt or row.segment == 3:
                    rolling.drop([row.key])
    return found


def test_a_rolling_batch_runs_ahead_and_says_what_it_would_have_said() -> None:
    network, puzzles = Case("", ("pool",), puzzles=4).made(4)
    halting(network)
    cpu = torch.device("cpu")
    exact = seen(BatchedRunner(copy.deepcopy(network).double(), cpu), puzzles, "plain")
    own, ours = (seen(BatchedRunner(network, cpu), puzzles, by) for by in ("plain", "triton"))
    said: dict[str, list[Any]] = {"logits": [], "q_halt": [], "residual": []}
    for index, rows in exact.items():
        assert [row.segment for row in ours[index]] == [row.segment for row in rows]
        for three in zip(rows, own[index], ours[index], strict=True):
            for name, found in said.items():
                found.append([np.asarray(getattr(row, name), np.float64) for row in three])
    for name, found in said.items():
        known = max(np.abs(usual - true).max() for true, usual, _ in found)
        error = max(np.abs(one - true).max() for true, _, one in found)
        scale = max(np.abs(true[true > -99]).max() for true, _, _ in found)
        assert error <= 2 * known + 1e-6 * scale, name


def test_a_bundle_solves_by_these_kernels() -> None:
    with use("triton"):
        solver = Solver.load("sudoku-4x4")
        assert isinstance(solver.runner(), BatchedRunner)
        result = solver.solve("1...  ..3.  .4..  ...2", strategy="neural")
    assert result.solved


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"width": 16}, "32 and 64"), ({"inner": 40}, "inner"), ({"factors": ()}, "factors")],
)
def test_kernels_say_what_they_cannot_take(changes: dict[str, Any], why: str) -> None:
    from hrm_toolkit.solvers.kernels.triton.recurrence import unsupported

    config = StructuredConfig(vocabulary=V)
    assert unsupported(config) is None
    assert why in str(unsupported(config.model_copy(update=changes)))


def test_what_the_kernels_cannot_take_is_computed_by_the_definition() -> None:
    network, puzzles = Case("", ("pool",), changes=(("width", 16),)).made()
    exact = learned(copy.deepcopy(network).double(), puzzles, "plain")
    found, own = (errors(learned(network, puzzles, by), exact) for by in ("triton", "plain"))
    assert max(found.values()) <= 2 * max(own.values()) + 1e-6
