"""Puzzle files: told apart by content; whatever is wrong with one is said in one line."""

import contextlib
import json
import os
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_toolkit.adapters import adapter_names, get_adapter
from hrm_toolkit.adapters.formats import (
    load_puzzle,
    read_answer,
    read_puzzles,
    read_text,
    source,
    write_puzzles,
)
from hrm_toolkit.core import InputError, OptionError, ToolkitError, UnknownNameError

CLUES = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
SOLVED = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"
ROWS = [CLUES[i : i + 9] for i in range(0, 81, 9)]
GRID = [[0 if c == "." else int(c) for c in row] for row in ROWS]
SMALL = [[1, 0, 0, 0], [0, 0, 3, 0], [0, 4, 0, 0], [0, 0, 0, 2]]
BANDS = ["53.|.7.|...\n6..|195|...\n.98|...|.6.", "8..|.6.|..3\n4..|8.3|..1\n7..|.2.|..6"]
BOXED = "\n---+---+---\n".join([*BANDS, ".6.|...|28.\n...|419|..5\n...|.8.|.79"])
HEAD = "source,question,answer,rating\n"
NODES = {"nodes": [{"id": "A"}, {"id": "B"}], "start": "A", "goal": "B"}
LINK = {"source": "A", "target": "B", "weight": 2}
GRAPHML = (
    '<graphml><graph edgedefault="undirected"><node id="A"/><node id="B"/>'
    '<edge source="A" target="B"/></graph></graphml>'
)
MAZE_CSV = HEAD + "x,S   ####  # # #G,So  #o##  # # #G,0\n"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (CLUES, "Sudoku, 81-character line"),
        (CLUES.replace(".", "0"), "Sudoku, 81-character line"),
        (f"# a list\n{CLUES}\n\n{CLUES} # again\n", "Sudoku, 81-character lines"),
        ("#A me\n#D easy\n" + "\n".join(ROWS) + "\n", "Sudoku grid"),
        ("[Puzzle]\n" + "\n".join(ROWS) + "\n[State]\n" + SOLVED, "Sudoku grid"),
        (BOXED, "Sudoku grid"),
        ("\n".join(" ".join(row) for row in ROWS), "Sudoku grid"),
        (HEAD + f'"a, b",{CLUES},{SOLVED},7\n', "Sudoku CSV (source, question, answer, rating)"),
        (f"quizzes,solutions\r\n{CLUES},{SOLVED}\r\n", "Sudoku CSV (quizzes, solutions)"),
        (json.dumps({"task": "sudoku", "grid": GRID}), "sudoku puzzle, JSON"),
        (json.dumps({"grid": GRID}), "sudoku grid, JSON"),
        (json.dumps(GRID, indent=1), "sudoku grid, JSON"),
        (json.dumps([{"grid": GRID}, {"task": "sudoku", "grid": GRID}]), "JSON list"),
        (json.dumps([GRID, GRID]), "JSON list"),
        (json.dumps([CLUES, CLUES]), "JSON list"),
    ],
)
def test_sudoku_in_every_usual_form(text, kind):
    loaded = read_text(text)
    assert loaded.kind == kind
    assert {puzzle.task for puzzle in loaded.puzzles} == {"sudoku"}
    assert all(puzzle.grid == tuple(map(tuple, GRID)) for puzzle in loaded.puzzles)
    assert len(loaded.puzzles) == len(loaded.answers)


