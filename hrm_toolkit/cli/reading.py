"""Puzzles from what FILE stands for: a path, standard input, or a puzzle written out."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from hrm_toolkit.adapters.formats import Loaded
    from hrm_toolkit.core import Puzzle

T = TypeVar("T")

_SHORTEST = 16
"""Characters of the shortest puzzle that is written out on one line."""


def read(
    file: str,
    adapter: str | None = None,
    start: str | None = None,
    goal: str | None = None,
    weight: str | None = None,
    box: tuple[int, int] | None = None,
    solver: str | None = None,
) -> Loaded:
    """The puzzles of a file, of standard input for ``-``, or of the text of a puzzle itself.

    Args:
        solver: whose task it is, where no adapter is named.

    Raises:
        InputError: when it cannot be read as a puzzle.
        OptionError: when solver and adapter are for two tasks.
        UnknownNameError: for an unknown adapter.
    """
    from hrm_toolkit.adapters.formats import read_puzzles
    from hrm_toolkit.adapters.registry import get_adapter
    from hrm_toolkit.core import InputError, UnknownNameError
    from hrm_toolkit.solvers.many.choice import form_of, refuse_other_task

    if adapter is not None:
        get_adapter(adapter)
    said, adapter = adapter, form_of(solver, adapter)
    source: str | bytes | IO[bytes] = standard_input() if file == "-" else file
    if file != "-" and _is_written_out(file):
        source = file.encode("utf-8", "surrogateescape")
    options = {"start": start, "goal": goal, "weight": weight, "box": box}
    try:
        return named(file, read_puzzles, source, adapter=adapter, **options)
    except UnknownNameError as error:
        if said is None:
            own = "a task of your own is named by its file: --adapter FILE.py"
            error.hint = f"{error.hint} {own}" if error.hint else own
        raise
    except InputError:
        if said is None and solver is not None:
            path = "standard input" if file == "-" else file
            refuse_other_task(source, solver, adapter, path)
        raise


def _is_written_out(file: str) -> bool:
    """Whether it is no file's name but a puzzle: lines, JSON, or one that a form knows."""
    from hrm_toolkit.adapters.formats.sniff import forms_of
    from hrm_toolkit.core.files import TextForm

    try:
        if Path(file).exists():
            return False
    except (OSError, ValueError):
        pass
    text = file.strip()
    if "\n" in text or text[:1] in ("{", "["):
        return True
    if len(text) < _SHORTEST:
        return False
    return any(isinstance(form, TextForm) and form.inline(text) for form in forms_of(None))


def chosen(file: str, loaded: Loaded, number: int) -> Puzzle:
    """One of the puzzles of a file.

    Raises:
        OptionError: when there are not so many.
    """
    from hrm_toolkit.core import OptionError

    try:
        return loaded.puzzles[number - 1]
    except IndexError:
        raise OptionError(
            f"there is no puzzle {number} in {file}", expected=f"1 to {len(loaded.puzzles)}"
        ) from None


def standard_input() -> bytes | IO[bytes]:
    """What is piped in; much of it is kept in a file until it is read.

    Raises:
        InputError: when nothing is: a person's terminal is not waited for.
    """
    from hrm_toolkit.adapters.formats.source import HEAD
    from hrm_toolkit.core import InputError

    if sys.stdin is None or sys.stdin.isatty():
        raise InputError(
            "nothing is piped in", path="standard input", expected="a puzzle", hint="name a file"
        )
    data = sys.stdin.buffer.read(HEAD)
    more = sys.stdin.buffer.read(HEAD)
    if not more:
        return data
    kept = tempfile.TemporaryFile()  # noqa: SIM115 - it goes with the process
    kept.write(data)
    while more:
        kept.write(more)
        more = sys.stdin.buffer.read(HEAD)
    return kept


def named(file: str, reader: Callable[..., T], *arguments: Any, **options: Any) -> T:
    """What ``reader`` reads, its errors saying so where it is standard input."""
    from hrm_toolkit.core import InputError

    try:
        return reader(*arguments, **options)
    except InputError as error:
        if file == "-":
            raise error.at("standard input") from None
        raise
