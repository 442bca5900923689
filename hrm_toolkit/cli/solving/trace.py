"""``trace``: the answer as it stands after each segment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrm_toolkit.cli import console, options

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from hrm_toolkit.core import AnyAdapter, Puzzle, Segment


def trace(
    file: options.File,
    adapter: options.AdapterName = None,
    solver: options.SolverName = None,
    segments: options.Segments = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0.001, max=1e6, help="Most wall-clock time; no segment that may pass it is begun."
        ),
    ] = None,
    number: Annotated[
        int, typer.Option(min=1, help="Which puzzle of a file of several, counted from 1.")
    ] = 1,
    keep_going: Annotated[
        bool, typer.Option("--all", help="Run every segment, after the first right answer too.")
    ] = False,
    start: options.Start = None,
    goal: options.Goal = None,
    weight: options.Weight = None,
    box: options.Box = None,
    device: options.Device = "auto",
    states: Annotated[
        Path | None,
        typer.Option(
            help="Write the states of every high and low cycle as arrays, FILE.npz.",
            metavar="FILE",
        ),
    ] = None,
    as_json: options.Json = False,
) -> int:
    """Show the network's answer segment by segment, with what the rules say of each.

    Examples:
      hrm-toolkit trace maze.txt
      hrm-toolkit trace puzzles.sdm --number 3 --segments 32 --all
      hrm-toolkit trace maze.txt --solver runs/maze-0-1/bundle --json
      hrm-toolkit trace maze.txt --all --states states.npz      # z_high, z_low, facts
    """
    from hrm_toolkit.adapters.registry import get_adapter
    from hrm_toolkit.cli.solving.reading import read
    from hrm_toolkit.core import OptionError
    from hrm_toolkit.solvers.many.choice import Solvers

    if states is not None:
        options.require_folder("--states", states)
    loaded = read(file, adapter, start, goal, weight, options.parse_box(box), solver)
    if number > len(loaded.puzzles):
        raise OptionError(
            f"there is no puzzle {number} in {file}", expected=f"1 to {len(loaded.puzzles)}"
        )
    puzzle = loaded.puzzles[number - 1]
    chosen = Solvers(solver, device=options.find_device(device)).of(
        get_adapter(puzzle.task), puzzle
    )
    if chosen.config is None:
        raise OptionError(
            f"no trained solver for {puzzle.task} is bundled, and exact search has no segments",
            hint=f"train one: hrm-toolkit train --adapter {puzzle.task}; then name it by --solver",
        )
    steps = chosen.trace(
        puzzle,
        segments=segments,
        stop=not keep_going,
        seconds=seconds,
        states=states is not None,
    )
    seen: list[Segment] = []
    if states is not None:
        steps = _collected(steps, seen)
    if as_json:
        last = None
        for last in steps:
            fields = last.model_dump(mode="json")
            console.print_json({"task": puzzle.task, "solver": chosen.name, **fields})
    else:
        out = console.stdout()
        out.print(f"read as {loaded.kind}; solver {chosen.name}", style="dim")
        last = _live(out, chosen.adapter, puzzle, steps)
    if states is not None and seen:
        from hrm_toolkit.solvers.state_files import write_states

        write_states(states, chosen, puzzle, seen)
        console.remark(f"wrote {states}")
    if seconds is not None:
        total = (segments or chosen.segments) if last is None else last.total
        _tell_rest(last, total, seconds, stop=not keep_going)
    return 0 if last is not None and last.verdict.valid else 1


def _collected(steps: Iterable[Segment], seen: list[Segment]) -> Iterator[Segment]:
    """The same segments, each kept in ``seen``."""
    for segment in steps:
        seen.append(segment)
        yield segment


def _tell_rest(last: Segment | None, total: int, seconds: float, *, stop: bool) -> None:
    """Say so where the time did not suffice for all segments."""
    from hrm_toolkit.solvers.attempt import settled

    done = 0 if last is None else last.index
    if done < total and not (stop and last is not None and settled(last.verdict)):
        console.remark(f"{total - done:,} of {total:,} segments not reached in the {seconds:g} s")


def _live(
    out: Console, adapter: AnyAdapter, puzzle: Puzzle, steps: Iterable[Segment]
) -> Segment | None:
    """One board that changes in a terminal; one board after another elsewhere."""
    from rich.live import Live

    last = None
    if not out.is_terminal:
        for last in steps:
            out.print(board(adapter, puzzle, last), soft_wrap=True)
            out.print()
        return last
    with Live(console=out, auto_refresh=False) as live:
        for last in steps:
            live.update(board(adapter, puzzle, last), refresh=True)
    return last


def board(adapter: AnyAdapter, puzzle: Puzzle, segment: Segment) -> RenderableType:
    """One segment: a line of numbers and the board under it."""
    from rich.console import Group
    from rich.text import Text

    from hrm_toolkit.cli.render import paint
    from hrm_toolkit.core.errors import visible_lines

    before = visible_lines(adapter.render(puzzle))
    text = before
    if segment.answer is not None:
        text = visible_lines(adapter.render(puzzle, segment.answer))
    same = len(text) == len(before) and segment.answer is not None
    return Group(
        Text(segment_line(segment), style="bold green" if segment.verdict.valid else "bold"),
        paint(adapter, text, before if same else None),
    )


def segment_line(segment: Segment) -> str:
    """A segment's numbers: "segment 3 of 16 · halting 0.92 · 4 violations"."""
    count = len(segment.verdict.violations)
    said = "verified by the rules" if segment.verdict.valid else f"{count} violations"
    said = "1 violation" if count == 1 else said
    return (
        f"segment {segment.index} of {segment.total} · halting probability {segment.halt:.3f} · "
        f"confidence {segment.confidence:.3f} · {said}"
    )
