"""``solvers``: the trained solvers that ship with the package, and what their bundles say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hrm_toolkit.cli import console, options
from hrm_toolkit.cli.bundles import hub

if TYPE_CHECKING:
    from rich.console import Console

    from hrm_toolkit.solvers.bundles.card import Section
    from hrm_toolkit.solvers.bundles.manifest import Manifest

app = typer.Typer(invoke_without_command=True)
app.command()(hub.push)
app.command()(hub.pull)


@app.callback()
def list_solvers(context: typer.Context, as_json: options.Json = False) -> int:
    """List the bundled solvers, show what one bundle knows of itself, or share it on a hub.

    Examples:
      hrm-toolkit solvers
      hrm-toolkit solvers show maze
    """
    if context.invoked_subcommand is not None:
        return 0
    from hrm_toolkit.core.telling import percent
    from hrm_toolkit.solvers.bundles.card import evaluations
    from hrm_toolkit.solvers.bundles.choose import bundled

    manifests = bundled()
    if as_json:
        console.print_json({"solvers": [facts(manifest) for manifest in manifests.values()]})
        return 0
    if not manifests:
        console.remark("no trained solver is bundled; train one: hrm-toolkit train --adapter NAME")
        return 0
    from rich.table import Table

    from hrm_toolkit.core import shorten

    columns = ("solver", "task", "parameters", "verified, network alone")
    table = Table(*columns, box=None, pad_edge=False)
    for manifest in manifests.values():
        found = evaluations(manifest)
        rates = [
            f"{percent(found[name]['verified_rate'])} of {found[name]['n']} "
            f"({', '.join([name, *_spent(found[name])])})"
            for name in _headlines(found)
        ]
        parameters = manifest.training.get("parameters")
        count = "" if parameters is None else f"{parameters:,}"
        row = (shorten(manifest.name), shorten(manifest.task), count, ", ".join(rates))
        table.add_row(*map(console.visible, row))
    console.stdout().print(table)
    return 0


def _spent(evaluation: Mapping[str, Any]) -> list[str]:
    """What each puzzle could spend: a rate without it is half a number."""
    budget = evaluation.get("budget") or {}
    names = ("segments", "votes", "restarts")
    counts = [(name, budget.get(name, 0)) for name in names]
    least = {"segments": 0, "votes": 1, "restarts": 1}
    return [f"{count} {name}" for name, count in counts if count > least[name]]


def _headlines(found: Mapping[str, Any]) -> list[str]:
    """Which evaluations stand for all; one that is trained on may have neither of the usual."""
    return [name for name in ("validation", "test") if name in found] or list(found)[:1]


@app.command()
def show(
    name: options.Bundle,
    recipe: Annotated[
        bool, typer.Option("--recipe", help="Print its recipe alone, as train --recipe reads it.")
    ] = False,
    as_json: options.Json = False,
) -> int:
    """Show a bundle's card: task, data, training, recipe, rates with n and seed, limits.

    Examples:
      hrm-toolkit solvers show maze
      hrm-toolkit solvers show maze --recipe > maze.toml     # train --recipe maze.toml repeats it
      hrm-toolkit solvers show runs/maze-0-1/bundle --json
    """
    from hrm_toolkit.core import shorten
    from hrm_toolkit.solvers.bundles.card import card
    from hrm_toolkit.solvers.bundles.choose import licence_of
    from hrm_toolkit.solvers.bundles.manifest import bundle_folder, read_manifest

    manifest = read_manifest(bundle_folder(name))
    if recipe:
        return _print_recipe(manifest)
    if as_json:
        console.print_json(facts(manifest))
        return 0
    out = console.stdout()
    out.print(shorten(manifest.name), style="bold")
    for section in card(manifest, licence_of(manifest), source=name):
        out.print()
        _print_section(out, section)
    return 0


def _print_section(out: Console, section: Section) -> None:
    from rich.padding import Padding
    from rich.table import Table

    out.print(section.title, style="bold")
    for line in section.lines:
        # Commands are to be copied: what is too long for the line goes on in the next as it is.
        out.print(f"  {line}", soft_wrap=True)
    if section.table:
        head, *rows = section.table
        table = Table(box=None, pad_edge=False)
        for name in head:
            # Where the terminal is narrow, words wrap and numbers stay whole.
            words = name in ("evaluation", "how")
            table.add_column(name, no_wrap=not words, min_width=len(name) if words else None)
        for row in rows:
            table.add_row(*row)
        out.print(Padding(table, (0, 0, 0, 2)))


def _print_recipe(manifest: Manifest) -> int:
    from hrm_toolkit.core import InputError, validate
    from hrm_toolkit.train.recipe import Recipe, to_toml

    if not manifest.recipe:
        raise InputError(f"{manifest.name} does not say how it was trained")
    text = to_toml(validate(Recipe, manifest.recipe))
    console.stdout().print(console.lines(text), end="", soft_wrap=True)
    return 0


def facts(manifest: Manifest) -> dict[str, Any]:
    """A manifest without its vocabulary."""
    return manifest.model_dump(mode="json", exclude={"tokens", "format"})
