"""Sets of cells that hold each digit once, and what is assumed where nobody says the rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from hrm_toolkit.adapters.constraint.numbers.links.unread import unread
from hrm_toolkit.core import shorten

Cell = tuple[int, int]
_BOXES = {
    4: (2, 2),
    6: (2, 3),
    8: (2, 4),
    9: (3, 3),
    10: (2, 5),
    12: (3, 4),
    15: (3, 5),
    16: (4, 4),
}
_WORDS = {
    "anti_knight": "anti-?knight|knight",
    "anti_king": "anti-?king|king",
    "diagonals": r"diagonals?|x-sudoku|sudoku[- ]x",
    "windows": "windoku",
    "cages": "killer",
    "thermometers": "thermos?|thermometers?",
    "": "non-?consecutive|consecutive|anti|queen|arrows?|even|odd|kropki|xv|sandwich|skyscrapers?|"
    "palindromes?|renban|whispers?|little killer|between lines?|disjoint|clones?|quadruples?|"
    "greater than|inequality|difference|battenberg|outside|fog|x-?sums?|slow thermo|surplus|"
    "deficit|extra regions?|miracle|untouchable|no[- ]touch(?:ing)?|touchless|non-?repeat(?:ing)?|"
    "magic squares?|parity|entrop(?:y|ic)|modular|cyclic|toroidal|isotopic|wordoku|0[- ]8|"
    "products?|zippers?|region sums?|numbered rooms?|liars?|wrogn|doublers?|asterisk|center dot|"
    "centre dot|girandola|offset|samurai|schr[oö]dinger|chaos construction|deconstruction",
}
"""Words of a title that tell of a rule, by the field that then says it."""


def assumed(title: str, data: dict[str, Any]) -> str:
    """The note of a link that says no rules.

    Raises:
        InputError: where the title has the word of a rule that the puzzle does not hold.
    """
    for field, words in _WORDS.items():
        if not data.get(field) and re.search(rf"(?<![a-z])(?:{words})(?![a-z])", title.lower()):
            raise unread(f"title: {title}", "rules that say what the title means")
    called = f" (it is called {shorten(title, 60)!r})" if title.strip() else ""
    return f"the link says no rules{called}: those of a Sudoku and of what is read are assumed"


def one_house(cells: Iterable[Cell], regions: Sequence[Sequence[int]]) -> bool:
    """Whether cells lie in one row, column or region, and differ anyway."""
    kinds = [(r, c, regions[r][c]) for r, c in cells]
    return any(len({*kind}) == 1 for kind in zip(*kinds, strict=True))


def usual_boxes(side: int) -> list[list[int]] | None:
    """The number of each cell's box, where boards of this side have usual ones."""
    if side not in _BOXES:
        return None
    high, wide = _BOXES[side]
    return [[r // high * (side // wide) + c // wide for c in range(side)] for r in range(side)]


def whole_solution(told: Any, side: int) -> str | None:
    """The digits of a solution, row by row, where it has all of them."""
    text = "".join(map(str, told)) if isinstance(told, list) else str(told or "")
    whole = side <= 9 and re.fullmatch(rf"[1-{side}]{{{side**2}}}", text)
    return text if whole else None


def named(extra: list[frozenset[Cell]], side: int) -> dict[str, Any]:
    """Diagonals and windows among sets that hold each digit once; the others add up to all."""
    down, up = diagonals(side)
    windows = {
        frozenset((top + k // 3, left + k % 3) for k in range(9))
        for top in (1, 5)
        for left in (1, 5)
    }
    found: dict[str, Any] = {}
    left = {*extra}
    if left >= {down, up}:
        found["diagonals"] = True
        left -= {down, up}
    if side == 9 and left >= windows:
        found["windows"] = True
        left -= windows
    total = side * (side + 1) // 2
    found["extra"] = [(total, sorted(cells)) for cells in sorted(left, key=sorted)]
    return found


def diagonals(side: int) -> tuple[frozenset[Cell], frozenset[Cell]]:
    """The cells of the diagonal down, and of the one up."""
    down = frozenset((k, k) for k in range(side))
    return down, frozenset((k, side - 1 - k) for k in range(side))
