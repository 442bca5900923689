"""Rows of tokens as maze-dataset writes mazes for language models.

``<ADJLIST_START> (0,0) <--> (0,1) ; ... <ADJLIST_END> <ORIGIN_START> (0,0) <ORIGIN_END>
<TARGET_START> (1,1) <TARGET_END> <PATH_START> (0,0) ... <PATH_END>``. Cells of its lattice are
every other cell of ours, those between are the passages.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from hrm_toolkit.adapters.grid import Cell
from hrm_toolkit.adapters.maze.files.drawing import maze_of
from hrm_toolkit.adapters.maze.rules import LIMIT, MazeAnswer, MazePuzzle
from hrm_toolkit.core import InputError, validate
from hrm_toolkit.core.files import NO, SURE, Claim, Loaded, Pair, ReadOptions, Sample, placed

_CELL = r"\(\s*(\d{1,4})\s*,\s*(\d{1,4})\s*\)"
_ONE = re.compile(_CELL)
_EDGE = re.compile(rf"\s*{_CELL}\s*<-->\s*{_CELL}\s*;?")
_PARTS = ("ADJLIST", "ORIGIN", "TARGET", "PATH")
PATH = "<PATH_START>"


def claims_tokens(sample: Sample) -> Claim:
    """Sure of a text whose lines begin as these rows do."""
    return SURE if sample.first.startswith("<ADJLIST_START>") else NO


def read_tokens(text: str, options: ReadOptions) -> Loaded:
    """The mazes of rows of tokens, one a line, with their paths where they have them.

    Raises:
        InputError: naming the line and the token at fault.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    pairs = [placed(f"line {number}", _pair, line) for number, line in enumerate(lines, 1)]
    return Loaded.of("mazes in tokens of maze-dataset", pairs)


def path_of(text: str) -> MazeAnswer:
    """The path of a row of tokens, as cells of our grid.

    Raises:
        InputError: where there is none.

    Example:
        >>> path_of("<PATH_START> (0,0) (0,1) <PATH_END>").path
        ((0, 0), (0, 1), (0, 2))
    """
    path = _cells(_between(text, "PATH") or "", "PATH")
    if not path:
        raise InputError(
            "there is no path in these tokens", expected=f"{PATH} (0,0) ... <PATH_END>"
        )
    return validate(MazeAnswer, {"task": "maze", "path": [*_threaded(path)]})


def _pair(line: str) -> Pair:
    said = {part: _between(line, part) for part in _PARTS}
    for part in _PARTS[:3]:
        if said[part] is None:
            raise InputError(f"there is no <{part}_START> ... <{part}_END>")
    edges, left = list[tuple[Cell, Cell]](), _EDGE.sub("", said["ADJLIST"] or "").strip()
    if left:
        raise InputError(
            f'"{left.split()[0]}" is not read in a list of neighbours',
            expected="(0,0) <--> (0,1) ;",
        )
    for a, b, c, d in _EDGE.findall(said["ADJLIST"] or ""):
        edges.append(((int(a), int(b)), (int(c), int(d))))
    ends = [_cells(said[part] or "", part) for part in ("ORIGIN", "TARGET")]
    if any(len(end) != 1 for end in ends):
        raise InputError("there is not one start and one goal", expected="one cell each")
    (start,), (goal,) = ends
    puzzle = _maze(edges, start, goal)
    return puzzle, path_of(line) if said["PATH"] is not None else None


def _between(text: str, part: str) -> str | None:
    found = re.search(rf"<{part}_START>(.*?)<{part}_END>", text, re.DOTALL)
    return None if found is None else found[1]


def _cells(text: str, part: str) -> list[Cell]:
    left = _ONE.sub("", text).strip()
    if left:
        raise InputError(f'"{left.split()[0]}" is no cell', path=part, expected="(0,0) (0,1)")
    return [(int(row), int(column)) for row, column in _ONE.findall(text)]


def _maze(edges: list[tuple[Cell, Cell]], start: Cell, goal: Cell) -> MazePuzzle:
    known = [start, goal, *(cell for edge in edges for cell in edge)]
    # Neighbours of cells that are closed off are not listed: their rows may be missing.
    height, width = (max(cell[axis] for cell in known) * 2 + 1 for axis in (0, 1))
    if max(height, width) > LIMIT:
        raise InputError(f"the maze is {height}x{width}", expected=f"at most {LIMIT} a side")
    rows = [["#"] * width for _ in range(height)]
    for row, column in known:
        rows[row * 2][column * 2] = "."
    for (a, b), (c, d) in edges:
        if abs(a - c) + abs(b - d) != 1:
            raise InputError(f"({a},{b}) and ({c},{d}) are no neighbours on a grid")
        rows[a + c][b + d] = "."
    for (row, column), sign in ((start, "S"), (goal, "G")):
        rows[row * 2][column * 2] = sign
    return maze_of(["".join(row) for row in rows])


def _threaded(path: list[Cell]) -> Iterable[Cell]:
    """Cells of a lattice with those between, of our grid."""
    for (a, b), (c, d) in itertools.pairwise(path):
        yield (a * 2, b * 2)
        yield (a + c, b + d)
    yield (path[-1][0] * 2, path[-1][1] * 2)
