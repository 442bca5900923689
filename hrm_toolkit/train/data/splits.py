"""Puzzles of the user's own files, with checked answers, split by canonical form."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast

from hrm_toolkit.adapters.formats import is_published
from hrm_toolkit.adapters.formats.published.layout import layout_of
from hrm_toolkit.core import AnyAdapter, InputError, Puzzle
from hrm_toolkit.core.plain import open_plain
from hrm_toolkit.train.data.examples import (
    Report,
    answered,
    data_files,
    read_examples,
    require_path,
)
from hrm_toolkit.train.data.leaks import refuse_learned, refuse_shared
from hrm_toolkit.train.data.stream import AnyExample, Splits, digest, draw_splits
from hrm_toolkit.train.recipe import Recipe

TESTS = 200
"""The most puzzles that are held out to measure the end on."""
_TENTH = 2**32 // 10
_BLOCK = 1 << 20


def find_splits(adapter: AnyAdapter, recipe: Recipe, on_progress: Report | None = None) -> Splits:
    """The puzzles that a recipe's run trains and validates on: from its files, or generated.

    Args:
        on_progress: told the share that is done, 0 to 1.
    """
    if recipe.training_data is None:

        def drawn(count: int) -> None:
            if on_progress is not None:
                on_progress(count / recipe.samples)

        return draw_splits(
            adapter,
            recipe.data,
            recipe.seed,
            training=recipe.samples,
            validation=recipe.validation,
            on_progress=drawn,
        )
    folder = Path(recipe.training_data)
    held = None if recipe.validation_data is None else Path(recipe.validation_data)
    if layout_of(adapter).together and is_published(folder):
        return read_row_splits(adapter, folder, held, recipe)
    return read_splits(
        adapter,
        folder,
        held,
        samples=recipe.samples,
        validation=recipe.validation,
        on_progress=on_progress,
    )


def read_splits(
    adapter: AnyAdapter,
    training: Path,
    held: Path | None = None,
    *,
    samples: int = 0,
    validation: int = 100,
    on_progress: Report | None = None,
) -> Splits:
    """Training, validation and test puzzles from files, none shared up to symmetry.

    Without a second file, a tenth of the canonical forms is for validation and a tenth for tests.
    Which, their hash says, so a puzzle is on the same side in whatever file it comes. With a
    second file, or a published folder that has both its splits, these come from there, half each
    where there are few, and training leaves out what is equal to one of them.

    Args:
        training: a file or folder.
        held: a file or folder of validation and test puzzles.
        samples: training puzzles at most; 0 takes all.
        validation: validation puzzles at most.

    Raises:
        InputError: as ``read_examples``; when no puzzle is left for one of the lists.
    """
    require_path(training)
    published = is_published(training)
    split = "train" if published and (training / "train").is_dir() else None
    if held is None and split and (training / "test").is_dir():
        held = training
    # Rows of one group are alike in a way that only their maker knows: none of them is held out
    # while others are trained on.
    read = read_examples(
        adapter, training, split=split, originals=held is None, on_progress=on_progress
    )
    base = _by_form(adapter, read)
    files = _hashes(training)
    if held is None:
        kept = _parted(base)
    else:
        require_path(held)
        other = "test" if is_published(held) and (held / "test").is_dir() else None
        # Where other forms of a puzzle can be told, all are counted before some are drawn.
        kin = any(adapter.kin(example.puzzle) for example in read[:1])
        most = None if kin else validation + TESTS
        shown = read
        read = read_examples(adapter, held, split=other, most=most, on_progress=on_progress)
        if held != training:
            refuse_shared(adapter, shown, read, str(held))
        kept = _halved(base, _by_form(adapter, read), validation)
        files |= _hashes(held)
    tested = dict(_least(kept["test"], TESTS))
    validated = dict(_least(kept["validation"], validation))
    trained = dict(_least(kept["training"], samples or len(kept["training"])))
    for name, forms in (("training", trained), ("validation", validated), ("test", tested)):
        if not forms:
            raise InputError(
                f"no {name} puzzle is left that is none of the others up to symmetry",
                path=str(held or training),
                expected="at least three different puzzles",
                hint="add puzzles, or name others by --validation-data",
            )
    return Splits(
        training=[example for same in trained.values() for example in same],
        validation=[same[0] for same in validated.values()],
        digests={
            "training": digest(trained),
            "validation": digest(validated),
            "test": digest(tested),
        },
        test=[same[0] for same in tested.values()],
        files=files,
    )


def read_row_splits(adapter: AnyAdapter, folder: Path, held: Path | None, recipe: Recipe) -> Splits:
    """The rows of a published folder with their identifiers, and puzzles to measure on.

    Those are of its test split, half each where there are few, or of another file; or, without
    either, a tenth of its tasks by their last pairs. As published,
    the demonstrations of held-out tasks are trained on, and their tests are not.

    Raises:
        InputError: as ``Layout.open_train``; when no two tasks are held out; for a recipe that
            asks for other puzzles than the folder's.
    """
    layout = layout_of(adapter)
    known, rows = layout.open_train(folder)
    names = () if known.identifiers is None else known.identifiers.names
    groups = sum(len(found.groups) - 1 for found in rows)
    if recipe.augmentations or 0 < recipe.samples < groups:
        raise InputError(
            "the recipe asks for samples or augmentations of its own",
            path=str(folder),
            expected=f"those of the folder: {groups} tasks and their variants",
            hint="set samples = 0, and leave augmentations out",
        )
    apart: dict[int, AnyExample] = {}
    if held is None and not (folder / "test").is_dir():
        apart = layout.apart(rows, names, recipe.validation + TESTS)
        read = list(apart.values())
    elif held is None:
        tasks = layout.held_out(folder, names)
        read = [answered(adapter, task, str(folder)) for task in tasks]
    else:
        require_path(held)
        read = read_examples(adapter, held)
    if not apart:
        refuse_learned(known, read, str(held or folder))
    kept = _halved({}, _by_form(adapter, read), recipe.validation)
    tested = dict(_least(kept["test"], TESTS))
    validated = dict(_least(kept["validation"], recipe.validation))
    if not tested:
        raise InputError(
            "there are too few tasks to measure on",
            path=str(held or folder),
            expected="two" + (" of two pairs or more" if not held and not read else ""),
            hint="name other tasks by --validation-data",
        )
    return Splits(
        training=[],
        validation=[same[0] for same in validated.values()],
        digests={"validation": digest(validated), "test": digest(tested)},
        test=[same[0] for same in tested.values()],
        files=_hashes(folder) | ({} if held is None else _hashes(held)),
        rows=rows,
        adapter=known,
        held=layout.held,
        apart=tuple(apart),
        notes=(_APART.format(len(apart)),) if apart else (),
    )


_APART = (
    "the folder has no test split: the last pairs of {} of its tasks are held out to measure on, "
    "and are not trained on"
)


Forms = dict[str, list[AnyExample]]


def _by_form(adapter: AnyAdapter, examples: Iterable[AnyExample]) -> Forms:
    """By canonical form; those of one kin are of one form, that of the first of them."""
    forms: Forms = {}
    home: dict[str, str] = {}
    for example in examples:
        own = adapter.canonical(example.puzzle)
        kin = sorted(adapter.kin(example.puzzle))
        first, *others = dict.fromkeys([*(home[mark] for mark in kin if mark in home), own])
        same = forms.setdefault(first, [])
        for other in others:
            same += forms.pop(other, [])
        same.append(example)
        if others and kin:
            home = {mark: first if form in others else form for mark, form in home.items()}
        home |= dict.fromkeys(kin, first)
    return forms


def _rank(form: str) -> int:
    """A number below 2**32 that stands for a form, evenly spread."""
    return int.from_bytes(hashlib.sha256(form.encode()).digest()[:4], "big")


def _least(forms: Forms, count: int) -> list[tuple[str, list[AnyExample]]]:
    """The ``count`` forms of the least rank, in the order of the file."""
    chosen = set(sorted(forms, key=lambda form: (_rank(form), form))[:count])
    return [(form, same) for form, same in forms.items() if form in chosen]


def _parted(base: Forms) -> dict[str, Forms]:
    """A tenth each for tests and validation by rank; at least one where there are three."""
    order = sorted(base, key=lambda form: (_rank(form), form))
    tests = max(1, sum(_rank(form) < _TENTH for form in order))
    held = max(tests + 1, sum(_rank(form) < 2 * _TENTH for form in order))
    names = {
        form: "test" if place < tests else "validation" if place < held else "training"
        for place, form in enumerate(order)
    }
    return _named(base, names)


def _halved(base: Forms, held: Forms, validation: int) -> dict[str, Forms]:
    """Validation and test forms from one list, training forms from the rest of another."""
    order = sorted(held, key=lambda form: (_rank(form), form))
    first = min(validation, max(1, len(order) // 2))
    names = {form: "validation" if n < first else "test" for n, form in enumerate(order)}
    parts = _named(held, names)
    return parts | {"training": {f: same for f, same in base.items() if f not in held}}


def _named(forms: Forms, names: dict[str, str]) -> dict[str, Forms]:
    parts: dict[str, Forms] = {"training": {}, "validation": {}, "test": {}}
    for form, same in forms.items():
        parts[names[form]][form] = same
    return parts


def _hashes(path: Path) -> dict[str, str]:
    """sha256 of a file's bytes, or of the names and sha256 of a folder's files, by path."""
    files = data_files(path)
    if files == [path]:
        return {str(path): _sha256(path)}
    lines = (f"{file.relative_to(path).as_posix()} {_sha256(file)}" for file in files)
    return {str(path): hashlib.sha256("\n".join(lines).encode()).hexdigest()}


def _sha256(path: Path) -> str:
    hashed = hashlib.sha256()
    with open_plain(path) as file:
        while block := file.read(_BLOCK):
            hashed.update(block)
    return hashed.hexdigest()


def absolute(path: str | os.PathLike[str]) -> str:
    """A path that stays right in another folder.

    Example:
        >>> absolute("/data/../puzzles.csv")
        '/puzzles.csv'
    """
    return os.path.normpath(os.path.abspath(path))


def forms_of(adapter: AnyAdapter, examples: Sequence[AnyExample]) -> set[str]:
    """Canonical forms."""
    return {adapter.canonical(example.puzzle) for example in examples}


def seen_forms(adapter: AnyAdapter, splits: Splits) -> set[str]:
    """Canonical forms of what a run trains and validates on: where a task is solved action by
    action, of every state along its training puzzles' plans too."""
    seen = forms_of(adapter, [*splits.training, *splits.validation])
    for example in splits.training:
        puzzle, rules = example.puzzle, adapter.rules
        state = rules.initial(puzzle)
        if adapter.onward(puzzle, state) is None:
            break
        for action in rules.plan(puzzle, example.answer):
            state = rules.step(state, action)
            seen.add(adapter.canonical(cast(Puzzle, adapter.onward(puzzle, state))))
    return seen
