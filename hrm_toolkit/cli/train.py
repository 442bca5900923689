"""``train``: a solver from a recipe, resumable, measured at the end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hrm_toolkit.cli import console, options

if TYPE_CHECKING:
    from hrm_toolkit.train.recipe import Recipe
    from hrm_toolkit.train.run import Run


def train(
    adapter: options.AdapterName = None,
    samples: Annotated[
        int | None,
        typer.Option(
            min=0, max=10_000_000, help="Training puzzles; 0 generates new ones without end."
        ),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(help="A recipe's name, or a TOML file of one.", metavar="NAME|FILE"),
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="Change a key of the recipe; may be repeated.", metavar="KEY=VALUE"
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**31 - 1, help="Seed of everything drawn.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.001, max=100_000, help="Train for this long.")
    ] = None,
    updates: Annotated[
        int | None, typer.Option(min=1, max=10**9, help="Train for this many optimizer steps.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The run's folder; a new one under runs/ unless said.")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Go on with the run in this folder.", metavar="DIR")
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help="Train this many seeds, one after the other."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what the run would take, and train nothing.")
    ] = False,
    device: options.Device = "auto",
    as_json: options.Json = False,
) -> int:
    """Train a solver and measure it on puzzles it has never seen.

    The best weights by verified rate are kept as a bundle. Ctrl-C leaves a checkpoint to go on
    from.

    Examples:
      hrm-toolkit train --adapter maze --samples 1000 --minutes 10
      hrm-toolkit train --recipe sudoku-4x4 --set batch_size=128 --out runs/small
      hrm-toolkit train --recipe sudoku --dry-run
      hrm-toolkit train --recipe maze --updates 2000 --seeds 5 --out runs/five
      hrm-toolkit train --resume runs/maze-0-1
    """
    from hrm_toolkit.core import OptionError
    from hrm_toolkit.solvers.allocator import keep_freed_memory

    chosen = {
        "--adapter": adapter,
        "--samples": samples,
        "--recipe": recipe,
        "--set": change or None,
        "--seed": seed,
        "--minutes": minutes,
        "--updates": updates,
        "--out": out,
        "--seeds": seeds,
        "--dry-run": dry_run or None,
    }
    if resume is not None:
        said = [name for name, value in chosen.items() if value is not None]
        if said:
            raise OptionError(
                f"--resume goes on as before, and {said[0]} would change that",
                hint=f"leave out {', '.join(said)}",
            )
        keep_freed_memory()
        return _run(None, resume, options.find_device(device), as_json)
    numbers = {"samples": samples, "seed": seed, "minutes": minutes, "updates": updates}
    if minutes is not None and updates is not None:
        raise OptionError("--minutes and --updates both set the length", expected="one of them")
    settings = [*(change or ()), *(f"{k}={v}" for k, v in numbers.items() if v is not None)]
    final = find_recipe(adapter, recipe, settings)
    keep_freed_memory()
    if dry_run:
        from hrm_toolkit.cli.dry_run import tell_estimate

        return tell_estimate(final, options.find_device(device), as_json)
    folder, found = out or _new_folder(final), options.find_device(device)
    if seeds is not None:
        from hrm_toolkit.cli.seeds import train_seeds

        return train_seeds(final, folder, found, seeds, as_json)
    return _run(final, folder, found, as_json)


def find_recipe(adapter: str | None, name: str | None, settings: Sequence[str]) -> Recipe:
    """The recipe that the options stand for.

    Raises:
        OptionError: when they name no task, or two; when a key or name is unknown.
        InputError: for a value out of range, or a file that is no recipe.
    """
    from hrm_toolkit.adapters.registry import get_adapter
    from hrm_toolkit.core import OptionError
    from hrm_toolkit.train.recipe import changed, read_recipe
    from hrm_toolkit.train.recipes import default_recipe, named_recipe

    if name is None and adapter is None:
        raise OptionError("there is no task to train", hint="name one by --adapter or --recipe")
    if adapter is not None:
        get_adapter(adapter)
    if name is None:
        recipe = default_recipe(adapter or "")
    elif name.endswith(".toml") or "/" in name:
        recipe = read_recipe(Path(name))
    else:
        recipe = named_recipe(name)
    if adapter not in (None, recipe.adapter):
        raise OptionError(
            f'the recipe "{name}" is for {recipe.adapter}, and --adapter says {adapter}',
            hint="leave out one of the two",
        )
    recipe = changed(recipe, settings)
    task = get_adapter(recipe.adapter)
    for difficulty in recipe.data.difficulties:
        task.require_difficulty(difficulty)
    return recipe


def _new_folder(recipe: Recipe) -> Path:
    number = 1
    while (folder := Path("runs") / f"{recipe.adapter}-{recipe.seed}-{number}").exists():
        number += 1
    return folder


def _run(recipe: Recipe | None, out: Path, device: str, as_json: bool) -> int:
    """Train, then measure, then say where everything is. Without a recipe, resume."""
    from hrm_toolkit.cli.training import train_and_measure
    from hrm_toolkit.train.run import BUNDLE

    run, evaluation = train_and_measure(recipe, out, device)
    bundle = out / BUNDLE
    if as_json:
        console.print_json(
            {
                "task": run.recipe.adapter,
                "out": str(out),
                "bundle": str(bundle),
                "training": run.facts(),
                "evaluation": evaluation.model_dump(mode="json"),
            }
        )
    else:
        _tell(run, bundle, evaluation.model_dump(mode="json"))
    return 0


def _tell(run: Run, bundle: Path, evaluation: dict[str, Any]) -> None:
    from hrm_toolkit.cli.report import rate_line
    from hrm_toolkit.train.report import REPORT

    out = console.stdout()
    facts = run.facts()
    out.print(f"trained {facts['updates']:,} updates in {facts['minutes']:g} minutes")
    out.print(
        f"fresh puzzles, network alone: {rate_line(evaluation)}", style="bold", soft_wrap=True
    )
    state = run.guard.state
    if state.stopped:
        out.print(f"stopped early: {state.stopped}", soft_wrap=True)
    if state.events:
        out.print(f"the guard saw {state.events:,} events: see the report", soft_wrap=True)
    out.print(f"bundle: {bundle}", soft_wrap=True)
    out.print(f"report: {run.out / REPORT}", soft_wrap=True)
    out.print(f"use it: hrm-toolkit solve FILE --solver {bundle}", soft_wrap=True)
