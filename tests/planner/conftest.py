"""A service, its tools, and a search that can be held up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from hrm_toolkit.adapters.maze import MazeAdapter
from hrm_toolkit.core import Exact
from hrm_toolkit.planner.serve.listen import listen
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.toolbox import Toolbox

PATIENCE = 60.0


@pytest.fixture
def service() -> Iterator[Service]:
    with Service(wait_s=PATIENCE) as made:
        yield made


@pytest.fixture
def box(service: Service) -> Toolbox:
    return Toolbox(service, full=True)


class Gate:
    """Exact search of mazes that waits until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open, self.entered = threading.Event(), threading.Event()
        exact = MazeAdapter.exact

        def held(adapter: MazeAdapter, puzzle: Any, *, seconds: float = 10.0) -> Exact[Any]:
            self.entered.set()
            self.open.wait(PATIENCE)
            return exact(adapter, puzzle, seconds=seconds)

        monkeypatch.setattr(MazeAdapter, "exact", held)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate(monkeypatch)
    yield made
    made.open.set()


@pytest.fixture
def mcp_url(service: Service) -> Iterator[str]:
    """An MCP server over streamable HTTP on loopback."""
    import uvicorn

    from hrm_toolkit.planner.serve.mcp import http_app

    listening = listen("127.0.0.1", 0)
    app = http_app(Toolbox(service))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
    server.should_exit = True
    thread.join(PATIENCE)
    listening.close()
