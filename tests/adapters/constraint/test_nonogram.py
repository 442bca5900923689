"""Nonograms: the forms in which people have them, and what is told of them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.constraint.nonogram.adapter import told_by
from hrm_toolkit.adapters.formats import read_text
from hrm_toolkit.core import InputError

ADAPTER = get_adapter("nonogram")
ROWS, COLUMNS = ((2,), (1, 1), ()), ((2,), (1,), (1,))
NON = """catalogue "made by hand"
title "Two rows"
by "A person"
width 3
height 3

rows
2
1,1
0

columns
2
1
1

goal "{goal}"
"""
TEXTS = {
    ".non": NON.format(goal="110101000"),
    "headings": "Rows:\n2\n1 1\n0\nColumns:\n2\n1\n1",
    "columns first": "columns\n2\n1\n1\nrows\n2\n1, 1\n0",
    "blocks": "2\n1 1\n0\n\n2\n1\n1\n",
    "json": '{"rows": [[2], [1, 1], []], "columns": [[2], [1], [1]]}',
    "json of texts": '{"title": "x", "rowClues": ["2", "1 1", "0"], "col_clues": [2, 1, 1]}',
    "drawn": "nonogram 3x3\n    2 1 1\n  2 . . .\n1 1 . # .\n  0 . . .",
}


@pytest.mark.parametrize("form", TEXTS)
def test_every_form_is_the_same_puzzle(form: str) -> None:
    (puzzle,) = read_text(TEXTS[form]).puzzles
    assert (puzzle.task, puzzle.model_dump()["rows"]) == ("nonogram", ROWS)
    assert puzzle.model_dump()["columns"] == COLUMNS


def test_a_goal_is_the_answer_and_one_of_another_size_is_told() -> None:
    loaded = read_text(TEXTS[".non"])
    assert ADAPTER.rules.check(loaded.puzzles[0], loaded.answers[0])
    loaded = read_text(NON.format(goal="11010"))
    assert loaded.answers == (None,)
    assert "goal is left out" in loaded.notes[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (NON.format(goal="110011000"), "goal: row 2 has the runs 2; expected 1 1, as the file"),
        (NON.format(goal="110101000").replace("2\n1\n1\n", "2\n0\n2\n"), "goal: column 2 has"),
        (NON.format(goal="110101000") + "width 4\n", "line 18: the width is said twice"),
        ('{"rows": [[1]], "columns": [[1]], "cols": [[]]}', "cols: this says the columns once"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_text(text)


def test_which_block_is_the_rows_is_said() -> None:
    assert "the first block was taken for the rows" in read_text(TEXTS["blocks"]).notes[0]


REFUSED = {
    "rows\n3a,2\ncolumns\n1": "line 2: this nonogram has several colours",
    "color b black\nrows\n1\ncolumns\n1": "line 1: this nonogram has several colours",
    "height 2\nrows\n1\ncolumns\n1": "there are 1 rows; expected 2, as its height says; write 0",
    "rows\n3\ncolumns\n1\n1": "row 1 needs 3 cells for its runs 3; expected at most 2",
    "rows\n1\ncolumns\n1\n!": "line 5: this line is no runs; expected such as 3,1,2",
    "nonogram 1x2\n 1 1\n1 . .": "'1' in line 1 of the runs stands over no column",
    '{"rows": [[1]], "columns": [[1]], "colours": ["red"]}': "a nonogram has no such field",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_nonogram_of_one_colour_is_refused_in_a_line(text: str) -> None:
    with pytest.raises(InputError) as caught:
        read_text(text)
    assert REFUSED[text] in str(caught.value)


def test_sudokus_in_blocks_stay_sudokus() -> None:
    grid = "1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1"
    assert {puzzle.task for puzzle in read_text(f"{grid}\n\n{grid}").puzzles} == {"sudoku"}


def test_as_many_pictures_answer_as_have_the_runs() -> None:
    rng = np.random.default_rng(0)
    every = [np.array(bits).reshape(3, 4) for bits in itertools.product((0, 1), repeat=12)]
    for _ in range(20):
        puzzle = told_by(every[int(rng.integers(len(every)))])
        right = sum(told_by(grid) == puzzle for grid in every)
        assert ADAPTER.count_solutions(puzzle, 100) == right


def test_an_answer_is_read_with_any_usual_signs() -> None:
    puzzle = ADAPTER.coerce({"rows": ROWS, "columns": COLUMNS})
    for text in ("##.\n#.#\n...", "X X -\nX - X\n- - -", "110\n101\n000", "██░\n█░█\n░░░"):
        assert ADAPTER.rules.check(puzzle, ADAPTER.parse_answer(puzzle, text)), text


def test_lines_that_no_longer_agree_are_no_puzzle_to_search() -> None:
    puzzle = ADAPTER.coerce({"rows": [[2], [1]], "columns": [[1], [1]]})
    assert ADAPTER.exact(puzzle).unsolvable
    (wrong,) = ADAPTER.rules.diagnose(puzzle)
    assert wrong.message == "the rows tell of 3 shaded cells, the columns of 2"


def test_a_large_picture_is_searched_at_once() -> None:
    rows, columns = np.indices((40, 40))
    puzzle = told_by(((rows - 20) ** 2 + (columns - 20) ** 2 < 300) ^ (rows % 7 == columns % 5))
    found = ADAPTER.exact(puzzle, seconds=60)
    assert found.answer is not None
    assert ADAPTER.rules.check(puzzle, found.answer)
