"""Exact search of a problem: compiled and always there, or by CP-SAT where it is installed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hrm_toolkit.adapters.constraint.exact import cpsat
from hrm_toolkit.adapters.constraint.exact.rows import OutOfTimeError, Rows
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.core import Deadline

if TYPE_CHECKING:
    from hrm_toolkit.adapters.constraint.exact.engine import Status
    from hrm_toolkit.adapters.constraint.problem import Problem

_FIRST = 0.6
"""Share of the time for the compiled search, where CP-SAT can try what it does not finish."""

_LATE = 0.5
"""Seconds over time after which the rows of a problem are not written to their end; small problems
are searched a little even where there is no time, which compiles the search."""


@dataclass(frozen=True)
class Solved:
    """What a search came back with.

    Attributes:
        status: "found", "none" (a proof that there is no answer) or "time".
        x: the value of each variable, shape (V,), where it was found.
        method: "search" or "cp-sat".
    """

    status: Status
    x: Values | None = None
    method: str = "search"


def rows_of(problem: Problem) -> Rows:
    """All constraints of a problem, written down for a solver.

    Raises:
        InputError: when they are too many.
    """
    rows = Rows(problem)
    for constraint in problem.constraints:
        constraint.post(rows)
    return rows


def _in_time(problem: Problem, deadline: Deadline) -> Rows | None:
    """The same, or None where that alone takes longer than there is time."""
    late = Deadline(deadline.end + _LATE, deadline.clock)
    try:
        rows = Rows(problem, late)
        for constraint in problem.constraints:
            if late.over:
                return None
            constraint.post(rows)
    except OutOfTimeError:
        return None
    return rows


def solve(problem: Problem, deadline: Deadline, *, method: str | None = None) -> Solved:
    """An answer that keeps every constraint, or a proof that there is none, if time suffices.

    Args:
        method: "search" for the compiled search, "cp-sat" for OR-Tools; None begins with the
            first and ends with the second where that is installed.

    Raises:
        MissingExtraError: when OR-Tools is asked for and not installed.
        InputError: when the problem is too large.
    """
    from hrm_toolkit.adapters.constraint.exact.engine import Engine

    rows = _in_time(problem, deadline)
    if rows is None:
        return Solved("time")
    if method != "cp-sat":
        both = method is None and deadline.finite and cpsat.installed()
        engine = Engine(rows)
        status = engine.solve(deadline.within(deadline.left * _FIRST) if both else deadline)
        if status == "found":
            return Solved(status, np.array(engine.values(), np.int64))
        if status == "none" or not both:
            return Solved(status)
    model = cpsat.CpSat(rows)
    status = model.solve(deadline)
    x = np.array(model.values(), np.int64) if status == "found" else None
    return Solved(status, x, "cp-sat")


def count(problem: Problem, limit: int, deadline: Deadline) -> int:
    """How many answers there are, counted up to ``limit``; fewer when time runs out."""
    from hrm_toolkit.adapters.constraint.exact.engine import Engine

    rows = _in_time(problem, deadline)
    if rows is None:
        return 0
    engine, found = Engine(rows), 0
    while found < limit and engine.solve(deadline) == "found":
        found += 1
        engine.add([rows.of((k, v)) ^ 1 for k, v in enumerate(engine.values())])
    return found
