"""What a network is told of a puzzle, whichever task of constraints it is of."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.constraint.kinds import AllDifferent, Count, Sum
from hrm_toolkit.adapters.constraint.literal import Literal
from hrm_toolkit.adapters.constraint.mixture.owners import Owners
from hrm_toolkit.adapters.constraint.mixture.retelling import terse
from hrm_toolkit.adapters.constraint.mixture.roots import faces, roots
from hrm_toolkit.adapters.constraint.numbers.variants import VariantAdapter, VariantPuzzle
from hrm_toolkit.adapters.constraint.pieces import Islands
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.constraint.task import DeclaredAdapter
from hrm_toolkit.core import PAD, AnyAdapter, InputError, Structure, validate
from hrm_toolkit.core.structure import Factor, Factors

VALUES = 25
"""Values of a variable, at most."""
VALUE, OPEN, GIVEN = PAD + 1, PAD + 1 + VALUES, PAD + 2 + VALUES
"""The tokens of the first value, of a variable that is open, and of one that is given."""


class Declared(NamedTuple):
    """What a network is told of a puzzle, whichever task it is of.

    Attributes:
        problem: variables and constraints.
        lowest: the value that the first token of a value stands for.
        allowed: values of each variable that its givens leave, shape (V, values), bool.
        factors: over the values that a network is told.
        first: the value that the first token stands for in them.
        owners: how islands are told, None where there are none: ``allowed`` and ``factors`` then
            speak of its values.
    """

    problem: Problem
    lowest: int
    allowed: npt.NDArray[np.bool_]
    factors: list[Factor]
    first: int
    owners: Owners | None


@lru_cache(maxsize=64)
def declared(adapter: AnyAdapter, puzzle: Any) -> Declared:
    """What a network is told of a puzzle; that of the last few is kept.

    Raises:
        InputError: for more values than a network is told.
    """
    problem, lowest = _problem(adapter, puzzle)
    low, high = np.array(problem.low)[:, None], np.array(problem.high)[:, None]
    count = int(high.max()) - lowest + 1
    if count > VALUES:
        raise InputError(
            f"a variable of this {adapter.title} has {count} values",
            expected=f"at most {VALUES} for this network",
        )
    values = lowest + np.arange(count)
    allowed = (low <= values) & (values <= high)
    for variable, value in _ruled_out(problem):
        allowed[variable, value - lowest] = False
    factors = [*problem.each_factor(by_sort=True), *roots(problem), *faces(problem)]
    owners = Owners.of(problem)
    if owners is not None and owners.most <= VALUES:
        told = owners.retold(factors, lowest)
        if told is not None:
            left = owners.allowed(allowed, problem, lowest)
            return Declared(problem, lowest, left, told, 0, owners)
    return Declared(problem, lowest, allowed, factors, lowest, None)


@lru_cache(maxsize=64)
def structure(adapter: AnyAdapter, puzzle: Any) -> Structure:
    """What a network pools over.

    Raises:
        InputError: as ``declared``.
    """
    told = declared(adapter, puzzle)

    def entry(literal: Literal) -> Literal:
        return literal[0], VALUE + literal[1] - told.first

    whole = Structure(
        symbols=(VALUE + np.arange(told.allowed.shape[1])).astype(np.int32),
        allowed=told.allowed,
        factors=Factors.of(told.factors, entry),
    )
    return terse(whole)


def _problem(adapter: AnyAdapter, puzzle: Any) -> tuple[Problem, int]:
    """The declaration, and the lowest value."""
    if isinstance(adapter, DeclaredAdapter):
        problem = adapter.problem(puzzle)
        return problem, int(adapter.lowest_of(problem).min())
    # A plain Sudoku is a variant whose regions are its boxes.
    side, (height, width) = puzzle.size, puzzle.boxes
    rows, columns = np.indices((side, side))
    regions = rows // height * (side // width) + columns // width
    grid = [[clue or None for clue in row] for row in puzzle.grid]
    variant = validate(VariantPuzzle, {"grid": grid, "regions": regions.tolist()})
    return VariantAdapter().declare(variant), VariantAdapter.lowest


def _ruled_out(problem: Problem) -> list[Literal]:
    """Literals that clues forbid by themselves, or by a rule that speaks of them."""
    known: dict[Literal, bool] = {}
    for constraint in problem.constraints:
        if isinstance(constraint, Count) and len(constraint.of) == 1 and not constraint.when:
            _learn(known, constraint.forces({}, problem), problem)
    given = dict(known)
    for constraint in problem.constraints:
        if isinstance(constraint, AllDifferent | Sum | Count | Islands):
            _learn(known, constraint.forces(given, problem), problem)
    return [literal for literal, holds in known.items() if not holds]


def _learn(known: dict[Literal, bool], forced: Any, problem: Problem) -> None:
    for step in forced:
        if step.literal is None:
            continue
        variable, value = step.literal
        known[step.literal] = step.holds
        if step.holds:
            known.update({(variable, v): False for v in problem.values(variable) if v != value})
