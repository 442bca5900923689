"""``solvers``: the trained solvers that ship with the package, and what their bundles say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hrm_toolkit.cli import console, options

if TYPE_CHECKING:
    from hrm_toolkit.solvers.bundle import Manifest

app = typer.Typer(invoke_without_command=True)

_LIMITS = (
    "trained for one kind of puzzle; elsewhere at the rates stated and no better. Its answers are "
    "checked by the rules, and without a verified one the solver abstains."
)


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
        found = evaluations(manifest)
        rates = [
            f"{percent(found[name]['verified_rate'])} of {found[name]['n']} ({name})"
            for name in ("validation", "test")
            if name in found
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
    recipe: Annotated[
        bool, typer.Option("--recipe", help="Print its recipe alone, as train --recipe reads it.")
    ] = False,
    as_json: options.Json = False,
) -> int:
    """Show a bundle's card: task, network, training, recipe, and rates with n and seed.

    Examples:
      hrm-toolkit solvers show maze
      hrm-toolkit solvers show maze --recipe > maze.toml     # train --recipe maze.toml repeats it
      hrm-toolkit solvers show runs/maze-0-1/bundle --json
    """
    from hrm_toolkit.solvers.bundle import bundle_folder, read_manifest

    manifest = read_manifest(bundle_folder(name))
    if recipe:
        return _print_recipe(manifest)
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
        table.add_row(kind, "\n".join(_said(evaluation)))
    table.add_row("limits", _LIMITS)
    table.add_row("licence", "Apache-2.0")
    console.stdout().print(table)
    return 0


def _said(evaluation: dict[str, Any]) -> list[str]:
    """What one evaluation found: rate, conditions, and where there are several, each group's."""
    from hrm_toolkit.cli.report import percent, rate_line

    budget = evaluation.get("budget", {})
    said = [
        rate_line(evaluation),
        f"strategy {evaluation.get('strategy')}, {budget.get('segments')} segments, "
        f"votes {budget.get('votes')}, seed {evaluation.get('seed')}",
        str(evaluation.get("data", "")),
    ]
    for key in ("by_difficulty", "by_size"):
        groups = evaluation.get(key) or {}
        if len(groups) > 1:
            rates = (f"{k} {percent(g['verified_rate'])} ({g['n']})" for k, g in groups.items())
            said.append(", ".join(rates))
    return said


def _print_recipe(manifest: Manifest) -> int:
    from hrm_toolkit.core import InputError, validate
    from hrm_toolkit.train.recipe import Recipe, to_toml

    if not manifest.recipe:
        raise InputError(f"{manifest.name} does not say how it was trained")
    text = to_toml(validate(Recipe, manifest.recipe))
    console.stdout().print(text, end="", soft_wrap=True)
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
