"""Tokens of ARC: a test input is 30 x 30 of them, its grid in their upper left corner."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.arc.operations import Array
from hrm_toolkit.adapters.arc.rules import ArcAnswer, ArcPuzzle, ArcState, Grid, array, to_grid
from hrm_toolkit.adapters.arc.search import COLOURS, SIDE
from hrm_toolkit.adapters.grid import coordinates
from hrm_toolkit.core import Codec, Probabilities, Structure, Tokens, TokenSpec

END, FIRST = 1, 2
CELLS = SIDE * SIDE


class ArcCodec(Codec[ArcPuzzle, ArcAnswer]):
    """30 x 30 tokens a test input: colour + 2, and an end marker along the grid's edges.

    The marker (1) stands just below the grid and just right of it, the corner stays empty, as in
    the published datasets. Demonstrations do not enter the tokens: there, the rule lives in an
    embedding that the network learns for the task.
    """

    spec = TokenSpec(vocabulary=("<pad>", "<eos>", *map(str, range(COLOURS))))

    def encode(self, puzzle: ArcPuzzle) -> Tokens:
        return np.concatenate([to_tokens(test.input) for test in puzzle.test])

    def labels(self, puzzle: ArcPuzzle, answer: ArcAnswer) -> Tokens:
        """The known output, or where there is none the first attempt, or nothing (0)."""
        parts = []
        for test, attempts in zip(puzzle.test, answer.attempts, strict=True):
            shown = test.output or next(iter(attempts), None)
            parts.append(np.zeros(CELLS, np.int32) if shown is None else to_tokens(shown))
        return np.concatenate(parts)

    def decode(self, puzzle: ArcPuzzle, tokens: Tokens) -> ArcAnswer:
        grids = map(from_tokens, tokens.reshape(-1, CELLS))
        return ArcAnswer(attempts=tuple(() if grid is None else (grid,) for grid in grids))

    def preference(
        self, puzzle: ArcPuzzle, state: ArcState, action: Any, probabilities: Probabilities
    ) -> float:
        """Geometric mean of the probabilities of the first attempt's tokens."""
        _, index, grids = action
        tokens = to_tokens(grids[0])
        scored = np.flatnonzero(tokens)
        chosen = probabilities[index * CELLS + scored, tokens[scored]]
        return float(np.exp(np.log(np.maximum(chosen, 1e-9)).mean()))


def to_tokens(grid: Grid) -> Tokens:
    """One grid in the upper left corner of 30 x 30 tokens, shape (900,), int32.

    Example:
        >>> to_tokens(((4, 0),)).reshape(30, 30)[:3, :4].tolist()
        [[6, 2, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0]]
    """
    return tokens_at(array(grid)).astype(np.int32)


def tokens_at(cells: Array, top: int = 0, left: int = 0) -> npt.NDArray[np.uint8]:
    """One grid (H, W) with its upper left corner anywhere in 30 x 30 tokens, shape (900,)."""
    height, width = cells.shape
    bottom, right = top + height, left + width
    tokens = np.zeros((SIDE, SIDE), np.uint8)
    tokens[bottom : bottom + 1, left:right] = END
    tokens[top:bottom, right : right + 1] = END
    tokens[top:bottom, left:right] = cells + np.uint8(FIRST)
    return tokens.ravel()


def from_tokens(tokens: Tokens) -> Grid | None:
    """The largest rectangle of colour tokens in the upper left corner; None if there is none.

    Of rectangles equally large the lower one loses.
    """
    rows = tokens.reshape(SIDE, SIDE)
    coloured = (rows >= FIRST) & (rows < FIRST + COLOURS)
    widths = np.minimum.accumulate(np.where(coloured.all(1), SIDE, coloured.argmin(1)))
    height = int(np.argmax(widths * np.arange(1, SIDE + 1))) + 1
    width = int(widths[height - 1])
    return to_grid(rows[:height, :width] - FIRST) if width else None


@lru_cache(maxsize=8)
def places(tests: int) -> Structure:
    """Row and column of each of the tokens of some test inputs."""
    return Structure(coordinates=np.tile(coordinates(SIDE, SIDE), (tests, 1)))
