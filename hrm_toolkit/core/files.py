"""The forms in which files hold a task's puzzles, and what a reader of one returns.

A task declares its forms by ``Adapter.forms``. Each looks at the head of a text (or at one JSON
record) and says how sure it is: ``SURE`` where the form signs itself, ``MAYBE`` where its shape
fits, or in words why not. The sniffer reads a text only where one form alone is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

from hrm_toolkit.core.errors import ToolkitError
from hrm_toolkit.core.puzzle import Answer, Puzzle

R = TypeVar("R")
T = TypeVar("T")
Pair = tuple[Puzzle, "Answer | None"]
"""A puzzle, with its answer where the file says one."""
Lines = Callable[[], Iterator[tuple[int, str]]]
"""The lines of a text with their numbers from 1, without their ends; begins anew when called."""


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


@dataclass(frozen=True)
class ReadOptions:
    """What a reader is told beside the text.

    Attributes:
        adapter: the task, where it is known; other tasks' forms are then not asked.
        start: where to begin: a node's name for graphs, ``x,y`` for maps that mark no start.
        goal: where to end, likewise.
        weight: the edge attribute that is the cost, or ``none`` where every edge costs 1.
        box: rows and columns of a Sudoku's boxes.
        path: where the text comes from; names a puzzle that has no name of its own.
    """

    adapter: str | None = None
    start: str | None = None
    goal: str | None = None
    weight: str | None = None
    box: tuple[int, int] | None = None
    path: Path | None = None

    @property
    def given(self) -> dict[str, Any]:
        """The options said for one kind of puzzle only, by name."""
        names = ("start", "goal", "weight", "box")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


@dataclass(frozen=True)
class Loaded:
    """The puzzles of a file.

    Those of a long file of one puzzle a line are read when their turn comes, and again whenever
    they are asked for: an error in the file is then raised when its line is reached.

    Attributes:
        puzzles: in the file's order, at least one.
        answers: what the file says the answer is, one a puzzle, None where it does not say.
        kind: what the reader took the file for, such as "Sudoku, 81-character lines".
        notes: what the reader assumed, in sentences for whoever reads an answer; of a long file
            what it assumed of the first puzzle.
        stream: reads puzzles with answers one by one, where the file is a long one.
        open: whether an answer may yet show that another puzzle was meant: ``Adapter.meant``.
    """

    puzzles: Sequence[Puzzle]
    answers: Sequence[Answer | None]
    kind: str
    notes: tuple[str, ...] = ()
    stream: Stream[Pair] | None = field(default=None, repr=False, compare=False)
    open: bool = False

    @classmethod
    def of(cls, kind: str, pairs: Iterable[Pair], notes: Iterable[str] = ()) -> Loaded:
        """From puzzles with their answers."""
        listed = list(pairs)
        notes = tuple(dict.fromkeys(notes))
        return cls(tuple(p for p, _ in listed), tuple(a for _, a in listed), kind, notes)

    @classmethod
    def streamed(
        cls,
        kind: str,
        records: Callable[[], Iterator[Any]],
        read: Callable[[Any], Pair],
        notes: Iterable[str] = (),
    ) -> Loaded:
        """Of a long file.

        Args:
            records: the file's records, cut apart and not yet read; begins anew when called.
            read: the puzzle of a record with its answer, or an ``InputError`` naming its line.
        """
        return cls._of_stream(kind, Stream(records, read), tuple(dict.fromkeys(notes)))

    @classmethod
    def _of_stream(cls, kind: str, stream: Stream[Pair], notes: tuple[str, ...]) -> Loaded:
        puzzles: Sequence[Puzzle] = Column(stream, lambda pair: pair[0])
        answers: Sequence[Answer | None] = Column(stream, lambda pair: pair[1])
        return cls(puzzles, answers, kind, notes, stream)

    def pairs(self) -> Iterator[Pair]:
        """Each puzzle with its answer, in the file's order."""
        if self.stream is not None:
            return iter(self.stream)
        return zip(self.puzzles, self.answers, strict=True)

    def chosen(self, places: Sequence[int]) -> Iterator[Pair]:
        """The puzzles at some places, ascending, with their answers; of others nothing is read."""
        if self.stream is not None:
            return self.stream.chosen(places)
        return ((self.puzzles[place], self.answers[place]) for place in places)

    def within(self, where: str) -> Loaded:
        """The same, errors of lines that are yet to be read naming ``where``."""
        if self.stream is None:
            return self
        return self._of_stream(self.kind, self.stream.at(where), self.notes)


