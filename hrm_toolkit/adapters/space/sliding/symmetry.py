"""Boards that are reflected or turned, and plans with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hrm_toolkit.adapters.grid import Dihedral
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.adapters.space.sliding.puzzle import Ends, SlidingPuzzle, renamed
from hrm_toolkit.adapters.space.symmetry import moved
from hrm_toolkit.core import Symmetry


@dataclass(frozen=True)
class SlidingSymmetry(Symmetry[SlidingPuzzle, Plan]):
    """A reflection about a diagonal, a half turn, or both; tiles are numbered anew."""

    dihedral: Dihedral
    height: int
    width: int
    blank: Ends

    def apply(self, puzzle: SlidingPuzzle) -> SlidingPuzzle:
        return puzzle.moved(self.dihedral)

    def undo(self, puzzle: SlidingPuzzle) -> SlidingPuzzle:
        return puzzle.moved(self.dihedral.inverse)

    def apply_answer(self, answer: Plan) -> Plan:
        return self._moved(answer, renamed(self.dihedral, self.height, self.width, self.blank))

    def undo_answer(self, answer: Plan) -> Plan:
        names = renamed(self.dihedral, self.height, self.width, self.blank)
        back = [names.index(tile) for tile in range(len(names))]
        return self._moved(answer, back)

    def _moved(self, answer: Plan, names: Sequence[int]) -> Plan:
        # Each of the four undoes itself in what it does to directions.
        def action(said: str) -> str:
            tile, _, way = said.partition(" ")
            known = tile.isdecimal() and int(tile) < len(names)
            name = str(names[int(tile)]) if known else tile
            return moved(self.dihedral, 1, 1, f"{name} {way}") if way else name

        return answer.mapped(action)
