"""Puzzles and answers from what a program has: files, text, JSON, values and graphs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from hrm_toolkit.adapters.formats.answers import read_answer
from hrm_toolkit.adapters.formats.published.arrays import is_published
from hrm_toolkit.adapters.formats.records import RecordReader
from hrm_toolkit.adapters.formats.sniff import forms_of, read_any
from hrm_toolkit.adapters.formats.source import read_source, said
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import (
    Answer,
    AnyAdapter,
    Budget,
    InputError,
    Model,
    OptionError,
    Puzzle,
    Result,
    UnknownNameError,
    meant,
    nearest,
    shorten,
)
from hrm_toolkit.core.files import Loaded, ReadOptions, RecordForm, is_box

_LONGEST_NAME = 1000
_LISTED = 10_000


class Read(NamedTuple):
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
        unknown: refused, with the name that was meant.

    Raises:
        OptionError: for another option, or one of another kind.

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
        **unknown: Any,
    ) -> None:
        for name in unknown:
            raise unknown_option(name, ("start", "goal", "weight", "box"))
        if box is not None and not is_box(box):
            raise OptionError("the box is no shape", expected="rows and columns: (3, 2)", got=box)
        if weight is not None and not isinstance(weight, str):
            raise OptionError("the weight is no name", expected="an edge attribute's", got=weight)
        self.adapter = adapter
        self._ends = start is not None or goal is not None
        self._said = self._ends or weight is not None or box is not None
        self._options = start, goal, weight, box

    @property
    def options(self) -> ReadOptions:
        """What readers are told."""
        *ends, weight, box = self._options
        start, goal = (None if node is None else str(node) for node in ends)
        return ReadOptions(self.adapter.read_as, start, goal, weight, box)

    def one(self, value: Any) -> Read:
        """The one puzzle that a value is, or that it names the file of.

        Raises:
            InputError: when it cannot be read, or there are several.
        """
        if isinstance(value, self.adapter.puzzle_type) and not self._said:
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
        if isinstance(values, str | bytes | os.PathLike):
            loaded = self._loaded(values)
            return [Read(puzzle, loaded.notes) for puzzle in loaded.puzzles]
        if isinstance(values, Model | dict) or not isinstance(values, Iterable):
            raise InputError(
                f"{said(values)} is given for several puzzles",
                expected="a list of puzzles, a file's name or its text",
                hint="solve takes one puzzle",
            )
        return [self.one(value) for value in values]

    def answer(self, puzzle: Puzzle, value: Any) -> Answer:
        """An answer from an answer, its fields, its main field, a file, text or JSON.

        Raises:
            InputError: when it cannot be read, so that there is nothing to check.
        """
        if isinstance(value, os.PathLike) or (isinstance(value, str) and _is_file(value)):
            return read_answer(value, self.adapter, puzzle)
        if isinstance(value, str):
            value = value.encode("utf-8", "surrogateescape")
        if isinstance(value, bytes):
            return read_answer(value, self.adapter, puzzle)
        if isinstance(value, Result):
            value = _answer_of(value)
        if isinstance(value, dict) and "answer" in value:
            value = value["answer"]
        if not self._is_value(value, self.adapter.answer_type):
            raise InputError(
                f"{said(value)} is no answer",
                expected=f"an answer to a {self.adapter.task} puzzle: a list, text or a file",
            )
        answer: Answer = self.adapter.coerce_answer(puzzle, value)
        return answer

    def _is_value(self, value: Any, wanted: type[Model]) -> bool:
        """Whether a value may be a puzzle or an answer: a model is one, or is none at all."""
        if isinstance(value, Model):
            return isinstance(value, Puzzle if issubclass(wanted, Puzzle) else Answer)
        # A task of one's own may ask for a number alone.
        names = [name for name in wanted.model_fields if name != "task"]
        plain = len(names) == 1 and wanted.model_fields[names[0]].annotation in (int, float)
        return value is not None and (plain or not isinstance(value, int | float | complex))

    def _loaded(self, value: Any) -> Loaded:
        if isinstance(value, os.PathLike):
            return self._file(value)
        if isinstance(value, str):
            return self._named(value) if _is_name(value) else self._text(value)
        if isinstance(value, bytes):
            return self._content(value)
        foreign = self.adapter.read_object(value, self.options)
        if foreign is not None:
            return foreign
        if not self._is_value(value, self.adapter.puzzle_type):
            raise InputError(
                f"{said(value)} is no puzzle",
                expected=f"a {self.adapter.task} puzzle: text, a file's name, lists or fields",
            )
        return self._value(value)

    def _content(self, data: bytes) -> Loaded:
        """The puzzles of a file's content."""
        from hrm_toolkit.adapters.formats import read_puzzles

        if self._shared:
            return read_puzzles(data, adapter=self.adapter.read_as, **self.options.given)
        return self._text(data.decode("utf-8", "surrogateescape"))

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
            return read_puzzles(path, adapter=self.adapter.read_as, **self.options.given)
        text, _ = read_source(path)
        try:
            return self._text(text)
        except InputError as error:
            raise error.at(str(path)) from None

    def _text(self, text: str) -> Loaded:
        from hrm_toolkit.adapters.formats import read_text

        if self._shared:
            return read_text(text, adapter=self.adapter.read_as, **self.options.given)
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
            forms = forms_of(self.adapter.read_as)
            records = [form for form in forms if isinstance(form, RecordForm)]
            return RecordReader(records, self.options, read_any).record(value)
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


def unknown_option(name: str, known: tuple[str, ...]) -> OptionError:
    """That a call has no such option; one of a budget is set there."""
    budget = tuple(Budget.model_fields)
    near = meant(name, (*known, "strategy", "seed", "budget", *budget))
    hint = f'did you mean "{near}"?' if near not in (None, name) else None
    if near in budget:
        hint = f"set it in the budget: budget=Budget({near}=...)"
    expected = "one of " + ", ".join(known)
    return OptionError(f'there is no option "{shorten(name, 40)}"', expected=expected, hint=hint)


def _answer_of(result: Result) -> Answer:
    if result.answer is None:
        raise InputError("this result has no answer", expected="one that was solved")
    return result.answer


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