@pytest.mark.parametrize(
    ("text", "kind", "task"),
    [
        ("S..#\n##.G\n", "maze text", "maze"),
        ("#####\n#S E#\n#####", "maze text", "maze"),
        ("S G", "maze text", "maze"),
        (MAZE_CSV, "maze CSV (source, question, answer, rating)", "maze"),
        ('{"task": "maze", "grid": ["S.G"]}', "maze puzzle, JSON", "maze"),
        ('{"grid": ["S.G"]}', "maze grid, JSON", "maze"),
        ('["S.G", "..."]', "maze grid, JSON", "maze"),
        ('[["S", "G"]]', "maze grid, JSON", "maze"),
        (GRAPHML, "GraphML", "graph"),
        (json.dumps({**NODES, "links": [LINK]}), "node-link JSON", "graph"),
        (json.dumps({**NODES, "edges": [LINK]}), "node-link JSON", "graph"),
        (json.dumps({"task": "graph", **NODES, "edges": [LINK]}), "graph puzzle, JSON", "graph"),
        ("c a comment\np sp 2 1\na 1 2 7\n", "DIMACS shortest path", "graph"),
        ("start A\ngoal B\nA -- B 2\n", "edge list", "graph"),
        ("# roads\nA -> B 2\nB -> C", "edge list", "graph"),
        ("train 1\n1.  ->  .1\ntest 1\n2.  ->  ?", "ARC task, text", "arc"),
    ],
)
def test_other_tasks_in_every_usual_form(text, kind, task):
    ends = {"GraphML": ("A", "B"), "DIMACS shortest path": ("1", "2"), "edge list": ("A", "B")}
    start, goal = ends.get(kind, (None, None))
    loaded = read_text(text, start=start, goal=goal)
    assert (loaded.kind, loaded.puzzles[0].task) == (kind, task)


ARC_TASK = {"train": [{"input": [[1]], "output": [[2]]}], "test": [{"input": [[3]]}]}
SOLVED_TASK = {**ARC_TASK, "test": [{"input": [[3]], "output": [[4]]}]}


def test_an_arc_task_file_is_named_by_its_file(tmp_path):
    path = tmp_path / "007bbfb7.json"
    path.write_text(json.dumps(SOLVED_TASK))
    loaded = read_puzzles(path)
    assert loaded.kind == "ARC task"
    assert loaded.puzzles[0].name == "007bbfb7"
    assert loaded.answers[0].attempts == ((((4,),),),)


def test_a_challenge_set_names_its_tasks():
    loaded = read_text(json.dumps({"aa": ARC_TASK, "bb": SOLVED_TASK}))
    assert loaded.kind == "ARC challenge set"
    assert [puzzle.name for puzzle in loaded.puzzles] == ["aa", "bb"]
    assert [answer is None for answer in loaded.answers] == [True, False]


def test_solutions_in_a_file_come_along_and_are_right():
    for text in (HEAD + f"x,{CLUES},{SOLVED},0\n", MAZE_CSV, "Soo\n##o\nGoo"):
        loaded = read_text(text)
        (puzzle,), (answer,) = loaded.puzzles, loaded.answers
        verdict = get_adapter(puzzle.task).rules.check(puzzle, answer)
        assert verdict.valid == (text != MAZE_CSV)


def test_lines_of_16_cells_are_one_grid_or_sixteen_puzzles_by_their_symbols(tmp_path):
    small = "1.....3..4.....2"
    assert len(read_text("\n".join([small] * 16)).puzzles) == 16
    large = "\n".join(["1..............G", *["................"] * 15])
    assert read_text(large).puzzles[0].size == 16
    path = tmp_path / "list.sdm"
    path.write_text("\n".join([small] * 3))
    assert len(read_puzzles(path).puzzles) == 3


def test_start_and_goal_overrule_a_graph_and_are_refused_elsewhere():
    graph = read_text(json.dumps({**NODES, "links": [LINK]}), start="B", goal="A").puzzles[0]
    assert (graph.start, graph.goal) == ("B", "A")
    for text in (CLUES, '{"task": "maze", "grid": ["S.G"]}'):
        with pytest.raises(OptionError, match=r"is for graph and maze|and this maze marks both"):
            read_text(text, start="A")


def test_the_adapter_decides_where_it_is_given():
    assert read_text(json.dumps(SMALL), adapter="sudoku").puzzles[0].task == "sudoku"
    with pytest.raises(InputError, match="this is a maze puzzle; expected a sudoku puzzle"):
        read_text('{"task": "maze", "grid": ["S.G"]}', adapter="sudoku")
    with pytest.raises(InputError, match="stands for no cell"):
        read_text("S..\n##.\nG..", adapter="sudoku")
    with pytest.raises(UnknownNameError, match='did you mean "maze"'):
        read_text("S.G", adapter="mace")


