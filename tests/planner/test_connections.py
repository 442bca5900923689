"""Connections that idle, dawdle or are too many, and a server that answers the others."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from hrm_toolkit.planner.serve import connections
from hrm_toolkit.planner.serve.connections import Connections, Server
from hrm_toolkit.planner.serve.listen import listen

PATIENCE = 30.0


class Application:
    """Answers at once; at ``/wait`` once it is opened."""

    def __init__(self) -> None:
        self.asked, self.opened = threading.Event(), threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/wait":
            self.asked.set()
            while not self.opened.is_set():
                await asyncio.sleep(0.005)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hello"})


@contextmanager
def serving(
    bounds: Connections, listening: socket.socket | None = None
) -> Iterator[tuple[tuple[str, int], Application]]:
    app = Application()
    at = listening or listen("127.0.0.1", 0)
    address = at.getsockname()[:2]
    config = uvicorn.Config(app, lifespan="off", log_config=None, ws="none")
    server = Server(config, at, bounds)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        yield address, app
    finally:
        app.opened.set()
        server.should_exit = True
        thread.join(PATIENCE)


def get(address: tuple[str, int], path: str = "/") -> httpx.Response:
    host, port = address
    return httpx.get(f"http://{host}:{port}{path}", timeout=PATIENCE)


def rest_of(connection: socket.socket) -> bytes:
    """What comes until it is closed."""
    try:
        return b"".join(iter(lambda: connection.recv(4096), b""))
    except ConnectionResetError:
        return b""


def test_others_are_answered_while_more_than_may_be_open_idle() -> None:
    bounds = Connections(most=8)
    with serving(bounds) as (address, _), ExitStack() as stack:
        idle = [stack.enter_context(socket.create_connection(address, PATIENCE)) for _ in range(40)]
        for _ in range(3):
            assert get(address).text == "hello"
            assert len(bounds) <= 8
        assert rest_of(idle[0]) == b""


def test_a_connection_kept_alive_makes_place_too() -> None:
    with serving(Connections(most=2)) as (address, _), ExitStack() as stack:
        host, port = address
        clients = [stack.enter_context(httpx.Client(timeout=PATIENCE)) for _ in range(5)]
        for client in clients * 2:
            assert client.get(f"http://{host}:{port}/").text == "hello"


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\nhost: a\r\nx-slow: ", b"408 Request Timeout"),
    ],
    ids=["nothing", "headers"],
)
def test_headers_have_a_time_to_come(sent: bytes, answered: bytes) -> None:
    with serving(Connections(header_seconds=0.05)) as (address, _):
        connection = socket.create_connection(address, PATIENCE)
        with connection:
            connection.sendall(sent)
            assert answered in rest_of(connection)


def test_headers_of_a_second_request_have_a_time_to_come_too() -> None:
    with serving(Connections(header_seconds=0.05)) as (address, _):
        connection = socket.create_connection(address, PATIENCE)
        with connection:
            connection.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")
            connection.sendall(b"GET / HTTP/1.1\r\nx-slow: ")
            assert b"408 Request Timeout" in rest_of(connection)


def test_one_more_than_may_be_at_work_is_told_so(caplog: pytest.LogCaptureFixture) -> None:
    with serving(Connections(most=1)) as (address, app):
        answers: list[httpx.Response] = []
        asking = threading.Thread(target=lambda: answers.append(get(address, "/wait")))
        asking.start()
        assert app.asked.wait(PATIENCE)
        for _ in range(3):
            refused = get(address)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            assert refused.json()["data"]["error"]["code"] == "busy"
        app.opened.set()
        asking.join(PATIENCE)
        assert answers[0].text == "hello"
    assert len([r for r in caplog.records if r.name == "hrm_toolkit.http"]) == 1


def test_no_file_for_a_connection_is_logged_once_and_passes(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = iter(range(25))

    class Exhausted(socket.socket):
        def accept(self) -> Any:
            if next(faults, None) is not None:
                raise OSError(errno.EMFILE, "Too many open files")
            return super().accept()

    monkeypatch.setattr(connections, "_REST", 0.001)
    listening = Exhausted(fileno=listen("127.0.0.1", 0).detach())
    with caplog.at_level(logging.WARNING), serving(Connections(), listening) as (address, _):
        assert get(address).text == "hello"
    assert next(faults, None) is None
    assert [record.message for record in caplog.records] == [
        "no connection can be accepted: Too many open files; told once while it lasts"
    ]


def test_small_answers_are_not_held_back() -> None:
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
