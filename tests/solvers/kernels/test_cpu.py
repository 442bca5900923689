"""The recurrence on a CPU against the network in torch, over random relations."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from drawn import V, cases, drawn_case, drawn_weights, in_torch
from hypothesis import given

from hrm_toolkit.core import BundleError, InputError, OptionError, Relation, Structure
from hrm_toolkit.solvers.inputs.batch import collate
from hrm_toolkit.solvers.inputs.config import StructuredConfig
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.solvers.kernels.cpu import Prepared, Recurrence, available, variant
from hrm_toolkit.solvers.kernels.cpu.native import Native, library
from hrm_toolkit.solvers.networks.structured import Structured


def said_by_torch(network: Structured, puzzle: Encoded, segments: int) -> list[Any]:
    """Carry of the places, logits and halting logits of each segment."""
    batch = collate([puzzle])
    places = puzzle.places.position, puzzle.places.column
    carry = network.initial_carry(batch.tokens, batch.structure)
    found = []
    with torch.no_grad():
        for _ in range(segments):
            carry, output = network(carry, batch.tokens, None, batch.structure)
            states = [state[0].numpy()[places] for state in carry]
            q = np.array([output.q_halt.item(), output.q_continue.item()])
            found.append([*states, output.logits[0].numpy(), q])
    return found


def said_by(recurrence: Recurrence, puzzle: Encoded, segments: int) -> list[Any]:
    """The same of the recurrence; what torch has no word for is held to its definition."""
    prepared = recurrence.prepare(puzzle)
    state = recurrence.start(prepared)
    found = []
    answer = np.full(len(puzzle.tokens), -1)
    for _ in range(segments):
        before = np.stack([state.z_high, state.z_low]).astype(np.float64)
        said = recurrence.run(prepared, state)
        change = np.stack([state.z_high, state.z_low]) - before
        symbols = max(len(puzzle.structure.symbols), 1)
        size = 2 * len(puzzle.tokens) * symbols * recurrence.config.width
        assert said.residual == pytest.approx(np.sqrt(np.square(change).sum() / size), rel=1e-5)
        assert said.tokens.tolist() == said.logits.argmax(1).tolist()
        assert said.changed == (said.tokens.tolist() != answer.tolist())
        threshold = said.q_continue if recurrence.config.q_continue else 0.0
        assert said.wants_halt == (said.q_halt > threshold)
        answer = said.tokens
        q = np.array([said.q_halt, said.q_continue])
        found.append([state.z_high.copy(), state.z_low.copy(), said.logits, q])
    return found


def error(found: list[Any], exact: list[Any]) -> float:
    """Root mean square error over everything that the segments said, against its largest value."""
    pairs = [
        pair
        for ours, theirs in zip(found, exact, strict=True)
        for pair in zip(ours, theirs, strict=True)
    ]
    assert all(ours.shape == theirs.shape for ours, theirs in pairs)
    apart = np.concatenate([(ours - theirs).ravel() for ours, theirs in pairs])
    largest = max((np.abs(theirs).max(initial=0) for _, theirs in pairs), default=0)
    return float(np.sqrt(np.square(apart).mean()) / max(largest, 1))


def require_as_exact_as_torch(make: Any, case: tuple[Any, ...], segments: int = 2) -> None:
    config, weights, puzzle = case
    network = in_torch(config, weights)
    own = said_by_torch(network, puzzle, segments)
    exact = said_by_torch(network.double(), puzzle, segments)
    found = said_by(make(config, weights), puzzle, segments)
    assert error(found, exact) <= 2 * error(own, exact) + 1e-6


@given(case=cases())
def test_the_twin_errs_no_more_than_torch_does(case):
    require_as_exact_as_torch(partial(Recurrence, backend="plain"), case)


needs_native = pytest.mark.skipif(available() is not None, reason=str(available()))


def variants() -> list[str]:
    """Those of the native code that run here."""
    found = library()
    return [] if isinstance(found, str) else list(found.variants)


def native(config: StructuredConfig, weights: dict[str, Any], name: str) -> Recurrence:
    """The recurrence in one variant, whose memory holds NaN at first."""
    recurrence = Recurrence(config, weights, "cpu")
    engine = Native(config, weights, name)
    recurrence._engine = engine
    laid_out = engine._laid_out

    def prefilled(prepared: Prepared) -> Any:
        puzzle, scratch = laid_out(prepared)
        scratch[:] = np.nan
        prepared.logits[prepared.positions] = np.nan
        return puzzle, scratch

    engine._laid_out = prefilled  # type: ignore[method-assign]
    return recurrence


@needs_native
@pytest.mark.parametrize("name", variants())
@given(case=cases(width=32, inner=64))
def test_native_code_errs_no_more_than_torch_does(name, case):
    require_as_exact_as_torch(partial(native, name=name), case)


@needs_native
@given(case=cases(width=64, inner=128))
def test_native_code_of_the_larger_width_errs_no_more_than_torch_does(case):
    require_as_exact_as_torch(partial(native, name=variant()), case, segments=1)


@needs_native
@given(case=cases(width=32, inner=64))
def test_the_twin_and_native_code_say_the_same(case):
    config, weights, puzzle = case
    ours = said_by(native(config, weights, variant()), puzzle, 1)
    theirs = said_by(Recurrence(config, weights, "plain"), puzzle, 1)
    assert error(ours, theirs) <= 1e-5


@needs_native
@given(case=cases(width=32, inner=64))
def test_a_row_is_the_same_to_the_bit_in_any_company(case):
    config, weights, puzzle = case
    recurrence = Recurrence(config, weights, "cpu")
    other = Encoded(puzzle.tokens[::-1].copy(), puzzle.structure)
    alone = said_by(recurrence, puzzle, 3)
    prepared, busy = recurrence.prepare(puzzle), recurrence.prepare(other)
    first, second = recurrence.start(prepared), recurrence.start(prepared)
    second.z_high[:] += 1
    company = recurrence.start(busy)
    for said in alone:
        recurrence.run(busy, company)
        found = recurrence.run(prepared, first)
        recurrence.run(prepared, second)
        assert np.array_equal(found.logits, said[2])
        assert np.array_equal(first.z_high, said[0])


@needs_native
def test_threads_run_rows_side_by_side():
    config, weights, puzzle = drawn_case()
    recurrence = Recurrence(config, weights, "cpu")

    def last(_: int) -> Any:
        prepared = recurrence.prepare(puzzle)
        return recurrence.run(prepared, recurrence.start(prepared), 20).logits

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(last, range(8)))
    assert all(np.array_equal(found[0], other) for other in found)


LINE = StructuredConfig(
    vocabulary=V, width=8, inner=12, relations=[{"name": "r0", "kind": "pool"}], symbols=False
)


def line(name: str = "r0", source: int = 0, tokens: tuple[int, ...] = (1, 2, 3)) -> Encoded:
    relation = Relation.edges(name, [(0, 1), (1, 2)], len(tokens))
    relation.source[0] = source
    return Encoded(np.array(tokens, np.int32), Structure((relation,)))


@pytest.mark.parametrize(
    ("puzzle", "message"),
    [
        (line("road"), 'no relation "r0"'),
        (line(tokens=(1, 9, 3)), 'an index of "tokens" is out of range'),
        (line(tokens=(1, -1, 3)), 'an index of "tokens" is out of range'),
    ],
)
def test_a_puzzle_that_the_network_cannot_read_is_refused(puzzle, message):
    recurrence = Recurrence(LINE, drawn_weights(LINE))
    with pytest.raises(InputError, match=message):
        recurrence.prepare(puzzle)


def test_places_out_of_range_are_refused():
    puzzle = line()
    puzzle.places.poolings[0].source[0] = 3
    with pytest.raises(InputError, match='"r0" is out of range; expected 0 to 2'):
        Recurrence(LINE, drawn_weights(LINE)).prepare(puzzle)


@needs_native
@given(case=cases(width=32, inner=64))
def test_places_that_native_code_sees_at_once_are_those_of_the_definition(case):
    config, weights, puzzle = case
    structure, length = puzzle.structure, len(puzzle.tokens)
    found = Recurrence(config, weights, "cpu").places(structure, length)
    kinds = {spec.kind for spec in config.relations}
    if kinds == {"weighted"} and not len(structure.symbols) and not structure.factors:
        assert found is not None
    if found is not None:
        known = Encoded(puzzle.tokens, structure, 0, True, found)
        for ours, theirs in zip(
            astuple(Recurrence(config, weights, "cpu").prepare(known)),
            astuple(Recurrence(config, weights, "cpu").prepare(puzzle)),
            strict=True,
        ):
            np.testing.assert_equal(ours, theirs)


@needs_native
@pytest.mark.parametrize(
    ("array", "place", "value"),
    [
        ("source", 0, 3),
        ("source", 1, -1),
        ("start", 0, 1),
        ("start", 1, 9),
        ("start", 3, 1),
        ("weights", 0, np.nan),
        ("weights", 1, -np.inf),
    ],
)
def test_native_code_says_nothing_of_a_structure_that_does_not_fit(array, place, value):
    config = StructuredConfig(
        vocabulary=V, relations=[{"name": "r0", "kind": "weighted"}], symbols=False
    )
    relation = Relation.edges("r0", [(0, 1), (1, 2)], 3, [0.5, 1.0])
    recurrence = Recurrence(config, drawn_weights(config), "cpu")
    assert recurrence.places(Structure((relation,)), 3) is not None
    for other in (2, 4):
        assert recurrence.places(Structure((relation,)), other) is None
    getattr(relation, array)[place] = value
    assert recurrence.places(Structure((relation,)), 3) is None
    with pytest.raises(InputError, match="does not fit the puzzle"):
        Structure((relation,)).require(3)


@pytest.mark.parametrize("change", ["missing", "shape", "nan"])
def test_weights_that_do_not_fit_are_refused(change):
    weights = drawn_weights(LINE)
    if change == "missing":
        del weights["high_init"]
    elif change == "shape":
        weights["high_init"] = weights["high_init"][:4]
    else:
        weights["high_init"][2] = np.nan
    with pytest.raises(BundleError, match='"high_init"'):
        Recurrence(LINE, weights)


def test_a_run_ends_at_the_first_segment_that_changes_the_answer_or_wants_to_halt():
    weights = drawn_weights(LINE)
    recurrence = Recurrence(LINE, weights)
    prepared = recurrence.prepare(line())
    alone = recurrence.start(prepared)
    said = [recurrence.run(prepared, alone) for _ in range(12)]
    for until in ("change", "halt"):
        state, at = recurrence.start(prepared), 0
        while at < len(said):
            outcome = recurrence.run(prepared, state, len(said) - at, until=until)
            between = said[at : at + outcome.segments - 1]
            at += outcome.segments
            assert not any(s.wants_halt or (until == "change" and s.changed) for s in between)
            assert np.array_equal(outcome.logits, said[at - 1].logits)
            assert outcome[3:] == said[at - 1][3:]


def test_a_state_of_another_kind_is_refused():
    recurrence = Recurrence(LINE, drawn_weights(LINE))
    prepared = recurrence.prepare(line())
    state = recurrence.start(prepared)
    with pytest.raises(InputError, match=r"expected contiguous float32 of shape \(3, 8\)"):
        recurrence.run(prepared, replace(state, z_high=np.asfortranarray(state.z_high)))
    with pytest.raises(OptionError, match="at least 1"):
        recurrence.run(prepared, state, 0)


def test_a_network_without_native_code_runs_in_numpy_unless_native_code_is_asked_for():
    weights = drawn_weights(LINE)
    assert Recurrence(LINE, weights, "auto").backend == "plain"
    with pytest.raises(OptionError, match="choose plain"):
        Recurrence(LINE, weights, "cpu")
