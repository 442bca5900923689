"""Loops as variables and a constraint, and small ones for wrong answers."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_toolkit.adapters.constraint.literal import Literal
from hrm_toolkit.adapters.constraint.pencil.geometry import Cell, Pair, Shape, cells, pairs, place
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.constraint.spread import Loop


def lines_of(problem: Problem, shape: Shape) -> dict[Pair, int]:
    """A variable for every two neighbours, in the order of ``pairs``."""
    return {
        (a, b): problem.var(f"the line from {place(a)} to {place(b)}", place=(*a, *b))
        for a, b in pairs(shape)
    }


def loop_of(
    problem: Problem,
    shape: Shape,
    name: str = "{}",
    *,
    variable: Mapping[Pair, int] | None = None,
    off: Mapping[Cell, Literal] | None = None,
) -> Mapping[Pair, int]:
    """Add variables for lines, unless there are some, and the constraint that they are one loop.

    Args:
        shape: rows and columns of the nodes.
        name: of a node, ``{}`` standing for its place.
        off: literals that a node is not passed.
    """
    variable = variable or lines_of(problem, shape)
    index = {cell: k for k, cell in enumerate(cells(shape))}
    problem.add(
        Loop(
            label="loop",
            where="the loop",
            nodes=tuple(name.format(place(cell)) for cell in cells(shape)),
            edges=tuple((index[a], index[b], k) for (a, b), k in variable.items()),
            off=tuple((index[cell], literal) for cell, literal in (off or {}).items()),
        )
    )
    return variable


def ring(top: int, left: int, bottom: int, right: int) -> list[list[int]]:
    """The lines of a rectangle, clockwise from its upper left corner."""
    across = [[top, c, top, c + 1] for c in range(left, right)]
    down = [[r, right, r + 1, right] for r in range(top, bottom)]
    back = [[bottom, c, bottom, c + 1] for c in range(left, right)]
    return [*across, *down, *back, *([r, left, r + 1, left] for r in range(top, bottom))]
