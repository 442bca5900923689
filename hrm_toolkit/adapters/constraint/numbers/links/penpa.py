"""Sudoku variants in links of penpa-edit.

A link holds a drawing: numbers in cells, thick edges around regions, cages and thermometers of its
own tools. That it is a Sudoku is said by its board, its tags or its rules; where there are rules
each sentence must be known, and tell of what is drawn.
"""

from __future__ import annotations

import base64
import re
import zlib
from itertools import accumulate
from typing import Any

from hrm_toolkit.adapters.constraint.numbers.links.houses import (
    Cell,
    assumed,
    diagonals,
    one_house,
    usual_boxes,
)
from hrm_toolkit.adapters.constraint.numbers.links.rules_text import said
from hrm_toolkit.adapters.constraint.numbers.links.unread import unread
from hrm_toolkit.adapters.constraint.pencil.geometry import Pair, pairs
from hrm_toolkit.adapters.constraint.pencil.tasks import rooms_of
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.core import InputError

MOST_PACKED, MOST_UNPACKED = 200_000, 1_000_000
"""Characters that go in, and bytes that come out."""
_SHORT = {
    "null": "zO", '"__a"': "z_", '"nobulbthermo"': "z7", '"killercages"': "z6",
    '"deletelineE"': "z4", '"polygon"': "z5", '"squareframe"': "z0", '"direction"': "zD",
    '"arrows"': "z3", '"thermo"': "zT", '"freelineE"': "z2", '"freeline"': "zF",
    '"numberS"': "z1", '"command_replay"': "z8", '"command_undo"': "zU", '"command_redo"': "zR",
    '"board"': "zB", '"special"': "zP", '"symbol"': "zY", '"number"': "zN", '"cage"': "zC",
    '"wall"': "zW", '"lineE"': "zE", '"line"': "zL", '"surface"': "zS", '"edit_mode"': "zM",
    '"grid"': "zG", '"pu_a"': "zA", '"pu_q"': "zQ", '"qa"': "z9", "z": "zZ",
}  # fmt: skip
"""Names that are written short, in the order in which they are put back."""
_READ = {"number", "numberS", "lineE", "killercages", "cage", "thermo", "surface"}
_HISTORY = {"command_redo", "command_undo", "command_replay"}
_TAGS = {"classic", "irregular", "killer", "thermo"}
_THICK, _DASHED = (2, 21), 12
_DRAWN = "digits, thick edges of regions, killer cages, thermometers and the board's diagonals"


