"""What domains and problems of PDDL consist of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hrm_toolkit.adapters.space.pddl.language.text import Expression

Atom = tuple[str, ...]
"""A predicate or function with objects or variables."""

TOP = "object"


@dataclass(frozen=True)
class Typed:
    """A variable, constant or object, with the types of which it may be one."""

    name: str
    types: tuple[str, ...] = (TOP,)


@dataclass(frozen=True)
class Outcome:
    """One effect of an action.

    Attributes:
        each: variables over all of whose objects it goes.
        when: a condition, ``("and",)`` for always.
        adds, deletes: atoms.
    """

    each: tuple[Typed, ...]
    when: Expression
    adds: tuple[Atom, ...]
    deletes: tuple[Atom, ...]


@dataclass(frozen=True)
class Schema:
    """An action with variables; its cost is a sum of numbers and of functions."""

    name: str
    parameters: tuple[Typed, ...]
    needs: Expression
    outcomes: tuple[Outcome, ...]
    cost: tuple[float | Atom, ...] = ()


@dataclass(frozen=True)
class Domain:
    """What is said of every problem.

    Attributes:
        parents: of each type the one above it.
        predicates, functions: types of their arguments by name.
    """

    name: str
    parents: Mapping[str, str]
    constants: tuple[Typed, ...]
    predicates: Mapping[str, tuple[Typed, ...]]
    functions: Mapping[str, tuple[Typed, ...]]
    schemas: tuple[Schema, ...]

    @property
    def changing(self) -> frozenset[str]:
        """Predicates that some action changes."""
        outcomes = [outcome for schema in self.schemas for outcome in schema.outcomes]
        return frozenset(atom[0] for o in outcomes for atom in (*o.adds, *o.deletes))

    def above(self, name: str) -> Iterator[str]:
        """A type, and those above it."""
        while name != TOP:
            yield name
            name = self.parents[name]
        yield TOP


@dataclass(frozen=True)
class Problem:
    """Objects, what holds at first, and what shall hold; ``costed`` where costs are to be least."""

    name: str
    objects: tuple[Typed, ...]
    facts: frozenset[Atom]
    values: Mapping[Atom, float] = field(default_factory=dict)
    goal: Expression = ("and",)
    costed: bool = False
