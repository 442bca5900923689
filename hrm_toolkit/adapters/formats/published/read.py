"""Read a published HRM or TRM dataset folder as puzzles with their answers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.arc.published.read import Demonstrations, arc_example, pairs
from hrm_toolkit.adapters.formats.published.arrays import (
    IDENTIFIERS,
    METADATA,
    ArraySet,
    Metadata,
    default_split,
    open_sets,
    read_identifiers,
    read_metadata,
)
from hrm_toolkit.adapters.maze import MazePuzzle
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.adapters.sequence.rules import MOST_TOKENS, SequenceAnswer, SequencePuzzle
from hrm_toolkit.adapters.sudoku.boxes import BOXES
from hrm_toolkit.adapters.sudoku.rules import SudokuPuzzle
from hrm_toolkit.core import Example, InputError, validate
from hrm_toolkit.core.files import Loaded, placed

Row = npt.NDArray[np.int32]
AnyExample = Example[Any, Any]

LIMIT = 500_000
"""The most puzzles that are held in memory at once."""

TASKS = ("arc", "maze", "sequence", "sudoku")
_OWN = "sequence"
"""The task of rows that are those of no other: a network says one token for another."""
_CHUNK = 1024
_MAZE_CELLS = bytes.maketrans(bytes([1, 2, 3, 4]), b"#.SG")


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

    Sudoku, mazes and sequences: a row is a puzzle, its label the answer. ARC: a puzzle of the test
    split is a task (or an augmentation, as its name says) whose demonstrations are the rows of the
    same identifier in the train split; where a grid lies among the 30 x 30 tokens is not kept.

    Args:
        folder: the folder that holds ``train`` and ``test``.
        split: which of the two; None takes the test split where there is one.
        adapter: the task; None tells it by length and vocabulary, ``sequence`` for those of no
            other task.

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
        if self.task not in TASKS:
            get_adapter(self.task)
            raise InputError(
                f"no {self.task} puzzles can be read from such a folder",
                path=str(folder),
                expected="one of " + ", ".join(TASKS),
            )
        self.sets = open_sets(self.folder, self.split, self.metadata)
        if self.task == _OWN:
            _require_own(self.metadata, self.sets, self.folder / self.split)

    @property
    def kind(self) -> str:
        """What a reader says it took the folder for."""
        if self.task == _OWN:
            facts = self.metadata
            what = f"sequences of {facts.seq_len} tokens out of {facts.vocab_size}"
            return f"published dataset folder of {what}, split {self.split}"
        return f"published dataset folder, split {self.split}"

    def __len__(self) -> int:
        rows = (s.identifiers if self.task == "arc" else s.inputs for s in self.sets)
        return sum(map(len, rows))

    def __iter__(self) -> Iterator[tuple[AnyExample, int]]:
        """Puzzles with their answers, and the group of each.

        Raises:
            InputError: naming the file and row (from 1) that is no puzzle.
        """
        return self._arc() if self.task == "arc" else self._rows()

    def _rows(self) -> Iterator[tuple[AnyExample, int]]:
        make = {"sudoku": self._sudoku, "maze": _maze, _OWN: self._sequence}[self.task]
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
                        example = placed(where, make, inputs[row], labels[row])
                    except InputError as error:
                        if self._guessed and error.hint is None:
                            error.hint = f"if these are no {self.task} puzzles: --adapter {_OWN}"
                        raise
                    yield example, group
            first += len(found.groups) - 1

    def _sudoku(self, inputs: Row, labels: Row) -> AnyExample:
        side = _side(inputs)
        _require_tokens(inputs, side + 1)
        grid = (inputs - 1).reshape(side, side).tolist()
        puzzle = validate(SudokuPuzzle, {"grid": grid, "box": self.metadata.box})
        return Example(puzzle, get_adapter("sudoku").codec.decode(puzzle, labels))

    def _sequence(self, inputs: Row, labels: Row) -> AnyExample:
        data = {"vocabulary": self.metadata.vocab_size, "tokens": inputs.tolist()}
        puzzle = validate(SequencePuzzle, data | {"label": labels.tolist()})
        return Example(puzzle, SequenceAnswer(tokens=puzzle.label or ()))

    def _arc(self) -> Iterator[tuple[AnyExample, int]]:
        if self.split != "test":
            raise InputError(
                "in ARC's train split nothing tells which rows are demonstrations and which are "
                "tests of a task",
                path=str(self.folder),
                hint="read split test, which takes its demonstrations from split train",
            )
        names = self._names()
        shown = Demonstrations(self.folder)
        first = 0
        for found in self.sets:
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

    def _names(self) -> list[str] | None:
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
        adapter: ``sudoku``, ``maze``, ``arc`` or ``sequence``; None tells by length and vocabulary.

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
    """The task that a vocabulary and a length stand for: ``sequence`` for those of no other."""
    length, tokens = metadata.seq_len, metadata.vocab_size
    side = int(length**0.5)
    square = side * side == length
    if (tokens, length) == (12, 900):
        return "arc"
    if square and side in BOXES and tokens == max(side, 9) + 2:
        return "sudoku"
    if square and tokens == 6:
        return "maze"
    return _OWN


def _require_own(metadata: Metadata, sets: tuple[ArraySet, ...], where: Path) -> None:
    """Refuse rows of which a sequence would keep less than they say."""
    if metadata.vocab_size > MOST_TOKENS:
        raise InputError(
            f"vocab_size is {metadata.vocab_size:,}",
            path=str(where / METADATA),
            expected=f"at most {MOST_TOKENS:,}",
        )
    for found in sets:
        if np.any(found.identifiers != metadata.blank_identifier_id):
            raise InputError(
                "puzzles have identifiers of their own, and a sequence is but its tokens",
                path=found.file("puzzle_identifiers"),
                expected=f"{metadata.blank_identifier_id} everywhere",
                hint="put what tells them apart into the tokens",
            )
        if metadata.ignore_label_id != 0 and any(
            np.any(found.labels[start : start + _CHUNK] == 0)
            for start in range(0, len(found.labels), _CHUNK)
        ):
            raise InputError(
                f"label 0 is scored, since ignore_label_id is {metadata.ignore_label_id}",
                path=found.file("labels"),
                expected="labels from 1 on: token 0 is padding, and is never scored",
                hint="number the tokens from 1 on, or set ignore_label_id to 0",
            )


def _maze(inputs: Row, labels: Row) -> AnyExample:
    side = _side(inputs)
    _require_tokens(inputs, 4)
    text = inputs.astype(np.uint8).tobytes().translate(_MAZE_CELLS).decode("ascii")
    rows = [text[start : start + side] for start in range(0, len(text), side)]
    puzzle = validate(MazePuzzle, {"grid": rows})
    return Example(puzzle, get_adapter("maze").codec.decode(puzzle, labels))


def _side(row: Row) -> int:
    side = int(len(row) ** 0.5)
    if side * side != len(row):
        raise InputError(f"the row has {len(row)} tokens", expected="a square number of cells")
    return side


def _require_tokens(row: Row, high: int) -> None:
    wrong = (row < 1) | (row > high)
    if wrong.any():
        position = int(wrong.argmax())
        raise InputError(
            f"position {position + 1} has token {row[position]}",
            expected=f"1 to {high} in a puzzle",
        )
