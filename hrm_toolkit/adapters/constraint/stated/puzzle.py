"""A stated problem, and values for its variables."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.constraint.stated.names import Names
from hrm_toolkit.adapters.constraint.stated.rules import Number, Stated
from hrm_toolkit.core import Answer, InputError, Model, Puzzle, shorten
from hrm_toolkit.core.files import placed

MOST_CELLS = 2_500
"""Variables and cells of grids together."""
_NAME = re.compile(r"[^\W\d][\w .-]{0,59}")


def _span(value: Any) -> Any:
    """Lowest and highest value from a pair."""
    if isinstance(value, list | tuple) and len(value) == 2:
        return {"low": value[0], "high": value[1]}
    return value


class Span(Model):
    """The whole numbers that a variable may be, ``low`` to ``high``; in JSON also a pair."""

    low: Number
    high: Number

    @model_validator(mode="after")
    def _is_no_more_than_256(self) -> Self:
        if not 0 <= self.high - self.low < 256:
            raise InputError(
                f"the values are {self.low} to {self.high}",
                expected="1 to 256 of them, lowest first",
            )
        return self


class Grid(Span):
    """A variable for each cell, all with the same values."""

    rows: Annotated[int, Field(ge=1, le=100)]
    columns: Annotated[int, Field(ge=1, le=100)]
    low: Number = 0
    high: Number = 1


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{shorten(name, 40)!r} is no name of a variable",
            expected="a letter, then at most 59 letters, digits, spaces, _ . -",
        )
    return name


Name = Annotated[str, AfterValidator(_named)]


class ProblemPuzzle(Puzzle):
    """Variables with the values they may take, and what must hold of them.

    Attributes:
        variables: the values of each, [lowest, highest], by its name.
        grids: cells that have a variable each, called x[1,1], x[1,2] and so on.
        constraints: each of a kind, with the fields of that kind.
    """

    task: Literal["problem"] = "problem"
    variables: Annotated[
        dict[Name, Annotated[Span, BeforeValidator(_span)]], Field(max_length=MOST_CELLS)
    ] = Field(default_factory=dict)
    grids: Annotated[dict[Name, Grid], Field(max_length=100)] = Field(default_factory=dict)
    constraints: Stated = ()

    @model_validator(mode="after")
    def _can_be_declared(self) -> Self:
        both = self.variables.keys() & self.grids.keys()
        if both:
            raise InputError(
                f"a variable and a grid are called {min(both)!r}", expected="two names"
            )
        size = len(self.variables) + sum(grid.rows * grid.columns for grid in self.grids.values())
        if not 1 <= size <= MOST_CELLS:
            raise InputError(f"there are {size:,} variables", expected=f"1 to {MOST_CELLS:,}")
        self.declare()
        return self

    def declare(self) -> Problem:
        """The problem.

        Raises:
            InputError: naming the constraint at fault.
        """
        problem = Problem()
        names = Names(
            problem,
            {name: (span.low, span.high) for name, span in self.variables.items()},
            {n: (g.rows, g.columns, g.low, g.high) for n, g in self.grids.items()},
        )
        for number, rule in enumerate(self.constraints):
            problem.add(placed(f"constraints.{number}", rule.build, names, (number,)))
        return problem

    @cached_property
    def _text(self) -> str:
        return self.model_dump_json(exclude_none=True)

    def __hash__(self) -> int:
        return hash(self._text)

    @property
    def size_words(self) -> str:
        cells = sum(grid.rows * grid.columns for grid in self.grids.values())
        return f"{len(self.variables) + cells}-variable"


class ProblemAnswer(Answer):
    """A value for each variable, rows of values for each grid, by their names."""

    task: Literal["problem"] = "problem"
    values: Annotated[
        dict[str, Number | tuple[tuple[Number, ...], ...]], Field(max_length=MOST_CELLS)
    ]

    def __hash__(self) -> int:
        return hash(tuple(sorted(map(repr, self.values.items()))))
