"""How many puzzles to take at a time, so that what is begun is also done in time."""

from __future__ import annotations

from hrm_toolkit.core import Deadline

_MARGIN = 2.0
"""How much longer than those before it a puzzle may take."""

_GROWTH = 4


class Pace:
    """Says how many puzzles to measure together; one at first, where there is an end.

    A rate over what happened to be done when the time was up would count the quick puzzles alone,
    so none is begun that may not end in time.

    Args:
        most: puzzles at a time.
        seconds: from now on; None for no end.

    Example:
        >>> Pace(64, None).take()
        64
        >>> Pace(64, 60.0).take()
        1
    """

    def __init__(self, most: int, seconds: float | None) -> None:
        self._most = most
        self._deadline = Deadline.after(seconds)
        self._before, self._taken = self._deadline.left, 0

    def take(self) -> int:
        """How many come next, now that those before are done; 0 when there is no time for one."""
        if not self._deadline.finite:
            return self._most
        left = self._deadline.left
        if self._taken == 0:
            count = 1
        else:
            each = max((self._before - left) / self._taken, 1e-9)
            count = min(self._most, _GROWTH * self._taken, int(left / (_MARGIN * each)))
        self._before, self._taken = left, count
        return max(count, 0)
