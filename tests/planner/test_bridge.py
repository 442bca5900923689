"""Blocking calls beside an event loop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from hrm_toolkit.core import BusyError
from hrm_toolkit.planner.bridge import Bridge
from hrm_toolkit.planner.reply import Reply

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
