"""Sudoku variants in links of f-puzzles, of SudokuPad and of penpa-edit.

What constrains a puzzle and is not read is refused by its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from hrm_toolkit.adapters.constraint.numbers.links import fpuzzles, penpa, sudokupad
from hrm_toolkit.core import InputError, Puzzle
from hrm_toolkit.core.files import NO, SURE, Claim, Loaded, ReadOptions, Sample, TextForm, placed

_SIGNS = r"(?P<packed>[A-Za-z0-9+/=%\- ]+)(?:[&#?].*)?"
_PAD = (
    r"(?:https?://)?(?:app\.crackingthecryptic\.com/(?:sudoku/)?|(?:(?:beta|alpha)\.)?sudokupad\.app/)"
    r"(?:sudoku(?:\.html)?/?)?(?:\?puzzleid=)?"
)
_F_PUZZLES = re.compile(
    rf"(?:(?:https?://)?(?:www\.)?f-puzzles\.com/\?(?:[^#]*&)?load=|{_PAD}fpuz(?:zles)?){_SIGNS}"
)
_SUDOKUPAD = re.compile(rf"{_PAD}(?:scl|ctc){_SIGNS}")
_PENPA = re.compile(
    r"(?:https?://)?swaroopg92\.github\.io/penpa-edit/(?:index\.html)?[#?](?:[^#]*&)?"
    r"p=(?P<packed>[A-Za-z0-9+/=% ]+)(?:[&#].*)?"
)
_OTHERS = {
    r"f-puzzles\.com/": "a link of f-puzzles that holds no puzzle itself",
    r"sudokupad\.app/|crackingthecryptic\.com/": "a link of SudokuPad that holds no puzzle itself",
    r"swaroopg92\.github\.io/penpa-edit": "a link of penpa-edit that holds no puzzle itself",
}
_HOST = re.compile(
    r"(https?://)?(www\.)?(f-puzzles\.com|((beta|alpha)\.)?sudokupad\.app|"
    r"app\.crackingthecryptic\.com|swaroopg92\.github\.io/penpa-edit)\b"
)
_MOST_LINES = 1_000
_FORMS = "f-puzzles.com/?load=..., sudokupad.app/scl... or penpa-edit/#m=edit&p=..."


def read_link(line: str) -> tuple[str, dict[str, Any], tuple[str, ...], str | None]:
    """The form of a link, the fields of its puzzle, what was assumed, and its solution's digits.

    Raises:
        InputError: for a link of another form, and for a rule that is not read here, by its name.
    """
    line = line.strip()
    if found := _F_PUZZLES.fullmatch(line):
        return "f-puzzles link", *fpuzzles.read(_packed(found))
    if found := _SUDOKUPAD.fullmatch(line):
        return "SudokuPad link", *sudokupad.read(_packed(found))
    if found := _PENPA.fullmatch(line):
        return "penpa-edit link", *penpa.read(_packed(found)), None
    said = next((name for host, name in _OTHERS.items() if re.search(host, line)), "no such link")
    raise InputError(
        f"this is {said}, which is not read here", expected=f"a link such as {_FORMS}", got=line
    )


def _packed(found: re.Match[str]) -> str:
    return unquote(found["packed"]).replace(" ", "+")


def _claims(sample: Sample) -> Claim:
    return SURE if _HOST.match(sample.first) else NO


def form(
    task: str,
    made: Callable[[dict[str, Any]], Puzzle],
    breaks: Callable[[Puzzle, str], str | None],
) -> TextForm:
    """The form of these links.

    Args:
        made: a puzzle of its fields.
        breaks: what the digits of a solution, row by row, break of a puzzle.
    """

    def read(text: str, options: ReadOptions) -> Loaded:
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        if len(lines) == 1:
            return one(lines[0][1])
        if len(lines) > _MOST_LINES:
            raise InputError(f"there are {len(lines):,} lines", expected=f"at most {_MOST_LINES:,}")
        found = [placed(f"line {number}", one, line) for number, line in lines]
        pairs = [(puzzle, None) for loaded in found for puzzle in loaded.puzzles]
        notes = dict.fromkeys(note for loaded in found for note in loaded.notes)
        return Loaded.of("links of Sudoku variants", pairs, tuple(notes))

    def one(line: str) -> Loaded:
        kind, data, notes, solution = read_link(line)
        puzzle = made(data)
        wrong = breaks(puzzle, solution) if solution else None
        if wrong is not None:
            raise InputError(
                f"the link's own solution breaks the puzzle as it is read here: {wrong}",
                expected="a puzzle without rules besides",
            )
        return Loaded.of(kind, [(puzzle, None)], notes)

    def inline(line: str) -> bool:
        return _HOST.match(line) is not None

    return TextForm(
        "a link of f-puzzles, SudokuPad or penpa-edit", task, _claims, read, inline=inline
    )
