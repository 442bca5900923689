"""Answers to mazes as people and programs write them: pictures, moves, cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hrm_toolkit.adapters.grid import DIRECTIONS, Cell
from hrm_toolkit.adapters.maze.files.drawing import Drawing, dotted, drawings, maze_of
from hrm_toolkit.adapters.maze.files.ends import spot
from hrm_toolkit.adapters.maze.files.symbols import places_of
from hrm_toolkit.adapters.maze.files.tokens import PATH, path_of
from hrm_toolkit.adapters.maze.files.trail import trail
from hrm_toolkit.adapters.maze.rules import MazeAnswer, MazePuzzle
from hrm_toolkit.core import InputError, ToolkitError, validate

_FIELDS = ("path", "solution", "moves", "answer", "route", "solution_path", "shortest_path")
_BESIDE = frozenset(
    {"task", "cost", "length", "moves", "steps", "optimal", "solved", "valid", "found"}
    | {"start", "goal", "end", "time", "seconds", "explored", "expanded", "nodes", "notes"}
)
"""What may stand beside a path and says nothing of where it leads."""

_WAYS = {
    name: step
    for names, step in (
        ("north up n u \u2191 \u21e7 ^", "north"),
        ("south down s d \u2193 \u21e9 v", "south"),
        ("east right e r \u2192 \u21e8 >", "east"),
        ("west left w l \u2190 \u21e6 <", "west"),
    )
    for name in names.split()
}
_LETTERS = ("UDLR", "NESW", "^v<>", "\u2191\u2193\u2190\u2192", "\u21e7\u21e9\u21e8\u21e6")
_MOVES = re.compile(r"[\w^<>\u2190-\u2193\u21e6-\u21e9,;.\s\[\]\"'|/-]+")
_CELL = re.compile(r"[\[(]\s*(-?\d{1,9})\s*,\s*(-?\d{1,9})\s*,?\s*[\])]")
_BARE_CELL = re.compile(r"\s*(-?\d{1,9})(?:\s*[,;]\s*|\s+)(-?\d{1,9})\s*,?\s*")
_BETWEEN = re.compile(r"[\s,;\[\]()]*|\s*(->|=>|\u2192|-)\s*")
_LEAD = re.compile(r"\s*(the\s+)?(path|solution|answer|moves|route)\s*[:=]\s*", re.IGNORECASE)

EXPECTED = (
    "the maze with its path marked o, moves such as RRDD, or cells such as (0, 1) as row, column "
    "from 0"
)


def read_maze_answer(puzzle: MazePuzzle, text: str) -> MazeAnswer:
    """The answer that a text stands for: what ``solve`` prints, a picture, moves or cells.

    Raises:
        InputError: where it is no answer to this maze, or marks no path; nothing is refuted then.

    Example:
        >>> puzzle = MazePuzzle(grid=("S.", "#G"))
        >>> read_maze_answer(puzzle, "RD") == read_maze_answer(puzzle, "So\\n#G")
        True
    """
    if PATH in text:
        return path_of(text)
    height, width = puzzle.shape
    plain = text.strip("\r\n")
    if len(plain) == height * width and "\n" not in plain and height > 1:
        # Published sets write a maze as one string, row after row.
        text = "\n".join(plain[i : i + width] for i in range(0, len(plain), width))
    printed = _printed(puzzle, text)
    if printed is not None:
        return printed
    bare = _LEAD.sub("", text, count=1) if _LEAD.match(text) else text
    for read in (_moves, _cells):
        found = read(puzzle, bare)
        if found is not None:
            return found
    return _drawn(puzzle, text)


def answer_of(puzzle: MazePuzzle, value: Any) -> MazeAnswer:
    """The answer in a JSON value: cells, moves, a marked picture, or an object with one of these.

    Raises:
        InputError: as ``read_maze_answer``.

    Example:
        >>> puzzle = MazePuzzle(grid=("S.", "#G"))
        >>> answer_of(puzzle, {"moves": ["right", "down"], "cost": 2}).path
        ((0, 0), (0, 1), (1, 1))
    """
    if isinstance(value, MazeAnswer):
        return value
    if isinstance(value, dict):
        return _of_object(puzzle, value)
    if isinstance(value, str):
        return read_maze_answer(puzzle, value)
    if isinstance(value, list | tuple) and value:
        if len(value) == 1 and isinstance(value[0], list) and value[0] and _nested(value[0]):
            return answer_of(puzzle, value[0])
        if all(isinstance(item, str) for item in value):
            if all(item.strip().lower() in _WAYS for item in value) and len(value[0]) < 6:
                return _walked(puzzle, [_WAYS[item.strip().lower()] for item in value])
            return read_maze_answer(puzzle, "\n".join(value))
        if all(isinstance(item, list) and all(_is_sign(c) for c in item) for item in value):
            return read_maze_answer(puzzle, "\n".join(map("".join, value)))
        if all(isinstance(item, dict) for item in value):
            return MazeAnswer(path=tuple(spot(item, "path").cell() for item in value))
    found = validate(MazeAnswer, {"task": "maze", "path": value})
    if found.path:
        _require_rows_first(puzzle, found.path)
    return found


def _nested(value: list[Any]) -> bool:
    return all(isinstance(item, list | dict) for item in value)


def _is_sign(cell: Any) -> bool:
    return isinstance(cell, str) and len(cell) == 1


def _of_object(puzzle: MazePuzzle, value: dict[str, Any]) -> MazeAnswer:
    fields = {str(key).strip().lower(): item for key, item in value.items()}
    name = next((n for n in _FIELDS if isinstance(fields.get(n), list | tuple | str | dict)), None)
    strange = set(fields) - _BESIDE - {name}
    if name is None or strange or fields.get("task", "maze") != "maze":
        # The model says which field it lacks or does not know.
        return validate(MazeAnswer, {"task": "maze", **value})
    return answer_of(puzzle, fields[name])


def _printed(puzzle: MazePuzzle, text: str) -> MazeAnswer | None:
    """The path in the picture that ``solve`` prints: alone, under the puzzle, or beside it."""
    if re.search(r"^\.\.\. the first \d+ of ", text, re.MULTILINE):
        raise InputError(
            "this picture of the maze is cut off", hint="solve --json writes the whole answer"
        )
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    height, width = puzzle.shape
    found: list[MazeAnswer] = []
    shown = False
    fits = [_shown(line, puzzle.grid[0], width) is not None for line in lines]
    for at in range(len(lines) - height + 1):
        if not fits[at]:
            continue
        rows = [
            _shown(line, own, width)
            for line, own in zip(lines[at : at + height], puzzle.grid, strict=True)
        ]
        whole = [row for row in rows if row is not None]
        if len(whole) == height:
            shown = True
            path = _marked(puzzle, whole)
            if path is not None and path not in found:
                found.append(path)
    if len(found) > 1:
        raise InputError(f"the text shows {len(found)} answers to this maze", expected="one")
    if shown and not found:
        raise InputError("no cell of this maze is marked as path", expected=EXPECTED)
    return found[0] if found else None


def _shown(line: str, own: str, width: int) -> str | None:
    """The row that a line shows at its end, maybe after the puzzle's own row; None if none."""
    drawn = line.rstrip()
    row, before = drawn[-width:], drawn[:-width]
    if before.strip() not in ("", own) or len(row) != width:
        return None
    if row == own or all(
        a in (b, "o") or (a == "x" and b == "#") for a, b in zip(row, own, strict=True)
    ):
        return row
    return None


