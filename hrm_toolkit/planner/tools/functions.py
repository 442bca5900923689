"""The tools as Python functions, and calls as iterators over their progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any

from hrm_toolkit.core import Segment
from hrm_toolkit.core.clock import beside
from hrm_toolkit.planner.reply import Reply
from hrm_toolkit.planner.tools.tool import Tool
from hrm_toolkit.planner.tools.toolbox import Toolbox


@dataclass(frozen=True)
class ToolFunction:
    """One tool that Python programs call by keyword arguments.

    Attributes:
        tool: what it is.
        toolbox: over the service that does the work.
        client: the name under which handles and jobs are held.
    """

    tool: Tool
    toolbox: Toolbox
    client: str = "local"

    @property
    def name(self) -> str:
        """Of the tool."""
        return self.tool.name

    @property
    def description(self) -> str:
        """What it does, for a model."""
        return self.tool.description

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments; what a call must have is required."""
        return self.tool.call_schema

    def __call__(self, **arguments: Any) -> Reply:
        """Call it; whatever is wrong with the call is said in the reply, never raised."""
        return self.toolbox.call(self.tool.name, arguments, client=self.client)

    def say(self, **arguments: Any) -> str:
        """Call it and return its reply's text, which is complete: what frameworks hand a model."""
        return self(**arguments).text


def follow(call: Callable[..., Reply], *args: Any, **options: Any) -> Iterator[Segment | Reply]:
    """Call, and give each segment as it comes, and last the reply.

    A call that nobody follows to its end goes on to its own bound.

    Args:
        call: what takes ``on_progress``: ``Service.solve``, ``batch`` or ``job``, or
            ``Toolbox.call``.
        args: of the call.
        options: of the call.

    Raises:
        Exception: whatever the call raises.

    Example:
        >>> from hrm_toolkit.planner.service import Service
        >>> with Service() as service:
        ...     *told, reply = follow(service.solve, "1... ..3. .4.. ...2", wait_s=60)
        >>> told[0].index, reply.status
        (1, 'solved')
    """
    told: SimpleQueue[Segment | None] = SimpleQueue()
    outcome = beside(partial(call, *args, **options, on_progress=told.put))
    outcome.add_done_callback(lambda _: told.put(None))
    yield from iter(told.get, None)
    yield outcome.result()
