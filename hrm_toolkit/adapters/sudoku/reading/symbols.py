"""What the characters of a Sudoku stand for: digits, letters, and every usual mark of a blank."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from hrm_toolkit.adapters.sudoku.boxes import LARGEST
from hrm_toolkit.core.errors import InputError

MARKS = frozenset({"", ".", "_", "*", "?", "-", "-1"})
"""Symbols of a blank, once ``clean`` has been over the text; 0 is one where these are absent."""

CELLS = "0-9A-Pa-p._*?"
"""Characters of cells, for the inside of a regular expression; letters up to Y may be cells too."""

_BLANKS = (
    "\u00b7\u0387\u2022\u2024\u2027\u2219\u22c5\u2e31\u30fb\uff65\u25a1\u25a2\u25ab\u25fb\u25fd"
)
_BLANKS += "\u2610\u2b1c\u2423\u2581"
_DROPPED = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\ufe0e\ufe0f\u20e3"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_SPACES = "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000"
_TABLE = str.maketrans(
    dict.fromkeys(_BLANKS, ".")
    | dict.fromkeys(_DROPPED, None)
    | dict.fromkeys(_DASHES, "-")
    | dict.fromkeys(_SPACES, " ")
    | {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
)

Cell = tuple[str, int, int]
"""A symbol with its line and column, from 1."""


@dataclass(frozen=True)
class Values:
    """Cells as numbers, 0 for a blank, and what was assumed of their symbols."""

    values: tuple[int, ...]
    notes: tuple[str, ...] = ()


def clean(text: str) -> str:
    """Text with plain digits, spaces, dashes, and ``.`` for every drawn blank.

    Example:
        >>> clean("\\uff15\\uff13\\u200b \\u25a1\\u00b7")
        '53 ..'
    """
    if text.isascii():
        return text
    plain = text.translate(_TABLE)
    if plain.isascii():
        return plain
    return "".join(
        c if c.isascii() or not c.isdecimal() else str(unicodedata.decimal(c)) for c in plain
    )


def values_of(cells: Sequence[Cell], size: int) -> Values:
    """The cells of one grid as numbers.

    A is 1 where all are letters, else 10. 0 is a blank, except beside another mark of a blank,
    or where each of 0 to ``size`` - 1 stands ``size`` times: then it is the first digit.

    Raises:
        InputError: for a symbol that is none, or where two readings are possible.
    """
    found = {symbol.upper() for symbol, _, _ in cells}
    letters = {symbol for symbol in found if len(symbol) == 1 and "A" <= symbol <= "Y"}
    numbers = {symbol for symbol in found if symbol.isascii() and symbol.isdecimal()}
    marks, zeros = found & MARKS, {number for number in numbers if set(number) == {"0"}}
    wrong = found - letters - marks - {number for number in numbers if len(number) <= 2}
    lettered = bool(letters) and numbers <= zeros
    if not lettered:
        wrong |= {letter for letter in letters if ord(letter) - ord("A") + 10 > LARGEST}
    if wrong:
        raise no_cell(*next(cell for cell in cells if cell[0].upper() in wrong))
    if lettered:
        return _lettered(cells, size, max(letters), marks, zeros)
    worth = {number: int(number) for number in numbers} | dict.fromkeys(marks, 0)
    worth |= {letter: ord(letter) - ord("A") + 10 for letter in letters}
    values = tuple(worth[symbol.upper()] for symbol, _, _ in cells)
    if zeros and (marks or _counted_from_zero(values, size)):
        return _from_zero(cells, size, values, marks)
    return Values(values)


def _lettered(
    cells: Sequence[Cell], size: int, last: str, marks: set[str], zeros: set[str]
) -> Values:
    """Cells of a grid whose clues are all letters."""
    first = ord("A") - 1
    if zeros and marks:
        raise InputError(
            f"the grid has letters, and both 0 and {_shown(marks)}: either may be a blank",
            expected="one mark for a blank",
        )
    if size >= 10 and ord(last) - first + 9 <= size:
        raise InputError(
            f"the clues are letters up to {last}: A may stand for 1 or for 10",
            expected="digits",
            hint="write the grid in numbers",
        )
    if ord(last) - first > size:
        wrong = next(cell for cell in cells if cell[0].upper() == last)
        raise InputError(
            f'"{wrong[0]}" at line {wrong[1]}, column {wrong[2]} stands for no cell',
            expected=f"letters from A (1) to {chr(first + size)} ({size})",
            hint="where all clues are letters, A is 1",
        )
    blanks = MARKS | zeros
    values = (0 if symbol in blanks else ord(symbol.upper()) - first for symbol, _, _ in cells)
    return Values(tuple(values), (f"letters A to {chr(first + size)} are read as 1 to {size}",))


def _counted_from_zero(values: Sequence[int], size: int) -> bool:
    counts = Counter(values)
    return size >= 10 and len(counts) == size and set(counts.values()) == {size} and 0 in counts


def _from_zero(cells: Sequence[Cell], size: int, values: Sequence[int], marks: set[str]) -> Values:
    """Cells of a grid in which 0 is a digit."""
    if size < 10:
        raise InputError(
            f"the grid has both 0 and {_shown(marks)}: either may be a blank",
            expected=f"one mark for a blank, and the digits 1 to {size}",
        )
    if size in values:
        top = cells[values.index(size)][0]
        raise InputError(
            f"the grid has {_shown(marks)} for blanks, and both 0 and {top}: 0 to {top} are "
            f"{size + 1} digits",
            expected=f"{size} digits, and one mark for a blank",
        )
    shifted = tuple(
        0 if cell[0] in marks else value + 1 for cell, value in zip(cells, values, strict=True)
    )
    last = str(size - 1) if size == 10 else f"{chr(ord('A') + size - 11)} ({size - 1})"
    return Values(
        shifted, (f"0 is a digit here: 0 to {last} are read, and answered, as 1 to {size}",)
    )


def _shown(marks: set[str]) -> str:
    names = {"": "empty cells", " ": "spaces"}
    return " and ".join(names.get(mark, f'"{mark}"') for mark in sorted(marks))


def no_cell(symbol: str, line: int, column: int) -> InputError:
    """The error for a symbol that is neither a digit nor a blank."""
    return InputError(
        f'"{symbol}" at line {line}, column {column} stands for no cell',
        expected="a digit, a letter from A (10) to P (25), or . for a blank",
    )
