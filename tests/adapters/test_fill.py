"""Grids to fill: what the shared half refuses and says, seen through Latin squares."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from hrm_toolkit.core import InputError

EXAMPLE = Path(__file__).parents[2] / "examples" / "latin-square" / "latin_square.py"
latin = SimpleNamespace(**runpy.run_path(str(EXAMPLE)))


LATIN = latin.LatinSquareAdapter()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the grid has 0 rows; expected 1 to 64"),
        ("1 2\n2", "row 2 has 1 cells; expected 2"),
        ("1 3\n2 1", "row 1 column 2 is 3; expected 1 to 2, or 0 for a blank"),
        ("1 x\n2 1", r"grid.0.1: .*whole number"),
    ],
)
def test_what_is_no_square_is_refused(text, says):
    with pytest.raises(InputError, match=says):
        LATIN.parse(text)


def test_repeats_are_named_with_their_places():
    puzzle = LATIN.parse("1 . 1\n. . .\n1 . .")
    messages = [violation.message for violation in LATIN.rules.diagnose(puzzle)]
    assert messages == [
        "row 1 holds 1 twice or more, at row 1 column 1, row 1 column 3",
        "column 1 holds 1 twice or more, at row 1 column 1, row 3 column 1",
    ]


def test_an_answer_of_another_size_is_refuted():
    answer = latin.LatinAnswer(grid=((1,),))
    verdict = LATIN.rules.check(LATIN.parse("1 .\n. ."), answer)
    assert verdict.violations[0].message == "the answer has 1 rows, the puzzle 2"


def test_a_move_against_the_rules_is_refused():
    state = LATIN.rules.initial(LATIN.parse("1 .\n. ."))
    assert LATIN.rules.actions(state) == [(0, 1, 2)]
    with pytest.raises(InputError, match="this move is not legal"):
        LATIN.rules.step(state, (0, 1, 1))


def test_a_square_without_answer_is_proved_to_have_none():
    found = LATIN.exact(LATIN.parse("1 2 .\n. . 3\n. . ."))
    assert found.answer is None
    assert found.unsolvable
