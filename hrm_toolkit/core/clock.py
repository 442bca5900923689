"""When something must be over: one clock, and one kind of bound on it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field


def now() -> float:
    """Read the clock that all bounds are on: seconds that only grow."""
    return time.monotonic()


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
        return max(self.end - self.clock(), 0.0)

    @property
    def over(self) -> bool:
        """Whether it has passed."""
        return self.clock() >= self.end

    def sooner(self, other: Deadline) -> Deadline:
        """Take the earlier of two bounds on one clock."""
        return other if other.end < self.end else self

    def within(self, seconds: float | None) -> Deadline:
        """Take this bound, or that so many seconds from now where it is earlier.

        Args:
            seconds: at most; None or infinite changes nothing.
        """
        return self.sooner(Deadline.after(seconds, self.clock))
