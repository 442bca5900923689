"""Puzzles to measure a solver on: fresh ones, or those of a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hrm_toolkit.cli import console

if TYPE_CHECKING:
    from hrm_toolkit.core import AnyAdapter, Settings
    from hrm_toolkit.train.data import AnyExample
    from hrm_toolkit.train.recipe import Recipe


def fresh_examples(
    adapter: AnyAdapter, recipe: Recipe | None, settings: Settings, seed: int, samples: int
) -> list[AnyExample]:
    """Test puzzles, none equal up to symmetry to one that the recipe trains or validates on.

    Raises:
        InputError: when the task has no more puzzles.
    """
    from hrm_toolkit.train.data import Split, draw_distinct, require_examples

    seen = set() if recipe is None else _trained_on(adapter, recipe)
    with console.bar("drawing fresh puzzles", samples) as bar:
        found = draw_distinct(
            adapter,
            settings,
            seed,
            Split.TEST,
            samples,
            exclude=seen,
            held=recipe is not None and recipe.fresh,
            on_progress=bar,
        )
    if found and len(found) < samples:
        console.remark(f"the task offers {len(found)} fresh puzzles of this kind, not {samples}")
    return require_examples(found, "test")


def _trained_on(adapter: AnyAdapter, recipe: Recipe) -> set[str]:
    """Canonical forms of the puzzles of a run: read from its files, or drawn as it drew them."""
    from hrm_toolkit.train.files import find_splits, forms_of

    if recipe.training_data is not None and not Path(recipe.training_data).exists():
        console.remark(
            f"{recipe.training_data} is not here, so a puzzle may be one of those trained on"
        )
        return set()
    with console.bar("setting training puzzles aside", 1.0) as bar:
        splits = find_splits(adapter, recipe, bar)
    return forms_of(adapter, [*splits.training, *splits.validation])


def read_examples(adapter: AnyAdapter, path: Path) -> tuple[list[AnyExample], int]:
    """The puzzles of a file, or of the files of a folder, with their answers.

    Answers that a file does not give come from the adapter's exact oracle.

    Returns:
        The puzzles, and how many were left out since no answer to them is known.

    Raises:
        InputError: when nothing is left.
    """
    from hrm_toolkit.adapters.formats import is_published, read_puzzles
    from hrm_toolkit.core import Example, InputError

    files = [path]
    if path.is_dir() and not is_published(path):
        files = sorted(p for p in path.iterdir() if p.is_file())
    found: list[AnyExample] = []
    left_out = 0
    for file in files:
        loaded = read_puzzles(file, adapter=adapter.task)
        with console.bar(f"reading {file.name}", len(loaded.puzzles)) as bar:
            for number, (puzzle, given) in enumerate(
                zip(loaded.puzzles, loaded.answers, strict=True), 1
            ):
                answer = adapter.exact(puzzle).answer if given is None else given
                if answer is None:
                    left_out += 1
                else:
                    found.append(Example(puzzle, answer))
                bar(number)
    if not found:
        raise InputError(
            "no puzzle here has a known answer", path=str(path), expected="at least one"
        )
    return found, left_out
