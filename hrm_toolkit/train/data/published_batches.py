"""The published order of batches, to feed ``PublishedTraining`` from a published dataset folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from hrm_toolkit.adapters.formats.published.arrays import ArraySet
from hrm_toolkit.core import PAD
from hrm_toolkit.train.data.published import UNSCORED, Rows

Ints = npt.NDArray[np.integer[Any]]


def training_batches(
    sets: Sequence[ArraySet],
    batch_size: int,
    *,
    passes: int = 1,
    number: int = 1,
    seed: int = 0,
    legacy: np.random.RandomState,
) -> Iterator[Rows]:
    """Batches of one run through the data, in the published order.

    Each group gives one of its puzzles a pass, and that puzzle as many of its rows as the batch
    still holds; what is left of the last batch is dropped.

    Args:
        sets: of the train split, from ``open_sets``.
        batch_size: rows of a batch.
        passes: over the groups, in one run.
        number: of the run, from 1.
        seed: with ``number``, of the order of groups and the choice of puzzles.
        legacy: chooses rows; the published code uses NumPy's global generator, from run to run.
    """
    rng = np.random.Generator(np.random.Philox(seed=seed + number))
    for found in sets:
        order = np.concatenate([rng.permutation(len(found.groups) - 1) for _ in range(passes)])
        start = 0
        while start < len(order):
            start, rows, puzzles = drawn_batch(found, order, start, batch_size, rng, legacy)
            if len(rows) == batch_size:
                yield _rows(found, rows, puzzles, batch_size)


def drawn_batch(
    found: ArraySet,
    order: Ints,
    start: int,
    batch_size: int,
    rng: np.random.Generator,
    legacy: np.random.RandomState,
) -> tuple[int, Ints, Ints]:
    """Where the next batch starts in ``order``, this one's rows, and the puzzle of each."""
    rows: list[Ints] = []
    puzzles: list[Ints] = []
    room = batch_size
    while room and start < len(order):
        group = order[start]
        start += 1
        puzzle = rng.integers(found.groups[group], found.groups[group + 1])
        first, stop = found.puzzles[puzzle], found.puzzles[puzzle + 1]
        count = min(int(stop - first), room)
        rows.append(first + legacy.choice(int(stop - first), count, replace=False))
        puzzles.append(np.full(count, puzzle))
        room -= count
    return start, np.concatenate(rows), np.concatenate(puzzles)


def evaluation_batches(
    sets: Sequence[ArraySet], batch_size: int, *, rank: int = 0, ranks: int = 1
) -> Iterator[Rows]:
    """All rows in order; each rank has its part of every batch, the last one filled with padding.

    Args:
        sets: from ``open_sets``.
        batch_size: rows of a batch, of all ranks together; a multiple of ``ranks``.
        rank: whose part, from 0.
        ranks: that share a batch.
    """
    own = batch_size // ranks
    for found in sets:
        for first in range(0, len(found.inputs), batch_size):
            start = first + rank * own
            rows = np.arange(start, max(min(start + own, len(found.inputs)), start))
            puzzles = np.searchsorted(found.puzzles, rows, side="right") - 1
            yield _rows(found, rows, puzzles, own)


def _rows(found: ArraySet, rows: Ints, puzzles: Ints, count: int) -> Rows:
    """Rows of the arrays, filled up to ``count`` with padding of identifier blank."""
    length, missing = found.metadata.seq_len, count - len(rows)
    inputs, labels = np.array(found.inputs[rows], np.int64), np.array(found.labels[rows], np.int64)
    ignored = found.metadata.ignore_label_id
    if ignored is not None:
        labels[labels == ignored] = UNSCORED
    return Rows(
        torch.from_numpy(np.concatenate([inputs, np.full((missing, length), PAD)])),
        torch.from_numpy(np.concatenate([labels, np.full((missing, length), UNSCORED)])),
        torch.from_numpy(
            np.concatenate(
                [
                    np.array(found.identifiers[puzzles], np.int64),
                    np.full(missing, found.metadata.blank_identifier_id),
                ]
            )
        ),
    )
