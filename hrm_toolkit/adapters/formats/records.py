"""Puzzles as records: JSON values, JSON Lines, and the rows of tables.

A record is a puzzle in a form of some task, or an object that holds one under a name such as
``puzzle`` or ``question``, maybe with its ``answer`` or ``solution``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from hrm_toolkit.adapters.extras import require_plain_rules
from hrm_toolkit.adapters.formats.containers import contained
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.adapters.names import lowered, plain, require_one
from hrm_toolkit.adapters.registry import get_adapter, loadable
from hrm_toolkit.core import Answer, InputError, OptionError, Puzzle, ToolkitError
from hrm_toolkit.core.files import (
    Claim,
    Form,
    Lines,
    Loaded,
    Pair,
    ReadOptions,
    RecordForm,
    placed,
)

QUESTION = ("question", "puzzle", "puzzles", "quiz", "quizzes", "problem", "unsolved", "input")
ANSWER = ("answer", "solution", "solutions", "answers", "solved", "output")
ReadText = Callable[[str, ReadOptions], Loaded]


class RecordReader:
    """Reads JSON values and rows as puzzles.

    Args:
        forms: those of the tasks that are asked.
        options: what the reader was told.
        read_text: reads a puzzle that a record holds as a text.
    """

    def __init__(
        self, forms: Sequence[RecordForm], options: ReadOptions, read_text: ReadText
    ) -> None:
        self.forms, self.options, self._read_text = forms, options, read_text

    @cached_property
    def _asked_names(self) -> frozenset[str]:
        """Once a reader, since a table has a record a row, and only where it is asked for, since
        every task is."""
        return frozenset(map(plain, (*puzzle_columns(), *ANSWER)))

    def read(self, text: str) -> Loaded:
        """The puzzles of one JSON value, or of JSON Lines.

        Raises:
            InputError: naming the record or line at fault.
        """
        if is_lines(text):
            found = _cut(enumerate(text.split("\n"), 1))
            return joined("JSON Lines", [self.placed(record, self._line) for record in found])
        value = read_json(text)
        _, claim = self._best(value)
        # Where the task is said, a list that may be its puzzle is one, and no list of puzzles.
        enough = 2 if self.options.adapter is None else 1
        if isinstance(value, list) and claim.strength == 1 and not self._best(value[0])[1].strength:
            enough = 1
        if isinstance(value, list) and claim.strength < enough:
            if not value:
                raise InputError("the JSON is an empty list", expected="a puzzle")
            if claim.strength == 0 and (whys := self._whys(value)):
                raise _unknown(value, whys)
            return self._joined("JSON list", value)
        inner = contained(value) if claim.strength < enough else None
        if inner:
            listed = any(isinstance(v, list) for v in value.values())
            others = {n: v for n, v in value.items() if listed and not isinstance(v, list)}
            require_plain_rules(others, "file", expected="puzzles alone")
            return self._joined("JSON table", inner)
        return self.record(value)

    def _joined(self, kind: str, values: Sequence[Any]) -> Loaded:
        loaded = [placed(f"record {n}", self.record, item) for n, item in enumerate(values, 1)]
        return joined(kind, loaded)

    def stream_lines(self, lines: Lines) -> Loaded:
        """The puzzles of JSON Lines too long to hold, one a line."""
        return self.stream(lambda: _cut(lines()), lambda _: "JSON Lines", self._line)

    def stream(
        self,
        records: Callable[[], Iterator[tuple[str, Any]]],
        kind: Callable[[Loaded], str],
        read: Callable[[Any], Loaded] | None = None,
    ) -> Loaded:
        """The puzzles of records with their places, one each, read one by one.

        Args:
            records: begins anew when called; there is at least one.
            kind: what to call them, by the first.
            read: reads a record; ``record`` unless said.

        Raises:
            InputError: where the first cannot be read.
        """

        def pair(record: tuple[str, Any]) -> Pair:
            loaded = self.placed(record, read)
            if len(loaded.puzzles) != 1:
                raise InputError(
                    f"there are {len(loaded.puzzles)} puzzles", path=record[0], expected="one"
                )
            return loaded.puzzles[0], loaded.answers[0]

        first = self.placed(next(records()), read)
        return Loaded.streamed(kind(first), records, pair, first.notes)

    def placed(
        self, record: tuple[str, Any], read: Callable[[Any], Loaded] | None = None
    ) -> Loaded:
        """The puzzles of a record with its place, which errors name."""
        return placed(record[0], read or self.record, record[1])

    def record(self, value: Any) -> Loaded:
        """The puzzles of one value, with their answers where the value carries them.

        Raises:
            InputError: saying what was found and what was expected.
        """
        task = self._said(value)
        form, claim = self._best(value, task)
        if isinstance(value, dict) and "task" not in value and claim.strength < 2:
            question, answer = (_field(value, names) for names in (QUESTION, ANSWER))
            if question is not None:
                column = next((str(name) for name, held in value.items() if held is answer), None)
                require_plain_rules(
                    value, "record", known=self._asked_names, expected="a puzzle, maybe answered"
                )
                pair = _field(value, QUESTION[:-1]) is None
                return self._asked(question, answer, pair=pair, column=column)
        if form is None or claim.strength == 0:
            if task is not None:
                return self._as_task(task, value)
            raise self._unknown(value)
        require_used(self.options, form)
        return form.read(value, self.options)

    def _asked(
        self, question: Any, answer: Any, *, pair: bool = False, column: str | None = None
    ) -> Loaded:
        """A question with its answer.

        Args:
            column: the field that holds the answer.
            pair: they are called input and output, as the grids of ARC are too: then lists are a
                puzzle only where the rules accept the answer.
        """
        if pair and isinstance(question, list):
            return self._pair(question, answer)
        loaded = self._question(question)
        if answer in (None, ""):
            return loaded
        if len(loaded.puzzles) != 1:
            raise InputError(f"one answer is given to {len(loaded.puzzles)} puzzles")
        puzzle = loaded.puzzles[0]
        adapter = get_adapter(puzzle.task)
        parse = adapter.parse_answer if isinstance(answer, str) else adapter.coerce_answer
        try:
            read: Answer = parse(puzzle, answer)
        except InputError as error:
            raise error.at(f'its "{column}"' if column else "its answer") from None
        if loaded.open:
            puzzle = adapter.meant(puzzle, read)
        return Loaded.of(loaded.kind, [(puzzle, read)], loaded.notes)

    def _pair(self, question: Any, answer: Any) -> Loaded:
        value = {"input": question, "output": answer}
        try:
            loaded = self._asked(question, answer)
        except ToolkitError as error:
            raise self._unknown(value, f"not a puzzle with its answer: {error}") from None
        for puzzle, read in zip(loaded.puzzles, loaded.answers, strict=True):
            if read is None or not get_adapter(puzzle.task).rules.check(puzzle, read):
                why = f"not a {puzzle.task} puzzle with its answer: the rules refute the output"
                raise self._unknown(value, why)
        return loaded

    def _question(self, question: Any) -> Loaded:
        form, claim = self._best(question, None)
        if isinstance(question, str) and (form is None or claim.strength < 2):
            return self._read_text(question, self.options)
        return self.record(question)

    def _as_task(self, task: str, value: Any) -> Loaded:
        """A record of a task that declares no form for it."""
        for name in self.options.given:
            if any(name in form.options for form in self.forms if form.task == task):
                raise self._unknown(value)
            raise OptionError(f"{use_of(name)}, and this is a {task} puzzle")
        puzzle: Puzzle = get_adapter(task).coerce(value)
        return Loaded.of(f"{task} puzzle, JSON", [(puzzle, None)])

    def _said(self, value: Any) -> str | None:
        """The task that the record or the caller names.

        Raises:
            InputError: where the two differ.
        """
        said = value.get("task") if isinstance(value, dict) else None
        if said is not None and not isinstance(said, str):
            raise InputError("the task is no name", path="task", expected="a text", got=said)
        if said is not None:
            get_adapter(said)
        wanted = self.options.adapter
        if wanted is not None and said not in (None, wanted):
            raise InputError(f"this is a {said} puzzle", expected=f"a {wanted} puzzle")
        return wanted or said

    def _best(self, value: Any, task: str | None = None) -> tuple[RecordForm | None, Claim]:
        """The form that is surest of a value; of equally sure ones the first."""
        asked = [form for form in self.forms if task in (None, form.task)]
        claims = [(form, form.claims(value)) for form in asked]
        # What was said for some kinds of puzzles tells them from others.
        told = set(self.options.given)
        meant = [(f, c) for f, c in claims if c.strength and told <= f.options]
        claims = meant or claims
        return max(claims, key=lambda pair: pair[1].strength, default=(None, Claim(0)))

    def _whys(self, value: Any) -> list[str]:
        """Why the forms that are near a value do not fit it."""
        claims = [(form, form.claims(value)) for form in self.forms]
        return [f"not {form.name}: {claim.why}" for form, claim in claims if claim.why]

    def _unknown(self, value: Any, why: str | None = None) -> InputError:
        """The error for a value of no form: those considered, and why each does not fit.

        Args:
            why: what else was tried, and how that failed.
        """
        refused = [(f, c) for f in self.forms if not (c := f.claims(value)).strength]
        whys = [f"not {form.name}: {claim.why}" for form, claim in refused if claim.why]
        # Forms that say nothing of their own would hide what the others say.
        whys = whys or [f"not {form.name}: {_shape(value)}" for form, _ in refused]
        return _unknown(value, [*([why] if why else []), *whys])

    def _line(self, line: str) -> Loaded:
        return self.record(read_json(line))


def puzzle_columns() -> set[str]:
    """Names of columns that hold puzzles: those of all tasks, and of each its own."""
    own = (name for task in loadable() for name in task.columns)
    return {*QUESTION, "grid", "board", *own}


def use_of(option: str) -> str:
    """The tasks whose forms have a use for an option, in words."""
    users = [t.title for t in loadable() if any(option in form.options for form in t.forms())]
    return f"{option} is for {' and '.join(users)}"


def require_used(options: ReadOptions, form: Form) -> None:
    """Refuse an option that a form has no use for.

    Raises:
        OptionError: naming option and form.
    """
    for name in options.given:
        if name not in form.options:
            raise OptionError(f"{use_of(name)}, and this is {form.name}")


def joined(kind: str, loaded: Sequence[Loaded]) -> Loaded:
    """The puzzles of several records as one list."""
    pairs: list[Pair] = [
        pair for one in loaded for pair in zip(one.puzzles, one.answers, strict=True)
    ]
    return Loaded.of(kind, pairs, [note for one in loaded for note in one.notes])


def _field(value: dict[str, Any], names: Sequence[str]) -> Any:
    found = lowered(value)
    name = next((name for name in names if found.get(name) is not None), None)
    if name is None:
        return None
    if names is QUESTION:
        require_one(found, QUESTION, name)
    return found[name]


def _cut(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[str, str]]:
    return ((f"line {number}", line) for number, line in lines if line.strip())


def is_lines(text: str) -> bool:
    """Whether the first line is a JSON value by itself and more follow."""
    first, _, rest = text.strip().partition("\n")
    if not rest.strip() or first.strip() in ("{", "["):
        return False
    # What else is wrong with a line is said where it is read, by its number.
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _shape(value: Any) -> str:
    """What a value is, for forms that ask for another."""
    if isinstance(value, dict):
        return f"its fields are {', '.join(map(str, list(value)[:5]))}" if value else "it is empty"
    if isinstance(value, list):
        return f"it is a list of {len(value):,}"
    if isinstance(value, str):
        return "it is a text"
    return "it is null" if value is None else f"it is {str(value).lower()} alone"


def _unknown(value: Any, whys: Sequence[str] = ()) -> InputError:
    return InputError(
        "this JSON is no puzzle that is known" + (f" ({'; '.join(whys)})" if whys else ""),
        expected='an object such as {"task": NAME, "grid": [...]}, or another form of some task',
        got=list(value)[:5] if isinstance(value, dict) else value,
    )
