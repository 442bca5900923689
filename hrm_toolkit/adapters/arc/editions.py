"""Which ARC tasks are the same in whatever edition: by name, or a test that the other shows.

ARC-AGI-1 and 2 share 773 tasks with their pairs in another order, 376 of them evaluation tasks of
the one and training tasks of the other; and tasks of one name had pairs mended over the years.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from hrm_toolkit.adapters.arc.rules import ArcPuzzle, Grid


def digest(asked: Grid, solved: Grid) -> str:
    """What stands for a pair.

    Example:
        >>> digest(((1, 2),), ((2, 1),))
        'ab14fa7d408ef03d'
    """
    return hashlib.sha256(repr((asked, solved)).encode()).hexdigest()[:16]


def marks(task: ArcPuzzle, *, asked: bool = False) -> frozenset[str]:
    """What another edition of a task has in common with it: its name, and each whole pair.

    Args:
        asked: of the pairs, those of its tests alone.

    Example:
        >>> pair, test = {"input": [[1]], "output": [[2]]}, {"input": [[3]], "output": [[4]]}
        >>> one = ArcPuzzle(name="a", train=[pair], test=[test])
        >>> other = ArcPuzzle(name="b", train=[test], test=[pair])
        >>> len(marks(one)), len(marks(one, asked=True) & marks(other))
        (3, 1)
    """
    found = {f"name {task.name}"} if task.name is not None else set()
    found |= {digest(test.input, test.output) for test in task.test if test.output is not None}
    if not asked:
        found |= {digest(pair.input, pair.output) for pair in task.train}
    return frozenset(found)


def shared(tasks: Iterable[ArcPuzzle], others: Iterable[ArcPuzzle]) -> Sequence[ArcPuzzle]:
    """Those of some tasks whose tests are given away by others: by name, or as one of their pairs.

    Whichever order the pairs are in, and whatever became of them in another edition.
    """
    known = {mark for other in others for mark in marks(other)}
    return [task for task in tasks if marks(task, asked=True) & known]
