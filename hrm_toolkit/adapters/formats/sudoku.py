"""Sudoku files: one puzzle a line, a grid over several lines, and CSV with solutions."""

from __future__ import annotations

import re

from hrm_toolkit.adapters.formats.loaded import Loaded, placed
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.adapters.sudoku.text import LONGEST
from hrm_toolkit.core import Answer, Puzzle

_CELLS = re.compile(r"[0-9A-Pa-p._*?]+")
_SIDES = (4, 6, 9, 16, 25)
_SHORTEST_LINE = 16


def read_sudoku(text: str, *, lines: bool = False) -> Loaded:
    """Sudoku text: ``.sdm`` and other lists of one puzzle a line, ``.sdk``, ``.ss``, any grid.

    Args:
        lines: read one puzzle a line where the text could also be one grid.

    Raises:
        InputError: naming the line, or the cell, at fault.
    """
    content = _content(text)
    adapter = get_adapter("sudoku")
    if not _one_a_line([line for _, line in content], lines):
        grid = text if len(text) > LONGEST else _grid_part(text)
        return Loaded.of("Sudoku grid", [(adapter.parse(grid), None)])
    if len(content) == 1:
        return Loaded.of(_kind([content[0][1]]), [(adapter.parse(content[0][1]), None)])
    puzzles = [placed(f"line {number}", adapter.parse, line) for number, line in content]
    return Loaded.of(_kind([line for _, line in content]), [(puzzle, None) for puzzle in puzzles])


def sudoku_record(question: str, answer: str | None) -> tuple[Puzzle, Answer | None]:
    """Puzzle and answer of one CSV record."""
    adapter = get_adapter("sudoku")
    puzzle = adapter.parse(question)
    if not answer:
        return puzzle, None
    return puzzle, adapter.coerce_answer(puzzle, adapter.parse(answer).model_dump())


def _content(text: str) -> list[tuple[int, str]]:
    """Lines that hold cells, with their numbers; what follows ``#`` is a comment."""
    parts = ((number, line.split("#")[0].strip()) for number, line in _numbered(text))
    return [(number, line) for number, line in parts if line]


def _numbered(text: str) -> list[tuple[int, str]]:
    return list(enumerate(text.splitlines(), 1))


def _one_a_line(lines: list[str], insist: bool) -> bool:
    if not lines or any(len(line) < _SHORTEST_LINE or not _CELLS.fullmatch(line) for line in lines):
        return len(lines) == 1
    side = len(lines[0])
    grid = len(lines) == side and side in _SIDES and all(len(line) == side for line in lines)
    return insist or not grid or all(set(line) <= set("01234._*?") for line in lines)


def _grid_part(text: str) -> str:
    """The first section of an ``.sdk`` file with ``[Puzzle]`` headings, else everything."""
    kept: list[str] = []
    for _, line in _numbered(text):
        if line.startswith("["):
            if any(map(str.strip, kept)):
                break
            kept.append("")
        else:
            kept.append("" if line.startswith("#") else line.split(" #")[0])
    return "\n".join(kept)


def _kind(lines: list[str]) -> str:
    lengths = {len(line) for line in lines}
    length = f"{lengths.pop()}-character " if len(lengths) == 1 else ""
    return f"Sudoku, {length}line{'s' if len(lines) > 1 else ''}"
