"""Levels of Sokoban, and plans for them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import field_validator

from hrm_toolkit.adapters.grid import Dihedral, require_rectangle, require_symbols
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.core import InputError, Puzzle

LIMIT = 64
"""The most rows, and the most columns."""
MOST_BOXES = 100

WALL, FLOOR, GOAL, BOX, BOX_HOME, PLAYER, PLAYER_HOME = SIGNS = "# .$*@+"


class SokobanPuzzle(Puzzle):
    """A level in the usual signs.

    Attributes:
        grid: rows of ``#`` wall, space floor, ``.`` goal, ``$`` box, ``*`` box on a goal, ``@``
            player, ``+`` player on a goal; up to 64 rows of up to 64, of one length.
    """

    task: Literal["sokoban"] = "sokoban"
    grid: tuple[str, ...]

    @field_validator("grid", mode="before")
    @classmethod
    def _of_one_length(cls, value: Any) -> Any:
        """Rows of one length; ``-`` and ``_`` are floor."""
        if not isinstance(value, list | tuple) or not all(isinstance(row, str) for row in value):
            return value
        rows = [row.replace("-", FLOOR).replace("_", FLOOR) for row in value]
        width = max(map(len, rows), default=0)
        return tuple(row.ljust(width) for row in rows)

    @field_validator("grid")
    @classmethod
    def _is_a_level(cls, rows: tuple[str, ...]) -> tuple[str, ...]:
        require_rectangle(rows, LIMIT)
        require_symbols(rows, SIGNS)
        signs = "".join(rows)
        players = signs.count(PLAYER) + signs.count(PLAYER_HOME)
        boxes = signs.count(BOX) + signs.count(BOX_HOME)
        goals = sum(map(signs.count, (GOAL, BOX_HOME, PLAYER_HOME)))
        if players != 1:
            raise InputError(f"the level has {players} players", expected="one @ (or + on a goal)")
        if not 0 < boxes <= MOST_BOXES:
            raise InputError(f"the level has {boxes} boxes", expected=f"1 to {MOST_BOXES}")
        if boxes > goals:
            raise InputError(
                f"the level has {boxes} boxes and {goals} goals", expected="a goal for each box"
            )
        return rows

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return len(self.grid), len(self.grid[0])

    def moved(self, dihedral: Dihedral) -> SokobanPuzzle:
        """The level, turned or reflected."""
        return self.model_construct(task="sokoban", grid=dihedral.text(self.grid))


class SokobanPlan(Plan):
    """Pushes: ``push 3 4 right`` pushes the box in row 3 column 4 to column 5.

    The player walks to the box by a shortest way, which is not part of it.
    """

    task: Literal["sokoban"] = "sokoban"
