"""Write puzzles as a dataset folder that the published HRM and TRM training code reads."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.formats.published.arrays import (
    BLANK,
    IDENTIFIERS,
    METADATA,
    SPLITS,
    Ints,
    Metadata,
    read_identifiers,
    read_metadata,
)
from hrm_toolkit.adapters.formats.published.layout import Box, Layout, layout_of
from hrm_toolkit.adapters.formats.source import write_whole
from hrm_toolkit.core import AnyAdapter, Example, InputError, OptionError, UnknownNameError
from hrm_toolkit.core.files import placed
from hrm_toolkit.core.plain import draft_of

MAX_AUGMENTATIONS = 10_000
SET = "all"
_CHUNK = 4096


def write_published(
    folder: str | os.PathLike[str],
    split: str,
    examples: Iterable[Example[Any, Any]],
    adapter: AnyAdapter,
    *,
    augmentations: int = 0,
    rng: np.random.Generator | None = None,
) -> Metadata:
    """Write one split of a published dataset folder, whole or not at all.

    Each example and its augmentations, drawn from the adapter's symmetries, are one group, the
    example first. No two puzzles of a group are equal, so a group is smaller where the puzzle has
    fewer variants: a maze has at most eight. Any task will do whose puzzles are all encoded in
    the same number of tokens and know no identifiers.

    Token arrays are uint8 (int32 for more than 256 ids), and int64 with augmentations where the
    task is published so (Sudoku).

    Args:
        folder: made if need be; another split may be there already.
        split: ``train`` or ``test``.
        examples: puzzles with their answers.
        adapter: of the examples' task.
        augmentations: variants of each example, 0 to 10,000.
        rng: draws them.

    Returns:
        What ``dataset.json`` says.

    Raises:
        OptionError: for augmentations out of range or without ``rng``; for an unknown split.
        InputError: for examples that fit no such folder, naming the first (from 1); for a split
            that is there already; when the folder cannot be written.

    Example:
        >>> import tempfile
        >>> from hrm_toolkit.adapters import get_adapter
        >>> maze, rng = get_adapter("maze"), np.random.default_rng(0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     made = write_published(folder, "train", [maze.generate(rng, size=5)], maze)
        >>> made.seq_len, made.vocab_size, made.total_groups
        (25, 6, 1)
    """
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    if not 0 <= augmentations <= MAX_AUGMENTATIONS:
        raise OptionError(
            "this is no number of augmentations",
            expected=f"0 to {MAX_AUGMENTATIONS:,}",
            got=augmentations,
        )
    if augmentations and rng is None:
        raise OptionError("augmentations are drawn, and there is no rng", hint="give rng")
    layout = layout_of(adapter)
    if layout.together:
        raise InputError(
            f"{adapter.title} tasks cannot be written one split at a time: both share tasks "
            "and identifiers",
            hint="use the write of their layout, which takes subsets",
        )
    rows = _Rows(layout)
    for number, example in enumerate(examples, 1):
        variants = _variants(example, adapter, augmentations, rng)
        placed(f"puzzle {number}", rows.add_group, chain([example], variants))
    metadata = rows.metadata()
    widened = augmentations and layout.wide
    token_type = np.dtype(np.int64) if widened else rows.token_type
    save_split(Path(folder), split, metadata, rows.arrays(), token_type)
    return metadata


def _variants(
    example: Example[Any, Any],
    adapter: AnyAdapter,
    count: int,
    rng: np.random.Generator | None,
) -> Iterator[Example[Any, Any]]:
    """Up to ``count`` different variants; tries are bounded, as there may be fewer."""
    seen = {example.puzzle.model_dump_json()}
    for _ in range(20 * count if rng is not None else 0):
        if rng is None or len(seen) > count:
            return
        symmetry = adapter.symmetry(example.puzzle, rng)
        puzzle = symmetry.apply(example.puzzle)
        key = puzzle.model_dump_json()
        if key not in seen:
            seen.add(key)
            yield Example(puzzle, symmetry.apply_answer(example.answer))


class _Rows:
    """Rows of tokens as they gather, and where the groups end."""

    def __init__(self, layout: Layout[Any, Any]) -> None:
        self._layout, self._adapter = layout, layout.adapter
        self._tokens: tuple[list[bytes], list[bytes]] = ([], [])
        self._ends = [0]
        self._length = 0
        self._vocabulary = 0
        self._box: Box | None = None
        self.token_type: np.dtype[Any] = np.dtype(np.uint8)

    def add_group(self, examples: Iterable[Example[Any, Any]]) -> None:
        """Append an example and its variants, which are not drawn before it was found to fit."""
        for example in examples:
            if example.puzzle.task != self._adapter.task:
                raise InputError(
                    f"this is a {example.puzzle.task} puzzle", expected=self._adapter.task
                )
            inputs = self._adapter.codec.encode(example.puzzle)
            self._require_fit(example.puzzle, len(inputs))
            labels = self._layout.labels(example, inputs)
            for column, tokens in zip(self._tokens, (inputs, labels), strict=True):
                column.append(tokens.astype(self.token_type).tobytes())
        self._ends.append(len(self._tokens[0]))

    def metadata(self) -> Metadata:
        """Of what was added."""
        groups = len(self._ends) - 1
        if not groups:
            raise InputError("there is no puzzle to write", expected="at least one")
        return Metadata(
            vocab_size=self._vocabulary,
            seq_len=self._length,
            num_puzzle_identifiers=1,
            total_groups=groups,
            mean_puzzle_examples=1.0,
            total_puzzles=groups,
            sets=(SET,),
            box=self._box,
        )

    def arrays(self) -> dict[str, Ints]:
        """By field."""
        inputs, labels = (
            np.frombuffer(b"".join(column), self.token_type).reshape(-1, self._length)
            for column in self._tokens
        )
        return {
            "inputs": inputs,
            "labels": labels,
            "puzzle_identifiers": np.zeros(len(inputs), np.int32),
            "puzzle_indices": np.arange(len(inputs) + 1, dtype=np.int32),
            "group_indices": np.array(self._ends, np.int32),
        }

    def _require_fit(self, puzzle: Any, length: int) -> None:
        self._layout.require_fit(puzzle)
        if not self._length:
            self._length, self._box = length, self._layout.box(puzzle)
            self._vocabulary = self._layout.vocabulary(puzzle)
            self.token_type = np.dtype(np.uint8 if self._vocabulary <= 256 else np.int32)
        if length != self._length:
            raise InputError(
                f"the puzzle has {length} tokens",
                expected=f"{self._length}, as the first one: a folder holds one size",
            )
        if self._layout.box(puzzle) != self._box:
            raise InputError(
                f"the {self._adapter.title} has {puzzle.detail}",
                expected="those of the first one: a folder holds one shape of boxes",
            )


def save_split(
    folder: Path,
    split: str,
    metadata: Metadata,
    arrays: Mapping[str, Ints],
    token_type: npt.DTypeLike,
) -> None:
    """Write the files of a split of puzzles without identifiers, whole or not at all.

    Args:
        arrays: by field; ``inputs`` and ``labels`` are written as ``token_type``.

    Raises:
        InputError: when it is there already, does not go with what is there, or cannot be written.
    """
    _require_room(folder, split, metadata)
    draft = draft_of(folder / split)
    try:
        draft.mkdir(parents=True)
        for field, array in arrays.items():
            path = draft / f"{metadata.sets[0]}__{field}.npy"
            if array.ndim == 1:
                np.save(path, array)
            else:
                _save_rows(path, array, token_type)
        (draft / METADATA).write_text(json.dumps(metadata.model_dump()), encoding="utf-8")
        write_whole(folder / IDENTIFIERS, json.dumps([BLANK]))
        draft.rename(folder / split)
    except OSError as error:
        raise InputError(
            f"the folder cannot be written: {error.strerror}", path=str(folder / split)
        ) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _require_room(folder: Path, split: str, metadata: Metadata) -> None:
    """Refuse to replace a split, and to put together what cannot be one dataset."""
    if (folder / split).exists():
        raise InputError(
            "there is such a split already", path=str(folder / split), hint="choose another folder"
        )
    if read_identifiers(folder) not in (None, [BLANK]):
        raise InputError(
            "the puzzles there have identifiers", path=str(folder), hint="choose another folder"
        )
    for other in SPLITS:
        if (folder / other / METADATA).is_file():
            there = read_metadata(folder, other)
            for key in ("seq_len", "vocab_size", "box"):
                if getattr(there, key) != getattr(metadata, key):
                    raise InputError(
                        f"the split {other} there has {key} {getattr(there, key)}",
                        path=str(folder),
                        expected=f"{getattr(metadata, key)}, as the new split has",
                    )


def _save_rows(path: Path, rows: Ints, dtype: npt.DTypeLike) -> None:
    """Save rows as another type, a part at a time: it may be eight times as wide."""
    saved = np.lib.format.open_memmap(path, "w+", np.dtype(dtype), rows.shape)
    for start in range(0, len(rows), _CHUNK):
        saved[start : start + _CHUNK] = rows[start : start + _CHUNK]
    saved.flush()