def read(packed: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The fields of the puzzle of a link, and what was assumed.

    Raises:
        InputError: for what is none, and for whatever is drawn and not read, by its name.
    """
    lines = _text(packed).split("\n")
    head = lines[0].split(",")
    if len(lines) < 6 or len(head) < 15:
        raise unread("the form of early links", "a link that penpa-edit makes today")
    return _Puzzle(head, lines).read()


def _text(packed: str) -> str:
    """The lines of a link, with the names that are written short put back."""
    text = _inflated(packed)
    for long, short in _SHORT.items():
        text = text.replace(short, long)
    return text


def _inflated(packed: str) -> str:
    if len(packed) > MOST_PACKED:
        raise InputError(
            f"the packed text has {len(packed):,} characters", expected=f"at most {MOST_PACKED:,}"
        )
    inflate = zlib.decompressobj(-15)
    try:
        raw = inflate.decompress(base64.b64decode(packed, validate=True), MOST_UNPACKED + 1)
        text = raw.decode() if len(raw) <= MOST_UNPACKED else ""
    except (ValueError, zlib.error):
        raise InputError("this is no text that penpa-edit packed", expected="all of it") from None
    if len(raw) > MOST_UNPACKED:
        raise InputError(
            "the text unpacks to too much", expected=f"at most {MOST_UNPACKED:,} bytes"
        )
    if not inflate.eof:
        raise InputError("the text in the link is cut off", expected="all of it")
    return text


class _Puzzle:
    """Reads one puzzle, part by part.

    Args:
        head: the fields of the first line.
        lines: all of them, of which some are JSON.
    """

    def __init__(self, head: list[str], lines: list[str]) -> None:
        self.kind, sizes = head[0], head[1:3]
        if self.kind not in ("square", "sudoku"):
            raise unread(f"a board of the kind {self.kind}", "square or sudoku")
        if not all(re.fullmatch(r"\d{1,2}", size) for size in sizes):
            raise InputError("the board has no size", expected="numbers", got=",".join(sizes))
        if head[4:7] != ["0", "1", "1"]:
            raise unread("a board that is turned or mirrored", "the board as it is drawn first")
        self.across, self.down = int(sizes[0]) + 4, int(sizes[1]) + 4
        self.count = self.across * self.down
        self.options = head[11:15]
        self.title = re.sub(r"^Title: ?", "", head[15]) if len(head) > 15 else ""
        rules = head[18] if len(head) > 18 else ""
        for sign, code in ((",", "%2C"), ("\n", "%2D"), ("&", "%2E"), ("=", "%2F")):
            rules, self.title = rules.replace(code, sign), self.title.replace(code, sign)
        if len(head) > 21 and head[21] and _object(_inflated(head[21])).get("url"):
            raise unread("a picture behind the board", _DRAWN)
        self.drawn = _object(lines[3])
        self.tags: Any = read_json(lines[17]) if len(lines) > 17 and lines[17] else []
        self._place(read_json(lines[5]))
        said_ = said(rules, self.side)
        self.silent, self.said = not said_ - {"silent"}, said_ - {"silent"}
        self.notes: list[str] = []

    def read(self) -> tuple[dict[str, Any], tuple[str, ...]]:
        self._named()
        for name, held in self.drawn.items():
            if name not in _READ | _HISTORY and held not in ([], {}, None):
                kind = next(iter(held.values()), "") if isinstance(held, dict) else ""
                shape = f": {kind[1]}" if name == "symbol" and isinstance(kind, list) else ""
                raise unread(f"{name}{shape}", _DRAWN)
        borders, across = self._edges()
        rooms = rooms_of((self.side, self.side), borders)
        self.regions = [[rooms[r, c] for c in range(self.side)] for r in range(self.side)]
        data: dict[str, Any] = {"grid": self._clues(), "regions": self.regions}
        sizes = [*rooms.values()]
        if any(sizes.count(k) != self.side for k in range(self.side)):
            raise unread("regions that are none of a Sudoku", f"{self.side} of {self.side} cells")
        data.update(dict.fromkeys((name for name in self.said if name.startswith("anti_")), True))
        data["cages"] = self._cages()
        data["thermometers"] = self._thermometers()
        self._diagonals(across, data)
        self._unsaid(data)
        if self._part("surface", dict):
            if self.silent:
                raise unread("surface", _DRAWN)
            self.notes.append("colours of cells, of which the rules say nothing, are left out")
        if self.silent:
            self.notes.append(assumed(self.title, data))
        return data, tuple(self.notes)

    def _place(self, steps: Any) -> None:
        """Find the square of cells that the board has, which may be inside a margin."""
        numbers = accumulate(_numbers(steps, "a board without cells"))
        places = sorted(divmod(k, self.across) for k in numbers)
        self.top, self.left = places[0]
        self.side = round(len(places) ** 0.5)
        square = [divmod(k, self.side) for k in range(self.side**2)]
        if [(r - self.top, c - self.left) for r, c in places] != square:
            raise unread("a board that is no square", "n x n cells")

    def _named(self) -> None:
        """Refuse what is not said to be a Sudoku, and tags of other variants."""
        if not isinstance(self.tags, list):
            raise unread("tags", "a list of names")
        for tag in self.tags:
            if not isinstance(tag, str) or tag not in _TAGS:
                raise unread(f"tag: {tag}", ", ".join(sorted(_TAGS)))
        if not self.silent and "usual" not in self.said:
            raise unread("rules that are not those of a Sudoku", "normal sudoku rules apply")

    def _unsaid(self, data: dict[str, Any]) -> None:
        """Refuse what its tags tell of and is not drawn, and a board that may be any puzzle."""
        for tag, name in (("killer", "cages"), ("thermo", "thermometers")):
            if tag in self.tags and not data[name]:
                raise unread(f"tag: {tag}", f"{name} that are drawn")
        if not self.silent or self.kind == "sudoku" or self.tags:
            return
        # Digits in the boxes of a Sudoku are one, unless the title calls them something else.
        plain = self.regions == usual_boxes(self.side) and not (
            data["cages"] + data["thermometers"]
        )
        if not plain or not re.search("^ *$|sudoku", self.title.lower()):
            raise unread(
                "a board that does not say what puzzle it is",
                "a Sudoku's board or its boxes, a tag such as classic, or rules: "
                "normal sudoku rules apply",
            )

    def _part(self, name: str, kind: type[dict[str, Any]] | type[list[Any]]) -> Any:
        held = self.drawn.get(name) or kind()
        if not isinstance(held, kind) or len(held) > 5000:
            raise unread(name, _DRAWN)
        return held

    def _cell(self, point: Any, name: str) -> Cell:
        """The cell of a point's number."""
        if re.fullmatch(r"\d{1,5}", str(point)) and int(point) < self.count:
            row, column = divmod(int(point), self.across)
            cell = (row - self.top, column - self.left)
            if min(cell) >= 0 and max(cell) < self.side:
                return cell
        raise unread(f"{name} beside or outside the cells", _DRAWN)

    def _corner(self, point: Any, name: str) -> tuple[Cell, int]:
        """The cell and the corner, from the upper left, of a point within a cell."""
        number = int(point) - 4 * self.count if re.fullmatch(r"\d{1,5}", str(point)) else -1
        if not 0 <= number < 4 * self.count:
            raise unread(f"{name} at no corner of a cell", _DRAWN)
        return self._cell(number // 4, name), number % 4

    def _clues(self) -> list[list[int | None]]:
        grid: list[list[int | None]] = [[None] * self.side for _ in range(self.side)]
        for point, held in self._part("number", dict).items():
            r, c = self._cell(point, "a number")
            text, form = (
                (held[0], held[2]) if isinstance(held, list) and len(held) > 2 else ("", "")
            )
            if form == "7" and isinstance(text, list) and text.count(1) == 1:
                # Of the marks of a cell one alone is its digit.
                text, form = text.index(1) + 1, "1"
            if form not in ("1", "10") or not re.fullmatch(r"[1-9]\d?", str(text)):
                raise unread(f"number: {text}", "large digits, one a cell")
            grid[r][c] = int(str(text))
        return grid

    def _edges(self) -> tuple[set[Pair], set[tuple[Cell, Cell]]]:
        """Borders of regions, and steps from corner to corner across cells."""
        borders: set[Pair] = set()
        across: set[tuple[Cell, Cell]] = set()
        inside = {*pairs((self.side, self.side))}
        for key, style in self._part("lineE", dict).items():
            ends = key.split(",")
            numbers = [int(end) - self.count for end in ends if re.fullmatch(r"\d{1,5}", end)]
            if len(numbers) != 2 or not all(0 <= k < self.count for k in numbers):
                raise unread("lineE that joins no corners", _DRAWN)
            # A corner has the number of the cell whose lower right corner it is.
            a, b = sorted(
                (row - self.top, column - self.left)
                for row, column in (divmod(k, self.across) for k in numbers)
            )
            step = (b[0] - a[0], b[1] - a[1])
            if step in ((1, 1), (1, -1)) and style == _DASHED:
                across.add((a, b))
            elif step in ((1, 0), (0, 1)) and style in _THICK:
                # A step down has cells at its sides, a step right above and below.
                pair = ((b, (b[0], b[1] + 1)), (b, (b[0] + 1, b[1])))[step == (0, 1)]
                if pair in inside:
                    borders.add(pair)
            else:
                raise unread(f"lineE of the style {style}", "thick edges around regions")
        return borders, across

    def _cages(self) -> list[tuple[int, list[Cell]]]:
        cages = [
            [self._cell(point, "a cage") for point in _numbers(held, "killercages")]
            for held in self._part("killercages", list)
            if held != []
        ]
        self._outlines(cages)
        totals: dict[Cell, int] = {}
        for point, held in self._part("numberS", dict).items():
            cell, corner = self._corner(point, "numberS")
            text = str(held[0]).strip() if isinstance(held, list) and held else ""
            if corner != 0 or not re.fullmatch(r"[1-9]\d{0,2}", text):
                raise unread(f"numberS: {text}", "the total of a cage, at the upper left")
            totals[cell] = int(text)
        found = []
        for cage in cages:
            here = [totals.pop(cell) for cell in cage if cell in totals]
            if len(here) != 1:
                raise unread("a cage without one total", "a small number in each cage")
            if not self.silent and "sums" not in self.said:
                raise unread("cages that the rules do not tell of", "what cages sum to")
            if not (self.silent or "differ" in self.said or one_house(cage, self.regions)):
                raise unread("a cage that may hold a digit twice", "rules that say it does not")
            found.append((here[0], cage))
        if totals:
            raise unread("numberS outside of cages", "the total of a cage, at the upper left")
        return found

    def _outlines(self, cages: list[list[Cell]]) -> None:
        """See that the outlines that are drawn are those of the cages."""
        touched: set[Cell] = set()
        for key in self._part("cage", dict):
            touched |= {self._corner(point, "cage")[0] for point in key.split(",")}
        if touched - {cell for cage in cages for cell in cage}:
            raise unread("an outline that is no killer cage", "cages of penpa's tool")
        if any(not touched & {*cage} for cage in cages):
            raise unread("a killer cage that is not drawn", "its outline")

    def _thermometers(self) -> list[list[Cell]]:
        found = [
            [self._cell(point, "a thermometer") for point in _numbers(held, "thermo")]
            for held in self._part("thermo", list)
            if held != []
        ]
        if found and not self.silent and "thermometers" not in self.said:
            raise unread("thermometers that the rules do not tell of", "how digits grow")
        if not found and "thermometers" in self.said:
            raise unread("rules of thermometers that are not drawn", "penpa's thermometers")
        return found

    def _diagonals(self, across: set[tuple[Cell, Cell]], data: dict[str, Any]) -> None:
        """Read dashed lines from corner to corner, which a Sudoku's board has as an option."""
        side = self.side
        down = {((k - 1, k - 1), (k, k)) for k in range(side)}
        up = {((k - 1, side - 1 - k), (k, side - 2 - k)) for k in range(side)}
        drawn = [steps <= across for steps in (down, up)]
        if across - (down if drawn[0] else set()) - (up if drawn[1] else set()):
            raise unread("lineE that is no whole diagonal", "dashed from corner to corner")
        board = [option == "1" for option in (self.options[0], self.options[3])]
        if self.silent and drawn != board:
            raise unread("a diagonal that the board and the lines do not agree on", "both, or none")
        if "diagonals" in self.said and "drawn" not in self.said:
            drawn = [True, True] if not any(drawn) else drawn
        told = {(True, True): "diagonals", (False, False): ""}.get((drawn[0], drawn[1]), "diagonal")
        if not self.silent and ({told} - {""}) != self.said & {"diagonal", "diagonals"}:
            raise unread("a diagonal that the rules and the lines do not agree on", "both, or none")
        if told == "diagonals":
            data["diagonals"] = True
        elif told:
            cells = diagonals(side)[drawn.index(True)]
            data["cages"].append((side * (side + 1) // 2, sorted(cells)))


def _numbers(held: Any, name: str) -> list[int]:
    if not isinstance(held, list) or not 1 <= len(held) <= 625:
        raise unread(name, "lists of cells")
    if not all(type(k) is int for k in held):
        raise unread(name, "numbers of cells")
    return held


def _object(line: str) -> dict[str, Any]:
    value = read_json(line)
    if not isinstance(value, dict):
        raise InputError("the link holds no puzzle", expected="an object of what is drawn")
    return value
