"""The planner: proposals are verified, refutations come back as critique, budgets hold."""

from __future__ import annotations

import errno
import io
import json
import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from hrm_toolkit import Planner
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import InputError, StorageError
from hrm_toolkit.planner.agent.chat import ChatClient, ChatError, Event, Message
from hrm_toolkit.planner.agent.ledger import Ledger
from hrm_toolkit.planner.agent.planner import PlannerBudget, PlannerResult
from hrm_toolkit.planner.agent.testing import (
    Call,
    Fails,
    Says,
    Scripted,
    ScriptedChat,
    ScriptedServer,
    Served,
)
from hrm_toolkit.planner.reply import Reply
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.toolbox import Toolbox

PUZZLE = "1... ..3. .4.. ...2"
ANSWER = "1324 4231 2413 3142"
WRONG = "1324 4231 2413 3124"
OTHER = ("2... ..4. .1.. ...3", "2431 1342 3124 4213")
GRID = [[1, 3, 2, 4], [4, 2, 3, 1], [2, 4, 1, 3], [3, 1, 4, 2]]
SOLVE = Call("solve", {"puzzle": PUZZLE, "strategy": "exact", "wait_s": 60})
GOAL = f"Solve the sudoku {PUZZLE}."


@pytest.fixture(scope="module")
def toolbox() -> Iterator[Toolbox]:
    with Service() as service:
        yield Toolbox(service, full=True)


def block(answer: str, label: str = "answer") -> str:
    return f"I propose:\n```{label}\n{answer}\n```\n"


def run(
    toolbox: Toolbox,
    *script: Scripted,
    goal: str = GOAL,
    puzzle: Any = None,
    record: Path | None = None,
    events: list[Event] | None = None,
    **budget: Any,
) -> tuple[PlannerResult, ScriptedChat]:
    chat = ScriptedChat(script)
    listen = None if events is None else events.append
    planner = Planner(chat, toolbox, budget=PlannerBudget(**budget), record=record, on_event=listen)
    return planner.run(goal, puzzle=puzzle), chat


def heard(chat: ScriptedChat) -> Message:
    """The last message before the model's last reply."""
    return chat.requests[-1][-1]


def test_a_tool_answers_and_the_rules_accept(toolbox: Toolbox) -> None:
    result, chat = run(toolbox, SOLVE, "There you are.")
    assert (result.status, result.verified, result.stopped) == ("solved", True, "done")
    assert result.answer is not None
    assert result.answer["grid"] == GRID
    assert (result.task, result.words) == ("sudoku", "There you are.")
    assert result.data is not None
    assert result.data["source"] == "exact"
    assert result.text.startswith("solved: 4x4 sudoku; the rules accept this answer")
    assert result.as_written
    assert (result.calls, result.tool_calls, result.notes) == (2, 1, ())
    assert heard(chat).role == "tool"
    assert "solved" in heard(chat).content
    assert {tool["function"]["name"] for tool in chat.tools} == {t.name for t in toolbox.tools}


def test_a_refuted_proposal_comes_back_with_its_places(toolbox: Toolbox) -> None:
    result, chat = run(toolbox, block(WRONG), block(ANSWER, "json"), puzzle=PUZZLE)
    assert (result.status, result.verified, result.calls) == ("solved", True, 2)
    assert result.answer is not None
    assert result.answer["grid"] == GRID
    assert heard(chat).role == "user"
    assert "column 3 has two 2s, at rows 1 and 4" in heard(chat).content


def test_an_answer_as_the_whole_reply_is_one(toolbox: Toolbox) -> None:
    result, _ = run(toolbox, ANSWER, puzzle=PUZZLE)
    assert (result.status, result.calls) == ("solved", 1)


def test_a_wrong_answer_as_the_whole_reply_is_told_where(toolbox: Toolbox) -> None:
    result, chat = run(toolbox, WRONG, ANSWER, puzzle=PUZZLE)
    assert (result.status, result.calls) == ("solved", 2)
    assert "column 3 has two 2s, at rows 1 and 4" in heard(chat).content


