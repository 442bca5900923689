"""Sudoku as tokens: one a cell."""

from __future__ import annotations

import numpy as np

from hrm_toolkit.adapters.sudoku.boxes import LARGEST
from hrm_toolkit.adapters.sudoku.rules import Board, Placement, SudokuAnswer, SudokuPuzzle
from hrm_toolkit.core.codec import PAD, Codec, Probabilities, Tokens, TokenSpec
from hrm_toolkit.core.errors import InputError

BLANK = 1
"""Token of a blank; digit d is token d + 1, as in the published HRM data sets."""


class SudokuCodec(Codec[SudokuPuzzle, SudokuAnswer]):
    """One token a cell, row by row; the vocabulary is that of 25x25 for every size.

    Example:
        >>> grid = ((1, 2, 3, 4), (3, 4, 1, 2), (2, 1, 4, 3), (4, 3, 2, 0))
        >>> SudokuCodec().encode(SudokuPuzzle(grid=grid)).tolist()[-4:]
        [5, 4, 3, 1]
    """

    spec = TokenSpec(
        vocabulary=("<pad>", "blank", *(str(digit) for digit in range(1, LARGEST + 1))),
        max_length=LARGEST**2,
    )

    def encode(self, puzzle: SudokuPuzzle) -> Tokens:
        """Tokens of the clues and blanks, shape (size * size,)."""
        return np.array(puzzle.grid, np.int32).ravel() + BLANK

    def labels(self, puzzle: SudokuPuzzle, answer: SudokuAnswer) -> Tokens:
        """Tokens of the digits, clues included; what the answer leaves blank is not scored."""
        digits = np.array(answer.grid, np.int32).ravel()
        return np.where(digits == 0, PAD, digits + BLANK).astype(np.int32)

    def decode(self, puzzle: SudokuPuzzle, tokens: Tokens) -> SudokuAnswer:
        """The digits as they stand in ``tokens``, changed clues included; others are blanks.

        Raises:
            InputError: for another length than the puzzle's, or ids outside the vocabulary.
        """
        size, found = puzzle.size, np.asarray(tokens)
        if found.shape != (size * size,):
            raise InputError("the tokens fit no grid", expected=f"{size * size}", got=found.shape)
        if found.min() < 0 or found.max() >= self.spec.size:
            raise InputError("a token is unknown", expected=f"ids from 0 to {self.spec.size - 1}")
        digits = np.where(found > BLANK, found - BLANK, 0).reshape(size, size)
        return SudokuAnswer.model_construct(grid=tuple(map(tuple, digits.tolist())))

    def may_be_right(self, puzzle: SudokuPuzzle, tokens: Tokens) -> bool:
        """Whether every row and column has every digit, and every clue is kept."""
        size = puzzle.size
        digits = np.asarray(tokens) - BLANK
        if digits.shape != (size * size,) or digits.min() < 1 or digits.max() > size:
            return False
        clues = self.encode(puzzle) - BLANK
        seen = (1 << digits.astype(np.int64)).reshape(size, size)
        every = (2 << size) - 2
        return bool(
            (np.bitwise_or.reduce(seen, 1) == every).all()
            and (np.bitwise_or.reduce(seen, 0) == every).all()
            and (digits == clues)[clues > 0].all()
        )

    def preference(
        self,
        puzzle: SudokuPuzzle,
        state: Board,
        action: Placement,
        probabilities: Probabilities,
    ) -> float:
        """The probability of the digit at its cell."""
        row, column, digit = action
        return float(probabilities[row * puzzle.size + column, digit + BLANK])
