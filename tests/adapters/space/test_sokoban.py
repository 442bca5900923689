"""Sokoban: pushes and lost levels against plain search, files, LURD, and the laws."""

from itertools import permutations

import numpy as np
import pytest

from hrm_toolkit.adapters import get_adapter, read_text
from hrm_toolkit.adapters.check import check_adapter
from hrm_toolkit.adapters.space.search import find
from hrm_toolkit.adapters.space.sokoban import SokobanPuzzle
from hrm_toolkit.adapters.space.sokoban.matching import cheapest_matching
from hrm_toolkit.core import InputError, OptionError

SOKOBAN = get_adapter("sokoban")
STEPS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


class Plainly:
    """A level cell by cell: what may be pushed, and how many pushes are left from everywhere."""

    def __init__(self, puzzle):
        cells = {(i, j): s for i, row in enumerate(puzzle.grid) for j, s in enumerate(row)}
        self.open = {cell for cell, sign in cells.items() if sign != "#"}
        self.goals = {cell for cell, sign in cells.items() if sign in ".*+"}
        boxes = frozenset(cell for cell, sign in cells.items() if sign in "$*")
        player = next(cell for cell, sign in cells.items() if sign in "@+")
        self.start = boxes, self.reached(boxes, player)

    def reached(self, boxes, player):
        seen, todo = {player}, [player]
        while todo:
            i, j = todo.pop()
            for di, dj in STEPS.values():
                cell = i + di, j + dj
                if cell in self.open and cell not in boxes and cell not in seen:
                    seen.add(cell)
                    todo.append(cell)
        return frozenset(seen)

    def after(self, state):
        boxes, reach = state
        for i, j in boxes:
            for way, (di, dj) in STEPS.items():
                to = i + di, j + dj
                if (i - di, j - dj) in reach and to in self.open and to not in boxes:
                    moved = boxes - {(i, j)} | {to}
                    yield f"push {i + 1} {j + 1} {way}", (moved, self.reached(moved, (i, j)))

    def left(self):
        """Pushes that are left from every state that pushes lead to; None where nothing helps."""
        states, before = [self.start], {self.start: []}
        for state in states:
            for _, after in self.after(state):
                if after not in before:
                    before[after] = []
                    states.append(after)
                before[after].append(state)
        left = dict.fromkeys(states)
        wave = [state for state in states if state[0] <= self.goals]
        for count in range(len(states)):
            for state in wave:
                left[state] = count
            wave = [e for e in {e for s in wave for e in before[s]} if left[e] is None]
        return left

    def ours(self, puzzle, state):
        rows = [list(row.translate(str.maketrans("$*@+", " . ."))) for row in puzzle.grid]
        for i, j in state[0]:
            rows[i][j] = "*" if rows[i][j] == "." else "$"
        i, j = min(state[1])
        rows[i][j] = "+" if rows[i][j] == "." else "@"
        return SokobanPuzzle(grid=tuple(map("".join, rows)))


SMALL = [
    "######\n#    #\n# $$ #\n#@..##\n######",
    "#######\n#.  . #\n# $$  #\n#  @# #\n#######",
    "######\n#@   #\n# $# #\n# .$ #\n#  . #\n######",
    "  ####\n###  #\n#  $ #\n# .*@#\n#    #\n######",
]


@pytest.mark.parametrize("text", SMALL)
def test_pushes_bounds_and_lost_states_are_those_of_a_plain_search(text):
    puzzle = SOKOBAN.parse(text)
    plainly = Plainly(puzzle)
    left, lost = plainly.left(), 0
    for state, pushes in left.items():
        here = plainly.ours(puzzle, state)
        mine = SOKOBAN.start(here)
        named = dict(plainly.after(state))
        assert set(SOKOBAN.actions(mine)) == set(named)
        for action, after in named.items():
            assert SOKOBAN.step(mine, action) == SOKOBAN.start(plainly.ours(puzzle, after))
            assert (mine, action) in SOKOBAN.back(SOKOBAN.step(mine, action))
        lost += SOKOBAN.is_dead(mine)
        if pushes is not None:
            assert not SOKOBAN.is_dead(mine)
            assert SOKOBAN.heuristic(mine) <= pushes
            assert SOKOBAN.is_goal(mine) == (pushes == 0)
            assert not SOKOBAN.rules.diagnose(here)
    assert 0 < lost <= sum(pushes is None for pushes in left.values())
    found = SOKOBAN.exact(puzzle)
    assert found.unsolvable == (left[plainly.start] is None)
    if found.answer is not None:
        verdict = SOKOBAN.rules.check(puzzle, found.answer)
        assert (verdict.cost, verdict.optimal) == (left[plainly.start], True)


