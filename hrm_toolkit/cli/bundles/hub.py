"""``solvers push`` and ``solvers pull``: bundles on the Hugging Face hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hrm_toolkit.cli import console, options

Repository = Annotated[
    str, typer.Argument(metavar="REPO", help="A repository on the hub, OWNER/NAME.")
]


def push(
    bundle: options.Bundle,
    repository: Repository,
    public: Annotated[
        bool, typer.Option("--public", help="Let everybody see it; it is private unless said.")
    ] = False,
    licence: Annotated[
        str | None,
        typer.Option(
            "--licence",
            help="Under which you give the weights, for the card; such as apache-2.0.",
            metavar="ID",
        ),
    ] = None,
    as_json: options.Json = False,
) -> int:
    """Upload a bundle's files and its card, as the user that the hub's library is logged in as.

    Examples:
      hrm-toolkit solvers push runs/maze-0-1/bundle me/maze
      hrm-toolkit solvers push runs/maze-0-1/bundle me/maze --public --licence apache-2.0
    """
    from hrm_toolkit.solvers import hub
    from hrm_toolkit.solvers.bundles.bundle import bundle_folder

    done = hub.push(bundle_folder(bundle), repository, public=public, licence=licence)
    if as_json:
        console.print_json(
            {
                "repository": repository,
                "url": done.url,
                "commit": done.commit,
                "private": done.private,
                "files": list(done.files),
            }
        )
        return 0
    console.line(f"{done.url} ({'private' if done.private else 'public'}), commit {done.commit}")
    console.line(f"uploaded {', '.join(done.files)}")
    return 0


def pull(
    repository: Repository,
    out: Annotated[
        Path | None,
        typer.Option(help="The bundle's folder; the repository's name unless said.", metavar="DIR"),
    ] = None,
    revision: Annotated[
        str | None, typer.Option(help="A branch, tag or commit; the main branch unless said.")
    ] = None,
    as_json: options.Json = False,
) -> int:
    """Download a bundle, compare it with its hashes, and keep it whole or not at all.

    Only the files of a bundle are fetched. A repository that holds others, such as pickles, is
    refused before anything is.

    Examples:
      hrm-toolkit solvers pull me/maze
      hrm-toolkit solvers pull me/maze --out solvers/maze --revision v1
    """
    from hrm_toolkit.core import shorten
    from hrm_toolkit.solvers import hub

    done = hub.pull(repository, out or Path(repository.split("/")[-1]), revision=revision)
    name, task = done.manifest.name, done.manifest.task
    if as_json:
        console.print_json(
            {
                "bundle": str(done.folder),
                "commit": done.commit,
                "name": name,
                "task": task,
                "sha256": done.manifest.sha256,
            }
        )
        return 0
    console.line(f"{shorten(name)}, a solver of {shorten(task)}, from commit {done.commit}")
    console.line(f"bundle: {done.folder}")
    return 0
