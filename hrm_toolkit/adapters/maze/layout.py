"""How the cells of a drawn maze lie in its text: blocks, comments, indentation, spacing.

A blank may be an open cell, a gap between cells, or the paper beside a maze. Where the drawing
leaves more than one of these possible, it is refused: the wrong one is a path through walls.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hrm_toolkit.adapters.maze.sizes import Numbered, numbers_of, sized
from hrm_toolkit.core import InputError

DOTS = "write open cells as dots"
"""The way out of every doubt about blanks."""

_FENCE = re.compile(r"\s*(```|~~~)")
_ROW = re.compile(r"[#.SGEo]+")
"""A row of a maze that stands in a line with the others."""
_RULE = re.compile(r"\s*(={3,}|-{3,})\s*")
_COMMENT = re.compile(r"\s*(#+|;+|//+|%+|--)\s+[^#]*")
_HEADING = re.compile(r"[^#|+*\u2500-\u25ff]*")
_WORD = re.compile(r"[^\W\d_]{2,}")
_CELLS = frozenset("#.SEGABosegabxX*+ 01")
_PERIODS = (2, 3, 4)
_WIDTHS = {4: "four", 3: "three", 2: "two"}


@dataclass(frozen=True)
class Block:
    """Lines of a text that hold one maze.

    Attributes:
        lines: without their ends.
        first: the number of the first, counted from 1.
    """

    lines: tuple[str, ...]
    first: int = 1


def blocks(text: str) -> list[Block]:
    """The mazes of a text: parted by empty lines, by rules of ``=``, or each in a code fence.

    Comments (``# words``) and headings before and after a maze are left out.

    Raises:
        InputError: when there is none.

    Example:
        >>> [block.first for block in blocks("one way\\nS.G\\n\\n# another\\nG.S\\n")]
        [2, 5]
    """
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = list(enumerate(_joined(plain) or plain.split("\n"), 1))
    parts = _fenced(lines)
    if parts is None:
        parts = _parted(lines, lambda line: bool(_RULE.fullmatch(line)))
    found = [block for part in parts for block in _of_sized(part) or _of_part(part)]
    if not found:
        raise InputError("the grid has no lines", expected="at least one line of cells")
    return found


def _joined(text: str) -> list[str] | None:
    """The rows of a maze in one line, joined by ``/``; None for another text.

    Example:
        >>> _joined("S../.#./..G")
        ['S..', '.#.', '..G']
    """
    rows = text.strip("\n").split("/")
    even = len(rows) > 1 and len({len(row) for row in rows}) == 1
    return rows if even and all(_ROW.fullmatch(row) for row in rows) else None


def _of_sized(lines: Numbered) -> list[Block]:
    """The mazes of lines where each stands below its size; none where they do not."""
    spoken = [(number, line) for number, line in lines if not _speaks(line)]
    written = [(number, line) for number, line in spoken if line.strip()]
    if _are_bits([line for _, line in written[1:]]):
        # Rows of 0 and 1 may be numbers themselves: the first line alone can be a size.
        size, rows = numbers_of(written[0][1]), written[1:]
        width = len(re.sub(r"[\s,;]", "", rows[0][1]))
        return [Block(tuple(x for _, x in rows), rows[0][0])] if size == (len(rows), width) else []
    mazes = sized(spoken) or []
    return [Block(tuple(line for _, line in rows), rows[0][0]) for rows in mazes if rows]


def _are_bits(lines: Sequence[str]) -> bool:
    return bool(lines) and set("".join(lines)) <= set("01 ,;\t")


def _speaks(line: str) -> bool:
    return is_remark(line) and numbers_of(line) is None


def _fenced(lines: Numbered) -> list[Numbered] | None:
    """What stands between code fences; None where there are none."""
    fences = [at for at, (_, line) in enumerate(lines) if _FENCE.match(line)]
    if not fences:
        return None
    ends = [*fences, len(lines)]
    return [lines[ends[k] + 1 : ends[k + 1]] for k in range(0, len(fences), 2)]


def _parted(lines: Numbered, parts: Callable[[str], bool]) -> list[Numbered]:
    found: list[Numbered] = [[]]
    for number, line in lines:
        if parts(line):
            found.append([])
        else:
            found[-1].append((number, line))
    return found


def _of_part(lines: Numbered) -> list[Block]:
    """The mazes of lines without rules and fences."""
    pieces = [piece for piece in map(_bare, _parted(lines, _is_blank)) if piece]
    if len(pieces) == 1 or not all(map(_has_ends, pieces)):
        # Rows of open blanks, or a hole in a maze: which, the reader of rows will say.
        pieces = [_bare(lines)] if pieces else []
    return [Block(tuple(line for _, line in piece), piece[0][0]) for piece in pieces]


def _is_blank(line: str) -> bool:
    return not line.strip()


def _has_ends(piece: Numbered) -> bool:
    """Whether a piece may be a maze of its own: it has two letters, or digits alone."""
    text = "".join(line for _, line in piece)
    return sum(map(str.isalpha, text)) >= 2 or set(text) <= set("01 ,;[]\t")


def _bare(lines: Numbered) -> Numbered:
    """Lines without comments and headings at either end."""
    written = [at for at, (_, line) in enumerate(lines) if line.strip()]
    first, end = 0, len(lines)
    while written and is_remark(lines[written[0]][1]):
        first = written.pop(0) + 1
    while written and is_remark(lines[written[-1]][1]):
        end = written.pop()
    return _trimmed(lines[first:end]) if written else []


def _trimmed(lines: Numbered) -> Numbered:
    """Lines without empty ones at either end; a row of blanks is kept."""
    first, end = 0, len(lines)
    while end > first and not lines[end - 1][1]:
        end -= 1
    while first < end and not lines[first][1]:
        first += 1
    return lines[first:end]


def is_remark(line: str) -> bool:
    """Whether a line speaks of a maze and is no row of it.

    Example:
        >>> is_remark("# a small maze"), is_remark("# # S #"), is_remark("Maze 2:")
        (True, False, True)
    """
    words = _WORD.findall(line)
    strange = any(not _CELLS.issuperset(word) for word in words)
    return strange and bool(_COMMENT.fullmatch(line) or _HEADING.fullmatch(line))


def cells_of(lines: Sequence[str], *, unit: str = "line") -> tuple[list[str], int, str | None]:
    """The rows of a drawing with one character a cell and nothing beside it.

    Returns:
        The rows, how many lines above them were no rows, and what was assumed of gaps.

    Raises:
        InputError: where blanks may be open cells, gaps, indentation or paper.

    Example:
        >>> cells_of(["  # # #", "  S . G", "  # # #"])
        (['###', 'S.G', '###'], 0, 'blanks between cells are no cells')
    """
    bare, indented = dedent(lines)
    cells, note = unspaced(bare, unit=unit)
    rows, gone = without_margins(cells, unit=unit)
    blank_inside = any(" " in row.strip() for row in rows)
    if indented and not _is_framed(rows) and (blank_inside or not _has_dots(rows)):
        raise InputError(
            f"every {unit} begins with {indented} blank{'s' if indented > 1 else ''}, which may "
            "be indentation or open cells",
            hint=f"{DOTS}, or remove the indentation",
        )
    return rows, gone, note


def dedent(lines: Sequence[str]) -> tuple[list[str], int]:
    """Lines without the blanks that all of them begin with, and how many these are; 0 for tabs.

    Example:
        >>> dedent(["  ###", "  S G", " "])
        (['###', 'S G', ''], 2)
    """
    written = [line for line in lines if line.strip()]
    common = min((len(line) - len(line.lstrip()) for line in written), default=0)
    tabs = any("\t" in line[:common] for line in written)
    if common == 0 or (tabs and len({line[:common] for line in written}) > 1):
        return list(lines), 0
    return [line[common:] for line in lines], 0 if tabs else common


def unspaced(lines: Sequence[str], *, unit: str = "line") -> tuple[list[str], str | None]:
    """Lines with one character a cell, and what was assumed for that.

    Cells may be parted by blanks (``# # #``), tabs, commas or semicolons, or be written twice
    (``####  ##``).

    Raises:
        InputError: where the blanks may as well be open cells.

    Example:
        >>> unspaced(["# # #", "S . G"])
        (['###', 'S.G'], 'blanks between cells are no cells')
    """
    for mark in ("\t", ",", ";"):
        fields = _fields(lines, mark)
        if fields is not None:
            return fields, None
    if len(lines) == 1 and len(lines[0].rstrip()) <= 3:
        return list(lines), None
    doubtful = ""
    for period in _PERIODS:
        cells = _every(lines, period)
        if cells is None:
            continue
        if _is_certain(cells):
            return cells, "blanks between cells are no cells"
        doubtful = "the blanks between cells may be gaps or open cells"
    for width, number in _WIDTHS.items():
        folded = _folded(lines, width)
        if folded is None:
            continue
        cells, often = folded
        if often or _is_framed(cells):
            return cells, f"every cell is written with {number} characters"
        doubtful = f"cells may be one or {number} characters wide"
    if doubtful:
        raise InputError(f"{doubtful}: the {unit}s can be read as two mazes", hint=DOTS)
    return list(lines), None


def without_margins(rows: Sequence[str], *, unit: str = "line") -> tuple[list[str], int]:
    """Rows without blanks that are the paper beside a maze, and how many rows went at the top.

    Raises:
        InputError: where they may as well be open cells.

    Example:
        >>> without_margins(["    ", "###  ", "S.G  ", "###"])
        (['###', 'S.G', '###'], 1)
    """
    top, end = 0, len(rows)
    while top < end and not rows[top].strip() and _is_paper(rows, top, unit):
        top += 1
    while end > top and not rows[end - 1].strip() and _is_paper(rows, end - 1, unit):
        end -= 1
    kept = list(rows[top:end])
    width = max((len(row.rstrip()) for row in kept), default=0)
    if all(len(row) <= width for row in kept):
        return kept, top
    bare = [row[:width].rstrip() if len(row) > width else row for row in kept]
    closed = all(len(row) == width and row[-1:].strip() for row in bare)
    if _has_dots(bare) and not any(" " in row for row in bare):
        return bare, top
    if closed and not _is_framed(bare):
        raise InputError(
            f"every {unit} ends with blanks, which may be open cells or nothing", hint=DOTS
        )
    return (bare if closed else kept), top


def _is_paper(rows: Sequence[str], at: int, unit: str) -> bool:
    """Whether a blank row at the edge is no row of a maze: a wall, or dots, are all there is.

    Raises:
        InputError: where it may be a row of open cells, and one of paper.
    """
    written = [row.rstrip() for row in rows if row.strip()]
    first = next((number for number, row in enumerate(rows) if row.strip()), len(rows))
    width = max(map(len, written), default=0)
    if _is_framed(written) or (_has_dots(written) and not any(" " in r.strip() for r in written)):
        return True
    if not written:
        raise InputError("there is nothing but blanks in it")
    near = written[0] if at < first else written[-1]
    if len(near) == width and " " not in near:
        raise InputError(f"{unit} {at + 1} is blank, which may be open cells or nothing", hint=DOTS)
    return False


def _fields(lines: Sequence[str], mark: str) -> list[str] | None:
    """Cells parted by ``mark``, an empty field being a blank; None where they are not."""
    if not lines or not all(mark in line for line in lines):
        return None
    rows = [[field.strip().strip("\"'") for field in line.split(mark)] for line in lines]
    if all(row[-1] == "" for row in rows) and len({len(row) for row in rows}) == 1:
        rows = [row[:-1] for row in rows]
    if any(len(field) > 1 for row in rows for field in row):
        return None
    return ["".join(field or " " for field in row) for row in rows]


def _every(lines: Sequence[str], period: int) -> list[str] | None:
    """Each ``period``-th character; None where another one is no blank, or there is but one."""
    for line in lines:
        if any(line[k::period].strip() for k in range(1, period)):
            return None
    cells = [line[::period].rstrip() for line in lines]
    return cells if max(map(len, cells), default=0) > 1 else None


def _is_certain(cells: Sequence[str]) -> bool:
    """Whether blanks between these cells can be no open cells.

    They cannot where open cells have a sign of their own, and hardly where the maze has walls
    all around that would else be full of holes.
    """
    blank = any(" " in row or not row for row in cells)
    size = len(cells) * max(map(len, cells))
    return (not blank and _has_dots(cells)) or (size > 9 and _is_framed(cells))


def _has_dots(cells: Sequence[str]) -> bool:
    return any("." in row or "0" in row or "\u00b7" in row for row in cells)


def _is_framed(cells: Sequence[str]) -> bool:
    """Whether no cell on the outer border is blank, and there is an inside."""
    width = max(map(len, cells), default=0)
    if min(len(cells), width) < 3:
        return False
    ends = (cells[0], cells[-1])
    return all(len(row) == width and " " not in row for row in ends) and all(
        len(row) == width and row[0] != " " and row[-1] != " " for row in cells
    )


def _folded(lines: Sequence[str], width: int) -> tuple[list[str], bool] | None:
    """Cells that are ``width`` characters each, and whether every letter is written so often.

    None where some of them are no cell: signs that differ, unless one is a letter, or a dot in the
    midst, and the others are blanks.
    """
    often, walls = False, False
    folded: list[str] = []
    for line in lines:
        # A line that lost the blanks at its end has them again.
        padded = line + " " * (-len(line) % width)
        chunks = [padded[at : at + width] for at in range(0, len(padded), width)]
        cells = [chunk.strip() or " " for chunk in chunks]
        for chunk, cell in zip(chunks, cells, strict=True):
            one = len(cell) == 1 and (cell.isalpha() or (cell == "." and width == 3))
            if cell != " " and chunk != cell[0] * width and not one:
                return None
        cells = [cell[0] for cell in cells]
        often = often or any(
            cell in "SEGABseg" and chunk == cell * width
            for cell, chunk in zip(cells, chunks, strict=True)
        )
        walls = walls or any(not (cell.isalnum() or cell in " .") for cell in cells)
        folded.append("".join(cells))
    blank = any(" " in line for line in lines)
    if not walls or not (often or blank) or max(map(len, lines)) < 2 * width:
        return None
    return [row.rstrip() for row in folded], often
