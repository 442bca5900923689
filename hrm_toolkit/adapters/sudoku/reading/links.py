"""Sudokus in URLs of puzz.link and its like."""

from __future__ import annotations

from hrm_toolkit.adapters.constraint.pencil import url
from hrm_toolkit.adapters.sudoku.boxes import BOXES, SIDES
from hrm_toolkit.adapters.sudoku.rules import SudokuPuzzle
from hrm_toolkit.core import InputError, validate


def read_link(link: url.Link) -> SudokuPuzzle:
    """The Sudoku of a URL, with the usual boxes of its size.

    Raises:
        InputError: for another shape, and for flags that change the rules.
    """
    # Who asks for the forms alone need not load what reads their boards.
    from hrm_toolkit.adapters.constraint.pencil import codes

    url.refuse_flags(link, "")
    side = link.shape[0]
    if link.shape != (side, side) or side not in BOXES:
        raise InputError(f"the board is {side}x{link.shape[1]}", expected=SIDES)
    text = codes.Text(link.body)
    clues = codes.NUMBER.read(text, side * side)
    text.end()
    digits = [clue if isinstance(clue, int) else 0 for clue in clues]
    grid = [digits[r * side : (r + 1) * side] for r in range(side)]
    return validate(SudokuPuzzle, {"grid": grid})


FORM = url.form("sudoku", read_link)
