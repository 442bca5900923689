"""Handles: short names for puzzles and states, for callers that cannot copy 81 digits."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hrm_toolkit.core import InputError, Puzzle
from hrm_toolkit.core.clock import now

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
        notes: what was assumed when the puzzle was read.
        open: whether an answer may yet show that another puzzle was meant; see ``Loaded``.
    """

    puzzle: Puzzle
    actions: tuple[Any, ...] = ()
    state: Any = None
    notes: tuple[str, ...] = ()
    open: bool = False


@dataclass
class _Entry:
    held: Held
    digest: str
    size: int
    used: float


class _Share:
    """What one client holds; entries stand in the order of their last use."""

    def __init__(self) -> None:
        self.entries: OrderedDict[str, _Entry] = OrderedDict()
        self.size = 0

    def put(self, name: str, entry: _Entry) -> None:
        self.drop(name)
        self.entries[name] = entry
        self.size += entry.size

    def drop(self, name: str) -> None:
        entry = self.entries.pop(name, None)
        self.size -= entry.size if entry else 0

    def drop_oldest(self) -> None:
        self.drop(next(iter(self.entries)))

    def drop_before(self, moment: float) -> None:
        while self.entries and next(iter(self.entries.values())).used < moment:
            self.drop_oldest()


class Handles:
    """Puzzles and states by handle, apart for each client; thread-safe and bounded.

    A handle is the beginning of a hash of the content, so the same content has the same handle for
    as long as it is held. Where all together are too large, the client that holds the most makes
    room, so that nobody pushes out the puzzles of one that holds less.

    Args:
        clients: that hold anything; the one longest unused makes room for another.
        client_most: entries of one client; those longest unused go first.
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
        clients: int = 256,
        client_most: int = 256,
        characters: int = 8_000_000,
        ttl: float = 86_400.0,
        clock: Callable[[], float] = now,
    ) -> None:
        self._clients, self._client_most, self._characters = clients, client_most, characters
        self._ttl, self._clock = ttl, clock
        self._lock = threading.Lock()
        self._shares: OrderedDict[str, _Share] = OrderedDict()

    def put(
        self,
        puzzle: Puzzle,
        *,
        actions: tuple[Any, ...] = (),
        state: Any = None,
        notes: tuple[str, ...] = (),
        open: bool = False,
        client: str = "local",
    ) -> str:
        """Hold a puzzle, or a state of one, and return its handle."""
        kind = "puzzle" if state is None else "state"
        # What is said and what is but assumed are two puzzles, until an answer tells.
        content = f"{kind} {puzzle.model_dump_json()} {actions!r}{' open' * open}"
        digest = hashlib.sha256(content.encode()).hexdigest()
        held = Held(puzzle, actions, state, notes, open)
        entry = _Entry(held, digest, len(content), self._clock())
        with self._lock:
            share = self._share(client)
            name = f"{kind}:{digest[:_SHORTEST]}"
            while name in share.entries and share.entries[name].digest != digest:
                name = f"{kind}:{digest[: len(name) - len(kind)]}"
            share.put(name, entry)
            self._bound(share)
        return name

    def get(self, handle: str, *, client: str = "local") -> Held:
        """What a handle stands for.

        Another handle is never suggested, however near: it stands for another puzzle.

        Raises:
            InputError: when nothing is held by that name, or no longer.
        """
        name = bare(handle)
        with self._lock:
            share = self._share(client) if client in self._shares else _Share()
            entry = share.entries.get(name)
            if entry is not None:
                entry.used = self._clock()
                share.entries.move_to_end(name)
                return entry.held
        raise InputError(
            f'there is no "{name}"',
            expected="a handle that load_puzzle or step returned",
            hint="load the puzzle again with load_puzzle",
        )

    def expire(self) -> None:
        """Forget what has not been used for long, whether or not anybody calls."""
        with self._lock:
            for client, share in list(self._shares.items()):
                share.drop_before(self._clock() - self._ttl)
                if not share.entries:
                    del self._shares[client]

    def __len__(self) -> int:
        with self._lock:
            return sum(len(share.entries) for share in self._shares.values())

    def _share(self, client: str) -> _Share:
        """What a client holds still, made where it is new; the last in the order of use."""
        share = self._shares.setdefault(client, _Share())
        self._shares.move_to_end(client)
        share.drop_before(self._clock() - self._ttl)
        return share

    def _bound(self, new: _Share) -> None:
        """Make room for what was put last, which itself stays."""
        while len(new.entries) > self._client_most:
            new.drop_oldest()
        while len(self._shares) > self._clients:
            self._shares.popitem(last=False)
        while sum(share.size for share in self._shares.values()) > self._characters:
            others = [s for s in self._shares.values() if len(s.entries) > (s is new)]
            if not others:
                break
            max(others, key=lambda share: share.size).drop_oldest()


def is_handle(text: str) -> bool:
    """Whether a text is meant as a handle.

    Example:
        >>> is_handle("puzzle:7f3a"), is_handle("1... ..3. .4.. ...2")
        (True, False)
    """
    return _HANDLE.fullmatch(bare(text)) is not None


def bare(text: str) -> str:
    """A handle without the quotes and blanks that a model puts around it, in small letters.

    Example:
        >>> bare(" `Puzzle:7F3A` ")
        'puzzle:7f3a'
    """
    return text.strip(_AROUND).lower()
