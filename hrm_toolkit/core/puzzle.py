"""Puzzle and answer: frozen pydantic models that a file, an HTTP body and a tool argument share."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from hrm_toolkit.core.errors import InputError, nearest


class Model(BaseModel):
    """A frozen model that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=False)


class Puzzle(Model):
    """What is given. A subclass sets ``task`` to a literal and adds its fields."""

    task: str

    @property
    def detail(self) -> str:
        """What size and task leave open and a reader must know, in words; mostly nothing."""
        return ""


class Answer(Model):
    """What is returned. A subclass sets ``task`` to a literal and adds its fields."""

    task: str


P = TypeVar("P", bound=Puzzle)
A = TypeVar("A", bound=Answer)
M = TypeVar("M", bound=BaseModel)


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
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or None
        message = first["msg"].removeprefix("Value error, ")
        got = None if isinstance(first["input"], dict | BaseModel) else first["input"]
        near = None
        if first["type"] == "literal_error" and isinstance(got, str):
            near = nearest(got, re.findall(r"'([^']*)'", first["ctx"]["expected"]))
        hint = f'did you mean "{near}"?' if near else None
        raise InputError(message, path=place, got=got, hint=hint) from None
