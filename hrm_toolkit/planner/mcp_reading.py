"""What an MCP host reads beside the tools: resources and prompts."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp import MCPError

from hrm_toolkit.adapters.registry import adapter_names
from hrm_toolkit.core import OptionError, ToolkitError, UnknownNameError, nearest
from hrm_toolkit.planner.bridge import Bridge
from hrm_toolkit.planner.gate import client_of
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.work import Part

if TYPE_CHECKING:
    from mcp.server import ServerRequestContext

    Context = ServerRequestContext[Any, Any]

_SCHEME = "hrm://"
_JSON, _PLAIN = "application/json", "text/plain"
_MOST_JOBS = 20
_TEMPLATES = (
    ("tasks/{task}", "task", "How a task's puzzles and answers are written", _PLAIN),
    ("solvers/{solver}", "solver", "A trained solver's manifest: rates with n and seed", _JSON),
    ("jobs/{job}", "job", "One of your jobs: what was asked, how far it is, what came", _JSON),
)


class Resources:
    """Tasks, trained solvers and the client's own jobs.

    Args:
        service: knows them.
        bridge: runs what blocks.
    """

    def __init__(self, service: Service, bridge: Bridge) -> None:
        self._service, self._bridge = service, bridge
        self._kinds: dict[str, Callable[[str, str], str]] = {
            "tasks": self._task,
            "solvers": self._solver,
            "jobs": self._job,
        }

    async def list(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        """What can be read, the client's newest jobs among it."""
        client = client_of(context.request)
        found = await self._run(lambda: self._listed(client))
        return types.ListResourcesResult(resources=[*found])

    async def templates(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        """How the addresses of resources are made."""
        return types.ListResourceTemplatesResult(
            resource_templates=[
                types.ResourceTemplate(
                    name=name, uri_template=_SCHEME + path, description=about, mime_type=kind
                )
                for path, name, about, kind in _TEMPLATES
            ]
        )

    async def read(
        self, context: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        """One resource as text.

        Raises:
            MCPError: when there is none of that address; it names the nearest.
        """
        client = client_of(context.request)
        uri = str(params.uri)
        text = await self._run(lambda: self._text(uri, client), uri)
        kind = _PLAIN if uri.startswith(f"{_SCHEME}tasks/") else _JSON
        content = types.TextResourceContents(uri=uri, mime_type=kind, text=text)
        return types.ReadResourceResult(contents=[content])

    async def _run(self, function: Callable[[], Any], uri: str | None = None) -> Any:
        try:
            return await self._bridge.run(function)
        except ToolkitError as error:
            raise refused(error, uri=uri) from None

    def _listed(self, client: str) -> Sequence[types.Resource]:
        tasks = [("tasks", task, f"How {task} is written", _PLAIN) for task in adapter_names()]
        solvers = [
            ("solvers", name, f"The trained solver {name} for {manifest.task}", _JSON)
            for name, manifest in self._service.manifests().items()
        ]
        jobs = [
            ("jobs", job.id, f"A job, {job.status}", _JSON)
            for job in self._service.jobs.list(client, limit=_MOST_JOBS)
        ]
        return [
            types.Resource(uri=f"{_SCHEME}{kind}/{name}", name=name, description=about, mime_type=m)
            for kind, name, about, m in (*tasks, *solvers, *jobs)
        ]

    def _text(self, uri: str, client: str) -> str:
        kind, _, name = uri.removeprefix(_SCHEME).partition("/")
        if not uri.startswith(_SCHEME) or kind not in self._kinds or not name:
            raise UnknownNameError("resource", uri, [_SCHEME + path for path, *_ in _TEMPLATES])
        return self._kinds[kind](urllib.parse.unquote(name), client)

    def _task(self, name: str, client: str) -> str:
        if name not in adapter_names():
            raise UnknownNameError("task", name, adapter_names())
        return self._service.describe(name, client=client).text

    def _solver(self, name: str, client: str) -> str:
        manifests = self._service.manifests()
        if name not in manifests:
            raise UnknownNameError("solver", name, manifests)
        return manifests[name].model_dump_json(indent=2)

    def _job(self, name: str, client: str) -> str:
        job = self._service.jobs.get(name, client=client)
        reply = self._service.job("get", name, wait_s=0.0, client=client)
        told = {**job.model_dump(mode="json"), "reply": reply.model_dump(mode="json")}
        parts = [Part.of(puzzle) for puzzle in job.request["puzzles"]]
        shown = [part.adapter.shown(part.puzzle).model_dump(mode="json") for part in parts]
        return json.dumps(told | {"request": job.request | {"puzzles": shown}})


_PROMPTS = (
    types.Prompt(
        name="solve_puzzle",
        title="Solve a puzzle",
        description="Solve a puzzle with the tools and report the checked answer.",
        arguments=[
            types.PromptArgument(name="puzzle", description="As text.", required=True),
            types.PromptArgument(name="task", description="Such as sudoku.", required=False),
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
    "solve_puzzle": "Solve this {task}puzzle. Load it with the tool load_puzzle, then call solve "
    "with the handle. If the status is running, ask the tool job for the answer. Give the answer "
    "as solved only if the status is solved; else say what the status means.\n\n{puzzle}",
    "check_answer": "Check this answer with the tool verify. If it is refuted, explain each "
    "violation by its place and say what would have to change.\n\nPuzzle:\n{puzzle}\n\n"
    "Answer:\n{answer}",
}


class Prompts:
    """Two ways to begin with the tools."""

    async def list(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListPromptsResult:
        """All of them."""
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


def refused(error: ToolkitError, *, uri: str | None = None) -> MCPError:
    """An error as the protocol has it, with its fields as data."""
    place = {} if uri is None else {"uri": uri}
    return MCPError(types.INVALID_PARAMS, str(error), {**place, **error.to_dict()})
