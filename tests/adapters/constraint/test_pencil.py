"""Pencil puzzles: each keeps the laws, has one answer, and reads what it writes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.check import check_adapter
from hrm_toolkit.adapters.constraint.pencil.tasks import PencilAdapter
from hrm_toolkit.adapters.constraint.pencil.url import KINDS
from hrm_toolkit.adapters.formats import read_text
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


@pytest.mark.parametrize("task", [task for task in TASKS if task in KINDS.values()])
def test_a_puzzle_becomes_a_url_and_again_a_puzzle(task: str) -> None:
    adapter = get_adapter(task)
    assert isinstance(adapter, PencilAdapter)
    for seed in range(2):
        puzzle = adapter.generate(np.random.default_rng([4, seed])).puzzle
        link = adapter.link(puzzle)
        assert read_text(link).puzzles == (puzzle,)


LINKS = {
    "https://puzz.link/p?akari/3/2/b.g1": ("lightup", "lightup 2x3\n1 . .\n# . 1"),
    "http://pzv.jp/p.html?nurikabe_edit/3/2/2g-1fi": (
        "nurikabe",
        "nurikabe 2x3\n2  .  31\n.  .  .",
    ),
    "puzz.link/p?type=editor&tapa/3/2/a3g.h9": (
        "tapa",
        "tapa 2x3\n?,3     .       ?\n.       .       1,1,1,1",
    ),
    "https://puzz.link/p?heyawake/2/2/g01": ("heyawake", "+---+---+\n| 1 | . |\n+   +   +"),
    "https://puzz.link/p?mashu/3/2/15.0": ("masyu", "masyu 2x3\n. . o\n. o x"),
    "https://puzz.link/p?yajirin/b/3/1/a23a": ("yajilin", "yajilin 1x3\n.  3v ."),
    "https://puzz.link/p?slither/3/1/6.": ("slitherlink", "slitherlink 1x3\n1 . ?"),
    "https://puzz.link/p?hitori/3/1/1-0az": ("hitori", "hitori 1x3\n1  10 35"),
    "https://puzz.link/p?dbchoco/3/2/p03..g-10": ("dbchoco", "2x3\n#3  #?  ?\n.   #16 ."),
    "https://puzz.link/p?sudoku/4/4/1g2s&id=7": ("sudoku", "1 . "),
}


@pytest.mark.parametrize("link", LINKS)
def test_urls_of_many_sites_and_ages_are_read(link: str) -> None:
    task, drawn = LINKS[link]
    (puzzle,) = read_text(link).puzzles
    assert puzzle.task == task
    assert drawn in get_adapter(task).render(puzzle)


REFUSED = {
    "https://puzz.link/p?slither/f/3/1/6.2": "the URL has the flags 'f': its rules may be others",
    "https://puzz.link/p?lits/d/3/1/6.2": "the URL has the flags 'd'",
    "https://puzz.link/p?nurikabe/v:x/3/1/g": "the URL has the variant 'v:x'",
    "https://puzz.link/p?mochikoro/3/1/6.2": 'there is no task for "mochikoro" here',
    "https://puzz.link/p?nurikabe/3": "the URL has no size",
    "https://puzz.link/p?nurikabe/900/900/g": "the board is 900x900",
    "https://puzz.link/p?nurikabe/2/1/1111": "the board's text goes on with '11'",
    "https://puzz.link/p?nurikabe/2/1/!": "the board's text has '!'",
    "https://puzz.link/p?heyawake/3/3/a": "the board's text ends too soon",
}


@pytest.mark.parametrize("link", REFUSED)
def test_urls_that_may_mean_another_puzzle_are_refused(link: str) -> None:
    with pytest.raises(InputError) as caught:
        read_text(link)
    assert REFUSED[link] in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_of_urls_may_have_several_tasks() -> None:
    text = "\n".join([*LINKS][:3])
    assert [puzzle.task for puzzle in read_text(text).puzzles] == ["lightup", "nurikabe", "tapa"]
    with pytest.raises(InputError, match=r'line 2: .*of a "nurikabe"; expected a lightup'):
        read_text(text, adapter="lightup")


def test_a_variant_says_all_its_rules_and_is_held_to_each() -> None:
    adapter = get_adapter("sudoku-variant")
    for variant in adapter.difficulties:
        size = 9 if variant == "windoku" else 4 if variant == "x" else 6
        example = adapter.generate(np.random.default_rng(5), size=size, difficulty=variant)
        text = adapter.render(example.puzzle)
        assert adapter.parse(text) == example.puzzle
        said = {"jigsaw": "+", "x": "diagonals", "windoku": "windows", "killer": "cage "}
        assert said.get(variant, variant) in text
    with pytest.raises(InputError, match="is no rule that is known"):
        adapter.parse(f"{text}\nno-touching")


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


SAID_OTHERWISE = {
    "a heading of another size": ("nurikabe", "nurikabe 5x5\n1 .\n. ."),
    "a heading of fewer rooms": ("lits", "lits 3x1\n+---+---+\n| .   . |\n+---+---+"),
    "a number beside the board": ("heyawake", "+---+---+\n| 1 | . | 7\n+---+---+"),
    "half a border": ("heyawake", "+---+---+\n| 1 | . |\n+-- +   +\n| . | . |\n+---+---+"),
    "a border that has moved": ("heyawake", "+---+---+\n| 1  |. |\n+---+---+"),
}


@pytest.mark.parametrize("case", SAID_OTHERWISE)
def test_a_drawing_that_says_two_things_is_refused(case: str) -> None:
    task, text = SAID_OTHERWISE[case]
    with pytest.raises(InputError, match=r"as its heading says|is out of place"):
        get_adapter(task).parse(text)


@pytest.mark.parametrize(
    ("task", "grid"),
    [
        ("nurikabe", [[10], [12]]),
        ("hitori", [["?", 3, 1, "?", 40, 1]]),
        ("tapa", [["2,3", None, "1,?,3"], ["?,1,?,1", None, None]]),
        ("yajilin", [["300^", None, "12<", "?v", "?", 5]]),
    ],
)
def test_clues_of_all_kinds_are_read_as_they_are_written(task: str, grid: list[list[str]]) -> None:
    adapter = get_adapter(task)
    assert isinstance(adapter, PencilAdapter)
    puzzle = adapter.coerce({"grid": grid})
    assert adapter.parse(adapter.render(puzzle)) == puzzle
    assert read_text(adapter.link(puzzle)).puzzles == (puzzle,)


def test_what_breaks_the_rule_of_islands_is_named() -> None:
    adapter = get_adapter("nurikabe")
    puzzle = adapter.coerce({"grid": [[1, None], [None, None]]})
    for text, says in ((["1.", "##"], "the island of"), (["1#", "#."], "the islands: row 2")):
        verdict = adapter.rules.check(puzzle, adapter.parse_answer(puzzle, "\n".join(text)))
        assert any(v.message.startswith(says) for v in verdict.violations), verdict


def test_runs_that_no_ring_has_are_no_clue() -> None:
    for clue in ("0,1", "2,1,1,1", "1,4,1"):
        with pytest.raises(InputError, match="expected runs of wall"):
            get_adapter("tapa").coerce({"grid": [[clue]]})


def test_a_rectangle_of_any_size_on_a_large_board_is_refused_before_all_are_listed() -> None:
    adapter = get_adapter("shikaku")
    clues: list[list[str | None]] = [[None] * 50 for _ in range(50)]
    clues[25][25] = "?"
    with pytest.raises(InputError, match="too many ways to lay a piece"):
        adapter.exact(adapter.coerce({"grid": clues}))


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
