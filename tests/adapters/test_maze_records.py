"""Mazes in JSON and tables, with start, goal and answer beside them."""

from __future__ import annotations

import json

import pytest

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.formats import read_text
from hrm_toolkit.core import InputError, OptionError, ToolkitError

MAZE = get_adapter("maze")
ROWS = ["#####", "#S..#", "###.#", "#..G#", "#####"]
TEXT = "\n".join(ROWS)
BARE = [row.replace("S", ".").replace("G", ".") for row in ROWS]
BITS = [[int(sign == "#") for sign in row] for row in ROWS]
PATH = [[1, 1], [1, 2], [1, 3], [2, 3], [3, 3]]
ENDS = {"start": [1, 1], "goal": [3, 3]}


@pytest.mark.parametrize(
    "value",
    [
        {"task": "maze", "grid": TEXT},
        {"task": "maze", "grid": ROWS},
        {"grid": TEXT},
        {"Maze": ROWS},
        {"maze": TEXT},
        {"maze": [list(row) for row in ROWS]},
        {"map": [list(row.replace(".", " ").replace("G", "E")) for row in ROWS]},
        {"grid": [" ".join(row) for row in ROWS]},
        {"puzzle": TEXT},
        {"question": ROWS},
        {"grid": ROWS, **ENDS},
        {"grid": ROWS, "start": [1, 1], "goal": {"x": 3, "y": 3}},
        {"grid": BARE, **ENDS},
        {"maze": BITS, "begin": "1,1", "end": "(3, 3)"},
        {"grid": BITS, "source": [1, 1], "target": [3, 3]},
        {"matrix": ["".join(map(str, row)) for row in BITS], "from": [1, 1], "to": [3, 3]},
        {"grid": BITS, "start": {"row": 1, "col": 1}, "goal": {"x": 3, "y": 3}},
        {"puzzle": BITS, **ENDS},
        ROWS,
        [list(row) for row in ROWS],
    ],
)
def test_the_usual_objects_are_one_maze(value):
    (puzzle,) = read_text(json.dumps(value)).puzzles
    assert puzzle.grid == tuple(ROWS)
    if isinstance(value, dict):
        assert MAZE.coerce(value) == puzzle or set(value) & {"puzzle", "question"}


@pytest.mark.parametrize(
    "answer",
    [
        {"path": PATH},
        {"Path": PATH},
        {"solution": PATH},
        {"answer": "RRDD"},
        {"solution": "#####\n#Soo#\n###o#\n#..G#\n#####"},
        {"answer": {"path": PATH, "cost": 4}},
        {"moves": ["right", "right", "down", "down"]},
    ],
)
def test_the_answer_beside_a_maze_is_read(answer):
    for name in ("maze", "puzzle"):
        if name == "puzzle" and set(answer) & {"moves"}:
            continue
        loaded = read_text(json.dumps({name: ROWS, **answer}))
        assert loaded.puzzles[0].grid == tuple(ROWS)
        assert loaded.answers[0] is not None
        assert loaded.answers[0].path == tuple(map(tuple, PATH))


def test_lists_and_lines_of_mazes():
    for value in ([TEXT, TEXT], [ROWS, ROWS], [{"maze": ROWS}, {"Maze": ROWS, "Path": PATH}]):
        loaded = read_text(json.dumps(value))
        assert [puzzle.grid for puzzle in loaded.puzzles] == [tuple(ROWS)] * 2
    lines = "\n".join(json.dumps({"maze": TEXT, "path": PATH}) for _ in range(3))
    assert [answer.path for answer in read_text(lines).answers] == [tuple(map(tuple, PATH))] * 3


def test_tables_whose_fields_have_several_lines():
    table = f'id,maze,path\n1,"{TEXT}",RRDD\n2,"{TEXT}",\n'
    loaded = read_text(table)
    assert loaded.kind == "maze CSV (id, maze, path)"
    assert [puzzle.grid for puzzle in loaded.puzzles] == [tuple(ROWS)] * 2
    assert loaded.answers[0].path == tuple(map(tuple, PATH))
    assert loaded.answers[1] is None
    named = read_text(f'puzzle,answer\n"{TEXT}","{json.dumps(PATH)}"\n')
    assert named.answers[0].path == tuple(map(tuple, PATH))


