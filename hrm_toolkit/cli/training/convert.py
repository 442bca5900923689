"""``convert-dataset``: published HRM and TRM dataset folders to JSON Lines, and back."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hrm_toolkit.cli import console, options

if TYPE_CHECKING:
    from hrm_toolkit.adapters.formats import Loaded
    from hrm_toolkit.core import AnyAdapter, Example

Subsets = dict[str, Sequence[Any]]
"""Puzzles by the name of their subset, of a task that is written in both splits at once."""


def convert_dataset(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FOLDER|FILE",
            help="A published dataset folder, a file of puzzles, or a folder of such (ARC).",
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="The file, or with --to published the folder, to write.")
    ],
    to: Annotated[
        Literal["jsonl", "published"],
        typer.Option(help="jsonl: a folder's puzzles, one a line; published: a folder."),
    ] = "jsonl",
    split: Annotated[
        Literal["train", "test"] | None,
        typer.Option(
            help="Unless said: test is read where there is one; train is written. ARC is written "
            "in both."
        ),
    ] = None,
    augmentations: Annotated[
        int,
        typer.Option(
            min=0, max=10_000, help="With --to published: variants of each puzzle, by symmetry."
        ),
    ] = 0,
    subsets: Annotated[
        str | None,
        typer.Option(
            help="For a folder of subsets (ARC): those to take, after commas, in this order.",
            metavar="NAME,...",
        ),
    ] = None,
    test_set: Annotated[
        str | None,
        typer.Option(
            help="For ARC: the subset whose tests are held out, or none. Unless said: evaluation, "
            "or the last.",
            metavar="NAME",
        ),
    ] = None,
    seed: options.Seed = 0,
    adapter: options.AdapterName = None,
    as_json: options.Json = False,
) -> int:
    """Turn a dataset folder of the published HRM and TRM code into a puzzle file, or back.

    Puzzle files hold a puzzle with its answer a line, as other commands read them. A folder is
    written for the published training code: answers that FILE lacks come from the task's exact
    solver, and the rules check every one.

    ARC is written in both splits at once: the test split has the tests of the test set, the train
    split all else. Published folders were drawn with seed 42.

    Examples:
      hrm-toolkit convert-dataset data/sudoku-extreme --out test.jsonl
      hrm-toolkit convert-dataset data/maze-hard --out train.jsonl --split train
      hrm-toolkit convert-dataset a.sdm --to published --out data/mine --augmentations 99
      hrm-toolkit convert-dataset b.sdm --to published --out data/mine --split test
      hrm-toolkit convert-dataset ARC-AGI/data --to published --out data/arc --augmentations 1000
    """
    from hrm_toolkit.adapters.formats import is_published
    from hrm_toolkit.adapters.registry import get_adapter
    from hrm_toolkit.core import OptionError

    folder = is_published(source)
    if to == "jsonl" and not folder:
        raise OptionError(
            "this is no published dataset folder",
            path=source,
            expected="train/dataset.json or test/dataset.json in it",
            hint="add --to published to make such a folder of a file of puzzles",
        )
    if to == "published" and folder:
        raise OptionError("this is a published dataset folder already", path=source)
    if to == "jsonl":
        asked = augmentations or None
        _require_none("--to published", augmentations=asked, subsets=subsets, test_set=test_set)
        told = _to_lines(source, out, split, adapter)
    else:
        given = _given(source, adapter, subsets)
        if isinstance(given, dict):
            task = get_adapter(next(p.task for puzzles in given.values() for p in puzzles))
            _require_none(f"other tasks; {task.title} is written in both splits", split=split)
            told = _together(task, given, out, test_set, augmentations, seed)
        else:
            _require_none(_titles(), subsets=subsets, test_set=test_set)
            told = _to_published(given, out, split or "train", augmentations, seed)
    if as_json:
        console.print_json({**told, "out": str(out)})
    else:
        what = f"{told['n']} {told['task']} puzzles, "
        if "split" in told:
            what += f"split {told['split']}"
        else:
            what += f"{told['identifiers']} identifiers, test set {told['test_set'] or 'none'}"
        console.line(f"wrote {what}, to {out}")
    return 0


def _require_none(use: str, **unused: object) -> None:
    """Refuse options that have no use here."""
    from hrm_toolkit.core import OptionError

    for name, value in unused.items():
        if value is not None:
            raise OptionError(f"--{name.replace('_', '-')} is for {use}")


def _given(source: str, adapter: str | None, subsets: str | None) -> Loaded | Subsets:
    """The puzzles of a file, or those of a task that is written in both splits, by subset."""
    from hrm_toolkit.adapters.formats.published.layout import layout_of
    from hrm_toolkit.adapters.registry import get_adapter, loadable
    from hrm_toolkit.cli.reading import read
    from hrm_toolkit.core import InputError

    if Path(source).is_dir():
        asked = loadable() if adapter is None else [get_adapter(adapter)]
        for layout in filter(lambda one: one.together, map(layout_of, asked)):
            names = [name.strip() for name in subsets.split(",")] if subsets else None
            return layout.read_subsets(source, names)
    loaded = read(source, adapter)
    task = get_adapter(loaded.puzzles[0].task)
    if not layout_of(task).together:
        return loaded
    for number, puzzle in enumerate(loaded.puzzles, 1):
        if puzzle.task != task.task:
            raise InputError(
                f"puzzle {number} is a {puzzle.task} puzzle", expected=f"{task.task}, as the first"
            )
    _require_none(f"a folder of {_titles()} tasks", subsets=subsets)
    return {"tasks" if source == "-" else Path(source).stem: loaded.puzzles}


def _titles() -> str:
    """The tasks that are written in both splits at once."""
    from hrm_toolkit.adapters.formats.published.layout import layout_of
    from hrm_toolkit.adapters.registry import loadable

    return " and ".join(task.title for task in loadable() if layout_of(task).together)


def _to_lines(source: str, out: Path, split: str | None, adapter: str | None) -> dict[str, Any]:
    from hrm_toolkit.adapters.formats import PublishedSplit, write_puzzles
    from hrm_toolkit.core import OptionError

    if out.exists():
        raise OptionError("there is such a file already", path=str(out), hint="choose another")
    opened = PublishedSplit(source, split, adapter)
    with console.bar("converting", len(opened), unit="puzzles") as bar:

        def examples() -> Any:
            for number, (example, _) in enumerate(opened, 1):
                yield example
                bar(number)

        write_puzzles(out, examples())
    return {"task": opened.task, "split": opened.split, "n": len(opened)}


def _together(
    task: AnyAdapter,
    subsets: Subsets,
    out: Path,
    test_set: str | None,
    augmentations: int,
    seed: int,
) -> dict[str, Any]:
    from hrm_toolkit.adapters.formats.published.layout import layout_of

    layout = layout_of(task)
    held_out = None if test_set == "none" else test_set or layout.test_set(subsets)
    with console.bar("converting", layout.steps(subsets, held_out), unit="tasks") as bar:
        count = itertools.count(1)
        made = layout.write(
            out,
            subsets,
            test_set=held_out,
            augmentations=augmentations,
            seed=seed,
            each=lambda: bar(next(count)),
        )
    return {
        "task": task.task,
        "subsets": {name: len(puzzles) for name, puzzles in subsets.items()},
        "test_set": held_out,
        "n": sum(map(len, subsets.values())),
        "identifiers": made["train"].num_puzzle_identifiers,
        "augmentations": augmentations,
        "seed": seed,
    }


def _to_published(
    loaded: Loaded, out: Path, split: str, augmentations: int, seed: int
) -> dict[str, Any]:
    import numpy as np

    from hrm_toolkit.adapters.formats import write_published
    from hrm_toolkit.adapters.registry import get_adapter

    task = get_adapter(loaded.puzzles[0].task)
    with console.bar("converting", len(loaded.puzzles), unit="puzzles") as bar:

        def examples() -> Any:
            for number, pair in enumerate(loaded.pairs(), 1):
                yield _checked(task, number, *pair)
                bar(number)

        made = write_published(
            out,
            split,
            examples(),
            task,
            augmentations=augmentations,
            rng=np.random.default_rng(seed),
        )
    told = {"task": task.task, "split": split, "n": made.total_groups}
    return {**told, "augmentations": augmentations, "seed": seed}


def _checked(task: AnyAdapter, number: int, puzzle: Any, answer: Any) -> Example[Any, Any]:
    """A puzzle with an answer that the rules accept; the exact solver's where none is given."""
    from hrm_toolkit.core import Example, InputError

    if puzzle.task != task.task:
        raise InputError(
            f"puzzle {number} is a {puzzle.task} puzzle", expected=f"{task.task}, as the first is"
        )
    answer = task.exact(puzzle).answer if answer is None else answer
    if answer is None:
        raise InputError(f"no answer to puzzle {number} is known", hint="leave it out")
    verdict = task.rules.check(puzzle, answer)
    if not verdict:
        raise InputError(
            f"the answer to puzzle {number} is refuted: {verdict.violations[0].message}"
        )
    return Example(puzzle, answer)
