"""Puzzle and answer: frozen pydantic models that a file, an HTTP body and a tool argument share."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sized
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hrm_toolkit.core.errors import InputError, OptionError, ToolkitError, meant, nearest


class Model(BaseModel):
    """A frozen model that refuses unknown keys, in one sentence.

    Raises:
        InputError: naming the first field at fault.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=False)
    refusal: ClassVar[type[ToolkitError]] = InputError

    def __init__(self, /, *given: Any, **fields: Any) -> None:
        if given:
            name, known = type(self).__name__, ", ".join(type(self).model_fields)
            raise self.refusal(f"the fields of {name} go by name", expected=f"some of {known}")
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise _refused(error, type(self)) from None

    # For pydantic: data within other data is validated as ever, and the outermost says what it is.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


class Options(Model):
    """A model of options, which a caller chooses.

    Raises:
        OptionError: naming the first one at fault.
    """

    refusal: ClassVar[type[ToolkitError]] = OptionError


Size = int | tuple[int, int]
"""How large a puzzle is: one number (side of a grid, number of nodes), or (height, width)."""


class Settings(Options):
    """What an adapter can be asked to generate.

    Attributes:
        sizes: sizes to draw from, uniformly; a task says what its numbers mean.
        difficulties: names to draw from, uniformly; empty for the adapter's own mixture.
    """

    sizes: tuple[Size, ...] = Field(default=(), max_length=100)
    difficulties: tuple[str, ...] = Field(default=(), max_length=100)


class Puzzle(Model):
    """What is given. A subclass sets ``task`` to a literal and adds its fields."""

    task: str

    @property
    def size_words(self) -> str:
        """How large it is, as a word before the task's name: "9x9", "12-node".

        The default measures the main field: rows x columns of a grid, or what else there is of it.
        """
        name = next(name for name in type(self).model_fields if name != "task")
        main = getattr(self, name)
        if not isinstance(main, Sized):
            return f"{name}-{main}"
        rows = (
            [len(row) for row in main if isinstance(row, Sized)] if isinstance(main, tuple) else []
        )
        if rows and len(set(rows)) == 1:
            return f"{len(rows)}x{rows[0]}"
        return f"{len(main)}-part"

    @property
    def detail(self) -> str:
        """What size and task leave open and a reader must know, in words; mostly nothing."""
        return ""

    def explicit(self) -> dict[str, Any]:
        """Its fields as JSON values, those said that a reader would else settle by itself."""
        return self.model_dump(mode="json")


class Answer(Model):
    """What is returned. A subclass sets ``task`` to a literal and adds its fields."""

    task: str


P = TypeVar("P", bound=Puzzle)
A = TypeVar("A", bound=Answer)
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Clue:
    """A part of what a puzzle gives, without which it would be a puzzle still.

    Attributes:
        words: where it is and what, such as "row 3 column 5 = 7".
        data: the same as JSON, such as ``(2, 4, 7)``.
    """

    words: str
    data: tuple[int | str, ...]


@dataclass(frozen=True)
class Reading:
    """How a network reads a grid of signs, and what is right, as data: for programs elsewhere.

    Either cells are grouped: those of a group of any relation that the structure declares differ,
    each holds one of the structure's symbols, and a sign given stays; the size alone decides the
    groups. Or there is a ``way``.

    Attributes:
        tokens: of each sign of the palette.
        answers: the sign that a token of an answer is shown as.
        sizes: sides of squares that may be asked besides a puzzle's own, where cells are grouped.
        way: a sign each of start, goal, path and wall, where a path is asked for: each cell that is
            no wall reads its neighbours. None where cells are grouped.
    """

    tokens: Mapping[str, int]
    answers: Mapping[int, str]
    sizes: tuple[int, ...] = ()
    way: tuple[str, str, str, str] | None = None


@dataclass(frozen=True)
class Palette:
    """The signs with which puzzles that are grids are drawn, cell by cell.

    Attributes:
        signs: one a cell, each with what it stands for; the first is a blank.
        blanks: signs of a blank that texts may have beside the first one.
        once: signs of which a grid has at most one.
        pattern: a regular expression for what else a cell may hold.
        meaning: what a cell may hold, in words, where ``signs`` do not say it.
        square: whether there are as many rows as columns, so that a line of all cells says as much,
            and no number is larger than the side.
        reading: how a network reads it; None where only the codec knows.
    """

    signs: tuple[tuple[str, str], ...]
    blanks: str = ""
    once: str = ""
    pattern: str = ""
    meaning: str = ""
    square: bool = False
    reading: Reading | None = None


