"""``train``: a solver from a recipe, resumable, measured at the end."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hrm_toolkit.cli import console, options

if TYPE_CHECKING:
    from hrm_toolkit.train.recipe import Recipe
    from hrm_toolkit.train.record.metrics import Tracker
    from hrm_toolkit.train.run import Run


def train(
    adapter: options.AdapterName = None,
    samples: Annotated[
        int | None,
        typer.Option(
            min=0, max=10_000_000, help="Training puzzles; 0 generates new ones without end."
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Generate new puzzles without end.")
    ] = False,
    augmentations: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=1_000_000,
            help="Show each training puzzle under this many fixed symmetries, as published; a new "
            "one each time unless said.",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Train on the puzzles of a file or folder.", metavar="FILE|DIR"),
    ] = None,
    validation_data: Annotated[
        Path | None,
        typer.Option(
            help="Validate and test on these; a part of --data unless said.", metavar="FILE|DIR"
        ),
    ] = None,
    recipe: options.RecipeName = None,
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
    stage: Annotated[
        Literal["high", "low", "joint"] | None,
        typer.Option(help="Train one module while the other keeps its weights, or both."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Start from the weights of a bundle or run, by its recipe unless one is said.",
            metavar="DIR|NAME",
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help="Train this many seeds and tell of their spread."),
    ] = None,
    parallel: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1024,
            help="Seeds trained at a time; as many as there are cores, unless said.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what the run would take, and train nothing.")
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=256,
            help="Processes that make puzzles ahead of the trainer; the same bytes whatever their "
            "number. Some where generating is dear and cores are free, unless said.",
        ),
    ] = None,
    tracker: Annotated[
        list[str] | None,
        typer.Option(
            help="Log to tensorboard, trackio or wandb, too; may be repeated. wandb stays offline "
            "unless wandb:online or WANDB_MODE says otherwise.",
            metavar="NAME",
        ),
    ] = None,
    device: options.Device = "auto",
    as_json: options.Json = False,
) -> int:
    """Train a solver and measure it on puzzles it has never seen.

    The best weights by verified rate are kept as a bundle. Ctrl-C leaves a checkpoint to go on
    from.

    Examples:
      hrm-toolkit train --adapter maze --samples 1000 --minutes 10
      hrm-toolkit train --recipe sudoku-4x4 --set batch_size=128 --out runs/small
      hrm-toolkit train --adapter sudoku --fresh --workers 4 --minutes 30
      hrm-toolkit train --data puzzles.csv --augmentations 1000 --minutes 30
      hrm-toolkit train --recipe sudoku-extreme-1k --dry-run
      hrm-toolkit train --recipe maze --updates 2000 --seeds 5 --out runs/five
      hrm-toolkit train --from runs/maze-0-1 --stage high --updates 500
      hrm-toolkit train --resume runs/maze-0-1
      hrm-toolkit train --resume runs/maze-0-1 --minutes 20    # longer than it was
      torchrun --nproc-per-node 2 -m hrm_toolkit train --recipe maze --out runs/two
    """
    from hrm_toolkit.core import OptionError

    if start is not None:
        from hrm_toolkit.solvers.bundles.manifest import bundle_folder, read_manifest

        read_manifest(bundle_folder(start))  # refused without waiting for torch
    from hrm_toolkit.solvers.allocator import keep_freed_memory
    from hrm_toolkit.solvers.devices import find_device
    from hrm_toolkit.train.record.trackers import make_trackers

    chosen = {
        "--adapter": adapter,
        "--samples": samples,
        "--fresh": fresh or None,
        "--augmentations": augmentations,
        "--data": data,
        "--validation-data": validation_data,
        "--recipe": recipe,
        "--set": change or None,
        "--seed": seed,
        "--minutes": minutes,
        "--updates": updates,
        "--out": out,
        "--stage": stage,
        "--from": start,
        "--seeds": seeds,
        "--parallel": parallel,
        "--dry-run": dry_run or None,
    }
    if resume is not None:
        longer = _longer(chosen, adapter)
        keep_freed_memory()
        found = find_device(device)
        return _run(None, resume, found, as_json, workers, make_trackers(tracker or ()), longer)
    if fresh and (samples or data or augmentations):
        other = "--samples" if samples else "--data" if data else "--augmentations"
        raise OptionError(f"--fresh generates without end, and {other} trains on a list of puzzles")
    if data is not None:
        samples = samples or 0
        if start is None:
            adapter, recipe = _task_of(data, adapter, recipe)
    keys = {
        "samples": samples,
        "augmentations": augmentations,
        "seed": seed,
        "minutes": minutes,
        "updates": updates,
        "training_data": _quoted(data),
        "validation_data": _quoted(validation_data),
        "stage": stage,
        "start": _start(start),
    }
    if fresh:
        # Null undoes what a recipe for a list of puzzles says.
        listed = ("training_data", "validation_data", "augmentations")
        keys = {**keys, **dict.fromkeys(listed, "null"), "samples": 0}
    elif data is not None and validation_data is None and start is not None and recipe is None:
        keys["validation_data"] = "null"  # what the bundle was validated on goes with its data
    if minutes is not None and updates is not None:
        raise OptionError("--minutes and --updates both set the length", expected="one of them")
    settings = [*(change or ()), *(f"{k}={v}" for k, v in keys.items() if v is not None)]
    from hrm_toolkit.train.recipes import find_recipe

    final = find_recipe(adapter, recipe, settings, start, remark=console.remark)
    keep_freed_memory()
    if dry_run:
        from hrm_toolkit.cli.training.dry_run import tell_estimate

        return tell_estimate(final, find_device(device), as_json)
    found = find_device(device)
    if seeds is not None:
        from hrm_toolkit.cli.progress import LISTENER
        from hrm_toolkit.cli.training.seeds import tell_seeds
        from hrm_toolkit.train.many.seeds import train_seeds

        make_trackers(tracker or ())  # one that is unknown or not installed is told of now
        folder = out or _new_folder(final)
        rows = train_seeds(
            final,
            folder,
            found,
            seeds,
            parallel=parallel,
            workers=workers,
            trackers=tracker or (),
            listener=LISTENER,
        )
        return tell_seeds(final, folder, rows, as_json)
    if parallel is not None:
        raise OptionError("--parallel goes with --seeds", hint="say how many seeds: --seeds 5")
    return _run(final, out, found, as_json, workers, make_trackers(tracker or ()))


def _longer(chosen: Mapping[str, Any], adapter: str | None) -> dict[str, Any]:
    """The new length of a run that goes on, where one is said.

    Raises:
        OptionError: for another option, which would change the run.
    """
    from hrm_toolkit.adapters.registry import adapter_file
    from hrm_toolkit.core import OptionError

    said = [name for name, value in chosen.items() if value is not None]
    if adapter is not None and adapter_file(adapter) is not None:
        said.remove("--adapter")  # where the run's task is defined, not another task
    lengths = [name for name in ("--updates", "--minutes") if name in said]
    said = [name for name in said if name not in lengths]
    if len(lengths) > 1:
        raise OptionError("--minutes and --updates both set the length", expected="one of them")
    if said:
        raise OptionError(
            f"--resume goes on as before, and {said[0]} would change that",
            hint=f"leave out {', '.join(said)}",
        )
    return {name.removeprefix("--"): chosen[name] for name in lengths}


def _start(source: str | None) -> str | None:
    """What ``--from`` names, as a setting's value: a bundled solver by its name."""
    from hrm_toolkit.solvers.bundles.manifest import bundle_folder

    if source is None:
        return None
    folder = bundle_folder(source)
    return json.dumps(str(folder.absolute()) if Path(source).is_dir() else source)