def test_the_model_may_have_its_answer_verified_by_the_tool(toolbox: Toolbox) -> None:
    wrong = Call("verify", {"puzzle": PUZZLE, "answer": WRONG})
    right = Call("verify", {"puzzle": PUZZLE, "answer": ANSWER})
    result, chat = run(toolbox, wrong, right, "Verified.")
    assert (result.status, result.as_written) == ("solved", True)
    refuted = next(m for m in chat.requests[1] if m.role == "tool")
    assert "refuted" in refuted.content


def test_words_alone_are_labelled_unverified(toolbox: Toolbox) -> None:
    said = "The answer is surely 1324 4231 2413 3142, believe me."
    result, chat = run(toolbox, said, said, said, puzzle=PUZZLE)
    assert (result.status, result.verified, result.answer) == ("unverified", False, None)
    assert result.text == f"unverified: no tool has checked what the model says\n{said}"
    assert "Nothing that you have said so far has been verified" in heard(chat).content
    result, chat = run(toolbox, "42", block("42"), "42", goal="What is 6 times 7?")
    assert (result.status, result.verified, result.puzzle) == ("unverified", False, None)
    assert "call load_puzzle" in heard(chat).content


def test_giving_up_after_a_refutation_is_unverified(toolbox: Toolbox) -> None:
    result, _ = run(toolbox, block(WRONG), "I give up.", "Yes.", "Yes.", puzzle=PUZZLE)
    assert (result.status, result.verified, result.stopped) == ("unverified", False, "done")


def test_the_answer_of_another_puzzle_does_not_count(toolbox: Toolbox) -> None:
    puzzle, answer = OTHER
    solve = Call("solve", {"puzzle": puzzle, "strategy": "exact", "wait_s": 60})
    verify = Call("verify", {"puzzle": puzzle, "answer": answer})
    script: list[Scripted] = [solve, verify, "Solved!", "Solved!", "Solved!"]
    result, chat = run(toolbox, *script, puzzle=PUZZLE)
    assert (result.status, result.verified, result.answer) == ("unverified", False, None)
    told = [m.content for m in chat.requests[-1] if m.role == "tool"]
    assert all("solved" in text and "no answer to puzzle:" in text for text in told)


def test_a_puzzle_that_the_model_miscopied_is_said_to_be(toolbox: Toolbox) -> None:
    result, _ = run(toolbox, SOLVE, "Done.", goal="Solve the sudoku 1... ..3. .4.. ...1")
    assert (result.verified, result.as_written) == (True, False)
    assert "compare the two" in result.notes[0]
    listed = [[1, 0, 2, 4], *GRID[1:]]
    verify = Call("verify", {"puzzle": listed, "answer": ANSWER, "task": "sudoku"})
    for goal in (f"Solve {listed}", "Solve 1.24\n4231\n2413\n3142 now"):
        result, _ = run(toolbox, verify, "Done.", goal=goal)
        assert (result.status, result.as_written, result.notes) == ("solved", True, ())


@pytest.mark.parametrize(
    ("copied", "goal", "whole"),
    [
        ("S..\n..G", "Solve this maze:\nS..\n..G\n.#.", False),
        ("S..\n..G\n.#.", "Solve this maze:\nS..\n..G\n.#.", True),
        ("S..\\n..G\\n.#.", "Solve this maze: S..\n..G\n.#..", True),
        (PUZZLE, f"Solve {PUZZLE} in less than 10 steps.", True),
        (PUZZLE, f"Solve {PUZZLE.replace('.', '0')}...", True),
        (PUZZLE, f"Solve {PUZZLE} ....", False),
        ("start A\ngoal C\nA -- B\nB -- C", "start A\ngoal C\nA -- B\nB -- C\nA -- C", False),
        ("start A\ngoal C\nA -- B\nB -- C", "start A\ngoal C\nA -- B\nB -- C", True),
    ],
)
def test_a_part_of_a_puzzle_is_not_the_puzzle(
    toolbox: Toolbox, copied: str, goal: str, whole: bool
) -> None:
    def check(name: str, arguments: dict[str, Any]) -> Reply:
        return toolbox.call(name, arguments)

    ledger = Ledger(toolbox, check)
    arguments = json.dumps({"puzzle": copied})
    ledger.note("load_puzzle", arguments, toolbox.call("load_puzzle", arguments))
    assert ledger.puzzle is not None
    assert ledger.as_written(goal) == whole


