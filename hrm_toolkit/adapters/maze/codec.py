"""Tokens of mazes: one a cell, and the waves that lead to the labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from hrm_toolkit.adapters.grid import DIRECTIONS, around, distances, fence, moves
from hrm_toolkit.adapters.maze.rules import MazeAnswer, MazeField, MazePuzzle, MazeState
from hrm_toolkit.core import NOT_YET, Codec, InputError, Probabilities, Process, Tokens, TokenSpec
from hrm_toolkit.core.codec import wave_words

WALL, OPEN, PATH = 1, 2, 5
IDS = bytes.maketrans(b"#.SG", bytes([WALL, OPEN, 3, 4]))
"""Tokens of the bytes that a maze is written with."""


class MazeCodec(Codec[MazePuzzle, MazeAnswer]):
    """One token a cell, row-major; ids as published for mazes written over ``# SGo``."""

    spec = TokenSpec(vocabulary=("<pad>", "wall", "open", "start", "goal", "path"))
    hints: ClassVar[int] = NOT_YET + 3
    hint_words: ClassVar[Mapping[int, str]] = wave_words("the goal")

    def encode(self, puzzle: MazePuzzle) -> Tokens:
        ids = "".join(puzzle.grid).encode("ascii").translate(IDS)
        return np.frombuffer(ids, np.uint8).astype(np.int32)

    def labels(self, puzzle: MazePuzzle, answer: MazeAnswer) -> Tokens:
        """The maze with every cell that lies on some shortest path marked, whatever ``answer`` is.

        A maze has many shortest paths; their union depends on the maze alone. Start and goal
        keep their tokens, and without any path this is ``encode(puzzle)``.
        """
        tokens = self.encode(puzzle)
        field = MazeField.of(puzzle)
        for wave in _towards_goal(field, field.to_goal()):
            tokens[field.positions(wave)] = PATH
        return tokens

    def process(self, puzzle: MazePuzzle) -> Process:
        """A wave from the goal, one cell a step, then the way back from the start against it.

        A cell that the wave has reached knows its distance from the goal modulo 3, which tells its
        neighbours nearer from those farther. One step after the wave has come to the start, the
        cells next to it on shortest paths are marked, and so on to the goal.
        """
        field = MazeField.of(puzzle)
        steps = distances(field.free, field.stride, field.goal)
        cells = np.flatnonzero(np.frombuffer(field.free, np.bool_))
        at, far = field.positions(cells), np.array(steps)[cells]
        hints, hint_steps, label_steps = np.zeros((3, len(self.encode(puzzle))), np.int32)
        hints[at] = np.where(far < 0, NOT_YET, NOT_YET + 1 + far % 3)
        hint_steps[at] = np.maximum(far, 0)
        for number, wave in enumerate(_towards_goal(field, steps), 1):
            label_steps[field.positions(wave)] = steps[field.start] + number
        return Process(hints, hint_steps, label_steps)

    def decode(self, puzzle: MazePuzzle, tokens: Tokens) -> MazeAnswer:
        """A walk over the cells marked as path, which breaks off where the marks do.

        Marked cells are numbered by their distance from the start among marked cells, and the
        walk takes the first neighbour, in the order north, south, east, west, that is one
        farther. It never turns back, tries no second way and leaves no marked cell, so it is no
        search: on the union of shortest paths every such step leads on to the goal, and on
        anything less it may end in a path that the rules refute.

        Raises:
            InputError: when there is not one token a cell.
        """
        height, width = puzzle.shape
        if tokens.shape != (height * width,):
            raise InputError(
                f"the tokens have shape {tokens.shape}",
                expected=f"({height * width},), one a cell of the {height}x{width} maze",
            )
        field = MazeField.of(puzzle)
        free, stride = self._marked(puzzle, tokens)
        return field.walk(distances(free, stride, field.start, until=field.goal), 1)

    def may_be_right(self, puzzle: MazePuzzle, tokens: Tokens) -> bool:
        """Whether the marks lead from the start to the goal."""
        height, width = puzzle.shape
        if tokens.shape != (height * width,):
            return False
        free, stride = self._marked(puzzle, tokens)
        text = "".join(puzzle.grid)
        start, goal = (at + at // width + stride for at in map(text.index, "SG"))
        # From the goal, where marks come last: most answers that are not right end there at once.
        return moves(free, stride, goal, start) >= 0

    def _marked(self, puzzle: MazePuzzle, tokens: Tokens) -> tuple[bytes, int]:
        """The cells marked as path, start and goal among them, fenced; no wall is."""
        given = self.encode(puzzle)
        marked = ((tokens == PATH) & (given != WALL)) | (given > OPEN)
        return fence(marked.reshape(puzzle.shape))

    def preference(
        self, puzzle: MazePuzzle, state: MazeState, action: Any, probabilities: Probabilities
    ) -> float:
        """The probability of ``path`` at the cell stepped to; 1 for the goal."""
        down, right = DIRECTIONS[action]
        row, column = state.cell[0] + down, state.cell[1] + right
        if puzzle.grid[row][column] == "G":
            return 1.0
        return float(probabilities[row * len(puzzle.grid[0]) + column, PATH])


def _towards_goal(field: MazeField, steps: list[int]) -> Iterator[list[int]]:
    """Cells on shortest paths between start and goal, nearest to the start first."""
    wave = {field.start}
    for left in range(steps[field.start] - 1, 0, -1):
        wave = {n for cell in wave for n in around(cell, field.stride) if steps[n] == left}
        yield sorted(wave)
