"""Between a server's event loop and the service: calls in threads, progress back on the loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.to_thread

from hrm_toolkit.core import BusyError
from hrm_toolkit.planner.reply import Reply, reply_of_error

if TYPE_CHECKING:
    from hrm_toolkit.core import Segment

T = TypeVar("T")
Tell = Callable[["Segment"], Awaitable[None]]
MOST_UNTOLD = 64
"""Progress that waits for a slow listener."""


class Bridge:
    """Runs what blocks in threads of its own, so that the loop answers everybody else meanwhile.

    A call whose client has gone is left to itself: its thread ends within the call's own bound,
    or when whoever made it says so.

    Args:
        most: calls at one time. One more is told so at once: if it waited for a thread, its
            answer would come later than its caller was promised.
    """

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._limiter = anyio.CapacityLimiter(most)
        self._lock = threading.Lock()
        self._places: set[object] = set()

    @property
    def running(self) -> int:
        """Calls in threads at the moment."""
        return len(self._places)

    async def run(self, function: Callable[[], T]) -> T:
        """What a blocking function returns.

        Raises:
            BusyError: when as many run as may.
        """
        place = self._take()
        started = False

        def call() -> T:
            nonlocal started
            started = True
            try:
                return function()
            finally:
                self._give_back(place)

        try:
            return await anyio.to_thread.run_sync(
                call, abandon_on_cancel=True, limiter=self._limiter
            )
        finally:
            if not started:
                self._give_back(place)

    def _take(self) -> object:
        with self._lock:
            if len(self._places) < self._most:
                place = object()
                self._places.add(place)
                return place
        raise BusyError(
            f"{self._most} calls are being answered",
            expected=f"fewer than {self._most}",
            hint="try again in a moment",
        )

    def _give_back(self, place: object) -> None:
        with self._lock:
            self._places.discard(place)

    async def reply(self, call: Callable[..., Reply], *args: Any, **options: Any) -> Reply:
        """The reply of a blocking call; too many calls are a reply too."""
        try:
            return await self.run(partial(call, *args, **options))
        except BusyError as error:
            return reply_of_error(error)

    async def told(
        self,
        tell: Tell,
        call: Callable[..., Reply],
        *args: Any,
        every: float = 0.0,
        **options: Any,
    ) -> Reply:
        """The reply of a call that takes ``on_progress``; each progress is told in order before.

        Whoever listens too slowly misses the oldest that it has not been told, and holds up
        neither the solver nor the memory.

        Args:
            tell: awaited once a segment; where it fails, that one is not told.
            call: blocks; called with ``on_progress``.
            args: of the call.
            every: seconds between two that are told; of those that come meanwhile the newest is.
            options: of the call.
        """
        untold = _Untold(every)

        async def forward() -> None:
            async for segment in untold:
                with contextlib.suppress(Exception):
                    await tell(segment)

        async with anyio.create_task_group() as group:
            group.start_soon(forward)
            try:
                reply = await self.reply(call, *args, on_progress=untold.put, **options)
            finally:
                untold.end()
        return reply


class _Untold:
    """The newest progress of a call: put in by any thread, taken out on the loop that made it."""

    def __init__(self, every: float = 0.0) -> None:
        self._loop = asyncio.get_running_loop()
        self._every = every
        self._newest: deque[Segment] = deque(maxlen=1 if every else MOST_UNTOLD)
        self._some, self._over = asyncio.Event(), asyncio.Event()
        self._ended = False

    def put(self, segment: Segment) -> None:
        """Add one; never waits."""
        self._newest.append(segment)
        self._loop.call_soon_threadsafe(self._some.set)

    def end(self) -> None:
        """Nothing more will come; on the loop."""
        self._ended = True
        self._some.set()
        self._over.set()

    async def __aiter__(self) -> AsyncIterator[Segment]:
        while self._newest or not self._ended:
            if self._newest:
                yield self._newest.popleft()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._over.wait(), self._every)
            else:
                self._some.clear()
                if not (self._newest or self._ended):
                    await self._some.wait()
