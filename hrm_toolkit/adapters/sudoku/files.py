"""Sudoku files: one puzzle a line, a grid over several lines, and CSV with solutions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.adapters.sudoku.text import LONGEST
from hrm_toolkit.core.files import (
    MAYBE,
    NO,
    SURE,
    Claim,
    Lines,
    Loaded,
    Pair,
    ReadOptions,
    RecordForm,
    Sample,
    TextForm,
    placed,
)

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


_MARKS = frozenset("0123456789._*?|+-=:, \t\u2502\u2500\u253c\u251c\u2524")
_LETTERS = re.compile(r"[0-9A-Pa-p._*?\s|+\-]+")
_SECTIONS = ("[puzzle]", "[sudoku]")


def _claims_text(sample: Sample) -> Claim:
    if sample.first.lower() in _SECTIONS:
        return SURE
    content = [line for line in sample.lines if not line.startswith("#")] or list(sample.lines)
    marks = sum(sum(map(_MARKS.__contains__, line)) for line in content)
    if marks > 0.9 * sum(map(len, content)) or all(map(_LETTERS.fullmatch, content)):
        return MAYBE
    return NO


def _read_text(text: str, options: ReadOptions) -> Loaded:
    return read_sudoku(text, lines=options.path is not None and options.path.suffix == ".sdm")


def _stream(sample: Sample, lines: Lines, options: ReadOptions) -> Loaded | None:
    """The puzzles of a list too long to hold, one a line, each as ``read_sudoku`` reads it."""
    head = [line for _, line in _content(sample.text)]
    if len(head) < 2 or not _one_a_line(head, sample.suffix == ".sdm"):
        return None
    parse = get_adapter("sudoku").parse

    def cut() -> Iterator[tuple[int, str]]:
        parts = ((number, line.split("#")[0].strip()) for number, line in lines())
        return ((number, line) for number, line in parts if line)

    def read(record: tuple[int, str]) -> Pair:
        return placed(f"line {record[0]}", parse, record[1]), None

    return Loaded.streamed(_kind(head), cut, read)


def _claims_record(value: Any) -> Claim:
    if isinstance(value, dict):
        return SURE if value.get("task") == "sudoku" else MAYBE if "grid" in value else NO
    if isinstance(value, list):
        return SURE if _is_grid(value) else NO
    return MAYBE if isinstance(value, str) else NO


def _is_grid(value: list[Any]) -> bool:
    """Whether a list is one puzzle's grid rather than a list of puzzles."""
    if not value or not all(isinstance(item, list | str) for item in value):
        return False
    if isinstance(value[0], str):
        return len(value[0]) < 36
    return not (value[0] and isinstance(value[0][0], list))


def _read_record(value: Any, options: ReadOptions) -> Loaded:
    said = isinstance(value, dict) and "task" in value
    puzzle = get_adapter("sudoku").coerce(value)
    return Loaded.of(f"sudoku {'puzzle' if said else 'grid'}, JSON", [(puzzle, None)])


FORMS = (
    TextForm("a Sudoku", "sudoku", _claims_text, _read_text, stream=_stream),
    RecordForm("a Sudoku grid", "sudoku", _claims_record, _read_record),
)
