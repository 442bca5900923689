"""Splits that would leak: puzzles to be tested on that training has seen, in another form too."""

from __future__ import annotations

from collections.abc import Collection

from hrm_toolkit.core import AnyAdapter, InputError, Puzzle
from hrm_toolkit.train.data.stream import AnyExample


def refuse_shared(
    adapter: AnyAdapter,
    trained: Collection[AnyExample],
    tested: Collection[AnyExample],
    path: str,
) -> None:
    """Refuse to test on puzzles that are trained on, where a task can tell so of other forms.

    Args:
        path: where the puzzles that are tested on lie.

    Raises:
        InputError: with the number of those that are shared.
    """
    known = {mark for example in trained for mark in adapter.kin(example.puzzle)}
    leaking = [
        example.puzzle for example in tested if adapter.kin(example.puzzle, asked=True) & known
    ]
    _refuse(adapter, leaking, len(tested), path, "in the training data")


def refuse_learned(adapter: AnyAdapter, tested: Collection[AnyExample], path: str) -> None:
    """Refuse to test a network on puzzles whose answers it has learned, as far as it says so.

    Raises:
        InputError: with the number of them.
    """
    leaking = [example.puzzle for example in tested if adapter.learned(example.puzzle)]
    _refuse(adapter, leaking, len(tested), path, "what the network was trained on, tests included")


def _refuse(
    adapter: AnyAdapter, leaking: Collection[Puzzle], count: int, path: str, where: str
) -> None:
    if not leaking:
        return
    word = "puzzle is" if len(leaking) == 1 else "puzzles are"
    raise InputError(
        f"{len(leaking):,} of {count:,} {adapter.title} {word} {where}, maybe in another order or "
        "edition, so that to test on them would leak",
        path=path,
        expected="puzzles that share neither a name nor a tested pair with those trained on",
        hint=f"take them out of one of the two: {count - len(leaking):,} are left to test on",
    )
