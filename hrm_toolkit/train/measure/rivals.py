"""Solvers that are not ours, on our puzzles: CP-SAT, networkx, search that knows the rules alone.

Each takes a puzzle and a deadline and says whether an answer was found that our rules accept. What
it has to make of the puzzle first (a model, a graph) is part of its time, as it would be a user's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import networkx as nx

from hrm_toolkit.adapters.constraint.exact import cpsat, solve
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.constraint.task import DeclaredAdapter
from hrm_toolkit.adapters.graph import GraphAnswer, GraphPuzzle, to_networkx
from hrm_toolkit.adapters.maze.rules import MazeAnswer, MazePuzzle
from hrm_toolkit.adapters.sudoku import SudokuPuzzle
from hrm_toolkit.adapters.sudoku.hints import declared
from hrm_toolkit.core import AnyAdapter, Deadline, Puzzle
from hrm_toolkit.core.search import search

Rival = Callable[[Any, Deadline], bool]


def rivals(adapter: AnyAdapter, puzzle: Puzzle) -> dict[str, Rival]:
    """Those that can solve puzzles of a task on this machine, by name.

    Args:
        adapter: the task.
        puzzle: one of the puzzles to come.

    Example:
        >>> from hrm_toolkit import get_adapter
        >>> maze = get_adapter("maze")
        >>> {"networkx A*", "plain search"} <= {*rivals(maze, maze.parse("S.G"))}
        True
    """
    found: dict[str, Rival] = {}
    if cpsat.installed():
        if isinstance(puzzle, SudokuPuzzle):
            found["CP-SAT"] = _cp_sat(declared)
        elif isinstance(adapter, DeclaredAdapter):
            found["CP-SAT"] = _cp_sat(adapter.declare)
    if isinstance(puzzle, GraphPuzzle):
        found["networkx Dijkstra"] = lambda asked, _: bool(
            adapter.rules.check(asked, GraphAnswer(path=_cheapest(asked)))
        )
    if isinstance(puzzle, MazePuzzle):
        found["networkx A*"] = lambda asked, _: bool(
            adapter.rules.check(asked, MazeAnswer(path=_way(asked)))
        )

    def plainly(asked: Any, deadline: Deadline) -> bool:
        return search(adapter.rules, asked, nodes=10_000_000, deadline=deadline).answer is not None

    return found | {"plain search": plainly}


def _cp_sat(declare: Callable[[Any], Problem]) -> Rival:
    def run(asked: Any, deadline: Deadline) -> bool:
        problem = declare(asked)
        found = solve(problem, deadline, method="cp-sat")
        return found.x is not None and problem.holds(found.x)

    return run


def _cheapest(puzzle: GraphPuzzle) -> tuple[str, ...]:
    graph = to_networkx(puzzle)
    return tuple(nx.dijkstra_path(graph, puzzle.start, puzzle.goal, weight="weight"))


def _way(puzzle: MazePuzzle) -> tuple[tuple[int, int], ...]:
    cells = {(r, c): sign for r, row in enumerate(puzzle.grid) for c, sign in enumerate(row)}
    graph = nx.grid_2d_graph(len(puzzle.grid), len(puzzle.grid[0]))
    graph.remove_nodes_from([cell for cell, sign in cells.items() if sign == "#"])
    start, goal = (next(cell for cell in cells if cells[cell] == sign) for sign in "SG")

    def left(a: tuple[int, int], b: tuple[int, int]) -> int:
        return abs(a[0] - b[0]) + abs(a[1] - b[1])

    return tuple(nx.astar_path(graph, start, goal, left))
