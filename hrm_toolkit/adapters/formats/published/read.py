"""Read a published HRM or TRM dataset folder as puzzles with their answers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hrm_toolkit.adapters.formats.published.arrays import (
    IDENTIFIERS,
    Metadata,
    default_split,
    open_sets,
    read_identifiers,
    read_metadata,
)
from hrm_toolkit.adapters.formats.published.layout import layout_of
from hrm_toolkit.adapters.registry import get_adapter, loadable
from hrm_toolkit.core import Example, InputError
from hrm_toolkit.core.files import Loaded, placed

AnyExample = Example[Any, Any]

LIMIT = 500_000
"""The most puzzles that are held in memory at once."""

_CHUNK = 1024


@dataclass(frozen=True)
class Published(Loaded):
    """The puzzles of a published dataset folder.

    Attributes:
        groups: the group of each puzzle, counted from 0 over all sets; a group is an original
            and its augmentations, the original first.
    """

    groups: tuple[int, ...] = ()


class PublishedSplit:
    """One split, opened: its puzzles are made as they are asked for.

    A row is a puzzle and its label the answer, unless the task's layout says otherwise: in ARC a
    puzzle of the test split is a task (or an augmentation, as its name says).

    Args:
        folder: the folder that holds ``train`` and ``test``.
        split: which of the two; None takes the test split where there is one.
        adapter: the task; None asks the tasks' layouts, by length and vocabulary.

    Raises:
        InputError: naming the file, and the entry in it, that is missing or disagrees.
        UnknownNameError: for another split or adapter.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        split: str | None = None,
        adapter: str | None = None,
    ) -> None:
        self.folder = Path(folder)
        self.split = split or default_split(folder)
        self.metadata = read_metadata(self.folder, self.split)
        self.task = adapter or guess_task(self.metadata)
        self._guessed = adapter is None
        self.layout = layout_of(get_adapter(self.task))
        if not self.layout.reads:
            known = (task.task for task in loadable() if layout_of(task).reads)
            raise InputError(
                f"no {self.task} puzzles can be read from such a folder",
                path=str(folder),
                expected="one of " + ", ".join(known),
            )
        self.sets = open_sets(self.folder, self.split, self.metadata)
        self.layout.require(self.metadata, self.sets, self.folder / self.split)

    @property
    def kind(self) -> str:
        """What a reader says it took the folder for."""
        what = self.layout.kind(self.metadata)
        return f"published dataset folder{' of ' * bool(what)}{what}, split {self.split}"

    def __len__(self) -> int:
        return self.layout.count(self.sets)

    def __iter__(self) -> Iterator[tuple[AnyExample, int]]:
        """Puzzles with their answers, and the group of each.

        Raises:
            InputError: naming the file and row (from 1) that is no puzzle.
        """
        return self.layout.examples(self) or self._rows()

    def _rows(self) -> Iterator[tuple[AnyExample, int]]:
        make = self.layout.example
        first = 0
        for found in self.sets:
            # Rows where each group starts, so that a row's group is found by bisection.
            starts = found.puzzles[found.groups]
            for start in range(0, len(found.inputs), _CHUNK):
                inputs, labels = found.rows(start, start + _CHUNK)
                numbers = np.arange(start, start + len(inputs))
                groups = np.searchsorted(starts, numbers, side="right") - 1 + first
                for row, group in enumerate(groups.tolist()):
                    where = f"{found.file('inputs')}: row {start + row + 1}"
                    try:
                        example = placed(where, make, inputs[row], labels[row], self.metadata)
                    except InputError as error:
                        others = _claims(self.metadata)[1:] if self._guessed else []
                        if others and error.hint is None:
                            no = f"if these are no {self.task} puzzles"
                            error.hint = f"{no}: --adapter {others[0]}"
                        raise
                    yield example, group
            first += len(found.groups) - 1

    def names(self) -> list[str] | None:
        """The names of the identifiers; None where they have none."""
        names = read_identifiers(self.folder)
        if names is not None and len(names) != self.metadata.num_puzzle_identifiers:
            raise InputError(
                f"there are {len(names)} names",
                path=str(self.folder / IDENTIFIERS),
                expected=f"{self.metadata.num_puzzle_identifiers}, the num_puzzle_identifiers",
            )
        return names


def read_published(
    folder: str | os.PathLike[str], split: str | None = "train", adapter: str | None = None
) -> Published:
    """The puzzles of one split of a published dataset folder.

    Args:
        folder: the folder that holds ``train`` and ``test``.
        split: which of the two; None takes the test split where there is one.
        adapter: the task; None asks the tasks' layouts, by length and vocabulary.

    Raises:
        InputError: as ``PublishedSplit``; for more than 500,000 puzzles.
        UnknownNameError: for another split or adapter.
    """
    opened = PublishedSplit(folder, split, adapter)
    if len(opened) > LIMIT:
        raise InputError(
            f"there are {len(opened):,} puzzles",
            path=str(folder),
            expected=f"at most {LIMIT:,} at once",
            hint="use PublishedSplit, or convert-dataset, which go through them one by one",
        )
    items = list(opened)
    return Published(
        tuple(example.puzzle for example, _ in items),
        tuple(example.answer for example, _ in items),
        opened.kind,
        groups=tuple(group for _, group in items),
    )


def guess_task(metadata: Metadata) -> str:
    """The task whose layout is surest of a length and a vocabulary.

    Raises:
        InputError: when there is none.
    """
    claims = _claims(metadata)
    if not claims:
        raise InputError(
            f"rows of {metadata.seq_len} tokens out of {metadata.vocab_size} are of no known task",
            hint="name it with adapter (--adapter)",
        )
    return claims[0]


def _claims(metadata: Metadata) -> list[str]:
    """The tasks whose rows these may be, the surest first."""
    said = [
        (layout_of(adapter).claims(metadata.seq_len, metadata.vocab_size).strength, adapter.task)
        for adapter in loadable()
    ]
    return [task for strength, task in sorted(said, key=lambda one: -one[0]) if strength]
