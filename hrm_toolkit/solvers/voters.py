"""Which solvers can vote together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hrm_toolkit.core import OptionError, shorten

if TYPE_CHECKING:
    from hrm_toolkit.solvers.solver import Solver


def require_fit(first: Solver, other: Solver) -> None:
    """Refuse a solver that cannot vote with the first, by name."""
    ours, theirs = first.adapter, other.adapter
    name = shorten(other.name)
    if other.config is None:
        raise OptionError(f'"{name}" has no network, and so no vote')
    if theirs.task != ours.task:
        raise OptionError(
            f'"{name}" is for {theirs.task}, and "{shorten(first.name)}" for {ours.task}',
            expected="solvers of one task",
        )
    if (theirs.codec.spec, theirs.identifiers) != (ours.codec.spec, ours.identifiers):
        raise OptionError(
            f'"{name}" has other tokens or identifiers than "{shorten(first.name)}"',
            expected="solvers of one encoding",
        )
