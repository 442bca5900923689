"""Mazes of walls between cells, drawn with posts: micromouse files and their kin.

    +---+---+      o---o---o
    | S   G |      | S   G |
    +---+---+      o---o---o

Each cell, each place of a wall and each post becomes one cell of the maze, so that a move from
cell to cell is two moves.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from hrm_toolkit.adapters.grid import Cell, place
from hrm_toolkit.adapters.maze.files.drawing import maze_of, no_ends
from hrm_toolkit.adapters.maze.files.ends import Ends, put
from hrm_toolkit.adapters.maze.layout import blocks, dedent
from hrm_toolkit.adapters.maze.rules import LIMIT, MazePuzzle
from hrm_toolkit.core import InputError
from hrm_toolkit.core.files import MAYBE, NO, SURE, Claim, Loaded, Pair, ReadOptions, Sample

TWO = "walls lie between the cells here: a move from cell to cell counts as two"
_POSTS = re.compile(r"([o+])(?:([-=_ ])\2*\1)+")
_STARTS, _GOALS = "Ss", "GgEe"


def claims_posts(sample: Sample) -> Claim:
    """Sure of lines with posts in one distance, and lines with ``|`` between them."""
    lines = [line.strip() for line in sample.lines]
    rows = [line for line in lines if _period(line) is not None]
    walls = [line for line in lines if "|" in line and "--" not in line]
    if len(rows) < 2 or not walls or len(rows) + len(walls) < 0.8 * len(lines):
        return NO
    if any(set("0123456789") & set(line) for line in lines):
        # Boxed Sudokus have frames of the same signs, and digits in them.
        return NO
    return SURE if set("".join(walls)) <= set("| \t" + _STARTS + _GOALS) else MAYBE


def read_posts(text: str, options: ReadOptions) -> Loaded:
    """The mazes of a text, drawn with posts.

    Raises:
        InputError: naming the line at fault.
    """
    ends = Ends.of_options(options)
    pairs: list[Pair] = []
    notes = [TWO]
    for block in blocks(text):
        rows = _expanded(dedent(block.lines)[0], block.first)
        puzzle, more = _puzzle(rows, ends)
        pairs.append((puzzle, None))
        notes += more
    return Loaded.of("maze of posts and walls", pairs, notes)


def _period(line: str) -> int | None:
    """The distance of the posts in a line of posts; None for another line."""
    if not _POSTS.match(line) or set(line) - set(line[0] + "-=_ "):
        return None
    posts = [at for at, sign in enumerate(line) if sign == line[0]]
    gaps = {after - before for before, after in itertools.pairwise(posts)}
    return gaps.pop() if len(gaps) == 1 and posts[0] == 0 and min(gaps or {0}) >= 2 else None


def _expanded(lines: Sequence[str], first: int) -> list[str]:
    """Rows of cells, walls and posts over ``#``, ``.``, ``S``, ``G``."""
    period = _period(lines[0].rstrip())
    width = len(lines[0].rstrip())
    if period is None or len(lines) % 2 == 0:
        raise InputError(
            f"line {first} begins no maze of posts and walls, or a line is missing",
            expected="lines of posts, such as +---+---+, and of walls, such as |   | S |, in turn",
        )
    if max(len(lines), 2 * (width // period) + 1) > LIMIT:
        raise InputError("the maze is too large", expected=f"at most {LIMIT // 2:,} cells a side")
    rows = []
    for number, line in enumerate(lines, first):
        drawn = line.rstrip().ljust(width)
        fault = InputError(
            f"line {number} is no line of posts or walls of this maze", got=line.strip()
        )
        if len(drawn) > width:
            raise fault
        if (number - first) % 2 == 0:
            rows.append(_post_row(drawn, period, lines[0][0], fault))
        else:
            rows.append(_cell_row(drawn, period, fault))
    return rows


def _post_row(line: str, period: int, post: str, fault: InputError) -> str:
    """``o---o   o`` as ``###.#``."""
    signs = []
    for at in range(0, len(line), period):
        if line[at] != post:
            raise fault
        wall = line[at + 1 : at + period]
        if wall and len(set(wall)) > 1:
            raise fault
        signs += ["#", *("." if not wall.strip() else "#" for _ in wall[:1])]
    return "".join(signs)


def _cell_row(line: str, period: int, fault: InputError) -> str:
    """``|   | G |`` as ``#.#G#``."""
    signs = []
    for at in range(0, len(line), period):
        if line[at] not in "| ":
            raise fault
        inside = line[at + 1 : at + period].strip()
        if len(inside) > 1 or inside not in (*_STARTS, *_GOALS, ""):
            raise fault
        sign = "S" if inside and inside in _STARTS else "G" if inside else "."
        signs += ["#" if line[at] == "|" else ".", *([sign] if at + 1 < len(line) else [])]
    return "".join(signs)


def _puzzle(rows: list[str], ends: Ends) -> tuple[MazePuzzle, list[str]]:
    goals = [(r, c) for r, row in enumerate(rows) for c, sign in enumerate(row) if sign == "G"]
    notes: list[str] = []
    if len(goals) > 1:
        goal = _first_reached(rows, goals)
        notes.append(
            f"the {len(goals)} goals are one room with one way in; the goal is behind it, at "
            f"{place(goal)}"
        )
        rows = [row.replace("G", ".") for row in rows]
        row, column = goal
        rows[row] = rows[row][:column] + "G" + rows[row][column + 1 :]
    if ends:
        rows, more = put(rows, ends)
        notes += more
    elif not goals and not any("S" in row for row in rows):
        raise no_ends(rows)
    return maze_of(rows), notes


def _first_reached(rows: Sequence[str], goals: list[Cell]) -> Cell:
    """The goal that every path to a goal comes to first.

    Raises:
        InputError: where the goals are no room with one way in.
    """
    ways = []
    for row, column in goals:
        for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            beyond = (row + 2 * down, column + 2 * right)
            inside = 0 <= beyond[0] < len(rows) and 0 <= beyond[1] < len(rows[0])
            if inside and rows[row + down][column + right] != "#" and beyond not in goals:
                ways.append((row, column))
    if len(ways) != 1:
        raise InputError(
            f"the maze has {len(goals)} goals with {len(ways)} ways into them",
            expected="one goal, or a room of goals with one way in",
            hint="keep the G that is meant and leave the others out",
        )
    return ways[0]
