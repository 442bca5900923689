"""The page: files of the package, served as they are under a strict content policy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from importlib.resources import files

from fastapi import FastAPI, Response

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        # Code of WebAssembly too, with which a network thinks in the browser.
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing from elsewhere, nothing inline, and no other page around it."""

_INDEX = "index.html"
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    # After an upgrade the modules of two versions must not meet.
    "cache-control": "no-cache",
}


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    """Contents and types of the files by their paths, read once: a path can name no other file."""
    found = {}
    for file in files("hrm_toolkit.planner.serve").joinpath("page").iterdir():
        kind = _TYPES.get(file.name.rpartition(".")[2])
        # Another page is one to be written, and no file to be served.
        if kind is not None and (file.name == _INDEX or not file.name.endswith(".html")):
            path = "/" if file.name == _INDEX else f"/page/{file.name}"
            found[path] = file.read_bytes(), kind
    return found


def paths() -> frozenset[str]:
    """The paths of the page's files.

    They are the same for everybody and hold nothing of anybody's, so that they need no token: the
    page asks for it and sends it with what it asks of the API.

    Example:
        >>> {"/", "/page/main.js", "/page/style.css"} <= paths()
        True
    """
    return frozenset(_files())


def add_page(app: FastAPI) -> None:
    """Add a route for each file of the page, ``/`` for the page itself."""
    for path, (contents, kind) in _files().items():
        app.add_api_route(
            path, _giver(contents, kind), methods=["GET", "HEAD"], include_in_schema=False
        )


def _giver(contents: bytes, kind: str) -> Callable[[], Awaitable[Response]]:
    async def give() -> Response:
        return Response(contents, media_type=kind, headers=_HEADERS)

    return give