def test_matching_is_that_of_all_orders():
    rng = np.random.default_rng(0)
    for _ in range(200):
        count, wide = int(rng.integers(1, 5)), int(rng.integers(4, 6))
        costs = rng.integers(0, 9, (count, wide)).astype(float)
        costs[rng.random((count, wide)) < 0.3] = np.inf
        best = min(
            sum(costs[i, j] for i, j in enumerate(order))
            for order in permutations(range(wide), count)
        )
        assert cheapest_matching(costs.tolist()) == best


LEVEL = SokobanPuzzle(grid=("#####", "#@$.#", "#####"))


@pytest.mark.parametrize(
    "text",
    [
        "#####\n#@$.#\n#####",
        "5#|#@$.#|5#",
        "#####|#@$.#|#####",
        "; a title\n\n#####\n#@$.#\n#####\n; 1\n",
        "Level 1\n#####\r\n#@$.#\r\n#####\r\n",
    ],
)
def test_a_level_is_read(text):
    assert SOKOBAN.parse(text) == LEVEL
    assert read_text(text).puzzles == (LEVEL,)


def test_collections_are_read():
    inner = "######\n#@$. #\n#----#\n# _$.#\n######"
    boxoban = f"; 0\n{inner}\n\n; 1\n#####\n#@$.#\n#####\n"
    microban = f"; By nobody\n\n{inner}\n; 1\n\n#####\n#@$.#\n#####\n; 2\n"
    for text in (boxoban, microban):
        loaded = read_text(text)
        assert loaded.kind == "Sokoban, 2 levels"
        assert loaded.puzzles[1] == LEVEL
        assert loaded.puzzles[0].grid[2] == "#    #"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("#####\n#@$ #\n#####", "1 boxes and 0 goals; expected a goal for each box"),
        ("#####\n# $.#\n#####", "the level has 0 players"),
        ("#####\n#@@.#\n#####", "the level has 2 players"),
        ("#####\n#@ .#\n#####", "the level has 0 boxes"),
        ("hello", "the text holds no levels"),
        ("#####\n#@$.#\n#####\n\n#####\n#@$.#\n#####", "the text holds 2 levels"),
        ("70#|#@$.#|5#", "row 1 has 70 cells; expected at most 64"),
        ("99999999#|#@$.#|5#", "a run of 99999999"),
    ],
)
def test_what_is_no_level_is_refused(text, says):
    with pytest.raises(InputError, match=says):
        SOKOBAN.parse(text)


WALK = SOKOBAN.parse("######\n#@ $.#\n#    #\n######")


@pytest.mark.parametrize(
    "answer",
    ["rR", "rr", "RR", "2r", "push 2 4 right", "plan: push 2 4 right",
     "push (2, 4) right", '["push 2 4 right"]', '{"moves": "rR"}', "moves (4): dru R"],
)  # fmt: skip
def test_an_answer_is_read(answer):
    plan = SOKOBAN.parse_answer(WALK, answer)
    assert plan.actions == ("push 2 4 right",)
    assert SOKOBAN.lurd(WALK, plan) == "rR"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("rul", "move 2 leads the player up from row 2 column 3 into the wall at row 1 column 3"),
        ("rRr", "row 2 column 4 and pushes the box at row 2 column 5 into a wall at row 2 column"),
        ("push 3 3 left", "there is no box at row 3 column 3"),
        ("push 2 4 up", "would go into the wall at row 1 column 4"),
        ("dr", "after 0 pushes 1 box is on no goal: row 2 column 4"),
    ],
)
def test_a_wrong_answer_is_told_where_it_fails(answer, says):
    (violation,) = SOKOBAN.rules.check(WALK, SOKOBAN.parse_answer(WALK, answer)).violations
    assert says in violation.message


