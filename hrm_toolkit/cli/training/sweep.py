"""``sweep``: many runs of a recipe, its keys drawn by Optuna, the best recipe kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hrm_toolkit.cli import console, options

if TYPE_CHECKING:
    from hrm_toolkit.train.many.sweep import Search


def sweep(
    over: Annotated[
        list[str],
        typer.Option(
            "--over",
            help="A key of the recipe and what to try: LOW..HIGH, LOW..HIGH:log, or values after "
            "commas; may be repeated.",
            metavar="KEY=RANGE",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Where trials go; the same folder goes on with them.")],
    adapter: options.AdapterName = None,
    recipe: options.RecipeName = None,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a key for every trial.", metavar="KEY=VALUE"),
    ] = None,
    trials: Annotated[
        int, typer.Option(min=1, max=100_000, help="Trials in all, those already done included.")
    ] = 20,
    minutes: Annotated[
        float | None, typer.Option(min=0.001, max=100_000, help="Train each for this long.")
    ] = None,
    updates: Annotated[
        int | None, typer.Option(min=1, max=10**9, help="Train each for this many updates.")
    ] = None,
    prune: Annotated[
        bool,
        typer.Option(help="End a trial whose validations fall behind the median of the others."),
    ] = True,
    device: options.Device = "auto",
    as_json: options.Json = False,
) -> int:
    """Search the keys of a recipe for the best verified rate on held-out puzzles.

    Needs the extra "sweep". The best recipe is written to best.toml. To know its rate, train it
    afresh: that of the best of many trials is flattered by the choice.

    Examples:
      hrm-toolkit sweep --recipe maze --over learning_rate=1e-4..1e-2:log --out runs/sweep
      hrm-toolkit sweep --adapter maze --over batch_size=16,32 --over network.width=16..64 \
--trials 30 --minutes 2 --out runs/wide
    """
    from hrm_toolkit.cli.progress import LISTENER
    from hrm_toolkit.core import OptionError
    from hrm_toolkit.solvers.allocator import keep_freed_memory
    from hrm_toolkit.solvers.devices import find_device
    from hrm_toolkit.train.many.seeds import require_no_ranks
    from hrm_toolkit.train.many.sweep import Search, parse_space
    from hrm_toolkit.train.recipes import find_recipe

    require_no_ranks("sweep")
    if minutes is not None and updates is not None:
        raise OptionError("--minutes and --updates both set the length", expected="one of them")
    length = {"minutes": minutes, "updates": updates}
    settings = [*(change or ()), *(f"{k}={v}" for k, v in length.items() if v is not None)]
    spaces = [parse_space(text) for text in over]
    base = find_recipe(adapter, recipe, settings)
    for space in spaces:
        # A key that is unknown, or a value out of range, shows now and not after an hour.
        for text in space.ends():
            find_recipe(adapter, recipe, [*settings, f"{space.key}={text}"])
    keep_freed_memory()
    search = Search(base, spaces, out, find_device(device), prune=prune, listener=LISTENER)
    try:
        search.run(trials)
    except KeyboardInterrupt:
        console.remark("stopped; the same command goes on")
        raise
    return _tell(search, as_json)


def _tell(search: Search, as_json: bool) -> int:
    from hrm_toolkit.core import ToolkitError
    from hrm_toolkit.core.telling import percent

    kept, best = search.keep_best(), search.best()
    rows = [
        {
            "trial": trial.number,
            "state": trial.state.name.lower(),
            "verified_rate": trial.value,
            "values": trial.params,
            **trial.user_attrs,
        }
        for trial in search.study.trials
    ]
    if kept is None or best is None:
        failed = [row["error"] for row in rows if "error" in row]
        raise ToolkitError(f"no trial ended well; the last failed for: {(failed or ['?'])[-1]}")
    if as_json:
        console.print_json(
            {"task": search.base.adapter, "best": best.number, "recipe": str(kept), "trials": rows}
        )
        return 0
    _show(search, rows)
    out = console.stdout()
    out.print(
        f"best: trial {best.number}, {percent(best.value)} verified on held-out puzzles",
        style="bold",
    )
    out.print(f"train it: hrm-toolkit train --recipe {kept}", soft_wrap=True)
    return 0


def _show(search: Search, rows: list[dict[str, Any]]) -> None:
    """The trials, best first, as a table."""
    from rich.table import Table

    from hrm_toolkit.core.telling import percent

    table = Table(box=None)
    keys = [space.key for space in search.spaces]
    for title in ("trial", "verified", *keys):
        table.add_column(title)
    for row in sorted(
        rows, key=lambda r: -1 if r["verified_rate"] is None else -r["verified_rate"]
    ):
        ended = row["state"] == "complete"
        rate = percent(row["verified_rate"]) if ended else row["state"]
        values = [str(row["values"].get(key, "")) for key in keys]
        table.add_row(str(row["trial"]), rate, *map(console.visible, values))
    console.stdout().print(table)
