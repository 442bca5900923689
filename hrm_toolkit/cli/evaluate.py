"""``evaluate``: a solver's rates on fresh puzzles or on a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrm_toolkit.cli import console, options

if TYPE_CHECKING:
    from hrm_toolkit.train.evaluate import Evaluation

_SEGMENTS = 16


def evaluate(
    solver: Annotated[
        str, typer.Option("--solver", "-s", help="A bundled solver's name or a bundle's folder.")
    ],
    data: Annotated[
        Path | None,
        typer.Option(help="A file or folder of puzzles, in place of freshly generated ones."),
    ] = None,
    samples: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="How many puzzles to generate.")
    ] = 200,
    size: options.Sizes = None,
    difficulty: options.Difficulties = None,
    strategy: options.Strategy = "verified",
    segments: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=100_000,
            help="Most network calls for an attempt; as many as in the bundle's validation "
            "unless said.",
        ),
    ] = None,
    votes: options.Votes = 1,
    restarts: options.Restarts = 1,
    seed: options.Seed = 0,
    device: options.Device = "auto",
    as_json: options.Json = False,
) -> int:
    """Measure a solver: how many of its answers the rules accept.

    Puzzles are generated as the solver's own recipe says, and none of them is a training puzzle
    up to symmetry.

    Examples:
      hrm-toolkit evaluate --solver runs/maze-0-1/bundle --strategy neural
      hrm-toolkit evaluate --solver maze --size 20 --size 30 --samples 100
      hrm-toolkit evaluate --solver sudoku --data puzzles.sdm --json
    """
    from hrm_toolkit.cli.fresh import fresh_examples, read_examples
    from hrm_toolkit.core import Budget, Settings, validate
    from hrm_toolkit.solvers.allocator import keep_freed_memory
    from hrm_toolkit.solvers.solver import STRATEGIES, Solver
    from hrm_toolkit.train.evaluate import evaluate as measure
    from hrm_toolkit.train.recipe import Recipe

    options.require_choice("strategy", strategy, STRATEGIES)
    sizes = options.parse_sizes(size)
    keep_freed_memory()
    loaded = Solver.load(solver, device=options.find_device(device))
    kept = loaded.manifest.recipe if loaded.manifest else {}
    recipe = validate(Recipe, kept) if kept else None
    settings = Settings() if recipe is None else recipe.data
    settings = Settings(
        sizes=sizes or settings.sizes, difficulties=tuple(difficulty or settings.difficulties)
    )
    if segments is None:
        segments = recipe.validation_segments if recipe else _SEGMENTS
    left_out = 0
    if data is None:
        examples = fresh_examples(loaded.adapter, recipe, settings, seed, samples)
    else:
        examples, left_out = read_examples(loaded.adapter, data)
    with console.bar("solving", len(examples), unit="puzzles") as bar:
        found = measure(
            loaded,
            examples,
            strategy=strategy,  # type: ignore[arg-type]
            budget=Budget(segments=segments, votes=votes, restarts=restarts),
            data="generated test puzzles" if data is None else str(data),
            seed=seed if data is None else None,
            chunk=64,
            on_progress=bar,
        )
    if as_json:
        bundle = loaded.manifest.sha256 if loaded.manifest else None
        console.print_json(
            {**found.model_dump(mode="json"), "left_out": left_out, "bundle": bundle}
        )
    else:
        show(found, left_out)
    return 0


def show(found: Evaluation, left_out: int = 0) -> None:
    """An evaluation as a table."""
    from rich.table import Table

    from hrm_toolkit.cli.report import percent, rate_line

    out = console.stdout()
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    rows = {
        "solver": f"{found.solver}, {found.task}",
        "puzzles": f"{found.n} ({found.data})",
        "strategy": f"{found.strategy}, segments {found.budget.segments}, "
        f"votes {found.budget.votes}, restarts {found.budget.restarts}",
        "verified rate": rate_line(found.model_dump()),
        "exact accuracy": percent(found.exact_accuracy),
    }
    if found.optimal_rate is not None:
        rows["optimal rate"] = percent(found.optimal_rate)
    rows["mean segments"] = f"{found.mean_segments:.2f}"
    rows["time"] = f"{found.seconds:.2f} s, {1000 * found.seconds / found.n:.3g} ms a puzzle"
    if left_out:
        rows["left out"] = f"{left_out}, since no answer to them is known"
    if 1 < len(found.by_length) <= 20:
        rows["by length"] = ", ".join(
            f"{length} tokens: {percent(rate)} of {n}"
            for length, (rate, n) in found.by_length.items()
        )
    for name, value in rows.items():
        table.add_row(name, value)
    out.print(table)
