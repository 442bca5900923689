"""The forms of Sudoku files: text, printed lists, XML and JSON; and what only looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import dropwhile, islice
from typing import TYPE_CHECKING, Any

from hrm_toolkit.adapters.extras import require_plain_rules
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.adapters.names import plain, require_one
from hrm_toolkit.adapters.sudoku.boxes import BOXES, Box, Rows
from hrm_toolkit.adapters.sudoku.reading.content import SQUARES, content
from hrm_toolkit.adapters.sudoku.reading.grids import LONGEST, Grid, parse_grids
from hrm_toolkit.adapters.sudoku.reading.lists import (
    Record,
    content_lines,
    cut_lines,
    is_heading,
    is_list,
    kind_of_lines,
    line_pair,
    line_record,
)
from hrm_toolkit.adapters.sudoku.reading.puzzles import loaded, loaded_fields, read_sudoku
from hrm_toolkit.adapters.sudoku.reading.values import grid_of, is_matrix, positions
from hrm_toolkit.adapters.sudoku.rules import SudokuPuzzle
from hrm_toolkit.core.errors import InputError, ToolkitError
from hrm_toolkit.core.files import (
    MAYBE,
    NO,
    SURE,
    Claim,
    Lines,
    Loaded,
    Pair,
    ReadOptions,
    RecordForm,
    Sample,
    TextForm,
    no,
    placed,
)

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET

_BOX = frozenset({"box"})
_COMPARED = 20
"""Lines of a list that are looked at for what is no Sudoku."""
_SETTLING = 200
"""Lines of a long list that decide the shape of its boxes."""
_CLASHES = 4
"""Rows and columns that repeat a number: a slip makes two at the most, a table many."""

_MARKS = frozenset("0123456789._*?|+-=:, \t\u2502\u2500\u253c\u251c\u2524")
_LETTERS = re.compile(r"[0-9A-Pa-p._*?\s|+\-]+")
_SECTIONS = ("[puzzle]", "[sudoku]")
_FEW = re.compile(r"\s*-?\d+(?:\.\d+)?(?:[\s,;]+-?\d+(?:\.\d+)?){1,2}\s*")
_DECIMALS = re.compile(r"(?:.*[\s,;])?\d+\.\d+[\s,;]")
_PRINTED = re.compile(
    r"\s*(?:array\(|grid\s*=|board\s*=|puzzle\s*=)?\s*\[[\s\[\]()\d.,'\"_*?\-]*[\])]\s*"
)
_WORDS = re.compile(r"\b(None|null|nan|NaN|dtype=\w+)\b")

_GRID = ("grid", "board", "cells", "newboard", "sudoku")
_ANSWER = ("solution", "solved", "answer", "solutions", "solution_grid", "solved_grid")
_KNOWN = frozenset(map(plain, (*_GRID, *_ANSWER)))
_BOX_WORDS = ("box", "boxes", "block", "region", "subgrid")
_ROWS, _COLUMNS = ("rows", "row", "height", "h"), ("cols", "columns", "col", "width", "w")
_SHAPES = ("", "size", "shape", "dims", "dimension", "dimensions")
_BOX_ROWS, _BOX_COLUMNS, _BOX_NAMES = (
    frozenset(box + side for box in _BOX_WORDS for side in sides)
    for sides in (_ROWS, _COLUMNS, _SHAPES)
)


def _claims_text(sample: Sample) -> Claim:
    if sample.first.lower() in _SECTIONS:
        return SURE
    if sample.first.startswith(("<", "{", "[")):
        return NO
    text = sample.text
    if len(text) > LONGEST and "\n" in text[:LONGEST]:
        text = text[: text.rindex("\n", 0, LONGEST)]
    lines = [line for _, line in content(text) if line.strip()]
    if not lines:
        return NO
    if is_list(text):
        return _claims_list(text)
    if sum(1 for line in lines if _DECIMALS.match(line + " ")) > 1:
        return no("it holds decimal numbers")
    try:
        grids = parse_grids(text)
    except ToolkitError:
        if len(lines) > 1 and all(map(_FEW.fullmatch, lines)):
            return no(f"its lines hold {len(re.findall(r'[0-9.]+', lines[0]))} numbers each")
        return _looks_so(lines)
    return _claims_rows(grids[0].rows, zeros="0" in text and "." not in "".join(lines))


def _claims_list(text: str) -> Claim:
    """Whether lines with a grid each are Sudokus: no map is, though each of its rows may be one."""
    claim = MAYBE
    for _, line in islice(content_lines(text), _COMPARED):
        try:
            claim = _claims_rows(line_record(line)[0].rows, zeros="." not in line)
        except ToolkitError:
            return MAYBE
        if claim.strength:
            return MAYBE
    return claim


def _looks_so(lines: list[str]) -> Claim:
    marks = sum(sum(map(_MARKS.__contains__, line)) for line in lines)
    if marks > 0.9 * sum(map(len, lines)) or all(map(_LETTERS.fullmatch, lines)):
        return MAYBE
    # A list with a fault in it, or one line of cells with a foreign symbol.
    return MAYBE if re.search(r"(?<!\S)[0-9._*?]{34,}", "\n".join(lines)) else NO


def _claims_rows(rows: Rows, *, zeros: bool = True) -> Claim:
    """Whether a square of numbers is a Sudoku rather than a map or a table.

    Args:
        zeros: whether its blanks are written as 0, so that they may be numbers.
    """
    held = {value for row in rows for value in row}
    lines = [*rows, *zip(*rows, strict=True)]
    clashes = sum(1 for line in lines if len(set(line) - {0}) < sum(1 for v in line if v))
    if zeros and held == {0, 1} and clashes:
        return no("it holds 0 and 1 alone, as a map of open and closed cells does")
    if clashes >= _CLASHES:
        return no(f"{clashes} of its rows and columns hold a number twice, as tables do")
    mirrored = list(rows) == list(zip(*rows, strict=True))
    if zeros and mirrored and not any(rows[k][k] for k in range(len(rows))) and len(held) > 1:
        return no("it is a symmetric table with an empty diagonal, as of a graph")
    return MAYBE


def _read_text(text: str, options: ReadOptions) -> Loaded:
    lines = options.path is not None and options.path.suffix == ".sdm"
    return read_sudoku(text, lines=lines, box=options.box)


def _claims_printed(sample: Sample) -> Claim:
    """Lists as Python or NumPy print them, or a row a line: no JSON value."""
    if not sample.first.startswith(("[", "array(", "grid", "board", "puzzle")):
        return NO
    if not _PRINTED.fullmatch(_WORDS.sub(".", sample.text)):
        return NO
    try:
        if sample.first.startswith("["):
            read_json(sample.text)
            return NO
    except ToolkitError:
        pass
    try:
        claim = _claims_rows(parse_grids(_unlisted(sample.text))[0].rows)
    except ToolkitError:
        return NO
    return SURE if claim.strength else claim


def _read_printed(text: str, options: ReadOptions) -> Loaded:
    return read_sudoku(_unlisted(text), box=options.box)


def _unlisted(text: str) -> str:
    """A printed list as a row a line."""
    inside = _WORDS.sub(".", re.sub(r",\s*dtype=\w+|\bdtype=\w+|^\s*\w+\s*(=|\()", " ", text))
    rows = re.findall(r"\[([^\[\]]*)\]", inside)
    return "\n".join(map(_unquoted, rows))


def _unquoted(row: str) -> str:
    """The items of one printed list, parted by spaces."""
    items = row.strip().removesuffix(",").split("," if "," in row else None)
    return " ".join(item.strip("'\" \n") or "." for item in items)


def _claims_xml(sample: Sample) -> Claim:
    return SURE if re.search(r"<opensudoku\b", sample.text[:2000]) else NO


def _read_xml(text: str, options: ReadOptions) -> Loaded:
    """The games of an OpenSudoku file."""
    if re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise InputError("the XML declares a document type", hint="delete the <!DOCTYPE ...>")
    import xml.etree.ElementTree as ET

    try:
        root = ET.fromstring(text)  # noqa: S314 - it declares no entities, as was seen
    except ET.ParseError as error:
        raise InputError(f"this is not valid XML: {error}") from None
    games = list(root.iter("game"))
    if not games:
        raise InputError("the OpenSudoku file holds no game", expected='<game data="..." />')
    pairs = [placed(f"game {n}", _game, game) for n, game in enumerate(games, 1)]
    return loaded(f"OpenSudoku file, {len(pairs)} games", pairs, options.box)


def _game(game: ET.Element) -> Record:
    data = game.get("data") or next((d.text or "" for d in game.iter("data")), "")
    saved = re.match(r"version: \d+\s*(.*)", data, re.DOTALL)
    if saved is None:
        return line_record(data)
    # A game begun: of each cell its value, its notes, and whether it may be changed.
    parts = saved[1].strip().split("|")
    if len(parts) // 3 != 81 or len(parts) - 243 > 1:
        raise InputError(
            "a game that was begun is in a form that is not known", expected="81 digits"
        )
    values = [parts[k] if parts[k + 2].strip() == "0" else "0" for k in range(0, 243, 3)]
    return line_record("".join(value.strip() for value in values))


def _stream(sample: Sample, lines: Lines, options: ReadOptions) -> Loaded | None:
    """The puzzles of a list too long to hold, one a line, each as ``read_sudoku`` reads it.

    The first lines decide the shape of the boxes.
    """
    insist = sample.suffix == ".sdm"
    if not is_list(sample.text, insist):
        return None
    head = "\n".join(sample.text.splitlines()[:_SETTLING])
    try:
        settled = read_sudoku(head, lines=True, box=options.box)
    except ToolkitError:
        # The line at fault is told when its turn comes.
        settled = None
    puzzles = settled.puzzles if settled else ()
    boxes = {p.size: p.boxes for p in puzzles if isinstance(p, SudokuPuzzle)}

    def cut() -> Iterator[tuple[int, str]]:
        return dropwhile(lambda line: is_heading(line[1]), cut_lines(lines()))

    def read(record: tuple[int, str]) -> Pair:
        return placed(f"line {record[0]}", line_pair, record[1], options.box, boxes)

    held = [line for _, line in cut_lines(enumerate(head.splitlines(), 1))]
    lengths = {len(line) for line in held}
    kind = kind_of_lines(lengths.pop() if len(lengths) == 1 else 0, len(held) > 1)
    return Loaded.streamed(kind, cut, read, settled.notes if settled else ())


def _claims_record(value: Any) -> Claim:
    if isinstance(value, Mapping):
        return SURE if value.get("task") == "sudoku" else _claims_fields(value)
    if isinstance(value, str):
        return MAYBE if value.strip() else NO
    if not isinstance(value, list) or not _is_one(value):
        return NO
    if is_matrix(value):
        return no("it is a square table with an empty diagonal, as of a graph")
    try:
        grid = grid_of(value)
    except ToolkitError:
        return SURE
    if grid is None:
        return MAYBE if value and isinstance(value[0], list) else NO
    lengths = {len(grid.rows), *map(len, grid.rows)}
    if grid.rows and max(map(len, grid.rows)) < min(BOXES) and len(lengths) > 1:
        return no(f"its rows hold {max(map(len, grid.rows))} numbers")
    if not grid.rows or len(lengths) > 1:
        return SURE
    claim = _claims_rows(grid.rows)
    return SURE if claim.strength else claim


def _claims_fields(value: Mapping[str, Any]) -> Claim:
    if _nested(value) is not value:
        return SURE
    grid = next((value[name] for name in _GRID if name in value), None)
    if grid is None:
        return no('it has no "grid", "board", "cells" or "sudoku"')
    if isinstance(grid, list) and grid and positions(grid) is not None:
        return SURE
    claim = _claims_record(grid) if isinstance(grid, list | str) else MAYBE
    return MAYBE if claim.strength else claim


def _is_one(value: list[Any]) -> bool:
    """Whether a list is one puzzle's grid rather than a list of puzzles."""
    if not value:
        return False
    if all(isinstance(item, str) for item in value):
        return len(value[0]) < 36 or "\n" in value[0]
    if not all(isinstance(item, list) for item in value):
        return len(value) in (16, 36, 81, 256, 625) and not any(
            isinstance(item, list | Mapping) for item in value
        )
    return not (value[0] and isinstance(value[0][0], list)) and not _are_flat(value)


