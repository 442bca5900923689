"""Puzzles from what FILE stands for: a path, standard input, or a Sudoku written out."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from hrm_toolkit.adapters.formats import Loaded

T = TypeVar("T")

_LITERAL = re.compile(r"[0-9._*?]{16}|[0-9._*?]{36}|[0-9._*?]{81}|[0-9A-Pa-p._*?]{256}")


def read(
    file: str,
    adapter: str | None = None,
    start: str | None = None,
    goal: str | None = None,
    weight: str | None = None,
    box: tuple[int, int] | None = None,
) -> Loaded:
    """The puzzles of a file, of standard input for ``-``, or of a line of 16 to 256 cells.

    Raises:
        InputError: when it cannot be read as a puzzle.
        UnknownNameError: for an unknown adapter.
    """
    from hrm_toolkit.adapters.formats import read_puzzles
    from hrm_toolkit.adapters.registry import get_adapter

    if adapter is not None:
        get_adapter(adapter)
    source: str | bytes = standard_input() if file == "-" else file
    if _LITERAL.fullmatch(file) and not Path(file).exists():
        source, adapter = file.encode(), adapter or "sudoku"
    said = {"start": start, "goal": goal, "weight": weight, "box": box}
    return named(file, read_puzzles, source, adapter=adapter, **said)


def standard_input() -> bytes:
    """What is piped in.

    Raises:
        InputError: when nothing is: a person's terminal is not waited for.
    """
    from hrm_toolkit.adapters.formats.source import LIMIT
    from hrm_toolkit.core import InputError

    if sys.stdin is None or sys.stdin.isatty():
        raise InputError(
            "nothing is piped in", path="standard input", expected="a puzzle", hint="name a file"
        )
    return sys.stdin.buffer.read(LIMIT + 1)


def named(file: str, reader: Callable[..., T], *arguments: Any, **options: Any) -> T:
    """What ``reader`` reads, its errors saying so where it is standard input."""
    from hrm_toolkit.core import InputError

    try:
        return reader(*arguments, **options)
    except InputError as error:
        if file == "-":
            raise error.at("standard input") from None
        raise
