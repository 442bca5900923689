"""Open connections: how many there may be, how long a request may take to begin, who goes first."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from hrm_toolkit.core import BusyError, Deadline
from hrm_toolkit.planner.reply import reply_of_error

if TYPE_CHECKING:
    from types import FrameType

MOST = 1_000
HEADER_SECONDS = 10.0
_STALLED_MS = 60_000
_REST = 1.0
_QUIET_SECONDS = 60.0

_log = logging.getLogger("hrm_toolkit.http")


def most_connections() -> int:
    """Connections that a process may have open: half of its files, and no more than ``MOST``.

    Example:
        >>> 1 <= most_connections() <= MOST
        True
    """
    if sys.platform == "win32":
        return MOST // 2
    import resource

    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if files == resource.RLIM_INFINITY else max(min(files // 2, MOST), 4)


class Connections:
    """Every connection of a server; those without a request in the order they have been so.

    Whoever holds one open without asking for anything makes place, the longest idle first, for
    whoever comes: thousands that idle keep nobody else from an answer.

    Args:
        most: connections open at one time.
        header_seconds: the longest that a request may take from its first byte, or a first
            request from the connection, until all its headers are there.
    """

    def __init__(self, most: int | None = None, header_seconds: float = HEADER_SECONDS) -> None:
        self.most = most or most_connections()
        self.header_seconds = header_seconds
        self._open: set[Connection] = set()
        self._idle: dict[Connection, None] = {}

    def __len__(self) -> int:
        return len(self._open)

    def idle(self, connection: Connection) -> None:
        """A connection has no request, from now on."""
        self._open.add(connection)
        self._idle.pop(connection, None)
        self._idle[connection] = None

    def busy(self, connection: Connection) -> None:
        """A connection's request has begun."""
        self._idle.pop(connection, None)

    def gone(self, connection: Connection) -> None:
        """A connection is closed."""
        self._open.discard(connection)
        self._idle.pop(connection, None)

    def make_place(self) -> bool:
        """Close the longest idle where no more may be open; whether one more may be."""
        return len(self._open) < self.most or self.close_one()

    def close_one(self) -> bool:
        """Close the longest idle, if there is any."""
        longest = next(iter(self._idle), None)
        if longest is None:
            return False
        self.gone(longest)
        longest.transport.abort()
        return True


class Connection(H11Protocol):
    """A connection that is closed when a request's headers do not come in time."""

    def __init__(self, connections: Connections, **of_uvicorn: Any) -> None:
        super().__init__(**of_uvicorn)
        self._all = connections
        self._late: asyncio.TimerHandle | None = None
        self._begun = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Is open, and waits for its first request."""
        super().connection_made(transport)
        self._all.idle(self)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Is closed."""
        self._heed()
        self._all.gone(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in a part of a request."""
        super().data_received(data)
        if self._asked:
            self._heed()
            self._all.busy(self)
        elif not self.transport.is_closing():
            self._begun = True
            self._wait()

    def on_response_complete(self) -> None:
        """Wait for the next request; it may be there already, sent behind the last one."""
        super().on_response_complete()
        if not self._asked and not self.transport.is_closing():
            self._begun = False
            self._all.idle(self)

    @property
    def _asked(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(self._all.header_seconds, self._close)

    def _heed(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _close(self) -> None:
        self._late = None
        if self._begun and not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n")
        self.transport.close()


class Server(uvicorn.Server):
    """Serves on one socket that listens, within the bounds of ``Connections``.

    It accepts by itself: where no file is left for one more connection, the loop of the standard
    library tries again at once, and logs it, as often as it can.

    Args:
        config: of uvicorn.
        listening: where; closed in the end.
        connections: the bounds.
        on_signal: called at the first signal that ends it.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        listening: socket.socket,
        connections: Connections,
        on_signal: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._listening, self._connections = listening, connections
        self._on_signal: Callable[[], None] | None = on_signal
        self._accepting: asyncio.Task[None] | None = None
        self._quiet = Deadline.after(0)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end."""
        first, self._on_signal = self._on_signal, None
        if first is not None:
            first()
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept."""
        await super().startup(sockets=[])
        self._listening.setblocking(False)
        self._accepting = asyncio.create_task(self._accept())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more, and end what is open."""
        if self._accepting is not None:
            self._accepting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._accepting
        self._listening.close()
        await super().shutdown(sockets=[])

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, _ = await loop.sock_accept(self._listening)
            except ConnectionAbortedError:
                continue
            except OSError as error:
                # What is idle makes place; where nothing is, this is no moment to try again.
                closed = self._connections.close_one()
                self._tell(f"no connection can be accepted: {error.strerror or error}")
                await asyncio.sleep(0 if closed else _REST)
                continue
            await self._open(accepted, loop)

    async def _open(self, accepted: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        if not self._connections.make_place():
            self._tell(f"{len(self._connections)} connections are at work: others are refused")
            _refuse(accepted)
            return
        try:
            _set_up(accepted)
            await loop.connect_accepted_socket(self._connection, accepted)
        except OSError:
            # It has gone again.
            accepted.close()

    def _connection(self) -> Connection:
        return Connection(
            self._connections,
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )

    def _tell(self, fault: str) -> None:
        """Log a fault once, and not again while it lasts."""
        if self._quiet.over:
            _log.warning("%s; told once while it lasts", fault)
        self._quiet = Deadline.after(_QUIET_SECONDS)


def _set_up(accepted: socket.socket) -> None:
    accepted.setblocking(False)
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # Small answers go at once: without it each waits 40 ms for the last one's receipt.
    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # Whoever asks and does not read the answer is given up.
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _STALLED_MS)


def _refuse(accepted: socket.socket) -> None:
    busy = BusyError("too many connections are open", hint="try again in a moment")
    body = json.dumps(reply_of_error(busy).model_dump(mode="json")).encode()
    head = (
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nretry-after: 1\r\nconnection: close\r\n\r\n"
    )
    with contextlib.suppress(OSError), accepted:
        accepted.setblocking(False)
        accepted.send(head.encode() + body)