def _marked(puzzle: MazePuzzle, rows: Sequence[str]) -> MazeAnswer | None:
    """The path marked in rows of this maze; None where nothing is marked and no path is so short.

    Raises:
        InputError: for marks that are no path.
    """
    marks = {cell for sign in "ox" for cell in places_of(sign, rows)}
    start, goal = (places_of(symbol, puzzle.grid)[0] for symbol in "SG")
    found = trail(marks, start, goal)
    if found is not None:
        return MazeAnswer(path=tuple(found))
    if not marks:
        return None
    raise InputError(
        "the marked cells are no path: they lie in pieces, or branch",
        expected="a chain of cells from S to G",
    )


def _moves(puzzle: MazePuzzle, text: str) -> MazeAnswer | None:
    """The cells that moves lead over; None where the text is no list of moves."""
    if not _MOVES.fullmatch(text):
        return None
    # An arrow between two letters parts them, and is no move; "v" is itself one.
    text = re.sub(r"(?<=[^\W\d_vV])\s*(?:[-=]*>|\u2192)\s*(?=[^\W\d_vV])", " ", text)
    words = re.findall(r"[^\W\d_]+|[\^<>]|[\u2190-\u2193\u21e6-\u21e9]", text)
    if not words or re.search(r"\d", text):
        return None
    long = [word.lower() for word in words]
    if all(word in _WAYS for word in long) and _one_alphabet(long):
        return _walked(puzzle, [_WAYS[word] for word in long])
    joined = "".join(words)
    for letters in _LETTERS:
        if set(joined) <= set(letters) or set(joined) <= set(letters.lower()):
            return _walked(puzzle, [_WAYS[sign.lower()] for sign in joined])
    return None


