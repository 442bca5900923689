"""The tools in the words of each host: OpenAI, Anthropic, Gemini and MCP."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from hrm_toolkit.core import UnknownNameError
from hrm_toolkit.planner.tools.data import output_schema
from hrm_toolkit.planner.tools.tool import Tool

REPLY_SCHEMA = output_schema(())
"""JSON Schema of what the data of every reply has."""


def openai_chat(tools: Iterable[Tool]) -> list[dict[str, Any]]:
    """Entries of ``tools`` for OpenAI's chat completions, and whatever is compatible with them."""
    functions = [{**_named(tool), "strict": True, "parameters": tool.schema} for tool in tools]
    return [{"type": "function", "function": function} for function in functions]


def openai_responses(tools: Iterable[Tool]) -> list[dict[str, Any]]:
    """Entries of ``tools`` for OpenAI's responses."""
    return [
        {"type": "function", **_named(tool), "strict": True, "parameters": tool.schema}
        for tool in tools
    ]


def anthropic(tools: Iterable[Tool]) -> list[dict[str, Any]]:
    """Entries of ``tools`` for Anthropic's messages."""
    return [{**_named(tool), "input_schema": tool.call_schema} for tool in tools]


def gemini(tools: Iterable[Tool]) -> list[dict[str, Any]]:
    """The one entry of ``tools`` for Gemini, whose schemas are those of OpenAPI 3.0."""
    declarations = [{**_named(tool), "parameters": _openapi(tool.schema)} for tool in tools]
    return [{"functionDeclarations": declarations}]


def mcp(tools: Iterable[Tool]) -> list[dict[str, Any]]:
    """What an MCP server answers to ``tools/list``."""
    return [
        {
            "name": tool.name,
            "title": tool.title,
            "description": tool.description,
            "inputSchema": tool.call_schema,
            "outputSchema": tool.output_schema,
            "annotations": {
                "title": tool.title,
                "readOnlyHint": tool.read_only,
                # What may change is the caller's own job, and what it had found is kept.
                "destructiveHint": False,
                "idempotentHint": True,
                "openWorldHint": False,
            },
        }
        for tool in tools
    ]


FORMATS: dict[str, Callable[[Iterable[Tool]], list[dict[str, Any]]]] = {
    "openai": openai_chat,
    "openai-responses": openai_responses,
    "anthropic": anthropic,
    "gemini": gemini,
    "mcp": mcp,
}


def export(tools: Iterable[Tool], format: str) -> list[dict[str, Any]]:
    """Tools as a host takes them.

    Args:
        tools: such as ``Toolbox(service).tools``.
        format: ``openai``, ``openai-responses``, ``anthropic``, ``gemini`` or ``mcp``.

    Raises:
        UnknownNameError: for another format.

    Example:
        >>> from hrm_toolkit.planner.tools.toolbox import CORE
        >>> [entry["name"] for entry in export(CORE, "anthropic")][:3]
        ['describe', 'load_puzzle', 'solve']
    """
    if format not in FORMATS:
        raise UnknownNameError("format", format, FORMATS)
    return FORMATS[format](tools)


def _named(tool: Tool) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description}


def _openapi(schema: dict[str, Any]) -> dict[str, Any]:
    """A portable schema in the part of OpenAPI 3.0 that Gemini documents."""
    properties = {name: _openapi_value(value) for name, value in schema["properties"].items()}
    return {"type": "OBJECT", "properties": properties, "required": schema["required"]}


def _openapi_value(value: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in value:
        rest = {key: part for key, part in value.items() if key != "anyOf"}
        return {**_openapi_value({**value["anyOf"][0], **rest}), "nullable": True}
    converted = {**value, "type": value["type"].upper()}
    if "items" in converted:
        converted["items"] = _openapi_value(converted["items"])
    return converted
