"""Mazes in the texts that others show to language models, with answers as they write them."""

import json

import pytest

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.formats import read_text
from hrm_toolkit.core import InputError

SHORTEST = """The cells of this grid:
- *: where you begin
- #: where you want to be
- O: an open cell
- X: a blocked cell

Now, find the shortest path from * to # in the following grid:
O O X
* X #
O O O
"""
STEPS = """Navigate from 'a' (start) to 'b' (goal):

```
#####
#a.b#
#####
```
Legend: '#' = Wall, '.' = Passage

What is the minimum number of steps to reach the goal?
"""
TOKENS = (
    "<ADJLIST_START> (0,0) <--> (1,0) ; (1,1) <--> (1,0) ; (0,1) <--> (1,1) ; <ADJLIST_END> "
    "<ORIGIN_START> (0,0) <ORIGIN_END> <TARGET_START> (1,1) <TARGET_END> "
    "<PATH_START> (0,0) (1,0) (1,1) <PATH_END>"
)


def checked(loaded):
    (puzzle,), (answer,) = loaded.puzzles, loaded.answers
    return puzzle.grid, get_adapter("maze").rules.check(puzzle, answer)


def test_a_question_for_a_shortest_path_is_a_maze():
    assert read_text(SHORTEST).puzzles[0].grid == ("..#", "S#G", "...")
    entry = {"question": SHORTEST, "answer": "down right right up", "metadata": {"seed": 1}}
    _, verdict = checked(read_text(json.dumps(entry)))
    assert (verdict.valid, verdict.optimal, verdict.cost) == (True, True, 4)
    none = read_text(json.dumps(entry | {"answer": "infeasible"}))
    assert none.answers == (None,)
    assert none.notes == ("its answer is that there is no path",)
    with pytest.raises(InputError, match="this is no answer to a maze"):
        read_text(json.dumps(entry | {"answer": "somewhere"}))
    with pytest.raises(InputError, match='row 2 of the grid has "Y"; expected one of'):
        read_text(SHORTEST.replace("* X #", "* Y #"))


def test_a_question_for_a_number_of_steps_says_that_a_path_is_found():
    loaded = read_text(json.dumps({"question": STEPS, "answer": "2"}))
    assert loaded.puzzles[0].grid == ("#####", "#S.G#", "#####")
    assert loaded.answers == (None,)
    assert loaded.notes[1] == "its answer is 2 steps"
    assert read_text(STEPS).notes == loaded.notes[:1]


def test_tokens_of_a_lattice_are_a_maze_with_passages_between():
    grid, verdict = checked(read_text(TOKENS))
    assert grid == ("S#.", ".#.", "..G")
    assert (verdict.valid, verdict.cost) == (True, 4)
    both = read_text(f"{TOKENS}\n{TOKENS.partition('<PATH')[0]}")
    assert [answer is None for answer in both.answers] == [False, True]
    maze = get_adapter("maze")
    again = maze.parse_answer(both.puzzles[0], "<PATH_START> (0,0) (1,0) (1,1) <PATH_END>")
    assert again == both.answers[0]
    apart = TOKENS.replace("(", "( ").replace(",", " , ")
    assert read_text(apart).puzzles[0].grid == grid


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("(1,1) <--> (1,0)", "(1,1) <XX> (1,0)", '"(1,1)" is not read in a list of neighbours'),
        ("(1,1) <--> (1,0)", "(1,1) <--> (0,0)", "(1,1) and (0,0) are no neighbours on a grid"),
        ("<ORIGIN_START> (0,0)", "<ORIGIN_START>", "there is not one start and one goal"),
        ("<TARGET_END>", "", "there is no <TARGET_START> ... <TARGET_END>"),
        ("(0,1) <-->", "(0,9999) <-->", "the maze is 3x19999; expected at most 2048 a side"),
    ],
)
def test_other_tokens_are_refused_by_name(old, new, says):
    assert old in TOKENS
    with pytest.raises(InputError) as caught:
        read_text(TOKENS.replace(old, new))
    assert says in str(caught.value)


def test_rows_may_be_joined_by_strokes() -> None:
    rows = ["S..", ".#.", "..G"]
    (joined,), (lines,) = (read_text(sign.join(rows)).puzzles for sign in "/\n")
    assert joined == lines
