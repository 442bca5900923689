"""Pencil puzzles: each keeps the laws, has one answer, and reads what it writes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.check import check_adapter
from hrm_toolkit.adapters.registry import BUILT_IN
from hrm_toolkit.core import InputError

TASKS = sorted(task for task, home in BUILT_IN.items() if ".constraint." in home)


@pytest.mark.parametrize("task", TASKS)
def test_the_laws_are_kept(task: str) -> None:
    check_adapter(get_adapter(task), samples=2).require()


@pytest.mark.parametrize("task", TASKS)
def test_a_puzzle_has_one_answer_and_fewer_clues_leave_more(task: str) -> None:
    adapter = get_adapter(task)
    for seed in range(2):
        example = adapter.generate(np.random.default_rng([3, seed]))
        assert adapter.count_solutions(example.puzzle) == 1
        assert adapter.exact(example.puzzle).answer == example.answer
        told = adapter.parse_answer(example.puzzle, adapter.render(example.puzzle, example.answer))
        assert told == example.answer


BAD = {
    "lightup": ("lightup 1x2\n5 .", "row 1 column 1 has 5; expected a number from 0 to 4"),
    "tapa": ("tapa 1x2\n9 .", "expected runs of wall such as 3"),
    "nurikabe": ("nurikabe 1x2\n. x", "row 1 column 2 has 'x'"),
    "heyawake": ("heyawake 1x2\n1 .", r"expected a first line like \+---\+---\+"),
}


@pytest.mark.parametrize("task", BAD)
def test_what_is_no_puzzle_is_refused_in_a_line(task: str) -> None:
    text, says = BAD[task]
    with pytest.raises(InputError, match=says) as caught:
        get_adapter(task).parse(text)
    assert "\n" not in str(caught.value)


def test_boards_are_bounded() -> None:
    adapter = get_adapter("nurikabe")
    for grid in ([], [[None] * 65], [[None, None], [None]]):
        with pytest.raises(InputError):
            adapter.coerce({"grid": grid})
    with pytest.raises(InputError, match="expected at most 2,500 cells"):
        adapter.coerce({"grid": [[None] * 60] * 60})


def test_an_answer_of_another_size_is_refuted() -> None:
    adapter = get_adapter("nurikabe")
    puzzle = adapter.parse("1 .\n. .")
    verdict = adapter.rules.check(puzzle, adapter.coerce_answer(puzzle, [[0, 1, 1]]))
    assert [wrong.message for wrong in verdict.violations] == ["the answer is 1x3, the puzzle 2x2"]


def test_rooms_are_read_from_their_borders_and_keep_those_that_end_inside() -> None:
    drawn = "+---+---+\n| 1 | . |\n+   +   +\n| .   . |\n+---+---+"
    adapter = get_adapter("heyawake")
    puzzle = adapter.parse(drawn)
    assert puzzle.rooms == ((0, 0), (0, 0))
    assert puzzle.walls == ((0, 0, 0, 1),)
    assert adapter.render(puzzle) == f"heyawake 2x2\n{drawn}"
    again = adapter.coerce(json.loads(puzzle.model_dump_json()))
    assert again == puzzle
