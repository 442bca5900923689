"""Sudoku in dataset folders of the published code."""

from __future__ import annotations

import math

from hrm_toolkit.adapters.formats.published.arrays import Metadata
from hrm_toolkit.adapters.formats.published.layout import Layout, Row, require_tokens, side_of
from hrm_toolkit.adapters.sudoku.boxes import BOXES, Box
from hrm_toolkit.adapters.sudoku.rules import SudokuAnswer, SudokuPuzzle
from hrm_toolkit.core import Example, validate
from hrm_toolkit.core.files import NO, SURE, Claim


class SudokuLayout(Layout[SudokuPuzzle, SudokuAnswer]):
    """A row a puzzle; the vocabulary is that of 9 digits, unless there are more."""

    reads = True
    wide = True

    def claims(self, length: int, vocabulary: int) -> Claim:
        side = math.isqrt(length)
        fits = side * side == length and side in BOXES and vocabulary == max(side, 9) + 2
        return SURE if fits else NO

    def example(
        self, inputs: Row, labels: Row, facts: Metadata
    ) -> Example[SudokuPuzzle, SudokuAnswer]:
        side = side_of(inputs)
        require_tokens(inputs, side + 1)
        grid = (inputs - 1).reshape(side, side).tolist()
        puzzle = validate(SudokuPuzzle, {"grid": grid, "box": facts.box})
        return Example(puzzle, self.adapter.codec.decode(puzzle, labels))

    def vocabulary(self, puzzle: SudokuPuzzle) -> int:
        return max(puzzle.size, 9) + 2

    def box(self, puzzle: SudokuPuzzle) -> Box | None:
        return puzzle.box