def test_a_puzzle_that_cannot_be_solved_is_proved_so(toolbox: Toolbox) -> None:
    clash = "12.. ..3. ...4 ...."
    solve = Call("solve", {"puzzle": clash, "strategy": "exact", "wait_s": 60})
    result, _ = run(toolbox, solve, "There is none.", puzzle=clash)
    assert (result.status, result.verified, result.answer) == ("unsolvable", True, None)
    # The proof is about that puzzle alone.
    result, _ = run(toolbox, solve, "None.", "None.", "None.", puzzle=PUZZLE)
    assert (result.status, result.verified) == ("unverified", False)


def test_known_outputs_check_an_answer_and_are_never_shown(toolbox: Toolbox) -> None:
    demonstration = {"input": [[1, 0]], "output": [[0, 1]]}
    arc = {"train": [demonstration], "test": [{"input": [[2, 0]], "output": [[9, 8, 7, 6, 5]]}]}

    def use(tool: str, **arguments: Any) -> Scripted:
        def ask(messages: Sequence[Message]) -> Call:
            handle = messages[1].content.partition("loaded as ")[2].partition(":\n")[0]
            named = "state" if tool == "step" else "puzzle"
            return Call(tool, {named: handle, "task": "arc", **arguments})

        return ask

    none = '{"attempts": []}'
    script = [
        use("load_puzzle"),
        use("render"),
        use("render", answer=none),
        use("verify", answer=none),
        use("step"),
        use("explain"),
        use("solve", strategy="exact", wait_s=60),
        block('{"attempts": [[[[9, 8, 7, 6, 5]]]]}'),
    ]
    result, chat = run(toolbox, *script, goal="Solve it.", puzzle=arc)
    assert (result.status, result.task) == ("solved", "arc")
    heard = [message.content for message in chat.requests[-1]]
    assert sum("2.  ->  ?" in said for said in heard) >= 5
    assert not any("98765" in said for said in heard)
    loaded = toolbox.call("load_puzzle", {"puzzle": json.dumps(arc), "task": "arc"})
    assert loaded.data["puzzle"]["test"] == [{"input": [[2, 0]], "output": None}]


def test_a_game_played_step_by_step_counts(toolbox: Toolbox) -> None:
    maze = get_adapter("maze").parse("S..\n.#.\n..G")

    def play(messages: Sequence[Message]) -> Call | str:
        state, said = messages[-1].content.split(" ", 1)
        if "solved" in said:
            return "I have arrived."
        legal = said.partition("legal actions: ")[2]
        return Call("step", {"state": state, "action": "south" if "south" in legal else "east"})

    start = Call("step", {"state": maze.model_dump_json()})
    result, _ = run(toolbox, start, *[play] * 8, puzzle=maze)
    assert (result.status, result.verified, result.task) == ("solved", True, "maze")
    assert result.answer is not None
    assert result.answer["path"] == [[0, 0], [1, 0], [2, 0], [2, 1], [2, 2]]


def test_an_answer_that_a_job_brings_counts(toolbox: Toolbox) -> None:
    def ask(messages: Sequence[Message]) -> Call:
        job = messages[-1].content.rpartition('id "')[2].partition('"')[0]
        return Call("job", {"action": "get", "id": job, "wait_s": 60})

    # Nine by nine, so that it takes longer than nothing.
    puzzle = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
    solve = Call("solve", {"puzzle": puzzle, "strategy": "exact", "wait_s": 0})
    chat = ScriptedChat([solve, ask, "Done."])
    result = Planner(chat, toolbox).run(f"Solve {puzzle}")
    assert (result.status, result.verified, result.as_written) == ("solved", True, True)