@dataclass(frozen=True)
class Sample:
    """The head of a text, as forms look at it.

    Attributes:
        text: at most 100,000 characters.
        lines: its lines that are not blank, without their ends.
        whole: whether this is the whole text.
        suffix: of the file's name, in lower case, or "".
    """

    text: str
    lines: tuple[str, ...]
    whole: bool
    suffix: str = ""

    LIMIT = 100_000

    @classmethod
    def of(cls, text: str, path: Path | None = None, *, whole: bool = True) -> Sample:
        """The head of ``text``; a last line that is cut is left out.

        Args:
            whole: whether ``text`` is all there is.
        """
        head = text[: cls.LIMIT]
        whole = whole and len(head) == len(text)
        if not whole and "\n" in head:
            head = head[: head.rindex("\n")]
        lines = tuple(line for line in head.splitlines() if line.strip())
        return cls(head, lines, whole, path.suffix.lower() if path else "")

    @property
    def first(self) -> str:
        """The first line that is not blank, stripped."""
        return self.lines[0].strip() if self.lines else ""


@dataclass(frozen=True)
class Claim:
    """How sure a form is of a text.

    Attributes:
        strength: 2 where the form signs itself and no other is asked, 1 where the shape fits,
            0 where it does not.
        why: for strength 0, what is missing, in some words; "" where the text is nowhere near.
    """

    strength: int
    why: str = ""


SURE = Claim(2)
MAYBE = Claim(1)
NO = Claim(0)


def no(why: str) -> Claim:
    """No, for a reason worth telling whoever thought it was."""
    return Claim(0, why)


@dataclass(frozen=True)
class TextForm:
    """A way to write puzzles of a task as text.

    Attributes:
        name: in the words of those who use it, such as "MovingAI map".
        task: the task's name.
        claims: how sure this form is of a text.
        read: the puzzles of a text, or an ``InputError``.
        options: those of ``ReadOptions`` that it has a use for.
        stream: for a form that has one puzzle a line: the puzzles of a text that is too long to
            hold, of which it sees the head and may go through the lines; None where this text has
            not one a line after all. It reads each line as ``read`` does.
        inline: whether a line of text is a puzzle written out, and no file's name.
    """

    name: str
    task: str
    claims: Callable[[Sample], Claim]
    read: Callable[[str, ReadOptions], Loaded]
    options: frozenset[str] = frozenset()
    stream: Callable[[Sample, Lines, ReadOptions], Loaded | None] | None = None
    inline: Callable[[str], bool] = lambda line: False


@dataclass(frozen=True)
class RecordForm:
    """A way to write puzzles of a task as a JSON value; rows of a table are objects of texts.

    Attributes:
        name: as in ``TextForm``.
        task: the task's name.
        claims: how sure this form is of a value.
        read: the puzzles of a value (most forms hold one), or an ``InputError``.
        options: as in ``TextForm``.
    """

    name: str
    task: str
    claims: Callable[[Any], Claim]
    read: Callable[[Any, ReadOptions], Loaded]
    options: frozenset[str] = frozenset()


Form = TextForm | RecordForm


def placed(where: str, read: Callable[..., T], *arguments: Any) -> T:
    """``read(*arguments)``, its error naming ``where`` in front of the place it names itself."""
    try:
        return read(*arguments)
    except ToolkitError as error:
        error.path = where if error.path is None else f"{where}: {error.path}"
        raise


def is_box(value: Any) -> bool:
    """Whether a value is two whole numbers."""
    return (
        isinstance(value, tuple | list)
        and len(value) == 2
        and all(isinstance(side, int) and not isinstance(side, bool) for side in value)
    )
