"""Sudoku variants in the form of f-puzzles, whose links SudokuPad takes too."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hrm_toolkit.adapters.constraint.numbers.links.houses import (
    assumed,
    usual_boxes,
    whole_solution,
)
from hrm_toolkit.adapters.constraint.numbers.links.lz import unpacked
from hrm_toolkit.adapters.constraint.numbers.links.rules_text import said
from hrm_toolkit.adapters.constraint.numbers.links.unread import unread
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.core import InputError, shorten

_CELL = re.compile(r"R(\d{1,2})C(\d{1,2})")

_TOLD = {
    "size", "title", "author", "ruleset", "solution", "successMessage", "highlightConflicts",
    "disabledlogic", "truecandidatesoptions",
}  # fmt: skip
"""Fields that say nothing of the rules; the size is read."""
_MARKS = {"value", "given", "region", "centerPencilMarks", "cornerPencilMarks", "c", "highlight"}
_SWITCHES = {"antiknight": "anti_knight", "antiking": "anti_king"}


def read(packed: str) -> tuple[dict[str, Any], tuple[str, ...], str | None]:
    """The fields of the puzzle of a link, what was assumed, and the digits of its solution.

    Raises:
        InputError: for what is none, and for a rule that is not read here, by its name.
    """
    value = read_json(unpacked(packed))
    if not isinstance(value, dict) or not isinstance(value.get("grid"), list):
        raise InputError("the link holds no puzzle", expected="an object with a grid")
    return _puzzle(value)


def _puzzle(value: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...], str | None]:
    size = value.get("size", len(value["grid"]))
    if not isinstance(size, int) or not 1 <= size <= 25:
        raise InputError(f"the size is {shorten(str(size), 20)}", expected="1 to 25")
    cells = _cells(value["grid"], size)
    data: dict[str, Any] = {
        "grid": [
            [cell.get("value") if cell.get("given") else None for cell in row] for row in cells
        ],
        "regions": _regions(cells, size),
    }
    readers: dict[str, Callable[[Any], None]] = {
        "killercage": lambda held: data.update(cages=list(map(_cage, held))),
        "thermometer": lambda held: data.update(
            thermometers=[_path(line) for one in held for line in _only(one, "lines")]
        ),
    }
    for name, held in value.items():
        if name in _TOLD or name == "grid" or held in (False, None, [], {}, ""):
            continue
        if name in _SWITCHES and held is True:
            data[_SWITCHES[name]] = True
        elif name in ("diagonal+", "diagonal-") and held is True:
            if not (value.get("diagonal+") is True and value.get("diagonal-") is True):
                raise _unknown(name, "both diagonals or none")
            data["diagonals"] = True
        elif name in readers and isinstance(held, list) and len(held) <= 625:
            readers[name](held)
        else:
            raise _unknown(name)
    left = any(c.get("value") and not c.get("given") for row in cells for c in row)
    notes = ["digits that are filled in and not given are left out"] if left else []
    return data, (*notes, *_told(value, data, size)), whole_solution(value.get("solution"), size)


def _told(value: dict[str, Any], data: dict[str, Any], size: int) -> list[str]:
    """Add what the words alone say, and note it where they say nothing.

    The fields hold most rules, yet a setter may write one that has no field.
    """
    words = said(str(value.get("ruleset") or ""), size) - {"silent"}
    if not words:
        return [assumed(str(value.get("title") or ""), data)]
    if "usual" not in words:
        raise unread("rules that are not those of a Sudoku", "normal sudoku rules apply")
    data.update(dict.fromkeys((name for name in words if name.startswith("anti_")), True))
    if words & {"diagonal", "diagonals"} and ("diagonal" in words or not data.get("diagonals")):
        raise _unknown("a rule of diagonals that are not drawn", "both diagonals or none")
    for name, needed in (("thermometers", "thermometers"), ("sums", "cages")):
        if name in words and not data.get(needed):
            raise _unknown(f"rules of {needed} that are not drawn")
    return []


def _cells(grid: list[Any], size: int) -> list[list[dict[str, Any]]]:
    if len(grid) != size or any(not isinstance(row, list) or len(row) != size for row in grid):
        raise InputError("the grid is no square of its size", expected=f"{size} rows of {size}")
    for row in grid:
        for cell in row:
            if not isinstance(cell, dict):
                raise InputError("a cell is no object", expected="an object", got=cell)
            for name in cell:
                if name not in _MARKS:
                    raise _unknown(f"grid: {name}")
    return grid


def _regions(cells: list[list[dict[str, Any]]], size: int) -> list[list[Any]]:
    """The number of each cell's region, the usual box unless one is said."""
    boxes = usual_boxes(size)
    regions: list[list[Any]] = []
    for r, row in enumerate(cells):
        regions.append([])
        for c, cell in enumerate(row):
            told = cell.get("region", boxes[r][c] if boxes else None)
            if not isinstance(told, int):
                raise _unknown("grid: region", "a region for each cell")
            regions[-1].append(told)
    return regions


def _cage(cage: Any) -> tuple[int, list[tuple[int, int]]]:
    total = _only(cage, "cells", "value", "outlineC", "fontC").get("value")
    if not re.fullmatch(r"\d{1,3}", str(total)):
        raise _unknown("killercage without a total", "a number in each cage")
    return int(str(total)), _path(cage.get("cells"))


def _only(value: Any, *names: str) -> Any:
    """The object, or its only field, where there are no other fields."""
    if not isinstance(value, dict) or not set(value) <= set(names):
        other = sorted(set(value) - set(names))[:1] if isinstance(value, dict) else [type(value)]
        raise _unknown(f"field {other[0]}")
    if len(names) > 1:
        return value
    if not isinstance(value.get(names[0]), list):
        raise _unknown(f"field {names[0]} that is no list")
    return value[names[0]]


def _path(names: Any) -> list[tuple[int, int]]:
    found = [_CELL.fullmatch(str(name)) for name in names] if isinstance(names, list) else [None]
    if None in found:
        raise InputError("this is no path", expected="cells such as R1C2", got=names)
    return [(int(cell[1]) - 1, int(cell[2]) - 1) for cell in found if cell]


def _unknown(name: str, expected: str = "") -> InputError:
    known = "regions, diagonals, antiknight, antiking, killercage with totals and thermometer"
    return unread(name, expected or known)