@pytest.mark.parametrize(
    "arguments", ["{", "[]", '{"puzle": "S.G"}', '{"puzzle": 3.5}', "", "null"]
)
def test_malformed_arguments_are_explained_to_the_model(toolbox: Toolbox, arguments: str) -> None:
    result, chat = run(toolbox, Call("solve", arguments), SOLVE, "Done.")
    assert result.status == "solved"
    first = next(m for m in chat.requests[1] if m.role == "tool")
    assert first.content.startswith("error (")
    assert "A correct call" in first.content


def test_a_tool_that_is_not_there_is_explained(toolbox: Toolbox) -> None:
    result, chat = run(toolbox, Call("slove", {}), SOLVE, "Done.")
    assert result.status == "solved"
    first = next(m for m in chat.requests[1] if m.role == "tool")
    assert 'did you mean "solve"?' in first.content


def test_several_calls_in_one_reply_are_each_answered(toolbox: Toolbox) -> None:
    calls = (Call("describe", {"task": "sudoku"}, id="same"), Call("describe", {}, id="same"))
    result, chat = run(toolbox, Says("", calls), Says("", (SOLVE, SOLVE)), "Done.")
    assert (result.status, result.tool_calls) == ("solved", 4)
    asked = [call.id for m in chat.requests[-1] for call in m.tool_calls]
    answered = [m.tool_call_id for m in chat.requests[-1] if m.role == "tool"]
    assert asked == answered
    assert len(set(asked)) == 4


def test_a_long_reply_of_a_tool_is_cut_for_the_model(toolbox: Toolbox) -> None:
    maze = "\n".join(["S" + "." * 149, *["." * 150] * 148, "." * 149 + "G"])
    batch = Call("batch", {"puzzles": [maze] * 8, "strategy": "exact", "wait_s": 60})
    _, chat = run(toolbox, batch, "Done.", "Done.", "Done.", goal="Solve some mazes.")
    assert max(len(m.content) for m in chat.requests[-1]) < 17_000


@pytest.mark.parametrize(
    ("budget", "stopped", "calls"),
    [
        ({"calls": 2}, "calls", 2),
        ({"tokens": 250}, "tokens", 3),
        ({"tool_calls": 2}, "tool_calls", 3),
    ],
)
def test_a_budget_ends_the_run(
    toolbox: Toolbox, budget: dict[str, Any], stopped: str, calls: int
) -> None:
    ask = Says("", (Call("describe", {}),), tokens=100)
    result, chat = run(toolbox, *[ask] * 9, **budget)
    assert (result.status, result.verified, result.stopped) == ("none", False, stopped)
    assert result.calls == len(chat.requests) == calls
    assert result.tokens == 100 * calls
    assert not result.tokens_estimated
    assert "budget of " + stopped.replace("_", " ") in result.notes[0]


def test_what_was_verified_outlives_the_budget(toolbox: Toolbox) -> None:
    result, _ = run(toolbox, SOLVE, calls=1)
    assert (result.status, result.verified, result.stopped) == ("solved", True, "calls")
    assert result.answer is not None
    assert result.answer["grid"] == GRID
    assert result.words == ""


def test_the_last_refuted_answer_is_kept(toolbox: Toolbox) -> None:
    result, _ = run(toolbox, block(WRONG), puzzle=PUZZLE, calls=1)
    assert (result.status, result.verified, result.stopped) == ("refuted", False, "calls")
    assert result.answer is not None
    assert result.answer["grid"][3] == [3, 1, 2, 4]
    assert "column 3 has two 2s, at rows 1 and 4" in result.text


def test_tokens_are_estimated_where_nobody_counts(toolbox: Toolbox) -> None:
    result, _ = run(toolbox, SOLVE, "Done.")
    assert result.tokens_estimated
    assert result.tokens > 500
    few, _ = run(toolbox, SOLVE, tokens=1)
    assert (few.stopped, few.calls) == ("tokens", 1)


