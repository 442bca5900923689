"""``demo``: a puzzle of each task, written to a folder and solved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hrm_toolkit.cli import console, options

_FOLDER = "hrm-toolkit-demo"


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the puzzles.", metavar="DIR")] = Path(
        _FOLDER
    ),
    seed: options.Seed = 0,
) -> int:
    """Write a puzzle of each task that needs no training to a folder, and solve them all.

    Examples:
      hrm-toolkit demo
      hrm-toolkit demo --out puzzles --seed 7
    """
    from hrm_toolkit.adapters.formats.source import write_whole
    from hrm_toolkit.cli.solving.solve import solve
    from hrm_toolkit.core import InputError

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"the folder cannot be made: {error.strerror}", path=str(out), hint="name another --out"
        ) from None
    status = 0
    for name, text in puzzles(seed).items():
        file = out / name
        write_whole(file, text)
        console.stdout().print()
        console.stdout().print(f"$ hrm-toolkit solve {file}", style="bold", soft_wrap=True)
        status = max(status, solve(str(file)))
    console.remark(f"the puzzles are in {out}; hrm-toolkit trace {out}/maze.txt shows one solved")
    return status


def puzzles(seed: int) -> dict[str, str]:
    """A small puzzle of each task by the name of its file, as text that says what it is."""
    import numpy as np

    from hrm_toolkit.adapters.formats import read_text
    from hrm_toolkit.adapters.registry import adapter_names, get_adapter
    from hrm_toolkit.core import ToolkitError

    found = {}
    for place, task in enumerate(adapter_names()):
        try:
            adapter = get_adapter(task)
            rng = np.random.default_rng([seed, place])
            puzzle = adapter.generate(rng).puzzle
            if adapter.exact(puzzle).answer is None:
                continue  # only a solver trained for it can answer it
        except ToolkitError:
            continue  # a plug-in that does not load, which "adapters" tells of
        text = f"{adapter.render(puzzle)}\n"
        try:
            known = read_text(text).puzzles[0] == puzzle
        except ToolkitError:
            known = False
        if known:
            found[f"{task}.txt"] = text
        else:
            found[f"{task}.json"] = f"{puzzle.model_dump_json()}\n"
    return found
