"""Nonograms as files have them: drawn with their runs, .non files, blocks of lines, JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hrm_toolkit.adapters.constraint.nonogram.puzzle import (
    UNKNOWN,
    NonogramAnswer,
    NonogramPuzzle,
    words_of,
)
from hrm_toolkit.adapters.constraint.pencil import canvas
from hrm_toolkit.adapters.names import plain, words
from hrm_toolkit.core import InputError, validate
from hrm_toolkit.core.files import (
    MAYBE,
    NO,
    SURE,
    Claim,
    Form,
    Loaded,
    ReadOptions,
    RecordForm,
    Sample,
    TextForm,
)

TASK = "nonogram"
SHADED, BLANK = "#", "."
_SIGNS = dict.fromkeys("#xX1█■*", 1) | dict.fromkeys(".-_0□░ ", 0)

_SECTION = re.compile(r"(rows|columns|cols)\s*:?", re.IGNORECASE)
_RUNS = re.compile(r"(\d{1,3}([\s,]+\d{1,3})*|\?)\s*,?")
_PROPERTY = re.compile(r"([A-Za-z_][\w-]*)(\s*:)?(\s+(.*))?")
_COLOURED = re.compile(r"[\d\s,]*\d[A-Za-z#]")

_NAMES = {
    "rows": words("rows row rowclues rowhints rowruns horizontal horizontalclues left"),
    "columns": words(
        "columns column cols col columnclues colclues columnhints colhints columnruns vertical "
        "verticalclues top"
    ),
}
_LEFT_OUT = words("title author by source id name width height size catalogue copyright license")

Picture = list[list[int]]


def drawn(puzzle: NonogramPuzzle, grid: Sequence[Sequence[int]] | None = None) -> str:
    """The picture with the runs of columns above it and those of rows before it.

    Example:
        >>> print(drawn(NonogramPuzzle(rows=[[2], []], columns=[[1], [1]]), [[1, 1], [0, 0]]))
        nonogram 2x2
          1 1
        2 # #
        0 . .
    """
    rows, columns = (list(map(words_of, lines)) for lines in (puzzle.rows, puzzle.columns))
    deep, wide = (max(map(len, lines)) for lines in (columns, rows))
    size = max(len(word) for line in (*rows, *columns) for word in line)
    table = [
        [""] * wide + [column[k - deep] if deep - k <= len(column) else "" for column in columns]
        for k in range(deep)
    ]
    for r, row in enumerate(rows):
        signs = [SHADED if grid and grid[r][c] else BLANK for c in range(len(columns))]
        table.append([""] * (wide - len(row)) + row + signs)
    lines = [" ".join(word.rjust(size) for word in line).rstrip() for line in table]
    return "\n".join([canvas.heading(TASK, puzzle.shape), *lines])


def read_drawn(text: str) -> tuple[NonogramPuzzle, Picture]:
    """The puzzle of a drawing, and what is shaded in it.

    Raises:
        InputError: when a run stands over no column, or lines are too few or too short.
    """
    lines, shape = canvas.body(text)
    if shape is None:
        raise InputError("this is no drawing of a nonogram", expected="a heading: nonogram 5x5")
    height, width = shape
    below = [list(re.finditer(r"\S+", line)) for line in lines[-height:]]
    if len(lines) <= height or any(len(line) <= width for line in below):
        raise InputError(
            "the drawing is too small",
            expected=f"runs of {width} columns above {height} rows of {width} cells with theirs",
        )
    column = {sign.end(): k for k, sign in enumerate(below[0][-width:])}
    columns: list[list[str]] = [[] for _ in range(width)]
    for number, line in enumerate(lines[:-height], 1):
        for word in re.finditer(r"\S+", line):
            if word.end() not in column:
                raise InputError(
                    f"{word[0]!r} in line {number} of the runs stands over no column",
                    expected="runs that end where the cells below them do",
                )
            columns[column[word.end()]].append(word[0])
    rows = [" ".join(word[0] for word in line[:-width]) for line in below]
    data = {"rows": rows, "columns": [" ".join(column) for column in columns]}
    signs = [[word[0] for word in line[-width:]] for line in below]
    return validate(NonogramPuzzle, data), read_signs(signs)


def read_signs(rows: Sequence[Sequence[str]]) -> Picture:
    """What is shaded, from a sign a cell: ``#``, ``X``, ``1`` and blocks for shaded cells.

    Raises:
        InputError: for another sign.
    """
    for number, row in enumerate(rows, 1):
        for sign in row:
            if sign not in _SIGNS:
                raise InputError(
                    f"row {number} has {sign!r}", expected="# for a shaded cell, . for another"
                )
    return [[_SIGNS[sign] for sign in row] for row in rows]


def read_clues(text: str) -> Loaded:
    """The puzzle of a .non file, or of two blocks of lines with a blank line between.

    Raises:
        InputError: saying which line is no runs, or how many there are.
    """
    lines = text.splitlines()
    if not any(_SECTION.fullmatch(line.strip()) for line in lines):
        return _read_blocks(lines)
    found: dict[str, list[str]] = {}
    told: dict[str, str] = {}
    section: list[str] | None = None
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        heading, named = _SECTION.fullmatch(line), _PROPERTY.fullmatch(line)
        if heading:
            name = "rows" if heading[1].lower() == "rows" else "columns"
            if name in found:
                raise InputError(f"there are two blocks of {name}", path=f"line {number}")
            section = found[name] = []
        elif section is not None and _RUNS.fullmatch(line):
            section.append(line.rstrip(", "))
        elif _COLOURED.match(line) or (named and named[1].lower() == "color"):
            raise InputError(
                "this nonogram has several colours", path=f"line {number}", expected="one", got=line
            )
        elif named:
            name, said = named[1].lower(), (named[4] or "").strip().strip('"')
            if told.setdefault(name, said) != said and name in ("goal", "width", "height"):
                raise InputError(f"the {name} is said twice", path=f"line {number}", expected="one")
        elif line:
            raise InputError(
                "this line is no runs", path=f"line {number}", expected="such as 3,1,2", got=line
            )
    for name, size in (("rows", "height"), ("columns", "width")):
        if name not in found:
            raise InputError(
                f"the file has no {name}", expected=f'a line "{name}", then a line each'
            )
        if told.get(size, "").isdecimal() and int(told[size]) != len(found[name]):
            raise InputError(
                f"there are {len(found[name])} {name}",
                expected=f"{told[size]}, as its {size} says",
                hint="write 0 for a line without runs",
            )
    puzzle = validate(NonogramPuzzle, found)
    answer, notes = _goal(told, puzzle)
    return Loaded.of("nonogram, runs by rows and columns", [(puzzle, answer)], notes)


def _goal(
    told: dict[str, str], puzzle: NonogramPuzzle
) -> tuple[NonogramAnswer | None, tuple[str, ...]]:
    """The picture that a .non file has as its goal, and a note where it is none."""
    goal, (height, width) = told.get("goal", ""), puzzle.shape
    if not goal:
        return None, ()
    if len(goal) != height * width or set(goal) - {"0", "1"}:
        return None, ("the file's goal is left out: it is not a 0 or 1 for each cell",)
    rows = [list(map(int, goal[r * width : (r + 1) * width])) for r in range(height)]
    columns = list(map(list, zip(*rows, strict=True)))
    _require_runs("row", rows, puzzle.rows)
    _require_runs("column", columns, puzzle.columns)
    return validate(NonogramAnswer, {"grid": rows}), ()


def _require_runs(
    kind: str, lines: Sequence[Sequence[int]], clues: Sequence[Sequence[int] | None]
) -> None:
    """Refuse a goal that is a picture of other runs than the file's."""
    for number, (line, clue) in enumerate(zip(lines, clues, strict=True), 1):
        shaded = [len(run) for run in "".join(map(str, line)).split("0") if run]
        if clue is not None and shaded != list(clue):
            raise InputError(
                f"{kind} {number} has the runs {' '.join(words_of(shaded))}",
                path="goal",
                expected=f"{' '.join(words_of(clue))}, as the file's {kind}s say",
                hint="mend what is wrong, or leave out the goal",
            )