def _quoted(path: Path | None) -> str | None:
    """A path as a setting's value, right in whatever folder the recipe is used again."""
    from hrm_toolkit.train.data.splits import absolute

    return None if path is None else json.dumps(absolute(path))


def _task_of(data: Path, adapter: str | None, recipe: str | None) -> tuple[str | None, str | None]:
    """Adapter and recipe, with the file's own task where neither is said."""
    from hrm_toolkit.train.data.examples import task_of

    if adapter is None and recipe is None:
        adapter = task_of(data)
        console.remark(f"{data} holds {adapter} puzzles")
    return adapter, recipe


def _new_folder(recipe: Recipe | None) -> Path:
    name = "run" if recipe is None else f"{recipe.adapter}-{recipe.seed}"
    number = 1
    while (folder := Path("runs") / f"{name}-{number}").exists():
        number += 1
    return folder


def _run(
    recipe: Recipe | None,
    out: Path | None,
    device: str,
    as_json: bool,
    workers: int | None,
    trackers: Sequence[Tracker],
    longer: Mapping[str, float] | None = None,
) -> int:
    """Train, then measure, then say where everything is. Without a recipe, resume."""
    from hrm_toolkit.cli.training.outcome import train_and_measure
    from hrm_toolkit.train.distributed import joined
    from hrm_toolkit.train.record.checkpoint import BUNDLE, CHECKPOINT

    with joined(device) as (ranks, own):
        if out is None:
            out = Path(ranks.told(lambda: str(_new_folder(recipe))))
        # A launcher that starts dead ranks again gives them the same command line.
        if ranks.restarts and (out / CHECKPOINT).exists():
            recipe = None
        run, evaluation = train_and_measure(recipe, out, own, workers, ranks, trackers, longer)
    if evaluation is None:
        return 0
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
    from hrm_toolkit.adapters.registry import adapter_file
    from hrm_toolkit.cli.progress import known_words
    from hrm_toolkit.core.telling import rate_line
    from hrm_toolkit.train.guard import closing
    from hrm_toolkit.train.measure.chance import unlearned
    from hrm_toolkit.train.record.page import REPORT

    out = console.stdout()
    facts = run.facts()
    pace = f", {run.counters.update / run.counters.seconds:.3g} a second"
    out.print(f"trained {facts['updates']:,} updates in {facts['minutes']:g} minutes{pace}")
    if known := known_words(run.recipe, run.counters.update):
        out.print(f"{known}: more may come of more minutes", soft_wrap=True)
    measured = "fresh puzzles" if run.untried else "held-out puzzles, on which weights were chosen"
    if run.splits.rows:
        measured = "held-out tasks, of which the demonstrations were trained on"
    out.print(f"{measured}, network alone: {rate_line(evaluation)}", style="bold", soft_wrap=True)
    state = run.guard.state
    if state.stopped:
        out.print(f"stopped early: {state.stopped}", soft_wrap=True)
    if state.events:
        out.print(f"{closing(state)}: see the report", soft_wrap=True)
    told = unlearned(
        run.adapter, run.splits.validation, run.counters.loss, evaluation["verified_rate"]
    )
    if told:
        out.print(told, style="yellow", soft_wrap=True)
    out.print(f"bundle: {bundle}", soft_wrap=True)
    out.print(f"report: {run.out / REPORT}", soft_wrap=True)
    file = adapter_file(run.adapter.task)
    words = ["--solver", str(bundle), *([] if file is None else ["--adapter", str(file)])]
    out.print(f"use it: hrm-toolkit solve FILE {shlex.join(words)}", soft_wrap=True)
