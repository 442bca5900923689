"""Shared half of grid tasks: symmetries, neighbours, waves, text."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hrm_toolkit.adapters.grid import (
    DIRECTIONS,
    Dihedral,
    coordinates,
    distances,
    fence,
    neighbours,
    require_rectangle,
    require_symbols,
    text_rows,
)
from hrm_toolkit.core import Deadline, InputError

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=6)
DIHEDRALS = st.sampled_from(Dihedral.all())
FREE = hnp.arrays(np.bool_, SHAPES)


def numbered(height: int, width: int) -> np.ndarray:
    return np.arange(height * width).reshape(height, width)


def test_the_eight_symmetries_are_distinct_and_closed_under_composition() -> None:
    grid = numbered(3, 3)
    images = {symmetry.array(grid).tobytes() for symmetry in Dihedral.all()}
    assert len(images) == 8
    for one in Dihedral.all():
        for other in Dihedral.all():
            assert one.array(other.array(grid)).tobytes() in images


def test_draw_depends_on_the_generator_alone_and_reaches_all_eight() -> None:
    rng, again = np.random.default_rng(3), np.random.default_rng(3)
    drawn = [Dihedral.draw(rng) for _ in range(200)]
    assert drawn == [Dihedral.draw(again) for _ in range(200)]
    assert set(drawn) == set(Dihedral.all())


@given(DIHEDRALS, SHAPES)
def test_the_inverse_undoes_every_form(symmetry: Dihedral, shape: tuple[int, int]) -> None:
    grid = numbered(*shape)
    rows = grid.tolist()
    letters = ["".join(chr(97 + item) for item in row) for row in rows]
    cells = tuple(map(tuple, coordinates(*shape).tolist()))
    moved_shape = symmetry.array(grid).shape
    assert np.array_equal(symmetry.inverse.array(symmetry.array(grid)), grid)
    assert symmetry.inverse.table(symmetry.table(rows)) == tuple(map(tuple, rows))
    assert symmetry.inverse.text(symmetry.text(letters)) == tuple(letters)
    assert symmetry.inverse.cells(symmetry.cells(cells, *shape), *moved_shape) == cells


@given(DIHEDRALS, SHAPES)
def test_array_table_and_cells_move_alike(symmetry: Dihedral, shape: tuple[int, int]) -> None:
    grid = numbered(*shape)
    moved = symmetry.array(grid)
    assert np.array(symmetry.table(grid.tolist())).reshape(moved.shape).tolist() == moved.tolist()
    cells = [tuple(cell) for cell in coordinates(*shape).tolist()]
    for before, after in zip(cells, symmetry.cells(cells, *shape), strict=True):
        assert moved[after] == grid[before]


@given(FREE)
def test_each_free_cell_reads_its_free_neighbour_on_each_side(free: np.ndarray) -> None:
    height, width = free.shape
    relations = neighbours(free)
    assert [relation.name for relation in relations] == ["north", "south", "east", "west"]
    for relation in relations:
        down, right = DIRECTIONS[relation.name]
        assert relation.count.shape == (free.size,)
        assert relation.source.dtype == relation.start.dtype == np.int32
        for position, (row, column) in enumerate(coordinates(height, width).tolist()):
            r, c = row + down, column + right
            joined = 0 <= r < height and 0 <= c < width and free[row, column] and free[r, c]
            read = relation.source[relation.row(position)].tolist()
            assert read == ([r * width + c] if joined else [])


@given(FREE, st.data())
def test_distances_are_those_of_the_graph_of_free_cells(
    free: np.ndarray, data: st.DataObject
) -> None:
    free[0, 0] = True
    graph = nx.grid_2d_graph(*free.shape)
    graph.remove_nodes_from([cell for cell in list(graph) if not free[cell]])
    origin = data.draw(st.sampled_from(sorted(graph)))
    expected = nx.single_source_shortest_path_length(graph, origin)
    cells, stride = fence(free)
    found = distances(cells, stride, (origin[0] + 1) * stride + origin[1])
    reached = {divmod(i - stride, stride): steps for i, steps in enumerate(found) if steps >= 0}
    assert reached == dict(expected)


def test_distances_stop_at_a_cell_and_at_a_deadline() -> None:
    cells, stride = fence(np.ones((1, 9), np.bool_))
    assert max(distances(cells, stride, stride, until=stride + 3)) == 3
    assert max(distances(cells, stride, stride, deadline=Deadline.after(0.0))) == 0


@pytest.mark.parametrize(
    ("text", "rows", "first"),
    [
        ("ab\ncd", ["ab", "cd"], 1),
        ("\ufeffab\r\ncd\r\n\r\n", ["ab", "cd"], 1),
        ("\n\rab  \r", ["ab  "], 3),
        ("a\n\nb", ["a", "", "b"], 1),
        ("\n\n", [], 1),
        ("", [], 1),
    ],
)
def test_text_rows(text: str, rows: list[str], first: int) -> None:
    found, number = text_rows(text)
    assert found == rows
    if rows:
        assert number == first


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], "the grid has no lines"),
        (["ab", "", "ab"], "line 4 is empty"),
        (["ab", "abc"], "line 4 has 3 cells; expected 2, as in line 3"),
        (["a"] * 5, "the grid has 5 lines; expected at most 4"),
        (["abcde"], "line 3 has 5 cells; expected at most 4"),
    ],
)
def test_uneven_rows_are_refused_with_their_number(rows: list[str], says: str) -> None:
    with pytest.raises(InputError) as caught:
        require_rectangle(rows, 4, unit="line", first=3)
    assert says in str(caught.value)


def test_an_unknown_symbol_is_refused_with_its_place() -> None:
    require_symbols(["ab", "ba"], "ab")
    with pytest.raises(InputError, match="row 2 column 1 has 'c'; expected one of a b space"):
        require_symbols(["ab", "cb"], "ab ")
