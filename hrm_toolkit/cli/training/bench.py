"""``bench``: how fast solvers are, beside others, on the same puzzles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrm_toolkit.cli import console, options

if TYPE_CHECKING:
    from hrm_toolkit.train.measure.bench import Bench, Ratio


def bench(
    solver: options.SolverNames = None,
    samples: Annotated[
        int, typer.Option(min=1, max=100_000, help="How many puzzles a task, at most.")
    ] = 32,
    batch: Annotated[
        str, typer.Option(help="Puzzles of one call, or several numbers.", metavar="N,...")
    ] = "1,32",
    strategies: Annotated[
        list[str] | None,
        typer.Option("--strategy", help="neural, verified or exact; several, by repeating."),
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0.1, max=86_400, help="For all of it, shared among the ways.")
    ] = 60.0,
    training: Annotated[
        bool, typer.Option(help="Time a few updates of each task's own recipe, too.")
    ] = True,
    seed: options.Seed = 0,
    out: Annotated[
        Path | None, typer.Option(help="Write what was found as JSON.", metavar="FILE")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(help="Compare with an earlier --out of the same puzzles.", metavar="FILE"),
    ] = None,
    as_json: options.Json = False,
) -> int:
    """Time solvers beside CP-SAT, networkx and plain search, on the same puzzles.

    Latency is of one call: the median and the 95th percentile. CP-SAT needs the extra exact.
    Compare times of one machine alone, and leave it quiet.

    Examples:
      hrm-toolkit bench
      hrm-toolkit bench --solver maze --batch 1,8,64 --seconds 120 --out before.json
      hrm-toolkit bench --solver maze --batch 1,8,64 --seconds 120 --against before.json
    """
    from hrm_toolkit.cli.progress import LISTENER
    from hrm_toolkit.core.plain import replace_file
    from hrm_toolkit.solvers.options import STRATEGIES, require_options
    from hrm_toolkit.solvers.solver import Solver
    from hrm_toolkit.train.measure import bench as measure

    for strategy in strategies or ():
        require_options(strategy, seed)
    if out is not None:
        options.require_folder("--out", out)
    before = None if against is None else measure.read_bench(against)
    found = measure.bench(
        [Solver.load(name) for name in solver or ("sudoku", "maze", "graph")],
        samples=samples,
        batches=options.parse_numbers("--batch", batch, most=100_000),
        strategies=tuple(strategies or STRATEGIES),  # type: ignore[arg-type]
        seconds=seconds,
        training=training,
        seed=seed,
        before=before,
        listener=LISTENER,
    )
    ratios = None if before is None else measure.against(found, before)
    if out is not None:
        replace_file(out, found.model_dump_json(indent=1).encode())
    if as_json:
        compared = {"against": [ratio.model_dump() for ratio in ratios]} if ratios else {}
        console.print_json({**found.model_dump(mode="json"), **compared})
    else:
        _show(found, ratios)
    return 0


def _show(found: Bench, ratios: list[Ratio] | None) -> None:
    """A table of times, and of ratios where there is an earlier run."""
    from rich.table import Table

    gains = {(r.task, r.way, r.batch): r for r in ratios or ()}
    table = Table(box=None, pad_edge=False)
    for name in ("task", "by"):
        table.add_column(name)
    columns = ["batch", "solved", "p50 ms", "p95 ms", "solved/s"]
    for name in [*columns, *(["latency x", "throughput x"] if ratios else [])]:
        table.add_column(name, justify="right")
    for row in found.timings:
        times = [f"{x:.3g}" for x in (row.p50_ms, row.p95_ms, row.solved_per_second)]
        gain = gains.get(row.key)
        compared = [_times(gain.latency), _times(gain.throughput)] if gain else []
        table.add_row(
            row.task, row.way, str(row.batch), f"{row.solved} of {row.n}", *times, *compared
        )
    console.stdout().print(table)
    for task in found.training:
        gain = gains.get((task.task, "training", 1))
        said = f", {_times(gain.latency)} times the earlier" if gain else ""
        console.line(
            f"training {task.task}: {task.updates_per_second:.2f} updates/s of "
            f"{task.batch_size} puzzles{said}"
        )
    for task_name, size in found.sizes.items():
        console.remark(f"{task_name}: {size}; seed {found.seed}")
    if ratios:
        console.remark("above 1 is faster than the earlier run")


def _times(gain: float | None) -> str:
    return "-" if gain is None else f"{gain:.2f}"
