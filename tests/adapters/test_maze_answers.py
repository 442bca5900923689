"""Answers to mazes: whatever ``solve`` prints, and the usual ways to write a path down."""

from __future__ import annotations

import json

import pytest

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.formats import read_answer, read_text
from hrm_toolkit.core import InputError

MAZE = get_adapter("maze")
TEXT = "######\n#S..##\n###..#\n#..#G#\n######"
PUZZLE = read_text(TEXT).puzzles[0]
ANSWER = MAZE.exact(PUZZLE).answer
DRAWN = MAZE.render(PUZZLE, ANSWER)
PATH = [list(cell) for cell in ANSWER.path]
MOVES = "RRDRD"
SIDE = "\n".join(
    f"{one}    {other}" for one, other in zip(TEXT.split("\n"), DRAWN.split("\n"), strict=True)
)
PRINTED = "read as maze text\n\n{}\n\nsolved: 5x6 maze, verified by the rules\ncost 5 (optimal)\n"


def answer_of(text: str):
    return read_answer(text.encode(), MAZE, PUZZLE)


@pytest.mark.parametrize(
    "text",
    [
        DRAWN,
        PRINTED.format(SIDE),
        PRINTED.format(f"{TEXT}\n\n{DRAWN}"),
        PRINTED.format(DRAWN).replace("\n", "\r\n"),
        DRAWN.replace("o", "X"),
        DRAWN.replace(".", " ").replace("#", "\u2588"),
        DRAWN.replace("S", "A").replace("G", "B"),
        "\n".join(map(" ".join, DRAWN.split("\n"))),
        f"```\n{DRAWN}\n```",
        DRAWN.replace("\n", "").replace(".", " "),
    ],
)
def test_pictures_of_the_path(text):
    assert answer_of(text) == ANSWER
    assert answer_of(json.dumps(text)) == ANSWER
    assert answer_of(json.dumps({"solution": text})) == ANSWER


@pytest.mark.parametrize(
    "text",
    [
        MOVES,
        MOVES.lower() + "\n",
        " ".join(MOVES),
        ", ".join(MOVES),
        "EESES",
        "right right down right down",
        "Right, Right, Down, Right, Down",
        "east\neast\nsouth\neast\nsouth",
        "\u2192\u2192\u2193\u2192\u2193",
        ">>v>v",
        "path: RRDRD",
    ],
)
def test_moves_from_the_start(text):
    assert answer_of(text) == ANSWER
    assert answer_of(json.dumps({"moves": text})) == ANSWER


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(PATH),
        str(list(map(tuple, PATH))),
        " -> ".join(str(tuple(cell)) for cell in PATH),
        "\n".join(f"{row},{column}" for row, column in PATH),
        "\n".join(f"{row} {column}" for row, column in PATH),
        "path = " + str(list(map(tuple, PATH))),
        json.dumps({"path": PATH, "cost": 5}),
        json.dumps({"task": "maze", "path": PATH}),
        json.dumps({"solution": [PATH]}),
        json.dumps({"answer": {"path": PATH}, "solved": True}),
        json.dumps([{"row": row, "col": column} for row, column in PATH]),
        json.dumps({"path": [{"x": column, "y": row} for row, column in PATH]}),
        json.dumps(list("RRDRD")),
        json.dumps(["right", "right", "down", "right", "down"]),
        json.dumps(DRAWN.split("\n")),
        json.dumps([list(row) for row in DRAWN.split("\n")]),
    ],
)
def test_cells_as_text_and_json(text):
    assert answer_of(text) == ANSWER


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("RRDR", "ends at row 3 column 5, but the goal"),
        ("DDRRR", "row 3 column 2, is a wall"),
        ("UUU", "is outside the maze"),
        ("(1, 1) (1, 2) (2, 3)", "from row 2 column 3 to row 3 column 4, not one cell on"),
        ("######\n#Soo##\n###..#\n#..#G#\n######", "ends at row 2 column 4, but the goal"),
        ("######\n#S..##\n###.o#\n#..#G#\n######", "starts at row 3 column 5, but the start"),
        ("######\n#S..##\n#oo..#\n#.ooG#\n######", "row 3 column 2, is a wall"),
        ("######\n#S..##\n#xx..#\n#.oxG#\n######", "row 3 column 2, is a wall"),
        ("[]", "the path is empty"),
    ],
)
def test_a_readable_wrong_path_is_refuted(text, says):
    verdict = MAZE.rules.check(PUZZLE, answer_of(text))
    assert not verdict
    assert any(says in violation.message for violation in verdict.violations)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("######\n#So.##\n###.o#\n#..#G#\n######", "the marked cells are no path"),
        ("######\n#Soo##\n###oo#\n#o.#G#\n######", "the marked cells are no path"),
        (TEXT, "no cell of this maze is marked as path"),
        (PRINTED.format(TEXT), "no cell of this maze is marked as path"),
        ("######\n... the first 1 of 5 lines; --picture draws the whole", "cut off; solve --json"),
        (DRAWN.replace("#..#G#", "####G#"), "the marked maze is another one"),
        ("I would go right, then down", "this is no answer to a maze; expected the maze with its"),
        ("A -> B -> C", "this is no answer to a maze"),
        ("53421", "this is no answer to a maze"),
        ("3R2D", "this is no answer to a maze"),
        ("no path", "this is no answer to a maze"),
        (str([(c, r) for r, c in PATH]), "from start to goal if they are x, y; expected row, col"),
        (str([(r + 1, c + 1) for r, c in PATH]), "if they are row, column from 1"),
        (json.dumps({"task": "graph", "path": ["a"]}), "this answers a graph puzzle"),
        (f"{DRAWN}\n\n{DRAWN.replace('#..#', '#..#')}\n\n" + DRAWN.replace("oo##", "o.##"), None),
    ],
)
def test_a_text_that_is_no_answer_refutes_nothing(text, says):
    with pytest.raises(InputError, match=says):
        answer_of(text)


def test_a_path_that_runs_beside_itself_is_read_as_it_was_walked():
    puzzle = read_text("S...\n....\n...G").puzzles[0]
    path = [(0, 0), (0, 1), (0, 2), (0, 3), (1, 3), (1, 2), (1, 1), (1, 0), (2, 0), (2, 1), (2, 2)]
    walked = MAZE.coerce_answer(puzzle, [*path, (2, 3)])
    drawn = MAZE.render(puzzle, walked)
    assert MAZE.rules.check(puzzle, MAZE.parse_answer(puzzle, drawn)).cost == 11


def test_two_answers_in_one_text_are_refused():
    puzzle = read_text("S.\n.G").puzzles[0]
    with pytest.raises(InputError, match="the text shows 2 answers to this maze"):
        MAZE.parse_answer(puzzle, "So\n.G\n\nS.\noG")