@dataclass(frozen=True)
class Example(Generic[P, A]):
    """A puzzle with an answer that the rules accept.

    Attributes:
        difficulty: what its generator calls it, or None where nobody said.
        size: as it was asked of the generator, or None. Neither is part of what the example is.
    """

    puzzle: P
    answer: A
    difficulty: str | None = field(default=None, compare=False)
    size: int | tuple[int, int] | None = field(default=None, compare=False)


def validate(model: type[M], data: Any) -> M:
    """``data`` as a ``model``, or an InputError that names the first field at fault.

    Raises:
        InputError: with the field's path, the reason and what stood there.
    """
    try:
        return _validated(model, data)
    except RecursionError:
        raise InputError("the data is nested too deeply") from None


def _validated(model: type[M], data: Any) -> M:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _refused(error, model, InputError) from None


def _refused(
    error: ValidationError, model: type[BaseModel], kind: type[ToolkitError] | None = None
) -> ToolkitError:
    """The first fault in words of ours; of the model's own kind, unless one is said."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or None
    got = None if isinstance(first["input"], dict | BaseModel) else first["input"]
    message, expected = told(first)
    if first["type"] == "extra_forbidden" and len(first["loc"]) == 1:
        expected = "one of " + ", ".join(name for name in model.model_fields if name != "task")
    own = model.refusal if issubclass(model, Model) else InputError
    raised = own if kind is None else kind
    return raised(message, path=place, expected=expected, got=got, hint=_meant(first, model))


def _meant(fault: Mapping[str, Any], model: type[BaseModel]) -> str | None:
    """The field or the choice that a misspelled one comes close to, as a hint."""
    near = None
    if fault["type"] == "extra_forbidden" and len(fault["loc"]) == 1:
        near = meant(str(fault["loc"][0]), [n for n in model.model_fields if n != "task"])
    elif fault["type"] == "literal_error" and isinstance(fault["input"], str):
        near = nearest(fault["input"], re.findall(r"'([^']*)'", fault["ctx"]["expected"]))
    return f'did you mean "{near}"?' if near else None


_KINDS = {
    "int": ("this is no whole number", "a whole number"),
    "float": ("this is no number", "a number"),
    "finite": ("this is no number", "a finite number"),
    "decimal": ("this is no number", "a number"),
    "string": ("this is no text", "a text"),
    "bool": ("this is neither true nor false", "true or false"),
    "tuple": ("this is no list", "a list"),
    "list": ("this is no list", "a list"),
    "set": ("this is no list", "a list"),
    "dict": ("this is no object", "an object of named fields"),
    "mapping": ("this is no object", "an object of named fields"),
    "model": ("this is no object", "an object of named fields"),
    "none": ("this is not empty", "nothing here"),
}
"""By the first word of what pydantic calls a fault: what was found, what was expected."""

_BOUNDS = {
    "greater_than_equal": ("the number is too small", "at least {ge}"),
    "greater_than": ("the number is too small", "more than {gt}"),
    "less_than_equal": ("the number is too large", "at most {le}"),
    "less_than": ("the number is too large", "less than {lt}"),
}
_LIMITS = _BOUNDS | {
    "string_too_short": ("the text is too short", "at least {min_length} characters"),
    "string_too_long": ("the text is too long", "at most {max_length} characters"),
    "string_pattern_mismatch": ("the text has another form", "one like {pattern}"),
    "literal_error": ("this is none of those known", "{expected}"),
    "enum": ("this is none of those known", "{expected}"),
    "tuple_too_short": ("the list is too short", "at least {min_length}"),
    "too_short": ("the list is too short", "at least {min_length}"),
    "too_long": ("the list is too long", "at most {max_length}"),
    "missing": ("this field is missing", None),
    "extra_forbidden": ("there is no such field", None),
    "invalid_key": ("this is no name of a field", "a text"),
}


def told(fault: Mapping[str, Any]) -> tuple[str, str | None]:
    """What was found and what was expected, in words of ours and not of the library's."""
    kind, context = str(fault["type"]), fault.get("ctx", {})
    found = fault["input"]
    if kind in _BOUNDS and isinstance(found, str):
        found = float(found)  # as pydantic has read it, to compare it
    if isinstance(found, float) and math.isnan(found):
        return _KINDS["finite"]
    if kind in _LIMITS:
        message, expected = _LIMITS[kind]
        return message, expected and expected.format(**context)
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error", fault["msg"])), None
    if kind.partition("_")[0] in _KINDS:
        return _KINDS[kind.partition("_")[0]]
    return str(fault["msg"]).replace("Input should be", "expected").replace("Input", "this"), None
