"""The tools over HTTP: JSON in and out, jobs with server-sent events, OpenAPI, metrics."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Collection
from concurrent.futures import Future
from typing import TYPE_CHECKING, Annotated, Any

from hrm_toolkit.core import MissingExtraError, OptionError, ToolkitError, UnknownNameError
from hrm_toolkit.core.clock import Deadline
from hrm_toolkit.core.puzzle import told
from hrm_toolkit.core.telling import segment_data
from hrm_toolkit.planner.limits import MOST_WAIT
from hrm_toolkit.planner.reply import Reply, reply_of_error
from hrm_toolkit.planner.tools.tool import Tool
from hrm_toolkit.planner.tools.toolbox import Toolbox
from hrm_toolkit.planner.warmth import warm_beside

try:
    from fastapi import FastAPI, Query, Request, Response
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse
    from starlette.exceptions import HTTPException

    from hrm_toolkit.planner.serve import web
    from hrm_toolkit.planner.serve.addresses import add_resources
    from hrm_toolkit.planner.serve.answers import answer
    from hrm_toolkit.planner.serve.bridge import Bridge
    from hrm_toolkit.planner.serve.gate import (
        BODY_SECONDS,
        CONTENT_TYPE,
        MOST_BODY,
        OPEN_PATHS,
        Gate,
        Metrics,
        client_of,
    )
    from hrm_toolkit.planner.serve.origins import LOOPBACK
except ModuleNotFoundError as error:
    raise MissingExtraError("serve", error.name or "fastapi") from error

if TYPE_CHECKING:
    from hrm_toolkit.core import Segment

_TOOL, _JOB, _JOBS = "/v1/tools/{name}", "/v1/jobs/{id}", "/v1/jobs"
_FOLLOW_SECONDS = 30.0
_STREAM_SECONDS = 3_600.0
_BEAT_SECONDS = 15.0
_TICK = 0.5
_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": Reply, "description": "The request cannot be read."},
    401: {"model": Reply, "description": "The bearer token is missing or wrong."},
    403: {"model": Reply, "description": "Unknown name in Host, or a foreign page in Origin."},
    408: {"model": Reply, "description": "The body did not come in time."},
    413: {"model": Reply, "description": "The body is too large."},
    422: {"model": Reply, "description": "The arguments are wrong; the reply says the right ones."},
    429: {"model": Reply, "description": "There is too much to do; try again."},
    500: {"model": Reply, "description": "A fault of the server."},
    503: {"model": Reply, "description": "Not now: the store is full or failing."},
}
_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": Reply, "description": "There is no such thing, or it is another client's."}
}
_JSON_ONLY: dict[int | str, dict[str, Any]] = {
    415: {"model": Reply, "description": "The body is not said to be JSON."}
}
Wait = Annotated[float, Query(ge=0, le=MOST_WAIT, description="Seconds to wait for the answer.")]


def make_app(
    toolbox: Toolbox,
    *,
    token: str | None = None,
    hosts: Collection[str] | None = LOOPBACK,
    body_bytes: int = MOST_BODY,
    body_seconds: float = BODY_SECONDS,
) -> FastAPI:
    """An ASGI application that serves tools.

    Every answer of ``/v1`` but the list of tools is a ``Reply``; a ``Reply`` about puzzles has
    status 200 whatever it says, also when it says that an answer is refuted.

    Args:
        toolbox: what it serves; whoever made its service closes it.
        token: that requests have to bear; None asks for none.
        hosts: names that requests may be for and whose pages may ask; None takes any.
        body_bytes: the most that a request's body may have.
        body_seconds: the longest that it may take to come.
    """
    from hrm_toolkit import __version__

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        warm_beside(toolbox.service)
        yield
        app.state.draining = True

    app = FastAPI(
        title="hrm-toolkit",
        version=__version__,
        description="Puzzles solved by recurrent reasoning networks; the rules check each answer.",
        lifespan=lifespan,
        responses=_ERRORS,
        docs_url=None,  # FastAPI's own loads its scripts from elsewhere
        redoc_url=None,
    )
    app.state.draining = False
    metrics = Metrics()
    app.add_middleware(
        Gate,
        token=token,
        hosts=hosts,
        open_paths={*OPEN_PATHS, *web.paths()},
        body_bytes=body_bytes,
        body_seconds=body_seconds,
        metrics=metrics,
    )
    routes = _Routes(app, toolbox, metrics)
    for tool in toolbox.tools:
        routes.add_tool(tool)
    routes.add()
    web.add_page(app)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _no_route)
    return app


class _Routes:
    def __init__(self, app: FastAPI, toolbox: Toolbox, metrics: Metrics) -> None:
        self._app, self._toolbox, self._metrics = app, toolbox, metrics
        self._service = toolbox.service
        self._bridge = Bridge()

    def add_tool(self, tool: Tool) -> None:
        async def call(request: Request) -> JSONResponse:
            return await self._call(tool.name, request)

        self._app.add_api_route(
            _TOOL.format(name=tool.name),
            call,
            methods=["POST"],
            response_model=Reply,
            responses=_JSON_ONLY,
            operation_id=tool.name,
            summary=tool.title,
            description=tool.description,
            openapi_extra={"requestBody": _body_of(tool)},
        )

    def add(self) -> None:
        get = self._app.get
        get("/v1/tools", operation_id="list_tools", summary="List the tools")(self._tools)
        self._app.post(_TOOL, include_in_schema=False)(self._call)
        get(_JOBS, response_model=Reply, operation_id="list_jobs", summary="List your jobs")(
            self._jobs
        )
        job: dict[str, Any] = {"response_model": Reply, "responses": _NOT_FOUND}
        get(_JOB, operation_id="get_job", summary="The answer, or how far it is", **job)(self._job)
        self._app.delete(_JOB, operation_id="cancel_job", summary="Cancel", **job)(self._cancel)
        get(
            _JOB + "/events",
            operation_id="follow_job",
            summary="Progress once a segment, then the reply, as server-sent events",
            response_class=StreamingResponse,
            responses={**_NOT_FOUND, 200: {"content": {"text/event-stream": {}}}},
        )(self._events)
        add_resources(self._app, self._service, self._bridge, responses=_NOT_FOUND)
        get("/healthz", operation_id="alive", summary="Whether the process is alive")(_alive)
        ready: dict[int | str, dict[str, Any]] = {503: {"description": "Not yet, or no more."}}
        get("/readyz", operation_id="ready", summary="Whether it takes work", responses=ready)(
            self._ready
        )
        # Some who watch servers ask for the status alone, and some leave out the z.
        for path, probe in (("/healthz", _alive), ("/readyz", self._ready), ("/health", _alive)):
            self._app.head(path, include_in_schema=False)(probe)
        self._app.get("/health", include_in_schema=False)(_alive)
        get(
            "/metrics",
            operation_id="metrics",
            summary="Prometheus metrics",
            response_class=PlainTextResponse,
        )(self._metered)

    async def _tools(self) -> dict[str, list[dict[str, Any]]]:
        shown = {"schema": "call_schema"} | {k: k for k in ("name", "title", "description")}
        shown |= {"example": "short_example"}
        return {
            "tools": [
                {key: getattr(tool, name) for key, name in shown.items()}
                for tool in self._toolbox.tools
            ]
        }

    async def _call(self, name: str, request: Request) -> JSONResponse:
        names = [tool.name for tool in self._toolbox.tools]
        if name not in names:
            return answer(reply_of_error(UnknownNameError("tool", name, names)), 404)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            # A page of another site may send plain text unasked, never this.
            error = OptionError(
                "the content type is wrong", expected="application/json", got=kind or "none"
            )
            return answer(reply_of_error(error), 415)
        try:
            text = (await request.body()).decode()
        except UnicodeDecodeError:
            return answer(reply_of_error(OptionError("the body is not UTF-8")), 400)
        if text.lstrip().startswith('"'):
            # Tools take a call that is a text of JSON, as models write it; programs need no such.
            error = OptionError("the body is a JSON text", expected="a JSON object")
            return answer(reply_of_error(error), 422)
        client = client_of(request)
        async with _waiting(request) as gone:
            reply = await self._bridge.reply(
                self._toolbox.call, name, text, client=client, stop=gone
            )
        self._metrics.replied(name, reply.status)
        return answer(reply, 200 if name == "job" and _is_of_a_job(reply) else None)

    async def _jobs(self, request: Request) -> JSONResponse:
        client = client_of(request)
        return answer(await self._bridge.reply(self._service.job, "list", client=client))

    async def _job(self, request: Request, id: str, wait_s: Wait = 0.0) -> JSONResponse:
        async with _waiting(request) as gone:
            reply = await self._asked("get", id, client_of(request), wait_s=wait_s, stop=gone)
        return _about_a_job(reply)

    async def _cancel(self, request: Request, id: str) -> JSONResponse:
        return _about_a_job(await self._asked("cancel", id, client_of(request)))

    async def _asked(self, action: str, id: str, client: str, **options: Any) -> Reply:
        options.setdefault("wait_s", 0.0)
        return await self._bridge.reply(self._service.job, action, id, client=client, **options)

    async def _events(self, request: Request, id: str) -> Response:
        client = client_of(request)
        reply = await self._asked("get", id, client)
        if reply.is_error and "job" not in reply.data:
            return _about_a_job(reply)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        stream = self._stream(reply.data["job"], client)
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    async def _stream(self, id: str, client: str) -> AsyncIterator[str]:
        """Progress as it comes, a comment where none does, then the reply."""
        # One at a time: what a slow reader has not read waits in the bridge, which is bounded.
        queue: asyncio.Queue[Segment] = asyncio.Queue(1)
        until = Deadline.after(_STREAM_SECONDS)
        while True:
            gone = Future[None]()
            following = asyncio.ensure_future(
                self._bridge.told(
                    queue.put,
                    self._service.job,
                    "get",
                    id,
                    wait_s=_FOLLOW_SECONDS,
                    client=client,
                    stop=gone,
                )
            )
            try:
                async for event in self._told(id, queue, following):
                    yield event
            finally:
                gone.set_result(None)
                following.cancel()
            over = self._app.state.draining or until.over
            if over and not following.done():
                yield event_of("closing", "{}")
                return
            reply = following.result()
            if reply.status != "running" or over:
                yield event_of("reply", reply.model_dump_json())
                return

    async def _told(
        self, job: str, queue: asyncio.Queue[Segment], following: asyncio.Future[Reply]
    ) -> AsyncIterator[str]:
        """What comes in until the reply is there, or the server ends."""
        beat = Deadline.after(_BEAT_SECONDS)
        coming = asyncio.ensure_future(queue.get())
        try:
            while not (following.done() and queue.empty() and not coming.done()):
                # Whichever comes first: a reply is not to wait until a tick finds no progress.
                first = asyncio.FIRST_COMPLETED
                either: list[asyncio.Future[Any]] = [coming, following]
                await asyncio.wait(either, timeout=_TICK, return_when=first)
                if coming.done():
                    told = {"job": job, **segment_data(coming.result())}
                    coming = asyncio.ensure_future(queue.get())
                    yield event_of("progress", json.dumps(told))
                elif self._app.state.draining:
                    return
                elif beat.over:
                    beat = Deadline.after(_BEAT_SECONDS)
                    yield ": waiting\n\n"
        finally:
            coming.cancel()

    async def _ready(self) -> JSONResponse:
        if self._app.state.draining:
            return JSONResponse({"status": "ending"}, 503)
        if not self._service.ready:
            return JSONResponse({"status": "starting"}, 503)
        return JSONResponse({"status": "ready"})

    async def _metered(self) -> Response:
        gauges = {"calls_running": self._bridge.running, "ready": float(self._service.ready)}
        text = self._metrics.text(gauges | self._service.gauges())
        return Response(text, media_type=CONTENT_TYPE)


@contextlib.asynccontextmanager
async def _waiting(request: Request) -> AsyncIterator[Future[None]]:
    """Is done once the client has gone: then its answer holds up no thread any more."""
    gone = Future[None]()

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        gone.set_result(None)

    watching = asyncio.ensure_future(watch())
    try:
        yield gone
    finally:
        watching.cancel()


async def _alive() -> dict[str, str]:
    return {"status": "ok"}


def event_of(kind: str, data: str) -> str:
    """A server-sent event.

    Args:
        kind: its name.
        data: JSON on one line.
    """
    return f"event: {kind}\ndata: {data}\n\n"


def _about_a_job(reply: Reply) -> JSONResponse:
    if _is_of_a_job(reply) or not reply.is_error:
        return answer(reply, 200)
    return answer(reply, 404 if reply.data["error"]["code"] == "unknown_name" else None)


def _is_of_a_job(reply: Reply) -> bool:
    """Whether it is how a job is or ended: even where that failed, the request did not."""
    return "job" in reply.data


def _body_of(tool: Tool) -> dict[str, Any]:
    """A tool's arguments in OpenAPI; nullable ones may be left out here."""
    content = {"schema": tool.arguments.bounded_schema(), "example": tool.short_example}
    return {"required": True, "content": {"application/json": content}}


async def _malformed(request: Request, error: Exception) -> Response:
    found = error.errors()[0] if isinstance(error, RequestValidationError) else {}
    place = ".".join(str(part) for part in found.get("loc", ())[1:])
    message, expected = told(found) if found else (str(error), None)
    wrong = OptionError(message, path=place or None, expected=expected, got=found.get("input"))
    return answer(reply_of_error(wrong), 422)


async def _no_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "internal error"
    failure = ToolkitError(f"{detail}: {request.method} {request.url.path}", hint="see /docs")
    failure.code = "not_found" if status == 404 else "bad_request"
    response = answer(reply_of_error(failure), status)
    if status == 405:
        response.headers["allow"] = ", ".join(sorted(_methods_at(request)))
    return response


def _methods_at(request: Request) -> set[str]:
    """Every method that a path takes; the router alone names those of its first route."""
    fitting = [route for route in request.app.routes if route.matches(request.scope)[0].value]
    return {method for route in fitting for method in getattr(route, "methods", None) or ()}
