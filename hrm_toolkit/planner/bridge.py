"""Between a server's event loop and the service: calls in threads, progress back on the loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.to_thread

from hrm_toolkit.core import BusyError
from hrm_toolkit.planner.reply import Reply, reply_of_error

if TYPE_CHECKING:
    from hrm_toolkit.planner.scheduler import Progress

T = TypeVar("T")
Tell = Callable[["Progress"], Awaitable[None]]
_MOST_UNTOLD = 1_000


class Bridge:
    """Runs what blocks in threads of its own, so that the loop answers everybody else meanwhile.

    A call whose client has gone is left to itself: its thread ends within the call's own bound.

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
        self, tell: Tell, call: Callable[..., Reply], *args: Any, **options: Any
    ) -> Reply:
        """The reply of a call that takes ``on_progress``; each progress is told in order before.

        Args:
            tell: awaited once a segment; where it fails, nothing more is told.
            call: blocks; called with ``on_progress``.
            args: of the call.
            options: of the call.
        """
        loop = asyncio.get_running_loop()
        send, receive = anyio.create_memory_object_stream["Progress"](_MOST_UNTOLD)

        def offer(progress: Progress) -> None:
            # A client too slow to listen misses some, rather than filling the memory.
            with contextlib.suppress(anyio.WouldBlock, anyio.ClosedResourceError):
                send.send_nowait(progress)

        async def forward() -> None:
            async with receive:
                async for progress in receive:
                    with contextlib.suppress(Exception):
                        await tell(progress)

        async with anyio.create_task_group() as group:
            group.start_soon(forward)
            with send:
                options["on_progress"] = lambda p: loop.call_soon_threadsafe(offer, p)
                reply = await self.reply(call, *args, **options)
        return reply