@pytest.mark.parametrize("name", adapter_names())
def test_what_is_written_reads_back(name, tmp_path):
    adapter = get_adapter(name)
    examples = [adapter.generate(np.random.default_rng(seed)) for seed in range(3)]
    path = tmp_path / "puzzles.jsonl"
    write_puzzles(path, examples)
    loaded = read_puzzles(path)
    assert loaded.kind == "JSON Lines"
    assert loaded.puzzles == tuple(example.puzzle for example in examples)
    assert loaded.answers == tuple(example.answer for example in examples)
    assert os.listdir(tmp_path) == ["puzzles.jsonl"]


@pytest.mark.parametrize("name", adapter_names())
def test_rendered_puzzles_are_recognised(name):
    adapter = get_adapter(name)
    for seed in range(3):
        puzzle = adapter.generate(np.random.default_rng(seed)).puzzle
        assert read_text(adapter.render(puzzle)).puzzles == (puzzle,)


def test_one_puzzle_is_loaded_and_several_are_counted(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(CLUES)
    assert load_puzzle(path) == load_puzzle(str(path)) == load_puzzle(CLUES.encode())
    path.write_text(f"{CLUES}\n{CLUES}")
    with pytest.raises(InputError, match=r"a.txt: there are 2 puzzles .*use read_puzzles"):
        load_puzzle(path)


def noise(symbols, length=10_000_000):
    return bytes(random.Random(0).choices(symbols, k=length))


BAD = {
    "empty": (b"", "there is nothing in it"),
    "blank": (b" \n\t\n", "there is nothing in it"),
    "binary": (b"abc\0def", "byte 4 is zero"),
    "latin-1": (b"abc\xe9", "byte 4 is not UTF-8; .*got 0xe9"),
    "noise": (bytes(range(1, 256)) * 40_000, "is not UTF-8"),
    "printable noise": (noise(range(33, 127)), "no puzzle file that is known"),
    "noise of letters": (noise(b"ABCDEFGH\n"), "10000000 characters"),
    "one line of digits": (noise(b"0123456789"), "10000000 characters"),
    "noise of brackets": (b"[" + noise(b"[]{},:"), "not valid JSON"),
    "deep list": (b"[" * 10_000_000, "nested too deeply"),
    "deep object": (b'{"a":' * 1_000_000, "nested too deeply"),
    "deep puzzle": (
        b'{"task": "maze", "grid": ' + b"[" * 900 + b"]" * 900 + b"}",
        "row 1 column 1 is not one character",
    ),
    "truncated": (b'{"task": "maze",\n"grid": ["S.', "line 2 column 10: .*is the file complete"),
    "not JSON": (b'{"task": maze}', "JSON: column 10: expecting value; got maze}"),
    "a key twice": (
        b'{"task": "graph", "edges": [["a", "b"]], "start": "a", "start": "b", "goal": "b"}',
        'has the key "start" twice; expected each key once; keep the one that is meant',
    ),
    "a key twice in a line": (
        b'{"grid": ["S.G"], "grid": ["S..G"]}\n{"grid": ["S.G"]}\n',
        'line 1: an object of the JSON has the key "grid" twice',
    ),
    "a name in two cases": (
        b'{"Grid": ["S.G"], "grid": ["S..G"]}',
        '"Grid" and "grid" say the same with different values',
    ),
    "two mazes": (b'{"grid": ["S.G"], "map": ["S..G"]}', '"grid" and "map" say the same'),
    "two grids": (
        b'{"grid": [[1, 0, 0, 0]], "board": [[2, 0, 0, 0]], "solution": []}',
        '"grid" and "board" say the same',
    ),
    "two questions": (
        b'{"puzzle": "S.G", "question": "S..G"}',
        '"question" and "puzzle" say the same with different values; expected one of them',
    ),
    "two lists of edges": (
        b'{"edges": [["a", "b"]], "links": [["a", "c"], ["c", "b"]], "start": "a", "goal": "b"}',
        '"edges" and "links" say the same',
    ),
    "two columns of one name": (
        b"puzzle,puzzle,answer\nS.G,S..G,\n",
        'two columns are called "puzzle"',
    ),
    "NaN": (b'{"task": "maze", "grid": NaN}', "the JSON holds NaN"),
    "long number": (b"[" + b"1" * 10_000 + b"]", "thousands of digits"),
    "unknown task": (b'{"task": "soduku"}', 'no adapter "soduku".*did you mean "sudoku"'),
    "task is no name": (b'{"task": 42}', "the task is no name"),
    "no puzzle": (b'{"hello": "world"}', "no puzzle that is known .*got .'hello'."),
    "empty list": (b"[]", "an empty list"),
    "empty object": (b"{}", "no puzzle that is known"),
    "prose": (b"To be, or not to be:\nthat is the question.", "no puzzle file .*got To be, or"),
    "a bad record": (
        b'[{"task": "maze", "grid": ["S.G"]}, {"task": "maze", "grid": ["S.."]}]',
        "record 2: the maze has no goal",
    ),
    "a bad line of JSON": (
        b'{"task": "maze", "grid": ["S.G"]}\n\n{"task": "maze", "grid": ["S.G"\n',
        "line 3: this is not valid JSON: column 32",
    ),
    "a bad answer": (
        b'{"puzzle": {"task": "maze", "grid": ["S.G"]}, "answer": {"path": 3}}',
        "path: this is no list",
    ),
    "80 cells": (CLUES[:-1].encode(), "80 cells; .*1 cell too few"),
    "a short line": (f"{CLUES}\n{CLUES[:-2]}".encode(), "line 2: the text holds 79 cells"),
    "an illegal symbol": ((CLUES[:-1] + "X").encode(), '"X" at line 1, column 81'),
    "a short record": (
        (HEAD + f"x,{CLUES},{SOLVED},0\nx,{CLUES[:-1]},{SOLVED},0\n").encode(),
        "line 3: the text holds 80 cells",
    ),
    "a field too few": ((HEAD + f"x,{CLUES}\n").encode(), "line 2: there are 2 fields; expected 4"),
    "a heading alone": (HEAD.encode(), "a heading and no puzzle"),
    "a maze in pieces": ((HEAD + "x,S  G#,S  G#,0\n").encode(), "line 2: the maze has 5 cells"),
    "two starts": (b"S..S\n#..G", "two starts, at row 1 column 1 and row 1 column 4"),
    "an illegal cell": (b"S..#\n#xxG\n", "line 2 column 2 has 'x'"),
    "an ARC colour": (
        json.dumps({"a": {**ARC_TASK, "test": [{"input": [[10]]}]}}).encode(),
        'task "a": test.0.input.0.0: .*9; got 10',
    ),
    "a submission": (b'{"a": [{"attempt_1": [[1]]}]}', "an ARC submission, which holds answers"),
    "formulas": (b"p cnf 3 1\n1 2 0\n", "DIMACS satisfiability"),
    "Sokoban without goals": (b"#####\n#@$ #\n#####", "it looks like Sokoban, and is no level"),
    "Sokoban with too few": (b"; 0\n######\n#@$$.#\n######", "2 boxes and 1 goals"),
    "a web page": (b"<html></html>", "expected <graphml>"),
    "a graph without ends": (GRAPHML.encode(), "the graph has no start"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_content_is_refused_in_one_clear_line(name):
    content, says = BAD[name]
    with pytest.raises(ToolkitError, match=says) as error:
        read_puzzles(content)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 500


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_content_makes_the_reader_fall_over(content):
    with contextlib.suppress(ToolkitError):
        assert read_puzzles(content).puzzles


@given(st.recursive(st.none() | st.integers() | st.text(max_size=3), lambda inner: (
    st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["task", "grid", "edges", "nodes", "train", "test", "puzzle", "answer"]),
        inner, max_size=3,
    )
), max_leaves=8))  # fmt: skip
def test_no_json_makes_the_reader_fall_over(value):
    with contextlib.suppress(ToolkitError):
        assert read_text(json.dumps(value)).puzzles


def test_a_byte_order_mark_is_accepted():
    assert read_puzzles(b"\xef\xbb\xbf" + CLUES.encode()).puzzles
    assert read_puzzles(b"\xef\xbb\xbf" + json.dumps({"grid": SMALL}).encode()).puzzles


def test_files_that_cannot_be_read_are_named(tmp_path, monkeypatch):
    (tmp_path / "puzzle.txt").write_text(CLUES)
    with pytest.raises(InputError, match=r"no such file.*did you mean \".*puzzle.txt\"\?"):
        read_puzzles(tmp_path / "puzle.txt")
    with pytest.raises(InputError, match="this is a directory"):
        read_puzzles(tmp_path)
    with pytest.raises(InputError, match="cannot be read: embedded null byte"):
        read_puzzles("a\0b")
    with pytest.raises(InputError, match="cannot be read: File name too long"):
        read_puzzles("x" * 5000)

    def forbidden(path, flags):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", forbidden)
    with pytest.raises(InputError, match=r"puzzle.txt: this file may not be read"):
        read_puzzles(tmp_path / "puzzle.txt")


def test_what_is_no_plain_file_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "endless").symlink_to("/dev/zero")
    for name in (tmp_path / "pipe", tmp_path / "endless", "/dev/null"):
        with pytest.raises(InputError, match=r"this is a (pipe|device), no plain file.*\| hrm-"):
            read_puzzles(name)
        with pytest.raises(InputError, match="no plain file"):
            read_answer(name, get_adapter("sudoku"), read_text(CLUES).puzzles[0])


