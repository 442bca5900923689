"""``trace``: the answer as it stands after each segment."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrm_toolkit.cli import console, options

if TYPE_CHECKING:
    from hrm_toolkit.core import Puzzle, Segment
    from hrm_toolkit.solvers.solver import Solver

_MOST_SEEN = 1_000
"""Segments that are kept to be stepped through or drawn: the last ones."""


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
    beside: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|DIR", help="A second solver, shown side by side with the first."
        ),
    ] = None,
    step: Annotated[
        bool,
        typer.Option("--step", help="Then step through the segments with the arrow keys; q ends."),
    ] = False,
    picture: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Draw the segments: FILE.html is one page that steps through them offline, "
            "FILE.gif moves; .svg and .png show where the answer changed how often.",
        ),
    ] = None,
    as_json: options.Json = False,
) -> int:
    """Show the network's answer segment by segment, with what the rules say of each.

    In a terminal cells are shaded where the network is not sure, and red where a rule is broken.

    Examples:
      hrm-toolkit trace maze.txt
      hrm-toolkit trace puzzles.sdm --number 3 --segments 32 --all
      hrm-toolkit trace maze.txt --solver runs/maze-0-1/bundle --json
      hrm-toolkit trace puzzle.txt --step               # arrow keys go back and forth
      hrm-toolkit trace puzzle.txt --beside runs/mine/bundle
      hrm-toolkit trace puzzle.txt --picture thinking.html
      hrm-toolkit trace maze.txt --all --states states.npz      # z_high, z_low, facts
    """
    from hrm_toolkit.cli.reading import read
    from hrm_toolkit.cli.solving.picture import require_format
    from hrm_toolkit.cli.solving.watching import show
    from hrm_toolkit.core import OptionError
    from hrm_toolkit.solvers.devices import find_device

    if states is not None and beside is not None:
        raise OptionError("--states writes those of one solver", hint="leave out --beside")
    if picture is not None:
        require_format(picture)
    if states is not None:
        options.require_folder("--states", states)
    loaded = read(file, adapter, start, goal, weight, options.parse_box(box), solver)
    if number > len(loaded.puzzles):
        raise OptionError(
            f"there is no puzzle {number} in {file}", expected=f"1 to {len(loaded.puzzles)}"
        )
    puzzle = loaded.puzzles[number - 1]
    device = find_device(device)
    chosen = [_chosen(name, puzzle, device) for name in [solver, *([beside] if beside else [])]]
    traces: list[Iterable[Segment]] = [
        one.trace(
            puzzle,
            segments=segments,
            stop=not keep_going,
            seconds=seconds,
            states=states is not None,
        )
        for one in chosen
    ]
    seen: list[deque[Segment]] = [deque(maxlen=None if states else _MOST_SEEN) for _ in chosen]
    rounds = zip_longest(*(_collected(*both) for both in zip(traces, seen, strict=True)))
    names = [one.name for one in chosen]
    if as_json:
        for fresh in rounds:
            for name, segment in zip(names, fresh, strict=True):
                if segment is not None:
                    fields = segment.model_dump(mode="json")
                    console.print_json({"task": puzzle.task, "solver": name, **fields})
    else:
        out = console.stdout()
        said = " beside ".join(names)
        out.print(f"read as {loaded.kind}; solver {said}", style="dim")
        show(out, chosen[0].adapter, puzzle, rounds, names, paced=seconds is None, step=step)
    first, last = seen[0], [own[-1] if own else None for own in seen]
    if states is not None and first:
        from hrm_toolkit.solvers.state_files import write_states

        write_states(states, chosen[0], puzzle, first)
        console.remark(f"wrote {states}")
    if picture is not None and all(seen):
        _draw(picture, puzzle, chosen, [list(own) for own in seen])
    if seconds is not None:
        total = (segments or chosen[0].segments) if last[0] is None else last[0].total
        _tell_rest(last[0], total, seconds, stop=not keep_going)
    return 0 if any(one is not None and one.verdict.valid for one in last) else 1


def _chosen(name: str | None, puzzle: Puzzle, device: str) -> Solver:
    """The solver of a name, or the one for the puzzle.

    Raises:
        OptionError: where none has a network.
    """
    from hrm_toolkit.adapters.registry import get_adapter
    from hrm_toolkit.core import OptionError
    from hrm_toolkit.solvers.many.choice import Solvers

    chosen = Solvers(name, device=device).of(get_adapter(puzzle.task), puzzle)
    if chosen.config is None:
        raise OptionError(
            f"no trained solver for {puzzle.task} is bundled, and exact search has no segments",
            hint=f"train one: hrm-toolkit train --adapter {puzzle.task}; then name it by --solver",
        )
    return chosen


def _draw(
    path: Path, puzzle: Puzzle, solvers: Sequence[Solver], seen: Sequence[Sequence[Segment]]
) -> None:
    """Draw the segments, and how often each place changed."""
    from hrm_toolkit.cli.solving import picture

    adapter, names = solvers[0].adapter, [solver.name for solver in solvers]
    if len({*names}) < len(names):
        names = [f"{name} ({number})" for number, name in enumerate(names, 1)]
    # Of two solvers the same segments are shown.
    longest = max(map(len, seen))
    seen = [[*own, *[own[-1]] * (longest - len(own))] for own in seen]
    several = [list(picture.segment_frames(adapter, puzzle, own)) for own in seen]
    heats = [[picture.heat_frame(adapter, puzzle, own)] for own in seen]
    frames, heat = several[0], heats[0]
    if len(solvers) > 1:
        frames = picture.frames_beside(several, names)
        heat = picture.frames_beside(heats, names)
    ending = path.suffix.lower()
    if ending == ".html":
        picture.write_page(path, puzzle, solvers[0], names, frames, heat)
    else:
        picture.write(path, frames if ending == ".gif" else heat)
    console.remark(f"drew {path}")


def _collected(steps: Iterable[Segment], seen: deque[Segment]) -> Iterator[Segment]:
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
