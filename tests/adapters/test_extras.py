"""Records that say more than a puzzle: descriptions pass, other rules are refused by name."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.formats import read_answer, read_puzzles
from hrm_toolkit.adapters.graph import GraphPuzzle
from hrm_toolkit.core import InputError
from hrm_toolkit.solvers.solver import Solver

SIX = [[1, 0, 0, 0, 0, 0], *[[0] * 6 for _ in range(5)]]
MAZE = ["S..", "##.", "..G"]
WAYS = [{"source": u, "target": v} for u, v in ("AB", "CB", "CD", "AD")]


def read(value: Any, **options: Any) -> Any:
    return read_puzzles(json.dumps(value).encode(), **options)


@pytest.mark.parametrize(
    "said",
    [
        {"box_rows": 3, "box_cols": 2},
        {"boxHeight": 3, "boxWidth": 2},
        {"regionHeight": 3, "regionWidth": 2},
        {"block": [3, 2]},
        {"box_size": [3, 2]},
        {"box": "3x2"},
        {"box": [3, 2]},
        {"block_rows": 3, "block_columns": 2},
        {"subgridRows": 3, "subgridCols": 2},
        {"box_h": 3, "box_w": 2},
        {"region_dimensions": "3 x 2"},
    ],
)
def test_boxes_are_those_that_a_record_says(said: dict[str, Any]) -> None:
    assert read({"grid": SIX, **said}).puzzles[0].boxes == (3, 2)
    with pytest.raises(InputError, match="box"):
        read({"grid": SIX, **dict.fromkeys(said, "wide")})


@pytest.mark.parametrize(
    "more",
    [
        {"antiking": True},
        {"windoku": 1},
        {"palindrome": [{"lines": [["R1C1", "R1C2"]]}]},
        {"diagonal+": True},
        {"variant": "diagonal"},
        {"type": "killer"},
        {"regions": [[0, 0]]},
        {"gameRule": "killer"},
        {"sandwich": "5"},
        {"sum": 45},
        {"layout": "jigsaw"},
    ],
)
@pytest.mark.parametrize("grid", ["grid", "board"])
def test_a_sudoku_of_other_rules_is_refused_by_name(grid: str, more: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(more)).rstrip("+") + ".*its rules are others"):
        read({grid: SIX, **more})
    assert read({grid: SIX, **dict.fromkeys(more), "type": "classic"}).puzzles[0].size == 6


def test_what_describes_a_puzzle_is_left() -> None:
    more = {"title": "one", "author": "x", "tags": ["a"], "difficulty": 3, "unique": True}
    more |= {"puzzle_id": 7, "seRating": 1.2, "nb_clues": 23, "createdAt": "x", "sha256": "ab"}
    assert read({"grid": SIX, **more}).puzzles[0].size == 6
    assert read({"maze": MAZE, **more}).puzzles[0].shape == (3, 3)


@pytest.mark.parametrize(
    "more",
    [
        {"portals": [[0, 1]]},
        {"diagonal": True},
        {"connectivity": 8},
        {"obstacles": [[1]]},
        {"neighbours": 8},
        {"movement": "diagonal"},
        {"topology": "torus"},
        {"budget": 9},
    ],
)
def test_a_maze_of_other_rules_is_refused_by_name(more: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(more))):
        read({"maze": MAZE, **more})


def test_a_grid_of_bits_may_say_what_its_bits_are() -> None:
    bits = {"maze": [[0, 0], [1, 0]], "start": [0, 0], "goal": [1, 1]}
    assert read({**bits, "wall": 1, "open": 0}).puzzles
    with pytest.raises(InputError, match="wall"):
        read({**bits, "wall": 0})


@pytest.mark.parametrize(
    "more",
    [{"must_visit": ["C"]}, {"maxHops": 2}, {"type": "longest path"}, {"exclude": ["B"]}],
)
def test_a_graph_that_asks_for_more_is_refused_by_name(more: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(more))}.*its rules are others"):
        read({"edges": WAYS, "start": "A", "goal": "C", **more})


@pytest.mark.parametrize(
    ("said", "directed"),
    [
        ({"type": "directed"}, True),
        ({"undirected": False}, True),
        ({"isDirected": True}, True),
        ({"graph": {"directed": True}}, True),
        ({"type": "undirected"}, False),
    ],
)
def test_the_direction_is_what_a_record_says(said: dict[str, Any], directed: bool) -> None:
    value = {"nodes": [{"id": n} for n in "ABCD"], "links": WAYS, **said}
    puzzle = read(value, start="A", goal="D").puzzles[0]
    assert isinstance(puzzle, GraphPuzzle)
    assert puzzle.directed is directed


@pytest.mark.parametrize(
    ("comment", "directed"),
    [
        ("# Directed: no", False),
        ("# undirected: no", True),
        ("# directed=False", False),
        ("# not directed", False),
        ("# a non-directed network", False),
        ("# Directed graph", True),
        ("% asym weighted", True),
        ("% sym unweighted", False),
    ],
)
def test_the_direction_is_what_a_comment_says(comment: str, directed: bool) -> None:
    text = f"{comment}\nA B 1\nC B 1\n"
    assert read_puzzles(text.encode(), start="A", goal="B").puzzles[0].directed is directed


@pytest.mark.parametrize("comment", ["# A directed or undirected graph", "% bip unweighted"])
def test_a_comment_that_leaves_it_open_is_refused(comment: str) -> None:
    with pytest.raises(InputError, match=r"directed|bipartite"):
        read_puzzles(f"{comment}\nA B 1\nC B 1\n".encode(), start="A", goal="B")


@pytest.mark.parametrize("name", ["trust", "reliability", "mbps", "max_weight", "similarityScore"])
def test_what_may_be_best_large_is_never_taken_for_a_cost(name: str) -> None:
    edges = [{**edge, name: 3} for edge in WAYS]
    with pytest.raises(InputError, match=name):
        read({"links": edges, "nodes": []}, start="A", goal="D")
    chosen = read({"links": edges, "nodes": []}, start="A", goal="D", weight=name)
    assert chosen.puzzles[0].edges[0].weight == 3


PATH = {"edges": [[1, 2], [2, 3], [3, 4], [1, 4, 9]], "start": "1", "goal": "4"}


@pytest.mark.parametrize(
    "answer",
    [
        "1 -> 2\n2 -> 3\n3 -> 4",
        "1 2\n2 3\n3 4",
        "1 2 1\n2 3 1\n3 4 1",
        "1->2, 2->3, 3->4",
        '{"path": [[1, 2], [2, 3], [3, 4]]}',
        "[[1, 2], [2, 3], [3, 4]]",
        "1 -> 2 -> 3 -> 4",
        "```\n1 -> 2 -> 3 -> 4\n```",
        "[1.0, 2.0, 3.0, 4.0]",
    ],
)
def test_a_path_may_be_written_edge_by_edge(answer: str) -> None:
    puzzle = read(PATH).puzzles[0]
    found = read_answer(answer.encode(), get_adapter("graph"), puzzle)
    assert get_adapter("graph").rules.check(puzzle, found)
    assert found.model_dump()["path"] == ("1", "2", "3", "4")


@pytest.mark.parametrize(
    "answer",
    [
        "The answer is 1 -> 2 -> 3 -> 4.",
        "1 -> 2 -> 3 -> 4 = 3",
        "**1 -> 2 -> 4**",
        "[]",
        '{"path": []}',
        "3",
    ],
)
def test_a_path_with_talk_around_it_refutes_nothing(answer: str) -> None:
    with pytest.raises(InputError):
        read_answer(answer.encode(), get_adapter("graph"), read(PATH).puzzles[0])


@pytest.mark.parametrize("mark", [":", ",", ";"])
def test_marks_behind_nodes_are_no_part_of_their_names(mark: str) -> None:
    text = f"A -> B{mark} 1\nB -> C{mark} 1\nA -> C{mark} 5\n"
    with pytest.raises(InputError, match=rf'"[BC]{mark}?"'):
        read_puzzles(text.encode(), start="A", goal="C")


LINE = "1" + "." * 35


@pytest.mark.parametrize("more", [{"cages": [[1]]}, {"type": "X-Sudoku"}, {"variant": "diagonal"}])
def test_a_question_of_other_rules_is_refused_by_name(more: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(more))}.*its rules are others"):
        read({"puzzle": LINE, **more})
    assert read({"puzzle": LINE, "type": "easy", "cages": [], "id": 7}).puzzles[0].size == 6


@pytest.mark.parametrize(
    ("name", "one", "both"),
    [
        ("direction", "one-way", "both"),
        ("reverse_cost", "-1", "1"),
    ],
)
def test_ways_that_are_walked_one_way_are_no_undirected_edges(
    name: str, one: str, both: str
) -> None:
    table = f"from,to,cost,{name}\nA,B,1,{{0}}\nB,C,1,{{0}}\n"
    ends = {"start": "A", "goal": "C", "weight": "cost"}
    with pytest.raises(InputError, match=f"{name}.*not read"):
        read_puzzles(table.format(one).encode(), **ends)
    assert read_puzzles(table.format(both).encode(), **ends).puzzles[0].directed is False
    edges = [{"source": "A", "target": "C", name: one}]
    value = {"directed": True, "nodes": [], "links": edges}
    found = read(value, start="A", goal="C", weight="none")
    assert found.puzzles[0].directed is True


@pytest.mark.parametrize("line", ["A -- B [dir=back]", "A -- B [dir=both]"])
def test_arrows_of_dot_that_turn_an_edge_are_refused(line: str) -> None:
    text = f"graph {{ {line}; B -- C }}"
    with pytest.raises(InputError, match=r"dir.*not read"):
        read_puzzles(text.encode(), start="A", goal="C")
    text = text.replace("graph", "digraph").replace("--", "->")
    with pytest.raises(InputError, match=r"dir.*not read"):
        read_puzzles(text.encode(), start="A", goal="C")


@pytest.mark.parametrize(
    "answer", ["R -> R -> D -> D", "R->R->D->D", "R>R>D>D", "R \u2192 R, D, D"]
)
def test_arrows_between_moves_are_no_moves(answer: str) -> None:
    adapter, puzzle = get_adapter("maze"), read({"maze": MAZE}).puzzles[0]
    assert adapter.rules.check(puzzle, read_answer(answer.encode(), adapter, puzzle))


def test_cells_as_x_and_y_refute_nothing() -> None:
    adapter, puzzle = get_adapter("maze"), read({"maze": ["S..", "##G"]}).puzzles[0]
    assert adapter.rules.check(
        puzzle, read_answer(b"[[0, 0], [0, 1], [0, 2], [1, 2]]", adapter, puzzle)
    )
    with pytest.raises(InputError, match="if they are x, y"):
        read_answer(b"[[0, 0], [1, 0], [2, 0], [2, 1]]", adapter, puzzle)


def test_a_sudokus_answer_may_stand_behind_its_puzzle() -> None:
    adapter, puzzle = get_adapter("sudoku"), read_puzzles(b"1.3434.22143.321").puzzles[0]
    solved = adapter.exact(puzzle).answer
    row = "".join(str(cell) for line in solved.grid for cell in line)
    found = read_answer(f"1.3434.22143.321,{row}".encode(), adapter, puzzle)
    assert adapter.rules.check(puzzle, found)
    with pytest.raises(InputError, match="another puzzle"):
        read_answer(f"1.3434.22143.32.,{row}".encode(), adapter, puzzle)


def test_points_in_time_are_no_cost_unasked() -> None:
    text = b"1 2 1082040961\n2 3 1082155839\n1 3 1082414391\n"
    with pytest.raises(InputError, match="points in time"):
        read_puzzles(text, start="1", goal="3")
    asked = read_puzzles(text, start="1", goal="3", weight="weight").puzzles[0]
    assert asked.edges[0].weight == 1082040961


@pytest.mark.parametrize("name", ["year", "width", "osmid"])
def test_numbers_that_are_never_costs_are_told(name: str) -> None:
    found = read({"links": [{**edge, name: 4} for edge in WAYS]}, start="A", goal="D")
    assert f'numbers under "{name}" are not read as costs: every edge costs 1' in found.notes


@pytest.mark.parametrize(
    "text",
    [
        "Puzzle: {0}\nSolution: {1}\n",
        "Puzzle:\n{0}\n\nSolution:\n{1}\n",
        "{0}\n{1}\n",
        "{0}\n{1}\n{2}\n{1}\n",
    ],
)
def test_a_filled_grid_behind_its_puzzle_is_its_answer(text: str) -> None:
    solved = "1234341221434321"
    found = read_puzzles(text.format("1.3434.22143.321", solved, "12..34122143432.").encode())
    assert len(found.puzzles) == text.count("{1}")
    assert [answer.grid[0] for answer in found.answers] == [(1, 2, 3, 4)] * len(found.puzzles)
    alone = read_puzzles(b"1.3434.22143.321\n2143432112343412\n")
    assert len(alone.puzzles) == 2


WIDE = ["#######", "#S  # #", "# # # #", "# #   #", "# ### #", "#    G#", "#######"]


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_cells_are_as_wide_as_they_are_drawn(width: int) -> None:
    drawn = {c: c * width if c in "# " else c.center(width) for c in "# SG"}
    text = "\n".join("".join(drawn[c] for c in row).rstrip() for row in WIDE)
    puzzle = read_puzzles(text.encode()).puzzles[0]
    assert puzzle.shape == (7, 7)
    adapter = get_adapter("maze")
    assert adapter.rules.check(puzzle, adapter.exact(puzzle).answer).cost == 8


def test_a_maze_whose_line_ends_were_lost_is_no_corridor() -> None:
    flat = "".join(row + "#" for row in WIDE)
    for text in (flat, f"id,maze\n1,{flat}\n", json.dumps({"maze": flat})):
        with pytest.raises(InputError, match="56 cells"):
            read_puzzles(text.encode())
    assert read_puzzles(b"S.......G").puzzles[0].shape == (1, 9)


@pytest.mark.parametrize(
    "text", ["#script.py\n# GMT now\n#\nA B\nB C\n", "#\nA B\nB C\n", "A B\nB C\n#\n"]
)
def test_a_bare_comment_is_no_graph_of_nodes_and_edges(text: str) -> None:
    assert len(read_puzzles(text.encode(), start="A", goal="C").puzzles[0].edges) == 2
    with pytest.raises(InputError, match="Trivial Graph Format"):
        read_puzzles(b"1 A\n2 B\n#\n1 2\n", start="1", goal="2")


def test_a_grid_takes_its_ends_beside_it() -> None:
    solver, bits = Solver.load("maze"), [[0, 0, 1], [1, 0, 1], [1, 0, 0]]
    for grid in (bits, tuple(map(tuple, bits)), np.array(bits), ["..#", "#.#", "#.."]):
        result = solver.solve(grid, start=(0, 0), goal=(2, 2), strategy="exact")
        assert result.verdict.cost == 4