def test_a_substituted_process_is_refused_with_the_way_through_standard_input():
    reading, writing = os.pipe()
    try:
        with pytest.raises(InputError, match=r"this is a pipe, .*standard input: COMMAND \| "):
            read_puzzles(f"/dev/fd/{reading}")
    finally:
        os.close(reading)
        os.close(writing)


def test_a_text_over_the_limit_is_refused_with_the_way_around(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "LIMIT", 2 * source.HEAD)
    path = tmp_path / "large.json"
    path.write_text("[" + " " * 2 * source.HEAD + "]")
    with pytest.raises(InputError, match=r"too large; expected at most 2 MB; puzzles one a line"):
        read_puzzles(path)


def test_an_error_names_the_file_and_the_line(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text(f"{CLUES}\n{CLUES[:-1]}\n")
    with pytest.raises(InputError, match=r"list.txt: line 2: the text holds 80 cells"):
        read_puzzles(path)


def answer_of(text, puzzle):
    return read_answer(text.encode(), get_adapter(puzzle.task), puzzle)


def test_answers_to_sudoku_in_every_form():
    puzzle = read_text(CLUES).puzzles[0]
    grid = [[int(c) for c in SOLVED[i : i + 9]] for i in range(0, 81, 9)]
    forms = [
        SOLVED,
        "\n".join(SOLVED[i : i + 9] for i in range(0, 81, 9)),
        json.dumps(grid),
        json.dumps({"grid": grid}),
        json.dumps({"task": "sudoku", "grid": grid}),
        json.dumps({"task": "sudoku", "solved": True, "answer": {"grid": grid}}),
        json.dumps(SOLVED),
    ]
    for form in forms:
        assert get_adapter("sudoku").rules.check(puzzle, answer_of(form, puzzle)), form


def test_answers_to_mazes_and_graphs_in_every_form():
    maze = read_text("S..\n##.\nG..").puzzles[0]
    path = [[0, 0], [0, 1], [0, 2], [1, 2], [2, 2], [2, 1], [2, 0]]
    for form in ("Soo\n##o\nGoo\n", json.dumps(path), json.dumps({"path": path})):
        assert get_adapter("maze").rules.check(maze, answer_of(form, maze)), form
    graph = read_text("start A\ngoal C\nA -- B 2\nB -- C").puzzles[0]
    for form in ("A -> B -> C", "A\nB\nC\n", '["A", "B", "C"]', '{"path": ["A", "B", "C"]}'):
        assert get_adapter("graph").rules.check(graph, answer_of(form, graph)), form


def test_answers_to_arc_in_every_form():
    puzzle = read_text(json.dumps({"aa": SOLVED_TASK})).puzzles[0]
    for form in (
        '{"attempts": [[[[4]]]]}',
        "[[[[4]]]]",
        "4\n",
        '{"aa": [{"attempt_1": [[1]], "attempt_2": [[4]]}], "bb": [{"attempt_1": [[1]]}]}',
    ):
        assert get_adapter("arc").rules.check(puzzle, answer_of(form, puzzle)), form


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ('{"answer": null}', "the result has no answer"),
        ('{"path": 3}', "this is no list"),
        ("S..\n.#.\nG..", "the marked maze is another one"),
        ('{"path": [', "the text ends too early"),
        ("", "there is nothing in it"),
    ],
)
def test_bad_answers_are_refused(form, says):
    maze = read_text("S..\n##.\nG..").puzzles[0]
    with pytest.raises(InputError, match=says):
        answer_of(form, maze)


