"""By which names a server is known, and the pages of which sites may ask it."""

from __future__ import annotations

import re
from collections.abc import Collection

from hrm_toolkit.core import OptionError

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
Headers = list[tuple[bytes, bytes]]

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\s/:@\[\]]+)(?::\d{1,5})?", re.ASCII)
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[^\s/:@\[\]]+)(?::\d{1,5})?", re.ASCII)
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")
_ALLOWED: Headers = [
    (b"access-control-allow-methods", b"GET, POST, DELETE"),
    (
        b"access-control-allow-headers",
        b"authorization, content-type, accept, last-event-id, mcp-session-id, mcp-protocol-version,"
        b" mcp-method, mcp-name, x-client-id, x-request-id",
    ),
    (b"access-control-max-age", b"600"),
]
_EXPOSED = b"mcp-session-id, retry-after, www-authenticate, x-request-id"


def host_name(text: str) -> str:
    """A name that ``--host-name`` gives, as it is compared.

    Raises:
        OptionError: for an address of more than a name.

    Example:
        >>> host_name("Solver.Example.com"), host_name("::1")
        ('solver.example.com', '[::1]')
    """
    name = text.lower()
    if name.count(":") > 1 and not name.startswith("["):
        name = f"[{name}]"
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise OptionError(
            "this is no name of a host",
            expected="a name alone, such as solver.example.com, without a scheme or a port",
            got=text,
        )
    return name


def known_names(address: str, names: Collection[str], *, local: bool) -> Collection[str] | None:
    """The names that requests may be for: loopback's, the address's own, and those given.

    None, any, for an address that others can reach where none was given: who reaches it knows it
    by names that the server cannot know.

    Example:
        >>> sorted(known_names("127.0.0.1", ["solver.example.com"], local=True))[2:]
        ['localhost', 'solver.example.com']
    """
    if not local and not names:
        return None
    return frozenset({*LOOPBACK, host_name(address), *map(host_name, names)})


def host_of(text: str) -> str | None:
    """The name in a ``Host`` header, without its port; None where it is none.

    Example:
        >>> host_of("LOCALHOST:8000"), host_of("a@b")
        ('localhost', None)
    """
    found = _HOST.fullmatch(text.lower())
    return found[1] if found else None


def is_allowed(origin: str, host: str, hosts: Collection[str] | None) -> bool:
    """Whether a page of this origin may ask.

    Args:
        origin: as the header has it; ``null`` is a page of nowhere.
        host: the name that the request is for.
        hosts: the names that requests may be for; None is any, and then a page may ask the
            server that it came from.

    Example:
        >>> is_allowed("http://localhost:5173", "127.0.0.1", LOOPBACK)
        True
        >>> is_allowed("null", "127.0.0.1", LOOPBACK)
        False
    """
    found = _ORIGIN.fullmatch(origin.lower())
    return found is not None and found[1] in ((host,) if hosts is None else hosts)


def shared_with(origin: str) -> Headers:
    """The headers of an answer that a page of this origin may read."""
    return [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-expose-headers", _EXPOSED),
        (b"vary", b"origin"),
    ]


def preflight(origin: str) -> Headers:
    """The headers of the answer to a browser that asks what a page of this origin may ask."""
    return [*shared_with(origin), *_ALLOWED]
