"""The MCP server as the SDK's own client sees it."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from mcp import Client, MCPError, StdioServerParameters

from hrm_toolkit.planner.serve.mcp import make_server
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.toolbox import CORE, Toolbox

T = TypeVar("T")
SMALL = "1...  ..3.  .4..  ...2"
SOLVED = [[1, 3, 2, 4], [4, 2, 3, 1], [2, 4, 1, 3], [3, 1, 4, 2]]
ENDLESS = {
    "puzzle": "4.2. .... ...4 ...1",
    "strategy": "neural",
    "segments": 10_000,
    "votes": 1_000,
}
"""No answer of it is right, so that the network goes on and on."""

PATIENCE = 60.0
ERAS = ("legacy", "auto")


@pytest.fixture(params=ERAS)
def ask(service: Service, request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Runs one conversation of a client with the server, in each era of the protocol."""

    def run(conversation: Callable[[Client], Awaitable[T]], *, full: bool = False) -> T:
        async def main() -> T:
            server = make_server(Toolbox(service, full=full))
            async with Client(server, mode=request.param) as client:
                return await conversation(client)

        return asyncio.run(main())

    return run


def told(result: Any) -> tuple[str, dict[str, Any]]:
    """A result's text and data."""
    (content,) = result.content
    return content.text, result.structured_content


def test_the_tools_are_listed_with_schemas_and_annotations(ask: Callable[..., Any]) -> None:
    listed = {tool.name: tool for tool in ask(lambda client: client.list_tools()).tools}
    assert list(listed) == [tool.name for tool in CORE]
    solve = listed["solve"]
    assert solve.input_schema["additionalProperties"] is False
    assert solve.input_schema["required"] == ["puzzle"]
    assert solve.annotations.read_only_hint
    assert not solve.annotations.open_world_hint
    assert listed["job"].annotations.read_only_hint
    assert not listed["cancel"].annotations.read_only_hint
    assert not listed["cancel"].annotations.destructive_hint
    more = ask(lambda client: client.list_tools(), full=True).tools
    assert {"batch", "explain"} <= {tool.name for tool in more}


def test_an_answer_is_complete_as_text_and_as_data(ask: Callable[..., Any]) -> None:
    async def talk(client: Client) -> Any:
        held = await client.call_tool("load_puzzle", {"puzzle": SMALL})
        handle = held.structured_content["handle"]
        return await client.call_tool("solve", {"puzzle": handle, "strategy": "exact"})

    result = ask(talk)
    text, data = told(result)
    assert not result.is_error
    assert data["status"] == "solved"
    assert data["answer"]["grid"] == SOLVED
    assert text.startswith("solved: 4x4 sudoku")
    assert "source exact" in text