@pytest.mark.parametrize(
    "names",
    ["puzzle,solution", "quizzes,solutions", "question,answer", "input,output", "grid,solution"],
)
def test_a_question_with_its_answer_under_every_usual_name_in_tables_and_json(names):
    first, second = names.split(",")
    rows = [[int(c) for c in SOLVED[i : i + 9]] for i in range(0, 81, 9)]
    texts = [
        *(f"{first}{d}{second}\n{CLUES}{d}{SOLVED}\n" for d in ",;\t"),
        *(
            text
            for record in ({first: CLUES, second: SOLVED}, {first: GRID, second: rows})
            for text in (
                json.dumps(record),
                json.dumps([record] * 2),
                f"{json.dumps(record)}\n" * 2,
            )
        ),
    ]
    for text in texts:
        for adapter in (None, "sudoku"):
            loaded = read_text(text, adapter=adapter)
            assert all(puzzle.grid == tuple(map(tuple, GRID)) for puzzle in loaded.puzzles), text
            for puzzle, answer in zip(loaded.puzzles, loaded.answers, strict=True):
                assert get_adapter("sudoku").rules.check(puzzle, answer), text


def test_an_answer_that_cannot_be_read_is_refused_by_its_line():
    with pytest.raises(InputError, match=r"line 3: .*80 cells"):
        read_text(f"puzzle;solution\n{CLUES};{SOLVED}\n{CLUES};{SOLVED[:-1]}\n")


