"""Sliding tiles: bounds and parity against brute force, files, plans as people write them, laws."""

from collections import deque

import numpy as np
import pytest

from hrm_toolkit.adapters import get_adapter, read_text
from hrm_toolkit.adapters.check import check_adapter
from hrm_toolkit.adapters.space.sliding import SlidingPuzzle
from hrm_toolkit.adapters.space.sliding.board import board
from hrm_toolkit.adapters.space.sliding.tables import tables
from hrm_toolkit.adapters.space.task import SpaceAdapter
from hrm_toolkit.core import InputError, OptionError

SLIDING = get_adapter("sliding")


def distances(height, width, blank):
    """Slides to the goal from every board that can be solved."""
    start = height, width, blank, board(height, width, blank).goal
    found, queue = {start: 0}, deque([start])
    while queue:
        state = queue.popleft()
        for action in SLIDING.actions(state):
            after = SLIDING.step(state, action)
            if after not in found:
                found[after] = found[state] + 1
                queue.append(after)
    return found


@pytest.mark.parametrize("blank", ["last", "first"])
@pytest.mark.parametrize("shape", [(2, 2), (2, 3), (3, 2), (2, 4)])
def test_bounds_and_parity_hold_on_every_board(shape, blank):
    known, count = distances(*shape, blank), shape[0] * shape[1]
    half = {4: 12, 6: 360, 8: 20160}[count]
    assert len(known) == half
    for state, slides in known.items():
        assert SLIDING.heuristic(state) <= slides
        assert (SLIDING.heuristic(state) - slides) % 2 == 0
    rng = np.random.default_rng(0)
    for _ in range(200):
        tiles = bytes(rng.permutation(count).tolist())
        reached = (*shape, blank, tiles) in known
        puzzle = SlidingPuzzle.of(*shape, tiles, blank)
        assert bool(SLIDING.rules.diagnose(puzzle)) == (not reached)


def test_cheapest_plans_are_those_of_a_full_search():
    known = distances(2, 3, "last")
    for state in list(known)[1::17]:
        puzzle = SLIDING.at(None, state)
        found = SLIDING.exact(puzzle).answer
        verdict = SLIDING.rules.check(puzzle, found)
        assert (verdict.cost, verdict.optimal) == (known[state], True)
        best = [a for a in SLIDING.actions(state) if known[SLIDING.step(state, a)] < known[state]]
        assert list(SLIDING.cheapest(puzzle).best[0]) == best


@pytest.mark.parametrize("blank", ["last", "first"])
def test_tables_say_what_a_full_search_says(blank):
    known = distances(2, 4, blank)
    for state in list(known)[3::601]:
        held = tables(*state[:3])
        found = held.cheapest(state[3])
        assert len(found.slid) == found.least == known[state]
        begin = [
            tuple(
                sorted(
                    at
                    for at, _ in board(*state[:3]).slides[state[3].index(0)]
                    if known[SLIDING.step(state, SLIDING.slide(state, at))] < known[state]
                )
            )
        ]
        assert held.first(state[3], found.slid)[:1] == begin[: known[state]]


@pytest.mark.parametrize("shape", [(3, 4), (2, 5), (4, 4)])
def test_tables_agree_with_a_star(shape):
    for number in range(3):
        rng = np.random.default_rng([6, number])
        puzzle = SLIDING.generate(rng, size=shape, difficulty="easy").puzzle
        plain = SpaceAdapter.cheapest(SLIDING, puzzle)
        found = SLIDING.cheapest(puzzle)
        assert (len(found.actions), found.best[0]) == (len(plain.actions), plain.best[0])


def test_a_far_15_puzzle_is_solved_by_a_cheapest_plan():
    # The first of Korf's hundred, whose optimum of 57 is published (1985).
    puzzle = SLIDING.parse("sliding 4x4 blank first\n14 13 15 7\n11 12 9 5\n6 0 2 1\n4 8 10 3")
    answer = SLIDING.exact(puzzle, seconds=60).answer
    assert SLIDING.rules.check(puzzle, answer).optimal
    assert len(answer.actions) == 57


def test_a_search_that_ends_early_claims_nothing():
    puzzle = SLIDING.parse("15 14 8 12\n10 11 9 13\n2 6 5 1\n3 7 4 0")
    found = tables(4, 4, "last").cheapest(SLIDING.start(puzzle)[3], nodes=1)
    assert found.slid is None
    assert found.least <= 80
    answer = SLIDING.exact(puzzle, seconds=1).answer
    assert answer is None or not SLIDING.rules.check(puzzle, answer).optimal


@pytest.mark.parametrize("difficulty", SLIDING.difficulties)
@pytest.mark.parametrize("size", [2, (2, 5), 3, (4, 3), 4])
def test_drawn_boards_come_with_a_plan(size, difficulty):
    example = SLIDING.generate(np.random.default_rng(5), size=size, difficulty=difficulty)
    assert SLIDING.rules.check(example.puzzle, example.answer)
    if size == 3 or difficulty == "easy":
        assert SLIDING.rules.check(example.puzzle, example.answer).optimal


