"""Data that stands in for a recipe's own where that is not there, to estimate a run by."""

from __future__ import annotations

from pathlib import Path

from hrm_toolkit.adapters.formats.published.layout import layout_of
from hrm_toolkit.core import AnyAdapter, Settings
from hrm_toolkit.train.data.obtain import how_to_obtain
from hrm_toolkit.train.data.stream import Split, draw

_PUZZLES = 16


def write_stand_in(folder: Path, adapter: AnyAdapter, seed: int) -> None:
    """Write a published folder of a few generated puzzles, half of them held out."""
    numbers = range(_PUZZLES)
    drawn = [draw(adapter, Settings(), seed, Split.TRAIN, number).puzzle for number in numbers]
    layout_of(adapter).write_stand_in(folder, drawn)


def missing(path: str) -> str:
    """What to say of training data that is not there: what to pass, and how to make it.

    Example:
        >>> missing("nowhere/mine.csv")
        'nowhere/mine.csv is not here: pass the training data by --data'
    """
    how = how_to_obtain(path)
    made = f", or make it: {how}" if how else ""
    return f"{path} is not here: pass the training data by --data{made}"
