"""Options of the networks by name: presets, and positions from coordinates."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import InputError, Structure, UnknownNameError
from hrm_toolkit.solvers.inputs.batch import Batch, Encoded, collate
from hrm_toolkit.solvers.inputs.config import (
    PRESETS,
    TransformerConfig,
    TRMConfig,
    expanded,
    parse_config,
    preset,
)
from hrm_toolkit.solvers.networks.families import CLASSES, build_network
from hrm_toolkit.solvers.networks.layers import GridRotary
from hrm_toolkit.solvers.networks.network import Network, SegmentOutput
from hrm_toolkit.solvers.solver import Solver

SMALL: dict[str, Any] = {"vocabulary": 7, "width": 16, "heads": 2, "layers": 1, "max_length": 12}
PLACED = ("rope2d", "row_column")


def network_of(positions: str, **changes: Any) -> Network:
    """A small network whose puzzle embedding, where it has one, is not 0."""
    network = build_network(TRMConfig(**SMALL | {"positions": positions} | changes), seed=1)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name == "puzzle_embedding":
                parameter.fill_(0.3)
    return network.eval()


def batch_of(*rows: tuple[list[int], list[tuple[int, int]] | None]) -> Batch:
    return collate(
        [
            Encoded(
                np.array(tokens, np.int32),
                Structure(coordinates=None if at is None else np.array(at, np.int32)),
            )
            for tokens, at in rows
        ]
    )


@torch.no_grad()
def said(network: Network, batch: Batch) -> SegmentOutput:
    carry = network.initial_carry(batch.tokens, batch.structure)
    for _ in range(2):
        carry, output = network(carry, batch.tokens, batch.puzzle_ids, batch.structure)
    assert isinstance(output, SegmentOutput)
    return output


GRID = [(row, column) for row in range(3) for column in range(4)]
TOKENS = [1, 2, 3, 4, 5, 6, 1, 1, 2, 5, 3, 6]


@pytest.mark.parametrize(("name", "millions"), [("hrm", 27), ("trm-att", 7), ("trm-mlp", 5)])
def test_presets_have_the_papers_parameter_counts(name: str, millions: int) -> None:
    config = preset(name, vocabulary=11)
    with torch.device("meta"):
        network = CLASSES[config.family](config)
    assert round(network.parameter_count() / 1e6) == millions


def test_presets_say_what_the_papers_say() -> None:
    hrm, att, mlp = (preset(name, vocabulary=11) for name in ("hrm", "trm-att", "trm-mlp"))
    assert isinstance(hrm, TransformerConfig)
    assert (hrm.modules, hrm.layers, hrm.high_cycles, hrm.low_cycles) == (2, 4, 2, 2)
    assert (hrm.gradient_updates, hrm.prefix, hrm.mixer, hrm.positions) == (
        2,
        1,
        "attention",
        "rope",
    )
    for trm in (att, mlp):
        assert isinstance(trm, TransformerConfig)
        assert (trm.modules, trm.layers, trm.high_cycles, trm.low_cycles) == (1, 2, 3, 6)
        assert (trm.gradient_updates, trm.prefix, trm.width, trm.heads) == (7, 16, 512, 8)
    assert (att.mixer, att.positions) == ("attention", "rope")  # type: ignore[attr-defined]
    assert (mlp.mixer, mlp.positions) == ("mlp", "none")  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "structured"])
def test_a_preset_shrinks_by_its_fields(name: str) -> None:
    config = preset(name, vocabulary=7, width=16, heads=2, layers=1, max_length=12)
    assert isinstance(config, TransformerConfig)
    assert config.puzzle_width == 16, "as wide as the network"
    output = said(build_network(config), batch_of((TOKENS, GRID)))
    assert output.logits.shape == (1, 12, 7)


def test_the_structured_preset_is_the_shipped_one() -> None:
    config = preset("structured", vocabulary=7)
    assert (config.family, config.width, config.high_cycles, config.low_cycles) == (
        "structured", 32, 2, 2,
    )  # fmt: skip


def test_an_unknown_preset_names_the_near_one() -> None:
    with pytest.raises(UnknownNameError, match='did you mean "trm-mlp"'):
        preset("trm-mpl", vocabulary=7)
    with pytest.raises(InputError, match="widht"):
        preset("hrm", vocabulary=7, widht=8)
    with pytest.raises(InputError, match="preset hrm is of family hrm, and family says trm"):
        preset("hrm", vocabulary=7, family="trm")
    assert expanded({"family": "trm", "width": 8}) == {"family": "trm", "width": 8}


coordinate = st.integers(0, 60)
place = st.tuples(coordinate, coordinate)


@given(place, place, place, st.integers(0, 1000))
def test_attention_sees_how_far_apart_rows_and_columns_are(
    one: tuple[int, int], other: tuple[int, int], shift: tuple[int, int], seed: int
) -> None:
    turn = GridRotary(8)
    generator = torch.Generator().manual_seed(seed)
    query, key = torch.randn(2, 1, 1, 1, 8, generator=generator)

    def score(a: tuple[int, int], b: tuple[int, int]) -> float:
        turned = (turn.at(torch.tensor([[at]]))(x) for x, at in ((query, a), (key, b)))
        return float(torch.mul(*turned).sum())

    def moved(at: tuple[int, int]) -> tuple[int, int]:
        return at[0] + shift[0], at[1] + shift[1]

    assert score(one, other) == pytest.approx(score(moved(one), moved(other)), abs=1e-4)


def test_half_of_the_pairs_turn_with_each_axis() -> None:
    turn = GridRotary(8)
    x = torch.randn(1, 1, 1, 8, generator=torch.Generator().manual_seed(0))
    for axis, at in ((0, (3, 0)), (1, (0, 3))):
        kept = (turn.at(torch.tensor([[at]]))(x) == x)[0, 0, 0]
        pairs = kept.view(2, 2, 2)
        assert pairs[:, 1 - axis].all()
        assert not pairs[:, axis].any()


@pytest.mark.parametrize("positions", PLACED)
@pytest.mark.parametrize("slots", [0, 3])
def test_only_coordinates_say_where_a_token_is(positions: str, slots: int) -> None:
    """Tokens listed in another order, each with its place, get the same answers."""
    prefix = {"puzzle_ids": 1, "puzzle_width": 40, "puzzle_slots": slots} if slots else {}
    network = network_of(positions, **prefix)
    order = np.random.default_rng(0).permutation(12).tolist()
    plain = said(network, batch_of((TOKENS, GRID)))
    listed = said(network, batch_of(([TOKENS[i] for i in order], [GRID[i] for i in order])))
    torch.testing.assert_close(listed.logits[0], plain.logits[0, order], atol=1e-4, rtol=1e-4)
    turned = said(network, batch_of((TOKENS, [(column, row) for row, column in GRID])))
    assert (turned.logits - plain.logits).abs().max() > 1e-3, "rows are not columns"


def test_rope2d_knows_no_corner_of_the_plane() -> None:
    network = network_of("rope2d")
    there = [(row + 5, column + 9) for row, column in GRID]
    plain, moved = (said(network, batch_of((TOKENS, at))) for at in (GRID, there))
    torch.testing.assert_close(moved.logits, plain.logits, atol=1e-4, rtol=1e-4)


def test_row_and_column_embeddings_add_up() -> None:
    network = network_of("row_column", max_side=4)
    batch = batch_of(([2] * 12, GRID))
    x = network._embed(batch.tokens, None, network._places(batch.structure))[0]  # type: ignore[operator]
    across = x.view(3, 4, -1)
    torch.testing.assert_close(across[1] - across[0], (across[1, :1] - across[0, :1]).expand(4, -1))
    torch.testing.assert_close(
        across[:, 1] - across[:, 0], (across[:1, 1] - across[:1, 0]).expand(3, -1)
    )
    assert float(x.detach().std()) == pytest.approx(1.0, rel=0.35), "scaled like a learned position"


def test_gradient_reaches_the_embeddings_that_are_read() -> None:
    network = network_of("row_column")
    batch = batch_of((TOKENS, GRID))
    carry = network.initial_carry(batch.tokens, batch.structure)
    network(carry, batch.tokens, None, batch.structure)[1].logits.square().sum().backward()
    grad = network.embed_place.grad
    assert isinstance(grad, torch.Tensor)
    moved = grad.abs().sum(-1) > 0
    assert moved[0].nonzero().flatten().tolist() == [1, 2, 3]
    assert moved[1].nonzero().flatten().tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("positions", PLACED)
def test_padding_stands_nowhere(positions: str) -> None:
    """A short puzzle's answer does not depend on the longer one beside it."""
    network = network_of(positions, puzzle_ids=1, puzzle_width=16, puzzle_slots=2)
    short = ([3, 1, 4, 2], GRID[:4])
    alone = said(network, batch_of(short))
    beside = said(network, batch_of(short, (TOKENS, GRID)))
    torch.testing.assert_close(alone.logits[0], beside.logits[0, :4], atol=1e-4, rtol=1e-4)