@pytest.mark.parametrize(
    "action", ["push \u00b2 3 up", "push 99 99 up", "push", "move x up from a b"]
)
def test_an_action_that_is_none_is_refuted(action):
    verdict = SOKOBAN.rules.check(WALK, SOKOBAN.plan_of([action]))
    assert "is not possible" in verdict.violations[0].message


def test_a_text_refutes_nothing():
    with pytest.raises(InputError, match="this names no moves"):
        SOKOBAN.parse_answer(WALK, "I do not know")


def test_the_player_who_is_shut_in_is_told_of():
    level = SOKOBAN.parse("#######\n#@$  .#\n### $.#\n#######")
    plan = SOKOBAN.parse_answer(level, "push 3 5 right")
    (violation,) = SOKOBAN.rules.check(level, plan).violations
    assert "cannot come to row 3 column 4" in violation.message
    assert "the part of 1 cell" in violation.message


def test_boxes_that_are_lost_are_told_at_sight():
    corner = SOKOBAN.parse("#####\n#$ @#\n#  .#\n#####")
    (violation,) = SOKOBAN.rules.diagnose(corner)
    assert violation.message == "the box at row 2 column 2 comes to no goal, whatever is pushed"
    block = SOKOBAN.parse("########\n#      #\n# $$   #\n# $$ @ #\n#.. .. #\n########")
    assert {v.places for v in SOKOBAN.rules.diagnose(block)} == {
        ((2, 2),), ((2, 3),), ((3, 2),), ((3, 3),)
    }  # fmt: skip


@pytest.mark.parametrize("difficulty", ["easy", "medium", "hard", "expert"])
@pytest.mark.parametrize("size", [7, (7, 9), 8])
def test_drawn_levels_come_with_a_plan(size, difficulty):
    example = SOKOBAN.generate(np.random.default_rng(4), size=size, difficulty=difficulty)
    assert SOKOBAN.rules.check(example.puzzle, example.answer)
    moves = SOKOBAN.lurd(example.puzzle, example.answer)
    assert SOKOBAN.parse_answer(example.puzzle, moves) == example.answer


@pytest.mark.parametrize("size", [4, 21, (5, 4), "7"])
def test_sizes_that_are_not_made(size):
    with pytest.raises(OptionError, match="side from 5 to 20"):
        SOKOBAN.generate(np.random.default_rng(0), size=size)


def test_boxes_of_an_expert_level_are_in_each_others_way():
    for number in range(3):
        puzzle = SOKOBAN.generate(
            np.random.default_rng([1, number]), size=8, difficulty="expert"
        ).puzzle
        way = SOKOBAN.search(puzzle)
        assert way.nodes >= 64, SOKOBAN.render(puzzle)
        state = SOKOBAN.start(puzzle)
        # No pull leads to a state that is farther from the goal.
        for earlier, _ in SOKOBAN.back(state):
            assert find(SOKOBAN, earlier, SOKOBAN.heuristic).cost <= way.cost


def test_a_network_is_shown_what_to_do_off_the_way():
    example = SOKOBAN.generate(np.random.default_rng(8), size=8, difficulty="hard")
    state, on_the_way = SOKOBAN.start(example.puzzle), set()
    for action in example.answer.actions:
        on_the_way.add(state[1:])
        state = SOKOBAN.step(state, action)
    beside = 0
    for seed in range(30):
        shown = SOKOBAN.along(example, np.random.default_rng(seed))
        beside += SOKOBAN.start(shown.puzzle)[1:] not in on_the_way
        found = SOKOBAN.search(shown.puzzle, every=True)
        assert len(shown.answer.actions) == found.cost
        assert shown.answer.best[0] == found.best[SOKOBAN.start(shown.puzzle)]
    assert 0 < beside < 30


def test_expert_levels_want_room():
    with pytest.raises(OptionError, match="sides of at least 7"):
        SOKOBAN.generate(np.random.default_rng(0), size=(6, 9), difficulty="expert")


def test_the_laws():
    check_adapter(SOKOBAN, samples=2).require()
