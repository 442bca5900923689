"""Puzzles and answers from what a program has: files, text, JSON, values and graphs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hrm_toolkit.adapters.formats.answers import read_answer
from hrm_toolkit.adapters.formats.published.arrays import is_published
from hrm_toolkit.adapters.formats.records import RecordReader
from hrm_toolkit.adapters.formats.sniff import forms_of, read_any
from hrm_toolkit.adapters.formats.source import read_source
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import (
    Answer,
    AnyAdapter,
    InputError,
    OptionError,
    Puzzle,
    UnknownNameError,
    nearest,
    shorten,
)
from hrm_toolkit.core.files import Loaded, ReadOptions, RecordForm

_LONGEST_NAME = 1000
_LISTED = 10_000


@dataclass(frozen=True)
class Read:
    """One puzzle, what its reader assumed, and whether an answer may show another: ``Loaded``."""

    puzzle: Puzzle
    notes: tuple[str, ...] = ()
    open: bool = False


class Given:
    """Reads what a program has as puzzles of one task: as the command line would read it.

    Args:
        adapter: of the task.
        start: where to begin, for graphs and maps that mark no start; overrules what is given.
        goal: where to end, likewise.
        weight: the edge attribute that is a graph's cost, or "none".
        box: rows and columns of a Sudoku's boxes.

    Example:
        >>> Given(get_adapter("maze")).one("S..\\n##.\\nG..").puzzle.shape
        (3, 3)
    """

    def __init__(
        self,
        adapter: AnyAdapter,
        *,
        start: Any = None,
        goal: Any = None,
        weight: str | None = None,
        box: tuple[int, int] | None = None,
    ) -> None:
        self.adapter = adapter
        self._ends = {
            name: end for name, end in (("start", start), ("goal", goal)) if end is not None
        }
        begin, end = (None if node is None else str(node) for node in (start, goal))
        self.options = ReadOptions(adapter.task, begin, end, weight, box)

    def one(self, value: Any) -> Read:
        """The one puzzle that a value is, or that it names the file of.

        Raises:
            InputError: when it cannot be read, or there are several.
        """
        if isinstance(value, self.adapter.puzzle_type) and not self.options.given:
            return Read(value)
        loaded = self._loaded(value)
        if len(loaded.puzzles) != 1:
            raise InputError(
                f"there are {len(loaded.puzzles):,} puzzles here ({loaded.kind})",
                path=_path_of(value),
                expected="one",
                hint="solve_many takes them all",
            )
        return Read(loaded.puzzles[0], loaded.notes, loaded.open)

    def many(self, values: Iterable[Any] | str | os.PathLike[str]) -> list[Read]:
        """The puzzles of a file of several, of its text, or of some values.

        Raises:
            InputError: when one cannot be read.
        """
        if isinstance(values, str | os.PathLike):
            loaded = self._loaded(values)
            return [Read(puzzle, loaded.notes) for puzzle in loaded.puzzles]
        return [self.one(value) for value in values]

    def answer(self, puzzle: Puzzle, value: Any) -> Answer:
        """An answer from an answer, its fields, its main field, a file, text or JSON.

        Raises:
            InputError: when it cannot be read, so that there is nothing to check.
        """
        if isinstance(value, os.PathLike) or (isinstance(value, str) and _is_file(value)):
            return read_answer(value, self.adapter, puzzle)
        if isinstance(value, str):
            return read_answer(value.encode("utf-8", "surrogateescape"), self.adapter, puzzle)
        if isinstance(value, dict) and "answer" in value:
            value = value["answer"]
        answer: Answer = self.adapter.coerce_answer(puzzle, value)
        return answer

    def _loaded(self, value: Any) -> Loaded:
        if isinstance(value, os.PathLike):
            return self._file(value)
        if isinstance(value, str):
            return self._named(value) if _is_name(value) else self._text(value)
        foreign = self.adapter.read_object(value, self.options)
        if foreign is not None:
            return foreign
        return self._value(value)

    def _named(self, text: str) -> Loaded:
        """What a short line of text stands for: a file of that name, or else the puzzle itself."""
        if _is_file(text):
            return self._file(text)
        try:
            return self._text(text)
        except InputError as error:
            path = Path(text)
            near = nearest(path.name, _beside(path)) if path.name else None
            raise InputError(
                f'there is no file "{shorten(text)}", and it is no JSON; '
                f"read as {self.adapter.task} text, {error.message}",
                expected=error.expected,
                hint=f'did you mean the file "{path.with_name(near)}"?' if near else error.hint,
            ) from None

    def _file(self, path: str | os.PathLike[str]) -> Loaded:
        from hrm_toolkit.adapters.formats import read_puzzles

        if self._shared:
            return read_puzzles(path, adapter=self.adapter.task, **self.options.given)
        text, _ = read_source(path)
        try:
            return self._text(text)
        except InputError as error:
            raise error.at(str(path)) from None

    def _text(self, text: str) -> Loaded:
        from hrm_toolkit.adapters.formats import read_text

        if self._shared:
            return read_text(text, adapter=self.adapter.task, **self.options.given)
        self._refuse_options()
        if text.lstrip()[:1] in ("{", "["):
            return self._value(read_json(text))
        return Loaded.of(f"{self.adapter.task} text", [(self.adapter.coerce(text), None)])

    def _value(self, value: Any) -> Loaded:
        """A record, or what the adapter itself makes of a value."""
        if isinstance(value, self.adapter.puzzle_type):
            value = value.model_dump()
        if self._ends:
            value = _lists(value)
        if self._shared and isinstance(value, (dict, list) if self._ends else dict):
            forms = [form for form in forms_of(self.adapter.task) if isinstance(form, RecordForm)]
            return RecordReader(forms, self.options, read_any).record(value)
        self._refuse_options()
        return Loaded.of(self.adapter.task, [(self.adapter.coerce(value), None)])

    def _refuse_options(self) -> None:
        for name in self.options.given:
            raise OptionError(f"{name} is no option for a {self.adapter.task} puzzle like this one")

    @property
    def _shared(self) -> bool:
        """Whether the readers of files know this very task; a program may have one of its own."""
        try:
            known = get_adapter(self.adapter.task)
        except UnknownNameError:
            return False
        return known.puzzle_type is self.adapter.puzzle_type


def _lists(value: Any) -> Any:
    """Rows as JSON has them, of tuples or an array."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    return [_lists(item) for item in value] if isinstance(value, list | tuple) else value


def _is_name(text: str) -> bool:
    """Whether a text may be a file's name: one line, and no JSON."""
    line = text.strip()
    return 0 < len(line) <= _LONGEST_NAME and "\n" not in line and line[0] not in "{["


def _is_file(text: str) -> bool:
    if not _is_name(text):
        return False
    try:
        return Path(text).is_file() or is_published(text)
    except (OSError, ValueError):
        return False


def _beside(path: Path) -> list[str]:
    try:
        with os.scandir(path.parent) as entries:
            return [entry.name for entry, _ in zip(entries, range(_LISTED), strict=False)]
    except (OSError, ValueError):
        return []


def _path_of(value: Any) -> str | None:
    if isinstance(value, os.PathLike):
        return str(value)
    return value if isinstance(value, str) and _is_file(value) else None
