"""A result has one shape as data: on the command line, from tools and over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import validate
from starlette.testclient import TestClient

from hrm_toolkit.cli import main
from hrm_toolkit.core.telling import ResultData, VerdictData
from hrm_toolkit.planner.serve.http import make_app
from hrm_toolkit.planner.tools.toolbox import Toolbox

PUZZLES = {
    "solved": "S..\n##.\nG..",
    "unsolvable": "S#G",
}


def told(box: Toolbox, puzzle: str, way: str, capsys: pytest.CaptureFixture[str]) -> Any:
    """What one way of asking hands out as data."""
    asked = {"puzzle": puzzle, "strategy": "exact"}
    if way == "tools":
        return box.call("solve", asked).data
    if way == "HTTP":
        with TestClient(make_app(box), base_url="http://127.0.0.1") as client:
            return client.post("/v1/tools/solve", json=asked).json()["data"]
    main(["solve", puzzle, "--strategy", "exact", "--json"])
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("status", PUZZLES)
def test_a_result_is_the_same_object_everywhere(
    box: Toolbox, status: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = {}
    for way in ("command line", "tools", "HTTP"):
        puzzle = PUZZLES[status]
        if way == "command line":
            (file := tmp_path / "maze.txt").write_text(puzzle)
            puzzle = str(file)
        data = told(box, puzzle, way, capsys)
        validate(data, ResultData.model_json_schema() | {"additionalProperties": True})
        assert set(data["verdict"]) == set(VerdictData.model_fields)
        assert not {"valid", "optimal", "cost", "violations"} & set(data)
        assert data["status"] == status
        seen[way] = {name: data[name] for name in ResultData.model_fields if name != "seconds"}
    assert seen["command line"] == seen["tools"] == seen["HTTP"]


def test_the_tools_say_that_shape(box: Toolbox) -> None:
    (solve,) = (tool for tool in box.tools if tool.name == "solve")
    assert set(ResultData.model_fields) <= set(solve.output_schema["properties"])
