"""The examples for other agents' frameworks, with stand-ins for the frameworks."""

from __future__ import annotations

import doctest
import runpy
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples" / "agents"
PUZZLE = "1... ..3. .4.. ...2"


class Taken:
    """A tool as a framework takes it."""

    def __init__(self, function: Any, name: str, description: str, schema: dict[str, Any]) -> None:
        self.function, self.name = function, name
        self.description, self.schema = description, schema

    @classmethod
    def from_schema(cls, *given: Any) -> Taken:
        return cls(*given)

    @classmethod
    def from_function(
        cls, func: Any, *, name: str, description: str, args_schema: dict[str, Any]
    ) -> Taken:
        return cls(func, name, description, args_schema)


@pytest.mark.parametrize(
    ("example", "module", "names"),
    [
        ("langchain_tools", "langchain_core.tools", ("StructuredTool",)),
        ("pydantic_ai_tools", "pydantic_ai", ("Agent", "Tool")),
    ],
)
def test_a_framework_gets_every_tool(
    example: str, module: str, names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = ModuleType(module)
    for name in names:
        setattr(stand_in, name, Taken)
    monkeypatch.setitem(sys.modules, module.partition(".")[0], stand_in)
    monkeypatch.setitem(sys.modules, module, stand_in)
    tools = {tool.name: tool for tool in runpy.run_path(str(EXAMPLES / f"{example}.py"))["tools"]}
    assert {"describe", "load_puzzle", "solve", "verify", "step", "job"} == set(tools)
    verify = tools["verify"]
    assert verify.schema["required"] == ["puzzle", "answer", "task"]
    assert verify.description
    said = verify.function(puzzle=PUZZLE, answer="1324 4231 2413 3142", task=None)
    assert said.startswith("solved: 4x4 sudoku")
    assert "did you mean" in verify.function(puzle=PUZZLE, answer="", task=None)


def test_the_page_on_agents_does_what_it_shows() -> None:
    page = Path(__file__).parents[2] / "docs" / "agents.md"
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert tried >= 8
    assert failed == 0
