"""Puzzles of a file too long to hold: each is read when its turn comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar, overload

from hrm_toolkit.core.errors import ToolkitError

R = TypeVar("R")
T = TypeVar("T")


class Stream(Generic[T]):
    """Records that are read one by one, as often as they are asked for; none is kept.

    Args:
        records: begins anew with the first record whenever it is called.
        read: makes of a record what it holds.
        where: what the records lie in; errors name it.

    Example:
        >>> stream = Stream(lambda: iter(["1", "2", "x"]), int)
        >>> len(stream), list(islice(stream, 2)), list(stream.chosen([1]))
        (3, [1, 2], [2])
    """

    def __init__(
        self,
        records: Callable[[], Iterator[Any]],
        read: Callable[[Any], T],
        where: str | None = None,
    ) -> None:
        self._records, self._read, self._where = records, read, where
        self._count: int | None = None

    def __iter__(self) -> Iterator[T]:
        return map(self._one, self._raw())

    def __len__(self) -> int:
        """How many there are: counted once, none of them read.

        One that cannot be cut out is the last that is counted; whoever comes to it is told.
        """
        if self._count is None:
            count = 0
            try:
                for _ in self._raw():
                    count += 1
            except ToolkitError:
                count += 1
            self._count = count
        return self._count

    def starting(self, first: int) -> Iterator[T]:
        """Those from ``first`` on; the ones before are passed over unread."""
        return map(self._one, islice(self._raw(), first, None))

    def chosen(self, places: Iterable[int]) -> Iterator[T]:
        """Those at some places, ascending; the others are passed over unread."""
        raw, at = self._raw(), 0
        for place in places:
            record = next(islice(raw, place - at, None))
            at = place + 1
            yield self._one(record)

    def at(self, where: str) -> Stream[T]:
        """The same, its errors naming ``where``."""
        return Stream(self._records, self._read, where)

    def _raw(self) -> Iterator[Any]:
        try:
            yield from self._records()
        except ToolkitError as error:
            raise self._named(error) from None

    def _one(self, record: Any) -> T:
        try:
            return self._read(record)
        except ToolkitError as error:
            raise self._named(error) from None

    def _named(self, error: ToolkitError) -> ToolkitError:
        if self._where is not None and not (error.path or "").startswith(self._where):
            error.path = self._where if error.path is None else f"{self._where}: {error.path}"
        return error


class Column(Sequence[R]):
    """One part of what a stream's records hold, as a sequence of which nothing is kept.

    Its length is counted when it is asked for. What is taken from front to back, item by item or
    in slices, is read once.

    Args:
        stream: of the records.
        part: what is taken of each.
    """

    def __init__(self, stream: Stream[T], part: Callable[[T], R]) -> None:
        self._stream, self._part = stream, part
        self._next: tuple[int, Iterator[Any]] = (0, iter(()))

    def __len__(self) -> int:
        return len(self._stream)

    def __iter__(self) -> Iterator[R]:
        return map(self._part, self._stream)

    @overload
    def __getitem__(self, place: int) -> R: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[R]: ...

    def __getitem__(self, place: int | slice) -> R | Sequence[R]:
        if isinstance(place, slice):
            start, stop, step = place.indices(len(self))
            if step != 1:
                return [self[at] for at in range(start, stop, step)]
            return self._taken(start, max(stop - start, 0))
        at = place if place >= 0 else place + len(self)
        found = self._taken(at, 1) if at >= 0 else []
        if not found:
            raise IndexError("there are not so many puzzles")
        return found[0]

    def _taken(self, start: int, count: int) -> list[R]:
        at, rest = self._next
        if at != start or start == 0:
            rest = self._stream.starting(start)
        found = [self._part(item) for item in islice(rest, count)]
        self._next = (start + len(found), rest)
        return found


def chunks(items: Iterable[R], size: int) -> Iterator[list[R]]:
    """Lists of ``size`` items, the last maybe shorter; what comes before an error is not lost.

    Example:
        >>> list(chunks("abcde", 2))
        [['a', 'b'], ['c', 'd'], ['e']]
    """
    kept: list[R] = []
    try:
        for item in items:
            kept.append(item)
            if len(kept) == size:
                yield kept
                kept = []
    except ToolkitError:
        if kept:
            yield kept
        raise
    if kept:
        yield kept
