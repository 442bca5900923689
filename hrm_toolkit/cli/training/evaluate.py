"""``evaluate``: a solver's rates on fresh puzzles or on a file, at one budget or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrm_toolkit.cli import console, options

if TYPE_CHECKING:
    from rich.table import Table

    from hrm_toolkit.core import Settings, Size
    from hrm_toolkit.solvers.solver import Solver
    from hrm_toolkit.train.rates.evaluate import Evaluation, Group, Survey
    from hrm_toolkit.train.recipe import Recipe

_SAMPLES = 200


def evaluate(
    solvers: Annotated[
        list[str],
        typer.Option(
            "--solver",
            "-s",
            help="A bundled solver's name or a bundle's folder; several, by repeating, vote.",
        ),
    ],
    adapter: options.AdapterName = None,
    data: Annotated[
        Path | None,
        typer.Option(help="A file or folder of puzzles, in place of freshly generated ones."),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1_000_000,
            help=f"How many puzzles to generate, {_SAMPLES} unless said; with --data, how many to "
            "draw from it, all unless said.",
        ),
    ] = None,
    size: options.Sizes = None,
    difficulty: options.Difficulties = None,
    strategy: options.Strategy = "verified",
    segments: Annotated[
        str | None,
        typer.Option(
            help="Most network calls for an attempt, or several numbers such as 16,32,64; as in "
            "the bundle's validation unless said.",
            metavar="N,...",
        ),
    ] = None,
    votes: Annotated[
        str,
        typer.Option(
            help="Attempts, or several numbers such as 1,4,8; after the first, on drawn "
            "symmetries of the puzzle. all: every variant in --data DIR, as published.",
            metavar="N,...",
        ),
    ] = "1",
    restarts: Annotated[
        str,
        typer.Option(
            help="Attempts for each vote, or several numbers such as 1,8; after the first, from "
            "noisy carries.",
            metavar="N,...",
        ),
    ] = "1",
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            max=1e6,
            help="Most wall-clock time for solving, over all; rates are of what was reached.",
        ),
    ] = None,
    seed: options.Seed = 0,
    device: options.Device = "auto",
    oracle_seconds: Annotated[
        float,
        typer.Option(
            min=0,
            max=1e6,
            help="Time exact search beside it, at most this long for a puzzle; 0 leaves it out.",
        ),
    ] = 1.0,
    html: Annotated[
        Path | None, typer.Option(help="Write the report as one page, too.", metavar="FILE")
    ] = None,
    record: Annotated[
        str | None,
        typer.Option(
            help="Keep the rates in the bundle under this name, for its card (solvers show).",
            metavar="NAME",
        ),
    ] = None,
    as_json: options.Json = False,
) -> int:
    """Measure a solver: how many of its answers the rules accept, at what cost.

    Puzzles are generated as the solver's own recipe says, and none of them is a training puzzle
    up to symmetry. Ctrl-C shows what has been measured so far.

    Examples:
      hrm-toolkit evaluate --solver runs/maze-0-1/bundle --strategy neural
      hrm-toolkit evaluate --solver sudoku --segments 16,32,64 --votes 1,4,8 --html rates.html
      hrm-toolkit evaluate --solver maze --sizes 20,30 --difficulties perfect --samples 100
      hrm-toolkit evaluate --solver sudoku --data puzzles.sdm --json
      hrm-toolkit evaluate --solver runs/arc-1/bundle --data data/arc-aug-1000 --votes all
      hrm-toolkit evaluate --solver runs/x/bundle --sizes 9 --difficulties hard --record hard
      hrm-toolkit evaluate --solver runs/x/bundle --segments 16,64 --restarts 1,8 --record curve
      hrm-toolkit evaluate -s runs/x/snapshots/update-500 -s runs/x/snapshots/update-1000
    """
    from hrm_toolkit.cli.progress import LISTENER
    from hrm_toolkit.core import Budget, OptionError, validate
    from hrm_toolkit.solvers.bundles.manifest import bundle_folder, look_over

    # Torch takes a second or two to load: a bundle that is refused without it does not wait.
    for name in solvers:
        look_over(bundle_folder(name))
    from hrm_toolkit.solvers.allocator import keep_freed_memory
    from hrm_toolkit.solvers.devices import find_device
    from hrm_toolkit.solvers.solver import Solver
    from hrm_toolkit.train.data.fresh import fresh_examples, read_known
    from hrm_toolkit.train.rates.evaluate import survey
    from hrm_toolkit.train.recipe import Recipe

    if html is not None:
        options.require_folder("--html", html)
    if record is not None and len(solvers) > 1:
        raise OptionError(
            "--record keeps rates in one bundle, and several --solver are none",
            hint="leave it out, or name one solver",
        )
    calls = options.parse_numbers("--segments", segments, most=100_000)
    if votes == "all":
        from hrm_toolkit.cli.training.votes import tell_all_votes

        return tell_all_votes(solvers, data, calls, find_device(device), as_json)
    forms = options.parse_numbers("--votes", votes, most=10_000)
    starts = options.parse_numbers("--restarts", restarts, most=10_000)
    sizes, names = options.parse_sizes(size), options.parse_names(difficulty)
    keep_freed_memory()
    loaded = Solver.load_many(solvers, device=find_device(device))
    _require_task(solvers[0], loaded, adapter)
    kept = loaded.manifest.recipe if loaded.manifest else {}
    recipe = validate(Recipe, kept) if kept else None
    calls = calls or (loaded.segments,)
    left_out = 0
    if data is None:
        settings = _settings(loaded, recipe, sizes, names)
        count = samples or _SAMPLES
        examples = fresh_examples(loaded.adapter, recipe, settings, seed, count, LISTENER)
    else:
        examples, left_out = read_known(loaded.adapter, data, samples, LISTENER, recipe)
    with console.bar("solving", len(examples), unit="puzzles") as bar:
        found = survey(
            loaded,
            examples,
            [Budget(segments=s, votes=v, restarts=r) for v, r, s in product(forms, starts, calls)],
            strategy=strategy,
            oracle_seconds=(oracle_seconds or None) if loaded.adapter.verifiable else None,
            data="generated test puzzles" if data is None else str(data),
            seed=seed if data is None else None,
            on_progress=bar,
            seconds=seconds,
        )
    if html is not None:
        from hrm_toolkit.train.record.page import write_survey

        write_survey(html, found)
    if record is not None and found.complete:
        _record(solvers[0], record, found)
    elif record is not None and found.out_of_time:
        console.remark(f'nothing is recorded as "{record}": not all puzzles were reached')
    if as_json:
        console.print_json(survey_object(found, loaded, left_out))
    else:
        show(found, left_out)
    if not found.complete and not found.out_of_time:
        raise KeyboardInterrupt
    return 0


def _require_task(name: str, loaded: Solver, adapter: str | None) -> None:
    """Refuse a solver of another task than was named."""
    from hrm_toolkit.core import OptionError

    if adapter not in (None, loaded.adapter.task):
        raise OptionError(
            f"{name} solves {loaded.adapter.task} puzzles, and --adapter says {adapter}",
            hint="leave out one of the two",
        )


def _settings(
    solver: Solver, recipe: Recipe | None, sizes: tuple[Size, ...], names: tuple[str, ...]
) -> Settings:
    """What to generate: what is asked for, else what the solver was trained on."""
    from hrm_toolkit.core import Settings

    for name in names:
        solver.adapter.require_difficulty(name)
    trained = Settings() if recipe is None else recipe.data
    return Settings(
        sizes=sizes or trained.sizes,
        difficulties=names or trained.difficulties,
    )


def _record(solver: str, name: str, found: Survey) -> None:
    """Keep a survey in its bundle: the largest budget's numbers, and the rates of all."""
    from hrm_toolkit.solvers.bundles.bundle import bundle_folder, record_evaluations
    from hrm_toolkit.train.rates.evaluate import recorded

    record_evaluations(bundle_folder(solver), {name: recorded(found)})


