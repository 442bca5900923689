"""Where a server listens, and how it starts and ends."""

from __future__ import annotations

import ipaddress
import math
import re
import signal
import socket
import threading
from collections.abc import Callable
from typing import Any

from hrm_toolkit.core import Deadline, OptionError

HOST, PORT = "127.0.0.1", 8000
_FORM = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<host>[^:\s\[\]]*))(?::(?P<port>\d{1,5}))?")


def parse_address(text: str | None) -> tuple[str, int]:
    """A host and a port; what is missing is loopback's, and 8000.

    Raises:
        OptionError: for text that is no address.

    Example:
        >>> parse_address("0.0.0.0:9000"), parse_address(":9000"), parse_address("[::1]")
        (('0.0.0.0', 9000), ('127.0.0.1', 9000), ('::1', 8000))
        >>> parse_address("9000")
        ('127.0.0.1', 9000)
    """
    text = f":{text}" if text and text.isdigit() else text or ""
    found = _FORM.fullmatch(text)
    port = int(found["port"]) if found and found["port"] else PORT
    if found is None or port > 65_535:
        raise OptionError(
            "this is no address", expected="HOST:PORT such as 127.0.0.1:8000", got=text
        )
    return found["six"] or found["host"] or HOST, port


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a host.

    Example:
        >>> is_loopback("localhost"), is_loopback("::1"), is_loopback("0.0.0.0")
        (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes any that is free.

    Raises:
        OptionError: when the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=512)
        # Inherited by what is accepted; asyncio sets it only where a socket names its protocol.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except OSError as error:
        raise OptionError(
            f"cannot listen on {written(host, port)}: {error.strerror or error}",
            hint="choose another address, such as 127.0.0.1:0 for any free port",
        ) from None


def written(host: str, port: int) -> str:
    """An address as it stands in a URL.

    Example:
        >>> written("::1", 8000)
        '[::1]:8000'
    """
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def run(
    app: Any,
    listening: socket.socket,
    *,
    drain_s: float,
    on_exit: Callable[[], None],
    on_late: Callable[[], None],
) -> float:
    """Serve until SIGTERM or SIGINT; then take on no more and let what is in flight end.

    Args:
        app: an ASGI application.
        listening: where.
        drain_s: seconds that requests in flight have to end.
        on_exit: called when the end begins.
        on_late: called when that time is over, in a thread; what waits then should return within
            a second.

    Returns:
        Seconds that are left of ``drain_s``.
    """
    import uvicorn

    from hrm_toolkit.planner.serve.connections import Connections, Server

    drained = Deadline.never()
    late = threading.Timer(drain_s, on_late)
    late.daemon = True

    def begin_to_end() -> None:
        nonlocal drained
        drained = Deadline.after(drain_s)
        on_exit()
        late.start()

    config = uvicorn.Config(
        app,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=math.ceil(drain_s) + 1,
        timeout_keep_alive=30,
        lifespan="on",
    )
    # uvicorn raises the signal again once it has ended; a drained server has ended well.
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        Server(config, listening, Connections(), begin_to_end).run()
    finally:
        late.cancel()
        signal.signal(signal.SIGTERM, before)
    return min(drained.left, drain_s)
