"""The tools over stdin and stdout, for the host that started this process."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import sys
import threading
from collections.abc import AsyncIterator, Mapping
from typing import Any, BinaryIO

import anyio
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp.types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError
from pydantic import ValidationError

from hrm_toolkit.planner.serve.mcp import make_server
from hrm_toolkit.planner.tools.toolbox import Toolbox
from hrm_toolkit.planner.warmth import warm_beside

_MOST_UNREAD = 64
"""Lines that were read and not looked at; more wait in the pipe."""


async def serve_stdio(toolbox: Toolbox, *, warm: bool = False) -> None:
    """Serve one client over stdin and stdout until it goes.

    Both streams are taken first: what else is printed lands on stderr, and what else reads finds
    nothing. Cancelling it, as Ctrl-C does, ends it at once, also while nothing comes in.

    Args:
        toolbox: what it offers.
        warm: whether to import and compile what calls need meanwhile, see ``Service.warm``.
    """
    left = False
    server = make_server(toolbox, ending=lambda: left)
    send, receive = anyio.create_memory_object_stream[Any](0)

    async def relay() -> None:
        # The SDK cancels all requests when its client goes: that has to be known before it does.
        nonlocal left
        async with send:
            async for message in read:
                if isinstance(message, Exception):
                    await write.send(SessionMessage(_refused(message)))
                else:
                    await send.send(message)
            left = True

    with _stdin() as source, _reader_gone():
        lines: Any = _Lines(source)
        async with stdio_server(stdin=lines) as (read, write), anyio.create_task_group() as group:
            if warm:
                warm_beside(toolbox.service)
            group.start_soon(relay)
            await server.run(receive, write, server.create_initialization_options())
            group.cancel_scope.cancel()


def _refused(error: Exception) -> JSONRPCError:
    """The answer to a line that is no message, which the SDK would leave without one.

    Its id is that of the line where one can be told, so that nobody waits for it, else null.
    """
    told = error.errors() if isinstance(error, ValidationError) else []
    lines = [one["input"] for one in told if isinstance(one["input"], Mapping)]
    ids = [line["id"] for line in lines if type(line.get("id")) in (int, str)]
    if not told or told[0]["type"] == "json_invalid":
        code, says = PARSE_ERROR, "this line is no JSON"
    else:
        code, says = INVALID_REQUEST, "this is no message of JSON-RPC 2.0"
    fault = ErrorData(code=code, message=says)
    return JSONRPCError(jsonrpc="2.0", id=ids[0] if ids else None, error=fault)


@contextlib.contextmanager
def _reader_gone() -> Any:
    """A client that reads no more has gone; that is no fault."""
    try:
        yield
    except* (BrokenPipeError, ConnectionResetError, anyio.BrokenResourceError):
        pass


@contextlib.contextmanager
def _stdin() -> Any:
    """Stdin for this server alone: meanwhile its descriptor leads to nothing."""
    try:
        own = os.dup(sys.stdin.fileno())
    except (OSError, ValueError, AttributeError):
        # It is no file: a program that serves itself.
        yield getattr(sys.stdin, "buffer", io.BytesIO())
        return
    number = sys.stdin.fileno()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, number)
    os.close(nothing)
    try:
        # Never closed: a thread may still wait for what comes in.
        yield os.fdopen(own, "rb", closefd=False)
    finally:
        os.dup2(own, number)


class _Lines:
    """Lines of a stream, read by a thread that keeps no process alive.

    The event loop's own threads cannot be left while they wait for a line: Ctrl-C would have to
    wait for the client.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._room = threading.Semaphore(_MOST_UNREAD)
        thread = threading.Thread(
            target=self._read, args=(stream,), name="hrm-toolkit stdin", daemon=True
        )
        thread.start()

    def _read(self, stream: BinaryIO) -> None:
        line = b" "
        while line:
            self._room.acquire()
            try:
                line = stream.readline()
            except (OSError, ValueError):
                line = b""
            with contextlib.suppress(RuntimeError):
                # A loop that is closed wants no more lines.
                self._loop.call_soon_threadsafe(self._queue.put_nowait, line)

    async def __aiter__(self) -> AsyncIterator[str]:
        while line := await self._queue.get():
            self._room.release()
            yield line.decode("utf-8", "replace")
