"""The lines of a text that may hold a Sudoku's cells."""

from __future__ import annotations

import re

from hrm_toolkit.adapters.sudoku.boxes import BOXES
from hrm_toolkit.adapters.sudoku.reading.plainly import plainly, signed
from hrm_toolkit.adapters.sudoku.reading.symbols import clean
from hrm_toolkit.core.errors import InputError

SQUARES = {size * size: size for size in BOXES}
"""Cells of a grid -> its side."""

Line = tuple[int, str]
"""A line with its number, from 1."""

_HEADING = re.compile(r"^(?=[^:]*[Q-Zq-z])[A-Za-z][\w #.,()'\"-]*:\s*(?=\S)")
_PREFACE = re.compile(r"^(?!null\b)(?=[A-Za-z ,.]*[q-z])(?:[A-Za-z]{2,}[,.]?\s+)+(?=[0-9._*?-])")
_FENCE = re.compile(r"\s*(```|~~~)")
_NOTHING = re.compile(r"\b(None|null|nan|NaN)\b")


def content(text: str) -> list[Line]:
    """The lines of a text that may hold cells, blank ones among them.

    Of text with code fences it is what stands in them; of ``[Puzzle]`` and other sections the
    first. Comments, and a heading in front of cells on one line, are cut.
    """
    if "[" in text:
        text = _NOTHING.sub(".", text)
    lines = list(enumerate(clean(text).splitlines(), 1))
    if "~~~" in text and (rows := signed(lines)):
        return rows  # No fences: the sign is that of its blanks.
    fences = [place for place, (_, line) in enumerate(lines) if _FENCE.match(line)]
    if len(fences) > 1:
        # What stands between two blocks is talk; two blocks are two grids, and none is left out.
        blocks = zip(fences[::2], fences[1::2], strict=False)
        lines = [row for begin, end in blocks for row in (*lines[begin + 1 : end], (end + 1, ""))]
    lines = [(number, line) for number, line in lines if not _FENCE.match(line)]
    kept: list[Line] = []
    for number, line in lines:
        if re.match(r"\s*\[\w+\]\s*$", line) and not re.search(r"\d", line):
            if any(line.strip() for _, line in kept):
                break
            continue
        if line.lstrip().startswith(("#", "//")):
            continue
        kept.append((number, _cut(line)))
    return plainly(kept)


def _cut(line: str) -> str:
    """A line without a comment behind its cells and words before them."""
    line = re.split(r"\s#", line)[0].replace("`", "")
    for begin in (_HEADING, _PREFACE):
        bare = line.lstrip()
        words = begin.match(bare)
        if words is None:
            continue
        rest = bare[words.end() :]
        count = len(re.sub(r"[\s,;|]", "", rest))
        if count in BOXES or count in SQUARES:
            line = rest
    return line


def wrong_count(count: int) -> InputError:
    """The error for a number of cells that is no grid's."""
    near = min(SQUARES, key=lambda cells: abs(cells - count))
    size, off = SQUARES[near], abs(near - count)
    cells = "cell" if off == 1 else "cells"
    return InputError(
        f"the text holds {count} cells",
        expected="16, 36, 81, 256 or 625 cells",
        hint=f"{off} {cells} too {'few' if count < near else 'many'} for a {size}x{size} grid",
    )
