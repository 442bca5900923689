"""One compiled search over a problem, asked again and again: clauses and all it learned stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal as OneOf

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.constraint.exact import kernel
from hrm_toolkit.adapters.constraint.exact.rows import Rows
from hrm_toolkit.adapters.constraint.exact.state import (
    ASSUMED,
    ASSUMED_AT,
    CLAUSE_SIZE,
    CLAUSES,
    OUT,
    OUT_AT,
    PHASE_AT,
    POOL,
    POOL_SIZE,
    ROOM,
    VALUE_AT,
    WORTH_AT,
    larger,
    make_state,
)
from hrm_toolkit.adapters.constraint.exact.trail import assign
from hrm_toolkit.core import Deadline

Status = OneOf["found", "none", "time"]
_UNIT = 64
"""Conflicts of the shortest run."""
_MOST, _MORE = 3000, 200
"""Clauses that are kept before some are forgotten, and by how many more the next time."""


class Engine:
    """A compiled search.

    Args:
        rows: the problem.
        rng: draws which values are tried first; none tries the lowest.
    """

    def __init__(self, rows: Rows, rng: np.random.Generator | None = None) -> None:
        self.rows = rows
        self._state = make_state(rows.count, rows.rows, rows.graphs, rows.first)
        self._alive = bool(kernel.begin(self._state))
        self._core: tuple[int, ...] = ()
        self._most = _MOST
        if rng is not None:
            self.shuffle(rng)

    def shuffle(self, rng: np.random.Generator) -> None:
        """Forget which variables mattered and what they were; draw it."""
        state, count = self._state, self.rows.count
        state.f[:] = np.concatenate([[1.0], rng.random(count)])
        state.table(PHASE_AT, count)[:] = rng.integers(2, size=count)

    def prefer(self, lits: Sequence[int]) -> None:
        """Try these literals first wherever they are open."""
        for lit in lits:
            self._state.table(PHASE_AT, self.rows.count)[lit >> 1] = 1 - (lit & 1)

    def solve(
        self,
        deadline: Deadline = Deadline.never(),
        assumed: Sequence[int] = (),
        *,
        conflicts: int | None = None,
    ) -> Status:
        """Look for an answer with the assumed literals.

        Args:
            conflicts: the most to come to, about; unlike a deadline the same on every machine.

        Returns:
            "found", then ``holds`` has it; "none", then ``core`` has assumptions that cannot hold
            together (empty where nothing can); or "time".
        """
        self._core = ()
        if not self._alive:
            return "none"
        self._state.table(ASSUMED_AT, len(assumed))[:] = assumed
        self._state.n[ASSUMED] = len(assumed)
        number, spent = 0, 0
        while conflicts is None or spent < conflicts:
            number += 1
            code = kernel.run(self._state, _UNIT * _luby(number))
            while code == kernel.PAUSED and not deadline.over:
                code = kernel.run(self._state, 0)
            spent += _UNIT * _luby(number)
            if code == kernel.FOUND:
                return "found"
            if code == kernel.NONE:
                self._alive = False
                return "none"
            if code == kernel.NONE_ASSUMED:
                self._core = tuple(self._state.table(OUT_AT, int(self._state.n[OUT])).tolist())
                return "none"
            if code == kernel.FULL:
                self._state = larger(self._state)
            if code == kernel.PAUSED or deadline.over:
                break
            self._forget()
        return "time"

    @property
    def holds(self) -> npt.NDArray[np.int64]:
        """Of each literal 1 where it holds in the answer just found, else -1; a view."""
        return self._state.table(VALUE_AT, 2 * self.rows.count)

    @property
    def core(self) -> tuple[int, ...]:
        """Assumed literals that cannot all hold, after "none"."""
        return self._core

    def values(self) -> list[int]:
        """The value of each variable of the problem in the answer just found."""
        holds: list[int] = self.holds.tolist()
        return [self.rows.value(k, holds) for k in range(len(self.rows.variables.low))]

    def add(self, lits: Sequence[int]) -> None:
        """Say that one of these literals holds, from now on."""
        kernel.rewind(self._state)
        state, value = self._state, self.holds
        left = [lit for lit in dict.fromkeys(lits) if value[lit] != -1]
        if any(value[lit] == 1 for lit in left):
            return
        if not left:
            self._alive = False
        elif len(left) == 1:
            assign(state, left[0], -1)
        else:
            n = state.n
            while n[CLAUSE_SIZE] <= n[CLAUSES] + 1 or n[POOL_SIZE] < n[POOL] + len(left) + n[ROOM]:
                state = self._state = larger(state)
            state.table(OUT_AT, len(left))[:] = left
            kernel.attach(state, len(left), 0)

    def _forget(self) -> None:
        """Forget the longer half of what was learned, where it has become much."""
        state, n = self._state, self._state.n
        if n[CLAUSES] < self._most:
            return
        self._most += _MORE
        worth = state.c[n[WORTH_AT] : n[WORTH_AT] + n[CLAUSES]]
        kernel.forget(state, max(int(np.median(worth)), 3))


def _luby(number: int) -> int:
    """Lengths of runs: 1 1 2 1 1 2 4 ..., number from 1.

    Example:
        >>> [_luby(number) for number in range(1, 8)]
        [1, 1, 2, 1, 1, 2, 4]
    """
    power = 1
    while power - 1 < number:
        power *= 2
    if power - 1 == number:
        return power // 2
    return _luby(number - power // 2 + 1)
