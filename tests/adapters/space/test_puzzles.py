"""Hanoi, Rush Hour, pancakes, the cube and peg solitaire: laws, known lengths, texts."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.check import check_adapter
from hrm_toolkit.adapters.formats import read_text
from hrm_toolkit.adapters.space.puzzles import corners
from hrm_toolkit.adapters.space.search import costs
from hrm_toolkit.core import InputError, ToolkitError

TASKS = ("cube", "hanoi", "pancake", "peg-solitaire", "rush-hour")
EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
def _like_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts of tasks that look like these; pencil puzzles are held to the same law themselves."""
    alike = [*TASKS, "graph", "maze", "sudoku"]
    monkeypatch.setattr("hrm_toolkit.adapters.laws.shown.adapter_names", lambda: alike)


@pytest.mark.usefixtures("_like_ones")
@pytest.mark.parametrize("task", TASKS)
def test_the_laws_are_kept(task: str) -> None:
    check_adapter(get_adapter(task), samples=3).require()


@pytest.mark.parametrize("task", TASKS)
def test_what_generate_calls_cheapest_is_what_exact_search_finds(task: str) -> None:
    adapter = get_adapter(task)
    for difficulty in (None, *adapter.difficulties[:2]):
        for seed in range(3):
            example = adapter.generate(np.random.default_rng([1, seed]), difficulty=difficulty)
            puzzle, plan = example.puzzle, example.answer
            assert plan.best is not None
            assert [plan.actions[at] in best for at, best in enumerate(plan.best)].count(False) == 0
            found = adapter.search(puzzle, every=True)
            assert found.optimal
            assert found.cost == adapter.cost_of(puzzle, plan)
            assert plan.best[0] == found.best[adapter.start(puzzle)]
            assert adapter.rules.check(puzzle, plan).optimal


@pytest.mark.parametrize("task", TASKS)
def test_a_heuristic_never_says_more_than_the_way_costs(task: str) -> None:
    adapter = get_adapter(task)
    rng = np.random.default_rng(7)
    for _ in range(4):
        example = adapter.generate(rng, difficulty=adapter.difficulties[0])
        state = adapter.start(example.puzzle)
        for left in range(len(example.answer.actions), -1, -1):
            assert adapter.heuristic(state) <= left
            assert not adapter.is_dead(state)
            assert (adapter.heuristic(state) == 0) >= adapter.is_goal(state)
            if left:
                state = adapter.step(state, example.answer.actions[-left])


@pytest.mark.parametrize("task", ["peg-solitaire", "rush-hour"])
def test_back_lists_what_leads_to_a_state(task: str) -> None:
    adapter = get_adapter(task)
    puzzle = adapter.generate(np.random.default_rng(2)).puzzle
    state = adapter.start(puzzle)
    before = adapter.back(state)
    assert before
    for earlier, action in before:
        assert action in adapter.actions(earlier)
        assert adapter.step(earlier, action) == state


@pytest.mark.parametrize(
    ("name", "cost"),
    [("cube", 9), ("hanoi", 21), ("pancake", 8), ("peg-solitaire", 31), ("rush-hour", 60)],
)
def test_examples_are_known_by_their_content_and_solved(name: str, cost: int) -> None:
    (puzzle,) = read_text((EXAMPLES / f"{name}.txt").read_text()).puzzles
    adapter = get_adapter(puzzle.task)
    answer = adapter.exact(puzzle).answer
    verdict = adapter.rules.check(puzzle, answer)
    assert (verdict.valid, verdict.optimal, verdict.cost) == (True, True, cost)
    # The drawn answer reads as that answer, and its picture shows every state on the way.
    assert adapter.parse_answer(puzzle, adapter.render(puzzle, answer)) == answer
    assert adapter.scene(puzzle, answer).svg().count(">start<") == 1


# Hanoi.


def test_three_pegs_are_known_at_once_whatever_start_and_goal() -> None:
    hanoi = get_adapter("hanoi")
    goal = (0, 2, 1, 1)
    exact = costs(_Moves(hanoi), [(goal, goal, 3)]).of
    assert len(exact) == 3**4
    assert all(hanoi.heuristic(state) == cost for state, cost in exact.items())


class _Moves:
    """Every move can be taken back."""

    def __init__(self, adapter):
        self.adapter = adapter

    def back(self, state):
        return [
            (self.adapter.step(state, action), action) for action in self.adapter.actions(state)
        ]

    def cost(self, state, action):
        return 1.0


