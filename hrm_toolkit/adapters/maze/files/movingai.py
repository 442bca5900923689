"""Maps and scenarios of the MovingAI benchmarks: ``.map`` and ``.scen``.

The format is told at https://movingai.com/benchmarks/formats.html. Its paths move in eight
directions, ours in four, so lengths told in a ``.scen`` file are not those of our answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from hrm_toolkit.adapters.grid import place, require_rectangle
from hrm_toolkit.adapters.maze.files.ends import Ends, put
from hrm_toolkit.adapters.maze.rules import LIMIT, MazePuzzle
from hrm_toolkit.core import InputError
from hrm_toolkit.core.files import NO, SURE, Claim, Loaded, ReadOptions, Sample, no, placed

FOUR = (
    "moves go north, south, east and west; the lengths that MovingAI tells are of paths that "
    "move diagonally too"
)
_TERRAIN = {".": ".", "G": ".", "S": ".", "@": "#", "O": "#", "T": "#", "W": "#"}
_TABLE = str.maketrans(_TERRAIN)
_HEAD = re.compile(r"type\s+\w+\s*")
_SIZE = re.compile(r"(height|width)\s+(\d{1,7})\s*")
_VERSION = re.compile(r"version\s+1(\.0)?\s*")
_SHARE = 0.95


def claims_map(sample: Sample) -> Claim:
    """Sure of the first line ``type octile``."""
    if len(sample.lines) > 2 and _HEAD.fullmatch(sample.first) and _SIZE.match(sample.lines[1]):
        return SURE
    if sample.suffix == ".map" or _is_headless(sample):
        return no("a map begins with the lines type, height, width and map")
    return NO


def _is_headless(sample: Sample) -> bool:
    """Whether a text may be the rows of a map whose header was cut off."""
    signs = [sum(line.count(sign) for line in sample.lines) for sign in _TERRAIN]
    size = sum(map(len, sample.lines))
    return sum(signs) > _SHARE * size and any("@" in line or "T" in line for line in sample.lines)


def claims_scenarios(sample: Sample) -> Claim:
    """Sure of the first line ``version 1`` before lines of nine fields."""
    if not _VERSION.fullmatch(sample.first):
        return NO
    fields = sample.lines[1].split("\t") if len(sample.lines) > 1 else []
    return SURE if len(fields) == 9 or sample.suffix == ".scen" else NO


def read_map(text: str, options: ReadOptions) -> Loaded:
    """The one puzzle of a map, with start and goal as the options say them: ``x,y``.

    Raises:
        InputError: naming the line at fault, or that start and goal are not said.
    """
    rows = map_rows(text)
    ends = Ends.of_options(options, "xy")
    if len(ends.items()) < 2:
        raise InputError(
            "a MovingAI map marks no start and goal (S is swamp and G is ground there)",
            hint="say both, --start X,Y --goal X,Y (column, row, from 0), or read its .scen file",
        )
    found, _ = put(rows, ends, order="xy")
    return Loaded.of("MovingAI map", [(_trusted(found), None)], [FOUR])


def map_rows(text: str) -> list[str]:
    """A map's rows over ``#`` and ``.``: ground and swamp are open, water is not entered.

    Raises:
        InputError: where header and rows differ, or a sign is unknown.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    while lines and not lines[-1].strip():
        lines.pop()
    head = [line.strip() for line in lines[:4]]
    sizes = {found[1]: int(found[2]) for line in head[1:3] if (found := _SIZE.fullmatch(line))}
    if len(sizes) != 2 or head[3:] != ["map"] or not _HEAD.fullmatch(head[0]):
        raise InputError(
            "this is no head of a MovingAI map",
            expected="the lines type octile, height N, width N, map",
            got=" / ".join(head),
        )
    rows = lines[4:]
    if len(rows) != sizes["height"]:
        raise InputError(f"the map has {len(rows):,} rows", expected=f"{sizes['height']:,}")
    require_rectangle(rows, LIMIT, unit="line", first=5)
    if len(rows[0]) != sizes["width"]:
        raise InputError(f"the map has {len(rows[0]):,} columns", expected=f"{sizes['width']:,}")
    unknown = set().union(*map(set, rows)) - set(_TERRAIN)
    if unknown:
        row, column = next(
            (r, c) for r, line in enumerate(rows) for c, sign in enumerate(line) if sign in unknown
        )
        raise InputError(
            f"line {row + 5} column {column + 1} has {rows[row][column]!r}",
            expected="one of . G S @ O T W",
        )
    return [row.translate(_TABLE) for row in rows]


def read_scenarios(text: str, options: ReadOptions) -> Loaded:
    """Every scenario as a puzzle; its map is looked for beside the file.

    Raises:
        InputError: naming the line at fault, or the map that is not there.
    """
    notes = [FOUR]
    puzzles: list[MazePuzzle] = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines()[1:], 2):
        if not line.strip():
            continue
        puzzle = placed(f"line {number}", _scenario, line, options.path)
        if puzzle is None:
            notes.append(f"line {number} is left out: its start is its goal")
        else:
            puzzles.append(puzzle)
    if not puzzles:
        raise InputError("the file holds no scenario", expected="a scenario a line")
    return Loaded.of("MovingAI scenarios", [(puzzle, None) for puzzle in puzzles], notes)


def _scenario(line: str, path: Path | None) -> MazePuzzle | None:
    """The puzzle of one line; None where start and goal are one cell."""
    fields = line.split("\t") if "\t" in line else line.split()
    numbers = fields[2:8]
    if len(fields) != 9 or not all(f.isascii() and f.isdigit() and len(f) < 8 for f in numbers):
        raise InputError(
            "this is no scenario",
            expected="bucket, map, width, height, start x, y, goal x, y, length, after tabs",
            got=line,
        )
    width, height, *ends = map(int, numbers)
    rows = _map_beside(fields[1], path)
    if (len(rows), len(rows[0])) != (height, width):
        raise InputError(
            f"the map {fields[1]} is {len(rows[0])} wide and {len(rows)} high",
            expected=f"{width} and {height}, as the scenario says",
        )
    if ends[:2] == ends[2:]:
        return None
    found = list(rows)
    for name, symbol, (column, row) in (("start", "S", ends[:2]), ("goal", "G", ends[2:])):
        if not (row < height and column < width) or found[row][column] == "#":
            where = "no open cell of the map"
            raise InputError(f"the {name}, x {column} y {row} ({place((row, column))}), is {where}")
        found[row] = found[row][:column] + symbol + found[row][column + 1 :]
    return _trusted(found)


def _map_beside(name: str, path: Path | None) -> tuple[str, ...]:
    if path is None:
        raise InputError(
            f'the map "{name}" is looked for beside the .scen file',
            hint="give the file by its path, not its content",
        )
    # A scenario names a file: only below its own folder, whatever else it says.
    parts = [part for part in re.split(r"[/\\]", name) if part not in ("", ".", "..")]
    tries = [path.parent.joinpath(*parts), path.parent / parts[-1]] if parts else []
    found = next((file for file in tries if file.is_file()), None)
    if found is None:
        raise InputError(
            f'there is no map "{name}" beside the .scen file', hint=f"put it in {path.parent}"
        )
    return _rows_of(found, found.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _rows_of(path: Path, changed: int) -> tuple[str, ...]:
    """The rows of a map; scenarios of one map share them."""
    from hrm_toolkit.adapters.formats.source import read_source

    text, _ = read_source(path)
    return tuple(placed(path.name, map_rows, text))


def _trusted(rows: Sequence[str]) -> MazePuzzle:
    return MazePuzzle.model_construct(task="maze", grid=tuple(rows))
