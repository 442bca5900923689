"""Symmetries of ARC tasks: colours renamed and every grid moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hrm_toolkit.adapters.arc.rules import ArcAnswer, ArcPair, ArcPuzzle, ArcTest, Grid
from hrm_toolkit.adapters.arc.search import COLOURS
from hrm_toolkit.adapters.grid import Dihedral
from hrm_toolkit.core import Symmetry


@dataclass(frozen=True)
class ArcSymmetry(Symmetry[ArcPuzzle, ArcAnswer]):
    """Colours renamed by ``colours[colour]`` (0 stays), then every grid moved."""

    move: Dihedral
    colours: tuple[int, ...]

    def apply(self, puzzle: ArcPuzzle) -> ArcPuzzle:
        return _each(puzzle, self.grid)

    def apply_answer(self, answer: ArcAnswer) -> ArcAnswer:
        return _each_attempt(answer, self.grid)

    def undo(self, puzzle: ArcPuzzle) -> ArcPuzzle:
        return _each(puzzle, self.grid_back)

    def undo_answer(self, answer: ArcAnswer) -> ArcAnswer:
        return _each_attempt(answer, self.grid_back)

    def grid(self, grid: Grid) -> Grid:
        """One grid, transformed."""
        return self.move.table([[self.colours[colour] for colour in row] for row in grid])

    def grid_back(self, grid: Grid) -> Grid:
        """The inverse of ``grid``."""
        back = [self.colours.index(colour) for colour in range(COLOURS)]
        return tuple(tuple(back[c] for c in row) for row in self.move.inverse.table(grid))


def _each(puzzle: ArcPuzzle, change: Callable[[Grid], Grid]) -> ArcPuzzle:
    train = tuple(
        ArcPair.model_construct(input=change(p.input), output=change(p.output))
        for p in puzzle.train
    )
    test = tuple(
        ArcTest.model_construct(
            input=change(t.input), output=None if t.output is None else change(t.output)
        )
        for t in puzzle.test
    )
    return puzzle.model_copy(update={"train": train, "test": test})


def _each_attempt(answer: ArcAnswer, change: Callable[[Grid], Grid]) -> ArcAnswer:
    attempts = tuple(tuple(map(change, grids)) for grids in answer.attempts)
    return answer.model_copy(update={"attempts": attempts})


@dataclass(frozen=True)
class NamedSymmetry(ArcSymmetry):
    """What makes a variant of a task, its name too."""

    name: str
    original: str | None

    def apply(self, puzzle: ArcPuzzle) -> ArcPuzzle:
        return super().apply(puzzle).model_copy(update={"name": self.name})

    def undo(self, puzzle: ArcPuzzle) -> ArcPuzzle:
        return super().undo(puzzle).model_copy(update={"name": self.original})
