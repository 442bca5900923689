"""Data that stands in for a recipe's own where that is not there, to estimate a run by."""

from __future__ import annotations

from pathlib import Path

from hrm_toolkit.adapters.arc.published.write import write_published_arc
from hrm_toolkit.adapters.arc.rules import ArcPuzzle, ArcTest
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Settings
from hrm_toolkit.train.data.stream import Split, draw
from hrm_toolkit.train.recipes import how_to_obtain

ARC_IDENTIFIERS = 876_406
"""Identifiers of the published ARC-1 folder, each of which has an embedding of its own."""

_TASKS = 16


def write_arc(folder: Path, seed: int) -> None:
    """Write a published ARC folder of a few generated tasks, half of them held out."""
    puzzles = [_task(seed, number) for number in range(_TASKS)]
    half = _TASKS // 2
    subsets = {"training": puzzles[:half], "evaluation": puzzles[half:]}
    write_published_arc(folder, subsets, test_set="evaluation")


def _task(seed: int, number: int) -> ArcPuzzle:
    """A generated task whose last demonstration is its test."""
    drawn: ArcPuzzle = draw(get_adapter("arc"), Settings(), seed, Split.TRAIN, number).puzzle
    *shown, last = drawn.train
    test = ArcTest(input=last.input, output=last.output)
    return ArcPuzzle(name=f"stand-in-{number}", train=tuple(shown), test=(test,))


def missing(path: str) -> str:
    """What to say of training data that is not there: what to pass, and how to make it.

    Example:
        >>> missing("nowhere/mine.csv")
        'nowhere/mine.csv is not here: pass the training data by --data'
    """
    how = how_to_obtain(path)
    made = f", or make it: {how}" if how else ""
    return f"{path} is not here: pass the training data by --data{made}"
