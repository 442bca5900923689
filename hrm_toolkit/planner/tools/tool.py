"""Tools and their arguments, in the part of JSON Schema that every host of models understands."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Self

from pydantic import BeforeValidator

from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.adapters.registry import adapter_names
from hrm_toolkit.core import InputError, Model, OptionError, meant, nearest, shorten, validate
from hrm_toolkit.planner.tasks import names_in_words, tasks_in_words
from hrm_toolkit.planner.tools.data import output_schema

MOST_ARGUMENTS_TEXT = 2_000_000
"""Characters of arguments that come as one text."""

_BOUNDS = ("minimum", "maximum", "maxLength", "maxItems", "minItems", "minLength")
_LONG = 1_000
"""Characters up to which a bound goes without saying: no name comes near it."""

_NOTHING = {"", "null", "none"}


class Arguments(Model):
    """What a tool is called with: a flat object.

    A field that may be left to the service is nullable. Strict hosts demand that all fields are
    named in every call (``portable_schema``); others are told what a call must have alone
    (``call_schema``), since some of them look at ``required`` before they send anything. A call
    is understood either way, and so is one that writes ``"null"`` or stringifies what it sends.

    Example:
        >>> class Greet(Arguments):
        ...     name: str
        ...     times: int | None
        >>> Greet.read('{"name": "Ada", "times": "2"}').times
        2
    """

    WORDS: ClassVar[frozenset[str]] = frozenset()
    """Nullable arguments for which ``none`` is a word of its own, and not null."""

    @classmethod
    def read(cls, given: Any) -> Self:
        """Arguments from an object, or from JSON text that holds one.

        Raises:
            OptionError: for an unknown or missing argument, with the nearest known one.
            InputError: for a value of another kind, or text that is no JSON.
        """
        values = _object(given)
        fields = cls.model_fields
        for name in values:
            if name not in fields:
                # A puzzle is often given under the name of its task.
                said = "puzzle" if str(name).lower() in adapter_names() else str(name)
                near = meant(said, fields) if said not in fields else said
                raise OptionError(
                    f'there is no argument "{shorten(str(name), 40)}"',
                    path=shorten(str(name), 40),
                    expected="one of " + ", ".join(fields),
                    hint=f'did you mean "{near}"?' if near else None,
                )
        nullable = _nullable(cls)
        for name in fields:
            if name not in values and name not in nullable:
                raise OptionError(
                    f'the argument "{name}" is missing', path=name, expected=_expected(cls, name)
                )
        plain = {
            name: _plain(values.get(name), name in nullable, name in cls.WORDS) for name in fields
        }
        for name, value in plain.items():
            if isinstance(value, bool) and not _takes_truth(cls, name):
                wrong = InputError("a truth value is no number and no text", path=name, got=value)
                raise _explained(wrong, cls)
        try:
            return validate(cls, plain)
        except InputError as error:
            raise _explained(error, cls) from None

    @classmethod
    def portable_schema(cls) -> dict[str, Any]:
        """JSON Schema of the arguments, in the profile that ``lint`` holds it to.

        Bounds stand in the descriptions: not every host takes them as keywords.
        """
        properties = copy.deepcopy(_properties(cls))
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }

    @classmethod
    def call_schema(cls) -> dict[str, Any]:
        """The same with only what a call must have among ``required``.

        Example:
            >>> class Greet(Arguments):
            ...     name: str
            ...     times: int | None
            >>> Greet.call_schema()["required"]
            ['name']
        """
        portable = cls.portable_schema()
        needed = [name for name in portable["properties"] if name not in _nullable(cls)]
        return {**portable, "required": needed}

    @classmethod
    def bounded_schema(cls) -> dict[str, Any]:
        """The schema of a call with bounds as keywords."""
        raw = cls.model_json_schema()["properties"]
        called = cls.call_schema()
        properties = {
            name: {**_untitled(raw[name]), "description": value["description"]}
            for name, value in called["properties"].items()
        }
        return {**called, "properties": properties}


@dataclass(frozen=True)
class Tool:
    """One tool.

    Attributes:
        name: also the method of ``Service`` that does the work.
        title: for people.
        about: what it does, when to call it and what comes back; ``{tasks}`` stands for the
            tasks that are known with what each asks for, ``{names}`` for their names alone.
        arguments: its model.
        example: a correct call that names every argument.
        returns: fields of its replies' data, beside those that all replies have.
        read_only: changes nothing; the handles and jobs that it may add do not count.
        progress: whether it can report progress.
    """

    name: str
    title: str
    about: str
    arguments: type[Arguments]
    example: dict[str, Any]
    returns: tuple[str, ...] = ()
    read_only: bool = True
    progress: bool = False

    @property
    def description(self) -> str:
        """For a model: ``about`` with the tasks that are known at the moment."""
        if "{" not in self.about:
            return self.about
        return self.about.format(tasks=tasks_in_words(), names=names_in_words())

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments for strict hosts: every one of them is required."""
        return self.arguments.portable_schema()

    @property
    def call_schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments with only what a call must have required."""
        return self.arguments.call_schema()

    @property
    def output_schema(self) -> dict[str, Any]:
        """JSON Schema of its replies' data."""
        return output_schema(self.returns)

    @property
    def short_example(self) -> dict[str, Any]:
        """The example without what may be left out."""
        return {name: value for name, value in self.example.items() if value is not None}


