"""Addresses, and a server that is started from the command line and told to end."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client
from starlette.testclient import TestClient

from hrm_toolkit.cli import main
from hrm_toolkit.core import OptionError
from hrm_toolkit.planner.jobs.store import JobStore
from hrm_toolkit.planner.serve.listen import is_loopback, listen, parse_address
from hrm_toolkit.planner.serve.mcp import http_app
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.toolbox import Toolbox

PATIENCE = 60.0
SMALL = "1...  ..3.  .4..  ...2"
SERVE = ("-m", "hrm_toolkit", "serve")
HELD = {"puzzle": "S..\n##.\nG..", "strategy": "exact"}
HOLDING = """
import pathlib, sys, time
from hrm_toolkit.adapters.maze import MazeAdapter
from hrm_toolkit.cli import main

opened, exact = pathlib.Path(sys.argv[1]), MazeAdapter.exact

def held(*args, **options):
    while not opened.exists():
        time.sleep(0.01)
    return exact(*args, **options)

MazeAdapter.exact = held
sys.exit(main(["serve", *sys.argv[2:]]))
"""


@contextmanager
def served(
    *arguments: str, held_until: Path | None = None, command: tuple[str, ...] = SERVE
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server of its own process, and its address; its search of mazes waits for that file."""
    if held_until is not None:
        command = ("-c", HOLDING, str(held_until))
    server = subprocess.Popen(
        (sys.executable, *command, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        assert server.stderr is not None
        for line in server.stderr:
            found = re.match(r"serving (?:MCP at )?(http://\S+?);", line)
            if found:
                yield server, found[1]
                break
        else:
            pytest.fail("the server did not start")
    finally:
        server.kill()
        server.communicate()


def listens(url: str) -> bool:
    try:
        httpx.get(f"{url}/healthz", timeout=PATIENCE)
    except httpx.TransportError:
        return False
    return True


@pytest.mark.parametrize("text", ["a:b", "host:99999", "::1", "[::1", "a:1:2", "http://a:1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="no address"):
        parse_address(text)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", "10.0.0.1"])  # noqa: S104
def test_addresses_that_others_can_reach_are_known(host: str) -> None:
    assert not is_loopback(host)


def test_an_address_in_use_is_one_clear_line() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OptionError, match=f"cannot listen on 127.0.0.1:{port}"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize(
    ("arguments", "fix"),
    [
        (["--http", "0.0.0.0:0"], "--expose"),
        (["--http", "--mcp"], "one of --http and --mcp"),
        ([], "one of --http and --mcp"),
        (["--mcp", "--port", "8080"], "stdio has no port"),
        (["--http", "127.0.0.1:8000", "--port", "8080"], "expected one of them"),
        (["--mcp", "htpp"], 'did you mean "http"?'),
        (["--mcp", "stdio", "127.0.0.1:0"], "too many arguments"),
        (["--http", "--token-file", "no/such/file"], "no/such/file"),
        (["--http", "--solver", "mine"], "NAME=DIR"),
        (["--http", "--host-name", "http://a.example"], "a name alone, such as solver.example.com"),
    ],
)
def test_usage_that_is_wrong_is_said(
    arguments: list[str], fix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *arguments]) == 2
    assert fix in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "package", "module", "extra"),
    [
        (["--mcp"], "mcp_types", "hrm_toolkit.planner.serve.mcp", "mcp"),
        (["--http"], "fastapi", "hrm_toolkit.planner.serve.http", "serve"),
    ],
)
def test_a_missing_package_is_said_with_its_extra(
    arguments: list[str],
    package: str,
    module: str,
    extra: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    for loaded in (module, "hrm_toolkit.planner.serve.mcp_stdio"):
        monkeypatch.delitem(sys.modules, loaded, raising=False)
    monkeypatch.setattr(Service, "warm", lambda _: None)
    assert main(["serve", *arguments]) == 2
    assert f"pip install 'hrm-toolkit[{extra}]'" in capsys.readouterr().err


def test_play_opens_its_page_in_the_browser_and_ends_by_sigterm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = tmp_path / "browser.py"
    browser.write_text(
        "import sys, urllib.request\n"
        "page = urllib.request.urlopen(sys.argv[1]).read().decode()\n"
        "title = page.partition('<title>')[2].partition('<')[0]\n"
        "print(f'at {sys.argv[1]} is {title}', file=sys.stderr, flush=True)\n"
    )
    monkeypatch.setenv("BROWSER", f"{sys.executable} {browser} %s")
    with served(command=("-m", "hrm_toolkit", "play")) as (server, url):
        assert server.stderr is not None
        assert server.stderr.readline() == f"at {url} is hrm-toolkit: see it think\n"
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE) == 0


def test_sigterm_lets_what_is_in_flight_end(tmp_path: Path) -> None:
    jobs, opened = tmp_path / "jobs.sqlite", tmp_path / "opened"
    with served(
        "--http", "--port", "0", "--jobs", str(jobs), "--drain", "30", held_until=opened
    ) as (server, url):
        answers: list[httpx.Response] = []

        def ask() -> None:
            body = {**HELD, "wait_s": 30.0}
            answers.append(httpx.post(f"{url}/v1/tools/solve", json=body, timeout=PATIENCE))

        asking = threading.Thread(target=ask)
        asking.start()
        while not httpx.get(f"{url}/v1/jobs", timeout=PATIENCE).json()["data"]["jobs"]:
            pass
        server.send_signal(signal.SIGTERM)
        while listens(url):
            pass
        # It listens no more, and what was asked before has no answer yet.
        assert (answers, server.poll()) == ([], None)
        opened.touch()
        asking.join(PATIENCE)
        assert server.wait(PATIENCE) == 0
        assert answers[0].json()["status"] == "solved"
    with JobStore(jobs) as store:
        assert [job.status for job in store.list()] == ["done"]


def test_a_job_that_does_not_end_in_time_is_kept_for_the_next_server(tmp_path: Path) -> None:
    jobs, never = tmp_path / "jobs.sqlite", tmp_path / "never"
    with served("--http", "127.0.0.1:0", "--jobs", str(jobs), "--drain", "0", held_until=never) as (
        server,
        url,
    ):
        body = {**HELD, "wait_s": 0.0}
        reply = httpx.post(f"{url}/v1/tools/solve", json=body, timeout=PATIENCE).json()
        assert reply["status"] == "running"
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE) == 0
    with served("--http", "127.0.0.1:0", "--jobs", str(jobs)) as (_, url):
        asked = f"{url}/v1/jobs/{reply['data']['job']}?wait_s=30"
        answer = httpx.get(asked, timeout=PATIENCE).json()
    assert answer["status"] == "solved"


