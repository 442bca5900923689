"""Lights out: algebra against brute force, boards and answers as people write them, the laws."""

import itertools
from collections import deque

import numpy as np
import pytest

from hrm_toolkit.adapters import get_adapter, read_text
from hrm_toolkit.adapters.check import check_adapter
from hrm_toolkit.adapters.space.lights_out import LightsOutPuzzle
from hrm_toolkit.adapters.space.lights_out.algebra import buttons
from hrm_toolkit.core import InputError, OptionError

LIGHTS = get_adapter("lights-out")


def fewest(height: int, width: int) -> dict[int, int]:
    """The fewest presses for every board that can be solved, by breadth-first search."""
    found, queue = {0: 0}, deque([0])
    while queue:
        lit = queue.popleft()
        for switched in buttons(height, width).switched:
            if lit ^ switched not in found:
                found[lit ^ switched] = found[lit] + 1
                queue.append(lit ^ switched)
    return found


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (1, 5), (2, 2), (2, 3), (3, 3), (3, 4)])
def test_algebra_knows_of_every_board_what_a_search_finds(shape):
    known = fewest(*shape)
    count = shape[0] * shape[1]
    for lit in range(0, 1 << count, 1 if count < 10 else 7):
        puzzle = LightsOutPuzzle.of(*shape, lit)
        found = LIGHTS.exact(puzzle)
        assert found.unsolvable == (lit not in known) == bool(LIGHTS.rules.diagnose(puzzle))
        if lit not in known:
            continue
        verdict = LIGHTS.rules.check(puzzle, found.answer)
        assert (verdict.valid, verdict.cost) == (True, known[lit])
        assert verdict.optimal
        if lit:
            after = {
                action: known[LIGHTS.step((*shape, lit), action)[2]]
                for action in LIGHTS.actions((*shape, lit))
            }
            best = tuple(action for action, left in after.items() if left == known[lit] - 1)
            assert found.answer.best[0] == best


def test_what_is_known_of_later_states_is_what_they_tell_themselves():
    for seed in range(20):
        example = LIGHTS.generate(np.random.default_rng(seed), size=(4, 5), difficulty="hard")
        puzzle, plan = example.puzzle, example.answer
        for done in range(len(plan.actions)):
            assert LIGHTS.exact(puzzle).answer.best == plan.best[done:]
            state = LIGHTS.step(LIGHTS.start(puzzle), plan.actions[done])
            puzzle = LIGHTS.at(puzzle, state)


def test_known_nullities_and_that_quiet_patterns_switch_nothing():
    assert {n: len(buttons(n, n).quiet) for n in (4, 5, 9, 11, 14, 16)} == {
        4: 4, 5: 2, 9: 8, 11: 6, 14: 4, 16: 8,
    }  # fmt: skip
    for shape in ((4, 4), (5, 5), (2, 3), (9, 9)):
        known = buttons(*shape)
        for some in itertools.product((0, 1), repeat=len(known.quiet)):
            pattern = 0
            for taken, quiet in zip(some, known.quiet, strict=True):
                pattern ^= quiet * taken
            lights = 0
            for button, switched in enumerate(known.switched):
                lights ^= switched * (pattern >> button & 1)
            assert (lights, pattern != 0) == (0, any(some))


@pytest.mark.parametrize("difficulty", LIGHTS.difficulties)
@pytest.mark.parametrize("size", [1, (1, 3), (2, 5), 5, 10, 20])
def test_boards_are_solved_in_the_fewest_presses(size, difficulty):
    example = LIGHTS.generate(np.random.default_rng(3), size=size, difficulty=difficulty)
    verdict = LIGHTS.rules.check(example.puzzle, example.answer)
    assert (verdict.valid, verdict.optimal) == (True, True)
    assert verdict.cost == len(example.answer.actions) > 0


def test_what_a_network_is_taught_survives_symmetry():
    for seed in range(20):
        example = LIGHTS.generate(np.random.default_rng(seed), size=(3, 4))
        drawn = LIGHTS.symmetry(example.puzzle, np.random.default_rng(seed))
        puzzle, plan = drawn.apply(example.puzzle), drawn.apply_answer(example.answer)
        assert set(plan.best[0]) == set(LIGHTS.exact(puzzle).answer.best[0])


