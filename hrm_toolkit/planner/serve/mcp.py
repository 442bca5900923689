"""The tools over the Model Context Protocol: the SDK's low-level server, and HTTP."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from hrm_toolkit.core import MissingExtraError
from hrm_toolkit.planner.agent.lines import bounded
from hrm_toolkit.planner.jobs.latch import Latch
from hrm_toolkit.planner.tools.export import mcp as exported
from hrm_toolkit.planner.tools.toolbox import Toolbox

try:
    import anyio
    import mcp_types as types
    from mcp.server.lowlevel import Server
    from mcp.server.transport_security import TransportSecuritySettings
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    from hrm_toolkit.planner.serve.bridge import Bridge
    from hrm_toolkit.planner.serve.gate import LOOPBACK, Gate
    from hrm_toolkit.planner.serve.mcp_prompts import Prompts
    from hrm_toolkit.planner.serve.mcp_resources import Resources, caller, first_page
except ModuleNotFoundError as error:
    # Whichever module it is, mcp brings it.
    raise MissingExtraError("mcp", "mcp") from error

if TYPE_CHECKING:
    from mcp.server import ServerRequestContext
    from starlette.applications import Starlette
    from starlette.requests import Request

    from hrm_toolkit.planner.jobs.scheduler import Progress

    Context = ServerRequestContext[Any, Any]

MOST_SESSIONS = 1_000
"""Sessions open at one time, some 37 kB each; idle ones end after half an hour."""

_PROGRESS_SECONDS = 0.2
"""Between two notifications of progress: a network's segments come faster."""

MOST_REPLY = 60_000
"""Characters of a reply's text and data together; some hosts refuse what is much longer."""

INSTRUCTIONS = (
    "Solves discrete puzzles and checks every answer by the "
    "rules. Load a long puzzle once with load_puzzle and pass its handle on. Only the status "
    "solved stands for an answer that the rules accept. A status running names a job: ask the tool "
    "job for it. Pictures and what each segment said are resources of the job."
)


def make_server(
    toolbox: Toolbox, *, bridge: Bridge | None = None, ending: Callable[[], bool] = lambda: False
) -> Server[Any]:
    """An MCP server of the tools, with resources and prompts; for both eras of the protocol.

    Args:
        toolbox: what it offers.
        bridge: runs the calls; None makes one.
        ending: whether the server ends. Then requests are cancelled by nobody's wish, and what
            they began is left to the next server.

    Example:
        >>> from hrm_toolkit.planner.service import Service
        >>> with Service() as service:
        ...     server = make_server(Toolbox(service))
        >>> server.name
        'hrm-toolkit'
    """
    from hrm_toolkit import __version__

    bridge = bridge or Bridge()
    tools, resources = _Tools(toolbox, bridge, ending), Resources(toolbox.service, bridge)
    prompts = Prompts()
    return Server(
        "hrm-toolkit",
        version=__version__,
        title="HRM toolkit",
        description="Puzzles solved by recurrent reasoning networks, each answer checked.",
        instructions=INSTRUCTIONS,
        on_list_tools=tools.list,
        on_call_tool=tools.call,
        on_list_resources=resources.list,
        on_list_resource_templates=resources.templates,
        on_read_resource=resources.read,
        on_list_prompts=prompts.list,
        on_get_prompt=prompts.get,
    )


def http_app(
    toolbox: Toolbox, *, token: str | None = None, hosts: Collection[str] | None = LOOPBACK
) -> Starlette:
    """An ASGI application that serves streamable HTTP at ``/mcp``.

    Args:
        toolbox: what it offers.
        token: that requests have to bear; None asks for none.
        hosts: names that requests may be for and whose pages may ask; None takes any.
    """
    # The gate looks at host and origin already, and knows by which names the server goes.
    security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    alive = Route("/healthz", _alive)
    server = make_server(toolbox, ending=lambda: app.state.draining)
    app = server.streamable_http_app(
        transport_security=security, custom_starlette_routes=[alive], max_sessions=MOST_SESSIONS
    )
    app.state.draining = False
    app.add_middleware(Gate, token=token, hosts=hosts)
    return app


async def _alive(request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


class _Tools:
    def __init__(self, toolbox: Toolbox, bridge: Bridge, ending: Callable[[], bool]) -> None:
        self._toolbox, self._bridge, self._ending = toolbox, bridge, ending

    async def list(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        first_page(params)
        listed = exported(self._toolbox.tools)
        return types.ListToolsResult(tools=[types.Tool.model_validate(entry) for entry in listed])

    async def call(
        self, context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        last, stop = 0, Latch()

        async def tell(progress: Progress) -> None:
            nonlocal last
            # The protocol wants it to increase; the parts of a batch count side by side.
            if progress.segment > last:
                last = progress.segment
                await context.session.report_progress(last, progress.segments, progress.words)

        call, client = self._toolbox.call, caller(context)
        try:
            reply = await self._bridge.told(
                tell,
                call,
                params.name,
                params.arguments,
                every=_PROGRESS_SECONDS,
                client=client,
                stop=stop,
            )
        except anyio.get_cancelled_exc_class():
            if not self._ending():
                stop.set()
            raise
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=reply.text)],
            structured_content=bounded(reply, MOST_REPLY),
            is_error=reply.is_error,
        )
