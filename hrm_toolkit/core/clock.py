"""Reads every clock there is: when something must be over, and how long it took."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")


def now() -> float:
    """Read the clock that bounds and durations are on: finest, never set back."""
    return time.perf_counter()


def epoch() -> float:
    """Read the clock on the wall, which machines share and which may be set: since 1970."""
    return time.time()


def processor() -> float:
    """Read the seconds that this process spent on processors."""
    return time.process_time()


def thread() -> float:
    """Read the seconds that this thread spent on a processor."""
    return time.thread_time()


class _Scope(threading.local):
    """Whether what this thread does is wanted no more; always wanted unless somebody says."""

    over: Callable[[], bool] = staticmethod(lambda: False)


_scope = _Scope()


@contextmanager
def wanted_until(over: Callable[[], bool]) -> Iterator[None]:
    """Have every bound that this thread comes to be passed once ``over`` says so.

    A search that looks at its bound ends then as it would when its time is spent, however deep
    below it was begun. What has no bound goes on: it may be kept for others.

    Example:
        >>> bound = Deadline.after(60)
        >>> with wanted_until(lambda: True):
        ...     bound.over, bound.left, Deadline.never().over
        (True, 0.0, False)
        >>> bound.over
        False
    """
    before, _scope.over = _scope.over, over
    try:
        yield
    finally:
        _scope.over = before


@dataclass(frozen=True)
class Deadline:
    """A moment after which nothing more is begun.

    Attributes:
        end: reading of the clock at that moment; infinite where there is none.
        clock: ``now``, unless a test brings its own.

    Example:
        >>> bound = Deadline.after(60)
        >>> bound.over, bound.within(None) == bound, bound.within(1).left <= 1
        (False, True, True)
    """

    end: float = math.inf
    clock: Callable[[], float] = field(default=now, repr=False, compare=False)

    @classmethod
    def never(cls) -> Deadline:
        """Set no bound.

        Example:
            >>> Deadline.never().left, Deadline.never().finite
            (inf, False)
        """
        return cls()

    @classmethod
    def after(cls, seconds: float | None, clock: Callable[[], float] = now) -> Deadline:
        """Set the bound so many seconds from now; None for no bound, 0 or less for one passed."""
        return cls(math.inf if seconds is None else clock() + seconds, clock)

    @property
    def finite(self) -> bool:
        """Whether there is a bound at all."""
        return self.end < math.inf

    @property
    def left(self) -> float:
        """Seconds until it, 0 or more; infinite where there is no bound."""
        if self.finite and _scope.over():
            return 0.0
        return max(self.end - self.clock(), 0.0)

    @property
    def timeout(self) -> float | None:
        """The same for whatever waits: None where there is no bound."""
        return self.left if self.finite else None

    @property
    def over(self) -> bool:
        """Whether it has passed, or nobody wants what it bounds: see ``wanted_until``."""
        return self.clock() >= self.end or (self.finite and _scope.over())

    def sooner(self, other: Deadline) -> Deadline:
        """Take the earlier of two bounds on one clock."""
        return other if other.end < self.end else self

    def within(self, seconds: float | None) -> Deadline:
        """Take this bound, or that so many seconds from now where it is earlier.

        Args:
            seconds: at most; None or infinite changes nothing.
        """
        if seconds is None or seconds == math.inf:
            return self
        return self.sooner(Deadline.after(seconds, self.clock))


class Stopwatch:
    """Tells how long something has taken, from when this was made.

    Args:
        clock: which seconds are counted.

    Example:
        >>> Stopwatch(iter([100.0, 102.5]).__next__).seconds
        2.5
    """

    def __init__(self, clock: Callable[[], float] = now) -> None:
        self._clock, self._began = clock, clock()

    @property
    def seconds(self) -> float:
        """Since it began."""
        return self._clock() - self._began


class OutOfTimeError(Exception):
    """The work did not end in time; it goes on by itself and nobody hears of it."""


def beside(work: Callable[[], T]) -> Future[T]:
    """Do work in a thread of its own that keeps no process alive."""
    from concurrent.futures import Future

    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # it is raised where it is waited for
            future.set_exception(error)

    threading.Thread(target=run, name="beside", daemon=True).start()
    return future


def within(until: Deadline, work: Callable[[], T]) -> T:
    """Do work that must not hold up its caller; what it returns or raises, if it does in time.

    The wall clock is kept whatever the work waits for, since another thread waits for it.

    Raises:
        OutOfTimeError: when it does not.

    Example:
        >>> within(Deadline.after(5), lambda: 6 * 7)
        42
    """
    timeout = until.timeout
    future = beside(work)
    try:
        return future.result(timeout)
    except TimeoutError:
        if future.done():
            return future.result()
        raise OutOfTimeError from None
