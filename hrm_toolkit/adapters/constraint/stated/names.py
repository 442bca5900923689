"""What the constraints of a stated problem call its variables and their values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from hrm_toolkit.adapters.constraint.literal import Literal
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import InputError, nearest, shorten

MOST_LITERALS = 300_000
"""Variables with values that all constraints together may speak of."""
_REFERENCE = re.compile(r"([^\[\]=*]+)(?:\[\s*(\*|\d{1,4})\s*,\s*(\*|\d{1,4})\s*\])?")
_VALUE = re.compile(r"\s*-?\d{1,7}\s*")


class Names:
    """Variables by what they are called.

    ``a`` is one; of a grid ``x[1,2]`` is a cell, ``x[1,*]`` a row, ``x[*,2]`` a column, ``x`` all.

    Args:
        problem: gets the variables.
        variables: lowest and highest value of each, by its name.
        grids: rows, columns, lowest and highest value of each grid, by its name.
    """

    def __init__(
        self,
        problem: Problem,
        variables: Mapping[str, tuple[int, int]],
        grids: Mapping[str, tuple[int, int, int, int]],
    ) -> None:
        self.problem, self._left = problem, MOST_LITERALS
        self._one = {
            name: problem.var(name, low, high, place=(name,))
            for name, (low, high) in variables.items()
        }
        self._cells: dict[str, dict[tuple[int, int], int]] = {}
        self.cell: dict[int, tuple[str, int, int]] = {}
        for name, (rows, columns, low, high) in grids.items():
            mine = self._cells[name] = {}
            for r in range(rows):
                for c in range(columns):
                    says, place = f"{name}[{r + 1},{c + 1}]", (name, r, c)
                    mine[r, c] = problem.var(says, low, high, place=place)
                    self.cell[mine[r, c]] = place

    def variables(self, references: Iterable[str]) -> tuple[int, ...]:
        """The variables that some references stand for, in order.

        Raises:
            InputError: for one that stands for none, with the nearest name.
        """
        found = tuple(k for reference in references for k in self._of(reference))
        self.spend(sum(len(self.problem.values(k)) for k in found))
        return found

    def one(self, reference: str) -> int:
        """The one variable that a reference stands for."""
        found = self._of(reference)
        if len(found) != 1:
            raise InputError(f"{shorten(reference, 40)} is {len(found)} variables", expected="one")
        return found[0]

    def literals(self, references: Iterable[str]) -> tuple[Literal, ...]:
        """What ``a=3`` and ``x[1,*]=1`` stand for; of variables that are 0 or 1 ``=1`` may be left
        out.

        Raises:
            InputError: for a value that the variable cannot take.
        """
        found: list[Literal] = []
        for reference in references:
            name, equals, value = reference.replace("==", "=").partition("=")
            if equals and not _VALUE.fullmatch(value):
                raise InputError(
                    f"{shorten(reference, 40)} has no value", expected="a whole number: a=3"
                )
            for k in self._of(name):
                low, high = self.problem.low[k], self.problem.high[k]
                said = self.problem.names[k]
                if not equals and (low, high) != (0, 1):
                    raise InputError(
                        f"{said} is {low} to {high}, and which is meant is not said",
                        expected=f"a value: {said}={high}",
                    )
                if not low <= (int(value) if equals else 1) <= high:
                    raise InputError(
                        f"{said} cannot be {value.strip()}", expected=f"{low} to {high}"
                    )
                found.append((k, int(value) if equals else 1))
        self.spend(len(found))
        return tuple(found)

    def _of(self, reference: str) -> list[int]:
        found = _REFERENCE.fullmatch(reference.strip())
        name = found[1].strip() if found else ""
        if found and name in self._one and found[2] is None:
            return [self._one[name]]
        if found is None or name not in self._cells:
            near = nearest(name or reference, [*self._one, *self._cells])
            raise InputError(
                f"there is no variable {shorten(reference, 40)!r}",
                expected="a variable, or of a grid x: x[row,column], x[1,*], x",
                hint=f'did you mean "{near}"?' if near else None,
            )
        row, column = (
            None if part in (None, "*") else int(part) - 1 for part in found.groups()[1:]
        )
        cells = self._cells[name]
        if row is not None and column is not None:
            # Most references are to one cell, and of a large grid there are many.
            mine = [cells[row, column]] if (row, column) in cells else []
        else:
            mine = [k for (r, c), k in cells.items() if row in (None, r) and column in (None, c)]
        if not mine:
            r, c = max(cells)
            raise InputError(
                f"there is no {shorten(reference, 40)}", expected=f"1 to {r + 1}, 1 to {c + 1}"
            )
        return mine

    def spend(self, size: int) -> None:
        """Count so many literals of a constraint.

        Raises:
            InputError: when all constraints together come to too many.
        """
        self._left -= size
        if self._left < 0:
            raise InputError(
                "the constraints are too many, or too long",
                expected=f"at most {MOST_LITERALS:,} values of variables in all",
            )
