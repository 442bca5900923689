"""Boards of lights, and plans for them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import field_validator

from hrm_toolkit.adapters.grid import Dihedral, require_rectangle
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.core import InputError, Puzzle

LIMIT = 20
"""The most rows, and the most lights in a row."""

_LIT = frozenset("1Oo*#Xx@\u2588\u25cf\u25a0")
_DARK = frozenset("0.-_\u00b7\u25cb\u25a1")


class LightsOutPuzzle(Puzzle):
    """Lights that are on or off.

    Attributes:
        grid: rows of 1 (on) and 0 (off); up to 20 rows of up to 20.
    """

    task: Literal["lights-out"] = "lights-out"
    grid: tuple[tuple[int, ...], ...]

    @field_validator("grid", mode="before")
    @classmethod
    def _in_normal_form(cls, value: Any) -> Any:
        """Rows of numbers, from those, from truth values or from texts."""
        if not isinstance(value, list | tuple):
            return value
        require_rectangle([row for row in value if isinstance(row, list | tuple | str)], LIMIT)
        return tuple(_row(number, row) for number, row in enumerate(value, 1))

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return len(self.grid), len(self.grid[0])

    @property
    def lit(self) -> int:
        """The lights that are on, as ``algebra`` numbers them."""
        bits = "".join("1" if light else "0" for row in reversed(self.grid) for light in row[::-1])
        return int(bits, 2)

    @classmethod
    def of(cls, height: int, width: int, lit: int) -> LightsOutPuzzle:
        """The board of these lights."""
        rows = ((lit >> (r * width) & (1 << width) - 1) for r in range(height))
        grid = tuple(tuple(row >> c & 1 for c in range(width)) for row in rows)
        return cls.model_construct(task="lights-out", grid=grid)

    def moved(self, dihedral: Dihedral) -> LightsOutPuzzle:
        """The board, turned or reflected."""
        return self.model_construct(task="lights-out", grid=dihedral.table(self.grid))


class LightsOutPlan(Plan):
    """Buttons to press: ``press 1 3`` is the one in row 1 column 3."""

    task: Literal["lights-out"] = "lights-out"


def _row(number: int, row: Any) -> Any:
    if not isinstance(row, list | tuple | str):
        raise InputError(f"row {number} is no row of lights", expected="a list of 0 and 1", got=row)
    return tuple(_light(number, column, light) for column, light in enumerate(row, 1))


def _light(row: int, column: int, light: Any) -> int:
    if isinstance(light, int | float) and light in (0, 1):
        return int(light)
    if isinstance(light, str) and light in _LIT | _DARK:
        return int(light in _LIT)
    raise InputError(
        f"row {row} column {column} has {light!r}", expected="1 or O (on), 0 or . (off)"
    )
