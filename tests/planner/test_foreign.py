"""Other agents' frameworks as clients of the MCP server, each with a model of its own that plays a
script: what they list, what their models read, and what becomes of a mistake.
"""

from __future__ import annotations

import asyncio
import json
import re
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import agents
import pytest
from agents.mcp import MCPServer, MCPServerStdio, MCPServerStreamableHttp
from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
)
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    RetryPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
)
from pydantic_ai.models.function import AgentInfo, FunctionModel

from hrm_toolkit.planner.tools.toolbox import CORE

GOAL = "Solve 1... ..3. .4.. ...2"
PUZZLE = "1... ..3. .4.. ...2"
NAMES = {tool.name for tool in CORE}
PATIENCE = 60.0


class Model:
    """Loads a puzzle, makes an argument up, heeds what the error says, and reports the answer."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.listed: dict[str, dict[str, Any]] = {}

    def next(
        self, tools: dict[str, dict[str, Any]], results: Sequence[str]
    ) -> tuple[str, dict[str, Any]] | str:
        """A call, or the words it ends with, after the results so far.

        Args:
            tools: schemas by name.
            results: as the framework lets a model read them.
        """
        self.read, self.listed = list(results), tools
        match len(results):
            case 0:
                return "load_puzzle", {"puzzle": PUZZLE, "task": None}
            case 1:
                empty = dict.fromkeys(tools["solve"]["required"])
                return "solve", {**empty, "puzzle": self.handle, "segmnts": 3}
            case 2:
                # Some hosts let a model read the text of a reply, some its data.
                error = results[1].replace("\\", "")
                example = re.search(r'(?:arguments such as |"example": ?)(\{.*?\})', error)
                assert example is not None
                arguments = json.loads(example[1])
                return "solve", {**arguments, "puzzle": self.handle, "wait_s": PATIENCE}
        return results[2]

    @property
    def handle(self) -> str:
        """The puzzle's handle, as the first result has it."""
        found = re.search(r"puzzle:[0-9a-f]{4}", self.read[0])
        assert found is not None
        return found[0]


def check(model: Model, said: str) -> None:
    """What any host should have come to."""
    assert set(model.listed) == NAMES
    loaded, refused, solved = model.read
    assert "sudoku" in loaded
    assert 'did you mean "segments"?' in refused.replace("\\", "")
    assert "solved" in solved
    assert "1324423124133142" in re.sub(r"\D", "", solved)
    assert said == solved


def scripted(model: Model) -> FunctionModel:
    """The script as a model of pydantic-ai's."""

    def play(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        tools = {tool.name: tool.parameters_json_schema for tool in info.function_tools}
        parts = [part for message in messages for part in message.parts]
        results = [
            part.model_response()
            if isinstance(part, RetryPromptPart)
            else part.model_response_str()
            for part in parts
            if isinstance(part, RetryPromptPart | ToolReturnPart)
        ]
        said = model.next(tools, results)
        if isinstance(said, str):
            return ModelResponse(parts=[TextPart(said)])
        return ModelResponse(parts=[ToolCallPart(*said)])

    return FunctionModel(play)


def test_pydantic_ai_solves_through_the_server(mcp_url: str) -> None:
    model = Model()

    async def main() -> str:
        async with Agent(scripted(model), toolsets=[MCPToolset(mcp_url)]) as agent:
            return (await agent.run(GOAL)).output

    check(model, asyncio.run(main()))


def test_pydantic_ai_solves_with_the_tools_of_the_example() -> None:
    example = Path(__file__).parents[2] / "examples" / "agents" / "pydantic_ai_tools.py"
    model = Model()
    agent = Agent(scripted(model), tools=runpy.run_path(str(example))["tools"])
    check(model, asyncio.run(agent.run(GOAL)).output)


class AgentsModel(agents.Model):
    """The script as a model of the OpenAI Agents SDK."""

    def __init__(self, model: Model) -> None:
        self.model = model

    async def get_response(
        self,
        system_instructions: Any,
        input: Any,
        model_settings: Any,
        tools: Any,
        *_: Any,
        **__: Any,
    ) -> agents.ModelResponse:
        asked = [] if isinstance(input, str) else input
        outputs = [item for item in asked if item.get("type") == "function_call_output"]
        listed = {tool.name: tool.params_json_schema for tool in tools}
        said = self.model.next(listed, [text_of(item["output"]) for item in outputs])
        output: ResponseFunctionToolCall | ResponseOutputMessage
        if isinstance(said, str):
            text = ResponseOutputText(type="output_text", text=said, annotations=[])
            output = ResponseOutputMessage(
                id="said", type="message", role="assistant", status="completed", content=[text]
            )
        else:
            output = ResponseFunctionToolCall(
                type="function_call",
                call_id=f"call{len(outputs)}",
                name=said[0],
                arguments=json.dumps(said[1]),
            )
        return agents.ModelResponse(output=[output], usage=agents.Usage(), response_id=None)

    def stream_response(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError


def text_of(output: Any) -> str:
    """A tool's output as the SDK keeps it, as text."""
    return output if isinstance(output, str) else "\n".join(part["text"] for part in output)


@pytest.mark.parametrize("over", ["http", "stdio"])
def test_the_openai_agents_sdk_solves_through_the_server(mcp_url: str, over: str) -> None:
    model = AgentsModel(Model())
    server: MCPServer
    if over == "http":
        server = MCPServerStreamableHttp({"url": mcp_url}, client_session_timeout_seconds=PATIENCE)
    else:
        command = {"command": sys.executable, "args": ["-m", "hrm_toolkit", "serve", "--mcp"]}
        server = MCPServerStdio(command, client_session_timeout_seconds=PATIENCE)

    async def main() -> str:
        async with server:
            agent = agents.Agent("solver", mcp_servers=[server], model=model)
            ran = await agents.Runner.run(
                agent, GOAL, run_config=agents.RunConfig(tracing_disabled=True)
            )
            return str(ran.final_output)

    check(model.model, asyncio.run(main()))
