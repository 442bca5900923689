"""An event that sets others: for threads that wait for the first of several."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator


class Latch(threading.Event):
    """An event that, once set, sets whatever it was bound to.

    Example:
        >>> ended, stop, either = Latch(), Latch(), threading.Event()
        >>> with ended.sets(either), stop.sets(either):
        ...     stop.set()
        ...     either.wait(60.0)
        True
    """

    def __init__(self) -> None:
        super().__init__()
        self._bound: list[threading.Event] = []

    def set(self) -> None:
        """Set it, and what it is bound to."""
        super().set()
        for event in tuple(self._bound):
            event.set()

    @contextlib.contextmanager
    def sets(self, event: threading.Event) -> Iterator[None]:
        """Bind an event meanwhile; one that is bound late is set at once."""
        self._bound.append(event)
        try:
            # Looked at after it is bound, so that no moment is lost between the two.
            if self.is_set():
                event.set()
            yield
        finally:
            self._bound.remove(event)