def test_what_was_assumed_is_noted():
    assert read_text(json.dumps({"grid": BITS, **ENDS})).notes == (
        "1 is a wall and 0 is open",
        "start and goal are read as row, column, counted from 0",
    )
    said = {"start": {"x": 1, "y": 1}, "goal": {"row": 3, "column": 3}}
    assert read_text(json.dumps({"grid": BITS, **said})).notes == ("1 is a wall and 0 is open",)
    assert read_text(json.dumps({"grid": ROWS, **ENDS})).notes == ()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (BITS, "a grid of 0 and 1 that marks no start and no goal"),
        ({"maze": BITS}, "a grid of 0 and 1 that marks no start and no goal"),
        ({"maze": BITS, "start": [1, 1]}, "marks no goal"),
        ({"maze": [[1, 1, 1], [2, 0, 3]], **ENDS}, "the grid holds 2 and 3; expected 0 and 1"),
        ({"maze": BITS, "start": [1, 1], "goal": [2, 2]}, "stands on 0 and the goal.* on 1"),
        ({"maze": BITS, "start": [1, 1], "goal": [9, 9]}, "is outside the 5x5 maze"),
        ({"maze": BITS, "start": [1, 1], "goal": [1, 1]}, "start and goal are one cell"),
        ({"maze": BITS, "start": [1, 1], "goal": "Hill"}, "goal: the goal is no cell"),
        ({"maze": BITS, "start": [1, 1], "end": True}, "end: the end is no cell"),
        ({"grid": BARE, "start": [0, 1], "goal": [3, 3]}, "the start, row 1 column 2, is a wall"),
        ({"grid": BARE, "start": [1, 2], "goal": [2, 3]}, None),
        ({"grid": BARE, "start": [1, 1], "goal": [3, 2]}, None),
        ({"grid": BARE, "start": [3, 1], "goal": [2, 1]}, r"is a wall.*as x,y .*write 1,2"),
        ({"grid": ROWS, "start": [3, 1], "goal": [3, 3]}, "marks its start at row 2 column 2, and"),
        ({"maze": f"{TEXT}\n\n{TEXT}"}, "the text holds 2 mazes; expected one"),
        ({"maze": ROWS, "path": 3}, "path: this is no list"),
        ({"maze": ROWS, "path": "somewhere"}, "path: this is no answer to a maze"),
        ({"grid": ROWS, "walls": 3}, "walls: there is no such field"),
        ({"grid": ["# # #", "#   #", "S # G"]}, "gaps or open cells: the rows can be read as two"),
    ],
)
def test_objects_that_may_mean_another_maze_are_refused(value, says):
    if says is None:
        assert read_text(json.dumps(value)).puzzles[0].task == "maze"
        return
    with pytest.raises(InputError, match=says):
        read_text(json.dumps(value))


def test_start_and_goal_of_the_caller_overrule_fields_and_not_marks():
    text = json.dumps({"grid": BITS, **ENDS})
    assert read_text(text, goal="1,3").puzzles[0].grid[1] == "#S.G#"
    assert read_text(json.dumps(BITS), start="1,1", goal="3,3").puzzles[0].grid == tuple(ROWS)
    for value in (ROWS, {"task": "maze", "grid": ROWS}, {"maze": TEXT}):
        with pytest.raises(OptionError, match="start and goal are for graphs and mazes that mark"):
            read_text(json.dumps(value), start="1,1")


def test_numbers_that_may_be_a_sudoku_are_one_unless_the_task_is_said():
    clues = [[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]
    assert read_text(json.dumps(clues)).puzzles[0].task == "sudoku"
    assert read_text(json.dumps({"grid": clues})).puzzles[0].task == "sudoku"
    said = {"start": "0,1", "goal": "3,2"}
    assert read_text(json.dumps({"grid": clues, **said})).puzzles[0].task == "maze"
    maze = read_text(json.dumps(clues), adapter="maze", **said)
    assert maze.puzzles[0].grid == ("#S..", "..#.", ".#..", "..G#")


@pytest.mark.parametrize("name", ["grid", "maze", "path", "start"])
def test_no_object_makes_the_reader_fall_over(name):
    for junk in (None, 3, "", "x", [], {}, [[]], [None], [[None]], [["ab"]], [3, "#S"], {"x": 1}):
        value = {"grid": ROWS, **ENDS, name: junk}
        for object in (value, {name: junk}):
            try:
                assert read_text(json.dumps(object)).puzzles
            except ToolkitError:
                continue


CODED = [[1, 1, 1, 1], [1, 2, 0, 1], [1, 0, 3, 1], [1, 0, 0, 1], [1, 1, 1, 1]]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"grid": CODED}),
        json.dumps(CODED),
        "\n".join("".join(map(str, row)) for row in CODED),
        "\n".join(" ".join(map(str, row)) for row in CODED),
    ],
)
def test_numbers_for_start_and_goal_are_refused_and_no_sudoku(text: str) -> None:
    with pytest.raises(InputError, match="2 and 3 once each: which of these is the start"):
        read_text(text)


def test_another_rule_beside_a_grid_of_0_and_1_is_named() -> None:
    value = {"grid": [[0, 1, 0], [0, 0, 0]], "start": [0, 0], "goal": [0, 2], "diagonal": True}
    with pytest.raises(InputError, match='the maze has "diagonal": its rules are others'):
        read_text(json.dumps(value))
