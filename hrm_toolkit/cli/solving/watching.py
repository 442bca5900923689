"""Segments on a terminal: a board that changes, stepped through by keys; or one after another."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hrm_toolkit.cli.solving import keys
from hrm_toolkit.core.clock import Stopwatch

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from hrm_toolkit.core import AnyAdapter, Puzzle, Segment

Round = Sequence["Segment | None"]
"""What each of several solvers said at once; None of one that has ended."""

Shown = list[tuple[str, "Segment | None"]]
"""The last of each solver, by its name."""

_PACE = 0.1
"""Seconds for which a person sees each segment at the least."""

_BAR = 20
_GAP = 4
_MOST_SAID = 3
_MOST_ROUNDS = 1_000


def show(
    out: Console,
    adapter: AnyAdapter,
    puzzle: Puzzle,
    rounds: Iterable[Round],
    names: Sequence[str],
    *,
    paced: bool,
    step: bool,
    pressed: Iterable[str] | None = None,
) -> None:
    """Show rounds as they come: one board that changes in a terminal, one after another elsewhere.

    Args:
        names: of the solvers, told where there are several.
        paced: let each be seen for a moment; not where the time counts.
        step: then go back and forth by keys, in a terminal.
        pressed: those keys, see ``keys.pressed``; standard input's where None.
    """
    from rich.live import Live

    kept: deque[Shown] = deque(maxlen=_MOST_ROUNDS)
    if not out.is_terminal:
        for fresh in rounds:
            for name, segment in _filled(fresh, kept, names):
                if segment is None:
                    continue
                if len(names) > 1:
                    out.print(name)
                out.print(board(adapter, puzzle, segment), soft_wrap=True)
                out.print()
        return
    with Live(console=out, auto_refresh=False) as live:
        for fresh in rounds:
            watch = Stopwatch()
            live.update(_boards(out, adapter, puzzle, _filled(fresh, kept, names)), refresh=True)
            if paced:
                time.sleep(max(0.0, _PACE - watch.seconds))
        if not (step and kept and (pressed is not None or sys.stdin.isatty())):
            return
        at = len(kept) - 1
        for key in keys.pressed() if pressed is None else pressed:
            moves = {keys.BACK: at - 1, keys.FORTH: at + 1, keys.FIRST: 0, keys.LAST: len(kept) - 1}
            at = min(max(moves.get(key, at), 0), len(kept) - 1)
            live.update(_boards(out, adapter, puzzle, kept[at]), refresh=True)


def _filled(fresh: Round, kept: deque[Shown], names: Sequence[str]) -> Shown:
    """A round in which who has ended stays as it was; it is kept."""
    before: Shown = kept[-1] if kept else [(name, None) for name in names]
    kept.append([(name, now or was) for now, (name, was) in zip(fresh, before, strict=True)])
    return kept[-1]


def _boards(out: Console, adapter: AnyAdapter, puzzle: Puzzle, shown: Shown) -> RenderableType:
    """One board, or several under the names of their solvers, side by side where they fit."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    boards = [(n, board(adapter, puzzle, s, bar=True)) for n, s in shown if s is not None]
    if len(shown) == 1:
        return boards[0][1]
    named = [Group(Text(name, "bold"), one) for name, one in boards]
    # Words wrap, boards do not.
    wide = max(map(len, adapter.render(puzzle).split("\n"))) + _GAP
    if wide * len(named) > out.width:
        return Group(*named)
    table = Table.grid(padding=(0, _GAP))
    table.add_row(*named)
    return table


def board(
    adapter: AnyAdapter, puzzle: Puzzle, segment: Segment, *, bar: bool = False
) -> RenderableType:
    """One segment: a line of numbers and the board under it.

    Args:
        bar: draw the halting probability too, and say what the rules have against the answer.
    """
    from rich.console import Group
    from rich.text import Text

    from hrm_toolkit.adapters.marking import hint_colours
    from hrm_toolkit.cli.render import paint
    from hrm_toolkit.core.errors import visible_lines
    from hrm_toolkit.core.telling import percent, violation_lines

    before = visible_lines(adapter.render(puzzle))
    text = before
    if segment.answer is not None:
        text = visible_lines(adapter.render(puzzle, segment.answer))
    same = len(text) == len(before) and segment.answer is not None
    verdict = segment.verdict
    wrong = {place for violation in verdict.violations for place in violation.places}
    at = adapter.places(adapter.shown(puzzle))
    sure = dict(zip(at, segment.sure, strict=False))
    colours = hint_colours(adapter.codec.hint_words)
    hints = [
        (place, colours.get(int(digit))) for place, digit in zip(at, segment.hints, strict=False)
    ]
    known = {place: colour for place, colour in hints if colour}
    parts: list[RenderableType] = [
        Text(segment_line(segment, bar=bar), style="bold green" if verdict.valid else "bold"),
        paint(adapter, text, before if same else None, wrong=wrong, sure=sure, known=known),
    ]
    if bar:
        full = round(_BAR * segment.halt)
        rate = f"{'█' * full}{'░' * (_BAR - full)} {percent(segment.halt, digits=0)}"
        sure_of_all = percent(segment.confidence, digits=0)
        parts.insert(1, Text(f"halting {rate} · sure {sure_of_all}"))
        said = [] if verdict.valid else violation_lines(verdict, _MOST_SAID)
        parts += [Text(visible_lines(f"- {line}"), style="red") for line in said]
    return Group(*parts)


def segment_line(segment: Segment, *, bar: bool = False) -> str:
    """A segment's numbers: "segment 3 of 16 · halting 0.92 · 4 violations".

    Args:
        bar: leave out what stands beside the bar.
    """
    count = len(segment.verdict.violations)
    said = "verified by the rules" if segment.verdict.valid else f"{count} violations"
    said = "1 violation" if count == 1 else said
    if bar:
        return f"segment {segment.index} of {segment.total} · {said}"
    return (
        f"segment {segment.index} of {segment.total} · halting probability {segment.halt:.3f} · "
        f"confidence {segment.confidence:.3f} · {said}"
    )
