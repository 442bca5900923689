"""Mazes in dataset folders of the published code."""

from __future__ import annotations

import math

import numpy as np

from hrm_toolkit.adapters.formats.published.arrays import Ints, Metadata
from hrm_toolkit.adapters.formats.published.layout import Layout, Row, require_tokens, side_of
from hrm_toolkit.adapters.maze.codec import OPEN, PATH
from hrm_toolkit.adapters.maze.rules import MazeAnswer, MazePuzzle
from hrm_toolkit.core import Example, InputError, validate
from hrm_toolkit.core.files import NO, SURE, Claim

_CELLS = bytes.maketrans(bytes([1, 2, 3, 4]), b"#.SG")


class MazeLayout(Layout[MazePuzzle, MazeAnswer]):
    """A row a square maze; its label is the one path that the answer walks."""

    reads = True

    def claims(self, length: int, vocabulary: int) -> Claim:
        return SURE if math.isqrt(length) ** 2 == length and vocabulary == 6 else NO

    def example(self, inputs: Row, labels: Row, facts: Metadata) -> Example[MazePuzzle, MazeAnswer]:
        side = side_of(inputs)
        require_tokens(inputs, 4)
        text = inputs.astype(np.uint8).tobytes().translate(_CELLS).decode("ascii")
        rows = [text[start : start + side] for start in range(0, len(text), side)]
        puzzle = validate(MazePuzzle, {"grid": rows})
        return Example(puzzle, self.adapter.codec.decode(puzzle, labels))

    def labels(self, example: Example[MazePuzzle, MazeAnswer], inputs: Ints) -> Ints:
        height, width = example.puzzle.shape
        labels, path = inputs.copy(), example.answer.path
        cells = [r * width + c for r, c in path if 0 <= r < height and 0 <= c < width]
        marked = np.zeros(len(labels), np.bool_)
        marked[cells] = True
        labels[marked & (inputs <= OPEN)] = PATH
        return labels

    def require_fit(self, puzzle: MazePuzzle) -> None:
        height, width = puzzle.shape
        if height != width:
            raise InputError(f"the maze is {height} x {width}", expected="a square one")
