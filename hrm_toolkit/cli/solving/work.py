"""What ``solve`` prints of the puzzles that it goes through."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_toolkit.cli import console
from hrm_toolkit.core.clock import Stopwatch

if TYPE_CHECKING:
    from hrm_toolkit.solvers.many.work import Work
    from hrm_toolkit.solvers.solver import Solver

_PICTURES = 4
"""Most puzzles of one file that are drawn."""


def solve_as_json(file: str) -> int:
    """``solve FILE --json``, the commonest call: it has no option to be parsed, and what parses
    them takes longer to load than most puzzles to solve."""
    from hrm_toolkit.cli.reading import read
    from hrm_toolkit.core import Budget
    from hrm_toolkit.solvers.devices import find_device
    from hrm_toolkit.solvers.many.choice import Solvers
    from hrm_toolkit.solvers.many.work import Work

    loaded = read(file)
    solvers = Solvers(None, device=find_device("auto"))
    work = Work(loaded.puzzles, solvers, Budget(), "verified", 0, read_notes=loaded.notes)
    return carry_out(work, loaded.kind, as_json=True)


def carry_out(work: Work, kind: str, as_json: bool) -> int:
    """Solve the puzzles and tell of each; the exit status."""
    tell = tell_json if as_json else tell_text
    hidden = as_json and sys.stdout.isatty()
    with console.bar("solving", work.total, unit="puzzles", hidden=hidden) as bar:
        tell(work, kind, bar)
    if work.interrupted:
        return console.INTERRUPTED
    return 0 if work.solved == work.done and not work.out_of_time else 1


def draw_first(work: Work, path: Path) -> None:
    """Draw the first puzzle and its answer; where the file shows several pictures, the way too."""
    from hrm_toolkit.adapters.registry import get_adapter
    from hrm_toolkit.cli.solving.picture import (
        Frame,
        answer_frame,
        segment_frames,
        write,
        write_page,
    )

    puzzle = next(iter(work.puzzles))
    adapter = get_adapter(puzzle.task)
    frames: list[Frame] = []
    thinking: Solver | None = None
    page = path.suffix.lower() == ".html"
    if path.suffix.lower() in (".gif", ".html"):
        solver = work.solvers.of(adapter, puzzle)
        asked = solver.config is not None and work.strategy != "exact" and work.last is not None
        most = 1 if work.last is None else work.last.segments or 1
        thinking = solver if asked else None
        trace = list(solver.trace(puzzle, segments=most)) if asked else []
        frames += segment_frames(adapter, puzzle, trace)
    if work.last is not None:
        frames.append(answer_frame(adapter, puzzle, work.last))
    frames = frames or list(segment_frames(adapter, puzzle, []))
    if page:
        names = [] if thinking is None else [thinking.name]
        write_page(path, puzzle, thinking, names, frames)
    else:
        write(path, frames)
    console.remark(f"drew {path}")


def tell_json(work: Work, kind: str, bar: console.Bar) -> None:
    """Print an object a puzzle, and one at the end for those that were not reached."""
    from hrm_toolkit.core.telling import result_data

    for _, result in work.results():
        console.print_json({**result_data(result), "read_as": kind})
        bar(work.done)
    if work.out_of_time and work.not_reached != 0:
        rest = {"status": "not_reached", "solved": False, "first": work.done + 1}
        spent = {"not_reached": work.not_reached, "seconds": work.budget.seconds}
        console.print_json(rest | spent)


def tell_text(work: Work, kind: str, bar: console.Bar) -> None:
    """Print pictures and verdicts, or a line a puzzle where there are many."""
    from hrm_toolkit.adapters.registry import get_adapter
    from hrm_toolkit.cli.render import show_result
    from hrm_toolkit.core.telling import headline

    out = console.stdout()
    drawn = len(list(islice(work.puzzles, _PICTURES + 1))) <= _PICTURES
    out.print(f"read as {kind}", style="dim", soft_wrap=True)
    watch, digits = Stopwatch(), len(str(work.total or 0))
    for puzzle, result in work.results():
        if drawn:
            out.print()
            show_result(out, get_adapter(puzzle.task), puzzle, result)
        else:
            style = "green" if result.solved else "red" if result.reached else "yellow"
            line = f"{work.done:>{digits}}  {headline(result, puzzle)}  ({result.source})"
            out.print(line, style=style, soft_wrap=True)
        bar(work.done)
    if work.done > 1 or work.total != 1:
        out.print(_summary(work, watch.seconds), style="bold")


def _summary(work: Work, seconds: float) -> str:
    """The counts: "3 of 5 solved and verified, 1 not, 1 not reached, 0.2 s"."""
    total, rest = work.total, work.not_reached
    missed = "the rest" if rest is None and work.out_of_time else f"{(rest or 0) + work.missed:,}"
    of = f"{work.done:,}" if total is None else f"{total:,}"
    line = (
        f"{work.solved:,} of {of} solved and verified, "
        f"{work.done - work.solved - work.missed:,} not, {missed} not reached"
    )
    if work.out_of_time:
        line += f" in the {work.budget.seconds:g} s"
    return f"{line}, {seconds:.3g} s"
