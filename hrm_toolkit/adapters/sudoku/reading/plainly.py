"""Cells as programs write them: numbers with a point, words for nothing, labels around a grid."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from hrm_toolkit.adapters.sudoku.boxes import BOXES, LARGEST

_NOTHING = frozenset({"nan", "none", "null", "nil", "na", "n/a", "#n/a", "<na>", '""', "''", ""})
_NUMBER = re.compile(r"[0-9]{1,2}\.[0-9]*(?:e[+-]?[0-9]{1,2})?", re.IGNORECASE)
_CELL = re.compile(r"[0-9]{1,2}|[.*?_-]")
_SIGN = re.compile(r"[1-9]*([=+xX~^@$&])(?:[1-9]|\1)*")
_LABELS = re.compile(r"(?:rows?|cols?|columns?|[rcx])?[ _-]?([0-9]{1,2}|[A-Y])", re.IGNORECASE)
_SIDES = (4, 6, 9)

Line = tuple[int, str]


def plainly(lines: Sequence[Line]) -> list[Line]:
    """The lines of one grid with digits and dots alone, where its cells are written otherwise.

    ``5.0`` and ``5.000e+00`` are 5; ``nan``, ``None``, ``NA`` and the like are blanks, and so is
    any one sign beside the digits of a grid of up to 9x9. Labels of its rows and columns, counted
    from 0, 1 or A, are left out, and rows that ``/`` joins in one line are parted. All this only
    where it makes a square; else nothing is changed.

    Example:
        >>> [line for _, line in plainly([(n, "1.0 nan 3.0 4.0") for n in range(4)])][0]
        '1 . 3 4'
    """
    lines = [(number, row) for number, line in lines for row in _parted(line)]
    held = [(number, line.strip()) for number, line in lines if line.strip()]
    below = _counted(held)
    found = signed(below) or _tabled(below)
    if found is None:
        return below if len(below) < len(held) else list(lines)
    return found


def _parted(line: str) -> list[str]:
    """The rows that ``/`` joins where they make a square, else the line.

    Example:
        >>> _parted("1.../..3./.4../...2"), _parted("1/2")
        (['1...', '..3.', '.4..', '...2'], ['1/2'])
    """
    rows = line.strip().strip("/").split("/")
    square = len(rows) > 2 and all(len("".join(row.split())) == len(rows) for row in rows)
    return rows if square else [line]


def signed(lines: Sequence[Line]) -> list[Line] | None:
    """Rows, or one line, of digits and one sign that is no usual mark of a blank; None for others.

    Example:
        >>> signed([(1, "1==="), (2, "==3="), (3, "=4=="), (4, "===2")])[0]
        (1, '1...')
    """
    bare = [(number, "".join(line.split())) for number, line in lines if line.strip()]
    whole = _SIGN.fullmatch("".join(line for _, line in bare))
    widths = {len(line) for _, line in bare}
    size = len(bare)
    square = size in _SIDES and widths == {size}
    if whole is None or not (square or (size == 1 and widths <= {n * n for n in _SIDES})):
        return None
    if square and _is_frame([line for _, line in bare], whole[1]):
        return None
    blanks = sum(line.count(whole[1]) for _, line in bare)
    if blanks < max(map(len, (line for _, line in bare))) ** (1.0 if square else 0.5):
        return None  # so few may be slips
    return [(number, line.replace(whole[1], ".")) for number, line in bare]


def _is_frame(rows: Sequence[str], sign: str) -> bool:
    """Whether signs fill whole rows and columns, the outer ones among them: a smaller grid's."""
    size = range(len(rows))
    down = [y for y in size if set(rows[y]) != {sign}]
    across = [x for x in size if any(rows[y][x] != sign for y in size)]
    outer = {0, len(rows) - 1} & {*down, *across}
    return not outer and all(rows[y][x] != sign for y in down for x in across)


