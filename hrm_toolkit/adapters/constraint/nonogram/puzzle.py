"""What a nonogram tells, and the picture that answers it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from hrm_toolkit.adapters.constraint.pencil.boards import MOST_CELLS, MOST_SIDE, Shading
from hrm_toolkit.core import InputError, Puzzle

UNKNOWN = "?"
"""What stands for the runs of a line that tells none."""


def _runs(value: object) -> object:
    """Runs as they are kept: of a text the numbers, none for 0, None where nothing is told."""
    if isinstance(value, str):
        words = value.replace(",", " ").split()
        return None if words == [UNKNOWN] else _runs(words)
    if isinstance(value, int) and not isinstance(value, bool):
        value = [value]
    if isinstance(value, Sequence) and [str(run) for run in value] == ["0"]:
        return ()
    return value


Line = Annotated[
    tuple[Annotated[int, Field(ge=1, le=MOST_SIDE)], ...] | None, BeforeValidator(_runs)
]
"""Lengths of the runs of a line, in order; () for none, None where they are not told."""
Lines = Annotated[tuple[Line, ...], Field(min_length=1, max_length=MOST_SIDE)]


class NonogramPuzzle(Puzzle):
    """Lengths of the runs of shaded cells in each row from the left, in each column from the top.

    Attributes:
        rows: a list a row; () where nothing is shaded, None where nothing is told.
        columns: likewise.
    """

    task: Literal["nonogram"] = "nonogram"
    rows: Lines
    columns: Lines

    @model_validator(mode="after")
    def _runs_have_room(self) -> NonogramPuzzle:
        if len(self.rows) * len(self.columns) > MOST_CELLS:
            raise InputError(
                f"the picture is {self.size_words}", expected=f"at most {MOST_CELLS:,} cells"
            )
        for name, lines, room in (
            ("row", self.rows, len(self.columns)),
            ("column", self.columns, len(self.rows)),
        ):
            for number, runs in enumerate(lines, 1):
                need = sum(runs) + len(runs) - 1 if runs else 0
                if need > room:
                    told = " ".join(map(str, runs or ()))
                    raise InputError(
                        f"{name} {number} needs {need} cells for its runs {told}",
                        expected=f"at most {room}, as there are",
                        hint="rows come before columns: are they the other way round?",
                    )
        return self

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.rows), len(self.columns)

    @property
    def size_words(self) -> str:
        return f"{len(self.rows)}x{len(self.columns)}"


class NonogramAnswer(Shading):
    """The picture: 1 where a cell is shaded."""

    task: Literal["nonogram"] = "nonogram"


def words_of(runs: Sequence[int] | None) -> list[str]:
    """The runs of a line as they are written: 0 where there is none, ? where none is told."""
    return [UNKNOWN] if runs is None else list(map(str, runs)) or ["0"]