def _one_alphabet(words: Sequence[str]) -> bool:
    """Whether single letters are all of one alphabet: N E S W, or U D L R."""
    letters = {word for word in words if len(word) == 1 and word.isalpha()} - {"v"}
    return letters <= set("nesw") or letters <= set("udlr")


def _walked(puzzle: MazePuzzle, steps: Sequence[str]) -> MazeAnswer:
    row, column = places_of("S", puzzle.grid)[0]
    path = [(row, column)]
    for step in steps:
        down, right = DIRECTIONS[step]
        row, column = row + down, column + right
        path.append((row, column))
    return validate(MazeAnswer, {"task": "maze", "path": path})


def _cells(puzzle: MazePuzzle, text: str) -> MazeAnswer | None:
    """Cells as ``(0, 1) (0, 2)`` or a pair a line; None where the text is no list of cells.

    Raises:
        InputError: for cells that lead from start to goal if they are x, y or counted from 1.
    """
    rest = _CELL.sub(";", text)
    found = [(int(a), int(b)) for a, b in _CELL.findall(text)]
    if found and not all(_BETWEEN.fullmatch(part) for part in rest.split(";")):
        return None
    if not found:
        lines = [line for line in text.splitlines() if line.strip()]
        pairs = [_BARE_CELL.fullmatch(line) for line in lines]
        found = [(int(pair[1]), int(pair[2])) for pair in pairs if pair is not None]
        if not found or len(found) != len(lines):
            return None
    _require_rows_first(puzzle, found)
    return validate(MazeAnswer, {"task": "maze", "path": found})


def _require_rows_first(puzzle: MazePuzzle, path: Sequence[Cell]) -> None:
    start, goal = (places_of(symbol, puzzle.grid)[0] for symbol in "SG")
    ends = (path[0], path[-1])
    if ends == (start, goal):
        return
    others = {
        "x, y": (start[::-1], goal[::-1]),
        "row, column from 1": tuple((r + 1, c + 1) for r, c in (start, goal)),
        "x, y from 1": tuple((c + 1, r + 1) for r, c in (start, goal)),
    }
    for name, meant in others.items():
        if ends == meant:
            raise InputError(
                f"these cells lead from start to goal if they are {name}",
                expected="row, column, counted from 0",
            )


def _drawn(puzzle: MazePuzzle, text: str) -> MazeAnswer:
    """The path in a picture in other signs than ours.

    Raises:
        InputError: where the text is no picture, of another maze, or of no path.
    """
    try:
        shown = drawings(text)
    except ToolkitError as error:
        if "\n" in text.strip() and set("#\u2588") & set(text):
            raise
        raise InputError(
            "this is no answer to a maze", expected=EXPECTED, got=text.strip()
        ) from error
    for drawing in shown:
        rows = drawing.rows
        if (len(rows), len(rows[0])) == puzzle.shape and _is_of(puzzle, drawing):
            dots = dotted(rows)
            found = MazeAnswer(path=dots) if dots else _marked(puzzle, rows)
            if found is None:
                raise InputError("no cell of this maze is marked as path", expected=EXPECTED)
            return found
    if shown[0].has("#") or shown[0].has("S"):
        raise InputError("the marked maze is another one", expected="the puzzle's own cells")
    raise InputError("this is no answer to a maze", expected=EXPECTED, got=text.strip())


def _is_of(puzzle: MazePuzzle, drawing: Drawing) -> bool:
    """Whether a drawing is of this maze; a mark may stand on a wall and is then refuted."""
    rows = [
        "".join(own if shown == "o" else shown for shown, own in zip(row, line, strict=True))
        for row, line in zip(drawing.rows, puzzle.grid, strict=True)
    ]
    try:
        return maze_of(rows).grid == puzzle.grid
    except InputError:
        return False
