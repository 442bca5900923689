"""Turns: places shared out among clients, so that nobody waits for another's long queue."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from typing import Generic, TypeVar

from hrm_toolkit.core import BusyError

T = TypeVar("T")


class Turns(Generic[T]):
    """What waits for a place, let in by turns: one of each client's, the first that came.

    A client that holds no place gets one even when all are taken, up to twice their number:
    however long others' work takes, it keeps nobody out. Not thread-safe; whoever has it locks.

    Args:
        places: how many are let in at a time.
        most: how many may wait, over all clients; None for any number.

    Example:
        >>> turns = Turns(places=1)
        >>> for client, item in ("ann", 1), ("ann", 2), ("bob", 3):
        ...     turns.put(client, item)
        >>> turns.take(), turns.take(), turns.take()
        (1, 3, None)
        >>> turns.free("bob"); turns.free("ann"); turns.take()
        2
    """

    def __init__(self, places: int, most: int | None = None) -> None:
        self._places, self._most = places, most
        self._waiting: OrderedDict[str, deque[T]] = OrderedDict()
        self._held: Counter[str] = Counter()

    def __len__(self) -> int:
        """How many wait."""
        return sum(map(len, self._waiting.values()))

    @property
    def held(self) -> int:
        """How many places are taken."""
        return self._held.total()

    def put(self, client: str, item: T) -> None:
        """Let something wait.

        Raises:
            BusyError: when too much waits already.
        """
        if self._most is not None and len(self) >= self._most:
            raise BusyError(
                f"{len(self)} requests wait already",
                expected=f"at most {self._most}",
                hint="try again in a moment",
            )
        self._waiting.setdefault(client, deque()).append(item)

    def take(self) -> T | None:
        """Give a place to what is next; None when nothing waits or there is no room."""
        if self.held < self._places:
            client = next(iter(self._waiting), None)
        elif self.held < 2 * self._places:
            client = next((c for c in self._waiting if not self._held[c]), None)
        else:
            client = None
        if client is None:
            return None
        queue = self._waiting.pop(client)
        item = queue.popleft()
        if queue:
            self._waiting[client] = queue
        self._held[client] += 1
        return item

    def free(self, client: str) -> None:
        """Give back one of a client's places."""
        self._held[client] -= 1
        self._held += Counter()

    def drop(self, leaves: Callable[[T], bool]) -> list[T]:
        """Let what should leave stop waiting, and return it."""
        left = [item for queue in self._waiting.values() for item in queue if leaves(item)]
        if left:
            kept = {c: deque(i for i in q if not leaves(i)) for c, q in self._waiting.items()}
            self._waiting = OrderedDict((c, q) for c, q in kept.items() if q)
        return left
