"""``convert-dataset``: published HRM and TRM dataset folders to JSON Lines, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hrm_toolkit.cli import console, options

if TYPE_CHECKING:
    from hrm_toolkit.core import AnyAdapter, Example

FORMATS = ("jsonl", "published")


def convert_dataset(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FOLDER|FILE", help="A published dataset folder, or a file of puzzles."
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="The file, or with --to published the folder, to write.")
    ],
    to: Annotated[
        str, typer.Option(help="jsonl: a folder's puzzles, one a line; published: a folder.")
    ] = "jsonl",
    split: Annotated[
        str | None,
        typer.Option(
            help="train or test. Unless said: test is read where there is one; train is written."
        ),
    ] = None,
    augmentations: Annotated[
        int,
        typer.Option(
            min=0, max=10_000, help="With --to published: variants of each puzzle, by symmetry."
        ),
    ] = 0,
    seed: options.Seed = 0,
    adapter: options.AdapterName = None,
    as_json: options.Json = False,
) -> int:
    """Turn a dataset folder of the published HRM and TRM code into a puzzle file, or back.

    Puzzle files hold a puzzle with its answer a line, as other commands read them. A folder is
    written for the published training code: answers that FILE lacks come from the task's exact
    solver, and the rules check every one.

    Examples:
      hrm-toolkit convert-dataset data/sudoku-extreme --out test.jsonl
      hrm-toolkit convert-dataset data/maze-hard --out train.jsonl --split train
      hrm-toolkit convert-dataset a.sdm --to published --out data/mine --augmentations 99
      hrm-toolkit convert-dataset b.sdm --to published --out data/mine --split test
    """
    from hrm_toolkit.adapters.formats import is_published
    from hrm_toolkit.core import OptionError

    options.require_choice("format", to, FORMATS)
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
    if to == "jsonl" and augmentations:
        raise OptionError("--augmentations is for --to published")
    if to == "published":
        told = _to_published(source, out, split or "train", augmentations, seed, adapter)
    else:
        told = _to_lines(source, out, split, adapter)
    if as_json:
        console.print_json({**told, "out": str(out)})
    else:
        print(f"wrote {told['n']} {told['task']} puzzles, split {told['split']}, to {out}")
    return 0


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


def _to_published(
    source: str, out: Path, split: str, augmentations: int, seed: int, adapter: str | None
) -> dict[str, Any]:
    import numpy as np

    from hrm_toolkit.adapters.formats import write_published
    from hrm_toolkit.adapters.registry import get_adapter
    from hrm_toolkit.cli.reading import read

    loaded = read(source, adapter)
    task = get_adapter(loaded.puzzles[0].task)
    with console.bar("converting", len(loaded.puzzles), unit="puzzles") as bar:

        def examples() -> Any:
            for number, pair in enumerate(zip(loaded.puzzles, loaded.answers, strict=True), 1):
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
