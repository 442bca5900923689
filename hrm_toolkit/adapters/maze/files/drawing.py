"""A drawn maze: from the lines of a text to a puzzle, and the answer that is marked in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hrm_toolkit.adapters.grid import Cell, place, require_rectangle
from hrm_toolkit.adapters.maze.files.ends import Ends, put
from hrm_toolkit.adapters.maze.files.symbols import places_of, plain_rows
from hrm_toolkit.adapters.maze.files.trail import trail, whole_trail
from hrm_toolkit.adapters.maze.layout import Block, blocks, cells_of
from hrm_toolkit.adapters.maze.paper import filled, require_inside
from hrm_toolkit.adapters.maze.rules import LIMIT, MazeAnswer, MazePuzzle
from hrm_toolkit.core import InputError, OptionError, validate
from hrm_toolkit.core.files import Pair

MARKS_ENDS = "start and goal are for graphs and mazes that mark none, and this maze marks both"


@dataclass(frozen=True)
class Drawing:
    """A maze as drawn, in plain signs.

    Attributes:
        rows: of equal length over ``#``, ``.``, blank, ``S``, ``G`` and, on a marked path, ``o``.
        notes: what was assumed.
    """

    rows: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, block: Block, *, unit: str = "line") -> Drawing:
        """What the lines of one maze show.

        Raises:
            InputError: naming the line and column at fault, or the two ways to read it.
        """
        first = block.first
        if len(block.lines) > LIMIT:
            raise InputError(
                f"the grid has {len(block.lines):,} {unit}s", expected=f"at most {LIMIT:,}"
            )
        lines, gone, note = cells_of(block.lines, unit=unit)
        first += gone
        rows, notes = plain_rows(lines, unit=unit, first=first)
        if note is not None:
            notes.insert(0, note)
        rows, note = filled(rows, unit=unit, first=first)
        notes += [note] if note else []
        require_rectangle(rows, LIMIT, unit=unit, first=first)
        return cls(tuple(rows), tuple(notes))

    def pair(self, ends: Ends = Ends()) -> tuple[Pair, list[str]]:  # noqa: B008
        """The puzzle with the answer that is marked, and what was assumed of the ends.

        Args:
            ends: start and goal where the drawing marks none.

        Raises:
            InputError: where there is not one start and one goal.
        """
        rows = list(self.rows)
        notes: list[str] = []
        if ends:
            if ends.told and self.has("S") and self.has("G"):
                raise OptionError(MARKS_ENDS)
            rows, notes = put(rows, ends)
        elif not self.has("S") and not self.has("G"):
            raise no_ends(rows)
        answer = None
        if any(" " in row for row in rows):
            dots = dotted(rows)
            answer = MazeAnswer(path=dots) if dots else None
            require_inside([row.replace(".", " ") for row in rows] if dots else rows)
        puzzle = maze_of(rows)
        if any("o" in row for row in rows):
            answer = marked_path(puzzle, rows)
        return (puzzle, answer), notes

    def has(self, symbol: str) -> bool:
        """Whether a cell has this sign."""
        return any(symbol in row for row in self.rows)


_FLAT = 16
"""Cells of the smallest maze that is written as one line: 4 x 4."""


def maze_of(rows: Sequence[str]) -> MazePuzzle:
    """The puzzle of rows in plain signs, one character a cell; marks are open.

    Raises:
        InputError: where there is not one start and one goal.
    """
    plain = [row.replace("o", ".").replace(" ", ".") for row in rows]
    parted = len(plain) == 1 and re.search("S[^G]*#[^S]*G|G[^S]*#[^G]*S", plain[0])
    if parted and len(plain[0]) >= _FLAT:
        # Nobody draws so long a corridor with a wall in it: the line ends of a maze were lost.
        raise InputError(
            f"the maze is one line of {len(plain[0])} cells with walls between start and goal",
            expected="a row a line, or a square number of cells over '# SG'",
        )
    return validate(MazePuzzle, {"task": "maze", "grid": plain})


def drawings(text: str) -> list[Drawing]:
    """The mazes that are drawn in a text.

    Raises:
        InputError: naming line and column of the first fault.
    """
    return [Drawing.of(block) for block in blocks(text)]


def marked_path(puzzle: MazePuzzle, rows: Sequence[str]) -> MazeAnswer | None:
    """The path that ``o`` marks in a maze's own rows, as far as it can be followed.

    It may break off, and is then refuted; None where the marks are no path at all.
    """
    marks = {cell for sign in "ox" for cell in places_of(sign, rows)}
    start, goal = (places_of(symbol, puzzle.grid)[0] for symbol in "SG")
    found = trail(marks, start, goal)
    return None if found is None else MazeAnswer(path=tuple(found))


def dotted(rows: Sequence[str]) -> tuple[Cell, ...]:
    """The path from start to goal that dots mark where blanks are open cells; () if none."""
    if not any(" " in row for row in rows):
        return ()
    starts, goals = places_of("S", rows), places_of("G", rows)
    if len(starts) != 1 or len(goals) != 1:
        return ()
    return tuple(whole_trail(set(places_of(".", rows)), starts[0], goals[0]) or ())


def no_ends(rows: Sequence[str]) -> InputError:
    """The refusal of a maze that marks neither start nor goal, naming the gates it has."""
    gates = _gates(rows)
    found = "the maze has no start and no goal"
    if len(gates) == 2:
        (top, left), (bottom, right) = gates
        return InputError(
            f"{found}, but two gates, at {place(gates[0])} and {place(gates[1])}",
            expected="one S and one G",
            hint=f"name them: start {top},{left} and goal {bottom},{right} (--start, --goal: "
            "row,column from 0)",
        )
    return InputError(
        found,
        expected="one S and one G",
        hint="or name them by start and goal (--start ROW,COLUMN --goal ROW,COLUMN, from 0)",
    )


def _gates(rows: Sequence[str]) -> list[Cell]:
    """Open cells on the outer border."""
    height, width = len(rows), len(rows[0])
    border = {(r, c) for r in range(height) for c in (0, width - 1)}
    border |= {(r, c) for r in (0, height - 1) for c in range(width)}
    return sorted(cell for cell in border if rows[cell[0]][cell[1]] != "#")
