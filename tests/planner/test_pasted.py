"""What people paste into a conversation, and what its text leaves open."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from hrm_toolkit.adapters.graph import GraphAdapter
from hrm_toolkit.planner.jobs.store import JobStore
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.toolbox import CORE, MORE, Toolbox

PATIENCE = 60.0
SUDOKU = "1... ..3.\n.4.. ...2"
ROWS = "1...\n..3.\n.4..\n...2"
SOLVED = [[1, 3, 2, 4], [4, 2, 3, 1], [2, 4, 1, 3], [3, 1, 4, 2]]
MAZE = "S..\n##.\nG.."
ROADS: dict[str, Any] = {
    "directed": False,
    "multigraph": False,
    "graph": {},
    "nodes": [{"id": name} for name in "ABC"],
    "links": [
        {"source": "A", "target": "B", "length": 5, "lanes": 1},
        {"source": "B", "target": "C", "length": 1, "lanes": 1},
        {"source": "A", "target": "C", "length": 9, "lanes": 1},
    ],
}
ENDS = {"puzzle": json.dumps(ROADS), "start": "A", "goal": "C"}


@pytest.mark.parametrize(
    "pasted",
    [
        f"```\n{ROWS}\n```",
        f"Here is the puzzle:\n\n```text\n{ROWS}\n```\n\nPlease solve it.",
        "~~~\n1... ..3. .4.. ...2\n~~~",
        f"- from the paper:\n  ```sudoku\n{ROWS}\n  ```",
        "```json\n[[1,0,0,0],[0,0,3,0],[0,4,0,0],[0,0,0,2]]\n```",
        "sudoku: 1.....3..4.....2",
        f"Solve this (it is from today's paper):\n{ROWS}",
    ],
)
def test_a_puzzle_is_read_without_its_wrapping(box: Toolbox, pasted: str) -> None:
    reply = box.call("solve", {"puzzle": pasted, "strategy": "exact"})
    assert reply.data["answer"]["grid"] == SOLVED


@pytest.mark.parametrize(
    "pasted",
    [
        f"```\n{ROWS}\n```\nand\n```\n{ROWS}\n```",
        "```\nno puzzle at all\n```",
        f"```\n{ROWS[:-1]}\n```",
        "row 1: 1...\nrow 2: ..3.",
    ],
)
def test_what_is_no_puzzle_without_its_wrapping_is_refused(box: Toolbox, pasted: str) -> None:
    assert box.call("load_puzzle", {"puzzle": pasted}).data["error"]["code"] == "bad_input"


@pytest.mark.parametrize("before", ["", "Here is one: ", "A puzzle:\n"])
@pytest.mark.parametrize(
    ("link", "says"),
    [
        ("https://puzz.link/p?masyu/d/4/4/000000", "the URL has the flags 'd'"),
        ("https://f-puzzles.com/?id=abc", "a link of f-puzzles that holds no puzzle itself"),
    ],
)
def test_a_link_that_is_refused_says_why(box: Toolbox, before: str, link: str, says: str) -> None:
    # What begins a link is no heading.
    assert says in box.call("load_puzzle", {"puzzle": before + link}).text


@pytest.mark.parametrize(
    "answer",
    [
        "RRDDLL",
        "moves from the start (U up, D down, L left, R right): RRDDLL",
        "```\nSoo\n##o\nGoo\n```",
        "path: [[0,0],[0,1],[0,2],[1,2],[2,2],[2,1],[2,0]]",
    ],
)
def test_an_answer_is_read_as_tools_write_it_and_people_paste_it(box: Toolbox, answer: str) -> None:
    assert box.call("verify", {"puzzle": MAZE, "answer": answer}).status == "solved"


@pytest.mark.parametrize(
    ("weight", "path", "cost"),
    [(None, "ABC", 6.0), ("length", "ABC", 6.0), ("lanes", "AC", 1.0), ("none", "AC", 1.0)],
)
def test_the_cost_of_a_graph_s_edges_can_be_chosen(
    box: Toolbox, weight: str | None, path: str, cost: float
) -> None:
    reply = box.call("solve", {**ENDS, "weight": weight, "strategy": "exact"})
    assert (reply.data["answer"]["path"], reply.data["verdict"]["cost"]) == ([*path], cost)
    assert ('its "length"' in reply.text) is (weight is None)


def test_what_was_assumed_is_said_by_every_tool_that_judges(box: Toolbox) -> None:
    held = box.call("load_puzzle", ENDS)
    assert 'the cost of an edge is its "length"' in held.data["notes"][0]
    handle = {"puzzle": held.data["handle"]}
    for reply in (
        held,
        box.call("verify", {**ENDS, "answer": "A -> C"}),
        box.call("explain", ENDS),
        box.call("solve", {**handle, "strategy": "exact"}),
        box.call("verify", {**handle, "answer": "A -> C"}),
    ):
        assert reply.data["notes"] == held.data["notes"]
        assert held.data["notes"][0] in reply.text
        assert "--" not in held.data["notes"][0]


def test_a_job_that_is_begun_again_says_what_was_assumed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    let_go, exact = threading.Event(), GraphAdapter.exact

    def held(*args: Any, **options: Any) -> Any:
        let_go.wait(PATIENCE)
        return exact(*args, **options)

    monkeypatch.setattr(GraphAdapter, "exact", held)
    with Service(jobs=JobStore(tmp_path / "jobs.sqlite")) as first:
        job = first.solve(**ENDS, strategy="exact", wait_s=0.0).data["job"]
    let_go.set()
    with Service(jobs=JobStore(tmp_path / "jobs.sqlite")) as second:
        reply = second.job("get", job, wait_s=PATIENCE)
    assert reply.status == "solved"
    assert any('its "length"' in note for note in reply.data["notes"])


def test_a_handle_s_puzzle_has_been_read_and_is_not_read_otherwise(box: Toolbox) -> None:
    handle = box.call("load_puzzle", ENDS).data["handle"]
    refused = box.call("solve", {"puzzle": handle, "weight": "lanes"})
    assert refused.data["error"]["path"] == "weight"
    assert "load the puzzle's text again" in refused.text


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"weight": "lenght"}, 'did you mean "length"?'),
        ({"box": "2x2"}, "box"),
        ({"box": "five"}, "ROWSxCOLUMNS, such as 3x2"),
        ({"start": None}, "say the argument start"),
        ({"start": None, "goal": None}, "say the arguments start and goal, or"),
    ],
)
def test_what_an_option_cannot_be_is_said_in_words_of_arguments(
    box: Toolbox, more: dict[str, Any], says: str
) -> None:
    told = box.call("solve", {**ENDS, **more})
    assert told.is_error
    assert says in told.text
    assert "--" not in told.text
    assert "in Python" not in told.text


def test_every_tool_that_reads_puzzles_takes_what_their_text_leaves_open() -> None:
    for tool in (*CORE, *MORE):
        fields = set(tool.schema["properties"])
        reads = bool(fields & {"puzzle", "puzzles", "state"})
        assert (fields >= {"start", "goal", "weight", "box"}) is reads
        assert not {"start", "goal", "weight", "box"} & set(tool.call_schema["required"])


TALL = ".321..\n62....\n..5.6.\n.....6\n..61..\n....3."
EITHER_WAY = "1.....\n" + "......\n" * 5
FIRST = ((1, 0, 0, 0, 0, 0), *((0,) * 6,) * 5)


def test_the_boxes_of_a_sudoku_stay_with_its_handle_and_its_fields(box: Toolbox) -> None:
    held = box.call("load_puzzle", {"puzzle": TALL, "box": "2x3"})
    assert held.data["puzzle"]["box"] == [2, 3]
    for puzzle in (held.data["handle"], held.data["puzzle"]):
        for tool in ("solve", "explain"):
            reply = box.call(tool, {"puzzle": puzzle})
            assert reply.status == "unsolvable", reply.text
            assert "with boxes of 2 rows and 3 columns" in reply.text
    assert "2 rows and 3 columns" in box.call("step", {"state": held.data["handle"]}).text


def test_a_handle_s_boxes_are_as_open_as_its_text_s(box: Toolbox) -> None:
    from hrm_toolkit.adapters.sudoku import SudokuAdapter, SudokuPuzzle

    tall = SudokuAdapter().exact(SudokuPuzzle(grid=FIRST, box=(3, 2))).answer
    assert tall is not None
    answer = json.dumps(tall.model_dump(mode="json")["grid"])
    handle = box.call("load_puzzle", {"puzzle": EITHER_WAY}).data["handle"]
    said = box.call("load_puzzle", {"puzzle": EITHER_WAY, "box": "2x3"}).data["handle"]
    assert handle != said
    for puzzle, status in ((EITHER_WAY, "solved"), (handle, "solved"), (said, "refuted")):
        assert box.call("verify", {"puzzle": puzzle, "answer": answer}).status == status
