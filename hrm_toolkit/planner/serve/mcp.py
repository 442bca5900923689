"""The tools, resources and prompts over the Model Context Protocol: its SDK's low-level server."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from hrm_toolkit.core import (
    MissingExtraError,
    OptionError,
    ToolkitError,
    UnknownNameError,
    nearest,
)
from hrm_toolkit.core.telling import segment_words
from hrm_toolkit.planner.lines import bounded
from hrm_toolkit.planner.serve import resources
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.export import mcp as exported
from hrm_toolkit.planner.tools.toolbox import Toolbox

try:
    import anyio
    import mcp_types as types
    from mcp import MCPError
    from mcp.server.lowlevel import Server
    from mcp.server.transport_security import TransportSecuritySettings
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    from hrm_toolkit.planner.serve.bridge import Bridge
    from hrm_toolkit.planner.serve.gate import Gate, client_of, header
    from hrm_toolkit.planner.serve.origins import LOOPBACK
except ModuleNotFoundError as error:
    # Whichever module it is, mcp brings it.
    raise MissingExtraError("mcp", "mcp") from error

if TYPE_CHECKING:
    from mcp.server import ServerRequestContext
    from starlette.applications import Starlette
    from starlette.requests import Request

    from hrm_toolkit.core import Segment

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
    tools, read = _Tools(toolbox, bridge, ending), _Resources(toolbox.service, bridge)
    prompts = _Prompts()
    return Server(
        "hrm-toolkit",
        version=__version__,
        title="HRM toolkit",
        description="Puzzles solved by recurrent reasoning networks, each answer checked.",
        instructions=INSTRUCTIONS,
        on_list_tools=tools.list,
        on_call_tool=tools.call,
        on_list_resources=read.list,
        on_list_resource_templates=read.templates,
        on_read_resource=read.read,
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
        last, stop = 0, Future[None]()

        async def tell(segment: Segment) -> None:
            nonlocal last
            # The protocol wants it to increase; the puzzles of a batch count side by side.
            if segment.index > last:
                last, said = segment.index, segment_words(segment)
                await context.session.report_progress(last, segment.total, said)

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
                stop.set_result(None)
            raise
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=reply.text)],
            structured_content=bounded(reply, MOST_REPLY),
            is_error=reply.is_error,
        )


class _Resources:
    """What ``resources`` has, as the protocol has it."""

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
                if kind.names
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


_PROMPTS = (
    types.Prompt(
        name="solve_puzzle",
        title="Solve a puzzle",
        description="Solve a puzzle with the tools and report the checked answer.",
        arguments=[
            types.PromptArgument(name="puzzle", description="As text.", required=True),
            types.PromptArgument(
                name="task", description="Its name, as list_tasks has it.", required=False
            ),
        ],
    ),
    types.Prompt(
        name="check_answer",
        title="Check an answer",
        description="Check somebody's answer and explain what is wrong with it.",
        arguments=[
            types.PromptArgument(name="puzzle", description="As text.", required=True),
            types.PromptArgument(name="answer", description="As text.", required=True),
        ],
    ),
)
_WORDS = {
    "solve_puzzle": "Solve this {task}puzzle. Call the tool solve with the puzzle as it stands "
    "here. If the status is running, ask the tool job for the answer. Give the answer as solved "
    "only if the status is solved; else say what the status means.\n\n{puzzle}",
    "check_answer": "Check this answer with the tool verify. If it is refuted, explain each "
    "violation by its place and say what would have to change.\n\nPuzzle:\n{puzzle}\n\n"
    "Answer:\n{answer}",
}


class _Prompts:
    """Two ways to begin with the tools."""

    async def list(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListPromptsResult:
        """All of them."""
        first_page(params)
        return types.ListPromptsResult(prompts=[*_PROMPTS])

    async def get(
        self, context: Context, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        """One, filled in.

        Raises:
            MCPError: for an unknown prompt, or an argument that is unknown or missing.
        """
        try:
            prompt, text = filled_in(params.name, params.arguments or {})
        except ToolkitError as error:
            raise refused(error) from None
        content = types.TextContent(type="text", text=text)
        return types.GetPromptResult(
            description=prompt.description,
            messages=[types.PromptMessage(role="user", content=content)],
        )


def filled_in(name: str, given: dict[str, str]) -> tuple[types.Prompt, str]:
    """A prompt and its text.

    Raises:
        OptionError: for an unknown prompt, or an argument that is unknown or missing.
    """
    by_name = {prompt.name: prompt for prompt in _PROMPTS}
    if name not in by_name:
        raise UnknownNameError("prompt", name, by_name)
    arguments = {a.name: bool(a.required) for a in by_name[name].arguments or ()}
    for key in given:
        if key not in arguments:
            near = nearest(key, arguments)
            raise OptionError(
                f'there is no argument "{key}"',
                expected="one of " + ", ".join(arguments),
                hint=f'did you mean "{near}"?' if near else None,
            )
    for key, required in arguments.items():
        if required and not given.get(key, "").strip():
            raise OptionError(f'the argument "{key}" is missing', path=key)
    values = {key: given.get(key, "") for key in arguments}
    if values.get("task"):
        values["task"] += " "
    return by_name[name], _WORDS[name].format(**values)