def test_two_tiles_that_are_swapped_are_told_at_once():
    puzzle = SLIDING.parse("1 2 3 4\n5 6 7 8\n9 10 11 12\n13 15 14 0")
    (violation,) = SLIDING.rules.diagnose(puzzle)
    assert "two tiles are swapped" in violation.message
    assert "blank first" in SLIDING.otherwise(puzzle)[0]
    assert SLIDING.hint(puzzle).contradiction
    assert not SLIDING.rules.diagnose(puzzle.model_copy(update={"blank": "first"}))


EIGHT = SlidingPuzzle(grid=((1, 2, 3), (4, 5, 6), (0, 7, 8)))


@pytest.mark.parametrize(
    "text",
    [
        "sliding 3x3\n1 2 3\n4 5 6\n_ 7 8",
        "8-puzzle\n1 2 3\n4 5 6\n0 7 8",
        "1,2,3\n4,5,6\n0,7,8\n",
        "|1|2|3|\n|4|5|6|\n|_|7|8|",
        "1 2 3 4 5 6 0 7 8",
        "123456078",
        "1 2 3\n4 5 6\nx 7 8",
    ],
)
def test_a_board_is_read(text):
    assert SLIDING.parse(text) == EIGHT
    assert read_text(text, adapter="sliding").puzzles == (EIGHT,)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 2 3\n4 5 6\n7 7 0", "tile 7 comes 2 times, at row 3 column 1 and row 3 column 2"),
        ("1 2 3\n4 5 6\n0 7 _", "the blank comes 2 times"),
        ("1 2 3\n4 5 6\n0 7 9", "a board of 3x3 has no tile 9; expected 1 to 8"),
        ("1 2 3\n4 5\n0 7 8", "row 2 has 2 cells; expected 3"),
        ("1 2 3 4 0", "a line of 5 numbers"),
        ("sliding 4x3\n1 2 3\n4 5 6\n0 7 8", "the heading says 4x3; expected 3x3"),
        ("sliding 2x2\na b\nc d", "line 2 is no row of tiles"),
        ("", "there is no board here"),
    ],
)
def test_what_is_no_board_is_refused(text, says):
    with pytest.raises(InputError, match=says):
        SLIDING.parse(text)


def test_boards_that_nothing_else_can_be_are_recognised():
    fifteen = "5 1 2 4\n9 6 3 8\n13 10 7 11\n0 14 15 12\n"
    assert read_text(fifteen).puzzles[0].task == "sliding"
    assert read_text(" ".join(fifteen.split())).puzzles == read_text(fifteen).puzzles
    assert "blank is last" in read_text(fifteen).notes[0]
    two = read_text(f"sliding 4x4 blank first\n{fifteen}\nsliding\n1 2\n0 3\n").puzzles
    assert [(p.shape, p.blank) for p in two] == [((4, 4), "first"), ((2, 2), "last")]


@pytest.mark.parametrize(
    "answer",
    ["7, 8", "7 8", "7 left, 8 left", "plan: 7 left, 8 left", "left left", "LL", "7 left 8",
     "[7, 8]", '["7 left", "8 left"]', '{"actions": ["7", "8"]}', "7 -> 8"],
)  # fmt: skip
def test_a_plan_is_read(answer):
    assert SLIDING.parse_answer(EIGHT, answer).actions == ("7 left", "8 left")


def test_directions_of_the_blank_are_refused_and_a_text_refutes_nothing():
    with pytest.raises(InputError, match="those of the blank"):
        SLIDING.parse_answer(EIGHT, "right right")
    with pytest.raises(InputError, match="names no slides"):
        SLIDING.parse_answer(EIGHT, "I do not know")
    wrong = SLIDING.parse_answer(EIGHT, "7, 3, 8")
    (violation,) = SLIDING.rules.check(EIGHT, wrong).violations
    assert violation.message.startswith(
        'action 2, "3", is not possible; possible there: 5 down, 8 left, 7 right'
    )


def test_a_turned_board_is_a_board_of_the_other_goal():
    seen = set()
    for seed in range(20):
        example = SLIDING.generate(np.random.default_rng(seed), size=(2, 3), difficulty="hard")
        drawn = SLIDING.symmetry(example.puzzle, np.random.default_rng(seed))
        puzzle, plan = drawn.apply(example.puzzle), drawn.apply_answer(example.answer)
        seen.add((puzzle.shape, puzzle.blank))
        assert SLIDING.rules.check(puzzle, plan).optimal
        assert set(plan.best[0]) == set(SLIDING.cheapest(puzzle).best[0])
    assert len(seen) == 4


@pytest.mark.parametrize("size", [1, 9, (1, 3), "3"])
def test_sizes_that_are_not_made(size):
    with pytest.raises(OptionError, match="side from 2 to 8"):
        SLIDING.generate(np.random.default_rng(0), size=size)


def test_the_laws():
    check_adapter(SLIDING, samples=3).require()
