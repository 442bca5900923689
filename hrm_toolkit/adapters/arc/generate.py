"""Made-up tasks of ARC's kind: one hidden program, a few demonstrations of it, a test input."""

from __future__ import annotations

import numpy as np

from hrm_toolkit.adapters.arc.operations import Array
from hrm_toolkit.adapters.arc.rules import (
    ATTEMPTS,
    ArcAnswer,
    ArcPair,
    ArcPuzzle,
    ArcTest,
    candidates,
    to_grid,
)
from hrm_toolkit.adapters.arc.search import COLOURS, Program
from hrm_toolkit.core import Example

STEPS = {"single": 1, "composed": 2}
"""Hidden steps by difficulty; a recolouring counts as one."""

HIDDEN = (
    *("turn left", "turn half", "turn right"),
    *("mirror left-right", "mirror up-down", "transpose", "anti-transpose"),
    *("scale 2", "scale 3", "tile 1 x 2", "tile 2 x 1", "tile 2 x 2", "tile 3 x 3"),
    *("mirror to the right", "mirror below", "largest patch", "box"),
)
"""Operations that a hidden program may use."""

TRIES = 1000


def draw_task(
    rng: np.random.Generator, side: int, difficulty: str
) -> Example[ArcPuzzle, ArcAnswer]:
    """A task whose hidden rule the program search finds from the demonstrations alone.

    Args:
        side: the longest side of an input, at least 3.
        difficulty: a key of ``STEPS``.
    """
    for _ in range(TRIES):
        program = _program(rng, STEPS[difficulty])
        tests = 1 + int(rng.random() < 0.2)
        inputs = [_grid(rng, side) for _ in range(3 + tests)]
        outputs = [program(grid) for grid in inputs]
        pairs = [
            (to_grid(i), to_grid(o))
            for i, o in zip(inputs, outputs, strict=True)
            if o is not None and not np.array_equal(i, o)
        ]
        if len({i for i, _ in pairs}) < len(inputs):
            continue
        puzzle = ArcPuzzle(
            train=tuple(ArcPair(input=i, output=o) for i, o in pairs[:3]),
            test=tuple(ArcTest(input=i, output=o) for i, o in pairs[3:]),
        )
        found, _ = candidates(puzzle)
        if all(o in grids[:ATTEMPTS] for (_, o), grids in zip(pairs[3:], found, strict=True)):
            return Example(puzzle, ArcAnswer(attempts=tuple((o,) for _, o in pairs[3:])))
    raise AssertionError(f"no task in {TRIES} tries: the hidden operations do not fit the search")


def _program(rng: np.random.Generator, steps: int) -> Program:
    recolour = None
    if rng.random() < 0.4:
        recolour = (0, *(rng.permutation(COLOURS - 1) + 1).tolist(), -1)
    count = steps - (recolour is not None)
    return Program(tuple(str(name) for name in rng.choice(HIDDEN, count)), recolour)


def _grid(rng: np.random.Generator, side: int) -> Array:
    """Coloured noise, or two to four rectangles on a blank ground."""
    height, width = (int(n) for n in rng.integers(2, side + 1, 2))
    palette = rng.permutation(COLOURS - 1)[:4] + 1
    if rng.random() < 0.5:
        coloured = rng.random((height, width)) < 0.6
        return np.where(coloured, rng.choice(palette, (height, width)), 0).astype(np.uint8)
    grid = np.zeros((height, width), np.uint8)
    for colour in palette[: rng.integers(2, 5)]:
        top, left = int(rng.integers(height)), int(rng.integers(width))
        tall, wide = rng.integers(1, max(side // 2, 2) + 1, 2)
        grid[top : top + tall, left : left + wide] = colour
    return grid
