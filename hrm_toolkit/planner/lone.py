"""A solve in a thread of its own: for exact search, and wherever there is no scheduler."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from hrm_toolkit.core import Result, ToolkitError, shorten

_log = logging.getLogger(__name__)
_GRACE = 0.25
"""Seconds that a solve may need to notice that its time is up."""


class Ticket(Protocol):
    """One solve in flight, of a scheduler or alone."""

    @property
    def begun(self) -> bool:
        """Whether anything has been computed."""

    @property
    def done(self) -> bool:
        """Whether it has ended, in whichever way."""

    @property
    def timed_out(self) -> bool:
        """Whether its deadline ended it."""

    @property
    def error(self) -> ToolkitError | None:
        """Why it failed, if it did."""

    def wait(self, seconds: float | None) -> Result | None:
        """The result; None when it is not there in time."""

    def best(self) -> Result | None:
        """The best so far."""

    def cancel(self) -> None:
        """Stop it."""


class LoneTicket:
    """``solve()`` in a daemon thread.

    It ends when it is cancelled, or soon after its time is up, whatever ``solve`` does: what is
    still being computed then goes on to its own bound, and is dropped.

    Args:
        solve: gives the result within the seconds it is told.
        seconds: wall-clock bound.
        turns: how many may compute at one time.
    """

    begun = False

    def __init__(
        self, solve: Callable[[float], Result], seconds: float, turns: threading.Semaphore
    ) -> None:
        self.timed_out = False
        self.error: ToolkitError | None = None
        self._result: Result | None = None
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._until = time.perf_counter() + seconds
        threading.Thread(
            target=self._run, args=(solve, turns), name="hrm-toolkit solve", daemon=True
        ).start()

    @property
    def done(self) -> bool:
        if self._left() <= -_GRACE:
            self._end(timed_out=True)
        return self._ended.is_set()

    def wait(self, seconds: float | None) -> Result | None:
        longest = max(self._left() + _GRACE, 0.0)
        self._ended.wait(longest if seconds is None else min(seconds, longest))
        return self._result if self.done else None

    def best(self) -> Result | None:
        return self._result

    def cancel(self) -> None:
        self._end()

    def _run(self, solve: Callable[[float], Result], turns: threading.Semaphore) -> None:
        if not turns.acquire(timeout=max(self._left(), 0.001)):
            self._end(timed_out=True)
            return
        try:
            if not self._ended.is_set():
                self.begun = True
                result = solve(max(self._left(), 0.001))
                self._end(result, timed_out=self._left() <= 0)
        except ToolkitError as error:
            self._end(error=error)
        except Exception as error:
            self._end(error=internal(error))
        finally:
            turns.release()

    def _end(
        self,
        result: Result | None = None,
        *,
        error: ToolkitError | None = None,
        timed_out: bool = False,
    ) -> None:
        """The first end stands."""
        with self._lock:
            if not self._ended.is_set():
                self._result, self.error, self.timed_out = result, error, timed_out
                self._ended.set()

    def _left(self) -> float:
        return self._until - time.perf_counter()


def internal(error: Exception) -> ToolkitError:
    """An error that nobody foresaw, logged, as one that a caller can be told."""
    _log.exception("a solve failed", exc_info=error)
    failure = ToolkitError(
        f"internal error: {type(error).__name__}: {shorten(str(error))}",
        hint="this is a fault of the toolkit: report it with the log",
    )
    failure.code = "internal"
    return failure
