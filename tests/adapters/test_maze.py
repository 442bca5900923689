"""Mazes as a user meets them: input, rules, tokens, generation, and the laws between them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hrm_toolkit.adapters.maze import MazeAdapter, MazeAnswer, MazePuzzle, MazeSymmetry
from hrm_toolkit.core import (
    NOT_YET,
    InputError,
    OptionError,
    UnknownNameError,
    search,
    validate,
)

EXAMPLES = Path(__file__).parents[2] / "examples"
MAZE = MazeAdapter()
RULES, CODEC = MAZE.rules, MAZE.codec
SQUARE = MazePuzzle(grid=("S.", ".G"))
SPLIT = MazePuzzle(grid=("S#.", ".#G"))
SHAPES = [(1, 2), (2, 1), (2, 2), (1, 9), (9, 1), (3, 3), (4, 4), (5, 8), (8, 5), (7, 7), (10, 11)]


@st.composite
def mazes(draw: st.DrawFn, side: int = 6) -> MazePuzzle:
    """Any maze, solvable or not."""
    height, width = draw(st.integers(1, side)), draw(st.integers(2, side))
    cells = draw(st.lists(st.sampled_from("..#"), min_size=height * width, max_size=height * width))
    ends = st.integers(0, len(cells) - 1)
    start, goal = draw(st.lists(ends, min_size=2, max_size=2, unique=True))
    cells[start], cells[goal] = "S", "G"
    return MazePuzzle(grid=tuple("".join(row) for row in np.reshape(cells, (height, width))))


def cell_of(puzzle: MazePuzzle, symbol: str) -> tuple[int, int]:
    return next((r, row.index(symbol)) for r, row in enumerate(puzzle.grid) if symbol in row)


def shortest_paths(puzzle: MazePuzzle) -> list[list[tuple[int, int]]]:
    """Every shortest path, by networkx."""
    graph = nx.grid_2d_graph(*puzzle.shape)
    graph.remove_nodes_from([(r, c) for r, c in list(graph) if puzzle.grid[r][c] == "#"])
    start, goal = cell_of(puzzle, "S"), cell_of(puzzle, "G")
    if not nx.has_path(graph, start, goal):
        return []
    return list(nx.all_shortest_paths(graph, start, goal))


# Input


@pytest.mark.parametrize(
    "value",
    [
        "S..\n##.\nG..",
        "S..\r\n##.\r\nE..\r\n",
        "\n\nS  \n## \nE  \n\n",
        "Soo\n##o\nGoo",
        ["S..", "##.", "G.."],
        [["S", ".", " "], ["#", "#", "."], ["E", ".", "."]],
        {"grid": ["S  ", "## ", "E  "]},
        {"task": "maze", "grid": ["S..", "##.", "G.."]},
        np.array([list("S.."), list("##."), list("G..")]),
        np.array([list("S.."), list("##."), list("G..")]).astype("S1"),
        np.array(["S..", "##.", "G.."]),
    ],
)
def test_every_usual_form_is_read_alike(value: Any) -> None:
    assert MAZE.coerce(value).grid == ("S..", "##.", "G..")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"grid": [".SG", "...", "..S"]}, "two starts, at row 1 column 2 and row 3 column 3"),
        ({"grid": ["SGGGG"]}, "4 goals, at row 1 column 2, row 1 column 3 and row 1 column 4"),
        ({"grid": ["..G"]}, "the maze has no start; expected one S"),
        ({"grid": ["S.."]}, "the maze has no goal; expected one G"),
        ({"grid": ["S"]}, "the maze has no goal"),
        ({"grid": []}, "the grid has no rows"),
        ({"grid": ["", ""]}, "row 1 is empty"),
        ({"grid": ["S.", "G"]}, "row 2 has 1 cells; expected 2, as in row 1"),
        ({"grid": ["S.", ".x", ".G"]}, "row 2 column 2 has 'x'; expected one of # . space S E G"),
        ({"grid": [["S", "."], ["..", "G"]]}, "row 2 column 1 is not one character"),
        ({"grid": [["S", "."], [3, "G"]]}, "row 2 column 1 is not one character; got 3"),
        ({"grid": ["SG", 7]}, "row 2 is not a row of cells"),
        ({"grid": "SG"}, "the grid is not a list"),
        ({"grid": None}, "the grid is not a list"),
        ({"grid": ["SG"] + ["##"] * 2048}, "2,049 rows; expected at most 2,048"),
        ({"grid": ["SG" + "#" * 2047]}, "2,049 cells; expected at most 2,048"),
        ({"grid": ["SG"], "walls": 3}, "walls: there is no such field"),
        ({"task": "sudoku", "grid": ["SG"]}, "task"),
        ("S.\n.G.\n", "line 2 has 3 cells; expected 2, as in line 1; spaces at the end"),
        ("\nS.\n?G", "line 3 column 1 has '?'"),
        ("S.\n\n.G", "line 2 is empty"),
        ("", "the grid has no lines"),
        ("S" * 10, "10 starts, at row 1 column 1, row 1 column 2 and row 1 column 3, among others"),
        (42, "the grid is not a list"),
        (np.zeros((2, 2), int), "row 1 column 1 is not one character"),
    ],
)
def test_bad_mazes_are_refused_with_their_place(value: Any, says: str) -> None:
    with pytest.raises(InputError) as caught:
        MAZE.coerce(value)
    assert says in str(caught.value)


def test_json_round_trip() -> None:
    text = SQUARE.model_dump_json()
    assert json.loads(text) == {"task": "maze", "grid": ["S.", ".G"]}
    assert MazePuzzle.model_validate_json(text) == SQUARE


@pytest.mark.parametrize("value", [[[0]], [[0, "a"]], "path", 3, {"way": []}, [[0, 0.5]]])
def test_bad_answers_are_refused(value: Any) -> None:
    with pytest.raises(InputError):
        MAZE.coerce_answer(SQUARE, value)


@given(st.text("#. SEGo\r\nx", max_size=60))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        puzzle = MAZE.parse(text)
    except InputError:
        return
    assert MAZE.parse(MAZE.render(puzzle)) == puzzle


# Rules


def test_valid_paths_carry_cost_and_optimality() -> None:
    puzzle = MazePuzzle(grid=("S..", "G#.", "..."))
    short = RULES.check(puzzle, MAZE.coerce_answer(puzzle, [[0, 0], [1, 0]]))
    around = [[0, 0], [0, 1], [0, 2], [1, 2], [2, 2], [2, 1], [2, 0], [1, 0]]
    detour = RULES.check(puzzle, MAZE.coerce_answer(puzzle, around))
    assert (short.valid, short.optimal, short.cost) == (True, True, 1.0)
    assert (detour.valid, detour.optimal, detour.cost) == (True, False, 7.0)


def test_a_path_may_cross_itself() -> None:
    puzzle = MazePuzzle(grid=("S.G",))
    answer = MazeAnswer(path=((0, 0), (0, 1), (0, 0), (0, 1), (0, 2)))
    verdict = RULES.check(puzzle, answer)
    assert verdict.valid
    assert verdict.optimal is False


def test_wrong_answers_are_refuted_for_the_reason_given() -> None:
    wrong = MAZE.wrong_answers()
    assert len(wrong) >= 3
    for case in wrong:
        verdict = RULES.check(case.puzzle, case.answer)
        assert not verdict
        assert verdict.cost is None
        assert any(case.says in violation.message for violation in verdict.violations)
        assert all(violation.places for violation in verdict.violations)


def test_a_hopeless_path_lists_its_first_faults_only() -> None:
    answer = MazeAnswer(path=tuple((50 * i, 0) for i in range(1, 1000)))
    violations = RULES.check(SQUARE, answer).violations
    assert 1 < len(violations) <= 5
    assert violations[0].rule == "start"
    assert violations[0].places == ((50, 0), (0, 0))


def test_an_unreachable_goal_is_named_and_proved() -> None:
    [violation] = RULES.diagnose(SPLIT)
    assert violation.message == (
        "no path leads from the start (row 1, column 1) to the goal (row 2, column 3)"
    )
    assert violation.places == ((0, 0), (1, 2))
    assert MAZE.exact(SPLIT).unsolvable
    assert RULES.diagnose(SQUARE) == []


def test_exact_keeps_its_time_bound_and_claims_no_proof_then() -> None:
    walls = ["S" + "." * 999] + ["." * 1000] * 998 + ["." * 998 + "#G"]
    puzzle = MazePuzzle(grid=tuple(walls))
    found = MAZE.exact(puzzle, seconds=0.0)
    assert found.answer is None
    assert not found.unsolvable
    assert MAZE.exact(puzzle).answer is not None


def test_moves_are_the_legal_ones_and_others_are_refused() -> None:
    puzzle = MazePuzzle(grid=("S#", "..", "G."))
    state = RULES.initial(puzzle)
    assert RULES.actions(state) == ["south"]
    with pytest.raises(InputError, match="row 1 column 1 has no move 'east'; expected one of sou"):
        RULES.step(state, "east")
    with pytest.raises(InputError, match="no move 'up'"):
        RULES.step(state, "up")
    inner = RULES.step(state, "south")
    assert RULES.actions(inner) == ["north", "south", "east"]
    assert inner == RULES.step(RULES.initial(puzzle), "south")
    assert inner != state
    assert len({state, inner, RULES.step(state, "south")}) == 2
    final = RULES.step(inner, "south")
    assert RULES.actions(final) == []
    assert RULES.result(inner) is None
    assert RULES.result(final) == MazeAnswer(path=((0, 0), (1, 0), (2, 0)))


def test_two_walks_to_one_cell_differ_as_states_but_not_for_a_search() -> None:
    puzzle = MazePuzzle(grid=("S..", "..G"))
    walks = []
    for moves in (["east", "south"], ["south", "east"]):
        state = RULES.initial(puzzle)
        for move in moves:
            state = RULES.step(state, move)
        walks.append(state)
    assert walks[0] != walks[1]
    assert RULES.key(walks[0]) == RULES.key(walks[1])


def test_a_plan_of_a_wrong_path_is_refused() -> None:
    for case in MAZE.wrong_answers():
        with pytest.raises(InputError, match="expected a path that the rules accept"):
            RULES.plan(case.puzzle, case.answer)


@given(mazes())
def test_search_over_the_moves_is_optimal_or_proves_there_is_no_path(puzzle: MazePuzzle) -> None:
    found = search(RULES, puzzle)
    if shortest_paths(puzzle):
        assert RULES.check(puzzle, found.answer).optimal
    else:
        assert found.answer is None
        assert found.exhausted


@given(mazes())
def test_exact_plans_and_replays(puzzle: MazePuzzle) -> None:
    paths = shortest_paths(puzzle)
    answer = MAZE.exact(puzzle).answer
    if answer is None:
        assert not paths
        return
    assert list(answer.path) in paths
    state = RULES.initial(puzzle)
    for move in RULES.plan(puzzle, answer):
        state = RULES.step(state, move)
    assert RULES.result(state) == answer


# Tokens


def test_the_published_ids() -> None:
    assert CODEC.encode(MazePuzzle(grid=("# S", "G #"))).tolist() == [1, 2, 3, 4, 2, 1]
    labels = CODEC.labels(SQUARE, MazeAnswer(path=()))
    assert labels.tolist() == [3, 5, 5, 4]
    assert labels.dtype == np.int32


@given(mazes())
def test_labels_are_the_union_of_all_shortest_paths(puzzle: MazePuzzle) -> None:
    expected = CODEC.encode(puzzle).reshape(puzzle.shape)
    for path in shortest_paths(puzzle):
        for cell in path[1:-1]:
            expected[cell] = 5
    labels = CODEC.labels(puzzle, MazeAnswer(path=()))
    assert labels.tolist() == expected.ravel().tolist()


@given(mazes())
def test_each_step_of_the_process_follows_from_neighbours_one_step_before(
    puzzle: MazePuzzle,
) -> None:
    process, tokens = CODEC.process(puzzle), CODEC.encode(puzzle)
    labels = CODEC.labels(puzzle, MazeAnswer(path=()))
    places = {
        (r, c): r * len(row) + c
        for r, row in enumerate(puzzle.grid)
        for c, symbol in enumerate(row)
        if symbol != "#"
    }
    start, goal = (places[cell_of(puzzle, symbol)] for symbol in "SG")
    known, marked = {goal: NOT_YET + 1}, set[int]()
    for step in range(2 * len(tokens) + 1):
        expected = {place: known.get(place, NOT_YET) for place in places.values()}
        hints = np.where(process.hint_steps <= step, process.hints, NOT_YET)
        assert {place: hints[place] for place in places.values()} == expected
        shown = np.where(process.label_steps <= step, labels, tokens)
        assert set(np.flatnonzero(shown == 5)) == marked
        told, joined = dict(known), set(marked)
        for (row, column), place in places.items():
            for near in (
                (row - 1, column),
                (row + 1, column),
                (row, column - 1),
                (row, column + 1),
            ):
                other = places.get(near)
                if other is None:
                    continue
                if place not in known and other in known:
                    told[place] = NOT_YET + 1 + (known[other] - NOT_YET) % 3
                leads = other in marked or (other == start and start in known)
                nearer = place in known and other in known
                if leads and nearer and known[other] == NOT_YET + 1 + (known[place] - NOT_YET) % 3:
                    joined.add(place)
        known, marked = told, joined - {start, goal}
    assert (process.hints[tokens == 1] == 0).all(), "walls say nothing"


@given(mazes())
def test_decoded_labels_are_optimal(puzzle: MazePuzzle) -> None:
    assume(shortest_paths(puzzle))
    answer = CODEC.decode(puzzle, CODEC.labels(puzzle, MazeAnswer(path=())))
    assert RULES.check(puzzle, answer).optimal
    assert answer == MAZE.exact(puzzle).answer


@given(mazes(), st.data())
def test_decode_walks_on_marks_only_whatever_the_tokens(
    puzzle: MazePuzzle, data: st.DataObject
) -> None:
    size = puzzle.shape[0] * puzzle.shape[1]
    tokens = np.array(data.draw(st.lists(st.integers(0, 5), min_size=size, max_size=size)), "i4")
    path = CODEC.decode(puzzle, tokens).path
    assert len(set(path)) == len(path)
    marked = tokens.reshape(puzzle.shape) == 5
    for row, column in path:
        assert puzzle.grid[row][column] in "SG" or marked[row, column]
        assert puzzle.grid[row][column] != "#"


def test_a_broken_mask_is_not_repaired() -> None:
    puzzle = MazePuzzle(grid=("S...G", "....."))
    labels = CODEC.labels(puzzle, MazeAnswer(path=()))
    for gap in (1, 2, 3):
        broken = labels.copy()
        broken[gap] = 2
        answer = CODEC.decode(puzzle, broken)
        assert answer.path[-1] == (0, gap - 1)
        assert not RULES.check(puzzle, answer)


def test_the_walk_takes_no_second_way() -> None:
    puzzle = MazePuzzle(grid=("..#", "S.G", "..#"))
    marked = CODEC.encode(puzzle)
    marked[[0, 1, 4]] = 5
    answer = CODEC.decode(puzzle, marked)
    assert answer.path == ((1, 0), (0, 0), (0, 1))
    assert not RULES.check(puzzle, answer)


def test_tokens_of_another_length_are_refused() -> None:
    with pytest.raises(InputError, match=r"shape \(5,\); expected \(4,\), one a cell"):
        CODEC.decode(SQUARE, np.zeros(5, np.int32))


def test_preference_is_the_probability_of_path_where_the_move_leads() -> None:
    puzzle = MazePuzzle(grid=("S..", ".G."))
    probabilities = np.zeros((6, 6), np.float32)
    probabilities[1, 5], probabilities[3, 5] = 0.75, 0.25
    state = RULES.initial(puzzle)
    assert CODEC.preference(puzzle, state, "east", probabilities) == 0.75
    assert CODEC.preference(puzzle, state, "south", probabilities) == 0.25
    assert CODEC.preference(puzzle, RULES.step(state, "east"), "south", probabilities) == 1.0


def test_structure_joins_open_neighbours() -> None:
    structure = MAZE.structure(MazePuzzle(grid=("S.#", "#.G")))
    read = {
        r.name: (np.flatnonzero(r.count).tolist(), r.source.tolist()) for r in structure.relations
    }
    assert tuple(read) == MAZE.relations
    assert all(relation.single for relation in structure.relations)
    assert read["north"] == ([4], [1])
    assert read["south"] == ([1], [4])
    assert read["east"] == ([0, 4], [1, 5])
    assert read["west"] == ([1, 5], [0, 4])
    assert structure.coordinates is not None
    assert structure.coordinates.tolist() == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]


# Symmetry


@given(mazes(), st.integers(0, 1000))
def test_symmetry_keeps_the_rules_and_is_undone(puzzle: MazePuzzle, seed: int) -> None:
    symmetry = MAZE.symmetry(puzzle, np.random.default_rng(seed))
    moved = symmetry.apply(puzzle)
    assert validate(MazePuzzle, moved.model_dump()) == moved
    assert symmetry.undo(moved) == puzzle
    assert MAZE.canonical(moved) == MAZE.canonical(puzzle)
    for path in shortest_paths(puzzle)[:3]:
        answer = MazeAnswer(path=tuple(path))
        there = symmetry.apply_answer(answer)
        assert RULES.check(moved, there) == RULES.check(puzzle, answer)
        assert symmetry.undo_answer(there) == answer


@given(mazes(), st.integers(0, 1000))
def test_labels_move_with_the_maze(puzzle: MazePuzzle, seed: int) -> None:
    symmetry = MAZE.symmetry(puzzle, np.random.default_rng(seed))
    assert isinstance(symmetry, MazeSymmetry)
    moved = symmetry.apply(puzzle)
    answer = MazeAnswer(path=())
    labels = CODEC.labels(puzzle, answer).reshape(puzzle.shape)
    expected = symmetry.dihedral.array(labels)
    assert CODEC.labels(moved, answer).reshape(moved.shape).tolist() == expected.tolist()


def test_canonical_tells_different_mazes_apart() -> None:
    assert MAZE.canonical(SQUARE) != MAZE.canonical(MazePuzzle(grid=("S.", "#G")))
    assert MAZE.canonical(MazePuzzle(grid=("S.G",))) == MAZE.canonical(
        MazePuzzle(grid=("G", ".", "S"))
    )


# Generation


@pytest.mark.parametrize("kind", MAZE.difficulties)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_kind_and_shape_has_a_path(kind: str, shape: tuple[int, int]) -> None:
    for seed in range(10):
        example = MAZE.generate(np.random.default_rng(seed), size=shape, difficulty=kind)
        assert validate(MazePuzzle, example.puzzle.model_dump()) == example.puzzle
        assert example.puzzle.shape == shape
        assert RULES.check(example.puzzle, example.answer).optimal


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if min(shape) > 1])
def test_a_perfect_maze_is_a_tree_and_loops_only_add_to_one(shape: tuple[int, int]) -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        for kind in ("perfect", "loops"):
            puzzle = MAZE.generate(rng, size=shape, difficulty=kind).puzzle
            graph = nx.grid_2d_graph(*shape)
            graph.remove_nodes_from([(r, c) for r, c in list(graph) if puzzle.grid[r][c] == "#"])
            assert nx.is_connected(graph)
            assert nx.is_tree(graph) or kind == "loops"


def test_long_mazes_reach_nearly_across() -> None:
    for seed in range(20):
        puzzle = MAZE.generate(np.random.default_rng(seed), size=11, difficulty="long").puzzle
        graph = nx.grid_2d_graph(11, 11)
        graph.remove_nodes_from([(r, c) for r, c in list(graph) if puzzle.grid[r][c] == "#"])
        moves = len(shortest_paths(puzzle)[0]) - 1
        assert moves >= 0.6 * nx.diameter(graph)


def test_one_seed_gives_one_maze_and_seeds_differ() -> None:
    first = [MAZE.generate(np.random.default_rng([1, seed])) for seed in range(30)]
    again = [MAZE.generate(np.random.default_rng([1, seed])) for seed in range(30)]
    assert first == again
    assert len({MAZE.canonical(example.puzzle) for example in first}) == 30
    assert {example.puzzle.shape[0] for example in first} == set(MAZE.default_sizes)


@pytest.mark.parametrize("size", [0, 1, -3, 2049, (1, 1), (0, 5), (2, 2049), (3,), "9", 2.5])
def test_sizes_out_of_range_are_refused(size: Any) -> None:
    with pytest.raises(OptionError, match="no size of a maze"):
        MAZE.generate(np.random.default_rng(0), size=size)


def test_an_unknown_kind_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match='did you mean "perfect"'):
        MAZE.generate(np.random.default_rng(0), difficulty="perfekt")


# Text


@settings(max_examples=50)
@given(mazes())
def test_text_round_trip(puzzle: MazePuzzle) -> None:
    assert MAZE.parse(MAZE.render(puzzle)) == puzzle
    answer = MAZE.exact(puzzle).answer
    if answer is not None:
        drawn = MAZE.render(puzzle, answer)
        assert drawn.count("o") == len(answer.path) - 2
        assert MAZE.parse(drawn) == puzzle


def test_a_refuted_path_shows_where_it_meets_walls() -> None:
    answer = MazeAnswer(path=((0, 0), (0, 1), (-1, 1), (0, 2), (5, 5)))
    assert MAZE.render(SPLIT, answer) == "Sxo\n.#G"


def test_the_unfinished_maze_is_refuted() -> None:
    assert not RULES.check(SQUARE, MAZE.partial(SQUARE))


@pytest.mark.parametrize(
    ("name", "shape"), [("maze-30x30.txt", (30, 30)), ("maze-small.json", (7, 9))]
)
def test_the_shipped_examples_are_solved(name: str, shape: tuple[int, int]) -> None:
    text = (EXAMPLES / name).read_text()
    puzzle = MAZE.coerce(json.loads(text) if name.endswith("json") else text)
    assert puzzle.shape == shape
    answer = MAZE.exact(puzzle).answer
    assert answer is not None
    assert RULES.check(puzzle, answer).optimal
