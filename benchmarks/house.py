"""What one tool call walks through: the planner's files it enters, and the threads it starts.

Run it::

    python benchmarks/house.py [--mcp]

The call is ``solve`` with the tool's own example, in this process: through ``Toolbox.call``, or
with ``--mcp`` through the MCP server's handler as well. Everything has been imported and loaded by
a call before, in a service of its own; the service that is watched is new, so that threads which
it starts once count as well.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hrm_toolkit.planner
from hrm_toolkit.planner.reply import Reply
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.toolbox import Toolbox

PLANNER = Path(hrm_toolkit.planner.__file__).parent
WAIT_S = 60.0


@dataclass
class Walk:
    """What a call did.

    Attributes:
        reply: what it returned.
        files: of the planner that it entered, as paths within it.
        threads: names of those that it started.
    """

    reply: Any
    files: set[str] = field(default_factory=set)
    threads: list[str] = field(default_factory=list)


def walk(call: Callable[[], Any]) -> Walk:
    """Watch a call in every thread that it starts; one it leaves behind is not waited for."""
    codes: set[Any] = set()
    started: list[str] = []
    start = threading.Thread.start

    def watch(frame: Any, event: str, _: Any) -> None:
        if event == "call":
            codes.add(frame.f_code)

    def counted(thread: threading.Thread) -> None:
        started.append(thread.name)
        start(thread)

    threading.Thread.start = counted  # type: ignore[method-assign]
    threading.setprofile(watch)
    sys.setprofile(watch)
    try:
        reply = call()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
        threading.Thread.start = start  # type: ignore[method-assign]
    paths = {Path(code.co_filename) for code in codes.copy()}
    within = {path.relative_to(PLANNER) for path in paths if path.is_relative_to(PLANNER)}
    return Walk(reply, {path.as_posix() for path in within}, started)


def solve_call() -> Walk:
    """Watch a ``solve`` through a toolbox over a service of its own."""
    for watched in (False, True):
        with Service(wait_s=WAIT_S) as service:
            box = Toolbox(service)
            example = next(tool.short_example for tool in box.tools if tool.name == "solve")

            def call(box: Toolbox = box, example: Any = example) -> Reply:
                return box.call("solve", example)

            if watched:
                return walk(call)
            call()
    raise AssertionError


def mcp_call() -> Walk:
    """Watch the same through the MCP server's handler."""
    import mcp_types as types
    from mcp.server import ServerRequestContext

    from hrm_toolkit.planner.serve.mcp import make_server

    async def ask(service: Service) -> Any:
        box = Toolbox(service)
        example = next(tool.short_example for tool in box.tools if tool.name == "solve")
        handler: Any = make_server(box).get_request_handler("tools/call")
        context = ServerRequestContext.__new__(ServerRequestContext)
        object.__setattr__(context, "request", None)
        params = types.CallToolRequestParams(name="solve", arguments=example)
        return await handler.handler(context, params)

    for watched in (False, True):
        with Service(wait_s=WAIT_S) as service:
            call = lambda: asyncio.run(ask(service))  # noqa: E731
            if watched:
                return walk(call)
            call()
    raise AssertionError


def main() -> None:
    """Print both counts, and what was counted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--mcp", action="store_true", help="through the MCP server as well")
    walked = mcp_call() if parser.parse_args().mcp else solve_call()
    print(f"{len(walked.files)} files of the planner entered:")
    print(*(f"  {name}" for name in sorted(walked.files)), sep="\n")
    print(f"{len(walked.threads)} threads started:")
    print(*(f"  {name}" for name in walked.threads), sep="\n")


if __name__ == "__main__":
    main()
