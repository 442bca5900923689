"""Symmetries of state spaces on a board: plans move with the puzzles."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic

from hrm_toolkit.adapters.grid import Cell, Dihedral
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.core import Symmetry
from hrm_toolkit.core.puzzle import P

WAYS: dict[str, Cell] = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
"""Row and column offset of each direction as people say it of moves."""

_CELL = re.compile(r"(\d{1,4}) (\d{1,4})")


@dataclass(frozen=True)
class BoardSymmetry(Symmetry[P, Plan], Generic[P]):
    """A turn or reflection of a board.

    Actions move by what they say: two numbers are the row and column of a cell, from 1, and
    ``up``, ``down``, ``left`` and ``right`` are directions. What else they say stays.

    Attributes:
        dihedral: the turn or reflection.
        height: of the board before it.
        width: likewise.
        board: the puzzle that a puzzle becomes under a turn or reflection.
    """

    dihedral: Dihedral
    height: int
    width: int
    board: Callable[[P, Dihedral], P]

    def apply(self, puzzle: P) -> P:
        return self.board(puzzle, self.dihedral)

    def undo(self, puzzle: P) -> P:
        return self.board(puzzle, self.dihedral.inverse)

    def apply_answer(self, answer: Plan) -> Plan:
        return answer.mapped(lambda a: moved(self.dihedral, self.height, self.width, a))

    def undo_answer(self, answer: Plan) -> Plan:
        height, width = self.height, self.width
        if self.dihedral.transpose:
            height, width = width, height
        return answer.mapped(lambda a: moved(self.dihedral.inverse, height, width, a))


@lru_cache(maxsize=65_536)
def moved(dihedral: Dihedral, height: int, width: int, action: str) -> str:
    """An action on a board of ``height`` x ``width``, moved.

    Example:
        >>> moved(Dihedral(flip_columns=True), 2, 3, "push 1 1 left")
        'push 1 3 right'
    """

    def cell(found: re.Match[str]) -> str:
        ((row, column),) = dihedral.cells([(int(found[1]) - 1, int(found[2]) - 1)], height, width)
        return f"{row + 1} {column + 1}"

    return " ".join(_way(dihedral, word) for word in _CELL.sub(cell, action).split(" "))


def _way(dihedral: Dihedral, word: str) -> str:
    if word not in WAYS:
        return word
    # On a board of one cell a direction moves as its neighbour does.
    (to,) = dihedral.cells([WAYS[word]], 1, 1)
    return next(name for name, offset in WAYS.items() if offset == to)
