"""Where the cells are in a drawn Sudoku: lines, frames, fences, headings and empty fields."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hrm_toolkit.adapters.sudoku.boxes import BOXES, Box, shapes
from hrm_toolkit.adapters.sudoku.reading.content import SQUARES, Line, content, wrong_count
from hrm_toolkit.adapters.sudoku.reading.spaced import spaced_grid
from hrm_toolkit.adapters.sudoku.reading.symbols import MARKS, Cell, no_cell
from hrm_toolkit.core.errors import InputError

_BAR = r"|:\u2502\u2503\u2506\u2507\u250a\u250b\u2551"
_ROW = re.compile(rf"[0-9A-Ya-p._*?\s,;'\"()\[\]{{}}=+\-{_BAR}\u2500-\u257f]*")
_RULE = re.compile(r"[\s|+*.:,'`=\-_~\u2500-\u257f]*")
_RUN = re.compile(r"-[-\s+|]*-|\+-|-\+|={2}|~{2}|[\u2500-\u257f]{2}")
_PART = re.compile(r"[^\s,;'\"()\[\]{}=+\-\u2500-\u257f]+")
_MINUS_ONE = re.compile(r"(?<![^\s,;|\[(])-1(?![^\s,;|\])])")
_FIELDS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Drawn:
    """The cells of one grid as they stand in a text.

    Attributes:
        cells: row by row.
        size: side of the grid.
        box: rows and columns of a box, where frames or gaps show them.
        line: where the grid begins, from 1.
    """

    cells: tuple[Cell, ...]
    size: int
    box: Box | None = None
    line: int = 1


Reading = Callable[[Sequence[Line]], list[Drawn]]
"""A way to take lines apart, or an ``InputError``."""


@dataclass(frozen=True)
class _Row:
    """A line that holds cells.

    Attributes:
        words: its cells where each word is one; none where a word is too long for that.
        marks: its cells where each character is one.
        groups: lengths, in words and in characters, of the parts between bars.
        ruled: whether a rule or a blank line stands above.
        broken: whether words stand above.
    """

    number: int
    words: tuple[Cell, ...]
    marks: tuple[Cell, ...]
    groups: tuple[tuple[int, ...], tuple[int, ...]]
    ruled: bool
    broken: bool
    text: str


def drawn_grids(text: str) -> list[Drawn]:
    """The grids of a text, at least one, in order.

    Raises:
        InputError: saying how many cells there are, or which two readings are possible.
    """
    lines = content(text)
    _require_no_candidates(lines)
    found: dict[str, list[Drawn]] = {}
    refused: list[InputError] = []
    dashed = any("-" in line for _, line in lines if not _is_rule(line))
    for name, read in _readings(lines):
        if found and not (dashed and read is _dashes):
            # Nothing draws a -1; but a dash may part cells, or be one.
            continue
        try:
            grids = read(lines)
        except InputError as error:
            refused.append(error)
            continue
        if all(_symbols(grids) != _symbols(other) for other in found.values()):
            found[name] = grids
    if len(found) > 1:
        names = " or ".join(list(found)[:2])
        raise InputError(f"the grid can be read in two ways: {names}", expected="dots for blanks")
    if not found:
        raise refused[0]
    return next(iter(found.values()))


def _symbols(grids: Sequence[Drawn]) -> list[list[str]]:
    """What stands in each cell, one mark for every blank."""
    return [["." if s in MARKS else s for s, _, _ in grid.cells] for grid in grids]


def _readings(lines: Sequence[Line]) -> Iterator[tuple[str, Reading]]:
    """The ways that are worth trying, the likeliest first."""
    dashes = any("-" in line for _, line in lines)
    for name, read in _READINGS:
        if dashes or "-" not in name:
            yield name, read


def _plain(lines: Sequence[Line]) -> list[Drawn]:
    return _assemble(_rows(lines))


def _minus_one(lines: Sequence[Line]) -> list[Drawn]:
    """Each -1 is a blank; every dash outside of rules belongs to one."""
    changed = [(n, line if _is_rule(line) else _MINUS_ONE.sub(". ", line)) for n, line in lines]
    left = any("-" in line for _, line in changed if not _is_rule(line))
    if left or changed == list(lines):
        raise InputError("not every - is part of a -1")
    return _assemble(_rows(changed))


def _dashes(lines: Sequence[Line]) -> list[Drawn]:
    """Each dash is a blank, except in rules, which have a cross or another length."""
    bare = {(n, line) for n, line in lines if set(line) <= set("-| \t")}
    counts = Counter(
        len(re.sub(r"[\s|]", "", line))
        for n, line in lines
        if line.strip() and (n, line) not in bare and "+" not in line
    )
    usual = counts.most_common(1)[0][0] if counts else 0

    def cells(number: int, line: str) -> str:
        rule = "+" in line or ((number, line) in bare and line.count("-") != usual)
        return line if rule else line.replace("-", ".")

    return _assemble(_rows([(n, cells(n, line)) for n, line in lines]))


def _fields(lines: Sequence[Line]) -> list[Drawn]:
    """Each field between delimiters is a cell, an empty one a blank."""
    held = [(n, line) for n, line in lines if line.strip() and not _is_rule(line)]
    for delimiter in _FIELDS:
        parted = [(n, line) for n, line in held if delimiter in line]
        framed = all(re.fullmatch(r"\|.*\|", line.strip()) for _, line in parted)
        rows = [(n, _split(line, delimiter, framed=framed)) for n, line in parted]
        if delimiter == "|" and rows and len(rows) == len(rows[0][1]) + 1:
            rows = rows[1:]  # The heading that a Markdown table must have.
        sizes = {len(fields) for _, fields in rows}
        size = sizes.pop() if len(sizes) == 1 else 0
        if size in BOXES and rows and len(rows) % size == 0:
            cells = [
                (s.strip().strip("\"'"), n, c) for n, row in rows for c, s in enumerate(row, 1)
            ]
            if all(len(cell[0]) <= 2 for cell in cells):
                step = size * size
                return [
                    Drawn(tuple(cells[i : i + step]), size, None, cells[i][1])
                    for i in range(0, len(cells), step)
                ]
    raise InputError("the lines are no fields")


def _split(line: str, delimiter: str, *, framed: bool) -> list[str]:
    if delimiter == "|" and framed:
        line = line.strip()[1:-1]
    return line.rstrip("\r\n").split(delimiter)


def _spaces(lines: Sequence[Line]) -> list[Drawn]:
    cells, size, box, line = spaced_grid([pair for pair in lines if not _is_rule(pair[1])])
    return [Drawn(cells, size, box, line)]


_READINGS: tuple[tuple[str, Reading], ...] = (
    ("with -1 for a blank", _minus_one),
    ("as it is drawn", _plain),
    ("with - for a blank", _dashes),
    ("with empty fields for blanks", _fields),
    ("with spaces for blanks", _spaces),
)


def _is_rule(line: str) -> bool:
    return bool(_RULE.fullmatch(line) and _RUN.search(line))


def _rows(lines: Sequence[Line]) -> list[_Row]:
    """The lines that hold cells and nothing else."""
    rows: list[_Row] = []
    ruled = broken = False
    for number, line in lines:
        if not line.strip() or _is_rule(line):
            ruled = True
        elif not _ROW.fullmatch(line):
            _require_words(number, line)
            broken = True
        else:
            row = _row(number, line, ruled, broken)
            if row.marks:
                rows.append(row)
                ruled = broken = False
    return rows


def _require_words(number: int, line: str) -> None:
    """Refuse a line that is no heading but a row with a foreign symbol.

    Raises:
        InputError: naming the symbol.
    """
    symbols = re.sub(r"\s", "", line)
    cells = sum(1 for symbol in symbols if _ROW.fullmatch(symbol))
    worded = any(len(word) > 2 and word.isalpha() for word in re.findall(r"\w+", line))
    if not worded or (cells > 0.9 * len(symbols) and " " not in line):
        word = next(
            match for match in re.finditer(r"[^\s,;|]+", line) if not _ROW.fullmatch(match.group())
        )
        # Of cells that stand apart the whole word is wrong; else one symbol of the row.
        at = next(k for k, symbol in enumerate(word.group()) if not _ROW.fullmatch(symbol))
        wrong = word.group() if len(word.group()) == 2 else word.group()[at]
        column = word.start() + 1 + (0 if len(word.group()) == 2 else at)
        raise no_cell(wrong, number, column)


def _row(number: int, line: str, ruled: bool, broken: bool) -> _Row:
    words: list[Cell] = []
    in_words, in_marks = [], []
    parts = re.split(f"[{_BAR}]", line)
    at = 0
    for part in parts:
        found = [(m.group(), number, at + m.start() + 1) for m in _PART.finditer(part)]
        words += found
        in_words.append(len(found))
        in_marks.append(sum(len(word) for word, _, _ in found))
        if len(parts) == 1 and len(found) > 1:
            in_marks = [len(word) for word, _, _ in found]
        at += len(part) + 1
    marks = tuple((c, n, at + k) for word, n, at in words for k, c in enumerate(word))
    whole = all(len(w) == 1 or (len(w) == 2 and w.isdecimal()) for w, _, _ in words)
    groups = tuple(filter(None, in_words)), tuple(filter(None, in_marks))
    return _Row(number, tuple(words) if whole else (), marks, groups, ruled, broken, line)


def _assemble(rows: Sequence[_Row]) -> list[Drawn]:
    """The grids that rows make up, one after the other.

    Raises:
        InputError: where some make up none.
    """
    several = _several_a_line(rows)
    if several is not None:
        return [several]
    found: list[Drawn] = []
    place, passed = 0, 0
    while place < len(rows):
        grid = _at(rows, place)
        if grid is not None:
            found.append(grid[0])
            place += grid[1]
        elif re.search(r"[A-Za-z][a-z]{2}", rows[place].text) and len(rows[place].marks) < 16:
            # A heading whose letters could all be cells, such as "Game 1".
            place += 1
            passed += 1
        else:
            raise _no_grid(rows, place)
    if not found:
        raise (
            _no_grid(rows, 0)
            if rows
            else InputError("the text holds no cell", expected="a Sudoku grid")
        )
    return found


def _several_a_line(rows: Sequence[_Row]) -> Drawn | None:
    """The one grid whose rows stand several a line, apart by blanks: ``1... ..3.``, twice."""
    lengths = {length for row in rows for length in row.groups[1]}
    size = lengths.pop() if len(lengths) == 1 else 0
    rowed = size in BOXES and sum(len(row.groups[1]) for row in rows) == size
    if not rowed or len({len(row.groups[1]) for row in rows}) > 1:
        return None
    if not 1 < len(rows) < size or any(row.broken for row in rows[1:]):
        return None
    if any(re.search(f"[{_BAR}]", row.text) for row in rows):
        return None  # bars are between boxes, and such rows are of a larger grid
    return Drawn(tuple(cell for row in rows for cell in row.marks), size, None, rows[0].number)


def _at(rows: Sequence[_Row], place: int) -> tuple[Drawn, int] | None:
    """The grid that begins at a row, and how many rows it takes."""
    first = rows[place]
    for mode in (0, 1):
        size = len(_cells(first, mode))
        taken = rows[place : place + size]
        if size not in BOXES or len(taken) < size or any(row.broken for row in taken[1:]):
            continue
        if any(len(_cells(row, mode)) != size for row in taken):
            continue
        cells = tuple(cell for row in taken for cell in _cells(row, mode))
        if mode or all(len(c[0]) < 2 or (len(c[0]) < 4 and int(c[0]) <= size) for c in cells):
            return Drawn(cells, size, _box(taken, mode, size), first.number), size
    for cells in (first.words, first.marks):
        if len(cells) in SQUARES:
            return Drawn(cells, SQUARES[len(cells)], None, first.number), 1
    return None


def _cells(row: _Row, mode: int) -> tuple[Cell, ...]:
    return row.marks if mode else row.words


def _box(rows: Sequence[_Row], mode: int, size: int) -> Box | None:
    """The shape that bars and rules, or gaps, show."""
    groups = {row.groups[mode] for row in rows}
    widths = {width for group in groups for width in group}
    width = widths.pop() if len(groups) == len(widths) == 1 else size
    starts = [place for place, row in enumerate(rows) if place and row.ruled]
    height = starts[0] if starts and starts == list(range(starts[0], size, starts[0])) else size
    for box in shapes(size):
        if (width, height) in ((box[1], box[0]), (box[1], size), (size, box[0])):
            return box
    return None


def _no_grid(rows: Sequence[_Row], place: int) -> InputError:
    """Why the rows from ``place`` on are no grid."""
    left = rows[place:]
    for row in left:
        for symbol, number, column in row.marks:
            if symbol in "QRSTUVWXY":
                raise no_cell(symbol, number, column)
    total = sum(len(row.marks) for row in left)
    lengths = [len(row.words or row.marks) for row in left]
    size = Counter(lengths).most_common(1)[0][0]
    if len(left) == 1:
        error = wrong_count(total)
        return error if len(rows) == 1 else error.at(f"line {left[0].number}")  # type: ignore[return-value]
    if size in BOXES:
        odd = next((row for row in left[:size] if len(row.words or row.marks) != size), None)
        if odd is not None:
            count = len(odd.words or odd.marks)
            many = f"{abs(count - size)} {'cell' if abs(count - size) == 1 else 'cells'}"
            return InputError(
                f"line {odd.number} holds {count} cells",
                expected=f"{size}, as in the other rows",
                hint=f"{many} too {'few' if count < size else 'many'}",
            )
        return InputError(
            f"the grid that begins at line {left[0].number} has {len(left)} rows of {size} cells",
            expected=f"{size} rows",
            hint=_told_apart(left),
        )
    if len(set(lengths)) == 1:
        return InputError(
            f"{len(left)} lines of {lengths[0]} cells are no grid",
            expected="as many lines as cells in each, or one line of 16, 36, 81, 256 or 625 cells",
            hint=_told_apart(left),
        )
    return wrong_count(total)


def _told_apart(rows: Sequence[_Row]) -> str | None:
    """The way out where a line holds several rows, of one grid or of grids side by side."""
    groups = rows[0].groups[1]
    size = groups[0]
    alike = len(groups) > 1 and all(row.groups[1] == (size,) * len(groups) for row in rows)
    if not alike or size not in BOXES:
        return None
    return (
        f"groups of {size} cells on a line may be rows of one grid, or of grids side by side: "
        "write one row a line"
    )


def _require_no_candidates(lines: Sequence[Line]) -> None:
    """Refuse a grid whose cells hold their candidates.

    Raises:
        InputError: naming it.
    """
    words = [re.findall(r"u?[0-9]+", line) for _, line in lines if not _is_rule(line)]
    rows = [row for row in words if len(row) == 9]
    several = [word for row in rows for word in row if len(word.lstrip("u")) > 1]
    ascending = all(list(word.lstrip("u")) == sorted(set(word.lstrip("u"))) for word in several)
    listed = sum(len(re.sub(r"\s", "", line)) for _, line in lines) == 729
    if (len(rows) >= 9 and several and ascending) or (listed and len(lines) < 10):
        raise InputError(
            "these are the candidates of a Sudoku's cells, not a Sudoku",
            expected="81 cells: the clues alone, with blanks where a cell has several candidates",
        )