def _are_flat(value: list[list[Any]]) -> bool:
    """Whether rows are flat grids: as in a text, sixteen of 16 are where none is above 4."""
    size = SQUARES.get(len(value[0]), 0)
    if not size or any(len(row) != len(value[0]) for row in value):
        return False
    numbers = [cell for row in value for cell in row if isinstance(cell, int)]
    return len(numbers) == len(value) * len(value[0]) and max(numbers) <= size


def _nested(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object that holds the grid, where others are around it."""
    inner: Any = value.get("newboard")
    if isinstance(inner, Mapping) and isinstance(inner.get("grids"), list) and inner["grids"]:
        return {"newboard": inner["grids"]}
    inner = value.get("metadata")
    if isinstance(inner, Mapping) and isinstance(inner.get("puzzle"), list):
        return {"grid": inner["puzzle"], **{k: inner[k] for k in ("solution",) if k in inner}}
    return value


def _read_record(value: Any, options: ReadOptions) -> Loaded:
    said = isinstance(value, Mapping) and "task" in value
    kind = f"sudoku {'puzzle' if said else 'grid'}, JSON"
    if not isinstance(value, Mapping):
        return loaded(kind, [(_grid(value), None)], options.box)
    if said:
        return _read_puzzle(value, options, kind)
    value = _nested(value)
    if isinstance(value.get("newboard"), list):
        boards = [{"grid": one.get("value"), **one} for one in value["newboard"]]
        return loaded(kind, [_fields(one) for one in boards], options.box)
    return loaded(kind, [_fields(value)], options.box or _said_box(value))


def _read_puzzle(value: Mapping[str, Any], options: ReadOptions, kind: str) -> Loaded:
    """A record of our own: its fields are known, and others are refused."""
    fields = dict(value)
    if options.box is not None:
        fields["box"] = options.box
    return loaded_fields(fields, kind)


def _said_box(value: Mapping[str, Any]) -> Box | None:
    said: dict[str, tuple[str, Any]] = {}
    for name, item in value.items():
        for what, names in (("rows", _BOX_ROWS), ("cols", _BOX_COLUMNS), ("box", _BOX_NAMES)):
            if plain(name) in names and item not in (None, "", []):
                if what in said:
                    raise InputError(f'the boxes are said twice, by "{said[what][0]}" and "{name}"')
                said[what] = (name, item)
    if "box" in said:
        return _shape(*said["box"])
    sides = [said[side] for side in ("rows", "cols") if side in said]
    return _shape(sides[0][0], [item for _, item in sides]) if sides else None


def _shape(name: str, said: Any) -> Box:
    box = said
    if isinstance(said, str):
        sides = re.fullmatch(r"\s*([0-9]{1,2})\s*[x*,\u00d7]\s*([0-9]{1,2})\s*", said.lower())
        box = [int(side) for side in sides.groups()] if sides else None
    elif type(said) is int:
        box = [said, said]
    if isinstance(box, list | tuple) and len(box) == 2 and all(type(n) is int for n in box):
        return (box[0], box[1])
    raise InputError("the box is no shape", path=name, expected="[rows, columns]", got=said)


def _fields(value: Mapping[str, Any]) -> Record:
    """A grid with its answer from an object of somebody else's; what is not known is left."""
    known = _BOX_ROWS | _BOX_COLUMNS | _BOX_NAMES | _KNOWN
    require_plain_rules(value, "Sudoku", known=known, expected="rows, columns and boxes alone")
    name = next(name for name in _GRID if name in value)
    require_one(value, _GRID, name)
    cells = value[name]
    grid = positions(cells) if isinstance(cells, list) and cells else None
    answer = next((value[name] for name in _ANSWER if value.get(name)), None)
    return grid or placed(name, _grid, cells), None if answer is None else _grid(answer)


def _grid(value: Any) -> Grid:
    grid = grid_of(value)
    if grid is None:
        raise InputError(
            "this is no grid", expected="rows of digits, 0 or null for a blank", got=value
        )
    return grid


FORMS = (
    TextForm("a Sudoku", "sudoku", _claims_text, _read_text, _BOX, stream=_stream, inline=is_list),
    TextForm("a printed Sudoku", "sudoku", _claims_printed, _read_printed, _BOX),
    TextForm("an OpenSudoku file", "sudoku", _claims_xml, _read_xml, _BOX),
    RecordForm("a Sudoku grid", "sudoku", _claims_record, _read_record, _BOX),
)