def test_batches_carry_coordinates() -> None:
    batch = batch_of(([1, 2], [(0, 5), (7, 0)]), ([3], [(2, 2)]))
    found = batch.to(torch.device("cpu")).structure.coordinates
    assert found is not None
    assert found.tolist() == [[[0, 5], [7, 0]], [[2, 2], [-1, -1]]]
    assert batch_of(([1], [(0, 0)]), ([2], None)).structure.coordinates is None


@pytest.mark.parametrize("positions", PLACED)
@pytest.mark.parametrize(("task", "text"), [("sudoku", "1... ..3. .4.. ...2"), ("maze", "S.\n.G")])
def test_grid_tasks_declare_what_these_positions_need(positions: str, task: str, text: str) -> None:
    adapter = get_adapter(task)
    size = adapter.codec.spec.size
    network = network_of(positions, vocabulary=size, max_length=16)
    assert Solver(adapter, network).solve(text).solved


def test_a_puzzle_too_wide_for_its_embeddings_holds_up_no_other() -> None:
    adapter = get_adapter("maze")
    network = network_of("row_column", vocabulary=adapter.codec.spec.size, max_side=4)
    results = Solver(adapter, network).solve_many(["S....G", "S..\n..G"])
    assert all(result.solved for result in results)
    assert [result.segments > 0 for result in results] == [False, True]