def _portable(value: dict[str, Any]) -> dict[str, Any]:
    """One property without titles and bounds; the bounds go into its description."""
    sides = value.get("anyOf", [value])
    bounds = [text for side in sides for text in _bounds(side)]
    description = value.get("description", "")
    if bounds:
        description = f"{description.rstrip('.')} ({', '.join(bounds)})."
    kept = _plain_type(value)
    if "anyOf" in kept:
        kept["anyOf"] = [_plain_type(side) for side in sides]
    return {**kept, "description": description}


def _plain_type(value: dict[str, Any]) -> dict[str, Any]:
    drop = {"title", "description", *_BOUNDS}
    kept = {key: part for key, part in value.items() if key not in drop}
    if isinstance(kept.get("items"), dict):
        kept["items"] = _plain_type(kept["items"])
    return kept


def _untitled(value: dict[str, Any]) -> dict[str, Any]:
    kept = {key: part for key, part in value.items() if key != "title"}
    if "anyOf" in kept:
        kept["anyOf"] = [_untitled(side) for side in kept["anyOf"]]
    return kept


def _bounds(side: dict[str, Any]) -> list[str]:
    low, high = side.get("minimum"), side.get("maximum")
    texts = [f"{low:g} to {high:,.0f}"] if low is not None and high is not None else []
    if side.get("maxLength", 0) > _LONG:
        texts.append(f"at most {side['maxLength']:,} characters")
    if "maxItems" in side:
        texts.append(f"at most {side['maxItems']:,} items")
    return texts


@cache
def _properties(model: type[Arguments]) -> dict[str, dict[str, Any]]:
    raw = model.model_json_schema()["properties"]
    return {name: _portable(value) for name, value in raw.items()}


def _nullable(model: type[Arguments]) -> set[str]:
    return {name for name, value in _properties(model).items() if "anyOf" in value}


def _takes_truth(model: type[Arguments], name: str) -> bool:
    # Pydantic takes false for 0, which no caller means.
    value = _properties(model)[name]
    return any(side.get("type") == "boolean" for side in value.get("anyOf", [value]))


def _expected(model: type[Arguments], name: str) -> str:
    value = _properties(model)[name]
    kind = value.get("type", "")
    article = "an" if kind[:1] in "aeiou" else "a"
    return f"{article} {kind}: {value['description']}"


def _explained(error: InputError, model: type[Arguments]) -> InputError:
    """The error with what its argument is for, and the choice that was meant."""
    name = (error.path or "").partition(".")[0]
    if name not in model.model_fields:
        return error
    value = _properties(model)[name]
    side = value["anyOf"][0] if "anyOf" in value else value
    error.expected = f"{side.get('type')}: {value['description']}"
    error.message = error.message[:1].lower() + error.message[1:]
    near = nearest(error.got or "", side.get("enum", ()))
    if near:
        error.hint = f'did you mean "{near}"?'
    return error


def _object(given: Any) -> dict[str, Any]:
    """The arguments as an object; text is read as JSON, once more if it holds text again."""
    value = {} if given is None else given
    for _ in range(2):
        if isinstance(value, str):
            value = _json(value)
    if not isinstance(value, dict):
        raise InputError("the arguments are no object", expected="a JSON object", got=value)
    return value


def _json(text: str) -> Any:
    if len(text) > MOST_ARGUMENTS_TEXT:
        raise InputError(
            f"the arguments have {len(text):,} characters",
            expected=f"at most {MOST_ARGUMENTS_TEXT:,}",
        )
    return read_json(text) if text.strip() else {}


def _plain(value: Any, nullable: bool, none_is_said: bool) -> Any:
    # Small models write the word.
    if nullable and isinstance(value, str) and value.strip().lower() in _NOTHING:
        return "none" if none_is_said and value.strip().lower() == "none" else None
    return value


def _as_text(value: Any) -> Any:
    """Text as it is; what a caller should have written as JSON text, written so."""
    if isinstance(value, dict | list):
        return json.dumps(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_list(value: Any) -> Any:
    """A list as it is, or from JSON text that holds one; one text by itself as a list of one."""
    if not isinstance(value, str):
        return value
    return read_json(value) if value.lstrip().startswith("[") else [value]


AS_TEXT = BeforeValidator(_as_text)
"""Behind a text argument's bounds: takes an object or a list for its own JSON."""

AS_LIST = BeforeValidator(_as_list)
"""Behind a list argument: takes text for the JSON of a list."""