_REFUSED = (
    'not a graph: it has no "edges", "links" or "adjacency"',
    'not a maze: it has no "grid", "maze" or "map"',
    'not a Sudoku grid: it has no "grid", "board", "cells" or "sudoku"',
    'not an ARC task: it has no "train" and "test"',
)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('{"foo": 1}', None),
        ('[{"foo": 1}]', "record 1"),
        ('{"foo": 1}\n{"foo": 2}\n', "line 1"),
        ('{"grid": [[1, 0, 0, 0], [0, 0, 3, 0], [0, 4, 0, 0], [0, 0, 0, 2]]}\n{"x": 1}', "line 2"),
        ('{"input": [[1]], "output": [[2]]}', None),
    ],
)
def test_json_of_no_form_is_refused_with_each_form_and_why_it_does_not_fit(text, where):
    with pytest.raises(InputError) as raised:
        read_text(text)
    for says in _REFUSED:
        assert says in str(raised.value)
    assert raised.value.path == where


def test_a_pair_that_is_no_puzzle_with_its_answer_says_how_reading_it_so_failed():
    with pytest.raises(InputError, match="not a puzzle with its answer: the grid has 1 rows"):
        read_text('{"input": [[1]], "output": [[2]]}')
    with pytest.raises(InputError, match="the rules refute the output"):
        read_text(json.dumps({"input": SMALL, "output": SMALL}))


def test_json_that_is_no_object_is_refused_with_what_it_is():
    with pytest.raises(InputError, match="not a graph: it is 1 alone"):
        read_text("[1, 2]")


def test_prose_beside_a_puzzle_is_no_second_puzzle() -> None:
    record = {"maze": "#S..\n#.#G", "question": "What is the shortest way from S to G?"}
    (puzzle,) = read_text(json.dumps(record)).puzzles
    assert puzzle.task == "maze"
    assert read_text(json.dumps({"grid": GRID, "board": GRID})).puzzles[0].task == "sudoku"
