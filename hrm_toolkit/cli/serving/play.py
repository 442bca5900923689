"""``play``: the page in the browser, served to this machine alone."""

from __future__ import annotations

import threading
from typing import Annotated

import typer

from hrm_toolkit.cli import console, options
from hrm_toolkit.cli.serving.serve import (
    RunFolders,
    leave,
    make_service,
    read_token,
    run_network,
)

_DRAIN_SECONDS = 1.0
_CLIENT_JOBS = 8


def play(
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Print the address alone, and open no browser.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Where to listen; 0 takes any free port.")
    ] = 0,
    solver: options.OwnSolvers = None,
    run: RunFolders = None,
) -> int:
    """Open a page in which puzzles are made, solved, watched and compared.

    The page comes from the package and works offline; only this machine can reach it.

    Examples:
      hrm-toolkit play
      hrm-toolkit play --no-open --port 8080
      hrm-toolkit play --run runs/maze-0-1      # its curves as they grow
    """
    service = make_service(solver or [], run or [], None, _CLIENT_JOBS)
    left = 0.0
    try:
        from hrm_toolkit.planner.serve.origins import LOOPBACK
        from hrm_toolkit.planner.tools.toolbox import Toolbox

        left = run_network(
            Toolbox(service, full=True),
            "http",
            ("127.0.0.1", port),
            hosts=LOOPBACK,
            token=read_token(None),
            drain=_DRAIN_SECONDS,
            log="WARNING",
            on_url=None if no_open else _open,
        )
    finally:
        service.close(drain_s=left)
    leave(0)


def _open(url: str) -> None:
    """Open a browser, in a thread: one in this very terminal would hold up the server."""

    def open_there() -> None:
        import webbrowser

        if not webbrowser.open(url):
            console.remark(f"no browser was found: open {url} in one")

    threading.Thread(target=open_there, daemon=True).start()
