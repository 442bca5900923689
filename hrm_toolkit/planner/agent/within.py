"""Work that must not hold up its caller."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


class OutOfTimeError(Exception):
    """The work did not end in time; it goes on by itself and nobody hears of it."""


def beside(work: Callable[[], T]) -> Future[T]:
    """What ``work`` returns or raises, once it does, in a thread that keeps no process alive."""
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # it is raised where it is waited for
            outcome.set_exception(error)

    threading.Thread(target=run, name="beside", daemon=True).start()
    return outcome


def within(seconds: float, work: Callable[[], T]) -> T:
    """What ``work`` returns or raises, if it does in time.

    The wall clock is kept whatever the work waits for, since another thread waits for it.

    Raises:
        OutOfTimeError: when it does not.

    Example:
        >>> within(5.0, lambda: 6 * 7)
        42
    """
    outcome = beside(work)
    try:
        return outcome.result(timeout=max(seconds, 0.0))
    except TimeoutError:
        if outcome.done():
            return outcome.result()
        raise OutOfTimeError from None
