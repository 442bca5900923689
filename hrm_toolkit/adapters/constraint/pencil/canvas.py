"""Boards as text: cells in columns, with borders around them or lines between them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from hrm_toolkit.adapters.constraint.pencil.geometry import Pair, Shape, pairs
from hrm_toolkit.core import InputError

Texts = Sequence[Sequence[str]]
_HEADING = re.compile(r"([a-z][a-z0-9-]*) ([0-9]{1,3})x([0-9]{1,3})")


def heading(task: str, shape: Shape) -> str:
    """The line that says what a board is."""
    return f"{task} {shape[0]}x{shape[1]}"


def headed(line: str) -> str | None:
    """The task that such a line names, if it is one."""
    found = _HEADING.fullmatch(line.strip())
    return found[1] if found else None


def body(text: str) -> tuple[list[str], Shape | None]:
    """The lines of a board without its heading and blank lines, and the size in the heading."""
    lines = [line.rstrip() for line in text.expandtabs().splitlines() if line.strip()]
    found = _HEADING.fullmatch(lines[0].strip()) if lines else None
    shape = None
    if found is not None:
        shape = int(found[2]), int(found[3])
        del lines[0]
    if not lines:
        raise InputError("there is no board here", expected="a line of cells for each row")
    if len(lines) > 1000:
        raise InputError("the board is too large", expected="at most 1,000 lines")
    return lines, shape


def _as_headed(texts: list[list[str]], shape: Shape | None) -> list[list[str]]:
    if shape is not None and (len(texts), len(texts[0])) != shape:
        raise InputError(
            f"the board is {len(texts)}x{len(texts[0])}",
            expected=f"{shape[0]}x{shape[1]}, as its heading says",
        )
    return texts


def plain(texts: Texts) -> str:
    """Cells in columns.

    Example:
        >>> print(plain([["1", "."], [".", "10"]]))
        1  .
        .  10
    """
    width = max(len(text) for row in texts for text in row)
    return "\n".join(" ".join(text.ljust(width) for text in row).rstrip() for row in texts)


def read_plain(lines: Sequence[str], shape: Shape | None = None) -> list[list[str]]:
    """The cells of ``plain``; single signs may stand without spaces between.

    Args:
        shape: rows and columns, where a heading says them.

    Raises:
        InputError: when there are others.
    """
    rows = [line.split() for line in lines]
    if shape[1] > 1 if shape is not None else len(rows) > 1:
        rows = [list(row[0]) if len(row) == 1 else row for row in rows]
    return _as_headed(rows, shape)


def linked(texts: Texts, lines: Collection[Pair]) -> str:
    """Cells in columns, lines from one to the next.

    Example:
        >>> print(linked([["o", "."], [".", "."]], [((0, 0), (0, 1)), ((0, 0), (1, 0))]))
        o--.
        |
        .  .
    """
    width = _width(texts)
    drawn = []
    for r, row in enumerate(texts):
        line, below = "", ""
        for c, text in enumerate(row):
            across, down = ((r, c), (r, c + 1)) in lines, ((r, c), (r + 1, c)) in lines
            filling = "-" if across else " "
            line += text + filling * (width - len(text) + 2)
            below += ("|" if down else " ") + " " * (width + 1)
        drawn += [line.rstrip(), below.rstrip()]
    return "\n".join(drawn[:-1])


def read_linked(text: Sequence[str], texts: Texts) -> set[Pair]:
    """The lines of ``linked``, drawn over the same cells.

    Raises:
        InputError: when there are too few rows.
    """
    shape, width = (len(texts), len(texts[0])), _width(texts)
    # A line without anything may have been lost: rows of cells have something at their start.
    rows = [line for line in text if line[:1] not in ("", " ", "|")]
    if len(rows) != shape[0]:
        raise InputError(f"there are {len(rows)} rows", expected=f"{shape[0]}")
    below: list[str] = []
    for line in text:
        if line[:1] in ("", " ", "|"):
            below[-1:] = [line]
        else:
            below.append("")
    found = set()
    for a, b in pairs(shape):
        at = a[1] * (width + 2)
        if a[0] == b[0] and rows[a[0]][at + width : at + width + 2] == "--":
            found.add((a, b))
        if a[1] == b[1] and below[a[0]][at : at + 1] == "|":
            found.add((a, b))
    return found


def _width(texts: Texts) -> int:
    return max(len(text) for row in texts for text in row)


def fenced(
    texts: Texts,
    borders: Collection[Pair],
    *,
    outside: bool = True,
    lines: Collection[Pair] = (),
) -> str:
    """Cells with borders between them.

    Args:
        borders: between two cells; a cell off the board is beyond its side.
        outside: whether all of the board's sides are borders.
        lines: from a cell to a neighbour, over the border if there is one.

    Example:
        >>> print(fenced([["1", "."]], [((0, 0), (0, 1))]))
        +---+---+
        | 1 | . |
        +---+---+
        >>> print(fenced([["1", "."]], [((0, 0), (0, 1))], lines=[((0, 0), (0, 1))]))
        +---+---+
        | 1-|-. |
        +---+---+
    """
    height, length, width = len(texts), len(texts[0]), _width(texts)

    def there(a: tuple[int, int], b: tuple[int, int]) -> bool:
        off = min(a) < 0 or b[0] >= height or b[1] >= length
        return (outside and off) or (a, b) in borders

    def lined(r: int, c: int) -> str:
        return "-" if ((r, c - 1), (r, c)) in lines else " "

    drawn = []
    for r in range(height + 1):
        top = [("-" if there((r - 1, c), (r, c)) else " ") * (width + 2) for c in range(length)]
        for c in range(length):
            if ((r - 1, c), (r, c)) in lines:
                top[c] = f"{top[c][0]}|{top[c][2:]}"
        drawn.append("+" + "+".join(top) + "+")
        if r < height:
            sides = ["|" if there((r, c - 1), (r, c)) else lined(r, c) for c in range(length + 1)]
            row = [
                f"{lined(r, c)}{text.ljust(width, lined(r, c + 1))}{lined(r, c + 1)}"
                for c, text in enumerate(texts[r])
            ]
            drawn.append("".join(map("".join, zip(sides, row, strict=False))) + sides[-1])
    return "\n".join(line.rstrip() for line in drawn)


def read_fenced(
    lines: Sequence[str], shape: Shape | None = None
) -> tuple[list[list[str]], set[Pair]]:
    """The cells and borders of ``fenced``.

    Args:
        shape: rows and columns, where a heading says them.

    Raises:
        InputError: when the lines are no such drawing, or one of another size.
    """
    first = lines[0] if lines else ""
    corners = [k for k, sign in enumerate(first) if sign == "+"]
    steps = {b - a for a, b in pairwise(corners)}
    if (
        corners[:1] != [0]
        or len(steps) != 1
        or steps == {1}
        or len(lines) < 3
        or not len(lines) % 2
    ):
        raise InputError(
            "this is no board with borders", expected="a first line like +---+---+", got=first
        )
    step, length, height = steps.pop(), len(corners) - 1, len(lines) // 2
    grid = [line.ljust(step * length + 1) for line in lines]
    _require_fences(grid, step, length)
    texts = [
        [grid[2 * r + 1][step * c + 1 : step * (c + 1)].strip() for c in range(length)]
        for r in range(height)
    ]
    borders = set()
    for r in range(height + 1):
        for c in range(length + 1):
            if c < length and grid[2 * r][step * c + 1] == "-":
                borders.add(((r - 1, c), (r, c)))
            if r < height and grid[2 * r + 1][step * c] == "|":
                borders.add(((r, c - 1), (r, c)))
    return _as_headed(texts, shape), borders


def read_roads(lines: Sequence[str], shape: Shape) -> set[Pair]:
    """The lines of ``fenced``, drawn over a board of this shape.

    Raises:
        InputError: when the board drawn is none of this shape.
    """
    height, length = shape
    step = lines[0].find("+", 1)
    if len(lines) != 2 * height + 1 or step < 4 or len(lines[0]) != step * length + 1:
        raise InputError(
            "this is no board of that size with borders and lines",
            expected=f"{2 * height + 1} lines, the first like {'+---' * length}+",
            got=lines[0],
        )
    grid = [line.ljust(step * length + 1) for line in lines]
    found = set()
    for a, b in pairs(shape):
        side = step * b[1]
        if a[0] == b[0] and grid[2 * a[0] + 1][side - 1] == grid[2 * a[0] + 1][side + 1] == "-":
            found.add((a, b))
        if a[1] == b[1] and grid[2 * b[0]][step * b[1] + 2] == "|":
            found.add((a, b))
    return found


def _require_fences(grid: Sequence[str], step: int, length: int) -> None:
    """Refuse a drawing with more or other than borders where borders lie."""
    between = re.compile(rf"(\+(-{{{step - 1}}}| {{{step - 1}}})){{{length}}}\+")
    beside = re.compile(rf"([| ][^|]{{{step - 1}}}){{{length}}}[| ]")
    for number, line in enumerate(grid):
        if not (beside if number % 2 else between).fullmatch(line):
            raise InputError(
                f"line {number + 1} of the board is out of place",
                expected="borders under those of the first line, and nothing beside them",
                got=line.rstrip(),
            )