def _read_blocks(lines: Sequence[str]) -> Loaded:
    blocks = _blocks(lines)
    if blocks is None or len(blocks) != 2:
        count = "none" if blocks is None else str(len(blocks))
        raise InputError(
            f"these are no two blocks of runs (found: {count})",
            expected="a line of runs for each row, a blank line, a line for each column; or the "
            'headings "rows" and "columns"',
        )
    puzzle = validate(NonogramPuzzle, {"rows": blocks[0], "columns": blocks[1]})
    note = "the first block was taken for the rows, the second for the columns"
    return Loaded.of("nonogram, two blocks of runs", [(puzzle, None)], [note])


def _blocks(lines: Sequence[str]) -> list[list[str]] | None:
    """The lines of runs between blank ones; None where a line is no runs."""
    blocks: list[list[str]] = [[]]
    for line in map(str.strip, lines):
        if not line:
            blocks += [[]] if blocks[-1] else []
        elif _RUNS.fullmatch(line):
            blocks[-1].append(line.rstrip(", "))
        else:
            return None
    return [block for block in blocks if block]


def claims_drawn(sample: Sample) -> Claim:
    """Sure where the heading says so."""
    return SURE if canvas.headed(sample.first) == TASK else NO


def claims_clues(sample: Sample) -> Claim:
    """Sure with both headings; maybe where two blocks of lines fit each other as runs do."""
    heads = [
        found[1].lower() for line in sample.lines if (found := _SECTION.fullmatch(line.strip()))
    ]
    if len(heads) == 2 and "rows" in heads:
        return SURE
    # Every task is asked of every text: one of digits is told at its first line.
    if not _RUNS.fullmatch(sample.first) or not sample.whole:
        return NO
    blocks = _blocks(sample.text.splitlines())
    if blocks is None or len(blocks) != 2:
        return NO
    runs = [
        [[int(word) for word in re.findall(r"\d+", line)] for line in block] for block in blocks
    ]
    whole = UNKNOWN not in sample.text
    sums = [sum(map(sum, block)) for block in runs]
    right = (not whole or sums[0] == sums[1]) and all(
        sum(line) + len(line) - 1 <= max(len(other), 1) and (0 not in line or len(line) == 1)
        for block, other in (runs, runs[::-1])
        for line in block
    )
    return MAYBE if right else NO


