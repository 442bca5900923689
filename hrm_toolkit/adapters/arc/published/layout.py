"""ARC in dataset folders of the published code: a task is several rows, in both splits."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hrm_toolkit.adapters.arc.codec import CELLS, places
from hrm_toolkit.adapters.arc.files.subsets import default_test_set, read_arc_subsets
from hrm_toolkit.adapters.arc.published import train
from hrm_toolkit.adapters.arc.published.read import Demonstrations, arc_example, pairs
from hrm_toolkit.adapters.arc.published.write import steps, write_published_arc
from hrm_toolkit.adapters.arc.rules import ArcAnswer, ArcPuzzle
from hrm_toolkit.adapters.formats.published.arrays import ArraySet, Metadata
from hrm_toolkit.adapters.formats.published.layout import Layout
from hrm_toolkit.core import AnyAdapter, Example, InputError, Structure
from hrm_toolkit.core.files import NO, SURE, Claim, placed

if TYPE_CHECKING:
    from hrm_toolkit.adapters.formats.published.read import PublishedSplit


class ArcLayout(Layout[ArcPuzzle, ArcAnswer]):
    """A task of the test split has the train split's rows of its identifier as demonstrations.

    Where a grid lies among the 30 x 30 tokens is not kept.
    """

    reads = True
    together = True
    # Of the published ARC-1 folder.
    identifiers = 876_406
    held = (
        "held-out ARC tasks as they are, each by the embedding of its identifier, no votes; "
        "their demonstrations are trained on and their tests are not"
    )

    def claims(self, length: int, vocabulary: int) -> Claim:
        return SURE if (length, vocabulary) == (CELLS, self.adapter.codec.spec.size) else NO

    def count(self, sets: Sequence[ArraySet]) -> int:
        return sum(len(found.identifiers) for found in sets)

    def examples(
        self, split: PublishedSplit
    ) -> Iterator[tuple[Example[ArcPuzzle, ArcAnswer], int]]:
        if split.split != "test":
            raise InputError(
                "in ARC's train split nothing tells which rows are demonstrations and which are "
                "tests of a task",
                path=str(split.folder),
                hint="read split test, which takes its demonstrations from split train",
            )
        names = split.names()
        shown = Demonstrations(split.folder)
        first = 0
        for found in split.sets:
            numbers = np.arange(len(found.identifiers))
            groups = np.searchsorted(found.groups, numbers, side="right") - 1 + first
            for puzzle, group in enumerate(groups.tolist()):
                identifier = int(found.identifiers[puzzle])
                where = f"{found.file('puzzle_identifiers')}: entry {puzzle + 1}"
                tests = pairs(found, puzzle)
                train = placed(where, shown.of, identifier)
                name = names[identifier] if names else None
                yield placed(where, arc_example, name, train, tests), group
            first += len(found.groups) - 1

    def read_subsets(
        self, folder: str | os.PathLike[str], names: Sequence[str] | None
    ) -> dict[str, Sequence[ArcPuzzle]]:
        return dict(read_arc_subsets(folder, names))

    def test_set(self, subsets: Mapping[str, Sequence[ArcPuzzle]]) -> str:
        return default_test_set(subsets)

    def steps(self, subsets: Mapping[str, Sequence[ArcPuzzle]], test_set: str | None) -> int:
        return steps(subsets, test_set)

    def write(
        self,
        folder: str | os.PathLike[str],
        subsets: Mapping[str, Sequence[ArcPuzzle]],
        *,
        test_set: str | None,
        augmentations: int,
        seed: int,
        each: Callable[[], object],
    ) -> dict[str, Metadata]:
        return write_published_arc(
            folder,
            subsets,
            test_set=test_set,
            augmentations=augmentations,
            seed=seed,
            each=each,
        )

    def open_train(self, folder: Path) -> tuple[AnyAdapter, tuple[ArraySet, ...]]:
        return train.open_train(self.adapter, folder)

    def row_structure(self) -> Structure:
        return places(1)

    def apart(
        self, sets: Sequence[ArraySet], names: Sequence[str], most: int
    ) -> dict[int, Example[ArcPuzzle, ArcAnswer]]:
        return train.tasks_apart(sets, names, most)

    def held_out(
        self, folder: Path, names: Sequence[str]
    ) -> Iterator[Example[ArcPuzzle, ArcAnswer]]:
        return train.held_tasks(folder, names)

    def write_stand_in(self, folder: Path, puzzles: Sequence[ArcPuzzle]) -> None:
        train.write_stand_in(folder, puzzles)