class Slow(ScriptedChat):
    """A model that thinks longer than anybody waits, and heeds no deadline."""

    def __init__(self) -> None:
        super().__init__([])
        self.released, self.told = threading.Event(), threading.Event()

    def complete(self, *args: Any, **options: Any) -> Any:
        self.released.wait(30)
        options["on_event"](Event("text", "too late"))
        self.told.set()
        raise ChatError("too late")


def test_the_wall_clock_is_kept_by_whoever_does_not_heed_it(toolbox: Toolbox) -> None:
    events: list[Event] = []
    chat = Slow()
    planner = Planner(chat, toolbox, budget=PlannerBudget(seconds=0.2), on_event=events.append)
    began = time.monotonic()
    result = planner.run(GOAL)
    took = time.monotonic() - began
    chat.released.set()
    assert (result.status, result.stopped) == ("none", "seconds")
    # The model would have taken 30 seconds.
    assert took < 15
    assert chat.told.wait(30)
    assert [event.kind for event in events] == ["call"]


def test_an_endpoint_that_fails_leaves_what_there_is(toolbox: Toolbox) -> None:
    failed = ChatError("the endpoint answered 500", status=500)
    result, _ = run(toolbox, SOLVE, failed)
    assert (result.status, result.verified, result.stopped) == ("solved", True, "error")
    assert "answered 500" in result.notes[0]
    result, _ = run(toolbox, failed)
    assert (result.status, result.verified, result.stopped) == ("none", False, "error")
    assert result.error is not None
    assert result.error["code"] == "endpoint"


def test_an_interrupted_run_leaves_what_there_is(toolbox: Toolbox) -> None:
    def interrupt(messages: Sequence[Message]) -> str:
        raise KeyboardInterrupt

    result, _ = run(toolbox, SOLVE, interrupt)
    assert (result.status, result.verified, result.stopped) == ("solved", True, "interrupted")


def test_every_call_is_recorded_with_its_verdict(toolbox: Toolbox, tmp_path: Path) -> None:
    record = tmp_path / "run.jsonl"
    verify = Call("verify", {"puzzle": PUZZLE, "answer": WRONG})
    script: list[Scripted] = [
        verify,
        Call("solve", "{"),
        block(WRONG),
        Says(block(ANSWER), tokens=7),
    ]
    result, _ = run(toolbox, *script, puzzle=PUZZLE, record=record)
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    assert result.transcript == str(record)
    assert [(line["kind"], line.get("by"), line.get("verdict")) for line in lines] == [
        ("begin", None, None),
        ("tool", "planner", "ok"),
        ("chat", None, None),
        ("tool", "model", "refuted"),
        ("tool", "planner", "ok"),
        ("chat", None, None),
        ("tool", "model", "error"),
        ("chat", None, None),
        ("tool", "planner", "refuted"),
        ("critique", None, None),
        ("chat", None, None),
        ("tool", "planner", "solved"),
        ("end", None, None),
    ]
    assert lines[0]["goal"] == GOAL
    assert lines[3]["data"]["verdict"]["violations"][0]["places"]
    assert lines[6]["arguments"] == "{"
    assert (lines[2]["tokens_estimated"], lines[10]["tokens_estimated"]) == (True, False)
    assert lines[10]["tokens"] == 7
    assert (lines[-1]["status"], lines[-1]["verified"]) == ("solved", True)
    run(toolbox, SOLVE, "Done.", record=record)
    again = record.read_text().splitlines()
    assert [json.loads(line)["kind"] for line in again].count("begin") == 2


def test_a_record_that_cannot_be_begun_stops_the_run_first(
    toolbox: Toolbox, tmp_path: Path
) -> None:
    chat = ScriptedChat([SOLVE])
    with pytest.raises(StorageError, match="record cannot be written"):
        Planner(chat, toolbox, record=tmp_path / "nowhere" / "run.jsonl").run(GOAL)
    assert chat.requests == []


