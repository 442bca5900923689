"""Prompts: ways for a person to begin with the tools in an MCP host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mcp_types as types

from hrm_toolkit.core import OptionError, ToolkitError, UnknownNameError, nearest
from hrm_toolkit.planner.serve.mcp_resources import first_page, refused

if TYPE_CHECKING:
    from mcp.server import ServerRequestContext

    Context = ServerRequestContext[Any, Any]

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


class Prompts:
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