def test_who_still_waits_when_the_time_is_over_gets_the_job_that_goes_on(tmp_path: Path) -> None:
    jobs, never = tmp_path / "jobs.sqlite", tmp_path / "never"
    with served("--http", "127.0.0.1:0", "--jobs", str(jobs), "--drain", "0", held_until=never) as (
        server,
        url,
    ):
        body = {**HELD, "wait_s": PATIENCE}
        answers: list[httpx.Response] = []
        ask = partial(httpx.post, f"{url}/v1/tools/solve", json=body, timeout=2 * PATIENCE)
        asking = threading.Thread(target=lambda: answers.append(ask()))
        asking.start()
        while not httpx.get(f"{url}/v1/jobs", timeout=PATIENCE).json()["data"]["jobs"]:
            pass
        server.send_signal(signal.SIGTERM)
        asking.join(PATIENCE)
        assert server.wait(PATIENCE) == 0
        reply = answers[0].json()
        assert reply["status"] == "running"
    with JobStore(jobs) as store:
        assert [job.id for job in store.resume()] == [reply["data"]["job"]]


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_mcp_over_http_refuses_pages_of_other_sites(service: Service, origin: str) -> None:
    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}
    accept = {"accept": "application/json, text/event-stream"}
    with TestClient(http_app(Toolbox(service)), base_url="http://127.0.0.1") as web:
        refused = web.post("/mcp", json=hello, headers={**accept, "origin": origin})
        assert (refused.status_code, "mcp-session-id" in refused.headers) == (403, False)
        asked = {"origin": "http://localhost:6274", "access-control-request-method": "POST"}
        preflight = web.options("/mcp", headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == "http://localhost:6274"


def test_mcp_over_http_asks_for_the_token(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("s3cret\n")

    async def talk(url: str) -> Any:
        from mcp.client.streamable_http import streamable_http_client
        from mcp.shared._httpx_utils import create_mcp_http_client

        headers = {"authorization": "Bearer s3cret"}
        async with create_mcp_http_client(headers=headers) as web:
            transport = streamable_http_client(url, http_client=web)
            async with Client(transport) as client:
                call = {"puzzle": SMALL, "strategy": "exact", "wait_s": PATIENCE}
                return await client.call_tool("solve", call)

    with served("--mcp", "http", "127.0.0.1:0", "--token-file", str(token)) as (_, url):
        assert httpx.post(url, json={}, timeout=PATIENCE).status_code == 401
        result = asyncio.run(talk(url))
    assert result.structured_content["status"] == "solved"
