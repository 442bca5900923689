"""``solve``: puzzles in, verified answers out."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from hrm_toolkit.cli import options

if TYPE_CHECKING:
    from hrm_toolkit.core import Budget


def solve(
    file: options.File,
    adapter: options.AdapterName = None,
    solvers: options.SolverNames = None,
    strategy: options.Strategy = "verified",
    segments: options.Segments = None,
    votes: options.Votes = 1,
    restarts: options.Restarts = None,
    seconds: options.Seconds = None,
    seed: options.Seed = 0,
    start: options.Start = None,
    goal: options.Goal = None,
    weight: options.Weight = None,
    box: options.Box = None,
    device: options.Device = "auto",
    picture: Annotated[
        Path | None,
        typer.Option(
            help="Draw puzzle and answer: FILE.svg, FILE.png or FILE.gif; FILE.html is a page, on "
            "which the network thinks where a browser can run it.",
            metavar="FILE",
        ),
    ] = None,
    engine: Annotated[
        Literal["local", "ray"],
        typer.Option(
            help="local, or ray: the lines of a file, one puzzle each, over a Ray cluster."
        ),
    ] = "local",
    adapt: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            max=100_000,
            metavar="MINUTES",
            help="Train small networks on the demonstrations that a task itself shows, for so many "
            "minutes of processor time each, and let them vote; FILE may be a folder of tasks.",
        ),
    ] = None,
    updates: Annotated[
        int | None,
        typer.Option(min=1, max=10**9, help="With --adapt: so many optimizer steps a task."),
    ] = None,
    submission: Annotated[
        Path | None,
        typer.Option(
            help="With --adapt: write the answers in the form that the task's contest takes.",
            metavar="FILE.json",
        ),
    ] = None,
    as_json: options.Json = False,
) -> int:
    """Solve a puzzle, or a file of several; the rules check every answer.

    Examples:
      hrm-toolkit solve maze.txt
      hrm-toolkit solve puzzles.sdm --json
      cat puzzle.txt | hrm-toolkit solve - --adapter sudoku
      hrm-toolkit solve city.graphml --start Hill --goal Harbour
      hrm-toolkit solve maze.txt --solver runs/maze-0-1/bundle --strategy neural
      hrm-toolkit solve maze.txt --solver runs/m/snapshots/update-500 --solver runs/m/bundle
      hrm-toolkit solve many.jsonl --engine ray --json
      hrm-toolkit solve task.json --adapt 1
      hrm-toolkit solve ARC-AGI/data/evaluation --adapt 5 --submission submission.json
    """
    if adapt is not None:
        from hrm_toolkit.cli.solving.adapt import adapt_all
        from hrm_toolkit.train.adapt.asked import Asked

        said = {
            **{"--solver": solvers, "--segments": segments, "--restarts": restarts},
            **{"--seconds": seconds, "--picture": picture, "--start": start, "--goal": goal},
            **{"--weight": weight, "--box": box, "--votes": votes if votes > 1 else None},
            "--engine": None if engine == "local" else engine,
            "--strategy": None if strategy == "verified" else strategy,
            "--device": None if device in ("auto", "cpu") else device,
        }
        asked = Asked(minutes=adapt, updates=updates, seed=seed, submission=submission)
        return adapt_all(file, adapter, asked, said, as_json)
    from hrm_toolkit.cli.reading import read
    from hrm_toolkit.cli.solving.picture import require_format
    from hrm_toolkit.cli.solving.work import carry_out, draw_first
    from hrm_toolkit.core import Budget, OptionError
    from hrm_toolkit.solvers.devices import find_device
    from hrm_toolkit.solvers.many.choice import Solvers, look_over
    from hrm_toolkit.solvers.many.work import Work, count_of

    for option, value in (("--updates", updates), ("--submission", submission)):
        if value is not None:
            raise OptionError(f"{option} goes with --adapt", hint="add --adapt MINUTES")
    solver, others = (solvers[0], solvers[1:]) if solvers else (None, [])
    if engine == "ray" and others:
        raise OptionError("--engine ray takes one --solver", hint="vote without --engine")
    if engine == "ray":
        budget = Budget(segments=segments or 0, votes=votes, restarts=restarts or 0)
        chosen = {"adapter": adapter, "solver": solver, "strategy": strategy, "seed": seed}
        said = {"--picture": picture, "--start": start, "--goal": goal}
        said |= {"--weight": weight, "--box": box}
        return _over_ray(file, chosen, budget, seconds, device, said, as_json)
    if picture is not None:
        require_format(picture)
    loaded = read(file, adapter, start, goal, weight, options.parse_box(box), solver)
    if picture is not None and len(head := list(islice(loaded.puzzles, 2))) > 1:
        count = count_of(loaded.puzzles)
        raise OptionError(
            f"--picture draws one puzzle, and {file} holds "
            f"{f'{count:,}' if count else f'{len(head)} or more'}",
            hint="put the one to draw in a file of its own",
        )
    # Torch takes a second or two to load: what can be refused without it does not wait for it.
    if solver is not None:
        task = next(iter(loaded.puzzles)).task
        for name in (solver, *others):
            look_over(name, task)
    # Exact search asks no network, whatever solver its answers are told in the name of.
    alone = strategy == "exact" and solver is None
    found = "cpu" if alone and device == "auto" else find_device(device)
    work = Work(
        loaded.puzzles,
        Solvers(solver, others=others, device=found, exact=alone),
        Budget(segments=segments or 0, votes=votes, restarts=restarts or 0, seconds=seconds),
        strategy,
        seed,
        read_notes=loaded.notes,
    )
    status = carry_out(work, loaded.kind, as_json)
    if picture is not None and work.done:
        draw_first(work, picture)
    return status


def _over_ray(
    file: str,
    chosen: dict[str, str | int | None],
    budget: Budget,
    seconds: float | None,
    device: str,
    said: Mapping[str, object],
    as_json: bool,
) -> int:
    from hrm_toolkit.cli.solving.lines import tell_lines
    from hrm_toolkit.core import OptionError
    from hrm_toolkit.core.clock import epoch
    from hrm_toolkit.solvers.devices import find_device

    for name, value in said.items():
        if value is not None:
            raise OptionError(f"{name} is for one puzzle, and --engine ray takes a file of them")
    places = {
        "device": find_device(device),
        "budget": budget.model_dump(exclude={"seconds"}),
        "ends": None if seconds is None else epoch() + seconds,
    }
    return tell_lines(file, {**chosen, **places}, as_json=as_json)
