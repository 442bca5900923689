"""Edges of graphs: one as a model, and many as columns that a city's streets fit in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, overload

import numpy as np
from pydantic import Field, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from hrm_toolkit.core import InputError, Model, shorten

MAX_EDGES = 3_000_000
MAX_WEIGHT = 1e100
MAX_NAME = 1_000

Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME)]


class GraphEdge(Model):
    """One edge; in an undirected graph it can be walked both ways.

    Attributes:
        source: name of a node.
        target: name of a node.
        weight: what the edge costs, 0 to 1e100.
        name: what people call it, or None.

    Example:
        >>> GraphEdge.model_validate(["A", "B", 2.5]).weight
        2.5
    """

    source: Name
    target: Name
    weight: float = 1.0
    name: Name | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, value: Any) -> Any:
        if isinstance(value, list | tuple):
            if not 2 <= len(value) <= 4:
                raise InputError(
                    f"an edge has {len(value)} entries",
                    expected="[source, target], with a weight and a name where there are any",
                    got=value,
                )
            value = dict(zip(("source", "target", "weight", "name"), value, strict=False))
        if isinstance(value, Mapping):
            return {**value, **{k: name_of(value[k]) for k in ("source", "target") if k in value}}
        return value

    @model_validator(mode="after")
    def _weight_is_a_cost(self) -> GraphEdge:
        if not 0 <= self.weight <= MAX_WEIGHT:
            raise bad_weight(self.source, self.target, self.weight)
        return self


class Edges(Sequence[GraphEdge]):
    """Edges as columns: some 30 bytes an edge, and a ``GraphEdge`` only where one is looked at.

    Equal to any list or tuple of the same edges.

    Attributes:
        sources: names of nodes.
        targets: likewise.
        weights: float64, shape (edges,).
        names: what people call the edges; empty where none has a name.

    Example:
        >>> Edges(("A", "B"), ("B", "C"), np.array([2.0, 1.0]))[0].weight
        2.0
    """

    __slots__ = ("names", "sources", "targets", "weights")

    def __init__(
        self,
        sources: Sequence[str],
        targets: Sequence[str],
        weights: np.ndarray,
        names: Sequence[str | None] = (),
    ) -> None:
        self.sources, self.targets = tuple(sources), tuple(targets)
        self.weights = np.asarray(weights, np.float64)
        self.weights.flags.writeable = False
        self.names = tuple(names) if any(name is not None for name in names) else ()

    @classmethod
    def of(cls, edges: Iterable[GraphEdge]) -> Edges:
        """The columns of some edges."""
        listed = list(edges)
        return cls(
            [edge.source for edge in listed],
            [edge.target for edge in listed],
            np.array([edge.weight for edge in listed], np.float64),
            [edge.name for edge in listed],
        )

    def rows(self) -> Iterator[tuple[str, str, float, str | None]]:
        """Source, target, weight and name of each edge."""
        names: Sequence[str | None] = self.names or (None,) * len(self)
        return zip(self.sources, self.targets, self.weights.tolist(), names, strict=True)

    def __len__(self) -> int:
        return len(self.sources)

    @overload
    def __getitem__(self, place: int) -> GraphEdge: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[GraphEdge, ...]: ...
    def __getitem__(self, place: int | slice) -> GraphEdge | tuple[GraphEdge, ...]:
        if isinstance(place, slice):
            return tuple(self[i] for i in range(*place.indices(len(self))))
        name = self.names[place] if self.names else None
        return _edge(self.sources[place], self.targets[place], float(self.weights[place]), name)

    def __iter__(self) -> Iterator[GraphEdge]:
        return (_edge(*row) for row in self.rows())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Edges):
            return (
                self.sources == other.sources
                and self.targets == other.targets
                and self.names == other.names
                and np.array_equal(self.weights, other.weights)
            )
        if isinstance(other, list | tuple):
            return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))
        return NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self)) if len(self) <= 20 else f"<{len(self):,} edges>"

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """As a tuple of edges, in files and in schemas; columns are taken as they are."""
        listed = handler.generate_schema(
            Annotated[tuple[GraphEdge, ...], Field(max_length=MAX_EDGES)]
        )

        def read(value: Any, handler: core_schema.ValidatorFunctionWrapHandler) -> Edges:
            return value if isinstance(value, Edges) else cls.of(handler(value))

        return core_schema.no_info_wrap_validator_function(
            read,
            listed,
            serialization=core_schema.plain_serializer_function_ser_schema(
                tuple, return_schema=listed
            ),
        )


def quote(name: str) -> str:
    """The name as messages show it: short, on one line, in quotation marks."""
    return f'"{shorten(name, 40)}"'


def bad_weight(source: str, target: str, weight: float, called: str = "weight") -> InputError:
    """The error that an edge's weight is no cost."""
    which = "" if called == "weight" else f" ({called})"
    kind = f"a negative weight{which}" if weight < 0 else f"a weight{which} that is no finite cost"
    return InputError(
        f"the edge between {quote(source)} and {quote(target)} has {kind}",
        expected=f"a number from 0 to {MAX_WEIGHT:g}",
        got=weight,
        hint="shortest paths here are made of costs; shift or drop what is below 0"
        if weight < 0
        else None,
    )


def name_of(value: Any) -> Any:
    """The name that a value is as a node: numbers are texts, lists are written as tuples.

    Values that are no name come back as they are.

    Example:
        >>> name_of(3), name_of([0, 1])
        ('3', '(0, 1)')
    """
    if isinstance(value, str | bool | np.bool_):
        return value
    if isinstance(value, int | float | np.integer | np.floating):
        return str(value)
    if isinstance(value, list | tuple):
        return str(_tuple(value))
    return value


def _tuple(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_tuple(item) for item in value)
    return value.item() if isinstance(value, np.generic) else value


def _edge(source: str, target: str, weight: float, name: str | None) -> GraphEdge:
    # All four were validated when the columns were made.
    return GraphEdge.model_construct(source=source, target=target, weight=weight, name=name)
