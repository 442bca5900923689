"""A published folder as training data: its rows as they are, each with its identifier."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from hrm_toolkit.adapters.formats.published.arrays import ArraySet, groups_of
from hrm_toolkit.adapters.formats.published.layout import layout_of
from hrm_toolkit.core import AnyAdapter, Settings
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.train.data.stream import Shown, Split, Stream


class RowStream(Stream):
    """The endless sequence of rows that training shows, each a function of its number.

    As published, a pass takes the groups in a new order, and of each group one puzzle, the task or
    one of its variants, with all its rows, in an order that is drawn too.

    Args:
        adapter: that knows the identifiers.
        sets: of the train split.
        seed: of orders and choices.
        apart: numbers of the groups whose puzzles keep their last row for measurements.
    """

    def __init__(
        self,
        adapter: AnyAdapter,
        sets: Sequence[ArraySet],
        seed: int,
        apart: Collection[int] = (),
    ) -> None:
        super().__init__(adapter, [], Settings(), augment=False, seed=seed)
        groups = groups_of(sets)
        self._structure = layout_of(adapter).row_structure()
        self._kept = np.isin(np.arange(len(groups)), list(apart)).astype(np.int64)
        self._owners = [found for found, _ in groups]
        self._first = np.array([found.groups[group] for found, group in groups])
        self._stop = np.array([found.groups[group + 1] for found, group in groups])
        # A variant has as many rows as its task, so that a pass is always of one length.
        starts = zip(self._owners, self._first.tolist(), strict=True)
        rows = [int(found.puzzles[p + 1] - found.puzzles[p]) for found, p in starts]
        self._counts = (np.array(rows) - self._kept).tolist()
        self._length = sum(self._counts)
        self._chosen = self._first
        self._places: list[tuple[int, int]] = []

    def show(self, number: int) -> Shown:
        """Showing ``number``, from 0."""
        epoch, place = divmod(number, self._length)
        if epoch != self._pass:
            self._begin(epoch)
        group, row = self._places[place]
        found, puzzle = self._owners[group], int(self._chosen[group])
        first, stop = int(found.puzzles[puzzle]), int(found.puzzles[puzzle + 1])
        at = first + row % (stop - first - int(self._kept[group]))
        inputs, labels = found.rows(at, at + 1)
        return Shown(Encoded(inputs[0], self._structure, int(found.identifiers[puzzle])), labels[0])

    def _begin(self, epoch: int) -> None:
        rng = np.random.default_rng([self._seed, Split.ORDER, epoch])
        self._chosen = rng.integers(self._first, self._stop)
        order = rng.permutation(len(self._counts)).tolist()
        self._places = [
            (group, row) for group in order for row in rng.permutation(self._counts[group]).tolist()
        ]
        self._pass = epoch
