"""Puzzles that clients ask for, with what is known of their answers: for ``faults.py``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import AnyAdapter, Puzzle

_SIZES: dict[str, tuple[tuple[str | None, tuple[int, ...], int], ...]] = {
    # By task: a solver (None: the server chooses), sizes, and how many puzzles of it.
    "sudoku": (("sudoku", (9,), 40), ("sudoku-4x4", (4,), 20), (None, (4, 9), 20)),
    "maze": (("maze", (5, 7, 9, 11, 15), 40), (None, (21, 30), 10)),
    "graph": (("graph", (6, 8, 10), 30), (None, (12, 20), 10)),
}
_CONTRADICTORY = ("11..  ....  ....  ....", "S#G")


@dataclass
class Asked:
    """A puzzle of the pool.

    Attributes:
        solvable: whether it is known to have an answer.
        answer: a right one, where it is.
    """

    adapter: AnyAdapter
    puzzle: Puzzle
    solver: str | None
    solvable: bool
    answer: Any = None

    @property
    def text(self) -> str:
        """As a client sends it."""
        return self.puzzle.model_dump_json()


def make_pool(seed: int) -> list[Asked]:
    """Puzzles of every bundle, and some that contradict themselves."""
    pool: list[Asked] = []
    for task, kinds in _SIZES.items():
        adapter = get_adapter(task)
        for solver, sizes, number in kinds:
            for index in range(number):
                rng = np.random.default_rng([seed, 101, len(pool)])
                example = adapter.generate(rng, size=sizes[index % len(sizes)])
                pool.append(Asked(adapter, example.puzzle, solver, True, example.answer))
    for text in _CONTRADICTORY:
        adapter = get_adapter("maze" if "S" in text else "sudoku")
        pool.append(Asked(adapter, adapter.parse(text), None, False))
    return pool
