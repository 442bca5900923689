"""Tables of puzzles with solutions, as the published Sudoku and maze sets have them."""

from __future__ import annotations

import csv
import io

from hrm_toolkit.adapters.formats.records import QUESTION, RecordReader, joined
from hrm_toolkit.core import InputError
from hrm_toolkit.core.files import Loaded, placed


def is_table(first_line: str) -> bool:
    """Whether this line is the heading of such a table."""
    names = [name.strip().lower() for name in first_line.split(",")]
    return any(name in QUESTION for name in names)


def read_table(text: str, records: RecordReader) -> Loaded:
    """The puzzles of a table with a column ``question`` and maybe one ``answer``.

    Args:
        records: reads a row as an object of texts.

    Raises:
        InputError: naming the line at fault.
    """
    reader = csv.reader(io.StringIO(text, newline=""))
    loaded: list[Loaded] = []
    try:
        heading = [name.strip().lower() for name in next(reader)]
        for row in reader:
            if not row:
                continue
            where = f"line {reader.line_num}"
            if len(row) != len(heading):
                raise InputError(
                    f"there are {len(row)} fields", path=where, expected=f"{len(heading)}"
                )
            loaded.append(placed(where, records.record, dict(zip(heading, row, strict=True))))
    except csv.Error as error:
        raise InputError(
            f"this is not valid CSV: {error}", path=f"line {reader.line_num}"
        ) from None
    if not loaded:
        raise InputError("the table has a heading and no puzzle", expected="a puzzle a line")
    task = loaded[0].puzzles[0].task
    name = "Sudoku" if task == "sudoku" else task
    return joined(f"{name} CSV ({', '.join(heading)})", loaded)
