"""What a run trains on, as its recipe says."""

from __future__ import annotations

from hrm_toolkit.core import AnyAdapter, InputError
from hrm_toolkit.train.data.rows import RowStream
from hrm_toolkit.train.data.splits import forms_of, seen_forms
from hrm_toolkit.train.data.stream import Split, Splits, Stream, draw_distinct
from hrm_toolkit.train.data.workers import open_stream
from hrm_toolkit.train.recipe import Recipe


def stream_of(
    adapter: AnyAdapter,
    splits: Splits,
    recipe: Recipe,
    workers: int | None = 0,
    given: float = 0.0,
) -> Stream:
    """The puzzles that a run is shown, in its order.

    Args:
        given: as ``Stream``.
        workers: as ``open_stream``.

    Raises:
        InputError: for parts of answers of published data.
    """
    if splits.rows:
        if given:
            raise InputError(
                "published data is shown as it is, without parts of its answers",
                path="network.given",
                hint="set network.given=0",
            )
        return RowStream(adapter, splits.rows, recipe.seed, splits.apart)
    return open_stream(
        adapter,
        splits.training,
        recipe.data,
        workers=workers,
        ahead=recipe.batch_size,
        augment=recipe.augment,
        augmentations=recipe.augmentations,
        seed=recipe.seed,
        paced=recipe.pace > 0,
        given=given,
        held=frozenset(forms_of(adapter, [*splits.validation, *splits.test])),
    )


def untried(adapter: AnyAdapter, splits: Splits, recipe: Recipe) -> bool:
    """Whether a task has a puzzle to test on that its run neither trains nor validates on."""
    if splits.test or splits.rows:
        return True
    seen = seen_forms(adapter, splits)
    found = draw_distinct(
        adapter, recipe.data, recipe.seed, Split.TEST, 1, exclude=seen, held=recipe.fresh
    )
    return bool(found)
