"""One network for all tasks of constraints, which reads each puzzle as what it is."""

import pytest
from running import EXAMPLES

SOLVER = "constraints"
LIGHTUP = "https://puzz.link/p?lightup/5/5/.h..b.0.jbgbi"


@pytest.mark.parametrize(
    ("puzzle", "task"), [(LIGHTUP, "lightup"), ("1 . . .\n. . 3 .\n. 4 . .\n. . . 2", "sudoku")]
)
def test_its_network_alone_solves_puzzles_of_several_tasks(command, puzzle, task):
    said = command("solve", puzzle, "--solver", SOLVER, "--strategy", "neural", "--json").object
    assert (said["task"], said["solved"], said["source"]) == (task, True, "structured")


def test_it_is_asked_about_kinds_that_it_mostly_solves_and_have_no_network_of_their_own(command):
    said = command("solve", LIGHTUP, "--json").object
    assert (said["solved"], said["source"], said["solver"]) == (True, "structured", "constraints")
    assert command("trace", LIGHTUP).status == 0
    hitori = command("solve", "hitori 3x3\n1 2 1\n3 3 2\n2 1 3", "--json").object
    assert (hitori["source"], hitori["solver"]) == ("exact", "exact")


def test_a_puzzle_of_another_kind_is_refused_by_both_names(command):
    refused = command("solve", "S.#\n..G", "--solver", SOLVER, "--strategy", "neural")
    assert refused.status == 2
    assert "is for constraints" in refused.err
    assert "maze" in refused.err


def test_weights_that_were_shown_random_rules_solve_a_kind_of_which_they_saw_no_puzzle(command):
    hitori = (
        "hitori 6x6\n5 5 3 3 4 3\n2 6 5 3 1 4\n6 5 4 6 4 2\n3 4 3 5 6 3\n6 3 1 5 5 3\n4 3 6 1 6 5"
    )
    alone = ("--solver", EXAMPLES / "solvers/any-constraints", "--strategy", "neural", "--json")
    said = command("solve", hitori, *alone).object
    assert (said["task"], said["solved"], said["solver"]) == ("hitori", True, "any-constraints")
