"""JSON that holds several puzzles: lists under a name, and tables as pandas writes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hrm_toolkit.adapters.formats import read_text
from hrm_toolkit.core import InputError

CLUES = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
SOLVED = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"
OTHER = "...83..6..5....7.......2..9..7128...1.26.94....6........3...1......1..7..4...35.."
OTHER_SOLVED = "719834265258961734364572819497128653132659487586347921873295146925416378641783592"
BOTH, ANSWERS = [CLUES, OTHER], [SOLVED, OTHER_SOLVED]
ROWS = [[line[i : i + 9] for i in range(0, 81, 9)] for line in BOTH]
GRIDS = [[[0 if c == "." else int(c) for c in row] for row in rows] for rows in ROWS]
PAIRS = [{"puzzle": p, "solution": s} for p, s in zip(BOTH, ANSWERS, strict=True)]


def cells_of(grid: Any) -> str:
    return "".join(str(value or ".") for row in grid for value in row)


@pytest.mark.parametrize("name", ["puzzles", "sudokus", "grids", "data"])
@pytest.mark.parametrize("held", [BOTH, ROWS, GRIDS, [{"puzzle": line} for line in BOTH]])
def test_a_list_under_a_name_is_a_list_of_puzzles(name: str, held: list[Any]) -> None:
    read = read_text(json.dumps({"count": 2, name: held, "source": "a book"}))
    assert [cells_of(puzzle.grid) for puzzle in read.puzzles] == BOTH


@pytest.mark.parametrize(
    "value",
    [
        {"puzzle": {"0": CLUES, "1": OTHER}, "solution": {"0": SOLVED, "1": OTHER_SOLVED}},
        {"0": PAIRS[0], "1": PAIRS[1]},
        {
            "columns": ["puzzle", "solution"],
            "index": [0, 1],
            "data": [[CLUES, SOLVED], [OTHER, OTHER_SOLVED]],
        },
        {
            "schema": {"fields": [{"name": "index", "type": "integer"}], "primaryKey": ["index"]},
            "data": [{"index": n, **pair} for n, pair in enumerate(PAIRS)],
        },
        {"puzzle": BOTH, "solution": ANSWERS},
        {"puzzles": BOTH, "solutions": ANSWERS},
        PAIRS,
    ],
    ids=["columns", "index", "split", "table", "lists", "named lists", "records"],
)
def test_a_table_of_pandas_is_a_list_of_answered_puzzles(value: Any) -> None:
    read = read_text(json.dumps(value))
    assert [cells_of(puzzle.grid) for puzzle in read.puzzles] == BOTH
    assert [cells_of(answer.grid) for answer in read.answers] == ANSWERS


@pytest.mark.parametrize(
    "value",
    [
        {"puzzles": [CLUES], "grids": [OTHER]},
        {"puzzles": [GRIDS[0]], "boards": [GRIDS[1]]},
        {"puzzles": BOTH, "notes": ["a"]},
        {"puzzle": {"0": CLUES}, "grid": {"0": OTHER}},
        {"puzzle": {"0": CLUES, "1": OTHER}, "solution": {"0": SOLVED}},
        {"columns": ["puzzle", "solution"], "data": [[CLUES]]},
        {"puzzles": []},
    ],
)
def test_an_object_of_which_something_would_be_left_out_is_refused(value: Any) -> None:
    with pytest.raises(InputError):
        read_text(json.dumps(value))


@pytest.mark.parametrize("rule", [{"diagonal": True}, {"rules": {"diagonal": True}}])
def test_rules_beside_a_list_of_puzzles_are_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="its rules are others"):
        read_text(json.dumps({"puzzles": BOTH, **rule}))


def test_a_graph_and_a_maze_keep_their_own_form() -> None:
    graph = {"nodes": ["A", "B"], "edges": [["A", "B", 2]], "start": "A", "goal": "B"}
    assert [p.task for p in read_text(json.dumps(graph)).puzzles] == ["graph"]
    both = read_text(json.dumps({"graphs": [graph, graph]}))
    assert [p.task for p in both.puzzles] == ["graph", "graph"]
    mazes = read_text(json.dumps({"mazes": [["S...", "...G"], ["S.#.", "...G"]]}))
    assert [p.task for p in mazes.puzzles] == ["maze", "maze"]
    adjacency = json.dumps({"0": {"1": 2}, "1": {"0": 2}})
    (puzzle,) = read_text(adjacency, start="0", goal="1").puzzles
    assert puzzle.task == "graph"


def test_the_rows_of_one_grid_are_no_list_of_puzzles() -> None:
    wide = ["S" + "." * 35, "." * 35 + "G"]
    (maze,) = read_text(json.dumps({"puzzles": wide})).puzzles
    assert maze.task == "maze"
    solved = ["S" + "o" * 35, "." * 35 + "G"]
    answered = read_text(json.dumps({"puzzle": wide, "solution": [solved[0][:-1] + "o", wide[1]]}))
    assert [p.task for p in answered.puzzles] == ["maze"]
    digits = "123456789ABCDEFG"
    shifts = [4 * (i % 4) + i // 4 for i in range(16)]
    full = [digits[k:] + digits[:k] for k in shifts]
    clues = [row[:5] + "......" + row[11:] for row in full]
    (large,) = read_text(json.dumps({"puzzles": clues})).puzzles
    assert large.size == 16
    read = read_text(json.dumps({"puzzle": clues, "solution": full}))
    assert [p.size for p in read.puzzles] == [16]
    cells = [list(row) for row in ROWS[0]]
    (one,) = read_text(json.dumps({"puzzles": cells})).puzzles
    assert cells_of(one.grid) == CLUES


FLAT = [1, 0, 0, 0, 0, 0, 3, 0, 0, 4, 0, 0, 0, 0, 0, 2]


@pytest.mark.parametrize("count", [2, 3, 16, 20])
def test_flat_lists_of_small_numbers_are_sudokus_each(count: int) -> None:
    for value in ([FLAT] * count, {"puzzles": [FLAT] * count}):
        read = read_text(json.dumps(value))
        assert [puzzle.size for puzzle in read.puzzles] == [4] * count


def test_a_grid_of_16_with_larger_numbers_is_one() -> None:
    rows = [[0] * 16 for _ in range(16)]
    rows[3][5] = 16
    (puzzle,) = read_text(json.dumps(rows)).puzzles
    assert puzzle.size == 16


def test_few_pairs_of_numbers_are_edges_and_no_sudoku() -> None:
    text = json.dumps([[1, 2], [2, 3], [3, 4]])
    (puzzle,) = read_text(text, start="1", goal="4").puzzles
    assert (puzzle.task, puzzle.size_words) == ("graph", "4-node")
    with pytest.raises(InputError, match="the graph has no start and no goal"):
        read_text(text)


def test_an_answer_that_cannot_be_read_names_its_column() -> None:
    with pytest.raises(InputError, match='line 2: its "answer": this is no answer to a maze'):
        read_text("question,answer\nS.G......,easy\n")
