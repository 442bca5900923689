"""Puzzles and answers in a terminal: the adapter's own text, with what is new in colour."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from hrm_toolkit.adapters.marking import shade
from hrm_toolkit.core.errors import visible_lines
from hrm_toolkit.core.telling import facts, headline, violation_lines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from hrm_toolkit.core import Answer, AnyAdapter, Puzzle, Result, Verdict
    from hrm_toolkit.core.rules import Place

_GAP = 4
_MOST_LINES = 120
_MOST_SYMBOLS = 20_000
_PART = (20, 160)
_FRAME = frozenset("┌┬┐├┼┤└┴┘─│")


def show_result(
    console: Console, adapter: AnyAdapter, puzzle: Puzzle, result: Result, *, picture: bool = True
) -> None:
    """The picture, the verdict and where the answer came from."""
    if picture:
        show_board(console, adapter, puzzle, result.answer)
        console.print()
    console.print(
        headline(result, puzzle),
        style="bold green" if result.solved else "bold red",
        soft_wrap=True,
    )
    show_violations(console, result.verdict)
    console.print(facts(result), style="dim", soft_wrap=True)
    for note in result.notes:
        console.print(note, style="yellow", soft_wrap=True)


def show_violations(console: Console, verdict: Verdict) -> None:
    """The first violations, one a line."""
    for line in violation_lines(verdict):
        console.print(f"  - {line}", soft_wrap=True)


def show_board(
    console: Console, adapter: AnyAdapter, puzzle: Puzzle, answer: Answer | None
) -> None:
    """Puzzle and answer side by side where the width allows, else the one above the other."""
    # Beside an answer a puzzle is drawn as its solver saw it: without answers that it brings.
    shown = puzzle if answer is None else adapter.shown(puzzle)
    before = visible_lines(adapter.render(shown))
    if len(before) > _MOST_SYMBOLS:
        _show_part(console, before if answer is None else adapter.render(puzzle, answer))
        return
    if answer is None:
        _print(console, [paint(adapter, before)])
        return
    after = visible_lines(adapter.render(puzzle, answer))
    left, right = before.split("\n"), after.split("\n")
    if list(map(len, left)) != list(map(len, right)):
        drawn = paint(adapter, after)
        if right[0] not in left:
            drawn.stylize("bold green", 0, len(right[0]))
        _print(console, [drawn])
        return
    width = max(map(len, left))
    pictures = [paint(adapter, before), paint(adapter, after, before)]
    if 2 * width + _GAP <= console.width:
        _print(console, pictures, width)
    elif 2 * len(left) > _MOST_LINES:
        _print(console, pictures[1:])
    else:
        _print(console, pictures[:1])
        console.print()
        _print(console, pictures[1:])


def paint(
    adapter: AnyAdapter,
    text: str,
    before: str | None = None,
    *,
    wrong: Collection[Place] = (),
    sure: Mapping[Place, str] | None = None,
    known: Mapping[Place, str] | None = None,
) -> Text:
    """An adapter's text in colour.

    Args:
        text: what ``render`` made; characters that differ from ``before`` stand out.
        before: text of the same shape, or None.
        wrong: cells that are shown in red.
        sure: a digit a cell, as in ``Segment.sure``; less than 9 is shaded the darker.
        known: the colour of a cell of which the network has found something out.
    """
    from rich.text import Text

    painted = Text(text, no_wrap=True)
    for place, symbol in enumerate(text):
        if symbol in _FRAME or symbol == "#":
            painted.stylize("grey50", place, place + 1)
    for mark in adapter.marks(text):
        ground = f"on {mark.ground}" if mark.ground else ""
        style = f"{'bold ' * mark.bold}{mark.colour or ''} {ground}"
        painted.stylize(style.strip(), mark.start, mark.end)
    for place, symbol in enumerate(text):
        if before is not None and symbol != before[place]:
            painted.stylize("bold green" if symbol != "x" else "bold red", place, place + 1)
    cells = cells_of(text, [*(sure or {}), *wrong]) if sure or wrong else {}
    for cell, colour in (known or {}).items():
        if cell in cells:
            painted.stylize(f"black on {colour}", *cells[cell])
    for cell, digit in (sure or {}).items():
        if digit < "9" and cell in cells:
            painted.stylize(f"black on {shade(int(digit))}", *cells[cell])
    for cell in wrong:
        if cell in cells:
            painted.stylize("bold white on red", *cells[cell])
    return painted


def cells_of(text: str, places: Iterable[Place]) -> dict[Place, tuple[int, int]]:
    """Where the cells of a grid stand in a drawn text: start and end of each.

    A grid is drawn with a sign a cell, or with words between blanks and borders; where neither
    gives the rows and columns that there must be at the least, nothing is known.

    Example:
        >>> cells_of("light\\n1 . 2\\n. 3 .", [(1, 2)])[1, 1]
        (14, 15)
    """
    cells = [
        place for place in places if len(place) == 2 and all(isinstance(p, int) for p in place)
    ]
    if not cells:
        return {}
    height, width = (1 + max(int(place[axis]) for place in cells) for axis in (0, 1))
    starts, lines = 0, list[tuple[int, str]]()
    for line in text.split("\n"):
        lines.append((starts, line))
        starts += len(line) + 1
    for pattern in (r"[^\s│|]+", "."):
        rows = []
        for start, line in lines:
            found = [(start + m.start(), start + m.end()) for m in re.finditer(pattern, line)]
            if len(found) >= width and not _FRAME & {*line} - {"│"}:
                rows.append(found)
        if len(rows) == height and len({*map(len, rows)}) == 1:
            return {(r, c): span for r, row in enumerate(rows) for c, span in enumerate(row)}
    return {}


def _show_part(console: Console, text: str) -> None:
    """The beginning of a text that is too large to draw."""
    lines = text.split("\n")
    height, width = _PART
    for line in lines[:height]:
        console.print(line[:width], soft_wrap=True)
    console.print(
        f"... the first {min(height, len(lines))} of {len(lines):,} lines; "
        "--picture draws the whole, --json has the whole answer",
        style="dim",
        soft_wrap=True,
    )


def _print(console: Console, pictures: list[Text], width: int = 0) -> None:
    """Pictures beside each other, each padded to ``width``; lines are neither wrapped nor cut."""
    from rich.text import Text

    columns = [picture.split("\n", allow_blank=True) for picture in pictures]
    for parts in zip(*columns, strict=True):
        line = Text(no_wrap=True)
        for number, part in enumerate(parts):
            if number:
                line.append(" " * (width - len(parts[number - 1]) + _GAP))
            line.append_text(part)
        console.print(line, soft_wrap=True)
