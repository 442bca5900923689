"""What the signs of a drawn maze stand for: walls, open cells, ends, a path that is marked.

The signs differ from one program to the next, and most have two meanings somewhere: ``*`` is a
wall here and a path there. Each is taken for what only it can be in this drawing, or refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hrm_toolkit.adapters.grid import Cell
from hrm_toolkit.adapters.maze.files.trail import are_remains, whole_trail
from hrm_toolkit.core import InputError

BLOCKS = "\u2588\u2593\u2592\u2591\u25a0\u25fc\u2b1b\u2587\u2586\u25a9\u25aa"
"""Solid signs that are walls."""

LINES = frozenset(map(chr, range(0x2500, 0x2580)))
"""Box drawing: walls as lines between cells."""

SIGNS = frozenset("#. SEGosegABabFfXx*+\u00b7_-" + BLOCKS)
"""Signs that a drawn maze may have."""

_OTHER_WALLS = "*Xx+"
_PATHS = "X+*\u2022"
_ENDS = {
    "S": ("S", "s"),
    "G": ("G", "g", "E", "e", "F", "f"),
}
_LETTERS = (("A", "B"), ("a", "b"))
_OPEN = ("\u00b7", "_", "-")


def plain_rows(rows: Sequence[str], *, unit: str, first: int) -> tuple[list[str], list[str]]:
    """A drawing over ``#``, ``.``, blank, ``S``, ``G``, ``o``; and what was assumed.

    Args:
        rows: as drawn, one character a cell; they may differ in length.
        unit: what a row is called in an error.
        first: the number of the first row.

    Raises:
        InputError: naming a sign that may mean two things, or none, and where it stands.

    Example:
        >>> plain_rows(["*****", "*s e*", "*****"], unit="line", first=1)
        (['#####', '#S G#', '#####'], ['"*" is a wall'])
    """
    signs = set().union(*map(set, rows)) if rows else set()
    if signs <= set("#. SGo"):
        return list(rows), []
    notes: list[str] = []
    meaning = _ends(signs, notes)
    wall = _wall(signs, rows, meaning, notes)
    if wall is not None:
        meaning[wall] = "#"
    meaning |= _open(signs - set(meaning), notes)
    left = signs - set(meaning) - set("#. SGo")
    if wall is not None or "#" in signs:
        meaning |= _path(left, rows, meaning, notes)
    unknown = left - set(meaning)
    if unknown:
        raise _unknown(unknown, rows, unit, first)
    table = str.maketrans(meaning)
    return [row.translate(table) for row in rows], notes


def _ends(signs: set[str], notes: list[str]) -> dict[str, str]:
    """The letters of start and goal."""
    found: dict[str, str] = {}
    for symbol, letters in _ENDS.items():
        here = [letter for letter in letters if letter in signs]
        if len(here) == 1:
            found[here[0]] = symbol
        elif symbol == "G" and {"E", "G"} >= set(here):
            found |= dict.fromkeys(here, "G")
    if "S" not in found.values() and not signs & set("GgEe"):
        for one, other in _LETTERS:
            if {one, other} <= signs:
                notes.append(f'"{one}" is the start and "{other}" the goal')
                return {one: "S", other: "G"}
    return found


def _wall(
    signs: set[str], rows: Sequence[str], meaning: dict[str, str], notes: list[str]
) -> str | None:
    """The sign of walls, where it is not ``#``."""
    solid = sorted(signs & set(BLOCKS))
    if len(solid) + ("#" in signs) > 1:
        both = [*(["#"] if "#" in signs else []), *solid]
        raise InputError(
            f'"{both[0]}" and "{both[1]}" may both be walls, or one of them open ground',
            hint="write walls as # and open cells as dots",
        )
    if solid:
        return solid[0]
    if "#" in signs:
        return None
    others = [sign for sign in _OTHER_WALLS if sign in signs and sign not in meaning]
    if len(others) != 1:
        return None
    (wall,) = others
    if _trail_of(wall, rows, meaning) is not None:
        raise InputError(
            f'"{wall}" may be a wall, or mark the path through a maze without walls',
            hint="write walls as # and a path as o",
        )
    notes.append(f'"{wall}" is a wall')
    return wall


def _open(signs: set[str], notes: list[str]) -> dict[str, str]:
    """A sign of open cells, where neither dots nor blanks are."""
    found = [sign for sign in _OPEN if sign in signs]
    if "\u00b7" in found:
        return {"\u00b7": "."}
    if len(found) != 1 or signs & set(". "):
        return {}
    notes.append(f'"{found[0]}" is an open cell')
    return {found[0]: "."}


def _path(
    signs: set[str], rows: Sequence[str], meaning: dict[str, str], notes: list[str]
) -> dict[str, str]:
    """The one sign that marks a path from start to goal, or what is left of one."""
    marks = [sign for sign in _PATHS if sign in signs]
    if len(marks) != 1 or any("o" in row for row in rows):
        return {}
    (mark,) = marks
    ends = _ends_of(rows, meaning)
    if ends is None:
        return {}
    cells = set(places_of(mark, rows))
    if whole_trail(cells, *ends) is not None:
        notes.append(f'"{mark}" marks the path')
    elif are_remains(cells, *ends):
        notes.append(f'"{mark}" marks a path, which breaks off')
    else:
        return {}
    return {mark: "o"}


def _trail_of(sign: str, rows: Sequence[str], meaning: dict[str, str]) -> list[Cell] | None:
    """The path from start to goal along all cells of a sign, and none else."""
    ends = _ends_of(rows, meaning)
    return None if ends is None else whole_trail(set(places_of(sign, rows)), *ends)


def _ends_of(rows: Sequence[str], meaning: dict[str, str]) -> tuple[Cell, Cell] | None:
    """Start and goal, where there is one of each."""
    names = {"S": "S", "G": "G"} | meaning
    ends = {
        symbol: [
            cell for name, of in names.items() if of == symbol for cell in places_of(name, rows)
        ]
        for symbol in "SG"
    }
    if [len(cells) for cells in ends.values()] != [1, 1]:
        return None
    return ends["S"][0], ends["G"][0]


def places_of(sign: str, rows: Iterable[str]) -> list[Cell]:
    """Row and column of each cell with this sign.

    Example:
        >>> places_of("o", ["So", "oG"])
        [(0, 1), (1, 0)]
    """
    return [
        (r, c) for r, row in enumerate(rows) if sign in row for c, s in enumerate(row) if s == sign
    ]


def _unknown(unknown: set[str], rows: Sequence[str], unit: str, first: int) -> InputError:
    row, column = next(
        (r, c) for r, row in enumerate(rows) for c, sign in enumerate(row) if sign in unknown
    )
    sign = rows[row][column]
    hint = None
    if sign in "@TWO":
        hint = (
            "@, T, W and O are signs of MovingAI maps, which begin with the lines type, height, "
            "width and map: where these were cut off, put them back"
        )
    elif sign in LINES or sign in "|":
        hint = "mazes of lines between cells are read where posts are + or o and walls - and |"
    elif sign in _PATHS:
        hint = "it marks no path from S to G, as o would"
    return InputError(
        f"{unit} {first + row} column {column + 1} has {sign!r}",
        expected="one of # . space S E G o",
        hint=hint,
    )
