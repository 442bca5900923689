"""The MCP server over stdin and stdout, as a process of its own: how it begins and ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from mcp import Client, StdioServerParameters

from hrm_toolkit.adapters.registry import BUILT_IN
from hrm_toolkit.planner.jobs.store import JobStore
from tests.planner.test_mcp import ENDLESS, PATIENCE, SERVE, SMALL, SOLVED, begun

HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "raw", "version": "1"},
}


def test_the_sdks_client_solves_over_stdio() -> None:
    async def main() -> Any:
        server = StdioServerParameters(command=SERVE[0], args=[*SERVE[1:]])
        async with Client(server) as client:
            call = {"puzzle": SMALL, "strategy": "exact", "wait_s": PATIENCE}
            return await client.call_tool("solve", call)

    assert asyncio.run(main()).structured_content["answer"]["grid"] == SOLVED


def test_a_client_that_goes_leaves_its_job_to_the_next_server(tmp_path: Path) -> None:
    file = tmp_path / "jobs.sqlite"

    async def main() -> None:
        server = StdioServerParameters(command=SERVE[0], args=[*SERVE[1:], "--jobs", str(file)])
        async with Client(server) as client:
            asked = await begun(client)
        await asyncio.gather(asked, return_exceptions=True)

    asyncio.run(main())
    with JobStore(file) as jobs:
        (job,) = jobs.list()
        assert not job.ended
        assert [again.id for again in jobs.resume()] == [job.id]


class Raw:
    """A server and a client without an SDK."""

    def __init__(self, server: subprocess.Popen[str], to: IO[str], back: IO[str]) -> None:
        self.server, self.to, self.back, self.asked = server, to, back, 0

    def send(self, method: str, params: dict[str, Any]) -> None:
        self.asked += 1
        request = {"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params}
        print(json.dumps(request), file=self.to, flush=True)

    def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self.send(method, params)
        while True:
            told: dict[str, Any] = json.loads(self.back.readline())
            if told.get("id") == self.asked:
                return dict(told["result"])

    def greet(self) -> dict[str, Any]:
        result = self.ask("initialize", HELLO)
        note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        print(json.dumps(note), file=self.to, flush=True)
        return result

    def left(self) -> tuple[int, str]:
        """The exit status and what stands on stderr, once it has ended by itself."""
        assert self.server.stderr is not None
        return self.server.wait(PATIENCE), self.server.stderr.read()


@contextmanager
def raw(*, terminal: bool = False, command: tuple[str, ...] = SERVE) -> Iterator[Raw]:
    if terminal:
        ours, theirs = os.openpty()
        server = subprocess.Popen(command, stdin=theirs, stdout=-1, stderr=-1, text=True)
        os.close(theirs)
        to = os.fdopen(ours, "w")
    else:
        server = subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1, text=True)
        assert server.stdin is not None
        to = server.stdin
    assert server.stdout is not None
    assert server.stderr is not None
    try:
        yield Raw(server, to, server.stdout)
    finally:
        server.kill()
        server.wait()
        for stream in (to, server.stdout, server.stderr):
            stream.close()


def test_a_line_that_is_no_message_is_answered() -> None:
    lines = {
        "not json": (None, -32700),
        '{"id": 7, "method": "ping"}': (7, -32600),
        '{"jsonrpc": "2.0", "id": "a", "method": 5}': ("a", -32600),
        '{"jsonrpc": "2.0", "id": 8, "method": "tools/call", "params": [1]}': (8, -32600),
        "[1, 2]": (None, -32600),
    }
    with raw() as client:
        client.greet()
        for line, expected in lines.items():
            print(line, file=client.to, flush=True)
            told = json.loads(client.back.readline())
            assert (told["id"], told["error"]["code"]) == expected


@pytest.mark.parametrize(("at", "terminal"), [("a call", False), ("rest", True)])
def test_one_interrupt_ends_it_though_stdin_stays_open(at: str, terminal: bool) -> None:
    with raw(terminal=terminal) as client:
        client.greet()
        if at == "a call":
            # A segment has been told: the call is in the midst of its network.
            meta = {"_meta": {"progressToken": 1}}
            arguments = {"name": "solve", "arguments": {**ENDLESS, "wait_s": 300}}
            client.send("tools/call", {**arguments, **meta})
            assert "notifications/progress" in client.back.readline()
        client.server.send_signal(signal.SIGINT)
        assert client.left() == (130, "interrupted\n")


def test_an_end_of_input_at_once_is_quiet() -> None:
    ran = subprocess.run(
        SERVE, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_an_end_of_input_leaves_open_jobs_and_is_quiet() -> None:
    with raw() as client:
        client.greet()
        for _ in range(3):
            call = {"name": "solve", "arguments": {**ENDLESS, "wait_s": 0}}
            running = client.ask("tools/call", call)["structuredContent"]
            assert running["status"] == "running"
        client.to.close()
        assert client.left() == (0, "")


def test_a_client_that_reads_no_more_has_gone() -> None:
    with raw() as client:
        client.greet()
        client.back.close()
        client.send("tools/list", {})
        client.to.close()
        assert client.left() == (0, "")


PRINTING = (
    "import sys\n"
    "from hrm_toolkit.planner import puzzles\n"
    "from hrm_toolkit.cli import main\n"
    "puzzles.warm_up = lambda task: print('printed', task, flush=True)\n"
    "sys.exit(main(['serve', '--mcp']))"
)


def test_what_is_printed_while_it_warms_is_no_part_of_the_protocol() -> None:
    with raw(command=(sys.executable, "-c", PRINTING)) as client:
        client.greet()
        assert client.server.stderr is not None
        assert client.server.stderr.readline() == "printed arc\n"
        assert client.ask("tools/list", {})["tools"]
        client.to.close()
        assert client.back.read() == ""
        rest = [name for name in BUILT_IN if name != "arc"]
        assert client.left() == (0, "".join(f"printed {name}\n" for name in sorted(rest)))


def test_stdout_has_the_protocol_alone_and_the_server_ends_with_its_client() -> None:
    with raw() as client:
        assert client.greet()["serverInfo"]["name"] == "hrm-toolkit"
        call = {"name": "verify", "arguments": {"puzzel": SMALL}}
        called = client.ask("tools/call", call)
        assert called["isError"]
        assert 'did you mean "puzzle"?' in called["content"][0]["text"]
        client.to.close()
        assert client.back.read() == ""
        assert client.left() == (0, "")
