"""Sudoku as a list of constraints, for hints that name their row, column or box."""

from __future__ import annotations

from hrm_toolkit.adapters.constraint.kinds import AllDifferent, exactly
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.sudoku.boxes import units
from hrm_toolkit.adapters.sudoku.rules import KINDS, SudokuPuzzle


def declared(puzzle: SudokuPuzzle) -> Problem:
    """The puzzle's cells and rules."""
    problem, size = Problem(), puzzle.size
    cells = problem.grid(size, size, 1, size).ravel().tolist()
    for k, group in enumerate(units(size, puzzle.boxes)):
        name = f"{KINDS[k // size]} {k % size + 1}"
        scope = tuple(cells[place] for place in group)
        problem.add(AllDifferent(label=KINDS[k // size], where=name, scope=scope))
    for r, row in enumerate(puzzle.grid):
        for c, digit in enumerate(row):
            if digit:
                where = f"the clue at row {r + 1} column {c + 1}"
                problem.add(exactly("clue", 1, [(cells[r * size + c], digit)], where=where))
    return problem
