"""Puzzles to measure a solver on: fresh ones, or those of a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hrm_toolkit.cli import console

if TYPE_CHECKING:
    from hrm_toolkit.core import AnyAdapter, Settings
    from hrm_toolkit.train.data.stream import AnyExample, Splits
    from hrm_toolkit.train.recipe import Recipe


def fresh_examples(
    adapter: AnyAdapter, recipe: Recipe | None, settings: Settings, seed: int, samples: int
) -> list[AnyExample]:
    """Test puzzles, none equal up to symmetry to one that the recipe trains or validates on.

    Raises:
        InputError: when the task has no more puzzles.
        OptionError: for a solver of data that nothing generates.
    """
    from hrm_toolkit.core import OptionError
    from hrm_toolkit.train.data.splits import forms_of
    from hrm_toolkit.train.data.stream import Split, draw_distinct, require_examples

    if recipe is not None and recipe.training_data is not None and not adapter.verifiable:
        raise OptionError(
            f"the solver was trained on {recipe.training_data}, and no {adapter.task} that is "
            "generated is of that kind",
            hint="name what to measure on by --data",
        )
    splits = None if recipe is None else _splits(adapter, recipe)
    known = () if splits is None else (*splits.training, *splits.validation)
    seen = forms_of(adapter, known)
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
    if not found and splits is not None and splits.validation:
        console.remark(
            "the task has no other puzzle of this kind: it is measured on the held-out puzzles, "
            "on which the weights were chosen"
        )
        return splits.validation[:samples]
    return require_examples(found, "test")


def _splits(adapter: AnyAdapter, recipe: Recipe) -> Splits | None:
    """The puzzles of a run: read from its files, or drawn as it drew them."""
    from hrm_toolkit.train.data.splits import find_splits

    if recipe.training_data is not None and not Path(recipe.training_data).exists():
        console.remark(
            f"{recipe.training_data} is not here, so a puzzle may be one of those trained on"
        )
        return None
    with console.bar("setting training puzzles aside", 1.0) as bar:
        return find_splits(adapter, recipe, bar)


def read_known(
    adapter: AnyAdapter, path: Path, most: int | None = None
) -> tuple[list[AnyExample], int]:
    """The puzzles of a file or folder with their answers, checked as those of a training run are.

    Args:
        most: take so many at most, drawn evenly.

    Returns:
        The puzzles, and how many were left out since no answer to them is known.

    Raises:
        InputError: naming the puzzle whose given answer the rules refute; when nothing is left.
    """
    from hrm_toolkit.core import InputError
    from hrm_toolkit.train.data.examples import NoAnswerError, read_examples

    left_out: list[NoAnswerError] = []
    with console.bar(f"reading {path.name}", 1.0) as bar:
        found = read_examples(adapter, path, most=most, unanswered=left_out.append, on_progress=bar)
    if not found:
        raise InputError(
            "no puzzle here has a known answer", path=str(path), expected="at least one"
        )
    return found, len(left_out)
