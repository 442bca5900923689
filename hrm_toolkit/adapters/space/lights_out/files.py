"""Lights out as text and JSON: boards, and the buttons to press."""

from __future__ import annotations

import re
from typing import Any

from hrm_toolkit.adapters.grid import text_rows
from hrm_toolkit.adapters.space.lights_out.puzzle import LightsOutPuzzle
from hrm_toolkit.adapters.space.shown import headed
from hrm_toolkit.core import InputError
from hrm_toolkit.core.files import NO, SURE, Claim, Loaded, ReadOptions, Sample, TextForm, placed

ON, OFF = "O", "."
_HEADING = re.compile(r"lights[- ]?out(?:\s+(\d{1,3})\s*x\s*(\d{1,3}))?\s*:?", re.IGNORECASE)
_PRESS = re.compile(
    r"(?:press|push|toggle)?\s*(?:row\s*)?\(?\s*(\d{1,4})\s*,?\s*(?:column\s*)?(\d{1,4})\s*\)?",
    re.IGNORECASE,
)
EXPECTED = 'buttons such as "press 1 3" (row, column, from 1), or a grid with 1 for each to press'


def render(puzzle: LightsOutPuzzle) -> str:
    """A heading and the lights, ``O`` for on."""
    height, width = puzzle.shape
    rows = ("".join(ON if light else OFF for light in row) for row in puzzle.grid)
    return "\n".join((f"lights-out {height}x{width}", *rows))


def parse(text: str) -> LightsOutPuzzle:
    """The board of a text: rows of ``O`` and ``.``, or of 0 and 1, maybe below a heading.

    Raises:
        InputError: for what is no board, and for a row that may be a square board in one line.
    """
    lines, _ = text_rows(text)
    if any(not line.strip() for line in lines):
        raise InputError(
            "there is an empty line between the rows",
            expected="one board",
            hint='write a line "lights-out" above each of several',
        )
    heading = _HEADING.fullmatch(lines[0].strip()) if lines else None
    rows = [re.sub(r"[\s,;\[\]|]", "", line) for line in lines[1 if heading else 0 :]]
    if not rows:
        raise InputError("there is no row of lights", expected="rows of 0 and 1, one a line")
    shape = (int(heading[1]), int(heading[2])) if heading and heading[1] else None
    if len(rows) == 1:
        rows = _folded(lines[-1], rows[0], shape)
    signs = set("".join(rows))
    if {"0", "O"} <= signs or {"0", "o"} <= signs:
        raise InputError("the rows have both 0 and the letter O", expected="0 and 1, or O and .")
    puzzle = LightsOutPuzzle.model_validate({"grid": rows})
    if shape not in (None, puzzle.shape):
        raise InputError(
            f"the heading says {lines[0].split()[-1]}, and the board is {puzzle.size_words}"
        )
    return puzzle


def _folded(line: str, row: str, shape: tuple[int, int] | None) -> list[str]:
    """The rows of a board that is written in one line."""
    parts = line.replace("/", " ").split()
    if len(parts) > 1 and len(parts[0]) > 1 and len({*map(len, parts)}) == 1:
        return parts
    row = row.replace("/", "")
    height, width = shape or (0, 0)
    if row and len(row) == height * width:
        return [row[at : at + width] for at in range(0, len(row), width)]
    side = round(len(row) ** 0.5)
    if shape is None and side > 1 and side * side == len(row):
        raise InputError(
            f"this may be a row of {len(row)} lights or a board of {side}x{side}",
            expected="a line for each row",
            hint=f'or write "lights-out {side}x{side}" (or 1x{len(row)}) in a line above it',
        )
    return [row]


def read(text: str, options: ReadOptions) -> Loaded:
    """The boards of a text, each below its heading."""
    texts = headed(text, _HEADING)
    if len(texts) == 1:
        return Loaded.of("lights out, drawn", [(parse(texts[0]), None)])
    pairs = [(placed(f"board {n}", parse, one), None) for n, one in enumerate(texts, 1)]
    return Loaded.of(f"lights out, {len(pairs)} boards", pairs)


def claims(sample: Sample) -> Claim:
    """Sure of the heading alone: a grid of two signs may be much else."""
    return SURE if _HEADING.fullmatch(sample.first) else NO


FORMS = (TextForm("lights out, drawn", "lights-out", claims, read),)


def presses(puzzle: LightsOutPuzzle, text: str) -> list[str]:
    """The actions that a text names: buttons one by one, or all in a grid.

    Raises:
        InputError: for what is neither.
    """
    body = text.strip()
    _, below, after = body.rpartition("plan:")
    if below:
        body = after.strip()
    found = _PRESS.findall(body)
    named = re.search("press|push|toggle", body, re.IGNORECASE) is not None
    # Without a word for it, pairs alone on their lines, or between brackets, are buttons.
    if (named or "(" in body or _are_pairs(body)) and not re.search(
        r"[^\s,;.\[\]\"'\-]", _PRESS.sub("", body)
    ):
        return [f"press {int(row)} {int(column)}" for row, column in found]
    if below and not body:
        return []
    try:
        return pressed(puzzle, parse(body))
    except InputError as error:
        raise InputError("this names no buttons to press", expected=EXPECTED, got=body) from error


def _are_pairs(body: str) -> bool:
    return re.fullmatch(r"(?:\d{1,2}[ ,]++\d{1,2}(?:[\s;]++|$))++", body) is not None and bool(
        re.search(r"[2-9]|\d\d", body)
    )


def pressed(puzzle: LightsOutPuzzle, grid: Any) -> list[str]:
    """The actions of a grid with 1 for each button to press.

    Raises:
        InputError: for one of another size.
    """
    read = grid if isinstance(grid, LightsOutPuzzle) else LightsOutPuzzle(grid=grid)
    if read.shape != puzzle.shape:
        raise InputError(f"this is a grid of {read.size_words}", expected=puzzle.size_words)
    return [
        f"press {r} {c}"
        for r, row in enumerate(read.grid, 1)
        for c, button in enumerate(row, 1)
        if button
    ]
