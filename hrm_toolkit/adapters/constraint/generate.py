"""Puzzles with one answer: an answer is drawn first, then clues that leave no other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hrm_toolkit.adapters.constraint.exact import rows_of
from hrm_toolkit.adapters.constraint.exact.rows import Rows
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core.rules import Place

_CONFLICTS = 4000
"""What a search may come to before a puzzle counts as too hard to make; never a time, so that the
same generator makes the same puzzle everywhere."""


def other(problem: Problem, x: Values) -> Values | None:
    """Another answer than x; x itself where the search for one is too long.

    None proves that x is the only one.
    """
    from hrm_toolkit.adapters.constraint.exact.engine import Engine

    rows = rows_of(problem)
    engine = Engine(rows)
    engine.add([rows.of((k, int(v))) ^ 1 for k, v in enumerate(x)])
    status = engine.solve(conflicts=_CONFLICTS)
    if status == "none":
        return None
    return x if status == "time" else np.array(engine.values(), np.int64)


def drawn(
    problem: Problem, rng: np.random.Generator, *, prefer: int | None = None
) -> Values | None:
    """An answer drawn at random; None where there is none, or it is too hard to find.

    Args:
        prefer: a value that variables are given first.
    """
    from hrm_toolkit.adapters.constraint.exact.engine import Engine

    rows = rows_of(problem)
    engine = Engine(rows, rng)
    if prefer is not None:
        engine.prefer([rows.of((k, prefer)) for k in range(len(problem))])
    if engine.solve(conflicts=_CONFLICTS) != "found":
        return None
    return np.array(engine.values(), np.int64)


def thin(problem: Problem, x: Values, rng: np.random.Generator) -> set[Place] | None:
    """The places of a few clues that leave x the only answer.

    Each clue's constraints carry its place (``Constraint.clue``); the others hold anyway. No clue
    that is left can be spared. One search answers for all: a clue is an assumption in it.

    Returns:
        None where all clues leave another answer, or that is too hard to tell.
    """
    from hrm_toolkit.adapters.constraint.exact.engine import Engine

    rows, guards = Rows(problem), dict[Place, int]()
    for constraint in problem.constraints:
        if constraint.clue is None:
            constraint.post(rows)
        else:
            guard = guards.setdefault(constraint.clue, -1)
            if guard < 0:
                guard = guards[constraint.clue] = rows.new()
            constraint.post(rows, [guard])
    engine = Engine(rows)
    engine.add([rows.of((k, int(v))) ^ 1 for k, v in enumerate(x)])
    places = {guard: place for place, guard in guards.items()}
    order: Sequence[int] = rng.permutation(list(places)).tolist()
    if engine.solve(assumed=order, conflicts=_CONFLICTS) != "none":
        return None
    kept = [guard for guard in order if guard in engine.core]
    for guard in rng.permutation(kept).tolist():
        if guard in kept:
            rest = [clue for clue in kept if clue != guard]
            if engine.solve(assumed=rest, conflicts=_CONFLICTS) == "none":
                kept = [clue for clue in rest if clue in engine.core]
    return {places[guard] for guard in kept}
