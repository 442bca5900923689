"""Write ARC tasks as a dataset folder that the published HRM and TRM training code reads."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from hrm_toolkit.adapters.arc.codec import CELLS, ArcCodec, tokens_at
from hrm_toolkit.adapters.arc.editions import shared
from hrm_toolkit.adapters.arc.published.variants import (
    Pair,
    Variant,
    draw_place,
    draw_variants,
    parse_name,
)
from hrm_toolkit.adapters.arc.rules import ArcPuzzle, Grid, array
from hrm_toolkit.adapters.formats.published.arrays import BLANK, IDENTIFIERS, METADATA, Metadata
from hrm_toolkit.adapters.formats.published.write import MAX_AUGMENTATIONS, SET
from hrm_toolkit.core import InputError, OptionError, UnknownNameError
from hrm_toolkit.core.plain import draft_of

TEST_PUZZLES = "test_puzzles.json"
"""The tasks held out, by name, which the published evaluation reads."""

UNKNOWN: Grid = ((0,),)
"""What stands, as published, for an output that is not known, where it cannot be left out."""

_Each = Callable[[], object]


def write_published_arc(
    folder: str | os.PathLike[str],
    subsets: Mapping[str, Sequence[ArcPuzzle]],
    *,
    test_set: str | None = None,
    augmentations: int = 0,
    seed: int = 0,
    each: _Each = lambda: None,
) -> dict[str, Metadata]:
    """Write a published ARC dataset folder, whole or not at all.

    Each task and its variants (recoloured and moved) are one group, the task first, each with an
    identifier of its own. The train split has the demonstrations of every task, and the tests of
    those that are not held out; the test split the tests of those that are. In the train split
    pairs lie anywhere among the 30 x 30 cells, but for one of each variant.

    The same tasks in the same order, with the published seed 42, give the files of TRM's builder
    byte for byte.

    Args:
        folder: must not be there, or be empty.
        subsets: tasks by the name of their subset, in the order in which they are numbered. A
            task without a name gets one of subset and number.
        test_set: the subset whose tests are held out; None holds none out.
        augmentations: variants of each task, 0 to 10,000; a simple task has fewer.
        seed: of all draws, 0 to 2**32 - 1.
        each: called once a task as variants are drawn, and once a task and split as it is written;
            see ``steps``.

    Returns:
        What ``dataset.json`` of each split says.

    Raises:
        OptionError: for augmentations or a seed out of range.
        UnknownNameError: for a test set that is no subset.
        InputError: for no tasks, or one that is there twice or has a name that a variant could
            have; for a folder that is not empty or cannot be written.

    Example:
        >>> import tempfile
        >>> pair = {"input": [[1, 2]], "output": [[2, 1]]}
        >>> task = ArcPuzzle(name="mirror", train=[pair], test=[pair])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     made = write_published_arc(folder, {"mine": [task]}, test_set="mine",
        ...                                augmentations=9)
        >>> made["train"].num_puzzle_identifiers, made["test"].total_puzzles
        (11, 10)
    """
    if not 0 <= augmentations <= MAX_AUGMENTATIONS:
        expected = f"0 to {MAX_AUGMENTATIONS:,}"
        raise OptionError(
            "this is no number of augmentations", expected=expected, got=augmentations
        )
    if not 0 <= seed < 2**32:
        raise OptionError("this is no seed for ARC", expected="0 to 4,294,967,295", got=seed)
    if test_set is not None and test_set not in subsets:
        raise UnknownNameError("subset of tasks", test_set, subsets)
    tasks = _tasks(subsets, test_set)
    target = Path(folder).absolute()
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise InputError(
            "the folder is there already", path=str(folder), hint="choose another folder"
        )
    legacy = np.random.RandomState(seed)
    groups = list(_groups(tasks, augmentations, legacy, each))
    draft = draft_of(target)
    try:
        made = _save(draft, groups, legacy, each)
        if target.exists():
            target.rmdir()
        draft.replace(target)
    except OSError as error:
        raise InputError(
            f"the folder cannot be written: {error.strerror}", path=str(folder)
        ) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return made


def steps(subsets: Mapping[str, Sequence[ArcPuzzle]], test_set: str | None) -> int:
    """How often ``write_published_arc`` calls ``each``."""
    held_out = len(subsets.get(test_set, ())) if test_set is not None else 0
    return 2 * sum(map(len, subsets.values())) + held_out


@dataclass(frozen=True)
class _Task:
    puzzle: ArcPuzzle
    held_out: bool

    @property
    def name(self) -> str:
        return self.puzzle.name or ""

    @property
    def shown(self) -> list[Pair]:
        return [(array(pair.input), array(pair.output)) for pair in self.puzzle.train]

    @property
    def tests(self) -> list[Pair]:
        """Those of unknown output are asked where they are held out, and teach nothing."""
        return [
            (array(test.input), array(test.output or UNKNOWN))
            for test in self.puzzle.test
            if self.held_out or test.output is not None
        ]

    def rows(self, split: str) -> list[Pair]:
        if split == "test":
            return self.tests if self.held_out else []
        return self.shown if self.held_out else self.shown + self.tests


@dataclass(frozen=True)
class _Group:
    """A task and its variants, the task first."""

    task: _Task
    variants: tuple[Variant, ...]
    names: tuple[str, ...]


def _tasks(subsets: Mapping[str, Sequence[ArcPuzzle]], test_set: str | None) -> list[list[_Task]]:
    """The tasks of each subset, named, no two alike in name.

    Raises:
        InputError: when tasks that are held out are in another subset too.
    """
    held = subsets.get(test_set, ()) if test_set is not None else ()
    others = [task for name, tasks in subsets.items() if name != test_set for task in tasks]
    if leaking := shared(held, others):
        raise InputError(
            f"{len(leaking):,} of {len(held):,} tasks of {test_set} are in other subsets, maybe "
            "in another order or edition, so that their tests would be trained on",
            expected="editions that share no task, neither a name nor a tested pair",
            hint="choose subsets (--subsets) that share none, or another --test-set",
        )
    home: dict[str, str] = {}
    found = []
    for subset, puzzles in subsets.items():
        found.append(list[_Task]())
        for number, puzzle in enumerate(puzzles, 1):
            name = puzzle.name or f"{subset}-{number}"
            if name in home:
                raise InputError(
                    f'task "{name}" is in {home[name]} and again in {subset}',
                    expected="each task once",
                    hint="choose subsets (--subsets) that share none",
                )
            if name == BLANK or parse_name(name)[0] != name:
                raise InputError(f'task "{name}" of {subset} has the name of a variant')
            home[name] = subset
            named = puzzle.model_copy(update={"name": name})
            found[-1].append(_Task(named, subset == test_set))
    if not home:
        raise InputError("there is no task to write", expected="at least one")
    return found


def _groups(
    tasks: Sequence[Sequence[_Task]], count: int, legacy: np.random.RandomState, each: _Each
) -> Iterator[_Group]:
    """Tasks with their variants, each subset in an order that is drawn first."""
    for subset in tasks:
        for number in legacy.permutation(len(subset)).tolist():
            task = subset[number]
            drawn = draw_variants(task.shown + task.tests, count, legacy)
            names = (task.name, *(variant.name(task.name) for variant in drawn))
            yield _Group(task, (Variant(), *drawn), names)
            each()


def _save(
    folder: Path, groups: Sequence[_Group], legacy: np.random.RandomState, each: _Each
) -> dict[str, Metadata]:
    names = [BLANK, *chain.from_iterable(group.names for group in groups)]
    held_out = {g.task.name: _as_json(g.task.puzzle) for g in groups if g.task.held_out}
    made = {}
    for split in ("train", "test") if held_out else ("train",):
        (folder / split).mkdir(parents=True)
        made[split] = _save_split(folder / split, split, groups, legacy, each)
        told = json.dumps(made[split].model_dump())
        (folder / split / METADATA).write_text(told, encoding="utf-8")
    (folder / IDENTIFIERS).write_text(json.dumps(names), encoding="utf-8")
    (folder / TEST_PUZZLES).write_text(json.dumps(held_out), encoding="utf-8")
    return made


def _save_split(
    folder: Path, split: str, groups: Sequence[_Group], legacy: np.random.RandomState, each: _Each
) -> Metadata:
    """Arrays of a split, a group at a time: the whole is larger than memory may be."""
    firsts = np.cumsum([1, *(len(group.variants) for group in groups)])
    taken = [(g, int(n)) for g, n in zip(groups, firsts[:-1], strict=True) if g.task.rows(split)]
    counts = [len(group.task.rows(split)) for group, _ in taken]
    sizes = [len(group.variants) for group, _ in taken]
    starts = np.cumsum([0, *np.repeat(counts, sizes)])
    inputs, labels = (
        np.lib.format.open_memmap(
            folder / f"{SET}__{field}.npy", "w+", np.dtype(np.uint8), (int(starts[-1]), CELLS)
        )
        for field in ("inputs", "labels")
    )
    row = 0
    for group, _ in taken:
        for asked, solved in _encoded(group, split, legacy):
            inputs[row], labels[row] = asked, solved
            row += 1
        each()
    inputs.flush()
    labels.flush()
    identifiers = [np.arange(first, first + len(group.variants)) for group, first in taken]
    for field, indices in (
        ("puzzle_identifiers", np.concatenate(identifiers)),
        ("puzzle_indices", starts),
        ("group_indices", np.cumsum([0, *sizes])),
    ):
        np.save(folder / f"{SET}__{field}.npy", indices.astype(np.int32))
    return Metadata(
        vocab_size=ArcCodec.spec.size,
        seq_len=CELLS,
        num_puzzle_identifiers=int(firsts[-1]),
        total_groups=len(taken),
        mean_puzzle_examples=int(starts[-1]) / sum(sizes),
        total_puzzles=sum(sizes),
        sets=(SET,),
    )


def _encoded(group: _Group, split: str, legacy: np.random.RandomState) -> Iterator[tuple[Any, Any]]:
    """Tokens of a group's rows; in each variant one row, which is drawn, stays at the corner."""
    rows = group.task.rows(split)
    for variant in group.variants:
        corner = legacy.randint(0, len(rows))
        for number, pair in enumerate(variant.pairs(rows)):
            moved = split == "train" and number != corner
            top, left = draw_place(pair, legacy) if moved else (0, 0)
            yield tokens_at(pair[0], top, left), tokens_at(pair[1], top, left)


def _as_json(puzzle: ArcPuzzle) -> dict[str, Any]:
    tests = [{"input": test.input, "output": test.output or UNKNOWN} for test in puzzle.test]
    return {"train": [pair.model_dump() for pair in puzzle.train], "test": tests}
