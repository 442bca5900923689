"""The profile of schemas that every host of models takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TYPES = ("string", "integer", "number", "boolean")
_KEYS = {"type", "description", "enum"}


def lint(name: str, description: str, schema: dict[str, Any]) -> list[str]:
    """What keeps a tool from being taken by every host; empty when nothing does.

    The profile: a name of at most 64 letters, digits, ``_`` and ``-``; one flat object; every
    property required, described and of one plain type, a list of plain values at most; ``null``
    beside a type in ``anyOf`` and nothing else there; no defaults, references, tuples or maps.
    """
    faults = [] if NAME.fullmatch(name) else ["the name is not 1 to 64 of A-Z a-z 0-9 _ -"]
    if not 0 < len(description) <= 1_024:
        faults.append("the description is not 1 to 1,024 characters")
    return [f"{name}: {fault}" for fault in (*faults, *_lint_object(schema))]


def _lint_object(schema: dict[str, Any]) -> Iterator[str]:
    allowed = {"type", "properties", "required", "additionalProperties"}
    if schema.get("type") != "object":
        yield "the schema is no object"
    if schema.get("additionalProperties") is not False:
        yield "additionalProperties is not false"
    for key in sorted(set(schema) - allowed):
        yield f"the object has {key}"
    properties = schema.get("properties", {})
    if sorted(schema.get("required", ())) != sorted(properties):
        yield "not exactly the properties are required"
    for name, value in properties.items():
        if not NAME.fullmatch(name):
            yield f"the property {name!r} is not 1 to 64 of A-Z a-z 0-9 _ -"
        if not str(value.get("description", "")).strip():
            yield f"{name} has no description"
        yield from (f"{name} {fault}" for fault in _lint_value(value))


def _lint_value(value: dict[str, Any], nullable: bool = True) -> Iterator[str]:
    if "anyOf" in value:
        yield from _lint_nullable(value, nullable)
        return
    kind = value.get("type")
    if kind == "array":
        items = value.get("items")
        if not isinstance(items, dict) or items.get("type") not in _TYPES:
            yield "is a list of what is not plain"
        else:
            yield from _lint_value(items, nullable=False)
    elif kind not in _TYPES:
        yield f"is of type {kind!r}, which is not plain"
    for key in sorted(set(value) - _KEYS - ({"items"} if kind == "array" else set())):
        yield f"has {key}"
    if "enum" in value and not all(isinstance(choice, str) for choice in value["enum"]):
        yield "has an enum of what is not text"


def _lint_nullable(value: dict[str, Any], nullable: bool) -> Iterator[str]:
    for key in sorted(set(value) - {"anyOf", "description"}):
        yield f"has {key} beside anyOf"
    sides = value["anyOf"]
    if not nullable or len(sides) != 2 or sides[1] != {"type": "null"}:
        yield "has an anyOf that is not one type and null"
    else:
        yield from _lint_value(sides[0], nullable=False)
