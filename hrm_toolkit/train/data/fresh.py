"""Puzzles to measure a solver on: fresh ones, or those of a file."""

from __future__ import annotations

from pathlib import Path

from hrm_toolkit.core import AnyAdapter, InputError, OptionError, Settings
from hrm_toolkit.train.data.examples import NoAnswerError, read_examples
from hrm_toolkit.train.data.leaks import refuse_learned, refuse_shared
from hrm_toolkit.train.data.splits import find_splits, seen_forms
from hrm_toolkit.train.data.stream import AnyExample, Split, Splits, draw_distinct, require_examples
from hrm_toolkit.train.progress import SILENT, Listener
from hrm_toolkit.train.recipe import Recipe


def fresh_examples(
    adapter: AnyAdapter,
    recipe: Recipe | None,
    settings: Settings,
    seed: int,
    samples: int,
    listener: Listener = SILENT,
) -> list[AnyExample]:
    """Test puzzles, none equal up to symmetry to one that the recipe trains or validates on.

    Raises:
        InputError: when the task has no more puzzles.
        OptionError: for a solver of data that nothing generates.
    """
    if recipe is not None and recipe.training_data is not None and not adapter.verifiable:
        raise OptionError(
            f"the solver was trained on {recipe.training_data}, and no {adapter.task} that is "
            "generated is of that kind",
            hint="name what to measure on by --data",
        )
    splits = None if recipe is None else _splits(adapter, recipe, listener)
    seen = set() if splits is None else seen_forms(adapter, splits)
    with listener.bar("drawing fresh puzzles", samples) as bar:
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
        listener.remark(f"the task offers {len(found)} fresh puzzles of this kind, not {samples}")
    if not found and splits is not None and splits.validation:
        listener.remark(
            "the task has no other puzzle of this kind: it is measured on the held-out puzzles, "
            "on which the weights were chosen"
        )
        return splits.validation[:samples]
    return require_examples(found, "test")


def _splits(adapter: AnyAdapter, recipe: Recipe, listener: Listener) -> Splits | None:
    """The puzzles of a run: read from its files, or drawn as it drew them."""
    if recipe.training_data is not None and not Path(recipe.training_data).exists():
        listener.remark(
            f"{recipe.training_data} is not here, so a puzzle may be one of those trained on"
        )
        return None
    with listener.bar("setting training puzzles aside", 1.0) as bar:
        return find_splits(adapter, recipe, bar)


def read_known(
    adapter: AnyAdapter,
    path: Path,
    most: int | None = None,
    listener: Listener = SILENT,
    recipe: Recipe | None = None,
) -> tuple[list[AnyExample], int]:
    """The puzzles of a file or folder with their answers, checked as those of a training run are.

    Args:
        most: take so many at most, drawn evenly.
        recipe: of the network that is to be measured on them.

    Returns:
        The puzzles, and how many were left out since no answer to them is known.

    Raises:
        InputError: naming the puzzle whose given answer the rules refute; when nothing is left;
            with their number when some were trained on, in whatever form.
    """
    left_out: list[NoAnswerError] = []
    with listener.bar(f"reading {path.name}", 1.0) as bar:
        found = read_examples(adapter, path, most=most, unanswered=left_out.append, on_progress=bar)
    if not found:
        raise InputError(
            "no puzzle here has a known answer", path=str(path), expected="at least one"
        )
    refuse_learned(adapter, found, str(path))
    told = adapter.identifiers is not None or not adapter.kin(found[0].puzzle)
    if recipe is not None and recipe.training_data is not None and not told:
        splits = _splits(adapter, recipe, listener)
        refuse_shared(adapter, () if splits is None else splits.training, found, str(path))
    return found, len(left_out)
