"""Puzzles of files with answers that the rules accept, for training and for measuring alike."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from hrm_toolkit.adapters.formats import Loaded, PublishedSplit, is_published, read_puzzles
from hrm_toolkit.core import AnyAdapter, Example, InputError, OptionError
from hrm_toolkit.train.data.stream import AnyExample

Report = Callable[[float], None]


class NoAnswerError(InputError):
    """A puzzle whose answer neither its file says nor exact search finds."""


def read_examples(
    adapter: AnyAdapter,
    path: Path,
    *,
    split: str | None = None,
    most: int | None = None,
    originals: bool = False,
    unanswered: Callable[[NoAnswerError], None] | None = None,
    on_progress: Report | None = None,
) -> list[AnyExample]:
    """The puzzles of a file, of the files of a folder, or of a published dataset folder.

    Answers that are not given are found by the adapter's exact oracle; every answer is checked by
    the rules. Of a published group only the original is taken where the others are its symmetries:
    not of sequences, which have none.

    Args:
        split: of a published dataset folder, ``train`` or ``test``.
        most: take so many at most, drawn evenly; always the same ones of the same file. Of a long
            file the others are passed over unread.
        originals: take the first row alone of each published group, of sequences too.
        unanswered: told of each puzzle without a known answer, which is then left out.
        on_progress: told the share that is done, 0 to 1.

    Raises:
        InputError: naming file and puzzle (from 1) when one cannot be read, has an answer that
            the rules refute, or has none and nobody is told.
    """
    parts = list(_parts(adapter, path, split, originals))
    count = sum(len(part) for _, part in parts)
    found: list[AnyExample] = []
    for done, (where, number, example) in enumerate(_drawn(parts, count, most), 1):
        try:
            found.append(answered(adapter, example, f"{where}: puzzle {number}"))
        except NoAnswerError as error:
            if unanswered is None:
                raise
            unanswered(error)
        if on_progress is not None:
            on_progress(done / min(count, most or count))
    return found


class _File:
    """Puzzles of one file, answers as they are given."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded

    def __len__(self) -> int:
        return len(self._loaded.puzzles)

    def chosen(self, places: Sequence[int]) -> Iterator[tuple[int, AnyExample]]:
        """Those at some places, ascending, with their numbers from 1."""
        pairs = self._loaded.chosen(places)
        return ((at + 1, Example(*pair)) for at, pair in zip(places, pairs, strict=True))


class _Rows:
    """The first row of each group of a published folder, or every one."""

    def __init__(self, opened: PublishedSplit, *, every: bool) -> None:
        self._rows: list[tuple[int, AnyExample]] = []
        last = -1
        for number, (example, group) in enumerate(opened, 1):
            if every or group != last:
                self._rows.append((number, example))
            last = group

    def __len__(self) -> int:
        return len(self._rows)

    def chosen(self, places: Sequence[int]) -> Iterator[tuple[int, AnyExample]]:
        """As those of a file."""
        return (self._rows[place] for place in places)


_Part = _File | _Rows


def _parts(
    adapter: AnyAdapter, path: Path, split: str | None, originals: bool
) -> Iterator[tuple[str, _Part]]:
    """What a path holds, by the names of its files."""
    if is_published(path):
        opened = PublishedSplit(path, split, adapter.task)
        yield str(path), _Rows(opened, every=not (adapter.verifiable or originals))
        return
    for file in data_files(path):
        yield str(file), _File(read_puzzles(file, adapter=adapter.read_as))


def _drawn(
    parts: Sequence[tuple[str, _Part]], count: int, most: int | None
) -> Iterator[tuple[str, int, AnyExample]]:
    """Place, number and puzzle of all, or of ``most`` drawn evenly."""
    places: Sequence[int] = range(count)
    if most is not None and count > most:
        places = sorted(np.random.default_rng([0, count]).permutation(count)[:most].tolist())
    first = 0
    for where, part in parts:
        begin, end = (bisect_left(places, at) for at in (first, first + len(part)))
        inside = [place - first for place in places[begin:end]]
        for number, example in part.chosen(inside):
            yield where, number, example
        first += len(part)


def task_of(path: Path) -> str:
    """The task of the puzzles of a file or folder, as their reader tells it.

    Raises:
        OptionError: when there is no such file.
        InputError: when it cannot be read.
    """
    require_path(path)
    if is_published(path):
        return PublishedSplit(path).task
    return read_puzzles(data_files(path)[0]).puzzles[0].task


def data_files(path: Path) -> list[Path]:
    """The files that a path stands for, sorted; those with a name that starts with "." are none."""
    if not path.is_dir():
        return [path]
    inner = path.rglob("*") if is_published(path) else path.iterdir()
    files = sorted(p for p in inner if p.is_file() and not p.name.startswith("."))
    if not files:
        raise InputError("there is no file in this folder", path=str(path))
    return files


def answered(adapter: AnyAdapter, example: AnyExample, where: str) -> AnyExample:
    """A puzzle with its own answer, which the rules accept, or with one that exact search finds.

    Raises:
        NoAnswerError: when there is none.
        InputError: when the rules refute its own.
    """
    answer = example.answer
    if answer is None:
        found = adapter.exact(example.puzzle)
        answer = found.answer
        if answer is None:
            what = "has no answer" if found.unsolvable else "has no answer that is soon found"
            raise NoAnswerError(
                f"this {adapter.task} puzzle {what}",
                path=where,
                hint="take it out" if found.unsolvable else "give its answer, or take it out",
            )
    verdict = adapter.rules.check(example.puzzle, answer)
    if not verdict:
        raise InputError(
            f"its answer is refuted: {verdict.violations[0].message}",
            path=where,
            hint="correct the answer, or leave it out to have it found",
        )
    return Example(example.puzzle, answer, example.difficulty, example.size)


def require_path(path: Path) -> None:
    """Refuse training data that is not there.

    Raises:
        OptionError: with the way to get it where a named recipe asks for it.
    """
    if path.exists():
        return
    from hrm_toolkit.train.data.obtain import how_to_obtain

    how = how_to_obtain(str(path))
    raise OptionError(
        "there is no such file or folder of puzzles",
        path=str(path),
        expected="training data",
        hint=f"name yours by --data, or make it: {how}" if how else "name one by --data",
    )