@pytest.mark.parametrize("positions", PLACED)
def test_without_coordinates_they_are_refused(positions: str) -> None:
    with pytest.raises(InputError, match=f"positions {positions} need coordinates"):
        said(network_of(positions), batch_of((TOKENS, None)))


def test_options_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="at most max_side, 2"):
        said(network_of("row_column", max_side=2), batch_of((TOKENS, GRID)))
    assert said(network_of("row_column", max_side=4), batch_of((TOKENS, GRID)))
    with pytest.raises(InputError, match=r"rope2d do not fit 8 heads of width 16"):
        TRMConfig(**SMALL | {"positions": "rope2d", "heads": 8})
    with pytest.raises(InputError, match=r"rope2d do not fit .* mixer mlp"):
        TRMConfig(**SMALL | {"positions": "rope2d", "mixer": "mlp"})


def test_coordinates_change_nothing_for_other_positions() -> None:
    for positions in ("rope", "learned", "none"):
        network = network_of(positions)
        one, other = (said(network, batch_of((TOKENS, at))) for at in (GRID, None))
        for name in ("logits", "q_halt"):
            assert (getattr(one, name) == getattr(other, name)).all()


def test_the_configuration_keeps_its_options_through_json() -> None:
    config = preset("trm-att", vocabulary=7, positions="rope2d", random_carry=0.5)
    assert parse_config(json.loads(config.model_dump_json())) == config
    assert (config.positions, config.random_carry) == ("rope2d", 0.5)  # type: ignore[attr-defined]
