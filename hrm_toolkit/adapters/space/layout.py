"""Places and words of a state, derived from the types of its fields."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal, get_type_hints

import numpy as np
from pydantic import (
    BaseModel,
    PlainSerializer,
    PydanticSchemaGenerationError,
    PydanticUserError,
    TypeAdapter,
)

from hrm_toolkit.adapters.grid import neighbours
from hrm_toolkit.core import InputError, Relation

MOST_PLACES = 10_000
"""The most places of a state."""
_MOST_VALUES = 256
_MOST_APART = 64
"""Places of a row of fixed length that each have words of their own."""

Kind = Literal["one", "apart", "row", "grid", "set"]
NORTH = ("north", "south", "east", "west")
IN_ROW = ("before", "after")
SAME = "same place"


@dataclass(frozen=True)
class Field:
    """One field of a state.

    Attributes:
        name: of the field.
        kind: a value; items that each mean something else; a row; rows; a set.
        values: that a place may have, as JSON has them; of a set its possible members. Of items
            apart, those of each.
    """

    name: str
    kind: Kind
    values: tuple[tuple[Any, ...], ...]

    def words(self) -> Iterator[str]:
        """Every word of its places."""
        if self.kind == "set":
            for member in self.values[0]:
                yield f"{self.name} has {member}"
                yield f"{self.name} lacks {member}"
        elif self.kind == "apart":
            for at, values in enumerate(self.values):
                yield from (f"{self.name} {at}: {value}" for value in values)
        else:
            yield from (f"{self.name}: {value}" for value in self.values[0])

    def places(self, value: Any) -> list[str]:
        """What stands at each place, row-major."""
        if self.kind == "set":
            held = {_plain(member) for member in value}
            return [
                f"{self.name} {'has' if member in held else 'lacks'} {member}"
                for member in self.values[0]
            ]
        if self.kind == "apart":
            return [f"{self.name} {at}: {_plain(own)}" for at, own in enumerate(value)]
        flat = [value] if self.kind == "one" else value
        if self.kind == "grid":
            flat = [own for row in value for own in row]
        return [f"{self.name}: {_plain(own)}" for own in flat]

    def in_files(self, hint: Any) -> Any:
        """The type of the field in files: sets are written in one order, whatever their own is."""
        if self.kind != "set":
            return hint
        return Annotated[hint, PlainSerializer(self._ordered, when_used="json")]

    def _ordered(self, members: frozenset[Any]) -> list[Any]:
        return sorted(map(_plain, members), key=self.values[0].index)


@dataclass(frozen=True)
class Layout:
    """All fields of a state, one after another.

    Attributes:
        fields: in order.
    """

    fields: tuple[Field, ...]

    @classmethod
    def of(cls, state_type: type) -> Layout:
        """Derive it from a dataclass or a pydantic model.

        Raises:
            InputError: naming a field whose type says no finite list of values.
        """
        return cls(tuple(_field(name, hint) for name, hint in field_types(state_type).items()))

    @property
    def words(self) -> tuple[str, ...]:
        """Every word of every place."""
        return tuple(word for field in self.fields for word in field.words())

    @property
    def between(self) -> tuple[str, ...]:
        """Names of the relations between places."""
        kinds = [field.kind for field in self.fields]
        names: tuple[str, ...] = NORTH if "grid" in kinds else ()
        names += IN_ROW if "row" in kinds else ()
        return (*names, *((SAME,) if kinds.count("grid") > 1 else ()))

    def places(self, state: Any) -> list[str]:
        """What stands at each place."""
        return [word for field in self.fields for word in field.places(getattr(state, field.name))]

    def relations(self, state: Any) -> tuple[Relation, ...]:
        """Neighbours on grids and in rows, and the places of several grids that lie on another."""
        ends, sides, grids = 0, dict[str, list[int]](), list[tuple[int, tuple[int, int]]]()
        shapes: list[tuple[Kind, int, tuple[int, int]]] = []
        for field in self.fields:
            value = getattr(state, field.name)
            count = len(field.places(value))
            wide = len(value[0]) if field.kind == "grid" and value else 1
            shapes.append((field.kind, ends, (count // max(wide, 1), wide)))
            ends += count
        sides = {name: [-1] * ends for name in self.between if name != SAME}
        for kind, first, (height, width) in shapes:
            if kind == "grid":
                grids.append((first, (height, width)))
                for relation in neighbours(np.ones((height, width), np.bool_)):
                    there = np.full(height * width, -1)
                    there[relation.count > 0] = relation.source + first
                    sides[relation.name][first : first + height * width] = there.tolist()
            elif kind == "row":
                sides["before"][first + 1 : first + height] = range(first, first + height - 1)
                sides["after"][first : first + height - 1] = range(first + 1, first + height)
        made = [Relation.neighbours(name, source) for name, source in sides.items()]
        if SAME in self.between:
            made.append(_same(grids, ends))
        return tuple(made)


def _same(grids: Sequence[tuple[int, tuple[int, int]]], length: int) -> Relation:
    """Places of grids of one shape that have the same row and column."""
    groups: list[list[int]] = []
    for shape in dict.fromkeys(shape for _, shape in grids):
        firsts = [first for first, own in grids if own == shape]
        groups += [[first + at for first in firsts] for at in range(shape[0] * shape[1])]
    return Relation.groups(SAME, groups, length)


def field_types(state_type: type) -> dict[str, Any]:
    """Names and types of the fields of a dataclass or a pydantic model.

    Raises:
        InputError: when it is neither, or has a field called ``task``.
    """
    if isinstance(state_type, type) and issubclass(state_type, BaseModel):
        names = list(state_type.model_fields)
    elif dataclasses.is_dataclass(state_type):
        names = [field.name for field in dataclasses.fields(state_type)]
    else:
        raise InputError(
            "a state is a frozen dataclass or a frozen pydantic model",
            got=getattr(state_type, "__name__", state_type),
        )
    if "task" in names:
        raise InputError('a state has no field "task": files say the task there')
    try:
        hints = get_type_hints(state_type, include_extras=True)
    except NameError as error:
        raise InputError(
            f"the types of {state_type.__name__} are not found: {error}",
            hint="define it at the top of its file, with what its types name",
        ) from None
    return {name: hints[name] for name in names}


def _field(name: str, hint: Any) -> Field:
    try:
        schema = TypeAdapter(hint).json_schema()
    except (PydanticSchemaGenerationError, PydanticUserError) as error:
        raise InputError(f"the field {name} of the state has no usable type: {error}") from None
    known: Mapping[str, Any] = schema.get("$defs", {})

    def resolved(part: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in part:
            part = known[str(part["$ref"]).rpartition("/")[2]]
        return part

    schema = dict(resolved(schema))
    if schema.get("type") != "array":
        return Field(name, "one", (_values(name, schema),))
    if "prefixItems" in schema:
        return Field(
            name, "apart", tuple(_values(name, resolved(p)) for p in schema["prefixItems"])
        )
    item = resolved(schema.get("items", {}))
    if schema.get("uniqueItems"):
        return Field(name, "set", (_values(name, item),))
    if item.get("type") == "array" and "prefixItems" not in item:
        return Field(name, "grid", (_values(name, resolved(item.get("items", {}))),))
    count = schema.get("maxItems")
    if count is not None and count == schema.get("minItems") and count <= _MOST_APART:
        return Field(name, "apart", (_values(name, item),) * count)
    return Field(name, "row", (_values(name, item),))


def _values(name: str, schema: Mapping[str, Any]) -> tuple[Any, ...]:
    """The values that a place may have, as JSON has them."""
    if "const" in schema:
        return (schema["const"],)
    if "enum" in schema:
        return tuple(schema["enum"])
    if schema.get("type") == "boolean":
        return (False, True)
    low = schema.get("minimum", schema.get("exclusiveMinimum", -2) + 1)
    high = schema.get("maximum", schema.get("exclusiveMaximum", -1) - 1)
    said = ("minimum" in schema or "exclusiveMinimum" in schema) and (
        "maximum" in schema or "exclusiveMaximum" in schema
    )
    if schema.get("type") == "integer" and said and 0 <= high - low < _MOST_VALUES:
        return tuple(range(low, high + 1))
    raise InputError(
        f"the field {name} of the state has a type that lists no values",
        expected="booleans, enums, literals, whole numbers with bounds (such as "
        "Annotated[int, Field(ge=0, le=9)]), or tuples, tuples of tuples or frozensets of those",
        hint="or write view, words and between: see SpaceAdapter",
    )


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    return value.value if isinstance(value, Enum) else value
