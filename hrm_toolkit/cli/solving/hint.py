"""``hint``: the next thing that follows from a puzzle, and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from hrm_toolkit.cli import console, options


def hint(
    file: options.File,
    adapter: options.AdapterName = None,
    number: Annotated[
        int, typer.Option(min=1, help="Which puzzle of a file of several, from 1.")
    ] = 1,
    seconds: Annotated[
        float, typer.Option(min=0.01, max=3600, help="How long to look for one.")
    ] = 5.0,
    box: options.Box = None,
    as_json: options.Json = False,
) -> int:
    """Give the next step of a puzzle, with what it follows from; status 1 where none is found.

    The last line is the step; those above it are what it follows from. Tasks whose rules force
    nothing step by step, such as mazes, have no hints.

    Of a puzzle that contradicts itself it tells, step by step, how.

    Examples:
      hrm-toolkit hint sudoku.txt
      hrm-toolkit hint 'https://puzz.link/p?lightup/5/5/.h..b.0.jbgbi'
      hrm-toolkit hint many.sdm --number 3 --json
    """
    from hrm_toolkit.adapters.registry import get_adapter
    from hrm_toolkit.cli.reading import chosen, read
    from hrm_toolkit.core import OptionError
    from hrm_toolkit.planner.explain import no_hint

    loaded = read(file, adapter, box=options.parse_box(box))
    puzzle = chosen(file, loaded, number)
    task = get_adapter(puzzle.task)
    if not task.hinting:
        raise OptionError(
            f"{task.title} has no hints: its rules force nothing step by step",
            expected="a task with hints: one declared as constraints, or a state space",
            hint="hrm-toolkit trace shows how an answer grows",
        )
    found = task.hint(puzzle, seconds=seconds)
    if as_json:
        console.print_json({"task": puzzle.task, "hint": found and asdict(found)})
        return 0 if found else 1
    out = console.stdout()
    several = "" if len(loaded.puzzles) == 1 else f"; this is puzzle {number} of it"
    out.print(f"read as {loaded.kind}{several}", style="dim", soft_wrap=True)
    if found is None:
        out.print(no_hint(task, puzzle), soft_wrap=True)
        return 1
    for step in found.why:
        out.print(console.visible(step), soft_wrap=True)
    style = "bold red" if found.contradiction else "bold green"
    out.print(console.visible(found.says), style=style, soft_wrap=True)
    return 0
