"""Resources over MCP: what a host reads beside the tools."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp import MCPError

from hrm_toolkit.core import ToolkitError
from hrm_toolkit.planner.serve import resources
from hrm_toolkit.planner.serve.bridge import Bridge
from hrm_toolkit.planner.serve.gate import client_of, header
from hrm_toolkit.planner.service import Service

if TYPE_CHECKING:
    from mcp.server import ServerRequestContext

    Context = ServerRequestContext[Any, Any]


class Resources:
    """What ``hrm_toolkit.planner.serve.resources`` has, as the protocol has it.

    Args:
        service: knows it.
        bridge: runs what blocks.
    """

    def __init__(self, service: Service, bridge: Bridge) -> None:
        self._service, self._bridge = service, bridge

    async def list(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        """What can be read, the client's newest jobs among it."""
        first_page(params)
        client = caller(context)
        found = await self._run(lambda: [*resources.listed(self._service, client)])
        return types.ListResourcesResult(
            resources=[
                types.Resource(uri=uri, name=name, description=about, mime_type=kind)
                for uri, name, about, kind in found
            ]
        )

    async def templates(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        """How the addresses of resources are made."""
        first_page(params)
        return types.ListResourceTemplatesResult(
            resource_templates=[
                types.ResourceTemplate(
                    name=kind.name,
                    uri_template=kind.template,
                    description=kind.about,
                    mime_type=kind.type,
                )
                for kind in resources.kinds()
            ]
        )

    async def read(
        self, context: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        """One resource, as text or as bytes.

        Raises:
            MCPError: when there is none of that address; it names the nearest.
        """
        client, uri = caller(context), str(params.uri)
        kind, read = await self._run(lambda: resources.read(self._service, client, uri), uri)
        content: types.TextResourceContents | types.BlobResourceContents
        if isinstance(read, str):
            content = types.TextResourceContents(uri=uri, mime_type=kind.type, text=read)
        else:
            blob = base64.b64encode(read).decode("ascii")
            content = types.BlobResourceContents(uri=uri, mime_type=kind.type, blob=blob)
        return types.ReadResourceResult(contents=[content])

    async def _run(self, function: Callable[[], Any], uri: str | None = None) -> Any:
        try:
            return await self._bridge.run(function)
        except ToolkitError as error:
            raise refused(error, uri=uri) from None


def refused(error: ToolkitError, *, uri: str | None = None) -> MCPError:
    """An error as the protocol has it, with its fields as data."""
    place = {} if uri is None else {"uri": uri}
    return MCPError(types.INVALID_PARAMS, str(error), {**place, **error.to_dict()})


def caller(context: Context) -> str:
    """Whose handles and jobs a request is about: a session is a client of its own.

    A name in ``x-client-id`` goes before, and lasts over sessions; without a session (stateless
    versions of the protocol) it is the address.
    """
    request = context.request
    if request is None or header(request.scope, b"x-client-id"):
        return client_of(request)
    session = header(request.scope, b"mcp-session-id")
    return "session " + session.decode("latin-1")[:100] if session else client_of(request)


def first_page(params: types.PaginatedRequestParams | None) -> None:
    """Refuse a cursor: whatever there is stands on the first page, so that none was given out.

    Raises:
        MCPError: for a cursor.
    """
    if params is not None and params.cursor is not None:
        raise MCPError(types.INVALID_PARAMS, "there is no such cursor: each list has one page")
