"""Handles: short names for puzzles and states, for callers that cannot copy 81 digits."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hrm_toolkit.core import InputError, Puzzle, nearest

_HANDLE = re.compile(r"(puzzle|state):\S{1,64}")
_AROUND = " \t\r\n\"'`"
_SHORTEST = 4


@dataclass(frozen=True)
class Held:
    """What a handle stands for.

    Attributes:
        puzzle: the puzzle.
        actions: what was played from its initial state on; empty for a puzzle.
        state: where that leads, an adapter's own value; None for a puzzle.
    """

    puzzle: Puzzle
    actions: tuple[Any, ...] = ()
    state: Any = None


@dataclass
class _Entry:
    held: Held
    digest: str
    size: int
    used: float


class Handles:
    """Puzzles and states by handle, apart for each client; thread-safe and bounded.

    A handle is the beginning of a hash of the content, so the same content has the same handle for
    as long as it is held.

    Args:
        most: entries over all clients; those longest unused go first.
        client_most: entries of one client.
        characters: of all entries together, written as JSON.
        ttl: seconds that an entry stays after its last use.
        clock: seconds that never go back.

    Example:
        >>> from hrm_toolkit.adapters.sudoku import SudokuAdapter
        >>> puzzle = SudokuAdapter().parse("1... ..3. .4.. ...2")
        >>> handles = Handles()
        >>> handle = handles.put(puzzle)
        >>> handle == handles.put(puzzle), handles.get(handle).puzzle == puzzle
        (True, True)
    """

    def __init__(
        self,
        *,
        most: int = 4_096,
        client_most: int = 256,
        characters: int = 4_000_000,
        ttl: float = 86_400.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._client_most, self._characters = most, client_most, characters
        self._ttl, self._clock = ttl, clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[tuple[str, str], _Entry] = OrderedDict()
        self._size = 0

    def put(
        self,
        puzzle: Puzzle,
        *,
        actions: tuple[Any, ...] = (),
        state: Any = None,
        client: str = "local",
    ) -> str:
        """Hold a puzzle, or a state of one, and return its handle."""
        kind = "puzzle" if state is None else "state"
        content = f"{kind} {puzzle.model_dump_json()} {actions!r}"
        digest = hashlib.sha256(content.encode()).hexdigest()
        entry = _Entry(Held(puzzle, actions, state), digest, len(content), self._clock())
        with self._lock:
            self._drop_old()
            key = (client, f"{kind}:{digest[:_SHORTEST]}")
            while key in self._entries and self._entries[key].digest != digest:
                key = (client, f"{kind}:{digest[: len(key[1]) - len(kind)]}")
            self._drop(key)
            self._entries[key] = entry
            self._size += entry.size
            self._bound(client)
        return key[1]

    def get(self, handle: str, *, client: str = "local") -> Held:
        """What a handle stands for.

        Raises:
            InputError: when nothing is held by that name, or no longer; with the nearest that is.
        """
        name = handle.strip(_AROUND).lower()
        with self._lock:
            self._drop_old()
            entry = self._entries.get((client, name))
            if entry is not None:
                entry.used = self._clock()
                self._entries.move_to_end((client, name))
                return entry.held
            mine = [held for owner, held in self._entries if owner == client]
        near = nearest(name, mine)
        raise InputError(
            f'there is no "{name}"',
            expected="a handle that load_puzzle or step returned",
            hint=f'did you mean "{near}"?' if near else "load the puzzle again with load_puzzle",
        )

    def __len__(self) -> int:
        return len(self._entries)

    def _drop(self, key: tuple[str, str]) -> None:
        entry = self._entries.pop(key, None)
        self._size -= entry.size if entry else 0

    def _drop_old(self) -> None:
        # Entries stand in the order of their last use.
        oldest = self._clock() - self._ttl
        while self._entries and next(iter(self._entries.values())).used < oldest:
            self._drop(next(iter(self._entries)))

    def _bound(self, client: str) -> None:
        mine = [key for key in self._entries if key[0] == client]
        for key in mine[: max(len(mine) - self._client_most, 0)]:
            self._drop(key)
        while len(self._entries) > 1 and (
            len(self._entries) > self._most or self._size > self._characters
        ):
            self._drop(next(iter(self._entries)))


def is_handle(text: str) -> bool:
    """Whether a text is meant as a handle.

    Example:
        >>> is_handle("puzzle:7f3a"), is_handle("1... ..3. .4.. ...2")
        (True, False)
    """
    return _HANDLE.fullmatch(text.strip(_AROUND).lower()) is not None
