"""Tables of puzzles with solutions, as published sets have them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from hrm_toolkit.adapters.formats.records import RecordReader, joined, puzzle_columns
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import InputError, shorten
from hrm_toolkit.core.files import Lines, Loaded, Sample

_DELIMITERS = (",", ";", "\t", "|")


def is_table(first_line: str) -> bool:
    """Whether this line is the heading of such a table."""
    return _delimiter(first_line) is not None


def _delimiter(first_line: str) -> str | None:
    """What parts the columns of a heading; None where it names no puzzle."""
    columns = puzzle_columns()
    for delimiter in _DELIMITERS:
        names = [name.strip().strip('"').lower() for name in first_line.split(delimiter)]
        if any(name in columns for name in names):
            return delimiter
    return None


def read_table(text: str, records: RecordReader) -> Loaded:
    """The puzzles of a table with a column ``question`` and maybe one ``answer``.

    Args:
        records: reads a row as an object of texts.

    Raises:
        InputError: naming the line at fault.
    """
    heading = text.lstrip("\r\n")
    loaded = [records.placed(row) for row in rows(io.StringIO(heading, newline=""))]
    if not loaded:
        raise InputError("the table has a heading and no puzzle", expected="a puzzle a line")
    return joined(_kind(loaded[0], heading.splitlines()[0]), loaded)


def stream_table(sample: Sample, lines: Lines, records: RecordReader) -> Loaded:
    """The puzzles of a table too long to hold, as ``read_table`` reads them."""

    def cut() -> Iterator[tuple[str, Any]]:
        return rows(line + "\n" for _, line in lines())

    first = next(cut(), None)
    if first is None:
        raise InputError("the table has a heading and no puzzle", expected="a puzzle a line")
    return records.stream(cut, lambda loaded: _kind(loaded, sample.first))


def rows(lines: Iterable[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row as texts by column, with its place.

    Raises:
        InputError: naming the line at fault.
    """
    rest = iter(lines)
    first = next(rest, "")
    reader = csv.reader(chain([first], rest), delimiter=_delimiter(first) or ",")
    try:
        heading = [name.strip().lower() for name in next(reader)]
        twice = next((name for name in heading if name and heading.count(name) > 1), None)
        if twice is not None:
            raise InputError(f'two columns are called "{shorten(twice, 40)}"', expected="one")
        for row in reader:
            if not row:
                continue
            where = f"line {reader.line_num}"
            if len(row) != len(heading):
                raise InputError(
                    f"there are {len(row)} fields", path=where, expected=f"{len(heading)}"
                )
            yield where, dict(zip(heading, row, strict=True))
    except csv.Error as error:
        raise InputError(
            f"this is not valid CSV: {error}", path=f"line {reader.line_num}"
        ) from None


def _kind(first: Loaded, heading: str) -> str:
    title = get_adapter(first.puzzles[0].task).title
    names = ", ".join(
        name.strip().lower()
        for name in next(csv.reader([heading], delimiter=_delimiter(heading) or ","))
    )
    return f"{title} CSV ({names})"
