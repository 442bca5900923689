"""The files of a published HRM or TRM dataset folder, opened as arrays that agree."""

from __future__ import annotations

import os
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from hrm_toolkit.adapters.formats.source import read_source
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.core import InputError, UnknownNameError, validate
from hrm_toolkit.core.files import placed
from hrm_toolkit.core.plain import require_plain

Ints = npt.NDArray[np.integer[Any]]

SPLITS = ("train", "test")
METADATA, IDENTIFIERS = "dataset.json", "identifiers.json"
BLANK = "<blank>"
"""The identifier that a puzzle without one of its own has; it is number 0."""

# What open_memmap raises for the many ways in which a file can be no array.
_NO_ARRAY = (
    ValueError,
    TypeError,
    SyntaxError,
    EOFError,
    OverflowError,
    RecursionError,
    MemoryError,
    tokenize.TokenError,
)


class Metadata(BaseModel):
    """``dataset.json`` of a split; keys that are not known here are passed over.

    Attributes:
        seq_len: tokens of a row, L.
        vocab_size: number of token ids, V.
        pad_id: id of padding.
        ignore_label_id: a label that is not scored, or None.
        blank_identifier_id: the identifier of padding rows.
        num_puzzle_identifiers: number of identifiers, the blank one included.
        total_groups: number of groups in all sets.
        mean_puzzle_examples: mean number of rows of a puzzle.
        total_puzzles: number of puzzles, which TRM asks for and HRM does not have; for data sets
            with one row a puzzle the published number is that of the groups.
        sets: names that the array files begin with.
        box: rows and columns of the boxes of the folder's Sudokus, where they are not the usual
            ones: a key of ours, which the published code passes over.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    pad_id: Literal[0] = 0
    ignore_label_id: int | None = 0
    blank_identifier_id: int = Field(default=0, ge=0)
    vocab_size: int = Field(ge=2, le=2**31 - 1)
    seq_len: int = Field(ge=1, le=1_000_000)
    num_puzzle_identifiers: int = Field(ge=1, le=2**31 - 1)
    total_groups: int = Field(ge=0)
    mean_puzzle_examples: float
    total_puzzles: int | None = None
    # Names become parts of paths, so they hold nothing that leads elsewhere.
    sets: tuple[Annotated[str, Field(pattern=r"^\w[\w.-]*$", max_length=100)], ...] = Field(
        min_length=1, max_length=100
    )
    box: tuple[int, int] | None = Field(default=None, exclude_if=lambda box: box is None)


@dataclass(frozen=True)
class ArraySet:
    """The five arrays of one set, their lengths and indices known to agree.

    Attributes:
        stem: path of the files up to the field's name.
        metadata: of the split.
        inputs: tokens, shape (N, L), mapped from the file.
        labels: tokens, shape (N, L), likewise.
        identifiers: identifier of each puzzle, shape (P,).
        puzzles: first row of each puzzle and last of all N, shape (P + 1,).
        groups: first puzzle of each group and last of all P, shape (G + 1,).
    """

    stem: str
    metadata: Metadata
    inputs: Ints
    labels: Ints
    identifiers: Ints
    puzzles: Ints
    groups: Ints

    def rows(self, start: int, stop: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Inputs and labels of rows start..stop - 1, int32; labels that are not scored are 0.

        Raises:
            InputError: naming file, row and position (from 1) of a token outside the vocabulary.
        """
        top, ignored = self.metadata.vocab_size, self.metadata.ignore_label_id
        inputs = np.array(self.inputs[start:stop])
        labels = np.array(self.labels[start:stop])
        if ignored is not None:
            labels = np.where(labels == ignored, np.zeros_like(labels), labels)
        for field, tokens in (("inputs", inputs), ("labels", labels)):
            if tokens.min() < 0 or tokens.max() >= top:
                row, position = np.argwhere((tokens < 0) | (tokens >= top))[0].tolist()
                raise InputError(
                    f"row {start + row + 1} position {position + 1} has token "
                    f"{tokens[row, position]}",
                    path=self.file(field),
                    expected=f"0 to {top - 1}",
                )
        return inputs.astype(np.int32), labels.astype(np.int32)

    def file(self, field: str) -> str:
        """The path of one array."""
        return f"{self.stem}{field}.npy"


def groups_of(sets: Sequence[ArraySet]) -> list[tuple[ArraySet, int]]:
    """Each group of some sets: the set that has it, and its number there."""
    return [(found, group) for found in sets for group in range(len(found.groups) - 1)]


def is_published(path: str | os.PathLike[str]) -> bool:
    """Whether this is a published dataset folder: some split of it has its ``dataset.json``."""
    return any(os.path.isfile(os.path.join(path, split, METADATA)) for split in SPLITS)


def default_split(folder: str | os.PathLike[str]) -> str:
    """The test split where there is one, else the train split."""
    return "test" if os.path.isfile(os.path.join(folder, "test", METADATA)) else "train"