def survey_object(found: Survey, solver: Solver, left_out: int) -> dict[str, object]:
    """What ``--json`` prints: the largest budget's numbers, then those of each."""
    return {
        **found.largest.model_dump(mode="json"),
        "left_out": left_out,
        "bundle": solver.manifest.sha256 if solver.manifest else None,
        "voters": [
            {"solver": name, "bundle": voter.manifest.sha256 if voter.manifest else None}
            for name, voter in zip(solver.voter_names, solver.voters, strict=True)
        ],
        "asked": found.asked,
        "not_reached": found.asked - found.budgets[0].n if found.out_of_time else 0,
        "complete": found.complete,
        "oracle": found.oracle and found.oracle.model_dump(mode="json"),
        "budgets": [evaluation.model_dump(mode="json") for evaluation in found.budgets],
    }


def show(found: Survey, left_out: int = 0) -> None:
    """A survey as tables."""
    from rich.table import Table

    from hrm_toolkit.core.telling import rate_line
    from hrm_toolkit.train.record.page import budget_line

    out, best = console.stdout(), found.largest
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    part = "" if found.complete else f" of {found.asked}, {found.why_fewer}"
    rows = {
        "solver": f"{best.solver}, {best.task}, strategy {best.strategy}",
        "puzzles": f"{best.n}{part} ({best.data})",
        "verified rate": rate_line(best.model_dump()),
        "answers from": ", ".join(f"{k} {n}" for k, n in best.by_source.items()),
    }
    if found.oracle is not None:
        oracle = found.oracle
        rows["exact search"] = (
            f"{oracle.answered} of {oracle.n} answered within {oracle.limit:g} s, "
            f"{1000 * oracle.seconds / oracle.n:.3g} ms a puzzle, "
            f"median {1000 * oracle.median_seconds:.3g} ms"
        )
    if left_out:
        rows["left out"] = f"{left_out}, since no answer to them is known"
    for name, value in rows.items():
        table.add_row(name, console.visible(value))
    out.print(table)
    out.print()
    out.print(_budgets(found.budgets))
    for kind, groups in (("difficulty", best.by_difficulty), ("size", best.by_size)):
        if groups:
            at = budget_line(best.budget)
            out.print()
            out.print(f"by {kind}, at {at}", style="bold")
            out.print(_groups(kind, groups))


def _budgets(evaluations: tuple[Evaluation, ...]) -> Table:
    """A row for each budget."""
    from rich.table import Table

    from hrm_toolkit.train.record.page import BUDGET_COLUMNS, budget_rows

    table = Table(box=None, pad_edge=False, collapse_padding=True)
    columns = ["\n".join(name.rsplit(" ", 1)) for name in BUDGET_COLUMNS]
    return _filled(table, columns, budget_rows(evaluations))


def _groups(kind: str, groups: Mapping[str, Group]) -> Table:
    """A row for each group."""
    from rich.table import Table

    from hrm_toolkit.train.record.page import GROUP_COLUMNS, group_rows

    table = Table(box=None, pad_edge=False)
    return _filled(table, (kind, *GROUP_COLUMNS), group_rows(groups))


def _filled(table: Table, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Columns that say nothing of this task are left out."""
    used = [i for i in range(len(columns)) if any(row[i] for row in rows)]
    for i in used:
        # In a narrow terminal numbers go on in the next line: none is cut off.
        table.add_column(columns[i], justify="right", overflow="fold")
    for row in rows:
        # Eleven columns are as wide as a terminal, and a space would let a rate be broken.
        table.add_row(*(row[i].replace(" %", "%") for i in used))
    return table
