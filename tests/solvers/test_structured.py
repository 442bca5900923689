"""The structured network: what its equivariance promises."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hrm_toolkit.core import Relation, Structure
from hrm_toolkit.solvers.inputs.batch import Encoded, Ragged, Table, collate
from hrm_toolkit.solvers.inputs.config import StructuredConfig, relation_specs
from hrm_toolkit.solvers.kernels.ops import group_max, ragged_max, ragged_sum, rms_norm
from hrm_toolkit.solvers.networks.families import build_network


def square_structure(n: int) -> Structure:
    """Rows and columns of an n x n grid over n interchangeable symbols."""
    cells = np.arange(n * n).reshape(n, n)
    rows = Relation.groups("row", cells.tolist(), n * n)
    columns = Relation.groups("column", cells.T.tolist(), n * n)
    return Structure((rows, columns), np.arange(2, n + 2, dtype=np.int32))


def line_structure(n: int, seed: int = 0) -> Structure:
    """A line with one-sided neighbours, and a weighted random graph."""
    rng = np.random.default_rng(seed)
    left = Relation.neighbours("left", np.arange(n) - 1)
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j and rng.random() < 0.4]
    near = Relation.edges("near", pairs or [(0, 1)], n, rng.random(max(len(pairs), 1)))
    return Structure((left, near))


def network_for(structure: Structure, vocabulary: int, **options):
    config = StructuredConfig(
        vocabulary=vocabulary,
        width=16,
        inner=24,
        relations=relation_specs(structure.relations),
        **options,
    )
    network = build_network(config, 3).eval()
    with torch.no_grad():
        network.halt_head.weight.normal_(generator=torch.Generator().manual_seed(1))
    return network


def run(network, puzzles, segments=3, **kwargs):
    batch = collate(puzzles, **kwargs)
    carry = network.initial_carry(batch.tokens, batch.structure)
    with torch.no_grad():
        for _ in range(segments):
            carry, output = network(carry, batch.tokens, None, batch.structure)
    return output


@given(seed=st.integers(0, 1000))
def test_a_permutation_of_symbols_permutes_the_output(seed):
    rng = np.random.default_rng(seed)
    structure = square_structure(4)
    network = network_for(structure, 6)
    tokens = rng.integers(1, 6, 16).astype(np.int32)
    mapping = np.concatenate([[0, 1], 2 + rng.permutation(4)])
    before = run(network, [Encoded(tokens, structure)])
    after = run(network, [Encoded(mapping[tokens].astype(np.int32), structure)])
    torch.testing.assert_close(before.logits, after.logits[:, :, mapping], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(before.q_halt, after.q_halt, atol=1e-4, rtol=1e-4)


@given(seed=st.integers(0, 1000))
def test_a_permutation_of_rows_permutes_the_output(seed):
    rng = np.random.default_rng(seed)
    structure = square_structure(4)
    network = network_for(structure, 6)
    tokens = rng.integers(1, 6, 16).astype(np.int32)
    order = (rng.permutation(4)[:, None] * 4 + rng.permutation(4)).reshape(-1)
    before = run(network, [Encoded(tokens, structure)])
    after = run(network, [Encoded(tokens[order], structure)])
    torch.testing.assert_close(before.logits[:, order], after.logits, atol=1e-4, rtol=1e-4)


def answered_as_alone(puzzles, vocabulary, **padding):
    """Each puzzle has in one batch the output that it has by itself."""
    network = network_for(puzzles[0].structure, vocabulary)
    together = run(network, puzzles, **padding)
    for i, puzzle in enumerate(puzzles):
        alone = run(network, [puzzle])
        logits = together.logits[i, : len(puzzle.tokens)]
        torch.testing.assert_close(alone.logits[0], logits, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(alone.q_halt[0], together.q_halt[i], atol=1e-4, rtol=1e-4)


def test_puzzles_of_many_sizes_in_one_batch_are_answered_as_alone():
    rng = np.random.default_rng(0)
    sizes = (2, 4, 3)
    puzzles = [
        Encoded(rng.integers(1, n + 2, n * n).astype(np.int32), square_structure(n)) for n in sizes
    ]
    answered_as_alone(puzzles, 8, length=20, symbols=5)


def test_edges_of_many_degrees_in_one_batch_are_answered_as_alone():
    rng = np.random.default_rng(1)
    puzzles = [
        Encoded(rng.integers(1, 4, n).astype(np.int32), line_structure(n, n)) for n in (3, 9, 6)
    ]
    answered_as_alone(puzzles, 4)


def test_an_edge_weight_matters():
    structure = line_structure(5)
    near = structure.relations[1]
    other = replace(near, weights=near.weights * 2)
    network = network_for(structure, 4)
    tokens = np.array([1, 2, 3, 1, 2], np.int32)
    first = run(network, [Encoded(tokens, structure)])
    second = run(network, [Encoded(tokens, Structure((structure.relations[0], other)))])
    assert not torch.allclose(first.logits, second.logits, atol=1e-3)


def test_pad_is_never_predicted():
    structure = square_structure(3)
    network = network_for(structure, 5)
    output = run(network, [Encoded(np.ones(9, np.int32), structure)])
    assert (output.logits.argmax(-1) > 0).all()


def test_relations_are_stored_dense_where_full_and_ragged_where_not():
    batch = collate([Encoded(np.ones(9, np.int32), square_structure(3))])
    assert isinstance(batch.structure.relations["row"].pooled, Table)
    batch = collate([Encoded(np.ones(5, np.int32), line_structure(5))])
    assert isinstance(batch.structure.relations["left"].pooled, Table)
    assert isinstance(batch.structure.relations["near"].pooled, Ragged)


@pytest.mark.parametrize("function", [rms_norm, group_max])
def test_gradients_of_the_layers(function):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(5, 3, 8, dtype=torch.double, generator=generator, requires_grad=True)
    assert torch.autograd.gradcheck(function, (x,))


@pytest.mark.parametrize("function", [ragged_max, ragged_sum])
def test_gradients_of_ragged_pooling(function):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(9, 4, dtype=torch.double, generator=generator, requires_grad=True)
    row = torch.tensor([0, 0, 1, 1, 1, 3, 3, 3, 3])
    assert torch.autograd.gradcheck(lambda x: function(x, row, 5), (x,))
    assert (function(x, row, 5)[[2, 4]] == 0).all()


def test_a_position_that_no_relation_touches_is_idle():
    left = Relation.neighbours("left", [-1, 0, -1, -1, 1])
    network = network_for(Structure((left,)), 5)
    tokens = np.array([1, 2, 3, 4, 1], np.int32)
    batch = collate([Encoded(tokens, Structure((left,)))] * 2)
    assert batch.structure.idle.tolist() == [2, 3, 7, 8]
    assert batch.structure.lengths.tolist() == [3, 3]
    before = run(network, [Encoded(tokens, Structure((left,)))])
    changed = np.array([1, 2, 4, 4, 1], np.int32)
    after = run(network, [Encoded(changed, Structure((left,)))])
    torch.testing.assert_close(before.logits[0, [0, 1, 3, 4]], after.logits[0, [0, 1, 3, 4]])
    torch.testing.assert_close(after.logits[0, 2], after.logits[0, 3])


def ruled_out(structure: Structure, seed: int) -> Structure:
    """The structure with a third of the symbols ruled out, at least one left at each position."""
    rng = np.random.default_rng(seed)
    cells = structure.relations[0].of.shape[0]
    allowed = rng.random((cells, len(structure.symbols))) < 0.66
    allowed[np.arange(cells), rng.integers(0, len(structure.symbols), cells)] = True
    return Structure(structure.relations, structure.symbols, allowed=allowed)


def test_a_symbol_that_is_ruled_out_is_never_answered():
    structure = ruled_out(square_structure(4), 0)
    network = network_for(structure, 6)
    output = run(network, [Encoded(np.ones(16, np.int32), structure)])
    probabilities = output.logits.softmax(-1)[0, :, 2:]
    assert (probabilities[torch.from_numpy(~structure.allowed)] < 1e-20).all()
    assert (probabilities[torch.from_numpy(structure.allowed)] > 1e-20).all()


def test_puzzles_with_symbols_ruled_out_are_answered_in_a_batch_as_alone():
    rng = np.random.default_rng(0)
    puzzles = [
        Encoded(rng.integers(1, n + 2, n * n).astype(np.int32), ruled_out(square_structure(n), n))
        for n in (3, 5, 4)
    ]
    answered_as_alone(puzzles, 8, length=30, symbols=6)


def test_how_many_symbols_are_left_is_seen():
    square = square_structure(4)
    allowed = np.ones((16, 4), np.bool_)
    fewer = allowed.copy()
    fewer[5, 2] = False
    structure = Structure(square.relations, square.symbols, allowed=allowed)
    network = network_for(structure, 6)
    tokens = np.ones(16, np.int32)
    first = run(network, [Encoded(tokens, structure)])
    second = run(
        network, [Encoded(tokens, Structure(square.relations, square.symbols, allowed=fewer))]
    )
    # Without positions or clues every place is like every other, so only counts can differ.
    assert (first.logits[0, :, 2:] - first.logits[0, 0, 2]).abs().max() < 1e-4
    assert (second.logits[0, 5, [2, 3, 5]] - second.logits[0, 0, 2]).abs().max() > 1e-3


def hints_of(structure: Structure, tokens: np.ndarray) -> torch.Tensor:
    network = network_for(structure, 6, hints=3)
    batch = collate([Encoded(tokens.astype(np.int32), structure)])
    carry = network.initial_carry(batch.tokens, batch.structure)
    hints = network(carry, batch.tokens, None, batch.structure)[1].hints
    assert hints.shape == (1, len(tokens), 4)
    return hints[0]


def test_hints_are_for_training_and_forget_which_symbol_is_which():
    structure, tokens = square_structure(4), np.random.default_rng(0).integers(1, 6, 16)
    mapping = np.array([0, 1, 4, 2, 5, 3])
    torch.testing.assert_close(
        hints_of(structure, tokens), hints_of(structure, mapping[tokens]), atol=1e-4, rtol=1e-4
    )
    network = network_for(structure, 6, hints=3)
    assert run(network, [Encoded(tokens.astype(np.int32), structure)]).hints is None


def test_idle_positions_give_no_hint():
    structure = Structure((Relation.neighbours("left", [-1, 0, -1, -1, 1]),))
    hints = hints_of(structure, np.array([1, 2, 3, 4, 1]))
    assert (hints[[2, 3]] == 0).all()
    assert (hints[[0, 1, 4]] != 0).any(1).all()