@pytest.mark.parametrize(
    ("text", "moves"),
    [("hanoi 10", 1023), ("hanoi 6 4", 17), ("hanoi 8 4", 33), ("hanoi 5 5", 11), ("hanoi 1", 1)],
)
def test_towers_have_their_known_lengths(text: str, moves: int) -> None:
    hanoi = get_adapter("hanoi")
    puzzle = hanoi.parse(text)
    assert hanoi.rules.check(puzzle, hanoi.exact(puzzle).answer).cost == moves


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("start: 1 2 / - / -", "in start a disk of peg A lies on a smaller one"),
        ("start: 3 1 / - / -", r"start has the disks \[1, 3\]"),
        ("start: 2 1 / - / -\ngoal: - / - / 1", "not as many disks"),
        ("start: 2 1 / - / -\ngoal: - / 2 1", "goal"),
        ("goal: - / - / 1", "no line says the start"),
        ("start: a / - / -", "a disk is no number"),
        ("hanoi 17", "no size of towers"),
        ("three disks", "no towers of Hanoi"),
    ],
)
def test_what_are_no_towers_is_refused(text: str, says: str) -> None:
    with pytest.raises(ToolkitError, match=says):
        get_adapter("hanoi").parse(text)


# Rush Hour.

HARDEST = "IBBxooIooLDDJAALooJoKEEMFFKooMGGHHHM"


def test_the_hardest_board_of_the_public_list_takes_as_many_moves_as_it_says() -> None:
    loaded = read_text(f"60 {HARDEST} 2332\n51 {HARDEST.replace('x', 'o')} 1\n")
    assert len(loaded.puzzles) == 2
    assert loaded.notes == ("the file says that a board needs 60 moves",)
    rush = get_adapter("rush-hour")
    way = rush.search(loaded.puzzles[0])
    assert (way.cost, way.optimal) == (60, True)
    board, offsets = rush.start(loaded.puzzles[0])
    far = board.positions(offsets, 5_000)
    assert (len(far), far[offsets]) == (2332, 60)
    assert board.positions(offsets, 2_331) == {}


def test_moves_are_those_that_a_board_of_cells_allows() -> None:
    rush = get_adapter("rush-hour")
    for seed in range(6):
        puzzle = rush.generate(np.random.default_rng(seed)).puzzle
        state = rush.start(puzzle)
        assert list(rush.actions(state)) == _moves(puzzle.grid)
        for action in rush.actions(state):
            after = rush.at(puzzle, rush.step(state, action))
            assert rush.start(after) == rush.step(state, action)
            assert sorted("".join(after.grid)) == sorted("".join(puzzle.grid))


def _moves(grid):
    """Moves by pushing letters about, cell by cell."""
    found = []
    for letter in sorted({*"".join(grid)} - {*".x"}):
        at = {(r, c) for r, row in enumerate(grid) for c, x in enumerate(row) if x == letter}
        across = len({r for r, _ in at}) == 1
        for way in (1, -1):
            for by in range(1, len(grid)):
                cells = {(r, c + way * by) if across else (r + way * by, c) for r, c in at}
                inside = all(0 <= r < len(grid) and 0 <= c < len(grid[0]) for r, c in cells)
                if not inside or any(grid[r][c] not in (".", letter) for r, c in cells):
                    break
                found.append(f"{letter}{way * by:+d}")
    return found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("AA..\n....\n..B.\n....", "the car B stands at row 3 column 3"),
        ("A...\nA...\n....", "the red car A stands in a column"),
        ("BB..\n....\n....", "no red car"),
        ("AA..\n...\n....", "row 2 has 3 cells"),
        ("AA..\n..?.\n....", r'row 2 column 3 is "\?"'),
        ("AA.B\n..B.\n....", "the car B stands at row 1 column 4, row 2 column 3"),
        ("AAooooooooooooooooo", "no board in a line"),
    ],
)
def test_what_is_no_board_is_refused(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        get_adapter("rush-hour").parse(text)


# Pancakes.


def test_stacks_of_six_take_at_most_seven_flips() -> None:
    pancake = get_adapter("pancake")
    sorted_stack = (1, 2, 3, 4, 5, 6)
    far = {sorted_stack: 0}
    queue = [sorted_stack]
    for stack in queue:
        for count in range(2, 7):
            after = tuple(reversed(stack[:count])) + stack[count:]
            if after not in far:
                far[after] = far[stack] + 1
                queue.append(after)
    assert max(far.values()) == 7
    for stack in list(permutations(sorted_stack))[::7]:
        assert pancake.heuristic(stack) <= far[stack]
        assert pancake.search(pancake.coerce(list(stack))).cost == far[stack]


@pytest.mark.parametrize("text", ["pancakes: 1 3", "pancakes: 1 1", "pancakes: 2 x", "pancakes:"])
def test_what_is_no_stack_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="pancakes"):
        get_adapter("pancake").parse(text)


