"""Readers and writers of puzzle files. What a file is, its content says; readers name it."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from hrm_toolkit.adapters.formats.published.arrays import is_published
from hrm_toolkit.adapters.formats.sniff import read_any
from hrm_toolkit.adapters.formats.source import Source, said, write_whole
from hrm_toolkit.core import Example, InputError, OptionError, Puzzle
from hrm_toolkit.core.files import Loaded, ReadOptions, is_box, placed

if TYPE_CHECKING:
    from hrm_toolkit.adapters.formats.answers import read_answer
    from hrm_toolkit.adapters.formats.published.read import PublishedSplit, read_published
    from hrm_toolkit.adapters.formats.published.write import write_published

__all__ = [
    "Loaded",
    "PublishedSplit",
    "is_published",
    "load_puzzle",
    "read_answer",
    "read_published",
    "read_puzzles",
    "read_text",
    "write_published",
    "write_puzzles",
]

_HOME = {
    "PublishedSplit": "published.read",
    "read_answer": "answers",
    "read_published": "published.read",
    "write_published": "published.write",
}


def read_puzzles(
    source: str | os.PathLike[str] | bytes | IO[bytes],
    *,
    adapter: str | None = None,
    start: str | None = None,
    goal: str | None = None,
    weight: str | None = None,
    box: tuple[int, int] | None = None,
    split: str | None = None,
) -> Loaded:
    """The puzzles of a file, of its content given as bytes, or of a published dataset folder.

    Gzip is unpacked, and UTF-16 decoded. A long file of one puzzle a line is read as its puzzles
    are asked for: see ``Loaded``.

    Args:
        source: a path; bytes are content; or an open file that can be read again from its start.
        adapter: the task, where the content alone does not say it.
        start: a graph's start node, or "x,y" in a map that marks none; overrules the file.
        goal: likewise.
        weight: the edge attribute that is a graph's cost; "none" where every edge costs 1.
        box: rows and columns of a Sudoku's boxes.
        split: of a published dataset folder: ``train`` or ``test``; None takes the test split
            where there is one.

    Raises:
        InputError: naming the file and the line or record at fault.
        OptionError: for an option that the puzzles have no use for.

    Example:
        >>> read_puzzles(b"S..\\n##.\\nG..").kind
        'maze text'
    """
    options = ReadOptions(adapter, start, goal, weight, box)
    if isinstance(source, str | os.PathLike) and is_published(source):
        if options.given:
            raise OptionError(f"{next(iter(options.given))} is no option for a published folder")
        from hrm_toolkit.adapters.formats.published.read import read_published

        return read_published(source, split, adapter)
    if split is not None:
        raise OptionError("a split is for published dataset folders, and this is none")
    if box is not None and not is_box(box):
        raise OptionError("the box is no shape", expected="rows and columns: (3, 2)", got=box)
    if not isinstance(source, str | os.PathLike):
        return read_any(Source(source), options)
    path = Path(source)
    return placed(str(path), _read, path, replace(options, path=path)).within(str(path))


def _read(path: Path, options: ReadOptions) -> Loaded:
    return read_any(Source(path), options)


def read_text(
    text: str,
    *,
    adapter: str | None = None,
    start: str | None = None,
    goal: str | None = None,
    weight: str | None = None,
    box: tuple[int, int] | None = None,
) -> Loaded:
    """The puzzles of a text, such as standard input; otherwise as ``read_puzzles``.

    Example:
        >>> read_text("1.....3..4.....2").kind
        'Sudoku, 16-character line'
    """
    if not isinstance(text, str):
        raise InputError(f"{said(text)} is no text", hint="read_puzzles takes files and bytes")
    data = text.encode("utf-8", "surrogateescape")
    return read_puzzles(data, adapter=adapter, start=start, goal=goal, weight=weight, box=box)


def load_puzzle(source: str | os.PathLike[str] | bytes, adapter: str | None = None) -> Puzzle:
    """The one puzzle of a file.

    Raises:
        InputError: when there are several, or as ``read_puzzles``.
    """
    loaded = read_puzzles(source, adapter=adapter)
    if len(loaded.puzzles) > 1:
        raise InputError(
            f"there are {len(loaded.puzzles)} puzzles here ({loaded.kind})",
            path=None if isinstance(source, bytes) else str(source),
            expected="one",
            hint="use read_puzzles",
        )
    return loaded.puzzles[0]


def write_puzzles(path: str | os.PathLike[str], examples: Iterable[Example[Any, Any]]) -> None:
    """Write puzzles with their answers as JSON Lines, whole or not at all.

    Raises:
        InputError: when the file cannot be written.
    """
    lines = (
        f'{{"puzzle": {e.puzzle.model_dump_json()}, "answer": {e.answer.model_dump_json()}}}\n'
        for e in examples
    )
    write_whole(path, lines)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
