"""``serve``: the tools for programs over HTTP, and for language models' hosts over MCP."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from hrm_toolkit.cli import console, options
from hrm_toolkit.cli.console import INTERRUPTED

if TYPE_CHECKING:
    from types import FrameType

    from hrm_toolkit.planner.service import Service
    from hrm_toolkit.planner.tools.toolbox import Toolbox

_INTERRUPT_SECONDS = 2.0
TOKEN_VARIABLE = "HRM_TOOLKIT_TOKEN"  # noqa: S105 (its name, no token)

RunFolders = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="DIR",
        help="A training run, whose curves may be watched as they grow; may be repeated.",
    ),
]


def serve(
    where: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WHERE",
            help="After --http an address; after --mcp stdio, or http and an address.",
            show_default=False,
        ),
    ] = None,
    http: Annotated[
        bool, typer.Option("--http", help="Serve JSON over HTTP, at 127.0.0.1:8000 or HOST:PORT.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65_535, help="A port of 127.0.0.1, in place of an address."),
    ] = None,
    mcp: Annotated[
        bool, typer.Option("--mcp", help="Serve the Model Context Protocol, over stdio or http.")
    ] = False,
    full: options.AllTools = False,
    solver: options.OwnSolvers = None,
    run: RunFolders = None,
    jobs: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep jobs in this file over restarts; else in memory."),
    ] = None,
    client_jobs: Annotated[
        int, typer.Option(min=1, help="Jobs that one client may have open.")
    ] = 8,
    token_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help=f"Holds the bearer token; else the variable {TOKEN_VARIABLE}."
        ),
    ] = None,
    expose: Annotated[
        bool, typer.Option("--expose", help="Allow an address that other machines can reach.")
    ] = False,
    host_name: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A name by which clients know this server, behind a proxy say; may be repeated.",
            show_default=False,
        ),
    ] = None,
    drain: Annotated[
        float, typer.Option(min=0.0, help="Seconds that jobs have to end after SIGTERM.")
    ] = 10.0,
) -> int:
    """Serve the tools: JSON over HTTP, or the Model Context Protocol.

    Examples:
      hrm-toolkit serve --mcp
      hrm-toolkit serve --mcp http 127.0.0.1:8001
      hrm-toolkit serve --http
      hrm-toolkit serve --http --port 8080
      hrm-toolkit serve --http 0.0.0.0:8000 --expose --token-file token.txt --jobs jobs.sqlite
      hrm-toolkit serve --http --host-name solver.example.com
    """
    over, address = _where(where or [], http=http, mcp=mcp)
    if port is not None:
        address = _port(port, over, address)
    at = None if over == "stdio" else _address(address, expose=expose)
    hosts = None if at is None else _hosts(at[0], host_name or [])
    token = None if over == "stdio" else read_token(token_file)
    service = make_service(solver or [], run or [], jobs, client_jobs)
    left, status = 0.0, 0
    try:
        from hrm_toolkit.planner.tools.toolbox import Toolbox

        toolbox = Toolbox(service, full=full)
        if at is None:
            status = _stdio(toolbox)
        else:
            left = run_network(toolbox, over, at, hosts=hosts, token=token, drain=drain)
    finally:
        service.close(drain_s=left)
    leave(status)


def _where(given: list[str], *, http: bool, mcp: bool) -> tuple[str, str | None]:
    """What to serve over (``stdio``, ``http`` or ``mcp``), and the address."""
    from hrm_toolkit.core import OptionError, UnknownNameError

    if http == mcp:
        raise OptionError(
            "both --http and --mcp were given" if http else "nothing says what to serve",
            expected="one of --http and --mcp",
        )
    kind = "http"
    if mcp:
        kind = given.pop(0) if given else "stdio"
        if kind not in ("stdio", "http"):
            raise UnknownNameError("transport", kind, ("stdio", "http"))
    if len(given) > (kind == "http"):
        raise OptionError("there are too many arguments", got=" ".join(given))
    address = given[0] if given else None
    return ("mcp" if mcp and kind == "http" else kind), address


def _port(port: int, over: str, address: str | None) -> str:
    """The address that ``--port`` stands for."""
    from hrm_toolkit.core import OptionError

    if over == "stdio":
        raise OptionError("stdio has no port", hint="--mcp http --port ...")
    if address is not None:
        raise OptionError(f"--port and the address {address} were given", expected="one of them")
    return f":{port}"


def read_token(file: Path | None) -> str | None:
    """The bearer token of a file, else of the environment, else none."""
    from hrm_toolkit.core import OptionError
    from hrm_toolkit.core.plain import read_plain

    if file is None:
        return os.environ.get(TOKEN_VARIABLE) or None
    try:
        token = read_plain(file, 1 << 16).decode("ascii").strip()
    except (OSError, ValueError) as error:
        raise OptionError(f"the token cannot be read: {error}", path=str(file)) from None
    if not token:
        raise OptionError("the token file is empty", path=str(file))
    return token


def make_service(
    solvers: list[str], runs: list[Path], jobs: Path | None, client_jobs: int
) -> Service:
    """A service with the solvers and runs that were named, and jobs in a file or in memory."""
    from hrm_toolkit.core import OptionError
    from hrm_toolkit.planner.jobs.store import JobStore
    from hrm_toolkit.planner.service import Service

    named: dict[str, str] = {}
    for entry in solvers:
        name, equals, folder = entry.partition("=")
        if not (name and equals and folder):
            raise OptionError("a solver needs a name", expected="NAME=DIR", got=entry)
        named[name] = folder
    watched: dict[str, Path] = {}
    for run in runs:
        name = run.resolve().name
        if not run.is_dir():
            raise OptionError(f'there is no folder "{run}"', expected="the folder of a run")
        if name in watched:
            raise OptionError(f'two runs are called "{name}"', hint="name a folder otherwise")
        watched[name] = run
    store = JobStore(jobs, client_jobs=client_jobs)
    for note in store.notes:
        console.remark(f"warning: {note}")
    return Service(jobs=store, solvers=named, runs=watched)


def _address(text: str | None, *, expose: bool) -> tuple[str, int]:
    from hrm_toolkit.core import OptionError
    from hrm_toolkit.planner.serve.listen import is_loopback, parse_address

    host, port = parse_address(text)
    if not (expose or is_loopback(host)):
        raise OptionError(
            f"other machines could reach {host}",
            hint="add --expose if that is meant, and a token with --token-file",
        )
    return host, port


def _stdio(toolbox: Toolbox) -> int:
    """Serve the host that started this process; 130 after Ctrl-C."""
    import anyio

    from hrm_toolkit.planner.serve.mcp_stdio import serve_stdio

    interrupted = threading.Event()

    async def serve() -> None:
        _bound_interrupt(interrupted)
        await serve_stdio(toolbox, warm=True)

    _log_to_stderr("WARNING")
    try:
        anyio.run(serve)
    except BaseException:
        # What is cancelled in the midst of it may fail in its own way.
        if not interrupted.is_set():
            raise
    if interrupted.is_set():
        console.remark("interrupted")
        return INTERRUPTED
    return 0


def _bound_interrupt(interrupted: threading.Event) -> None:
    """Let one Ctrl-C end the process, whatever its end has to wait for; on the event loop."""
    import signal

    before = signal.getsignal(signal.SIGINT)

    def interrupt(number: int, frame: FrameType | None) -> None:
        interrupted.set()
        late = threading.Timer(_INTERRUPT_SECONDS, leave, (INTERRUPTED,))
        late.daemon = True
        late.start()
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGINT, interrupt)


def _hosts(address: str, names: list[str]) -> Collection[str] | None:
    from hrm_toolkit.planner.serve.listen import is_loopback
    from hrm_toolkit.planner.serve.origins import known_names

    return known_names(address, names, local=is_loopback(address))


def run_network(
    toolbox: Toolbox,
    over: str,
    at: tuple[str, int],
    *,
    hosts: Collection[str] | None,
    token: str | None,
    drain: float,
    log: str = "INFO",
    on_url: Callable[[str], None] | None = None,
) -> float:
    """Serve over the network until told to end; seconds of ``drain`` that are left.

    Args:
        toolbox: what is served.
        over: ``http`` or ``mcp``.
        at: host and port.
        hosts: names that requests may be for.
        token: that they have to bear.
        drain: seconds that requests in flight have to end.
        log: its level on stderr.
        on_url: told the address once it can be connected to.
    """
    from hrm_toolkit.planner.serve import listen as serving

    local = serving.is_loopback(at[0])
    app = _application(toolbox, over, token, hosts)
    listening = serving.listen(*at)
    url = f"http://{serving.written(*listening.getsockname()[:2])}"
    _log_to_stderr(log)
    if not (local or token):
        console.remark("warning: no token is set: whoever reaches this address can use it")
    console.remark(f"serving {f'MCP at {url}/mcp' if over == 'mcp' else url}; Ctrl-C ends it")
    if on_url is not None:
        on_url(url)

    def end() -> None:
        app.state.draining = True

    return serving.run(app, listening, drain_s=drain, on_exit=end, on_late=toolbox.service.hurry)


def _application(
    toolbox: Toolbox, over: str, token: str | None, hosts: Collection[str] | None
) -> Any:
    if over == "mcp":
        from hrm_toolkit.planner.serve.mcp import http_app
        from hrm_toolkit.planner.warmth import warm_beside

        warm_beside(toolbox.service)
        return http_app(toolbox, token=token, hosts=hosts)
    from hrm_toolkit.planner.serve.http import make_app

    return make_app(toolbox, token=token, hosts=hosts)


def leave(status: int) -> NoReturn:
    """End the process, whatever its threads are at.

    Calls may still be answered in threads that nobody waits for, or hang on a client that reads
    no more; and what compiles or computes must not meet an interpreter that is half gone.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


def _log_to_stderr(level: str) -> None:
    import logging

    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
