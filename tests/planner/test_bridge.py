"""Blocking calls beside an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from hrm_toolkit.core import BusyError, Segment, Verdict
from hrm_toolkit.planner.reply import Reply
from hrm_toolkit.planner.serve.bridge import MOST_UNTOLD, Bridge

PATIENCE = 60.0


def test_one_call_too_many_is_told_so_at_once_and_may_come_again() -> None:
    bridge, opened = Bridge(most=1), threading.Event()

    def wait() -> Reply:
        opened.wait(PATIENCE)
        return Reply.of("ok", "done")

    async def main() -> tuple[Reply, Reply, Reply]:
        first = asyncio.create_task(bridge.reply(wait))
        while not bridge.running:
            await asyncio.sleep(0.001)
        refused = await bridge.reply(wait)
        opened.set()
        return await first, refused, await bridge.reply(wait)

    first, refused, again = asyncio.run(main())
    assert (first.status, again.status) == ("ok", "ok")
    assert refused.data["error"]["code"] == "busy"
    assert refused.data["error"]["retryable"]


def test_a_call_that_nobody_waits_for_keeps_its_place_until_it_ends() -> None:
    bridge, entered, opened = Bridge(most=1), threading.Event(), threading.Event()

    def wait() -> None:
        entered.set()
        opened.wait(PATIENCE)

    async def main() -> None:
        left = asyncio.create_task(bridge.run(wait))
        while not entered.is_set():
            await asyncio.sleep(0.001)
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
        with pytest.raises(BusyError):
            await bridge.run(wait)
        opened.set()
        while bridge.running:
            await asyncio.sleep(0.001)
        await bridge.run(wait)

    asyncio.run(main())
    assert bridge.running == 0


def test_an_error_of_a_call_is_the_callers() -> None:
    bridge = Bridge()

    def fail() -> None:
        raise ValueError("so it is")

    with pytest.raises(ValueError, match="so it is"):
        asyncio.run(bridge.run(fail))
    assert bridge.running == 0


def segment(index: int) -> Segment:
    verdict = Verdict(valid=True)
    return Segment(index=index, total=9, halt=0.5, answer=None, verdict=verdict, confidence=0.5)


def test_all_progress_is_told_in_order_before_the_reply() -> None:
    told: list[int] = []

    async def tell(segment: Segment) -> None:
        told.append(segment.index)

    def call(on_progress: Callable[[Segment], None]) -> Reply:
        for index in range(1, 10):
            on_progress(segment(index))
        return Reply.of("ok", "done")

    assert asyncio.run(Bridge().told(tell, call)).status == "ok"
    assert told == list(range(1, 10))


def test_a_slow_listener_holds_up_nobody_and_is_told_the_newest() -> None:
    told: list[int] = []
    ended = threading.Event()

    async def main() -> Reply:
        async def tell(segment: Segment) -> None:
            while not ended.is_set():
                await asyncio.sleep(0.001)
            told.append(segment.index)

        return await Bridge().told(tell, call)

    def call(on_progress: Callable[[Segment], None]) -> Reply:
        for index in range(1, 5_001):
            on_progress(segment(index))
        ended.set()
        return Reply.of("ok", "done")

    assert asyncio.run(main()).status == "ok"
    assert told[-MOST_UNTOLD:] == list(range(5_001 - MOST_UNTOLD, 5_001))
    assert len(told) <= MOST_UNTOLD + 1


def test_a_listener_that_fails_misses_what_it_failed_at() -> None:
    told: list[int] = []

    async def tell(segment: Segment) -> None:
        if segment.index == 2:
            raise OSError("gone")
        told.append(segment.index)

    def call(on_progress: Callable[[Segment], None]) -> Reply:
        for index in range(1, 4):
            on_progress(segment(index))
        return Reply.of("ok", "done")

    asyncio.run(Bridge().told(tell, call))
    assert told == [1, 3]