BOARD = LightsOutPuzzle(grid=((1, 1, 0), (1, 0, 0)))


@pytest.mark.parametrize(
    "text",
    [
        "lights-out 2x3\nOO.\nO..",
        "Lights Out\n1 1 0\n1 0 0",
        "lights out 2x3\n110100",
        "110\n100\n",
        "[1,1,0]\n[1,0,0]",
        "**.\n*..",
        "110 100",
        "110/100",
    ],
)
def test_a_board_is_read(text):
    assert LIGHTS.parse(text) == BOARD


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("110\n10", "row 2 has 2 cells"),
        ("113\n100", "row 1 column 3 has '3'; expected 1 or O"),
        ("0O0\n000", "both 0 and the letter O"),
        ("110100110", "a row of 9 lights or a board of 3x3"),
        ("lights-out 3x3\n110\n100", "the heading says 3x3, and the board is 2x3"),
        ("110\n\n100", "an empty line between the rows"),
        ("0" * 21, "row 1 has 21 cells; expected at most 20"),
        ("", "no row of lights"),
    ],
)
def test_what_is_no_board_is_refused(text, says):
    with pytest.raises(InputError, match=says):
        LIGHTS.parse(text)


def test_files_say_what_they_are_by_a_heading_alone():
    text = "lights-out\n11\n10\n\nlights-out\n111\n"
    loaded = read_text(text)
    assert [p.shape for p in loaded.puzzles] == [(2, 2), (1, 3)]
    assert read_text('{"task": "lights-out", "grid": ["110", "100"]}').puzzles == (BOARD,)
    with pytest.raises(InputError):
        read_text("110\n100\n")


@pytest.mark.parametrize(
    "answer",
    [
        "press 1 1, press 2 3",
        "plan: press 1 1, press 2 3",
        "press (1, 1), press (2, 3)",
        "press row 1 column 1; press row 2 column 3",
        "(1, 1) (2, 3)",
        "1 1\n2 3",
        "100\n001",
        '["press 1 1", "press 2 3"]',
        "[[1, 0, 0], [0, 0, 1]]",
    ],
)
def test_an_answer_is_read(answer):
    assert LIGHTS.parse_answer(BOARD, answer).actions == ("press 1 1", "press 2 3")


@pytest.mark.parametrize("answer", ["I do not know", "press it", "10\n01", "[[1, 0], [0, 1]]"])
def test_what_names_no_buttons_refutes_nothing(answer):
    with pytest.raises(InputError):
        LIGHTS.parse_answer(BOARD, answer)


def test_a_board_without_an_answer_is_told_why():
    puzzle = LIGHTS.parse("10\n10\n10")
    (violation,) = LIGHTS.rules.diagnose(puzzle)
    assert "an odd number, and every button switches an even number of them" in violation.message
    assert sum(puzzle.grid[r][c] for r, c in violation.places) % 2 == 1
    hint = LIGHTS.hint(puzzle)
    assert (hint.contradiction, hint.says) == (True, violation.message)


def test_several_sets_of_buttons_are_told_of():
    puzzle = LightsOutPuzzle.of(4, 4, buttons(4, 4).switched[5])
    assert LIGHTS.count_solutions(puzzle, 100) == 16
    assert "16 sets of buttons" in LIGHTS.notes(puzzle)[0]
    only = LightsOutPuzzle.of(3, 3, 1)
    assert (LIGHTS.count_solutions(only), LIGHTS.notes(only)) == (1, ())
    assert LIGHTS.count_solutions(LIGHTS.parse("10\n10\n10")) == 0


@pytest.mark.parametrize("size", [0, 21, (3, 0), "5", (1, 2, 3)])
def test_sizes_that_are_not_made(size):
    with pytest.raises(OptionError, match="side from 1 to 20"):
        LIGHTS.generate(np.random.default_rng(0), size=size)


def test_the_laws():
    check_adapter(LIGHTS, samples=5).require()
