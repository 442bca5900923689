"""A call as an iterator over its progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from hrm_toolkit.planner.agent.within import beside
from hrm_toolkit.planner.reply import Reply

if TYPE_CHECKING:
    from hrm_toolkit.planner.jobs.scheduler import Progress


def follow(call: Callable[..., Reply], *args: Any, **options: Any) -> Iterator[Progress | Reply]:
    """Each progress of a call as it comes, and last its reply.

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
        >>> told[0].segment, reply.status
        (1, 'solved')
    """
    told: SimpleQueue[Progress | None] = SimpleQueue()
    outcome = beside(partial(call, *args, **options, on_progress=told.put))
    outcome.add_done_callback(lambda _: told.put(None))
    yield from iter(told.get, None)
    yield outcome.result()
