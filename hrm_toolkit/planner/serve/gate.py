"""What every HTTP request passes first: its id, host, origin and token, its body's bounds."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import re
import secrets
from collections.abc import Collection, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from hrm_toolkit.core import MissingExtraError, Stopwatch, ToolkitError
from hrm_toolkit.planner.reply import Reply, reply_of_error
from hrm_toolkit.planner.serve.origins import host_of, is_allowed, preflight, shared_with

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPEN_PATHS = ("/healthz", "/health", "/readyz")
MOST_BODY = 4 << 20
BODY_SECONDS = 10.0
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Of metrics as text."""
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)

_log = logging.getLogger("hrm_toolkit.http")
_NAME = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Refused(Exception):  # noqa: N818 (a refusal is an answer)
    """A request that does not pass."""

    def __init__(self, status: int, code: str, message: str, **details: Any) -> None:
        super().__init__(message)
        error = ToolkitError(message, **details)
        error.code = code
        self.status = status
        self.reply = reply_of_error(error)


class Metrics:
    """What a server has answered, for Prometheus; thread-safe.

    Labels come from closed sets (routes, methods, tools, statuses), so that callers cannot make
    it grow.

    Example:
        >>> metrics = Metrics()
        >>> metrics.replied("solve", "solved")
        >>> metrics.text({"open_jobs": 0}).splitlines()[-1]
        'hrm_toolkit_open_jobs 0.0'
    """

    def __init__(self) -> None:
        try:
            from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
        except ModuleNotFoundError as error:
            raise MissingExtraError("serve", "prometheus-client") from error

        self._registry = CollectorRegistry()
        named: Any = {"namespace": "hrm_toolkit", "registry": self._registry}
        self._requests = Counter(
            *("http_requests", "Requests answered.", ("method", "route", "status")), **named
        )
        self._seconds = Histogram(
            *("http_request_seconds", "Seconds to answer a request.", ("route",)),
            buckets=_BOUNDS,
            **named,
        )
        self._replies = Counter(
            *("tool_replies", "Replies of tools by status.", ("tool", "status")), **named
        )
        self._gauge = cache(lambda name: Gauge(name, f"{_words(name)} now.", **named))

    def requested(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered.

        Args:
            method: of HTTP.
            route: its pattern, not the path asked for.
            status: of HTTP.
            seconds: from the first byte of the request to the last of the answer.
        """
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def replied(self, tool: str, status: str) -> None:
        """Count a tool's reply by its status."""
        self._replies.labels(tool, status).inc()

    def text(self, gauges: Mapping[str, float]) -> str:
        """All of it, with what is measured at the moment."""
        from prometheus_client import generate_latest

        for name, value in gauges.items():
            self._gauge(name).set(value)
        return generate_latest(self._registry).decode()


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


class Gate:
    """ASGI middleware before an application.

    A request's body is read whole before the application sees the request, so that a client that
    dawdles holds no thread. The answer carries ``x-request-id``: the request's own where it is a
    plain name, else a fresh one.

    Args:
        app: the application.
        token: that requests have to bear; None asks for none.
        hosts: names that requests may be for, and whose pages may ask; None takes any name, and
            pages of that name. A page of another site cannot pass itself off as one of them.
        open_paths: need no token.
        body_bytes: the most that a body may have.
        body_seconds: the longest that it may take to come.
        metrics: told of every answer, if any are kept.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        token: str | None = None,
        hosts: Collection[str] | None = None,
        open_paths: Collection[str] = OPEN_PATHS,
        body_bytes: int = MOST_BODY,
        body_seconds: float = BODY_SECONDS,
        metrics: Metrics | None = None,
    ) -> None:
        self._app = app
        self._token = None if token is None else token.encode()
        self._hosts, self._open = hosts, open_paths
        self._body_bytes, self._body_seconds = body_bytes, body_seconds
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        watch, status, started = Stopwatch(), 500, False
        name = header(scope, b"x-request-id")
        request_id = name.decode() if _NAME.fullmatch(name) else secrets.token_hex(8)

        shared: list[tuple[bytes, bytes]] = []

        async def answer(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                started = True
                status = message["status"]
                headers = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
                headers += shared
                message = {**message, "headers": headers}
            await send(message)

        try:
            origin = self._known(scope)
            if origin is not None:
                if _is_preflight(scope):
                    await _nothing(answer, preflight(origin))
                    return
                shared = shared_with(origin)
            self._admit(scope)
            body = await self._body(scope, receive)
            await self._app(scope, replayed(body, receive), answer)
        except Refused as refused:
            await respond(answer, refused.status, refused.reply)
        except asyncio.CancelledError:
            # The server ends and waits no longer for it. Only where nothing was sent yet can it
            # still be told so.
            if started:
                raise
            ending = Refused(503, "busy", "the server is ending", hint="try again when it is back")
            await respond(answer, ending.status, ending.reply)
        finally:
            self._note(scope, request_id, status, watch.seconds)

    def _known(self, scope: Scope) -> str | None:
        """The origin of the page that asks, if one does; who is not known is refused."""
        said = header(scope, b"host").decode("latin-1")
        host = host_of(said)
        hint = "if it is meant, start the server with --host-name NAME"
        if self._hosts is not None and host not in self._hosts:
            message = "this server is not known by that name"
            raise Refused(403, "forbidden", message, path="host", got=said, hint=hint)
        origins = [v.decode("latin-1") for k, v in scope["headers"] if k == b"origin"]
        for origin in origins:
            if not is_allowed(origin, host or "", self._hosts):
                message = "pages of that site may not ask this server"
                raise Refused(403, "forbidden", message, path="origin", got=origin, hint=hint)
        return origins[0] if origins else None

    def _admit(self, scope: Scope) -> None:
        if self._token is None or scope["path"] in self._open:
            return
        kind, _, given = header(scope, b"authorization").partition(b" ")
        # Compared in constant time: how long it takes must not tell how much was right.
        if not hmac.compare_digest(given.strip(), self._token) or kind.lower() != b"bearer":
            raise Refused(
                401, "unauthorized", "the bearer token is missing or wrong", path="authorization"
            )

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        length = header(scope, b"content-length")
        if length.isdigit() and (len(length) > 18 or int(length) > self._body_bytes):
            raise self._too_large()
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Refused(400, "bad_input", "the client went while it was sending")
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > self._body_bytes:
                        raise self._too_large()
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            raise Refused(
                408,
                "too_slow",
                "the body did not come in time",
                expected=f"within {self._body_seconds:g} s",
            ) from None

    def _too_large(self) -> Refused:
        return Refused(
            413, "too_large", "the body is too large", expected=f"at most {self._body_bytes:,} B"
        )

    def _note(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = getattr(scope.get("route"), "path", "other")
        if self._metrics is not None:
            self._metrics.requested(method, route, status, seconds)
        _log.info("%s %s %s %d %.3fs", request_id, method, route, status, seconds)


def header(scope: Scope, name: bytes) -> bytes:
    """A header of a request, or nothing."""
    return next((bytes(value) for key, value in scope["headers"] if key == name), b"")


def _is_preflight(scope: Scope) -> bool:
    """Whether a browser asks for a page what it may ask; it then bears no token."""
    asked = header(scope, b"access-control-request-method")
    return bool(scope["method"] == "OPTIONS" and asked)


async def _nothing(send: Send, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def client_of(request: Any) -> str:
    """Whose handles and jobs a request is about: ``x-client-id``, or else its address.

    Clients are kept apart from each other so, not protected from each other: whoever bears the
    token may take any name.

    Args:
        request: of Starlette; None where there is no network between.
    """
    if request is None:
        return "local"
    name = header(request.scope, b"x-client-id")
    if _NAME.fullmatch(name):
        return "client " + name.decode()
    peer = request.scope.get("client")
    return "address " + (peer[0] if peer else "unknown")


def replayed(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives a body read before, then what else comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def respond(send: Send, status: int, reply: Reply) -> None:
    """Answer with a reply."""
    body = json.dumps(reply.model_dump(mode="json")).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
