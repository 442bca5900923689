"""The pairs of one ARC task as lessons, in a frame that its demonstrations set."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from hrm_toolkit.adapters.arc.alone.relations import relations
from hrm_toolkit.adapters.arc.alone.sizes import Rule, Size, size_rule
from hrm_toolkit.adapters.arc.operations import DIHEDRAL, Array
from hrm_toolkit.adapters.arc.rules import ATTEMPTS, ArcAnswer, ArcPuzzle, Grid, array, to_grid
from hrm_toolkit.adapters.arc.search import COLOURS
from hrm_toolkit.core import Structure, Tokens
from hrm_toolkit.core.structure import Lesson, Lessons

OUTSIDE, FIRST = 1, 2
OPEN = FIRST + COLOURS
VIEW = OPEN + 1
"""Tokens: where the output has no cell, the first colour, a cell of the output that is not known,
and the first view."""


@dataclass(frozen=True)
class ArcLessons(Lessons[ArcAnswer]):
    """Each pair as its cells, the output's after the input's unless all are of one size.

    The output's size follows a rule that fits every demonstration; where none does, it has as many
    cells as the largest of them, and those outside are answered so. Colours that any other might
    stand for are symbols; those that every demonstration has, or that are written where they were
    not read, have a meaning of their own, and so has the blank. A view is one of the eight moves
    of the square: each has a token of its own, which every cell reads.

    Args:
        pairs: input and output of each demonstration.
        inputs: of the questions.

    Example:
        >>> pair = {"input": [[1, 0]], "output": [[0, 1]]}
        >>> task = ArcPuzzle(train=[pair], test=[{"input": [[2, 0]]}])
        >>> lesson = ArcLessons.of(task).shown(0, 0)
        >>> lesson.tokens.tolist(), lesson.labels.tolist()
        ([3, 2, 13], [2, 3, 0])
    """

    pairs: tuple[tuple[Grid, Grid], ...]
    inputs: tuple[Grid, ...]

    vocabulary = VIEW + len(DIHEDRAL)
    views = len(DIHEDRAL)

    @classmethod
    def of(cls, puzzle: ArcPuzzle) -> ArcLessons:
        """The lessons of a task; outputs of its tests are left unread."""
        pairs = tuple((pair.input, pair.output) for pair in puzzle.train)
        return cls(pairs, tuple(test.input for test in puzzle.test))

    @property
    def demonstrations(self) -> int:  # type: ignore[override]
        """How many there are."""
        return len(self.pairs)

    @property
    def questions(self) -> int:  # type: ignore[override]
        """How many there are."""
        return len(self.inputs)

    def shown(self, number: int, view: int) -> Lesson:
        asked, solved = map(array, self.pairs[number])
        return self._lesson(asked, solved, view, self._size(asked, solved))

    def asked(self, number: int, view: int) -> Lesson:
        asked = array(self.inputs[number])
        return self._lesson(asked, None, view, self._size(asked))

    def read(self, number: int, view: int, tokens: Tokens) -> Hashable | None:
        asked = array(self.inputs[number])
        height, width = _moved(self._size(asked), view)
        first = 0 if self._same else asked.size
        cells = tokens[first : first + height * width].reshape(height, width)
        inside = (cells >= FIRST) & (cells < OPEN)
        # The grid is what the first row and the first column reach without a gap.
        tall = height if inside[:, 0].all() else int(np.argmin(inside[:, 0]))
        wide = width if inside[0].all() else int(np.argmin(inside[0]))
        if not tall or not wide or not inside[:tall, :wide].all():
            return None
        return to_grid(DIHEDRAL[view].inverse.array(cells[:tall, :wide] - FIRST))

    def solution(self, number: int) -> Hashable:
        return self.pairs[number][1]

    def questions_of_all(self) -> ArcLessons:
        return replace(self, inputs=(*(asked for asked, _ in self.pairs), *self.inputs))

    def without(self, number: int) -> ArcLessons:
        kept = self.pairs[:number] + self.pairs[number + 1 :]
        return ArcLessons(kept, (self.pairs[number][0], *self.inputs))

    def answer(self, ranked: Sequence[Sequence[Grid]]) -> ArcAnswer:
        return ArcAnswer(attempts=tuple(tuple(grids[:ATTEMPTS]) for grids in ranked))

    def solutions(self, answer: ArcAnswer) -> Sequence[Sequence[Hashable]]:
        return answer.attempts

    @cached_property
    def _arrays(self) -> list[tuple[Array, Array]]:
        return [(array(asked), array(solved)) for asked, solved in self.pairs]

    @cached_property
    def _rule(self) -> Rule | None:
        return size_rule(self._arrays)

    @cached_property
    def _same(self) -> bool:
        """Whether every output is of its input's size, and so is written on it."""
        return all(asked.shape == solved.shape for asked, solved in self._arrays)

    @cached_property
    def _largest(self) -> Size:
        tall, wide = zip(*(solved.shape for _, solved in self._arrays), strict=True)
        return max(tall), max(wide)

    def _size(self, asked: Array, solved: Array | None = None) -> Size:
        """Rows and columns that an output is given."""
        if self._rule is None:
            return self._largest
        if solved is not None:
            return solved.shape[0], solved.shape[1]
        return self._rule(asked) or self._largest

    @cached_property
    def _symbols(self) -> tuple[int, ...]:
        """Colours without a meaning of their own; one at least where there are any."""
        seen = {int(colour) for grid in self.inputs for colour in np.unique(array(grid))}
        meant = {0}
        every = set(range(COLOURS))
        for asked, solved in self._arrays:
            read, written = (set(np.unique(grid).tolist()) for grid in (asked, solved))
            seen |= read | written
            every &= read | written
            meant |= written - read
        return tuple(sorted(seen - every - meant))

    def _lesson(self, asked: Array, solved: Array | None, view: int, size: Size) -> Lesson:
        move = DIHEDRAL[view]
        size = _moved(size, view)
        made = relations(move.array(asked), None if self._same else size)
        tokens = move.array(asked).astype(np.int32).ravel() + FIRST
        labels = np.zeros_like(tokens)
        answered = np.zeros(size, np.int32)
        if solved is not None:
            answered[:] = OUTSIDE
            cells = move.array(solved)
            answered[: cells.shape[0], : cells.shape[1]] = cells.astype(np.int32) + FIRST
        if self._same:
            labels = answered.ravel()
        else:
            tokens = np.concatenate([tokens, np.full(answered.size, OPEN, np.int32)])
            labels = np.concatenate([labels, answered.ravel()])
        # The last position is the view.
        symbols = np.array([colour + FIRST for colour in self._symbols], np.int32)
        return Lesson(
            np.append(tokens, np.int32(VIEW + view)),
            np.append(labels, np.int32(0)),
            Structure(made, symbols),
        )


def _moved(size: Size, view: int) -> Size:
    """Rows and columns of a grid of a size after a move."""
    return size[::-1] if DIHEDRAL[view].transpose else size
