"""The page: files of the package, served as they are under a strict content policy."""

from __future__ import annotations

import html
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

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
    """Add a route for each file of the page, ``/`` for the page itself, and ``/docs``."""

    async def docs() -> Response:
        page = "".join(_reference(app.openapi()))
        return Response(page, media_type=_TYPES["html"], headers=_HEADERS)

    app.add_api_route("/docs", docs, methods=["GET", "HEAD"], include_in_schema=False)
    for path, (contents, kind) in _files().items():
        app.add_api_route(
            path, _giver(contents, kind), methods=["GET", "HEAD"], include_in_schema=False
        )


def _giver(contents: bytes, kind: str) -> Callable[[], Awaitable[Response]]:
    async def give() -> Response:
        return Response(contents, media_type=kind, headers=_HEADERS)

    return give


def _reference(schema: Mapping[str, Any]) -> Iterator[str]:
    """A page on every request that an OpenAPI schema knows, which needs nothing from elsewhere."""
    title = html.escape(schema["info"]["title"])
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield f"<title>{title}</title></head><body>"
    yield f"<h1>{title} {html.escape(schema['info']['version'])}</h1>"
    yield '<p>Full schemas: <a href="/openapi.json">/openapi.json</a></p>'
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            yield f"<h2><code>{method.upper()} {html.escape(path)}</code></h2>"
            for kind in ("summary", "description"):
                if kind in operation:
                    yield f"<p>{html.escape(operation[kind])}</p>"
            content = operation.get("requestBody", {}).get("content", {})
            body = content.get("application/json", {})
            if "example" in body:
                yield f"<pre>{html.escape(json.dumps(body['example'], indent=2))}</pre>"
            rows = body.get("schema", {}).get("properties", {})
            if rows:
                yield "<dl>"
                for name, about in rows.items():
                    said = html.escape(about.get("description", ""))
                    yield f"<dt><code>{html.escape(name)}</code></dt><dd>{said}</dd>"
                yield "</dl>"
    yield "</body></html>"