def test_progress_comes_once_a_segment_and_increases(ask: Callable[..., Any]) -> None:
    seen: list[tuple[float, float | None, str | None]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        seen.append((progress, total, message))

    async def talk(client: Client) -> Any:
        call = {"puzzle": SMALL, "strategy": "neural", "segments": 3}
        return await client.call_tool("solve", call, progress_callback=note)

    _, data = told(ask(talk))
    assert data["segments"] == len(seen) > 0
    assert [progress for progress, _, _ in seen] == list(range(1, len(seen) + 1))
    assert all(total == 3 for _, total, _ in seen)
    assert all("halting probability" in str(message) for _, _, message in seen)


@pytest.mark.parametrize(
    ("tool", "arguments", "right"),
    [
        ("solve", {"puzzle": SMALL, "segmnts": 3}, "segments"),
        ("verify", {"puzzle": SMALL, "anwser": "x"}, "answer"),
        ("slove", {"puzzle": SMALL}, "solve"),
    ],
)
def test_a_misspelt_name_is_an_error_that_says_the_right_one(
    ask: Callable[..., Any], tool: str, arguments: dict[str, Any], right: str
) -> None:
    result = ask(lambda client: client.call_tool(tool, arguments))
    text, data = told(result)
    assert result.is_error
    assert f'did you mean "{right}"?' in text
    assert data["error"]["hint"] == f'did you mean "{right}"?'


def test_a_refuted_answer_is_no_error(ask: Callable[..., Any]) -> None:
    wrong = {"puzzle": SMALL, "answer": "1324 4231 2413 3141"}
    result = ask(lambda client: client.call_tool("verify", wrong))
    text, data = told(result)
    assert not result.is_error
    assert data["status"] == "refuted"
    assert data["verdict"]["violations"][0]["message"] in text


def test_a_long_solve_comes_back_as_a_job_that_can_be_asked_for(
    ask: Callable[..., Any], gate: Any
) -> None:
    async def talk(client: Client) -> tuple[Any, Any, Any]:
        call = {"puzzle": "S..\n##.\nG..", "strategy": "exact", "wait_s": 0.0}
        begun = await client.call_tool("solve", call)
        job = begun.structured_content["job"]
        trace = await client.read_resource(f"hrm://jobs/{job}")
        gate.open.set()
        ended = await client.call_tool("job", {"action": "get", "id": job, "wait_s": PATIENCE})
        return begun, json.loads(trace.contents[0].text), ended

    begun, trace, ended = ask(talk)
    assert begun.structured_content["status"] == "running"
    assert trace["status"] in ("queued", "running")
    assert trace["reply"]["status"] == "running"
    assert trace["request"]["strategy"] == "exact"
    assert ended.structured_content["status"] == "solved"


@pytest.mark.usefixtures("gate")
def test_a_request_that_is_cancelled_takes_its_job_along_at_once(ask: Callable[..., Any]) -> None:
    async def jobs(client: Client) -> list[Any]:
        reply = await client.call_tool("job", {"action": "list"})
        return list(reply.structured_content["jobs"])

    async def talk(client: Client) -> tuple[list[Any], Any]:
        call = {"puzzle": "S..\n##.\nG..", "strategy": "exact"}
        kept = await client.call_tool("solve", {**call, "wait_s": 0.0})
        asked = asyncio.create_task(client.call_tool("solve", {**call, "wait_s": 300.0}))
        while len(await jobs(client)) < 2:
            await asyncio.sleep(0.01)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        while all(job["status"] in ("queued", "running") for job in await jobs(client)):
            await asyncio.sleep(0.01)
        return await jobs(client), kept.structured_content["job"]

    listed, kept = ask(talk)
    ended = {job["job"]: job["status"] for job in listed if job["status"] == "cancelled"}
    assert len(listed) == 2
    assert len(ended) == 1
    assert kept not in ended


def test_resources_are_tasks_solvers_and_own_jobs(ask: Callable[..., Any]) -> None:
    async def talk(client: Client) -> tuple[Any, ...]:
        await client.call_tool("solve", {"puzzle": SMALL, "strategy": "exact"})
        listed = await client.list_resources()
        templates = await client.list_resource_templates()
        task = await client.read_resource("hrm://tasks/sudoku")
        solver = await client.read_resource("hrm://solvers/sudoku-4x4")
        return listed.resources, templates.resource_templates, task.contents, solver.contents

    listed, templates, task, solver = ask(talk)
    uris = [resource.uri for resource in listed]
    assert {"hrm://tasks/sudoku", "hrm://solvers/maze"} <= set(uris)
    job, trace, picture = (uri for uri in uris if uri.startswith("hrm://jobs/"))
    assert (trace, picture) == (f"{job}/1/trace", f"{job}/1/picture.svg")
    assert {template.uri_template for template in templates} >= {
        "hrm://tasks/{task}",
        "hrm://solvers/{solver}",
        "hrm://jobs/{job}",
        "hrm://jobs/{job}/{number}/trace",
        "hrm://jobs/{job}/{number}/picture.svg",
        "hrm://handles/{handle}/picture.svg",
    }
    assert "its answer:" in task[0].text
    card = json.loads(solver[0].text)
    assert card["task"] == "sudoku"
    assert all(rates["n"] > 0 for rates in card["evaluation"].values() if isinstance(rates, dict))


def test_a_job_has_a_trace_and_pictures(ask: Callable[..., Any]) -> None:
    async def talk(client: Client) -> tuple[Any, ...]:
        held = (await client.call_tool("load_puzzle", {"puzzle": SMALL})).structured_content
        call = {"puzzle": held["handle"], "strategy": "neural", "segments": 3}
        job = (await client.call_tool("solve", call)).structured_content["job"]
        trace = await client.read_resource(f"hrm://jobs/{job}/1/trace")
        drawn = await client.read_resource(f"hrm://jobs/{job}/1/picture.svg")
        pixels = await client.read_resource(f"hrm://jobs/{job}/1/picture.png")
        alone = await client.read_resource(f"hrm://handles/{held['handle']}/picture.svg")
        return trace.contents[0], drawn.contents[0], pixels.contents[0], alone.contents[0]

    trace, drawn, pixels, alone = ask(talk)
    segments = json.loads(trace.text)["segments"]
    assert [told["segment"] for told in segments] == list(range(1, len(segments) + 1))
    assert segments[-1]["answer"]["grid"] == SOLVED
    assert segments[-1]["violations"] == 0
    assert drawn.mime_type == alone.mime_type == "image/svg+xml"
    assert (drawn.text.count("<text "), alone.text.count("<text ")) == (16, 4)
    assert pixels.mime_type == "image/png"
    assert base64.b64decode(pixels.blob).startswith(b"\x89PNG")


def test_a_job_does_not_tell_the_outputs_that_check_it(ask: Callable[..., Any]) -> None:
    demonstration = {"input": [[1, 0]], "output": [[0, 1]]}
    arc = {"train": [demonstration], "test": [{"input": [[2, 0]], "output": [[9]]}]}

    async def talk(client: Client) -> Any:
        call = {"puzzle": json.dumps(arc), "task": "arc", "strategy": "exact"}
        await client.call_tool("solve", call)
        listed = (await client.list_resources()).resources
        job = next(r.uri for r in listed if re.fullmatch("hrm://jobs/[^/]+", r.uri))
        return await client.read_resource(job)

    told = json.loads(ask(talk).contents[0].text)
    assert told["reply"]["status"] == "refuted"
    (puzzle,) = told["request"]["puzzles"]
    assert puzzle["train"] == [demonstration]
    assert puzzle["test"] == [{"input": [[2, 0]], "output": None}]


@pytest.mark.parametrize(
    ("uri", "hint"),
    [
        ("hrm://tasks/soduku", 'did you mean "sudoku"?'),
        ("hrm://solvers/mase", 'did you mean "maze"?'),
        ("hrm://jobs/none", "there is no job"),
        ("file:///etc/passwd", "there is no resource"),
        ("hrm://solvers/../../secret", "there is no resource"),
        ("hrm://handles/puzzle:0000/picture.svg", 'there is no "puzzle:0000"'),
    ],
)
def test_an_unknown_resource_is_refused(ask: Callable[..., Any], uri: str, hint: str) -> None:
    async def talk(client: Client) -> MCPError:
        with pytest.raises(MCPError) as refused:
            await client.read_resource(uri)
        return refused.value

    error = ask(talk)
    assert hint in str(error)
    assert error.data["uri"] == uri


def test_prompts_are_filled_in_and_misspelt_arguments_refused(ask: Callable[..., Any]) -> None:
    async def talk(client: Client) -> tuple[Any, Any, list[str]]:
        listed = await client.list_prompts()
        filled = await client.get_prompt("solve_puzzle", {"puzzle": SMALL, "task": "sudoku"})
        refusals = []
        for name, arguments in (
            ("solve_puzzle", {"puzle": SMALL}),
            ("solve_puzzle", {}),
            ("solve", {}),
        ):
            with pytest.raises(MCPError) as refused:
                await client.get_prompt(name, arguments)
            refusals.append(str(refused.value))
        return listed, filled, refusals

    listed, filled, (misspelt, missing, unknown) = ask(talk)
    assert [prompt.name for prompt in listed.prompts] == ["solve_puzzle", "check_answer"]
    text = filled.messages[0].content.text
    assert text.startswith("Solve this sudoku puzzle.")
    assert SMALL in text
    assert 'did you mean "puzzle"?' in misspelt
    assert "is missing" in missing
    assert 'did you mean "solve_puzzle"?' in unknown


def test_without_the_sdk_the_extra_is_named() -> None:
    script = (
        "import sys; sys.modules['mcp_types'] = None\n"
        "try:\n    import hrm_toolkit.planner.serve.mcp\n"
        "except Exception as error:\n    print(error)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == (
        "this needs the package mcp, which is not installed; pip install 'hrm-toolkit[mcp]'\n"
    )


SERVE = (sys.executable, "-m", "hrm_toolkit", "serve", "--mcp")


async def begun(client: Client) -> asyncio.Task[Any]:
    """A call without an end, of which a segment has been told."""
    told = asyncio.Event()

    async def note(*_: Any) -> None:
        told.set()

    arguments = {**ENDLESS, "wait_s": 300.0}
    asked = asyncio.create_task(client.call_tool("solve", arguments, progress_callback=note))
    asked.add_done_callback(lambda _: told.set())
    await told.wait()
    assert not asked.done()
    return asked


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("over", ["stdio", "http"])
def test_a_request_that_is_cancelled_ends_its_solve(mcp_url: str, over: str, era: str) -> None:
    stdio = StdioServerParameters(command=SERVE[0], args=[*SERVE[1:]])

    async def main() -> Any:
        async with Client(stdio if over == "stdio" else mcp_url, mode=era) as client:
            asked = await begun(client)
            asked.cancel()
            while True:
                listed = await client.call_tool("job", {"action": "list"})
                (job,) = listed.structured_content["jobs"]
                if job["status"] not in ("queued", "running"):
                    return job

    # By itself it would end as done, when the job's own time is over.
    assert asyncio.run(main())["status"] == "cancelled"