# The cube.


def test_distances_of_the_cube_are_the_published_ones() -> None:
    counts = np.bincount(corners.distances()).tolist()
    assert counts == [
        1, 9, 54, 321, 1847, 9992, 50136, 227536, 870072, 1887748, 623800, 2644
    ]  # fmt: skip


def test_a_turn_moves_stickers_as_the_tables_say() -> None:
    rng = np.random.default_rng(3)
    for state in rng.integers(corners.STATES, size=20).tolist():
        shown = corners.stickers(state)
        assert corners.state_of(shown) == state
        for move in range(9):
            after = "".join(shown[at] for at in corners.sources(move))
            assert after == corners.stickers(corners.turned(state, move))
    # A quarter of U, as one sees it: the upper rows go round, R's to F, F's to L, L's to B.
    assert corners.stickers(corners.turned(0, 0)) == "UUUUBBRRRRFFDDDDFFLLLLBB"


def test_any_colours_and_any_way_of_holding_it_are_read() -> None:
    cube = get_adapter("cube")
    colours = str.maketrans("URFDLB", "yogwrb")
    turned = cube.parse("UUUUBBRRRRFFDDDDFFLLLLBB")
    named = cube.parse(turned.facelets.translate(colours))
    assert cube.exact(named).answer == cube.exact(turned).answer
    # White in front and red above: solved all the same.
    held = cube.parse("rrrrggggwwwwoooobbbbyyyy")
    assert cube.is_goal(cube.start(held))
    assert cube.coerce_answer(turned, "R U2 F'").actions == ("R", "U2", "F'")


@pytest.mark.parametrize(
    ("facelets", "says"),
    [
        ("UUURRUFFURRFDDDDLLLLBBBB", "colour|corner"),
        ("UUUFURRRFRFFDDDDLLLLBBBB", "one corner is twisted in its place"),
        ("UUURURRRFFFFDDDDLLLLBBBB", "corner URF"),
        ("U" * 24, "4 stickers of each of 6 colours"),
        ("UUUURRRRFFFFDDDDLLLLBBB", "23 stickers"),
    ],
)
def test_a_cube_that_no_turns_lead_to_is_refused(facelets: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        get_adapter("cube").parse(facelets)


# Peg solitaire.


def test_a_board_that_parities_rule_out_is_proved_to_have_no_plan() -> None:
    pegs = get_adapter("peg-solitaire")
    french = pegs.parse("##ooo##\n#ooooo#\nooooooo\nooo.ooo\nooooooo\n#ooooo#\n##ooo##")
    found = pegs.exact(french)
    assert (found.answer, found.unsolvable) == (None, True)


@pytest.mark.parametrize("seed", range(12))
def test_the_search_for_pegs_agrees_with_one_that_knows_nothing(seed: int) -> None:
    pegs = get_adapter("peg-solitaire")
    rng = np.random.default_rng(seed)
    rows = ["".join("o."[int(rng.random() < 0.45)] for _ in range(4)) for _ in range(3)]
    last = f"\nlast: {rng.integers(1, 4)} {rng.integers(1, 5)}" if seed % 2 else ""
    puzzle = pegs.parse("\n".join(rows) + last)
    found = pegs.exact(puzzle)
    solvable = _solvable(pegs, pegs.start(puzzle))
    assert (found.answer is not None, found.unsolvable) == (solvable, not solvable)
    assert found.answer is None or pegs.rules.check(puzzle, found.answer)


def _solvable(pegs, state):
    if pegs.is_goal(state):
        return True
    return any(_solvable(pegs, pegs.step(state, action)) for action in pegs.actions(state))


def test_pegs_in_other_signs_are_read() -> None:
    pegs = get_adapter("peg-solitaire")
    assert pegs.parse("  ***\n11011\n") == pegs.parse("##ooo\noo.oo")
    with pytest.raises(InputError, match="row 9 column 9 is no cell of the board"):
        pegs.parse("oo.\nlast: 9 9")
