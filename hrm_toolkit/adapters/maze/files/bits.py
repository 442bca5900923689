"""Mazes as grids of 0 and 1, in texts and in JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hrm_toolkit.adapters.grid import Cell, place, require_rectangle
from hrm_toolkit.adapters.maze.files.drawing import maze_of
from hrm_toolkit.adapters.maze.files.ends import Ends, Spot, put
from hrm_toolkit.adapters.maze.layout import blocks, is_remark
from hrm_toolkit.adapters.maze.rules import LIMIT, MazePuzzle, MazeRules
from hrm_toolkit.adapters.maze.sizes import numbers_of
from hrm_toolkit.core import InputError
from hrm_toolkit.core.files import MAYBE, NO, SURE, Claim, Loaded, Pair, ReadOptions, Sample

_ROW = re.compile(r"[\[(,\s]*([01SGEABsegab](?:[\s,;]*[01SGEABsegab])*)[\])\s,;]*")
_SIDES = (4, 6, 9, 16, 25)
_ENDS = {"S": "S", "s": "S", "A": "S", "a": "S"} | dict.fromkeys("GgEeBb", "G")
_ONE_IS_WALL = "1 is a wall and 0 is open"
_ZERO_IS_WALL = "start and goal stand on 1, so 1 is open and 0 is a wall"


def claims_bits(sample: Sample) -> Claim:
    """Sure of rows of 0 and 1 in which one number comes more often than a Sudoku allows."""
    if not may_be_sudoku(digits := _digits(sample.lines) or ["0"]) and coded_ends(digits):
        return SURE
    rows = _text_rows(sample.lines) or _below_size(sample.lines)
    if rows is None or len(rows) < 2 or len({len(row) for row in rows}) != 1:
        return NO
    width = len(rows[0])
    if width < 2 or not any("0" in row for row in rows) or not any("1" in row for row in rows):
        return NO
    return MAYBE if width <= 3 or may_be_sudoku(rows) else SURE


def coded_ends(rows: Sequence[str]) -> list[str]:
    """The two digits that stand once each among 0 and 1, and may be start and goal; [] if none.

    Example:
        >>> coded_ends(["1111", "1201", "1001", "1131"]), coded_ends(["0110", "0010"])
        (['2', '3'], [])
    """
    signs = "".join(rows)
    ends = sorted(set(signs) - set("01"))
    many = signs.count("0") > 2 and signs.count("1") > 2 and len(rows) > 2
    once = len(ends) == 2 and all(end.isdigit() and signs.count(end) == 1 for end in ends)
    return ends if many and once and len(set(map(len, rows))) == 1 else []


def refused_ends(ends: Sequence[str]) -> InputError:
    """The refusal of a grid whose start and goal are numbers."""
    return InputError(
        f"the grid holds 0 and 1, and {ends[0]} and {ends[1]} once each: which of these is the "
        "start, and which the goal, is not said",
        expected="S and G in their places, or 0 and 1 alone with start and goal named",
    )


def _digits(lines: Sequence[str]) -> list[str]:
    """Rows of single digits; [] where a line is none."""
    rows = [re.sub(r"[\s,;\[\]]", "", line) for line in lines]
    apart = all(re.fullmatch(r"[\[,;\s]*\d+|[\[,;\s]*\d(?:[\s,;]+\d)*[\],;\s]*", x) for x in lines)
    return rows if apart and all(row.isdigit() for row in rows) else []


def _text_rows(lines: Sequence[str]) -> list[str] | None:
    """Rows of ``0`` and ``1`` (and ends); None where a line is none, comments aside."""
    rows = []
    for line in lines:
        if line.lstrip().startswith("#") and is_remark(line):
            continue
        found = _ROW.fullmatch(line)
        if found is None:
            return None
        rows.append(re.sub(r"[\s,;]", "", found[1]))
    return rows


def _below_size(lines: Sequence[str]) -> list[str] | None:
    """Rows below their size, and maybe below two pairs of numbers; None where they are not so."""
    size = numbers_of(lines[0]) if lines else None
    if size is None or len(size) != 2:
        return None
    rows = _text_rows(lines[-size[0] :]) or []
    between = lines[1 : -size[0]]
    fits = len(rows) == size[0] and all(len(row) == size[1] for row in rows)
    return rows if fits and len(between) in (0, 2) and all(map(_is_pair, between)) else None


def _is_pair(line: str) -> bool:
    return len(numbers_of(line) or ()) == 2


def _require_no_pairs(text: str) -> None:
    """Refuse pairs of numbers between a size and its rows: ends from 0 or from 1, nobody knows."""
    lines = [line for line in text.splitlines() if line.strip()]
    rows = None if _text_rows(lines) else _below_size(lines)
    if rows is not None and len(lines) == 3 + len(rows):
        raise InputError(
            f'the lines "{lines[1].strip()}" and "{lines[2].strip()}" may be start and goal, '
            "counted from 0 or from 1",
            expected="the rows alone below the size",
            hint="delete them, and name the ends by start and goal (--start ROW,COLUMN "
            "--goal ROW,COLUMN, from 0)",
        )


def may_be_sudoku(rows: Sequence[str]) -> bool:
    """Whether rows of 0 and 1 may be a Sudoku with clues 1, or a list of such, one a line."""
    side = len(rows)
    if all(len(row) == side for row in rows) and side in _SIDES:
        columns = ["".join(column) for column in zip(*rows, strict=True)]
        return all(line.count("1") <= 1 for line in (*rows, *columns))
    return all(len(row) in [n * n for n in _SIDES] for row in rows) and all(
        row.count("1") ** 2 <= len(row) for row in rows
    )


def bits_of(value: Any) -> list[str] | None:
    """The rows of a JSON grid of 0 and 1, numbers or texts; None where it is none.

    Example:
        >>> bits_of([[0, 1], ["1", 0]]), bits_of(["01", "10"]), bits_of([[0, 2]])
        (['01', '10'], ['01', '10'], None)
    """
    if not isinstance(value, list) or not value:
        return None
    rows = []
    for row in value:
        if isinstance(row, str):
            cells = row
        elif isinstance(row, list) and all(type(c) is int or isinstance(c, str) for c in row):
            cells = "".join(str(c) if len(str(c)) == 1 else "?" for c in row)
        else:
            return None
        if not cells or set(cells) - set("01") - set(_ENDS):
            return None
        rows.append(cells)
    signs = set().union(*map(set, rows))
    return rows if "0" in signs or "1" in signs else None


def read_bits(text: str, options: ReadOptions) -> Loaded:
    """The mazes of a text of 0 and 1.

    Raises:
        InputError: where start and goal are not said, or what 0 and 1 mean stays open.
    """
    ends_said = coded_ends(_digits([line for line in text.splitlines() if line.strip()]))
    if ends_said:
        raise refused_ends(ends_said)
    _require_no_pairs(text)
    ends = Ends.of_options(options)
    pairs: list[Pair] = []
    notes: list[str] = []
    for block in blocks(text):
        rows = _text_rows([line for line in block.lines if line.strip()])
        if rows is None:
            raise InputError(f"line {block.first} begins no grid of 0 and 1")
        puzzle, more = bits_puzzle(rows, ends, unit="line", first=block.first)
        pairs.append((puzzle, None))
        notes += more
    return Loaded.of("maze of 0 and 1", pairs, notes)


def bits_puzzle(
    rows: Sequence[str], ends: Ends, *, unit: str = "row", first: int = 1
) -> tuple[MazePuzzle, list[str]]:
    """The maze of rows of 0 and 1, and what was assumed.

    Start and goal are letters in the rows or are said beside them. They are open, which tells
    what 1 and 0 are; where both are letters, 1 is a wall, as it mostly is.

    Raises:
        InputError: where start and goal are not known, stand on one 0 and one 1, or have a path
            only if 0 is the wall.
    """
    require_rectangle(rows, LIMIT, unit=unit, first=first)
    marked = _ends_of(rows)
    plain = ["".join(_ENDS.get(sign, sign) for sign in row) for row in rows]
    said = [name for name, _ in ends.items()]
    missing = [name for name in ("start", "goal") if not marked[name] and name not in said]
    if missing:
        raise InputError(
            f"this is a grid of 0 and 1 that marks no {' and no '.join(missing)}",
            hint="for a maze, name them by start and goal (--start ROW,COLUMN --goal ROW,COLUMN, "
            "from 0); a Sudoku has at most one 1 in a row, and the matrix of a graph is not read",
        )
    standing = {name: _under(plain, spot) for name, spot in ends.items() if not marked[name]}
    known = {sign for sign in standing.values() if sign is not None}
    if known == {"0", "1"}:
        raise _on_both(plain, ends)
    wall = "0" if known == {"1"} else "1"
    found, notes = put([_as_walls(row, wall) for row in plain], ends)
    notes.insert(0, _ONE_IS_WALL if wall == "1" else _ZERO_IS_WALL)
    puzzle = maze_of(found)
    if not known and MazeRules().diagnose(puzzle):
        other = maze_of([_as_walls(row, "0") for row in plain])
        if not MazeRules().diagnose(other):
            raise InputError(
                "a path leads from start to goal only if 0 is the wall, and mostly 1 is",
                hint="write walls as # and open cells as dots",
            )
    return puzzle, notes


def _ends_of(rows: Sequence[str]) -> dict[str, bool]:
    signs = {_ENDS[sign] for row in rows for sign in set(row) & set(_ENDS)}
    return {"start": "S" in signs, "goal": "G" in signs}


def _as_walls(row: str, wall: str) -> str:
    return row.replace(wall, "#").replace("1" if wall == "0" else "0", ".")


def _under(rows: Sequence[str], spot: Spot) -> str | None:
    """What stands at a spot; None outside."""
    row, column = spot.cell()
    inside = 0 <= row < len(rows) and 0 <= column < len(rows[0])
    return rows[row][column] if inside and rows[row][column] in "01" else None


def _on_both(rows: Sequence[str], ends: Ends) -> InputError:
    (_, start), (_, goal) = ends.items()
    cells: list[Cell] = [start.cell(), goal.cell()]
    hint = "they are counted from 0 and read as row,column"
    turned = [Spot(s.one, s.other, "xy") for s in (start, goal) if not s.order]
    if len(turned) == 2 and len({_under(rows, spot) for spot in turned} - {None}) == 1:
        pairs = [f"{row},{column}" for row, column in (spot.cell() for spot in turned)]
        hint += f"; were they meant as x,y: write {pairs[0]} and {pairs[1]}"
    values = [rows[row][column] for row, column in cells]
    return InputError(
        f"the start, {place(cells[0])}, stands on {values[0]} and the goal, {place(cells[1])}, "
        f"on {values[1]}",
        expected="both on open cells",
        hint=hint,
    )
