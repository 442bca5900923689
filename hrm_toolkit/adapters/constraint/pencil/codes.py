"""How the text of a puzz.link URL writes what stands on a board, both ways.

The formats are those of pzpr (MIT), as its decoders read them: cells in reading order, runs of
empty ones as a letter, numbers in hexadecimal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hrm_toolkit.adapters.constraint.pencil.boards import Clue, require_board
from hrm_toolkit.adapters.constraint.pencil.geometry import Pair, Shape, pairs
from hrm_toolkit.core import InputError

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LONG = {"-": (2, 0), "+": (3, 0), "=": (3, 4096), "%": (3, 8192), "*": (4, 12240), "$": (5, 77776)}
"""First sign of a long number: hexadecimal digits that follow, and what is added to them."""
ARROWS = " ^v<>"
"""Directions of an arrow by pzpr's number: none, up, down, left, right."""


@dataclass
class Text:
    """A text that is read sign by sign."""

    text: str
    at: int = 0

    @property
    def over(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.text)

    def take(self, count: int = 1) -> str:
        """The next signs.

        Raises:
            InputError: when there are not so many.
        """
        taken = self.text[self.at : self.at + count]
        if len(taken) < count:
            raise InputError("the board's text ends too soon", expected="more of it")
        self.at += count
        return taken

    def number(self, count: int, base: int = 16) -> int:
        """The next signs as a number.

        Raises:
            InputError: for a sign that is no digit.
        """
        digits = self.take(count)
        known = DIGITS[:base]
        if any(digit not in known for digit in digits):
            raise self.wrong(digits)
        return int(digits, base)

    def wrong(self, sign: str) -> InputError:
        """What to say of a sign that has no place here."""
        return InputError(f"the board's text has {sign!r}", expected="what pzpr writes", path="URL")

    def end(self) -> None:
        """Refuse what is left over."""
        if not self.over:
            raise InputError(f"the board's text goes on with {self.text[self.at :][:20]!r}")


def read_cells(
    text: Text, count: int, one: Callable[[Text, str], tuple[Clue, int]], blank: str
) -> list[Clue]:
    """The clues of so many cells; cells after the end of the text are empty.

    Args:
        one: reads a clue, told its first sign; with the number of empty cells after it.
        blank: the sign of one empty cell; those after it in the alphabet are of more.
    """
    found: list[Clue] = []
    first = DIGITS.index(blank)
    while not text.over and len(found) < count:
        sign = text.take()
        if sign in DIGITS[first:]:
            found += [None] * (DIGITS.index(sign) - first + 1)
        else:
            clue, after = one(text, sign)
            found += [clue, *[None] * after]
    if len(found) > count and any(clue is not None for clue in found[count:]):
        raise InputError("the board's text has more clues than cells")
    return (found + [None] * count)[:count]


def write_cells(clues: Sequence[Clue], one: Callable[[Clue], str], blank: str) -> str:
    """The same, written: runs of empty cells as long as the alphabet allows."""
    first, written, empty = DIGITS.index(blank), [], 0
    longest = len(DIGITS) - first

    def run(length: int) -> None:
        while length:
            step = min(length, longest)
            written.append(DIGITS[first + step - 1])
            length -= step

    for clue in clues:
        if clue is None:
            empty += 1
            continue
        run(empty)
        empty = 0
        written.append(one(clue))
    run(empty)
    return "".join(written)


def number(text: Text, sign: str) -> tuple[Clue, int]:
    """A number, or ``?`` for one that is not told."""
    if sign == ".":
        return "?", 0
    if sign in _LONG:
        digits, more = _LONG[sign]
        return text.number(digits) + more, 0
    if sign not in DIGITS[:16]:
        raise text.wrong(sign)
    return int(sign, 16), 0


def write_number(clue: Clue) -> str:
    """A number as ``number`` reads it."""
    if not isinstance(clue, int):
        return "."
    if clue < 16:
        return f"{clue:x}"
    for sign, (digits, more) in _LONG.items():
        if 0 <= clue - more < 16**digits:
            return f"{sign}{clue - more:0{digits}x}"
    raise InputError(f"{clue} is too large for a URL")


def small(text: Text, sign: str) -> tuple[Clue, int]:
    """A number up to 4 with up to two empty cells after it, or ``?``."""
    if sign == ".":
        return "?", 0
    if sign not in DIGITS[:15]:
        raise text.wrong(sign)
    value = int(sign, 16)
    return value % 5, value // 5


