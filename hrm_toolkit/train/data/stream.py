"""Seeded data: every example is a function of (seed, split, index) and of nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

import numpy as np

from hrm_toolkit.adapters.formats.published.arrays import ArraySet
from hrm_toolkit.core import AnyAdapter, Example, InputError, Process, Settings, Structure, Tokens
from hrm_toolkit.solvers.inputs.keeping import open_positions
from hrm_toolkit.solvers.inputs.places import Encoded

AnyExample = Example[Any, Any]

_HELD = 4
"""One canonical form in so many is left alone by runs that generate without end."""
_TRIES = 1000
_FEW = 1.5
"""Shares of an answer that are told are as often small as numbers from 0 to 1 to this power."""
_REDRAWN = 16
"""States along a plan that are drawn before its beginning, which is not held out, is shown."""


class Split(IntEnum):
    """Streams of random numbers that never meet."""

    TRAIN = 0
    VALIDATION = 1
    TEST = 2
    ORDER = 3
    SYMMETRY = 4
    EXPLORATION = 5
    CARRY = 6
    VARIANT = 7
    ALONG = 8
    GIVEN = 9


def draw(
    adapter: AnyAdapter, settings: Settings, seed: int, split: Split, index: int
) -> AnyExample:
    """The example at ``index`` of a split."""
    return _drawn(adapter, settings, np.random.default_rng([seed, split, index]))


def _drawn(adapter: AnyAdapter, settings: Settings, rng: np.random.Generator) -> AnyExample:
    size = settings.sizes[rng.integers(len(settings.sizes))] if settings.sizes else None
    names = settings.difficulties
    difficulty = names[rng.integers(len(names))] if names else None
    example: AnyExample = adapter.generate(rng, size=size, difficulty=difficulty)
    if example.difficulty is None or example.size is None:
        # What an adapter does not say of its example is what it was asked for.
        example = replace(
            example, difficulty=example.difficulty or difficulty, size=example.size or size
        )
    return example


def held_out(form: str) -> bool:
    """Whether a run that generates without end leaves puzzles of this canonical form alone.

    Such a run keeps no list of what it showed. A quarter of all forms, told by their hash, are
    never shown to it, and its validation and test puzzles come from these, whatever the seed.

    Example:
        >>> [form for form in "abcdefgh" if held_out(form)]
        ['d']
    """
    return hashlib.sha256(form.encode()).digest()[0] % _HELD == 0


def draw_endless(adapter: AnyAdapter, settings: Settings, seed: int, number: int) -> AnyExample:
    """Training puzzle ``number`` of a run that generates without end: none that is held out.

    Raises:
        InputError: when the task has no such puzzle, as far as a thousand draws tell.
    """
    rng = np.random.default_rng([seed, Split.TRAIN, number])
    for _ in range(_TRIES):
        example = _drawn(adapter, settings, rng)
        if not held_out(adapter.canonical(example.puzzle)):
            return example
    raise InputError(
        "every puzzle of this kind is held out for validation and tests",
        hint="ask for other sizes or difficulties, or for a list of puzzles (--samples)",
    )


_PATIENCE = 1_000
"""Fruitless draws after which a task may have no more puzzles, at the least."""


def draw_distinct(
    adapter: AnyAdapter,
    settings: Settings,
    seed: int,
    split: Split,
    count: int,
    *,
    exclude: set[str] | None = None,
    held: bool = False,
    on_progress: Callable[[int], None] | None = None,
) -> list[AnyExample]:
    """``count`` examples, none equal up to symmetry to another or to one of ``exclude``.

    Stops early, with fewer, when the task runs out of new puzzles: twenty fruitless draws in a row
    for each puzzle found, and a thousand at least.

    Args:
        exclude: canonical forms to keep out; those found are added to it.
        held: take only what ``held_out`` keeps from runs that generate without end.
        on_progress: told the number found so far.
    """
    seen = set() if exclude is None else exclude
    found: list[AnyExample] = []
    part = _HELD if held else 1
    fruitful = 0
    for index in range(20 * count * part):
        # All that a small task has are found long before so many draws as were asked for.
        if len(found) == count or index - fruitful > part * max(_PATIENCE, 20 * len(seen)):
            break
        example = draw(adapter, settings, seed, split, index)
        key = adapter.canonical(example.puzzle)
        if key not in seen and (not held or held_out(key)):
            seen.add(key)
            found.append(example)
            fruitful = index
            if on_progress is not None:
                on_progress(len(found))
    return found


@dataclass(frozen=True)
class Splits:
    """The puzzles of a run, none in one list equal to one in another up to symmetry.

    Attributes:
        training: base puzzles; empty where the run generates without end.
        validation: held out.
        digests: sha256 over the sorted canonical forms of each list.
        test: held out from a file of the user's, to measure the end on; empty where test puzzles
            are generated.
        files: sha256 of each file that was read, by path.
        rows: of a published folder with identifiers, shown in place of ``training``.
        adapter: that knows the identifiers of ``rows``.
        held: what the validation and test puzzles are, in words.
        apart: numbers of the groups of ``rows`` whose last rows are held out.
        notes: sentences on how the lists were made, for whoever trains.
    """

    training: list[AnyExample]
    validation: list[AnyExample]
    digests: dict[str, str]
    test: list[AnyExample] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    rows: tuple[ArraySet, ...] = ()
    adapter: AnyAdapter | None = None
    held: str = "held-out puzzles"
    apart: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


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
    held = draw_distinct(
        adapter, settings, seed, Split.VALIDATION, validation, exclude=seen, held=not training
    )
    forms = {"validation": set(seen)}
    base: list[AnyExample] = []
    if training:
        base = draw_distinct(
            adapter, settings, seed, Split.TRAIN, training, exclude=seen, on_progress=on_progress
        )
        require_examples(base, "training")
        forms["training"] = seen - forms["validation"]
    digests = {name: digest(found) for name, found in forms.items()}
    notes = (_FEWER.format(len(base), training),) if len(base) < training else ()
    return Splits(base, require_examples(held, "validation"), digests, notes=notes)


_FEWER = (
    "the task has {0:,} different puzzles of this kind to train on, and it is trained on them: "
    "{1:,} were asked for"
)


def digest(forms: Iterable[str]) -> str:
    """sha256 over canonical forms, whatever their order."""
    return hashlib.sha256("\n".join(sorted(forms)).encode()).hexdigest()


def encoded_digest(
    adapter: AnyAdapter, examples: Sequence[AnyExample], tell: Callable[[], None] = lambda: None
) -> str:
    """sha256 over the tokens and labels of examples, in their order; each is told."""
    hashed = hashlib.sha256()
    for example in examples:
        hashed.update(adapter.codec.encode(example.puzzle).tobytes())
        hashed.update(adapter.codec.labels(example.puzzle, example.answer).tobytes())
        tell()
    return hashed.hexdigest()


@dataclass(frozen=True)
class Shown:
    """An example as a slot shows it: encoded input, labels (L,), and the course to them or None."""

    encoded: Encoded
    labels: Tokens
    process: Process | None = None


class Stream:
    """The endless sequence of examples that training shows, each a function of its number.

    Args:
        adapter: the task.
        base: the training puzzles, shown in a new order each pass; empty generates afresh.
        settings: what to generate when ``base`` is empty.
        augment: show puzzles under symmetries.
        seed: of orders and symmetries.
        augmentations: symmetries fixed for each base puzzle, beside the puzzle as it is; a showing
            draws one of them. None draws a fresh symmetry for each showing.
        paced: show the course of the task's stepwise method too.
        held: canonical forms that are never shown, of validation and test puzzles; without
            ``base`` those of ``held_out``.
        given: share of showings that tell a part of the answer too: of each a share of the open
            positions that is drawn, small ones more often.
    """

    def __init__(
        self,
        adapter: AnyAdapter,
        base: list[AnyExample],
        settings: Settings,
        *,
        augment: bool,
        seed: int,
        augmentations: int | None = None,
        paced: bool = False,
        held: frozenset[str] = frozenset(),
        given: float = 0.0,
    ) -> None:
        self._adapter = adapter
        self._base = base
        self._settings = settings
        self._augmentations = augmentations if augment else 0
        self._seed = seed
        self._paced = paced
        self._held = held
        self._given = given
        self._pass = -1
        self._order = np.zeros(0, np.int64)

    def show(self, number: int) -> Shown:
        """Showing ``number``, from 0."""
        example = self._along(number)
        puzzle, answer = example.puzzle, example.answer
        rng = self._symmetry(number)
        if rng is not None:
            symmetry = self._adapter.symmetry(puzzle, rng)
            puzzle, answer = symmetry.apply(puzzle), symmetry.apply_answer(answer)
        codec, structure = self._adapter.codec, self._adapter.structure(puzzle)
        if rng is not None:
            structure = self._adapter.retold(structure, rng)
        labels = codec.labels(puzzle, answer)
        encoded = self._telling(number, codec.encode(puzzle), structure, labels)
        return Shown(encoded, labels, self._process(puzzle) if self._paced else None)

    def _telling(
        self, number: int, tokens: Tokens, structure: Structure, labels: Tokens
    ) -> Encoded:
        """A puzzle as a showing tells it: in some with a part of the answer."""
        rng = np.random.default_rng([self._seed, Split.GIVEN, number])
        if rng.random() >= self._given:
            return Encoded(tokens, structure)
        at = open_positions(structure)
        at = at[rng.random(len(at)) < rng.random() ** _FEW]
        told = self._adapter.codec.given(tokens, structure, labels, at)
        if told is None:
            raise InputError(
                f"the task {self._adapter.task} cannot tell a part of an answer",
                path="network.given",
                hint="set network.given=0",
            )
        return Encoded(*told)

    def _along(self, number: int) -> AnyExample:
        """The example of a showing, or a state along its plan that is none of those held out."""
        whole = self._example(number)
        rng = np.random.default_rng([self._seed, Split.ALONG, number])
        for _ in range(_REDRAWN):
            example = self._adapter.along(whole, rng)
            if example is whole or not self._withheld(self._adapter.canonical(example.puzzle)):
                return example
        return whole

    def _withheld(self, form: str) -> bool:
        return form in self._held if self._base else held_out(form)

    def _process(self, puzzle: Any) -> Process:
        process = self._adapter.codec.process(puzzle)
        if process is None:
            raise InputError(
                f"the task {self._adapter.task} tells no stepwise method of a puzzle",
                hint="set pace = 0",
            )
        return process

    def close(self) -> None:
        """End what helps to make showings; asking for another starts it again."""

    def _example(self, number: int) -> AnyExample:
        if not self._base:
            return draw_endless(self._adapter, self._settings, self._seed, number)
        return self._base[self._place(number)]

    def _place(self, number: int) -> int:
        """Which base puzzle a showing shows."""
        epoch, place = divmod(number, len(self._base))
        if epoch != self._pass:
            rng = np.random.default_rng([self._seed, Split.ORDER, epoch])
            self._order, self._pass = rng.permutation(len(self._base)), epoch
        return int(self._order[place])

    def _symmetry(self, number: int) -> np.random.Generator | None:
        """What draws the symmetry of a showing; None shows the puzzle as it is."""
        rng = np.random.default_rng([self._seed, Split.SYMMETRY, number])
        if self._augmentations is None:
            return rng
        if not self._augmentations or not self._base:
            return None
        variant = int(rng.integers(self._augmentations + 1))
        if variant == 0:
            return None
        return np.random.default_rng([self._seed, Split.VARIANT, self._place(number), variant])


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
