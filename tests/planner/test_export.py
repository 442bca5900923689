"""The tools as each host takes them; the hosts' own packages say whether they would."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from pydantic import TypeAdapter

from hrm_toolkit.core import UnknownNameError
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.export import FORMATS, REPLY_SCHEMA, export
from hrm_toolkit.planner.tools.tool import Tool
from hrm_toolkit.planner.tools.toolbox import CORE, MORE, Toolbox

TOOLS = (*CORE, *MORE)


def _shape(schema: Any) -> Any:
    """A schema without the keywords that say nothing of what is accepted, or only bounds."""
    silent = {"title", "description", "minimum", "maximum", "maxLength", "maxItems", "minItems"}
    if isinstance(schema, dict):
        return {key: _shape(value) for key, value in schema.items() if key not in silent}
    return [_shape(item) for item in schema] if isinstance(schema, list) else schema


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_openai_s_own_converter_makes_the_same_of_the_arguments(tool: Tool) -> None:
    import openai

    theirs = openai.pydantic_function_tool(
        tool.arguments, name=tool.name, description=tool.description
    )
    (ours,) = export([tool], "openai")
    assert _shape(ours) == _shape(theirs)
    assert ours["function"]["strict"] is True


def test_openai_s_types_take_both_forms() -> None:
    from openai.types.chat import ChatCompletionFunctionToolParam
    from openai.types.responses import FunctionToolParam

    for entry in export(TOOLS, "openai"):
        TypeAdapter(ChatCompletionFunctionToolParam).validate_python(entry)
    for entry in export(TOOLS, "openai-responses"):
        TypeAdapter(FunctionToolParam).validate_python(entry)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_anthropic_s_own_converter_has_nothing_to_change(tool: Tool) -> None:
    import anthropic
    from anthropic.types import ToolParam

    (entry,) = export([tool], "anthropic")
    TypeAdapter(ToolParam).validate_python(entry)
    converted = anthropic.transform_schema(entry["input_schema"])
    assert converted == _without_types_of_enums(entry["input_schema"])


def _without_types_of_enums(schema: Any) -> Any:
    """Their converter leaves out the type of an enum, and no more than that."""
    if isinstance(schema, dict):
        kept = {key: _without_types_of_enums(value) for key, value in schema.items()}
        return {k: v for k, v in kept.items() if not (k == "type" and "enum" in schema)}
    return schema if not isinstance(schema, list) else [*map(_without_types_of_enums, schema)]


def test_gemini_s_own_converter_makes_the_same_of_the_arguments() -> None:
    from google.genai import types

    (entry,) = export(TOOLS, "gemini")
    taken = types.Tool.model_validate(entry)
    assert taken.function_declarations is not None
    for tool, declaration in zip(TOOLS, taken.function_declarations, strict=True):
        theirs = types.Schema.from_json_schema(
            json_schema=types.JSONSchema.model_validate(tool.schema)
        )
        assert declaration.parameters is not None
        ours = declaration.parameters.model_dump(mode="json", exclude_none=True)
        assert _shape(ours) == _shape(theirs.model_dump(mode="json", exclude_none=True))
        assert all(value["description"] for value in ours["properties"].values())


def test_mcp_s_types_take_the_tools() -> None:
    from mcp.types import Tool as McpTool

    for tool, entry in zip(TOOLS, export(TOOLS, "mcp"), strict=True):
        taken = McpTool.model_validate(entry)
        assert taken.input_schema == tool.call_schema
        assert taken.output_schema == tool.output_schema
        assert taken.annotations is not None
        assert taken.annotations.read_only_hint is tool.read_only
        assert taken.annotations.open_world_hint is False
        assert taken.model_dump(mode="json", by_alias=True, exclude_none=True) == entry


def test_only_cancel_may_change_what_another_call_sees_and_asking_is_read_only() -> None:
    assert {tool.name for tool in TOOLS if not tool.read_only} == {"cancel"}
    hints = {entry["name"]: entry["annotations"] for entry in export(TOOLS, "mcp")}
    assert hints["job"]["readOnlyHint"] is True
    assert [name for name, told in hints.items() if told["destructiveHint"]] == []


@pytest.mark.parametrize("format", ["anthropic", "mcp"])
def test_hosts_that_are_not_strict_are_told_what_a_call_must_have(format: str) -> None:
    key = "input_schema" if format == "anthropic" else "inputSchema"
    required = {entry["name"]: entry[key]["required"] for entry in export(TOOLS, format)}
    assert required == {
        "describe": [],
        "load_puzzle": ["puzzle"],
        "solve": ["puzzle"],
        "verify": ["puzzle", "answer"],
        "step": ["state"],
        "job": [],
        "cancel": ["id"],
        "batch": ["puzzles"],
        "explain": ["puzzle"],
        "hint": ["puzzle"],
        "render": ["puzzle"],
        "generate": ["task"],
    }


@pytest.mark.parametrize("format", FORMATS)
def test_an_export_is_plain_json_with_every_tool_and_description(format: str) -> None:
    text = json.dumps(export(TOOLS, format))
    for tool in TOOLS:
        assert json.dumps(tool.name) in text
        assert json.dumps(tool.description) in text


def test_another_format_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match='did you mean "anthropic"'):
        export(CORE, "antropic")


MAZE = {"puzzle": "S..\n##.\nG..", "strategy": "exact", "wait_s": 60}
CALLS: list[tuple[str, dict[str, Any]]] = [
    *(("describe", {}), ("describe", {"task": "arc"}), ("describe", {"task": "graph"})),
    *(("load_puzzle", MAZE | {"strategy": None}), ("load_puzzle", {"puzzle": "?"})),
    *(("solve", MAZE), ("solve", {"puzzle": "S#G", "strategy": "exact", "wait_s": 60})),
    *(("verify", {"puzzle": "S.G", "answer": "SoG"}), ("verify", {"puzzle": "SG", "answer": "[]"})),
    *(("step", {"state": "S.G"}), ("step", {"state": "SG", "action": "right"})),
    *(("job", {}), ("job", {"id": "last"}), ("job", {"id": "none"}), ("cancel", {"id": "last"})),
    *(("batch", {"puzzles": ["S.G", "S#G"], "strategy": "exact", "wait_s": 60}),),
    *(("explain", {"puzzle": "S#G"}), ("explain", {"puzzle": "11.. .... .... ...."})),
    *(("render", {"puzzle": "S.G"}), ("generate", {"task": "maze", "count": 2, "wait_s": 60})),
]


def test_every_field_of_a_reply_is_in_the_schema_that_mcp_is_told() -> None:
    tools = {tool.name: tool for tool in TOOLS}
    with Service() as service:
        box = Toolbox(service, full=True)
        for name, given in CALLS:
            fields = tools[name].schema["properties"]
            data = box.call(name, {k: v for k, v in given.items() if k in fields}).data
            schema = tools[name].output_schema
            jsonschema.validate(data, schema)
            jsonschema.validate(data, REPLY_SCHEMA)
            assert set(data) - set(schema["properties"]) == set(), (name, given)
        jsonschema.validate(box.call("solv", {}).data, REPLY_SCHEMA)
