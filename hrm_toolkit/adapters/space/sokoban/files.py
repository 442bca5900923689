"""Sokoban as text: levels in the usual signs, many to a file, and plans as LURD or pushes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hrm_toolkit.adapters.space.sokoban.puzzle import SokobanPuzzle
from hrm_toolkit.core import InputError, validate
from hrm_toolkit.core.files import (
    NO,
    SURE,
    Claim,
    Loaded,
    Pair,
    ReadOptions,
    Sample,
    TextForm,
    placed,
)

_ROW = re.compile(r"(?=.*#)[#@+$*. _|0-9-]+")
_RUN = re.compile(r"(\d*)([^\d])")
_LONGEST = 10_000
MOST_MOVES = 1_000_000
_MOVES = re.compile(r"(?:\d{0,6}[lurdLURD]\s*)+")
LETTERS = {"u": 0, "d": 1, "l": 2, "r": 3}
"""Ways by letter, as numbers of ``level.WAYS``."""
_PUSH = re.compile(
    r"push\s+(?:row\s*)?\(?(\d{1,2})\s*,?\s*(?:column\s*)?(\d{1,2})\)?\s+(up|down|left|right)",
    re.IGNORECASE,
)
EXPECTED = (
    'moves as LURD ("rrUl", a capital where a box is pushed), or pushes such as "push 3 4 right" '
    "(row and column of the box, from 1)"
)


def render(puzzle: SokobanPuzzle) -> str:
    """The rows of a level, floor as spaces; a row's end is not filled."""
    return "\n".join(row.rstrip() or "-" for row in puzzle.grid)


def parse(text: str) -> SokobanPuzzle:
    """The one level of a text.

    Raises:
        InputError: where there is none, or there are several.
    """
    found = list(levels(text))
    if len(found) != 1:
        raise InputError(
            f"the text holds {len(found) or 'no'} levels",
            expected="one level of # (wall), @ (player), $ (box) and . (goal)",
            got=None if found else text.strip()[:80],
        )
    return validate(SokobanPuzzle, {"task": "sokoban", "grid": found[0][1]})


def levels(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of each level of a text, with the number of its first line.

    Levels are apart by blank lines, comments or titles; whatever is no row of one is passed over.

    Raises:
        InputError: for runs that say too long a row.
    """
    rows: list[str] = []
    first = 0
    for number, line in enumerate((*text.expandtabs(1).splitlines(), ""), 1):
        body = line.strip("\r\n")
        inside = bool(rows) and body.strip(" -_") == "" and body != ""
        if _ROW.fullmatch(body) or inside:
            if not rows:
                first = number
            rows += _unpacked(number, body) if inside is False else [body]
        elif rows:
            yield first, _without_margin(rows)
            rows = []


def _unpacked(number: int, line: str) -> list[str]:
    """Rows of a line, which may count runs (``3#2-$``) and part rows by ``|``."""
    found = []
    for part in line.split("|") if "|" in line else [line]:
        row = ""
        for count, sign in _RUN.findall(part):
            if int(count or 1) > _LONGEST or len(row) > _LONGEST:
                raise InputError(f"line {number} has a run of {count}", expected="at most 64 cells")
            row += sign * int(count or 1)
        found.append(row)
    return found


def _without_margin(rows: list[str]) -> list[str]:
    """Without rows that are floor alone, before and after."""
    filled = [number for number, row in enumerate(rows) if row.strip(" -_")]
    return rows[filled[0] : filled[-1] + 1]


def claims(sample: Sample) -> Claim:
    """Sure of a first drawing of walls that has a player, boxes and goals in these signs."""
    rows: list[str] = []
    for line in sample.text.splitlines():
        if _ROW.fullmatch(line):
            rows.append(line)
        elif (rows and line.strip()) or rows:
            break
    signs = "".join(rows)
    players = signs.count("@") + signs.count("+")
    long = len(rows) > 2 or signs.count("|") > 1
    framed = len(rows) < 3 or not set(rows[0]) - set("# -_0123456789|")
    boxed = bool(set(signs) & set("$*")) and bool(set(signs) & set(".+*"))
    return SURE if players == 1 and long and framed and boxed and "#" in signs else NO


def read(text: str, options: ReadOptions) -> Loaded:
    """The levels of a text: one, a collection with titles, or a Boxoban file."""
    found = list(levels(text))
    pairs: list[Pair] = []
    for number, (line, rows) in enumerate(found, 1):
        where = f"level {number} (line {line})"
        data = {"task": "sokoban", "grid": rows}
        pairs.append((placed(where, validate, SokobanPuzzle, data), None))
    if not pairs:
        raise InputError("the text holds no level", expected="# (wall), @ (player), $ and .")
    kind = "a Sokoban level" if len(pairs) == 1 else f"Sokoban, {len(pairs):,} levels"
    return Loaded.of(kind, pairs)


FORMS = (TextForm("a Sokoban level", "sokoban", claims, read),)


def pushes(text: str) -> list[str] | None:
    """The pushes that a text names one by one; None for another text."""
    body = text.rpartition("plan:")[2] if "plan:" in text else text
    if re.sub(r"[\s,;.\[\]\"']", "", _PUSH.sub("", body)):
        return None
    return [f"push {int(r)} {int(c)} {way.lower()}" for r, c, way in _PUSH.findall(body)]


def moves(text: str) -> list[int] | None:
    """Moves written as LURD, as numbers of ``level.WAYS``; None for another text.

    Raises:
        InputError: for more than a million.
    """
    body = text.strip().strip("\"'")
    body = re.sub(
        r"^(moves|solution|lurd)(\s*\([\d,]+\))?\s*[:=]\s*", "", body, flags=re.IGNORECASE
    )
    if not _MOVES.fullmatch(body):
        return None
    found: list[int] = []
    for count, letter in re.findall(r"(\d*)([a-zA-Z])", body):
        if len(found) + int(count or 1) > MOST_MOVES:
            raise InputError(f"these are more than {MOST_MOVES:,} moves")
        found += [LETTERS[letter.lower()]] * int(count or 1)
    return found
