"""Start and goal that are said beside a maze: ``row,column`` in a grid, ``x,y`` on a map."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hrm_toolkit.adapters.grid import Cell, place
from hrm_toolkit.core import InputError, OptionError, ToolkitError
from hrm_toolkit.core.files import ReadOptions

START = ("start", "begin", "source", "from", "origin", "entrance", "start_pos", "start_position")
GOAL = ("goal", "end", "target", "to", "exit", "destination", "finish", "goal_pos", "end_pos")

_NUMBERS = re.compile(r"[\[(]?\s*(-?\d{1,9})(?:\s*[,;]\s*|\s+)(-?\d{1,9})\s*[\])]?")
_NAMED = re.compile(
    r"(x|row|r)\s*[=:]\s*(\d{1,9})(?:\s*[,;]\s*|\s+)(y|column|col|c)\s*[=:]\s*(\d{1,9})"
)


_SAID = re.compile(
    rf"\b({'|'.join((*START, *GOAL))})(?:\s+(?:is|at|cell|position|pos))*\s*[:=]?\s*"
    r"([\[(]?\s*-?\d{1,9}(?:\s*[,;]\s*|\s+)-?\d{1,9}\s*[\])]?)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Spot:
    """A cell as somebody wrote it.

    Attributes:
        one: the first number.
        other: the second.
        order: ``rc`` for row and column, ``xy`` for column and row, or "" where nobody said.
    """

    one: int
    other: int
    order: str = ""

    def cell(self, order: str = "rc") -> Cell:
        """Row and column; ``order`` where the writer said none."""
        xy = (self.order or order) == "xy"
        return (self.other, self.one) if xy else (self.one, self.other)


@dataclass(frozen=True)
class Ends:
    """Start and goal, where they are said.

    Attributes:
        start: where the path begins.
        goal: where it ends.
        told: whether the reader's caller says them, not the file.
        fault: what is wrong with a text for one of them, raised where it is needed: a maze that
            marks both has no use for any.
    """

    start: Spot | None = None
    goal: Spot | None = None
    told: bool = False
    fault: ToolkitError | None = None

    def __bool__(self) -> bool:
        return any(part is not None for part in (self.start, self.goal, self.fault))

    @classmethod
    def of_options(cls, options: ReadOptions, order: str = "") -> Ends:
        """Those of ``--start`` and ``--goal``."""
        start, goal = (
            None if text is None else _of_text(text) for text in (options.start, options.goal)
        )
        for name, text, spot in (("start", options.start, start), ("goal", options.goal, goal)):
            if text is not None and spot is None:
                expected = "X,Y on a MovingAI map" if order == "xy" else "ROW,COLUMN from 0"
                fault = OptionError(f"{name} names no cell of a maze", expected=expected, got=text)
                return cls(start, goal, True, fault)
        return cls(start, goal, not (start is None and goal is None))

    @classmethod
    def of_remarks(cls, lines: Sequence[str]) -> Ends:
        """Those that lines such as ``start: 0,0`` beside a drawing say.

        Raises:
            InputError: where they say two cells for one end.
        """
        found: dict[str, Spot] = {}
        for line in lines:
            for said in _SAID.finditer(line):
                name = "start" if said[1].lower() in START else "goal"
                cell = spot(said[2], name)
                if found.setdefault(name, cell) != cell:
                    raise InputError(f"the text says two cells as the {name}", got=line.strip())
        return cls(found.get("start"), found.get("goal"))

    def over(self, other: Ends) -> Ends:
        """These, and where there is none that of ``other``."""
        start, goal = self.start or other.start, self.goal or other.goal
        return Ends(start, goal, self.told, self.fault)

    def items(self) -> list[tuple[str, Spot]]:
        """Name and spot of those that are said.

        Raises:
            OptionError: for a text that names no cell.
        """
        if self.fault is not None:
            raise self.fault
        both = (("start", self.start), ("goal", self.goal))
        return [(name, spot) for name, spot in both if spot is not None]


def spot(value: Any, name: str) -> Spot:
    """A cell in a JSON value: ``[row, column]``, ``{"x": .., "y": ..}``, or such a text.

    Raises:
        InputError: for anything else.

    Example:
        >>> spot({"x": 3, "y": 1}, "start").cell()
        (1, 3)
    """
    found = None
    if isinstance(value, str):
        found = _of_text(value)
    elif isinstance(value, dict):
        found = _of_object({str(key).lower(): item for key, item in value.items()})
    elif isinstance(value, Sequence) and len(value) == 2 and all(map(_is_whole, value)):
        found = Spot(int(value[0]), int(value[1]))
    if found is None:
        raise InputError(
            f"the {name} is no cell",
            path=name,
            expected='[row, column] from 0, or {"x": column, "y": row}',
            got=value,
        )
    return found


def _of_object(value: dict[str, Any]) -> Spot | None:
    for names, order in (
        (("row", "column"), "rc"),
        (("row", "col"), "rc"),
        (("r", "c"), "rc"),
        (("x", "y"), "xy"),
    ):
        if set(value) == set(names) and all(map(_is_whole, value.values())):
            return Spot(int(value[names[0]]), int(value[names[1]]), order)
    return None


def _of_text(text: str) -> Spot | None:
    plain = _NUMBERS.fullmatch(text.strip())
    if plain:
        return Spot(int(plain[1]), int(plain[2]))
    named = _NAMED.fullmatch(text.strip().lower())
    if named is None or (named[1] == "x") != (named[3] == "y"):
        return None
    return Spot(int(named[2]), int(named[4]), "xy" if named[1] == "x" else "rc")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def put(rows: Sequence[str], ends: Ends, *, order: str = "") -> tuple[list[str], list[str]]:
    """Rows with ``S`` and ``G`` where ``ends`` say, and what was assumed.

    Args:
        rows: of equal length over ``#``, ``.``, ``S``, ``G`` and ``o``.
        order: ``xy`` where the form says so; else rows come first where a spot does not say.

    Raises:
        InputError: for a cell outside the maze or in a wall, for ends that contradict those
            that are marked, and for one cell as both.
    """
    found = list(rows)
    marked = {name: _marked(rows, symbol) for name, symbol in (("start", "S"), ("goal", "G"))}
    open_order = False
    for name, here in ends.items():
        symbol = "S" if name == "start" else "G"
        marks = marked[name]
        if marks:
            if marks[0] not in _ways(here, order) or len(marks) > 1:
                raise InputError(
                    f"the maze marks its {name} at {place(marks[0])}, and {name} says "
                    f"{place(here.cell(order or 'rc'))}",
                    hint="leave out one of the two",
                )
            continue
        row, column = _free(rows, here, name, order)
        open_order = open_order or not (here.order or order)
        line = found[row]
        if line[column] in "SG":
            raise InputError(f"start and goal are one cell, {place((row, column))}")
        found[row] = line[:column] + symbol + line[column + 1 :]
    notes = ["start and goal are read as row, column, counted from 0"] if open_order else []
    return found, notes


def _ways(spot: Spot, order: str) -> list[Cell]:
    """The cells that a spot may mean."""
    known = spot.order or order
    return [spot.cell(known)] if known else [spot.cell("rc"), spot.cell("xy")]


def _marked(rows: Sequence[str], symbol: str) -> list[Cell]:
    return [
        (r, c)
        for r, row in enumerate(rows)
        if symbol in row
        for c, sign in enumerate(row)
        if sign == symbol
    ]


def _free(rows: Sequence[str], spot: Spot, name: str, order: str) -> Cell:
    """The cell of a spot, which must be open."""
    known = order or "rc"
    cell = spot.cell(known)
    fault = _fault(rows, cell)
    if fault is None:
        return cell
    said = spot.order or known
    other = "xy" if said == "rc" else "rc"
    names = {"rc": "row,column", "xy": "x,y (column,row)"}
    turned = Spot(spot.one, spot.other, other).cell()
    hint = f"they are counted from 0 and read as {names[said]}"
    if not spot.order and _fault(rows, turned) is None:
        hint += f"; as {names[other]} it would be open: write {_rewritten(turned, said)}"
    raise InputError(f"the {name}, {place(cell)}, is {fault}", hint=hint)


def _rewritten(cell: Cell, order: str) -> str:
    row, column = cell
    return f"{column},{row}" if order == "xy" else f"{row},{column}"


def _fault(rows: Sequence[str], cell: Cell) -> str | None:
    row, column = cell
    if not (0 <= row < len(rows) and 0 <= column < len(rows[0])):
        return f"outside the {len(rows)}x{len(rows[0])} maze"
    return "a wall" if rows[row][column] == "#" else None
