"""A published ARC folder as training data: its rows as they are, each with its identifier."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np

from hrm_toolkit.adapters.arc.adapter import CELLS
from hrm_toolkit.adapters.arc.identified import IdentifiedArc, digest, places
from hrm_toolkit.adapters.arc.published.read import Demonstrations, arc_example, pairs
from hrm_toolkit.adapters.arc.variants import parse_name
from hrm_toolkit.adapters.formats import PublishedSplit
from hrm_toolkit.adapters.formats.published.arrays import (
    ArraySet,
    open_sets,
    read_metadata,
    require_identifiers,
)
from hrm_toolkit.core import Identifiers, InputError, Settings
from hrm_toolkit.solvers.networks.encoded import Encoded
from hrm_toolkit.train.data.stream import AnyExample, Shown, Split, Stream


class ArcStream(Stream):
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
        adapter: IdentifiedArc,
        sets: Sequence[ArraySet],
        seed: int,
        apart: Collection[int] = (),
    ) -> None:
        super().__init__(adapter, [], Settings(), augment=False, seed=seed)
        groups = _groups(sets)
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
        return Shown(Encoded(inputs[0], places(1), int(found.identifiers[puzzle])), labels[0])

    def _begin(self, epoch: int) -> None:
        rng = np.random.default_rng([self._seed, Split.ORDER, epoch])
        self._chosen = rng.integers(self._first, self._stop)
        order = rng.permutation(len(self._counts)).tolist()
        self._places = [
            (group, row) for group in order for row in rng.permutation(self._counts[group]).tolist()
        ]
        self._pass = epoch


def open_train(folder: Path) -> tuple[IdentifiedArc, tuple[ArraySet, ...]]:
    """The train split of a published ARC folder, and the adapter that knows its identifiers.

    Raises:
        InputError: naming the file, and the entry in it, that is missing or disagrees.
    """
    opened = PublishedSplit(folder, "train", "arc")
    facts, tokens = opened.metadata, IdentifiedArc.codec.spec.size
    if (facts.seq_len, facts.vocab_size) != (CELLS, tokens):
        raise InputError(
            f"rows of {facts.seq_len} tokens out of {facts.vocab_size} are none of ARC",
            path=str(folder),
            expected=f"{CELLS} out of {tokens}",
        )
    names = require_identifiers(folder, facts)
    shown: dict[str, set[int]] = {}
    for found in opened.sets:
        for puzzle, identifier in enumerate(found.identifiers.tolist()):
            if identifier and parse_name(names[identifier])[0] == names[identifier]:
                for pair in pairs(found, puzzle):
                    shown.setdefault(digest(pair["input"], pair["output"]), set()).add(identifier)
    rows = {key: tuple(sorted(found)) for key, found in shown.items()}
    return IdentifiedArc(Identifiers(names=tuple(names), shown=rows)), opened.sets


def _groups(sets: Sequence[ArraySet]) -> list[tuple[ArraySet, int]]:
    return [(found, group) for found in sets for group in range(len(found.groups) - 1)]


def tasks_apart(sets: Sequence[ArraySet], names: Sequence[str], most: int) -> dict[int, AnyExample]:
    """A tenth of the tasks of a train split, to measure on by their last pairs, by group.

    For folders without a test split. Which tasks, the hash of their names says. At least two, of
    those that are left a pair to learn from, unless there are fewer.

    Args:
        sets: of the train split.
        names: of the identifiers.
        most: tasks at most.
    """
    found: dict[int, tuple[str, ArraySet, int]] = {}
    groups = _groups(sets)
    for number, (owner, group) in enumerate(groups):
        puzzle = int(owner.groups[group])
        if owner.puzzles[puzzle + 1] - owner.puzzles[puzzle] > 1:
            found[number] = names[int(owner.identifiers[puzzle])], owner, puzzle
    order = sorted(found, key=lambda number: hashlib.sha256(found[number][0].encode()).digest())
    chosen = sorted(order[: min(most, max(2, len(groups) // 10))])
    examples = {}
    for number in chosen:
        name, owner, puzzle = found[number]
        *shown, last = pairs(owner, puzzle)
        examples[number] = arc_example(name, shown, [last])
    return examples


def held_tasks(folder: Path, names: Sequence[str]) -> Iterator[AnyExample]:
    """The tasks of the test split as they are, without their variants.

    Raises:
        InputError: naming the file, and the entry in it, that is missing or disagrees.
    """
    shown = Demonstrations(folder)
    for found in open_sets(folder, "test", read_metadata(folder, "test")):
        for puzzle in found.groups[:-1].tolist():
            identifier = int(found.identifiers[puzzle])
            train = shown.of(identifier)
            yield arc_example(names[identifier], train, pairs(found, puzzle))