def write_small(clues: Sequence[Clue]) -> str:
    """Cells as ``small`` reads them."""
    written: list[str] = []
    left = list(clues)
    while left:
        clue = left.pop(0)
        empty = 0
        if isinstance(clue, int):
            while empty < 2 and left and left[0] is None:
                del left[0]
                empty += 1
            written.append(f"{clue + 5 * empty:x}")
        elif clue is not None:
            written.append(".")
        else:
            empty = 1
            while empty < 20 and left and left[0] is None:
                del left[0]
                empty += 1
            written.append(DIGITS[15 + empty])
    return "".join(written)


def arrow(text: Text, sign: str) -> tuple[Clue, int]:
    """A direction and a number, such as ``2^``; ``?`` for a number that is not told."""
    if sign in "01234":
        told = text.take()
        count = "?" if told == "." else str(int(told, 16)) if told in DIGITS[:16] else None
        way = ARROWS[int(sign)]
    elif sign in "56789":
        count, way = str(text.number(2)), ARROWS[int(sign) - 5]
    elif sign == "-":
        way = ARROWS[text.number(1, 5)]
        count = str(text.number(3))
    else:
        count, way = None, ""
    if count is None:
        raise text.wrong(sign)
    return (f"{count}{way}".strip() if way != " " or count == "?" else int(count)), 0


def write_arrow(clue: Clue) -> str:
    """An arrow as ``arrow`` reads it."""
    told = str(clue)
    way = ARROWS.index(told[-1]) if told[-1] in "^v<>" else 0
    count = told.rstrip("^v<>")
    if count == "?":
        return f"{way}."
    value = int(count)
    if value < 256:
        return f"{way}{value:x}" if value < 16 else f"{way + 5}{value:02x}"
    return f"-{way}{value:03x}"


def read_bits(text: Text, count: int, *, base: int = 2, each: int = 5) -> list[int]:
    """Small digits, so many in a sign.

    Raises:
        InputError: when there are too few.
    """
    found: list[int] = []
    while len(found) < count:
        value = text.number(1, base**each if base**each <= 36 else 36)
        found += [value // base**k % base for k in range(each - 1, -1, -1)]
    return found[:count]


def write_bits(bits: Sequence[int], *, base: int = 2, each: int = 5) -> str:
    """The same, written."""
    padded = [*bits, *[0] * (-len(bits) % each)]
    groups = [padded[k : k + each] for k in range(0, len(padded), each)]
    return "".join(DIGITS[sum(v * base ** (each - 1 - k) for k, v in enumerate(g))] for g in groups)


def read_borders(text: Text, shape: Shape) -> set[Pair]:
    """Borders between columns, row by row; then, from a new sign on, those between rows."""
    across, down = _borders(shape)
    bits = [*read_bits(text, len(across)), *read_bits(text, len(down))]
    return {two for two, bit in zip([*across, *down], bits, strict=True) if bit}


def write_borders(borders: set[Pair], shape: Shape) -> str:
    """The same, written."""
    return "".join(write_bits([int(two in borders) for two in half]) for half in _borders(shape))


def _borders(shape: Shape) -> tuple[list[Pair], list[Pair]]:
    every = pairs(shape)
    return [two for two in every if two[0][0] == two[1][0]], [
        t for t in every if t[0][1] == t[1][1]
    ]


def rows(clues: Sequence[Clue], shape: Shape) -> list[list[Clue]]:
    """Clues in reading order as rows."""
    grid = [list(clues[r * shape[1] : (r + 1) * shape[1]]) for r in range(shape[0])]
    require_board(grid)
    return grid


@dataclass(frozen=True)
class Code:
    """How the clues of a board are written.

    Attributes:
        read: the clues of so many cells, in reading order.
        write: the same, written.
    """

    read: Callable[[Text, int], list[Clue]]
    write: Callable[[Sequence[Clue]], str]


def cell_code(
    one: Callable[[Text, str], tuple[Clue, int]], write: Callable[[Clue], str], blank: str = "g"
) -> Code:
    """Clues one by one, runs of empty cells as letters from ``blank`` on."""
    return Code(
        lambda text, count: read_cells(text, count, one, blank),
        lambda clues: write_cells(clues, write, blank),
    )


NUMBER = cell_code(number, write_number)
SMALL = Code(lambda text, count: read_cells(text, count, small, "g"), write_small)
ARROW = cell_code(arrow, write_arrow, "a")
