"""Sliding tiles as text: boards in rows or in one line, and plans by tiles or by directions."""

from __future__ import annotations

import re

from hrm_toolkit.adapters.space.shown import headed
from hrm_toolkit.adapters.space.sliding.puzzle import Ends, SlidingPuzzle
from hrm_toolkit.core import InputError, validate
from hrm_toolkit.core.files import (
    MAYBE,
    NO,
    SURE,
    Claim,
    Loaded,
    ReadOptions,
    Sample,
    TextForm,
    placed,
)

Slide = tuple[int | None, str | None]
"""The tile that slides and the direction in which it does; either may be left out."""
BLANK = "_"
_SIDE = 16
_HEADING = re.compile(
    r"(?:sliding|(?:8|15|24)-?puzzle)(?:\s+(\d{1,2})\s*x\s*(\d{1,2}))?"
    r"(?:,?\s+blank (first|last))?:?",
    re.IGNORECASE,
)
_NUMBER = r"(?:\d{1,3}|[_.xXbB*-])"
_LINE = re.compile(rf"[\[(|\s]*{_NUMBER}(?:[\s,;|]+{_NUMBER})*[\])|,;\s]*")
_SIDES = {n * n: n for n in range(2, 9)}
_WAYS = {
    name: way
    for way, names in {
        "up": "u up north \u2191 ^",
        "down": "d down south \u2193",
        "left": "l left west \u2190 <",
        "right": "r right east \u2192 >",
    }.items()
    for name in names.split()
}
OPPOSITE = {"up": "down", "down": "up", "left": "right", "right": "left"}
EXPECTED = (
    'tiles in the order in which they slide ("5, 6, 12"), or directions in which tiles slide '
    '("up, left": a tile moves up into the blank)'
)


def render(puzzle: SlidingPuzzle) -> str:
    """A heading and the tiles in columns, ``_`` for the blank."""
    height, width = puzzle.shape
    ends = "" if puzzle.blank == "last" else " blank first"
    wide = len(str(height * width - 1))
    rows = (" ".join((str(tile) if tile else BLANK).rjust(wide) for tile in r) for r in puzzle.grid)
    return "\n".join((f"sliding {height}x{width}{ends}", *rows))


def parse(text: str) -> SlidingPuzzle:
    """The board of a text: rows of numbers, or a square board in one line.

    Raises:
        InputError: for what is no board.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    heading = _HEADING.fullmatch(lines[0]) if lines else None
    blank: Ends = "first" if heading and (heading[3] or "").lower() == "first" else "last"
    rows = [_numbers(number, line) for number, line in enumerate(lines, 1)][bool(heading) :]
    shape = (int(heading[1]), int(heading[2])) if heading and heading[1] else None
    if not rows:
        raise InputError("there is no board here", expected="rows of numbers, 0 or _ for the blank")
    if len(rows) == 1:
        rows = _folded(rows[0], shape)
    puzzle = validate(SlidingPuzzle, {"task": "sliding", "grid": rows, "blank": blank})
    if shape not in (None, puzzle.shape):
        raise InputError(
            f"the heading says {shape[0]}x{shape[1]}" if shape else "",
            expected=f"{puzzle.size_words}, as the board is",
        )
    return puzzle


def _numbers(number: int, line: str) -> list[int]:
    if _HEADING.fullmatch(line):
        return []
    if re.fullmatch(r"\d{9}|\d{4}", line):
        return [int(digit) for digit in line]
    if not _LINE.fullmatch(line):
        raise InputError(
            f"line {number} is no row of tiles",
            expected="numbers apart by spaces or commas, 0 or _ for the blank",
            got=line,
        )
    return [int(part) if part.isdecimal() else 0 for part in re.findall(_NUMBER, line)]


def _folded(tiles: list[int], shape: tuple[int, int] | None) -> list[list[int]]:
    side = _SIDES.get(len(tiles), 0)
    height, width = shape or (side, side)
    if height * width != len(tiles) or not width:
        raise InputError(
            f"this is a line of {len(tiles)} numbers",
            expected="9, 16 or 25 of a square board, or a line for each row",
            hint='write "sliding 3x4" in a line above it for a board that is not square',
        )
    return [tiles[at : at + width] for at in range(0, len(tiles), width)]


def claims(sample: Sample) -> Claim:
    """Sure of the heading, and of every number from 0 once; of few numbers it may be more."""
    if _HEADING.fullmatch(sample.first):
        return SURE
    lines = [line.strip() for line in sample.lines[:9]]
    if not sample.whole or not lines or len(lines) > 8 or not all(map(_is_row, lines)):
        return NO
    try:
        puzzle = parse("\n".join(lines))
    except InputError:
        return NO
    return SURE if len(puzzle.grid) > 2 and puzzle.shape[0] * puzzle.shape[1] >= _SIDE else MAYBE


def _is_row(line: str) -> bool:
    return bool(_LINE.fullmatch(line) or re.fullmatch(r"\d{9}|\d{4}", line))


def read(text: str, options: ReadOptions) -> Loaded:
    """The boards of a text, each below its heading."""
    texts = headed(text, _HEADING)
    if len(texts) == 1:
        puzzle = parse(texts[0])
        said = _HEADING.fullmatch(texts[0].strip().splitlines()[0].strip())
        note = "the blank is last at the goal, since nothing else is said"
        return Loaded.of("sliding tiles", [(puzzle, None)], () if said else (note,))
    pairs = [(placed(f"board {n}", parse, one), None) for n, one in enumerate(texts, 1)]
    return Loaded.of(f"sliding tiles, {len(pairs)} boards", pairs)


FORMS = (
    TextForm(
        "sliding tiles", "sliding", claims, read, inline=lambda line: claims(Sample.of(line)) != NO
    ),
)


def slides(text: str) -> list[Slide] | None:
    """What a text says of each slide: the tile, the direction or both; None for another text."""
    body = text.strip().rpartition("plan:")[2].strip()
    if re.fullmatch(r"[UDLR]+|[udlr]+", body):
        return [(None, _WAYS[letter.lower()]) for letter in body]
    words = [w.strip("\"'[]().").lower() for w in re.split(r"[\s,;]+|->", body)]
    found: list[Slide] = []
    for word in filter(None, words):
        if word.isdecimal() and len(word) < 4:
            found.append((int(word), None))
        elif word not in _WAYS:
            return None
        elif found and found[-1][0] is not None and found[-1][1] is None:
            found[-1] = (found[-1][0], _WAYS[word])
        else:
            found.append((None, _WAYS[word]))
    # A tile with and one without its direction: "5 up 6" is either.
    return found if found or not body else None
