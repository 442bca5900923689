"""``agent``: a scripted endpoint at the other end, on loopback."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from running import EXAMPLES, Command, Ran

from hrm_toolkit.planner.agent.testing import Call, Fails, Says, ScriptedServer, Served

PUZZLE = "1.....3..4.....2"
SOLVE = Call("solve", {"puzzle": PUZZLE, "strategy": "exact", "wait_s": 60})
GOAL = "Solve it."
SAYS = "The second row is 4231."


def ask(command: Command, script: Iterable[Served], *options: object) -> tuple[Ran, ScriptedServer]:
    with ScriptedServer(script) as server:
        where = ("--base-url", server.base_url, "--model", "tiny")
        return command("agent", f"Solve {PUZZLE}", *where, *options), server


def test_a_verified_answer(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "k-1")
    ran, server = ask(
        command,
        [SOLVE, Says(SAYS, tokens=9)],
        "--api-key-env",
        "SOME_KEY",
        "--set",
        "temperature=0",
    )
    assert ran.status == 0
    assert ran.out.startswith("solved: 4x4 sudoku; the rules accept this answer")
    assert "│ 4 2 │ 3 1 │" in ran.out
    assert f"the model's own words: {SAYS}" in ran.out
    assert "2 calls · 1 tool call · about " in ran.out
    said = [line.split()[0] for line in ran.err.splitlines()]
    assert said == ["?", ">", "=", "=", "?"]
    assert {headers["authorization"] for headers in server.headers} == {"Bearer k-1"}
    assert {body["temperature"] for body in server.requests} == {0}
    assert all(body["stream"] for body in server.requests)


def test_json_is_alone_on_stdout(command: Command, tmp_path: Path) -> None:
    record = tmp_path / "run.jsonl"
    ran, server = ask(command, [SOLVE, SAYS], "--json", "--record", record, "--no-stream")
    assert (ran.status, ran.err) == (0, "")
    assert ran.object["status"] == "solved"
    assert ran.object["verified"]
    assert ran.object["answer"]["grid"][1] == [4, 2, 3, 1]
    assert ran.object["transcript"] == str(record)
    kinds = [json.loads(line)["kind"] for line in record.read_text().splitlines()]
    assert kinds == ["begin", "chat", "tool", "tool", "tool", "chat", "end"]
    assert not any("stream" in body for body in server.requests)


def test_an_unverified_answer_is_labelled_and_costs_the_status(command: Command) -> None:
    ran, _ = ask(command, ["It is 42.\x1b[2J"] * 3)
    assert ran.status == 1
    assert ran.out.startswith("unverified: no tool has checked what the model says\nIt is 42.")
    assert "\x1b" not in ran.out + ran.err
    ran, _ = ask(command, [SAYS] * 3, "--json")
    assert (ran.status, ran.object["status"], ran.object["verified"]) == (1, "unverified", False)


def test_a_puzzle_beside_the_goal(command: Command) -> None:
    file = EXAMPLES / "maze-small.json"
    wrong = "```answer\n[[0, 0], [5, 5]]\n```"

    def solve(handle: str) -> Call:
        return Call("solve", {"puzzle": handle, "strategy": "exact", "wait_s": 60})

    ran, server = ask(command, [wrong, wrong], "--puzzle", file, "--budget-calls", 1, "--json")
    assert (ran.status, ran.object["status"], ran.object["stopped"]) == (1, "refuted", "calls")
    handle = ran.object["puzzle"]
    assert handle in server.requests[0]["messages"][1]["content"]
    ran, _ = ask(command, [wrong, solve(handle), SAYS], "--puzzle", file, "--json")
    assert (ran.status, ran.object["status"]) == (0, "solved")
    assert ran.object["as_written"]
    ran, _ = ask(command, [SOLVE, SAYS, SAYS, SAYS], "--puzzle", file, "--json")
    assert (ran.status, ran.object["status"]) == (1, "unverified")


def test_an_endpoint_that_fails_is_one_line(command: Command) -> None:
    refused = Fails(401, {"error": {"message": "who are you?"}})
    ran, _ = ask(command, [refused])
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.splitlines()[-1] == (
        "error: the endpoint answered 401: who are you?; "
        "set the API key, or name its environment variable"
    )
    ran, _ = ask(command, [refused], "--json")
    assert ran.object["error"]["code"] == "endpoint"
    ran, _ = ask(command, [Fails(503)] * 3, "--json", "--retries", 0)
    assert "gave up after 1 attempt" in ran.object["error"]["hint"]
    # What was verified before is told all the same.
    ran, _ = ask(command, [SOLVE, refused])
    assert ran.status == 0
    assert "the endpoint failed: the endpoint answered 401" in ran.out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--base-url", "localhost:11434"), "http://localhost:11434/v1"),
        (("--set", "temperature"), "KEY=VALUE"),
        (("--budget-calls", "0"), "expected 1 to 100,000; got 0"),
        (("--puzzle", "nowhere.txt"), "nowhere.txt"),
        (("--puzzle", str(EXAMPLES / "sudoku-4x4.txt"), "--adapter", "maze"), "sudoku-4x4.txt"),
        (("--record", "nowhere/run.jsonl"), "record cannot be written"),
        (("--budgt-calls", "3"), 'did you mean "--budget-calls"?'),
    ],
)
def test_bad_usage(command: Command, options: tuple[str, ...], says: str) -> None:
    base = () if "--base-url" in options else ("--base-url", "http://127.0.0.1:9/v1")
    ran = command("agent", GOAL, *base, "--model", "tiny", *options)
    assert (ran.status, ran.out) == (2, "")
    assert says in ran.err
    assert len(ran.err.splitlines()) == 1


def test_ctrl_c_leaves_what_there_is() -> None:
    script = [SOLVE, Fails(200, "", seconds=30)]
    with ScriptedServer(script) as server:
        command = [sys.executable, "-m", "hrm_toolkit", "agent", f"Solve {PUZZLE}"]
        command += ["--base-url", server.base_url, "--model", "tiny", "--json"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while len(server.requests) < 2 and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    result = json.loads(out)
    assert (result["status"], result["stopped"]) == ("solved", "interrupted")
