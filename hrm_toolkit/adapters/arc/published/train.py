"""ARC's rows as training data: each with its identifier, and tasks apart to measure on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hrm_toolkit.adapters.arc.codec import CELLS
from hrm_toolkit.adapters.arc.editions import digest
from hrm_toolkit.adapters.arc.published.read import Demonstrations, arc_example, pairs
from hrm_toolkit.adapters.arc.published.variants import parse_name
from hrm_toolkit.adapters.arc.published.write import write_published_arc
from hrm_toolkit.adapters.arc.rules import ArcPuzzle, ArcTest
from hrm_toolkit.adapters.formats.published.arrays import (
    ArraySet,
    groups_of,
    open_sets,
    read_metadata,
    require_identifiers,
)
from hrm_toolkit.adapters.formats.published.read import PublishedSplit
from hrm_toolkit.core import AnyAdapter, Example, Identifiers, InputError

AnyExample = Example[Any, Any]


def open_train(task: AnyAdapter, folder: Path) -> tuple[AnyAdapter, tuple[ArraySet, ...]]:
    """The train split of a published ARC folder, and the adapter that knows its identifiers.

    Args:
        task: ARC, without identifiers.
        folder: of the data set.

    Raises:
        InputError: naming the file, and the entry in it, that is missing or disagrees.
    """
    opened = PublishedSplit(folder, "train", "arc")
    facts, tokens = opened.metadata, task.codec.spec.size
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
    return task.identified(Identifiers(names=tuple(names), shown=rows)), opened.sets


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
    groups = groups_of(sets)
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


def write_stand_in(folder: Path, puzzles: Sequence[ArcPuzzle]) -> None:
    """Write a published folder of tasks, half of them held out; the last pair of each is asked."""
    tasks = [_asked(puzzle, number) for number, puzzle in enumerate(puzzles)]
    half = len(tasks) // 2
    subsets = {"training": tasks[:half], "evaluation": tasks[half:]}
    write_published_arc(folder, subsets, test_set="evaluation")


def _asked(puzzle: ArcPuzzle, number: int) -> ArcPuzzle:
    *shown, last = puzzle.train
    test = ArcTest(input=last.input, output=last.output)
    return ArcPuzzle(name=f"stand-in-{number}", train=tuple(shown), test=(test,))
