"""Puzzles and answers in a terminal: the adapter's own text, with what is new in colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hrm_toolkit.core.errors import visible_lines
from hrm_toolkit.core.telling import facts, headline, violation_lines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from hrm_toolkit.core import Answer, AnyAdapter, Puzzle, Result, Verdict

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


def paint(adapter: AnyAdapter, text: str, before: str | None = None) -> Text:
    """An adapter's text in colour.

    Args:
        text: what ``render`` made; characters that differ from ``before`` stand out.
        before: text of the same shape, or None.
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
    return painted


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