class FullDisk(io.StringIO):
    """A file that takes no more."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_record_on_a_full_disk_ends_and_the_run_goes_on(
    toolbox: Toolbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, usual = tmp_path / "run.jsonl", Path.open

    def begin(path: Path, *args: Any, **options: Any) -> Any:
        return FullDisk() if path == record else usual(path, *args, **options)

    monkeypatch.setattr(Path, "open", begin)
    result, chat = run(toolbox, SOLVE, "Done.", record=record)
    assert (result.verified, len(chat.requests)) == (True, 2)
    assert result.notes == (f"the record {record} ends early: {os.strerror(errno.ENOSPC)}",)


def test_events_tell_what_goes_on(toolbox: Toolbox) -> None:
    events: list[Event] = []
    run(toolbox, block(WRONG), SOLVE, "Done.", puzzle=PUZZLE, events=events)
    kinds = [event.kind for event in events]
    assert kinds == ["call", "text", "verdict", "critique", "call", "tool", "verdict",
                     "verdict", "call", "text"]  # fmt: skip
    assert "call 1 of 20" in events[0].text
    assert "refuted" in events[2].text


def test_a_given_puzzle_is_shown_by_its_handle(toolbox: Toolbox) -> None:
    _, chat = run(
        toolbox, ANSWER, puzzle={"task": "sudoku", "grid": [[1, 0, 0, 0]] + [[0] * 4] * 3}
    )
    asked = chat.requests[0][1].content
    assert "The puzzle is loaded as puzzle:" in asked
    with pytest.raises(InputError, match="13 cells"):
        run(toolbox, ANSWER, puzzle="1... ..3. .4.. .")
    with pytest.raises(InputError, match="puzzle:dead"):
        run(toolbox, ANSWER, puzzle="puzzle:dead")


def test_a_reply_cut_short_is_answered_so(toolbox: Toolbox) -> None:
    cut = Says("Let me think about row 1. It has", cut=True)
    _, chat = run(toolbox, cut, ANSWER, puzzle=PUZZLE)
    assert "cut off" in heard(chat).content


def test_the_tools_are_python_functions() -> None:
    tools = {tool.name: tool for tool in Planner.tools()}
    assert set(tools) == {"describe", "load_puzzle", "solve", "verify", "step", "job", "cancel"}
    handle = tools["load_puzzle"](puzzle=PUZZLE).data["handle"]
    assert tools["verify"](puzzle=handle, answer=ANSWER).status == "solved"
    assert "refuted" in tools["verify"].say(puzzle=handle, answer=WRONG)
    assert 'did you mean "puzzle"?' in tools["verify"].say(puzle=handle, answer=WRONG)
    assert tools["verify"].schema["required"] == ["puzzle", "answer"]
    assert "generate" in {tool.name for tool in Planner.tools(full=True)}


def test_half_a_surrogate_pair_in_the_goal_stops_nothing(toolbox: Toolbox, tmp_path: Path) -> None:
    record = tmp_path / "run.jsonl"
    with (
        ScriptedServer([SOLVE, "Done."]) as server,
        ChatClient(server.base_url, "tiny", backoff=0) as chat,
    ):
        result = Planner(chat, toolbox, record=record).run(f"\udcff {GOAL}")
    assert result.verified
    assert json.loads(record.read_text().splitlines()[0])["goal"] == f"? {GOAL}"
    assert server.requests[0]["messages"][1]["content"] == f"? {GOAL}"


@pytest.mark.parametrize("stream", [True, False])
def test_over_a_real_socket(toolbox: Toolbox, stream: bool) -> None:
    script: list[Served] = [
        Fails(500),
        block(WRONG),
        Fails(429, headers={"Retry-After": "0"}),
        SOLVE,
        "Done.",
    ]
    with (
        ScriptedServer(script, api_key="k") as server,
        ChatClient(server.base_url, "tiny", api_key="k", stream=stream, backoff=0) as chat,
    ):
        result = Planner(chat, toolbox).run(GOAL, puzzle=PUZZLE)
    assert (result.status, result.verified, result.calls) == ("solved", True, 3)
    assert [len(body["messages"]) for body in server.requests] == [2, 2, 4, 4, 6]
