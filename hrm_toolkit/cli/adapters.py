"""``adapters``: the tasks that are known, and whether they keep the laws."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hrm_toolkit.cli import console, options

app = typer.Typer(invoke_without_command=True)


@app.callback()
def list_adapters(context: typer.Context, as_json: options.Json = False) -> int:
    """List the tasks, or check that one keeps the laws of adapters.

    Examples:
      hrm-toolkit adapters
      hrm-toolkit adapters check sudoku
    """
    if context.invoked_subcommand is not None:
        return 0
    from hrm_toolkit.adapters.registry import adapter_names, broken_adapters, get_adapter
    from hrm_toolkit.core import ToolkitError

    rows: list[dict[str, Any]] = []
    for name in adapter_names():
        try:
            adapter = get_adapter(name)
        except ToolkitError:
            continue
        rows.append(
            {
                "name": name,
                "family": adapter.family,
                "summary": adapter.summary,
                "difficulties": list(adapter.difficulties),
                "tokens": adapter.codec.spec.size,
            }
        )
    broken = broken_adapters()
    if as_json:
        console.print_json({"adapters": rows, "broken": broken})
        return 0
    from rich.table import Table

    table = Table("adapter", "what it asks for", "difficulties", box=None, pad_edge=False)
    family = ""
    for row in sorted(rows, key=lambda row: row["family"]):
        if row["family"] != family:
            family = row["family"]
            table.add_row()
            table.add_row(console.visible(f"{family}:"))
        cells = (row["name"], row["summary"], ", ".join(row["difficulties"]))
        table.add_row(*map(console.visible, cells))
    console.stdout().print(table)
    for label, reason in broken.items():
        console.remark(f"broken: {label}: {reason}")
    return 0


@app.command()
def check(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE.py",
            callback=options.named_adapter,
            help="The adapter to check, or the Python file that defines it.",
        ),
    ],
    samples: Annotated[
        int, typer.Option(min=1, max=10_000, help="Examples to draw for each law.")
    ] = 20,
    sizes: options.Sizes = None,
    seed: options.Seed = 0,
    as_json: options.Json = False,
) -> int:
    """Hold an adapter to every law; status 1 when it breaks one.

    Examples:
      hrm-toolkit adapters check maze
      hrm-toolkit adapters check ./my_task.py --sizes 3,4
      hrm-toolkit adapters check my-task --samples 100 --seed 7 --json
    """
    from hrm_toolkit.adapters.check import check_adapter
    from hrm_toolkit.adapters.registry import get_adapter

    told = options.parse_sizes(sizes)
    report = check_adapter(get_adapter(name), seed=seed, samples=samples, sizes=told)
    if as_json:
        console.print_json({**report.model_dump(mode="json"), "passed": bool(report)})
    else:
        console.stdout().print(console.lines(str(report)), soft_wrap=True)
    return 0 if report else 1
