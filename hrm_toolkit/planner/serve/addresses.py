"""What MCP's clients read by address, over HTTP: ``hrm://jobs/...`` is ``/v1/jobs/...``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from fastapi import FastAPI, Request, Response

from hrm_toolkit.core import ToolkitError
from hrm_toolkit.planner.reply import reply_of_error
from hrm_toolkit.planner.serve import resources
from hrm_toolkit.planner.serve.answers import answer
from hrm_toolkit.planner.serve.bridge import Bridge
from hrm_toolkit.planner.serve.gate import client_of
from hrm_toolkit.planner.service import Service

_HEADERS = {
    # A picture that is opened by itself is a document, and may do nothing.
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


def add_resources(
    app: FastAPI, service: Service, bridge: Bridge, *, responses: dict[int | str, Any]
) -> None:
    """Add a route for each kind of resource but a job by itself, which has one of its own.

    Args:
        app: gets the routes.
        service: whose tasks, solvers, jobs and handles are read.
        bridge: reads in threads of its own.
        responses: what else they may answer, for OpenAPI.
    """
    for kind in resources.kinds():
        if kind.name == "job":
            continue
        app.add_api_route(
            "/v1/" + kind.path,
            _reader(kind, service, bridge),
            methods=["GET"],
            operation_id="read_" + kind.name.replace("-", "_"),
            summary=kind.about,
            response_class=Response,
            responses={**responses, 200: {"content": {kind.type: {}}}},
            openapi_extra={"parameters": [_parameter(name) for name in kind.names]},
        )


def _reader(
    kind: resources.Kind, service: Service, bridge: Bridge
) -> Callable[[Request], Awaitable[Response]]:
    async def read(request: Request) -> Response:
        get = partial(kind.read, service, client_of(request), **request.path_params)
        try:
            contents = await bridge.run(get)
        except ToolkitError as error:
            missing = error.code == "unknown_name"
            return answer(reply_of_error(error), 404 if missing else None)
        return Response(contents, media_type=kind.type, headers=_HEADERS)

    return read


def _parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
