"""CSV of puzzles with solutions, as the published Sudoku and maze sets have them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from hrm_toolkit.adapters.formats.loaded import Loaded, placed
from hrm_toolkit.core import Answer, InputError, Puzzle

QUESTION = ("question", "puzzle", "puzzles", "quiz", "quizzes")
ANSWER = ("answer", "solution", "solutions")


def is_table(first_line: str) -> bool:
    """Whether this line is the heading of such a table."""
    names = [name.strip().lower() for name in first_line.split(",")]
    return any(name in QUESTION for name in names)


def read_table(text: str, adapter: str | None = None) -> Loaded:
    """The puzzles of a table with a column ``question`` and maybe one ``answer``.

    Args:
        adapter: ``sudoku`` or ``maze``; None tells them apart by the first puzzle.

    Raises:
        InputError: naming the line at fault.
    """
    reader = csv.reader(io.StringIO(text, newline=""))
    pairs: list[tuple[Puzzle, Answer | None]] = []
    try:
        heading = [name.strip().lower() for name in next(reader)]
        question, answer = _column(heading, QUESTION), _column(heading, ANSWER)
        if question is None:
            raise InputError(
                "the table has no column of puzzles", expected='a column "question"', got=heading
            )
        for row in reader:
            if not row:
                continue
            where = f"line {reader.line_num}"
            if len(row) != len(heading):
                raise InputError(
                    f"there are {len(row)} fields", path=where, expected=f"{len(heading)}"
                )
            asked, solved = row[question], row[answer] if answer is not None else None
            adapter = adapter or ("maze" if set(asked) & set("#SG") else "sudoku")
            pairs.append(placed(where, _record, adapter, asked, solved))
    except csv.Error as error:
        raise InputError(
            f"this is not valid CSV: {error}", path=f"line {reader.line_num}"
        ) from None
    if not pairs:
        raise InputError("the table has a heading and no puzzle", expected="a puzzle a line")
    name = "Sudoku" if adapter == "sudoku" else adapter
    return Loaded.of(f"{name} CSV ({', '.join(heading)})", pairs)


def _record(adapter: str, question: str, answer: str | None) -> tuple[Puzzle, Answer | None]:
    if adapter == "maze":
        from hrm_toolkit.adapters.formats.maze import maze_record

        return maze_record(question, answer)
    from hrm_toolkit.adapters.formats.sudoku import sudoku_record

    return sudoku_record(question, answer)


def _column(heading: Sequence[str], names: Sequence[str]) -> int | None:
    return next((heading.index(name) for name in names if name in heading), None)