def read_metadata(folder: Path, split: str) -> Metadata:
    """The metadata of a split.

    Raises:
        UnknownNameError: when it is neither ``train`` nor ``test``.
        InputError: when there is none, naming the file and the key at fault.
    """
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    path = folder / split / METADATA
    if folder.is_dir() and not path.is_file():
        there = [name for name in SPLITS if (folder / name / METADATA).is_file()]
        raise InputError(
            f"there is no split {split} here",
            path=str(folder),
            expected=f"{split}/{METADATA}",
            hint=f"choose split {there[0]}" if there else None,
        )
    text, _ = read_source(path)
    return placed(str(path), lambda: validate(Metadata, read_json(text)))


def read_identifiers(folder: Path) -> list[str] | None:
    """The names of the identifiers, or None where the folder does not tell them.

    Raises:
        InputError: when ``identifiers.json`` is no list of names.
    """
    path = folder / IDENTIFIERS
    if not path.is_file():
        return None
    names = placed(str(path), read_json, read_source(path)[0])
    if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        raise InputError("this is no list of names", path=str(path), expected="a list of texts")
    return names


def require_identifiers(folder: Path, metadata: Metadata) -> list[str]:
    """The names of all identifiers.

    Raises:
        InputError: when the folder does not tell them.
    """
    names, known = read_identifiers(folder), metadata.num_puzzle_identifiers
    if names is None or len(names) != known:
        raise InputError(
            "the folder does not name its identifiers",
            path=str(folder / IDENTIFIERS),
            expected=f"{known} names",
        )
    return names


def open_sets(folder: Path, split: str, metadata: Metadata) -> tuple[ArraySet, ...]:
    """The sets of a split. Token arrays stay on disk; their tokens are checked as they are read.

    Raises:
        InputError: naming the file, and the entry (from 1), that is missing or disagrees.
    """
    sets = tuple(_open_set(f"{folder / split / name}__", metadata) for name in metadata.sets)
    groups = sum(len(found.groups) - 1 for found in sets)
    if groups != metadata.total_groups:
        raise InputError(
            f"total_groups is {metadata.total_groups}, and the arrays hold {groups} groups",
            path=str(folder / split / METADATA),
        )
    return sets


def _open_set(stem: str, metadata: Metadata) -> ArraySet:
    inputs, labels = (opened(f"{stem}{field}.npy", 2) for field in ("inputs", "labels"))
    identifiers, puzzles, groups = (
        np.asarray(opened(f"{stem}{field}.npy", 1))
        for field in ("puzzle_identifiers", "puzzle_indices", "group_indices")
    )
    found = ArraySet(stem, metadata, inputs, labels, identifiers, puzzles, groups)
    if inputs.shape[1] != metadata.seq_len:
        raise InputError(
            f"the rows have {inputs.shape[1]} tokens",
            path=found.file("inputs"),
            expected=f"{metadata.seq_len}, the seq_len of {METADATA}",
        )
    if labels.shape != inputs.shape:
        raise InputError(
            f"the shape is {labels.shape}",
            path=found.file("labels"),
            expected=f"{inputs.shape}, that of the inputs",
        )
    placed(found.file("puzzle_indices"), _require_starts, puzzles, len(inputs), "rows")
    if len(puzzles) != len(identifiers) + 1:
        raise InputError(
            f"there are identifiers for {len(identifiers)} puzzles",
            path=found.file("puzzle_identifiers"),
            expected=f"{len(puzzles) - 1}, as puzzle_indices has puzzles",
        )
    placed(found.file("group_indices"), _require_starts, groups, len(identifiers), "puzzles")
    wrong = np.flatnonzero((identifiers < 0) | (identifiers >= metadata.num_puzzle_identifiers))
    if len(wrong):
        raise InputError(
            f"entry {wrong[0] + 1} is {identifiers[wrong[0]]}",
            path=found.file("puzzle_identifiers"),
            expected=f"0 to {metadata.num_puzzle_identifiers - 1}",
        )
    return found


def opened(path: str, dimensions: int) -> Ints:
    """An array of integers, mapped from its file. Nothing is unpickled."""
    try:
        require_plain(path)
        array = np.lib.format.open_memmap(path, mode="r")
    except FileNotFoundError:
        raise InputError("there is no such file", path=path, expected="an array") from None
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", path=path) from None
    except _NO_ARRAY as error:
        raise InputError(f"this is no array that can be read: {error}", path=path) from None
    if array.dtype.kind not in "iu" or array.ndim != dimensions:
        raise InputError(
            f"the array is of {array.dtype} and has {array.ndim} dimensions",
            path=path,
            expected=f"integers in {dimensions}",
        )
    if not len(array):
        raise InputError("the array is empty", path=path, expected="at least one entry")
    return array


def _require_starts(starts: Ints, total: int, what: str) -> None:
    """Refuse anything but 0, growing numbers, and ``total`` at the end."""
    if starts[0] != 0:
        raise InputError(f"entry 1 is {starts[0]}", expected="0")
    falls = np.flatnonzero(starts[1:] <= starts[:-1])
    if len(falls):
        at = int(falls[0]) + 1
        raise InputError(
            f"entry {at + 1} is {starts[at]}, after {starts[at - 1]}", expected="growing numbers"
        )
    if starts[-1] != total:
        raise InputError(f"the last entry is {starts[-1]}", expected=f"{total}, the {what}")
