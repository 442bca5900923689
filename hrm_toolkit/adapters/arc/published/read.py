"""ARC in a published dataset folder: grids out of rows, demonstrations out of the train split."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.arc.codec import CELLS, END, FIRST
from hrm_toolkit.adapters.arc.rules import ArcAnswer, ArcPuzzle, Grid, to_grid
from hrm_toolkit.adapters.arc.search import SIDE
from hrm_toolkit.adapters.formats.published.arrays import ArraySet, open_sets, read_metadata
from hrm_toolkit.core import Example, InputError, validate
from hrm_toolkit.core.files import placed


class Demonstrations:
    """Pairs of grids in the train split, by identifier."""

    def __init__(self, folder: Path) -> None:
        self._sets = open_sets(folder, "train", read_metadata(folder, "train"))
        self._places: dict[int, list[tuple[ArraySet, int]]] = {}
        for found in self._sets:
            for puzzle, identifier in enumerate(found.identifiers.tolist()):
                self._places.setdefault(identifier, []).append((found, puzzle))

    def of(self, identifier: int) -> list[dict[str, Grid]]:
        """The pairs of one identifier, in the order of the split."""
        places = self._places.get(identifier, ())
        if not places:
            raise InputError(
                f"no rows of the train split have identifier {identifier}",
                expected="the demonstrations of the task",
            )
        return list(chain.from_iterable(pairs(found, puzzle) for found, puzzle in places))


def arc_example(name: str | None, train: Any, tests: Any) -> Example[Any, Any]:
    """A task of pairs of grids; the outputs of its tests are its answer."""
    puzzle = validate(ArcPuzzle, {"name": name, "train": train, "test": tests})
    answer = ArcAnswer(attempts=tuple((test["output"],) for test in tests))
    return Example(puzzle, answer)


def pairs(found: ArraySet, puzzle: int) -> list[dict[str, Grid]]:
    """The grids of a puzzle's rows.

    Raises:
        InputError: naming the file and row that holds none.
    """
    start, stop = int(found.puzzles[puzzle]), int(found.puzzles[puzzle + 1])
    inputs, labels = found.rows(start, stop)
    return [
        {
            "input": placed(f"{found.file('inputs')}: row {row}", _grid, asked),
            "output": placed(f"{found.file('labels')}: row {row}", _grid, solved),
        }
        for row, asked, solved in zip(range(start + 1, stop + 1), inputs, labels, strict=True)
    ]


def _grid(row: npt.NDArray[np.int32]) -> Grid:
    """The grid that 30 x 30 tokens hold, wherever it lies."""
    if len(row) != CELLS:
        raise InputError(f"the row has {len(row)} tokens", expected=str(CELLS))
    tokens = row.reshape(SIDE, SIDE)
    coloured = tokens >= FIRST
    if not coloured.any():
        raise InputError("there is no grid in it", expected="tokens of colours")
    down, right = (np.flatnonzero(coloured.any(axis)) for axis in (1, 0))
    rows, columns = slice(down[0], down[-1] + 1), slice(right[0], right[-1] + 1)
    expected = np.zeros_like(tokens)
    expected[down[-1] + 1 : down[-1] + 2, columns] = END
    expected[rows, right[-1] + 1 : right[-1] + 2] = END
    expected[rows, columns] = tokens[rows, columns]
    if not coloured[rows, columns].all() or (expected != tokens).any():
        raise InputError("its tokens are no grid with end markers below and to the right")
    return to_grid(tokens[rows, columns] - FIRST)
