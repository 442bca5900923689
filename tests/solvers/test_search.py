"""Search led by a network: what it accepts, in which order it looks, and where it stops asking."""

import numpy as np
import pytest

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Deadline
from hrm_toolkit.core.search import search
from hrm_toolkit.solvers.attempt import Attempt
from hrm_toolkit.solvers.proposer import Proposer
from hrm_toolkit.solvers.search import branches, guided_search

SUDOKU = get_adapter("sudoku")


class Scripted(Proposer):
    """Stands for the network on Sudoku; remembers what it was asked."""

    def __init__(self, reply):
        self.adapter = SUDOKU
        self.reply = reply
        self.asked = []

    def propose(self, puzzles, **options):
        self.asked += puzzles
        return [self.reply(puzzle) for puzzle in puzzles]


def knows_nothing(puzzle):
    return Attempt(segments=1)


def agrees(puzzle, answer):
    """Whether the clues are those of the answer."""
    clues, digits = np.array(puzzle.grid), np.array(answer.grid)
    return bool(((clues == 0) | (clues == digits)).all())


@pytest.fixture(scope="module")
def hard():
    """A 9x9 puzzle that plain search does not solve at once, with its answer."""
    return SUDOKU.generate(np.random.default_rng(3), size=9, difficulty="hard")


def test_an_attempt_that_the_rules_accept_ends_the_search(hard):
    network = Scripted(lambda puzzle: Attempt(hard.answer, halt=0.7, segments=3))
    found, spent = guided_search(network, hard.puzzle, segments=4, nodes=1000)
    assert found.answer == hard.answer
    assert spent.segments == 3 * len(network.asked)
    assert spent.halt == 0.7
    plain = search(SUDOKU.rules, hard.puzzle)
    assert found.nodes < plain.nodes


def test_a_wrong_attempt_is_not_believed_however_sure(hard):
    wrong = SUDOKU.coerce_answer(hard.puzzle, [list(row[::-1]) for row in hard.answer.grid])
    network = Scripted(lambda puzzle: Attempt(wrong, halt=1.0, segments=1))
    found, _ = guided_search(network, hard.puzzle, segments=4, nodes=100_000)
    assert found.answer == hard.answer


def test_the_choice_that_the_network_likes_is_followed_first(hard):
    likes = Scripted(lambda p: Attempt(halt=float(agrees(p, hard.answer)), segments=1))
    dislikes = Scripted(lambda p: Attempt(halt=float(not agrees(p, hard.answer)), segments=1))
    nodes = []
    for network in (likes, dislikes):
        found, _ = guided_search(network, hard.puzzle, segments=1, nodes=100_000, most_asked=10**6)
        assert found.answer == hard.answer
        nodes.append(found.nodes)
    assert nodes[0] < nodes[1]


def test_a_network_that_does_not_help_is_not_asked_for_ever(hard):
    network = Scripted(knows_nothing)
    found, spent = guided_search(network, hard.puzzle, segments=1, nodes=100_000, most_asked=4)
    assert found.answer == hard.answer
    assert spent.answer is None
    assert 4 <= len(network.asked) <= 4 + 8


def test_every_state_seen_without_an_answer_proves_that_there_is_none(hard):
    # A wrong digit where the clues allow it: the puzzle had one answer, and has none now.
    start = SUDOKU.rules.initial(hard.puzzle)
    broken = [
        SUDOKU.remaining(hard.puzzle, SUDOKU.rules.step(start, (*divmod(cell, 9), digit + 1)))
        for cell, digit in np.argwhere(SUDOKU.structure(hard.puzzle).allowed).tolist()
        if hard.puzzle.grid[cell // 9][cell % 9] == 0
        and hard.answer.grid[cell // 9][cell % 9] != digit + 1
    ]
    puzzle = max(broken, key=lambda p: search(SUDOKU.rules, p).nodes)
    assert SUDOKU.exact(puzzle).unsolvable
    network = Scripted(knows_nothing)
    found, _ = guided_search(network, puzzle, segments=1, nodes=100_000)
    assert (found.answer, found.exhausted) == (None, True)
    assert network.asked


def test_bounds_end_it_without_a_proof(hard):
    for bound in ({"nodes": 3}, {"nodes": 1000, "deadline": Deadline.after(0)}):
        found, _ = guided_search(Scripted(knows_nothing), hard.puzzle, segments=1, **bound)
        assert (found.answer, found.exhausted) == (None, False)
        assert found.nodes <= bound["nodes"]


def test_a_pulse_can_stop_it(hard):
    def stop():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        guided_search(Scripted(knows_nothing), hard.puzzle, segments=1, nodes=9, pulse=stop)


def test_tasks_say_whether_a_puzzle_is_left_at_a_state():
    maze = get_adapter("maze")
    assert branches(SUDOKU, SUDOKU.parse("12.. .... .... ..34"))
    assert not branches(maze, maze.parse("S.G"))
