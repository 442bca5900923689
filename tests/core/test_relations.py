"""Structure: groups and edges of positions as the rows that networks pool over."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_toolkit.core import Relation, Structure

PAIRS = st.integers(1, 9).flatmap(
    lambda n: st.tuples(
        st.just(n),
        st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=20),
    )
)


@st.composite
def partitions(draw: st.DrawFn) -> tuple[int, list[list[int]]]:
    """A length, and disjoint groups of some of its positions."""
    length = draw(st.integers(1, 12))
    home = draw(st.lists(st.integers(-1, 3), min_size=length, max_size=length))
    groups = [[i for i, g in enumerate(home) if g == wanted] for wanted in range(4)]
    return length, [group for group in groups if group]


def entries(relation: Relation, row: int) -> list[int]:
    return [int(i) for i in relation.source[relation.row(row)]]


@given(partitions())
def test_each_member_reads_exactly_its_group(case: tuple[int, list[list[int]]]) -> None:
    length, groups = case
    relation = Relation.groups("box", groups, length)
    assert relation.of is not None
    assert relation.of.shape == (length,)
    for position in range(length):
        mine = [group for group in groups if position in group]
        row = int(relation.of[position])
        assert (row >= 0) == bool(mine)
        if mine:
            assert entries(relation, row) == mine[0]


@given(PAIRS)
def test_each_target_reads_exactly_its_sources(case: tuple[int, list[tuple[int, int]]]) -> None:
    length, pairs = case
    relation = Relation.edges("road", pairs, length)
    assert relation.of is None
    assert relation.weights is None
    assert len(relation.count) == length
    for target in range(length):
        sources = Counter(s for s, t in pairs if t == target)
        assert Counter(entries(relation, target)) == sources


@given(PAIRS, st.data())
def test_a_weight_stays_with_its_edge(
    case: tuple[int, list[tuple[int, int]]], data: st.DataObject
) -> None:
    length, pairs = case
    numbers = data.draw(
        st.lists(st.integers(1, 99), min_size=len(pairs), max_size=len(pairs)), label="weights"
    )
    relation = Relation.edges("road", iter(pairs), length, iter(map(float, numbers)))
    assert relation.weights is not None
    assert relation.weights.shape == relation.source.shape
    expected = Counter((s, t, w) for (s, t), w in zip(pairs, numbers, strict=True))
    target = np.repeat(np.arange(length), relation.count)
    found = zip(relation.source.tolist(), target.tolist(), relation.weights.tolist(), strict=True)
    assert Counter(found) == expected


@given(partitions(), PAIRS)
def test_rows_are_int32_and_lie_one_after_another(
    groups: tuple[int, list[list[int]]], edges: tuple[int, list[tuple[int, int]]]
) -> None:
    for relation in (
        Relation.groups("a", groups[1], groups[0]),
        Relation.edges("b", edges[1], edges[0]),
        Relation.neighbours("c", np.arange(groups[0]) - 1),
    ):
        assert relation.source.dtype == relation.start.dtype == np.int32
        assert (relation.start[0], relation.start[-1]) == (0, len(relation.source))
        assert (relation.count >= 0).all()


@given(st.lists(st.integers(-1, 9), min_size=10, max_size=10))
def test_each_position_reads_its_one_neighbour_or_none(source: list[int]) -> None:
    relation = Relation.neighbours("left", source)
    assert relation.single
    for position, read in enumerate(source):
        assert entries(relation, position) == ([] if read < 0 else [read])


def test_a_number_of_weights_that_is_not_that_of_edges_is_refused() -> None:
    with pytest.raises(ValueError, match="1 weights for 2 edges"):
        Relation.edges("road", [(0, 1), (1, 0)], 2, [1.0])


def test_structure_without_declarations_is_empty_and_shares_nothing() -> None:
    one, other = Structure(), Structure()
    assert one.relations == ()
    assert one.coordinates is None
    assert one.symbols.dtype == np.int32
    assert len(one.symbols) == 0
    assert one.symbols is not other.symbols