def claims_record(value: Any) -> Claim:
    """Sure of an object with lists of runs for rows and columns, and nothing that is not known."""
    if not isinstance(value, dict):
        return NO
    found = _fields(value)
    right = len(found) == 2 and all(
        isinstance(lines, list) and lines and all(map(_may_be_runs, lines))
        for lines in found.values()
    )
    return SURE if right else NO


def _fields(value: dict[Any, Any]) -> dict[str, Any]:
    """The runs of rows and columns, under whatever they are called."""
    found: dict[str, Any] = {}
    for name, held in value.items():
        for kept in (kept for kept, known in _NAMES.items() if plain(str(name)) in known):
            if kept in found:
                raise InputError(f"this says the {kept} once more", path=str(name)[:40])
            found[kept] = held
    return found


def _may_be_runs(value: Any) -> bool:
    if isinstance(value, str):
        return _RUNS.fullmatch(value.strip()) is not None
    if isinstance(value, list):
        return all(isinstance(run, int) and not isinstance(run, bool) for run in value)
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def read_record(value: Any) -> Loaded:
    """The puzzle of an object.

    Raises:
        InputError: for a field that may say what is not read here, such as colours.
    """
    for name in value:
        if not any(plain(str(name)) in known for known in (*_NAMES.values(), _LEFT_OUT, {"task"})):
            raise InputError(
                "a nonogram has no such field", path=str(name)[:40], expected="rows and columns"
            )
    return Loaded.of("nonogram, JSON", [(validate(NonogramPuzzle, _fields(value)), None)])


def forms() -> Sequence[Form]:
    """The forms in which nonograms are kept."""

    def of_drawing(text: str, options: ReadOptions) -> Loaded:
        return Loaded.of("nonogram, drawn", [(read_drawn(text)[0], None)])

    def of_clues(text: str, options: ReadOptions) -> Loaded:
        return read_clues(text)

    def of_record(value: Any, options: ReadOptions) -> Loaded:
        return read_record(value)

    return (
        TextForm("a nonogram, drawn", TASK, claims_drawn, of_drawing),
        TextForm("runs of a nonogram", TASK, claims_clues, of_clues),
        RecordForm("a nonogram in JSON", TASK, claims_record, of_record),
    )