def _counted(lines: Sequence[Line]) -> list[Line]:
    """The lines below one that says how many puzzles, rows or cells follow."""
    if len(lines) < 2:
        return list(lines)
    rows = ["".join(line.split()) for _, line in lines[1:]]
    size = len(rows) if len(rows) > 1 else math.isqrt(len(rows[0]))
    if size not in _SIDES or {len(row) for row in rows} != ({size} if len(rows) > 1 else {size**2}):
        return list(lines)
    said = re.split(r"[\s,x*]+", lines[0][1].lower())
    rows_of_box = math.isqrt(size)
    usual = [["1"], [str(size)], [str(size)] * 2, [str(size**2)], [str(rows_of_box)]]
    usual += [[str(side) for side in BOXES[size]]]
    return list(lines[1:]) if said in usual else list(lines)


def _tabled(lines: Sequence[Line]) -> list[Line] | None:
    """Rows of fields, of which some are written otherwise, or with labels around them."""
    if not 4 <= len(lines) <= LARGEST + 1:
        return None
    parted = any("," in line for _, line in lines)
    rows = [
        [word.strip() for word in (line.split(",") if parted else re.split(r"[\s;]+", line))]
        for _, line in lines
    ]
    numbers = [number for number, _ in lines]
    size = len(rows[-1])
    labelled = mirrored = False
    if len(rows) == size == len(rows[0]) + 1 or (len(rows) == size and rows[0][0] == ""):
        # A corner that is empty: both sides have labels.
        rows[0] = rows[0][-(size - 1) :]
        if not _is_labels([row[0] for row in rows[1:]]) or not _is_labels(rows[0]):
            return None
        mirrored = rows[0] == [row[0] for row in rows[1:]]
        rows, numbers, labelled = [row[1:] for row in rows[1:]], numbers[1:], True
    elif len(rows) == size + 1 and _is_labels(rows[0]):
        rows, numbers, labelled = rows[1:], numbers[1:], True
    elif len(rows) == size - 1 and _is_labels([row[0] for row in rows]):
        rows, labelled = [row[1:] for row in rows], True
    size = len(rows)
    if size not in BOXES or any(len(row) != size for row in rows):
        return None
    words = [word for row in rows for word in row]
    cells = [_cell(word) for word in words]
    if None in cells or (not labelled and all(map(_CELL.fullmatch, words))):
        return None
    pointed = [bool(_NUMBER.fullmatch(word)) for word in words]
    nothing = any(word.casefold() in _NOTHING - {""} for word in words)
    if not labelled and not any(pointed) and not nothing:
        return None
    counted = [word.isdigit() for word in words]
    if any(pointed) and any(counted) and sum(pointed) + sum(counted) == len(words):
        return None  # Some columns count and others measure: a table of edges, say.
    # An empty diagonal is that of a graph's table, where its labels or its numbers may be.
    weights = mirrored or (any(pointed) and size < _SIDES[-1])
    if weights and all(cells[k * (size + 1)] in (".", "0") for k in range(size)):
        return None
    return [
        (number, " ".join(str(cell) for cell in cells[size * k : size * (k + 1)]))
        for k, number in enumerate(numbers)
    ]


def _cell(word: str) -> str | None:
    """A field as a digit or a dot; None for what is neither."""
    if word.casefold() in _NOTHING:
        return "."
    if _CELL.fullmatch(word):
        return word
    value = float(word) if _NUMBER.fullmatch(word) else None
    return str(int(value)) if value is not None and value.is_integer() and value < 100 else None


def _is_labels(words: Sequence[str]) -> bool:
    """Whether words count from 0, 1 or A, in that order."""
    found = [_LABELS.fullmatch(word) for word in words]
    if not all(found) or len(words) < _SIDES[0]:
        return False
    said = [match[1].upper() for match in found if match]
    if all(word.isdigit() for word in said):
        return [int(word) for word in said] in (
            list(range(len(said))),
            list(range(1, len(said) + 1)),
        )
    return said == [chr(ord("A") + k) for k in range(len(said))]
