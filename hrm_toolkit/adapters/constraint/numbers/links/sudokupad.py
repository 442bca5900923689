"""Sudoku variants in SudokuPad's own form, whose links begin with ``scl`` or ``ctc``.

Regions, cages that say their sum and that their digits differ, and two switches are data there.
Lines and circles are drawings: they are a rule where the link's own words say which.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from hrm_toolkit.adapters.constraint.numbers.links.houses import (
    Cell,
    assumed,
    diagonals,
    named,
    one_house,
    whole_solution,
)
from hrm_toolkit.adapters.constraint.numbers.links.lz import unpacked
from hrm_toolkit.adapters.constraint.numbers.links.rules_text import said
from hrm_toolkit.adapters.constraint.numbers.links.short_json import written_out
from hrm_toolkit.adapters.constraint.numbers.links.unread import unread
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.core import InputError

_TOLD = {
    "id", "cellSize", "metadata", "cells", "regions", "cages", "lines", "underlays", "title",
    "author", "videos", "duration", "settings", "global",
}  # fmt: skip
_META = {
    "title", "author", "source", "rules", "solution", "antiknight", "antiking", "msgcorrect",
    "msgincorrect", "msgvalid", "msginvalid", "msgunknown", "video", "website", "id",
}  # fmt: skip
"""Words about a puzzle; those that are rules are read."""
_MARKS = {
    "value", "given", "pencilMarks", "cornermarks", "centremarks", "pencilmarks", "color", "colour",
}  # fmt: skip
_COLOURS = {"borderColor", "backgroundColor", "textColor", "fontC", "outlineC", "color"}
_CAGE = {"cells", "value", "sum", "unique", "hidden", "style", "type"} | _COLOURS
_READ = "regions, cages with a sum whose digits differ, antiknight, antiking"
_DRAWN = "lines that the rules call diagonals or thermometers, in usual words"


def read(packed: str) -> tuple[dict[str, Any], tuple[str, ...], str | None]:
    """The fields of the puzzle of a link, what was assumed, and the digits of its solution.

    Raises:
        InputError: for what is none, and for whatever is not read here, by its name.
    """
    text = unpacked(packed)
    value = read_json(written_out(text))
    if not isinstance(value, dict) or not isinstance(value.get("cells"), list):
        raise InputError("the link holds no puzzle", expected="an object with cells")
    return _Puzzle(value).read()


class _Puzzle:
    """Reads one puzzle, part by part."""

    def __init__(self, value: dict[str, Any]) -> None:
        self.value, self.notes = value, list[str]()
        self.cells = _square(value["cells"])
        self.side = len(self.cells)
        self.meta = self._meta()
        rules = self.meta.get("rules")
        text = "\n".join(map(str, rules)) if isinstance(rules, list) else str(rules or "")
        said_ = said(text, self.side)
        self.silent = not said_ - {"silent"}
        self.said = said_ - {"silent"}
        if not self.silent and "usual" not in self.said:
            raise unread("rules that are not those of a Sudoku", "normal sudoku rules apply")

    def read(self) -> tuple[dict[str, Any], tuple[str, ...], str | None]:
        for name, held in self.value.items():
            if name not in _TOLD and held not in (False, None, [], {}, ""):
                raise unread(name, _READ)
        self.regions = self._regions()
        data: dict[str, Any] = {"grid": self._clues(), "regions": self.regions}
        data.update(dict.fromkeys(self._switches(), True))
        cages, extra = self._cages()
        lines, thermometers = self._lines()
        extra += lines
        data.update(thermometers=thermometers)
        self._underlays({path[0] for path in thermometers})
        data.update(named(extra, self.side))
        data["cages"] = cages + data.pop("extra")
        if self.silent:
            self.notes.append(assumed(str(self.meta.get("title") or ""), data))
        return data, tuple(self.notes), self._solution()

    def _meta(self) -> dict[str, Any]:
        """The words about the puzzle, from its own field and from cages without cells."""
        found = self.value.get("metadata") or {}
        if not isinstance(found, dict):
            raise unread("metadata", "an object")
        found = {**found}
        for name in ("title", "author"):
            found.setdefault(name, self.value.get(name))
        for cage in _objects(self.value.get("cages"), "cages"):
            tag = re.fullmatch(r"([^: ]+):\s*(.*)", str(cage.get("value", "")).strip(), re.S)
            if cage.get("cells"):
                continue
            if tag is None:
                raise unread("a cage without cells", "cells, or words such as title: X")
            if tag[1] in ("rules", "solution") and (found.get(tag[1]) or tag[2]) != tag[2]:
                raise unread(f"{tag[1]} said twice", f"{tag[1]} once")
            found[tag[1]] = tag[2]
        for name, held in found.items():
            if name not in _META and held not in (False, None, [], {}, "", "false"):
                raise unread(f"metadata: {name}", _READ)
        return found

    def _switches(self) -> set[str]:
        found = {name for name in self.said if name.startswith("anti_")}
        told = self.value.get("global") or []
        for name in told if isinstance(told, list) else [told]:
            if name not in ("antiknight", "antiking"):
                raise unread(f"global: {name}", _READ)
            found.add(name.replace("anti", "anti_"))
        for name in ("antiknight", "antiking"):
            held = self.meta.get(name)
            if held in (True, "true"):
                found.add(name.replace("anti", "anti_"))
            elif held not in (False, None, "", "false"):
                raise unread(f"metadata: {name}", "true or false")
        return found

    def _clues(self) -> list[list[Any]]:
        grid: list[list[Any]] = []
        filled = False
        for row in self.cells:
            grid.append([])
            for cell in row:
                for name, held in cell.items():
                    if name not in _MARKS and held not in (False, None, [], {}, ""):
                        raise unread(f"cells: {name}", "a value")
                clue = cell.get("value")
                clue = None if clue in (None, "") else clue
                if clue is not None and not re.fullmatch(r"[1-9]\d?", str(clue)):
                    raise unread(f"cells: value {clue}", f"a digit from 1 to {self.side}")
                out = clue is not None and cell.get("given") is False
                filled = filled or out
                grid[-1].append(None if clue is None or out else int(str(clue)))
        if filled:
            self.notes.append("digits that are filled in and not given are left out")
        return grid

    def _regions(self) -> list[list[int]]:
        held = self.value.get("regions")
        if not isinstance(held, list) or len(held) != self.side:
            raise unread("regions that are none of a Sudoku", f"{self.side} of {self.side} cells")
        regions = [self._places(region) for region in held]
        number = {cell: k for k, region in enumerate(regions) for cell in region}
        if not len(number) == sum(map(len, regions)) == self.side**2:
            raise unread(
                "regions that leave out cells or overlap", f"{self.side} of {self.side} cells"
            )
        return [[number[r, c] for c in range(self.side)] for r in range(self.side)]

    def _places(self, held: Any) -> list[Cell]:
        """Cells of a list of rows and columns that count from 0."""
        found = []
        for place in held if isinstance(held, list) and len(held) <= 625 else [None]:
            if (
                not isinstance(place, list)
                or len(place) != 2
                or not all(type(k) is int and 0 <= k < self.side for k in place)
            ):
                raise unread("a place that is no cell", "row and column from 0")
            found.append((place[0], place[1]))
        if len({*found}) < len(found):
            raise unread("a region or cage that has a cell twice", "each cell once")
        return found

    def _cages(self) -> tuple[list[tuple[int, list[Cell]]], list[frozenset[Cell]]]:
        """Cages with their totals, and sets of as many cells as there are digits that differ."""
        totals: list[tuple[int, list[Cell]]] = []
        extra: list[frozenset[Cell]] = []
        for cage in _objects(self.value.get("cages"), "cages"):
            cells = self._places(cage.get("cells") or [])
            if not cells:
                continue
            for name, held in cage.items():
                if name not in _CAGE and held not in (False, None, [], {}, ""):
                    raise unread(f"cages: {name}", _READ)
            if cage.get("style") not in (None, "killer", "box", "extraregion"):
                raise unread(f"cages: style {cage['style']}", "killer")
            if cage.get("type") not in (None, "rowcol"):
                raise unread(f"cages: type {cage['type']}", "a cage with a sum")
            total, differ = self._total(cage), self._differs(cage, cells)
            if not differ and (total is not None or not cage.get("hidden")):
                raise unread("a cage that may hold a digit twice", "unique, as killer cages are")
            if total is not None:
                totals.append((total, cells))
            elif differ and len(cells) == self.side:
                extra.append(frozenset(cells))
            elif differ and not one_house(cells, self.regions):
                raise unread("a cage without a total", "a sum in each cage")
        return totals, [cells for cells in extra if not one_house(cells, self.regions)]

    def _differs(self, cage: dict[str, Any], cells: list[Cell]) -> bool:
        told = cage.get("unique")
        if told not in (None, True, False):
            raise unread(f"cages: unique {told}", "true or false")
        return (
            one_house(cells, self.regions)
            or told is True
            or (told is None and "differ" in self.said)
        )

    def _total(self, cage: dict[str, Any]) -> int | None:
        """The total of a cage; a value alone is one where the rules or their absence say so."""
        value, total = (None if cage.get(n) in (None, "") else cage[n] for n in ("value", "sum"))
        for told in (value, total):
            if told is not None and not re.fullmatch(r"[1-9]\d{0,2}", str(told)):
                raise unread(f"cages: {told}", "a sum, such as 12")
        if value is not None and total is not None and str(value) != str(total):
            raise unread(f"a cage that says {value} with the sum {total}", "one of them")
        if value is not None and total is None and not self.silent and "sums" not in self.said:
            raise unread(f"a cage with {value} that the rules do not tell of", "what cages sum to")
        told = total if total is not None else value
        return None if told is None else int(str(told))

    def _lines(self) -> tuple[list[frozenset[Cell]], list[list[Cell]]]:
        """Diagonals and thermometers, where the rules say that lines are."""
        down, up = diagonals(self.side)
        drawn, thermometers = set[frozenset[Cell]](), list[list[Cell]]()
        for line in _objects(self.value.get("lines"), "lines"):
            points = line.get("wayPoints")
            diagonal = self.said & {"diagonal", "diagonals"} and _across(points, self.side)
            if diagonal:
                drawn.add(down if diagonal == "down" else up)
            else:
                thermometers.append(self._thermometer(points))
        if ("diagonals" in self.said and len(drawn) == 1) or ("drawn" in self.said and not drawn):
            raise unread("one diagonal where the rules tell of more", "both drawn")
        if "diagonal" in self.said and len(drawn) != 1:
            raise unread("a rule of a diagonal that is not drawn", "a line from corner to corner")
        if "thermometers" in self.said and not thermometers:
            raise unread("rules of thermometers that are not drawn", "lines with a bulb")
        return ([down, up] if "diagonals" in self.said else [*drawn]), thermometers

    def _thermometer(self, points: Any) -> list[Cell]:
        """The cells of a line with a bulb at one end, from the bulb on."""
        if "thermometers" not in self.said:
            raise unread("lines", _DRAWN)
        places = [_centre(point) for point in points] if isinstance(points, list) else []
        if not 2 <= len(places) <= 625:
            raise unread("a line of no length", _DRAWN)
        path = [places[0]]
        for a, b in pairwise(places):
            steps = max(abs(b[0] - a[0]), abs(b[1] - a[1]))
            if steps and {abs(b[0] - a[0]), abs(b[1] - a[1])} - {0, steps}:
                raise unread("a line that is no path of cells", _DRAWN)
            # Way points may be far apart: the cells between are on the line too.
            path += [
                (a[0] + (b[0] - a[0]) // steps * k, a[1] + (b[1] - a[1]) // steps * k)
                for k in range(1, min(steps, 25) + 1)
            ]
        bulbs = self._bulbs()
        if path[-1] in bulbs:
            path.reverse()
        if path[0] not in bulbs or path[-1] in bulbs:
            raise unread("a line without one bulb at one end", _DRAWN)
        return path

    def _bulbs(self) -> set[Cell]:
        held = _objects(self.value.get("underlays"), "underlays")
        return {_centre(one.get("center")) for one in held if _is_bulb(one)}

    def _underlays(self, bulbs: set[Cell]) -> None:
        """Pass over bulbs, and over colours where the rules are said and tell of none."""
        coloured = False
        for one in _objects(self.value.get("underlays"), "underlays"):
            if _is_bulb(one) and _centre(one.get("center")) in bulbs:
                continue
            size = (one.get("width"), one.get("height"))
            plain = not one.get("text") and not one.get("rounded") and size == (1, 1)
            if self.silent or not plain:
                raise unread("underlays", _DRAWN)
            coloured = True
        if coloured:
            self.notes.append("colours of cells, of which the rules say nothing, are left out")

    def _solution(self) -> str | None:
        return whole_solution(self.meta.get("solution"), self.side)


def _across(points: Any, side: int) -> str | None:
    """Which diagonal a line is, from corner to corner or from the middle of cells there."""
    for low, high in ((0, side), (0.5, side - 0.5)):
        if points in ([[low, low], [high, high]], [[high, high], [low, low]]):
            return "down"
        if points in ([[low, high], [high, low]], [[high, low], [low, high]]):
            return "up"
    return None


def _square(rows: list[Any]) -> list[list[dict[str, Any]]]:
    side = len(rows)
    if not 1 <= side <= 25 or any(not isinstance(r, list) or len(r) != side for r in rows):
        raise InputError("the cells are no square", expected="n rows of n, at most 25")
    for row in rows:
        for cell in row:
            if not isinstance(cell, dict):
                raise InputError("a cell is no object", expected="an object", got=cell)
    return rows


def _objects(held: Any, name: str) -> list[dict[str, Any]]:
    found = [] if held is None else held
    if (
        not isinstance(found, list)
        or len(found) > 1000
        or not all(isinstance(one, dict) for one in found)
    ):
        raise unread(name, "a list of at most 1,000 objects")
    return found


def _centre(point: Any) -> Cell:
    """The cell whose middle a point is."""
    numbers = point if isinstance(point, list) and len(point) == 2 else []
    halves = [k - 0.5 for k in numbers if isinstance(k, int | float) and -99 < k < 99]
    if len(halves) != 2 or any(k != int(k) for k in halves):
        raise unread("a line or circle beside the middle of a cell", _DRAWN)
    return int(halves[0]), int(halves[1])


def _is_bulb(one: dict[str, Any]) -> bool:
    sizes = [one.get("width"), one.get("height")]
    large = all(isinstance(k, int | float) and 0.4 <= k <= 1 for k in sizes)
    return one.get("rounded") is True and large and not one.get("text")
