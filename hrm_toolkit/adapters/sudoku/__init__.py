"""The Sudoku task: 4x4, 6x6, 9x9, 16x16 and 25x25 through one adapter."""

from hrm_toolkit.adapters.sudoku.adapter import SudokuAdapter
from hrm_toolkit.adapters.sudoku.codec import SudokuCodec
from hrm_toolkit.adapters.sudoku.rules import SudokuAnswer, SudokuPuzzle, SudokuRules

__all__ = ["SudokuAdapter", "SudokuAnswer", "SudokuCodec", "SudokuPuzzle", "SudokuRules"]
