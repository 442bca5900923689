"""How a task lies in a dataset folder of the published code."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.formats.published.arrays import ArraySet, Ints, Metadata
from hrm_toolkit.core import AnyAdapter, Example, InputError, Structure
from hrm_toolkit.core.files import NO, Claim
from hrm_toolkit.core.puzzle import A, P

if TYPE_CHECKING:
    from hrm_toolkit.adapters.formats.published.read import PublishedSplit

Row = npt.NDArray[np.int32]
Box = tuple[int, int]


class Layout(Generic[P, A]):
    """A row a puzzle, as the codec encodes it, and its label the answer; none is read back.

    Attributes:
        reads: whether puzzles are read from such folders.
        wide: whether tokens are int64 where there are augmentations, as published.
        together: whether both splits are written at once by ``write``, from subsets of puzzles, and
            rows are trained on as they are, each with its identifier: ``open_train``.
        identifiers: how many the published folder has, each with an embedding of its own.
        held: what the puzzles that a run measures on are, in words.
    """

    reads: ClassVar[bool] = False
    wide: ClassVar[bool] = False
    together: ClassVar[bool] = False
    identifiers: ClassVar[int] = 0
    held: ClassVar[str] = "held-out puzzles"

    def __init__(self, adapter: AnyAdapter) -> None:
        self.adapter = adapter

    def claims(self, length: int, vocabulary: int) -> Claim:
        """How sure it is that rows of so many tokens, out of so many ids, are of this task."""
        return NO

    def kind(self, facts: Metadata) -> str:
        """What such a folder holds, where its task does not say it: "" for puzzles."""
        return ""

    def require(self, facts: Metadata, sets: Sequence[ArraySet], where: Path) -> None:
        """Refuse a split of which puzzles would keep less than it says.

        Raises:
            InputError: naming the file at fault.
        """

    def count(self, sets: Sequence[ArraySet]) -> int:
        """How many puzzles a split has."""
        return sum(len(found.inputs) for found in sets)

    def examples(self, split: PublishedSplit) -> Iterator[tuple[Example[P, A], int]] | None:
        """The puzzles of a split with their groups, where they are more than rows; else None."""
        return None

    def example(self, inputs: Row, labels: Row, facts: Metadata) -> Example[P, A]:
        """The puzzle that a row is, shape (L,), and the answer that its label is.

        Raises:
            InputError: naming the position that is at fault.
        """
        raise NotImplementedError

    def vocabulary(self, puzzle: P) -> int:
        """The published number of ids."""
        return self.adapter.codec.vocabulary(puzzle)

    def labels(self, example: Example[P, A], inputs: Ints) -> Ints:
        """What a row's label is where published."""
        return self.adapter.codec.labels(example.puzzle, example.answer)

    def box(self, puzzle: P) -> Box | None:
        """The shape of the puzzle's boxes, where it has any and they are not the usual ones."""
        return None

    def require_fit(self, puzzle: P) -> None:
        """Refuse a puzzle that no row can hold.

        Raises:
            InputError: saying why.
        """

    def read_subsets(
        self, folder: str | os.PathLike[str], names: Sequence[str] | None
    ) -> dict[str, Sequence[P]]:
        """The puzzles of a folder of files by subset, where both splits are written ``together``.

        Args:
            names: the subsets to read, in this order; None for all.

        Raises:
            InputError: when there are none.
        """
        raise NotImplementedError

    def test_set(self, subsets: Mapping[str, Sequence[P]]) -> str:
        """The subset that is held out unless said."""
        raise NotImplementedError

    def steps(self, subsets: Mapping[str, Sequence[P]], test_set: str | None) -> int:
        """How often ``write`` calls ``each``."""
        raise NotImplementedError

    def write(
        self,
        folder: str | os.PathLike[str],
        subsets: Mapping[str, Sequence[P]],
        *,
        test_set: str | None,
        augmentations: int,
        seed: int,
        each: Callable[[], object],
    ) -> dict[str, Metadata]:
        """Write both splits, whole or not at all; what ``dataset.json`` of each says."""
        raise NotImplementedError

    def open_train(self, folder: Path) -> tuple[AnyAdapter, tuple[ArraySet, ...]]:
        """The train split's rows, and the adapter that knows their identifiers.

        Raises:
            InputError: naming the file, and the entry in it, that is missing or disagrees.
        """
        raise NotImplementedError

    def row_structure(self) -> Structure:
        """What a network reads of a row beside its tokens."""
        raise NotImplementedError

    def apart(
        self, sets: Sequence[ArraySet], names: Sequence[str], most: int
    ) -> dict[int, Example[P, A]]:
        """Puzzles of the train split to measure on by their last rows, by group."""
        raise NotImplementedError

    def held_out(self, folder: Path, names: Sequence[str]) -> Iterator[Example[P, A]]:
        """The puzzles of the test split, without their variants."""
        raise NotImplementedError

    def write_stand_in(self, folder: Path, puzzles: Sequence[P]) -> None:
        """Write a small folder of some generated puzzles, to estimate a run by."""
        raise NotImplementedError


def layout_of(adapter: AnyAdapter) -> Layout[Any, Any]:
    """The adapter's layout, or the one for all who say none."""
    return adapter.layout() or Layout(adapter)


def side_of(row: Row) -> int:
    """The side of the square whose cells a row has.

    Raises:
        InputError: where it is none.
    """
    side = int(len(row) ** 0.5)
    if side * side != len(row):
        raise InputError(f"the row has {len(row)} tokens", expected="a square number of cells")
    return side


def require_tokens(row: Row, high: int) -> None:
    """Refuse tokens other than 1 to ``high``.

    Raises:
        InputError: naming the position.
    """
    wrong = (row < 1) | (row > high)
    if wrong.any():
        position = int(wrong.argmax())
        raise InputError(
            f"position {position + 1} has token {row[position]}",
            expected=f"1 to {high} in a puzzle",
        )
