"""Mazes as JSON values and rows of tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from hrm_toolkit.adapters.extras import require_plain_rules
from hrm_toolkit.adapters.grid import require_rectangle
from hrm_toolkit.adapters.maze.files.answers import answer_of
from hrm_toolkit.adapters.maze.files.bits import (
    bits_of,
    bits_puzzle,
    coded_ends,
    may_be_sudoku,
    refused_ends,
)
from hrm_toolkit.adapters.maze.files.drawing import MARKS_ENDS, Drawing, drawings, marked_path
from hrm_toolkit.adapters.maze.files.ends import GOAL, START, Ends, Spot, spot
from hrm_toolkit.adapters.maze.files.looks import looks
from hrm_toolkit.adapters.maze.layout import Block
from hrm_toolkit.adapters.maze.rules import LIMIT, MazeAnswer, MazePuzzle
from hrm_toolkit.adapters.names import lowered, plain, require_one
from hrm_toolkit.core import InputError, OptionError, validate
from hrm_toolkit.core.files import MAYBE, NO, SURE, Claim, Loaded, Pair, ReadOptions, no, placed

GRID = ("grid", "maze", "map", "matrix", "board", "layout", "cells", "puzzle", "question")
PATH = ("path", "solution", "answer", "solution_path", "shortest_path", "moves", "route")

_PUBLISHED = frozenset("# SGo")


def claims_record(value: Any) -> Claim:
    """Sure of a grid that has walls or ends in it, or of 0 and 1 that are no Sudoku."""
    if isinstance(value, str):
        drawn = "\n" in value.strip() and _is_drawn(value.splitlines())
        return SURE if drawn or (value and set(value) <= _PUBLISHED) else NO
    if isinstance(value, list):
        return SURE if _are_mazes(value) else _claims_grid(value)
    if not isinstance(value, dict):
        return NO
    fields = lowered(value)
    name, grid = _first(fields, GRID)
    if fields.get("task", "maze") != "maze":
        return NO
    if name is None:
        return no('it has no "grid", "maze" or "map"')
    said = all(_first(fields, names)[0] is not None for names in (START, GOAL))
    ours = "task" in fields or name == "maze" or (said and bits_of(grid) is not None)
    if isinstance(grid, str):
        return SURE if ours or ("\n" in grid.strip() and _is_drawn(grid.splitlines())) else NO
    if not isinstance(grid, list):
        return SURE if "task" in fields else NO
    if ours:
        return SURE
    # A grid of so few 1s is a Sudoku; a list of them is asked for only if nothing else is sure.
    claim = _claims_grid(grid)
    return claim if claim.strength == 2 else no(f'its "{name}" is drawn as no maze')


def _claims_grid(grid: list[Any]) -> Claim:
    rows = bits_of(grid)
    if rows is not None and len(rows) > 1:
        return MAYBE if may_be_sudoku(rows) else SURE
    if _is_of_numbers(grid) and coded_ends(["".join(map(str, row)) for row in grid]):
        return SURE
    texts = [row if isinstance(row, str) else "".join(row) for row in grid[:100] if _is_row(row)]
    single = all(len(cell) == 1 for row in grid[:100] if isinstance(row, list) for cell in _of(row))
    return SURE if texts and single and _is_drawn(texts) else NO


def _of(row: list[Any]) -> list[str]:
    return [cell for cell in row if isinstance(cell, str)]


def _is_drawn(lines: Sequence[str]) -> bool:
    """Whether lines draw a maze, none of them being a text of several lines."""
    whole = not any("\n" in line for line in lines)
    return whole and looks([line for line in lines if line.strip()]).strength > 0


def _are_mazes(value: list[Any]) -> bool:
    """Whether a list holds mazes: texts of several lines, or lists of rows that are texts."""
    return bool(value) and all(map(_is_maze, value))


def _is_maze(value: Any) -> bool:
    if isinstance(value, str):
        return "\n" in value.strip() and _is_drawn(value.splitlines())
    rows = isinstance(value, list) and len(value) > 0
    return rows and all(isinstance(row, str) and len(row) > 1 for row in value) and _is_drawn(value)


def _is_row(row: Any) -> bool:
    return isinstance(row, str) or (
        isinstance(row, list) and all(isinstance(cell, str) for cell in row)
    )


def read_record(value: Any, options: ReadOptions) -> Loaded:
    """The puzzle of one value, with its answer where the value carries one.

    Raises:
        InputError: naming the row and column at fault.
        OptionError: for a start or goal where the maze marks both.
    """
    if isinstance(value, str) and "\n" not in value.strip():
        if options.given:
            raise OptionError(MARKS_ENDS)
        return Loaded.of("maze text", [maze_record(value, None)])
    if isinstance(value, list) and _are_mazes(value):
        ends = Ends.of_options(options)
        read = [placed(f"record {n}", _puzzle, item, ends) for n, item in enumerate(value, 1)]
        more = [note for _, notes in read for note in notes]
        return Loaded.of("JSON list", [pair for pair, _ in read], more)
    if not isinstance(value, dict):
        pair, notes = _puzzle(value, Ends.of_options(options))
        return Loaded.of("maze grid, JSON", [pair], notes)
    fields = lowered(value)
    name, grid = _first(fields, GRID)
    if name is not None:
        require_one(fields, GRID, name)
    said = Ends(_said(fields, START), _said(fields, GOAL))
    known = {"task", *GRID, *START, *GOAL, *PATH}
    # 1 for a wall and 0 for what is open is how such grids are read.
    known |= {name for name, sign in (("wall", 1), ("open", 0)) if fields.get(name) == sign}
    kind = f"maze {'puzzle' if 'task' in fields else 'grid'}, JSON"
    own = name == "grid" and bits_of(grid) is None
    if own and set(fields) - {"task", "grid", *START, *GOAL, *PATH}:
        # What a puzzle of ours has no field for is refused by its model, as everywhere.
        validate(MazePuzzle, {**value, "task": "maze"})
    require_plain_rules(
        value,
        "maze",
        known=set(map(plain, known)),
        expected="walls, open cells, a start and a goal, and moves to the four sides",
    )
    pair, notes = _puzzle(grid, Ends.of_options(options).over(said))
    path_name, path = _first(fields, PATH)
    if path_name is not None and path not in (None, ""):
        pair = (pair[0], placed(path_name, answer_of, pair[0], path))
    return Loaded.of(kind, [pair], notes)


def _first(fields: dict[str, Any], names: Sequence[str]) -> tuple[str | None, Any]:
    """The first of ``names`` that is a field, and what it holds."""
    name = next((name for name in names if fields.get(name) is not None), None)
    return name, None if name is None else fields[name]


def _said(fields: dict[str, Any], names: Sequence[str]) -> Spot | None:
    name, value = _first(fields, names)
    return None if name is None or value == "" else spot(value, name)


def _puzzle(grid: Any, ends: Ends) -> tuple[Pair, list[str]]:
    """The puzzle of a grid: text, rows of characters, or 0 and 1."""
    bits = bits_of(grid)
    if bits is not None:
        puzzle, notes = bits_puzzle(bits, ends)
        return (puzzle, None), notes
    if _is_of_numbers(grid):
        ends_said = coded_ends(["".join(map(str, row)) for row in grid])
        if ends_said:
            raise refused_ends(ends_said)
        others = sorted({cell for row in grid for cell in row if cell not in (0, 1)})
        raise InputError(
            "the grid holds " + " and ".join(map(str, others[:3])),
            expected="0 and 1, with start and goal beside it as [row, column]",
        )
    if isinstance(grid, str):
        drawn = drawings(grid)
        if len(drawn) > 1:
            raise InputError(f"the text holds {len(drawn)} mazes", expected="one")
        (drawing,) = drawn
    elif isinstance(grid, list) and grid and all(isinstance(row, str) for row in grid):
        drawing = Drawing.of(Block(tuple(grid)), unit="row")
    else:
        return _of_cells(grid, ends)
    pair, notes = drawing.pair(ends)
    return pair, [*drawing.notes, *notes]


def _is_of_numbers(grid: Any) -> bool:
    return isinstance(grid, list) and all(
        isinstance(row, list) and row and all(type(cell) is int for cell in row) for row in grid
    )


def _of_cells(grid: Any, ends: Ends) -> tuple[Pair, list[str]]:
    """The puzzle of lists of characters, each a cell as it stands."""
    lists = isinstance(grid, list) and grid and all(map(_is_row, grid))
    if not lists or not all(len(cell) == 1 for row in grid for cell in row):
        return (validate(MazePuzzle, {"task": "maze", "grid": grid}), None), []
    from hrm_toolkit.adapters.maze.files.symbols import plain_rows

    rows, notes = plain_rows(["".join(row) for row in grid], unit="row", first=1)
    require_rectangle(rows, LIMIT)
    drawing = Drawing(tuple(row.replace(" ", ".") for row in rows), tuple(notes))
    pair, more = drawing.pair(ends)
    return pair, [*notes, *more]


def maze_record(question: str, answer: str | None) -> tuple[MazePuzzle, MazeAnswer | None]:
    """Puzzle and answer of one CSV record: square mazes over ``# SGo``, row after row.

    Raises:
        InputError: for a text of another length, or of other cells.
    """
    puzzle = validate(MazePuzzle, {"task": "maze", "grid": [*map(list, _rows(question))]})
    if not answer:
        return puzzle, None
    rows = _rows(answer)
    if (len(rows), len(rows[0])) != puzzle.shape:
        height, width = puzzle.shape
        raise InputError("the marked maze has another size", expected=f"{height} x {width} cells")
    return puzzle, marked_path(puzzle, rows)


def _rows(cells: str) -> list[str]:
    side = math.isqrt(len(cells))
    if not cells or side * side != len(cells):
        raise InputError(
            f"the maze has {len(cells)} cells", expected="a square number of cells, such as 900"
        )
    return [cells[start : start + side] for start in range(0, len(cells), side)]
