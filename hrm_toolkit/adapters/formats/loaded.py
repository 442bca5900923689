"""What a reader of puzzle files returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from hrm_toolkit.core import Answer, Puzzle, ToolkitError

T = TypeVar("T")


@dataclass(frozen=True)
class Loaded:
    """The puzzles of a file.

    Attributes:
        puzzles: in the file's order, at least one.
        answers: what the file says the answer is, one a puzzle, None where it does not say.
        kind: what the reader took the file for, such as "Sudoku, 81-character lines".
    """

    puzzles: tuple[Puzzle, ...]
    answers: tuple[Answer | None, ...]
    kind: str

    @classmethod
    def of(cls, kind: str, pairs: Iterable[tuple[Puzzle, Answer | None]]) -> Loaded:
        """From puzzles with their answers."""
        listed = list(pairs)
        return cls(tuple(p for p, _ in listed), tuple(a for _, a in listed), kind)


def placed(where: str, read: Callable[..., T], *arguments: Any) -> T:
    """``read(*arguments)``, its error naming ``where`` in front of the place it names itself."""
    try:
        return read(*arguments)
    except ToolkitError as error:
        error.path = where if error.path is None else f"{where}: {error.path}"
        raise
