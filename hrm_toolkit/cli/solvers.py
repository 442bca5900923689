"""``solvers``: the trained solvers that ship with the package, and what their bundles say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hrm_toolkit.cli import console, options

if TYPE_CHECKING:
    from hrm_toolkit.solvers.bundle import Manifest

app = typer.Typer(invoke_without_command=True)


@app.callback()
def list_solvers(context: typer.Context, as_json: options.Json = False) -> int:
    """List the bundled solvers, or show what one bundle knows of itself.

    Examples:
      hrm-toolkit solvers
      hrm-toolkit solvers show maze
    """
    if context.invoked_subcommand is not None:
        return 0
    from hrm_toolkit.cli.report import percent
    from hrm_toolkit.solvers.choose import bundled

    manifests = bundled()
    if as_json:
        console.print_json({"solvers": [facts(manifest) for manifest in manifests.values()]})
        return 0
    if not manifests:
        console.remark("no trained solver is bundled; train one: hrm-toolkit train --adapter maze")
        return 0
    from rich.table import Table

    table = Table("solver", "task", "parameters", "verified", box=None, pad_edge=False)
    for manifest in manifests.values():
        rates = [
            f"{percent(e['verified_rate'])} of {e['n']} ({name})"
            for name, e in evaluations(manifest).items()
        ]
        parameters = manifest.training.get("parameters")
        count = "" if parameters is None else f"{parameters:,}"
        table.add_row(manifest.name, manifest.task, count, ", ".join(rates))
    console.stdout().print(table)
    return 0


@app.command()
def show(
    name: Annotated[
        str, typer.Argument(metavar="NAME|DIR", help="A bundled solver, or a bundle's folder.")
    ],
    as_json: options.Json = False,
) -> int:
    """Show a bundle: task, parameters, recipe, training, and rates with n and seed.

    Examples:
      hrm-toolkit solvers show maze
      hrm-toolkit solvers show runs/maze-0-1/bundle --json
    """
    from hrm_toolkit.cli.report import rate_line
    from hrm_toolkit.solvers.bundle import bundle_folder, read_manifest

    manifest = read_manifest(bundle_folder(name))
    found = facts(manifest)
    if as_json:
        console.print_json(found)
        return 0
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    for key in ("name", "task", "sha256", "toolkit"):
        table.add_row(key, str(found[key]))
    for key in ("network", "training", "recipe"):
        table.add_row(key, "\n".join(f"{k} = {v}" for k, v in _flat(found[key])) or "not recorded")
    for kind, evaluation in evaluations(manifest).items():
        said = [
            rate_line(evaluation),
            f"strategy {evaluation.get('strategy')}, seed {evaluation.get('seed')}",
            str(evaluation.get("data", "")),
        ]
        table.add_row(kind, "\n".join(said))
    console.stdout().print(table)
    return 0


def facts(manifest: Manifest) -> dict[str, Any]:
    """A manifest without its vocabulary."""
    return manifest.model_dump(mode="json", exclude={"tokens", "format"})


def evaluations(manifest: Manifest) -> dict[str, dict[str, Any]]:
    """The evaluations of a bundle by name, such as ``validation`` and ``test``."""
    return {
        name: value
        for name, value in manifest.evaluation.items()
        if isinstance(value, dict) and {"verified_rate", "verified_interval", "n"} <= set(value)
    }


def _flat(table: dict[str, Any]) -> list[tuple[str, Any]]:
    """Keys and values, without the long lists that a network declares."""
    return [(key, value) for key, value in table.items() if key != "relations"]
