"""The networks of state spaces that lie beside the package."""

from __future__ import annotations

from pathlib import Path

from hrm_toolkit import Budget, Solver

SOLVERS = Path(__file__).parents[2] / "examples" / "solvers"
BOARDS = (
    "0 10 11 1\n7 4 3 8\n9 14 6 12\n5 2 15 13",
    "2 5 1 10\n7 4 9 0\n15 14 12 11\n8 6 3 13",
)
LEVEL = """
#########
# # ..  #
#       #
#  $   .#
# $     #
#  $    #
#   $   #
# .   @ #
#########
"""


def test_a_network_solves_15_puzzles_in_fewer_states_than_a_search_by_distances() -> None:
    solver = Solver.load(SOLVERS / "sliding")
    budget = Budget(nodes=200)
    found = [solver.solve(board, strategy="neural", budget=budget) for board in BOARDS]
    assert any(result.solved and result.nodes < 200 for result in found)
    for board in BOARDS:
        way = solver.adapter.search(solver.adapter.parse(board), weight=5.0, nodes=200)
        assert way.actions is None


def test_a_network_pushes_four_boxes_onto_their_goals() -> None:
    solver = Solver.load(SOLVERS / "sokoban")
    result = solver.solve(LEVEL, strategy="neural", budget=Budget(nodes=100))
    assert (result.solved, result.source) == (True, "structured")


def test_a_network_puts_out_lights_by_as_few_presses_as_algebra() -> None:
    solver = Solver.load(SOLVERS / "lights-out")
    for board in ("..OO.\nO.OO.\n..O..\n.O.O.\nOOO.O", "O...O\n.O...\n.OO.O\n.O.O.\n..OOO"):
        result = solver.solve(board, strategy="neural", budget=Budget(nodes=50))
        assert (result.solved, result.source) == (True, "structured")
        exact = solver.solve(board, strategy="exact")
        assert exact.verdict.optimal
        assert result.verdict.cost == exact.verdict.cost
