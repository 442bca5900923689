"""The example for LangChain, the benchmark of a small model with a stand-in, and a page."""

from __future__ import annotations

import asyncio
import doctest
import json
import os
import re
import runpy
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples" / "agents"
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
PUZZLE = "1... ..3. .4.. ...2"
PATIENCE = 60.0


def test_langchain_gets_and_calls_every_tool() -> None:
    from langchain_core.utils.function_calling import convert_to_openai_tool

    made = runpy.run_path(str(EXAMPLES / "langchain_tools.py"))["tools"]
    tools = {tool.name: tool for tool in made}
    assert {"describe", "load_puzzle", "solve", "verify", "step", "job", "cancel"} == set(tools)
    told = convert_to_openai_tool(tools["verify"])["function"]
    assert told["parameters"]["required"] == ["puzzle", "answer"]
    assert told["description"]

    def called(name: str, **arguments: Any) -> str:
        """What LangChain hands back to a model that has called a tool."""
        call = {"type": "tool_call", "id": "1", "name": name, "args": arguments}
        message = tools[name].invoke(call)
        assert message.tool_call_id == "1"
        return str(message.content)

    solved = called("solve", puzzle=PUZZLE, strategy="exact", wait_s=PATIENCE)
    assert solved.startswith("solved: 4x4 sudoku")
    verified = called("verify", puzzle=PUZZLE, answer="1324 4231 2413 3142", task=None)
    assert verified.startswith("solved: 4x4 sudoku")
    assert "did you mean" in called("verify", puzle=PUZZLE, answer="", task=None)


class Needle:
    """A small model: it solves by a handle's digits, plays, solves what an error is about, and
    makes no call."""

    def __init__(self, tools: list[dict[str, Any]], **_: Any) -> None:
        self.tools = {tool["name"]: tool["parameters"]["required"] for tool in tools}
        self.requests = 0

    def reset(self) -> None:
        self.requests += 1

    def complete(self, text: str, max_new_tokens: int) -> dict[str, Any]:
        name, argument = "solve", self.tools["solve"][0]
        if handle := re.search(r"puzzle:([0-9a-f]+)", text):
            self.digits = handle[1]
        digits = self.digits
        self.first = getattr(self, "first", digits)
        if self.requests == 2:
            name, argument = "step", self.tools["step"][0]
        elif self.requests == 3:
            digits = "puzzle:gone" if "error" not in text else self.first
        elif self.requests == 4:
            return {"function_calls": []}
        return {"function_calls": [{"name": name, "arguments": {argument: digits}}]}


def test_the_benchmark_of_a_small_model_counts_what_becomes_of_requests(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_in = ModuleType("needle")
    stand_in.Needle = Needle  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "needle", stand_in)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    run = runpy.run_path(str(BENCHMARKS / "small_model.py"))["run"]
    tally = asyncio.run(run(4, 7, tmp_path / "out.jsonl", whole=False))
    assert tally == {"solved": 1, "called step": 1, "solved another puzzle": 1, "no call": 1}
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["turns"] for line in lines] == [1, 1, 2, 1]
    assert os.environ["NEEDLE_TELEMETRY"] == "0"


def test_the_page_on_agents_does_what_it_shows() -> None:
    page = Path(__file__).parents[2] / "docs" / "agents.md"
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert tried >= 8
    assert failed == 0
