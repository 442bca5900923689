"""Variables and literals: what constraints speak of."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from hrm_toolkit.core import InputError
from hrm_toolkit.core.rules import Place

Literal = tuple[int, int]
"""(variable, value): "this variable takes this value"."""
Values = npt.NDArray[np.int64]
"""The value of each variable, shape (V,)."""

MOST_VARIABLES, MOST_VALUES = 20_000, 256


@dataclass
class Variables:
    """The variables of a problem: what is asked for, each with the values it may take.

    Attributes:
        names: for a reader, such as "row 2 column 3".
        low: smallest value of each; ``high`` the largest.
        places: where each is, counted from 0, for pictures and programs.
    """

    names: list[str] = field(default_factory=list)
    low: list[int] = field(default_factory=list)
    high: list[int] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.low)

    def var(self, name: str, low: int = 0, high: int = 1, *, place: Place = ()) -> int:
        """Add a variable; its number.

        Raises:
            InputError: for too many variables, or values.
        """
        if len(self.low) >= MOST_VARIABLES:
            raise InputError("the puzzle is too large", expected=f"{MOST_VARIABLES:,} variables")
        if not 0 <= high - low < MOST_VALUES:
            raise InputError(f"{name} has values from {low} to {high}", expected="1 to 256 values")
        self.names.append(name)
        self.low.append(low)
        self.high.append(high)
        self.places.append(place)
        return len(self.low) - 1

    def grid(self, rows: int, columns: int, low: int = 0, high: int = 1) -> Values:
        """Add a variable a cell, row by row; their numbers, shape (rows, columns)."""
        cells = [
            self.var(f"row {r + 1} column {c + 1}", low, high, place=(r, c))
            for r in range(rows)
            for c in range(columns)
        ]
        return np.array(cells, np.int64).reshape(rows, columns)

    def values(self, variable: int) -> range:
        """The values that a variable may take."""
        return range(self.low[variable], self.high[variable] + 1)
