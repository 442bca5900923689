"""Seeded data: every example is a function of (seed, split, index) and of nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from hrm_toolkit.core import AnyAdapter, Example, InputError, Settings, Tokens
from hrm_toolkit.solvers.batch import Encoded

AnyExample = Example[Any, Any]


class Split(IntEnum):
    """Streams of random numbers that never meet."""

    TRAIN = 0
    VALIDATION = 1
    TEST = 2
    ORDER = 3
    SYMMETRY = 4
    EXPLORATION = 5
    CARRY = 6


def draw(
    adapter: AnyAdapter, settings: Settings, seed: int, split: Split, index: int
) -> AnyExample:
    """The example at ``index`` of a split."""
    rng = np.random.default_rng([seed, split, index])
    size = settings.sizes[rng.integers(len(settings.sizes))] if settings.sizes else None
    names = settings.difficulties
    difficulty = names[rng.integers(len(names))] if names else None
    example: AnyExample = adapter.generate(rng, size=size, difficulty=difficulty)
    return example


def draw_distinct(
    adapter: AnyAdapter,
    settings: Settings,
    seed: int,
    split: Split,
    count: int,
    *,
    exclude: set[str] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> list[AnyExample]:
    """``count`` examples, none equal up to symmetry to another or to one of ``exclude``.

    Stops early, with fewer, when the task runs out of new puzzles: twenty fruitless draws for
    each puzzle asked for.

    Args:
        exclude: canonical forms to keep out; those found are added to it.
        on_progress: told the number found so far.
    """
    seen = set() if exclude is None else exclude
    found: list[AnyExample] = []
    for index in range(20 * count):
        if len(found) == count:
            break
        example = draw(adapter, settings, seed, split, index)
        key = adapter.canonical(example.puzzle)
        if key not in seen:
            seen.add(key)
            found.append(example)
            if on_progress is not None:
                on_progress(len(found))
    return found


@dataclass(frozen=True)
class Splits:
    """The puzzles of a run, none equal to another up to symmetry.

    Attributes:
        training: base puzzles; empty where the run generates without end.
        validation: held out.
        digests: sha256 over the sorted canonical forms of each list.
    """

    training: list[AnyExample]
    validation: list[AnyExample]
    digests: dict[str, str]


def draw_splits(
    adapter: AnyAdapter,
    settings: Settings,
    seed: int,
    *,
    training: int,
    validation: int,
    on_progress: Callable[[int], None] | None = None,
) -> Splits:
    """The validation puzzles, then training puzzles that are none of them.

    Raises:
        InputError: when the task has too few puzzles.
    """
    seen: set[str] = set()
    held = draw_distinct(adapter, settings, seed, Split.VALIDATION, validation, exclude=seen)
    forms = {"validation": set(seen)}
    base: list[AnyExample] = []
    if training:
        base = draw_distinct(
            adapter, settings, seed, Split.TRAIN, training, exclude=seen, on_progress=on_progress
        )
        require_examples(base, "training")
        forms["training"] = seen - forms["validation"]
    digests = {name: _digest(found) for name, found in forms.items()}
    return Splits(base, require_examples(held, "validation"), digests)


def _digest(forms: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(forms)).encode()).hexdigest()


@dataclass(frozen=True)
class Shown:
    """An example as a slot shows it: encoded input and labels (L,)."""

    encoded: Encoded
    labels: Tokens


class Stream:
    """The endless sequence of examples that training shows, each a function of its number.

    Args:
        adapter: the task.
        base: the training puzzles, shown in a new order each pass; empty generates afresh.
        settings: what to generate when ``base`` is empty.
        augment: draw a symmetry for each showing.
        seed: of orders and symmetries.
    """

    def __init__(
        self,
        adapter: AnyAdapter,
        base: list[AnyExample],
        settings: Settings,
        *,
        augment: bool,
        seed: int,
    ) -> None:
        self._adapter = adapter
        self._base = base
        self._settings = settings
        self._augment = augment
        self._seed = seed
        self._pass = -1
        self._order = np.zeros(0, np.int64)

    def show(self, number: int) -> Shown:
        """Showing ``number``, from 0."""
        example = self._example(number)
        puzzle, answer = example.puzzle, example.answer
        if self._augment:
            rng = np.random.default_rng([self._seed, Split.SYMMETRY, number])
            symmetry = self._adapter.symmetry(puzzle, rng)
            puzzle, answer = symmetry.apply(puzzle), symmetry.apply_answer(answer)
        codec = self._adapter.codec
        encoded = Encoded(codec.encode(puzzle), self._adapter.structure(puzzle))
        return Shown(encoded, codec.labels(puzzle, answer))

    def _example(self, number: int) -> AnyExample:
        if not self._base:
            return draw(self._adapter, self._settings, self._seed, Split.TRAIN, number)
        epoch, place = divmod(number, len(self._base))
        if epoch != self._pass:
            rng = np.random.default_rng([self._seed, Split.ORDER, epoch])
            self._order, self._pass = rng.permutation(len(self._base)), epoch
        return self._base[int(self._order[place])]


def require_examples(examples: list[AnyExample], what: str) -> list[AnyExample]:
    """The examples, unless there are none.

    Raises:
        InputError: when the task offers no puzzle of this kind.
    """
    if not examples:
        raise InputError(
            f"there is no {what} puzzle that is not a training puzzle up to symmetry",
            hint="ask for fewer samples, other sizes or other difficulties",
        )
    return examples
