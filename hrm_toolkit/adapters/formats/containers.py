"""JSON that holds several puzzles: a list under a name, or a table as pandas writes it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from hrm_toolkit.adapters.names import plain, words
from hrm_toolkit.adapters.registry import adapter_names

_MANY = words(
    "puzzles quizzes questions problems grids boards data items records rows games",
    "examples instances tasks",
)
_ASKED = words("puzzle quiz quizzes question problem input grid board puzzles unsolved")
_COLUMNS = _ASKED | words("solution solutions answer answers output solved")


_LINE = re.compile(r"[0-9A-Pa-p._*?-]+")
_LENGTHS = frozenset({36, 81, 256, 625})
"""Characters of a Sudoku on one line; one of 16 may be a row of a larger grid."""


def contained(value: Any) -> list[Any] | None:
    """The records in a JSON object that holds several; None for another.

    Args:
        value: ``{"puzzles": [...]}``; or a table by columns (``{"puzzle": {"0": ..., "1": ...}}``
            or lists of one length), by index, split, or with its schema, as ``to_json`` of pandas
            writes them.

    Example:
        >>> contained({"columns": ["puzzle"], "index": [0], "data": [["1.."]]})
        [{'puzzle': '1..'}]
        >>> contained({"puzzle": {"0": "1..", "1": "..2"}})
        [{'puzzle': '1..'}, {'puzzle': '..2'}]
        >>> contained({"puzzles": [[[1, 0], [0, 2]], [[0, 1], [2, 0]]], "count": 2})
        [[[1, 0], [0, 2]], [[0, 1], [2, 0]]]
    """
    if not isinstance(value, Mapping) or "task" in value:
        return None
    columns, data = value.get("columns"), value.get("data")
    if isinstance(columns, list) and isinstance(data, list) and set(value) <= _SPLIT:
        whole = all(isinstance(row, list) and len(row) == len(columns) for row in data)
        named = all(isinstance(name, str) for name in columns)
        return [dict(zip(columns, row, strict=True)) for row in data] if whole and named else None
    if _is_numbered(value) and all(map(_is_row, value.values())):
        return list(value.values())
    table = _by_column(value)
    if table is not None:
        return table
    return _listed(value)


_SPLIT = frozenset({"columns", "index", "data"})


def _asks(name: str) -> bool:
    """Whether a column's name says that it holds puzzles: a usual word, or a task's name."""
    return plain(name) in _ASKED or plain(name) in adapter_names()


def _holds_many(name: str) -> bool:
    """Whether a list's name says that it holds puzzles: a usual word, or a task's name and s."""
    return plain(name) in _MANY or plain(name).removesuffix("s") in adapter_names()


def _by_column(value: Mapping[str, Any]) -> list[Any] | None:
    """The rows of a table whose columns are objects by row, or lists of one length."""
    if sum(_asks(name) or _holds_many(name) for name in value) != 1:
        return None  # Of two columns of puzzles one would be left out.
    columns = list(value.values())
    if all(isinstance(column, Mapping) and _is_numbered(column) for column in columns):
        keys = list(columns[0])
        if any(list(column) != keys for column in columns):
            return None
        return [{name: column[key] for name, column in value.items()} for key in keys]
    texts = any(map(_asks, value)) and all(
        isinstance(column, list) and _are_puzzles(column)
        for name, column in value.items()
        if plain(name) in _COLUMNS or _asks(name)
    )
    lengths = {len(column) for column in columns if isinstance(column, list)}
    if not texts or len(lengths) != 1 or not all(isinstance(c, list) for c in columns):
        return None
    return [
        {name: column[place] for name, column in value.items()} for place in range(lengths.pop())
    ]


def _listed(value: Mapping[str, Any]) -> list[Any] | None:
    """The one list of puzzles in an object whose other fields are single values."""
    held = [item for name, item in value.items() if _holds_many(name) and isinstance(item, list)]
    others = [item for item in value.values() if isinstance(item, list)]
    if len(held) != 1 or len(others) != 1 or not held[0]:
        return None
    rows = held[0]
    whole = all(map(_is_grid, rows)) or all(isinstance(row, Mapping) for row in rows)
    return rows if whole or _are_puzzles(rows) or _are_flat(rows) else None


def _are_flat(rows: list[Any]) -> bool:
    """Whether each list is a Sudoku's cells by itself, and they are not the rows of one grid."""
    lists = all(isinstance(row, list) and all(type(c) is int for c in row) for row in rows)
    if not lists or not all(len(row) in {16, *_LENGTHS} for row in rows):
        return False
    return len(rows[0]) != len(rows) or max(map(max, rows)) <= math.isqrt(len(rows[0]))


def _is_grid(value: Any) -> bool:
    """Whether a value is a grid of rows; a row of cells is none."""
    if not isinstance(value, list) or not value:
        return False
    first = value[0]
    return isinstance(first, list) or (
        isinstance(first, str) and len(first) >= 4 and not first.isalpha()
    )


def _are_puzzles(values: list[Any]) -> bool:
    """Whether each text is a Sudoku by itself; the rows of one grid, or of a maze, are none."""
    return all(
        isinstance(text, str) and _LINE.fullmatch(text) and len(text) in _LENGTHS - {len(values)}
        for text in values
    )


def _is_row(value: Any) -> bool:
    """Whether a value is a row with a puzzle, by the names of its columns."""
    return isinstance(value, Mapping) and any(plain(str(name)) in _ASKED for name in value)


def _is_numbered(value: Mapping[str, Any]) -> bool:
    """Whether an object's names are the numbers of rows, from 0 or 1."""
    names = list(value)
    count = len(names)
    return bool(count) and names in (
        [str(n) for n in range(count)],
        [str(n) for n in range(1, count + 1)],
    )
