"""Sudoku as text: boxed grids for a terminal, and every usual way to write one down."""

from __future__ import annotations

import re

from hrm_toolkit.adapters.sudoku.rules import BOXES, Rows
from hrm_toolkit.core.errors import InputError

LONGEST = 20_000
"""Characters accepted; a boxed 25x25 grid has under 4,000."""

_SIDES = {size * size: size for size in BOXES}
_VALUES = dict.fromkeys("0._*?", 0)
_VALUES |= {str(digit): digit for digit in range(1, 10)}
_VALUES |= {chr(ord("A") + k): 10 + k for k in range(16)}
_VALUES |= {chr(ord("a") + k): 10 + k for k in range(16)}
_SYMBOLS = re.compile(r"[^\s|+=:\-,;\u2500-\u257f]+")

_Token = tuple[str, int, int]


def parse_grid(text: str) -> Rows:
    """The grid in ``text``: one string of symbols, or lines, with or without separators.

    Blanks are ``.``, ``0``, ``_``, ``*`` or ``?``; numbers above 9 are letters (A is 10) or,
    where spaces stand between all cells, decimal. Lines that begin with ``#`` are comments. The
    number of cells decides the size.

    Raises:
        InputError: naming the symbol and its place, or the number of cells found.

    Example:
        >>> parse_grid("1... ..3. .4.. ...2")
        ((1, 0, 0, 0), (0, 0, 3, 0), (0, 4, 0, 0), (0, 0, 0, 2))
    """
    if len(text) > LONGEST:
        raise InputError(
            f"the text has {len(text)} characters", expected=f"a Sudoku of at most {LONGEST}"
        )
    tokens = _tokens(text)
    values = [_value(*token) for token in tokens]
    if not values:
        raise InputError("the text holds no cell", expected="a Sudoku grid")
    size = _SIDES.get(len(values))
    if size is None:
        raise _wrong_length(len(values))
    return tuple(tuple(values[i : i + size]) for i in range(0, len(values), size))


def render_grid(grid: Rows) -> str:
    """Boxed text that ``parse_grid`` reads back; ``.`` for a blank.

    Example:
        >>> print(render_grid(((1, 0, 0, 0), (0, 0, 3, 0), (0, 4, 0, 0), (0, 0, 0, 2))))
        ┌─────┬─────┐
        │ 1 . │ . . │
        │ . . │ 3 . │
        ├─────┼─────┤
        │ . 4 │ . . │
        │ . . │ . 2 │
        └─────┴─────┘
    """
    size = len(grid)
    height, width = BOXES[size]
    wide = len(str(max(size, *map(max, grid))))
    bar = "─" * ((wide + 1) * width + 1)
    bars = [bar] * (size // width)
    lines = ["┌" + "┬".join(bars) + "┐"]
    for i, row in enumerate(grid):
        if i and i % height == 0:
            lines.append("├" + "┼".join(bars) + "┤")
        cells = [str(value or ".").rjust(wide) for value in row]
        boxes = [" ".join(cells[j : j + width]) for j in range(0, size, width)]
        lines.append("│ " + " │ ".join(boxes) + " │")
    return "\n".join([*lines, "└" + "┴".join(bars) + "┘"])


def _tokens(text: str) -> list[_Token]:
    """Symbols with line and column: words where spaces part the cells, else characters."""
    words = [
        (match.group(), number, match.start() + 1)
        for number, line in enumerate(text.splitlines(), 1)
        if not line.lstrip().startswith("#")
        for match in _SYMBOLS.finditer(line)
    ]
    if len(words) in _SIDES and all(len(word) <= 2 for word, _, _ in words):
        return words
    return [(mark, line, at + k) for word, line, at in words for k, mark in enumerate(word)]


def _value(symbol: str, line: int, column: int) -> int:
    if symbol in _VALUES:
        return _VALUES[symbol]
    if len(symbol) == 2 and symbol.isascii() and symbol.isdigit():
        return int(symbol)
    raise InputError(
        f'"{symbol}" at line {line}, column {column} stands for no cell',
        expected="a digit, a letter from A (10) to P (25), or . for a blank",
    )


def _wrong_length(count: int) -> InputError:
    near = min(_SIDES, key=lambda cells: abs(cells - count))
    size, off = _SIDES[near], abs(near - count)
    cells = "cell" if off == 1 else "cells"
    return InputError(
        f"the text holds {count} cells",
        expected="16, 36, 81, 256 or 625 cells",
        hint=f"{off} {cells} too {'few' if count < near else 'many'} for a {size}x{size} grid",
    )
