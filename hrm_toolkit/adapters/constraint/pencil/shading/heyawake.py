"""Heyawake: rooms with so many shaded cells; no unshaded line crosses two borders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from hrm_toolkit.adapters.constraint.generate import drawn, other, thin
from hrm_toolkit.adapters.constraint.kinds import exactly, some
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil.answers import ShadingAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Rooms, Shading
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    Cell,
    cells,
    connected,
    none_adjacent,
    on,
    place,
    ray,
)
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import WrongAnswer

_SPARED = 0.5
"""The largest share of the numbers that are not needed which a puzzle tells all the same."""

Block = tuple[int, int, int, int]
"""Top row, left column, height, width."""


class HeyawakePuzzle(Rooms):
    """Rooms, some with the number of their shaded cells."""

    task: Literal["heyawake"] = "heyawake"


class HeyawakeAnswer(Shading):
    """1 where a cell is shaded."""

    task: Literal["heyawake"] = "heyawake"


class HeyawakeAdapter(ShadingAdapter[HeyawakePuzzle, HeyawakeAnswer]):
    """Heyawake."""

    task = title = "heyawake"
    summary = "shade cells apart, so many a room, without an unshaded line over two borders"
    puzzle_type, answer_type = HeyawakePuzzle, HeyawakeAnswer
    default_sizes = (6, 7)

    def declare(self, puzzle: HeyawakePuzzle) -> Problem:
        problem = Problem(words=self.words)
        grid = problem.grid(*puzzle.shape)
        problem.add(none_adjacent(grid, "shaded"), connected(grid, 0, "unshaded"))
        for number, room in zip(puzzle.numbers, puzzle.by_room, strict=False):
            if number is not None:
                where = f"the room at {place(room[0])}"
                says = f"{{where}} has {{n}} shaded cells and not {number}"
                problem.add(
                    exactly("room", number, on(grid, room), where=where, says=says, clue=room[0])
                )
        for line in _lines(puzzle):
            where = f"the line from {place(line[0])} to {place(line[-1])}"
            says = "{where} crosses two borders unshaded"
            problem.add(some("line", on(grid, line), where=where, says=says))
        return problem

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[HeyawakePuzzle, Values]:
        """Rooms at random, a dense answer; rooms are cut so that each cut refutes another, and then
        of their numbers those are left that are needed, and some more."""
        while True:
            blocks = _blocks(rng, height, width)
            bare = self.roomed(_rooms(blocks, height, width))
            x = drawn(self.declare(bare), rng, prefer=1)
            if x is not None:
                grid = x.reshape(height, width)
                puzzle = self._cut(blocks, grid, rng)
                kept = None if puzzle is None else thin(self.declare(puzzle), x, rng)
                if puzzle is not None and kept is not None:
                    spared = _SPARED * rng.random()
                    numbers = [
                        number if room[0] in kept or rng.random() < spared else None
                        for number, room in zip(puzzle.numbers, puzzle.by_room, strict=True)
                    ]
                    return self.roomed(puzzle.rooms, numbers), x

    def _cut(
        self, blocks: list[Block], grid: Values, rng: np.random.Generator
    ) -> HeyawakePuzzle | None:
        """Cut rooms until the grid is the only answer; None where no cut helps."""
        height, width = grid.shape
        while True:
            numbers = [_shaded(grid, block) for block in sorted(blocks)]
            puzzle = self.roomed(_rooms(blocks, height, width), numbers)
            problem = self.declare(puzzle)
            if not problem.holds(grid.ravel()):
                return None
            found = other(problem, grid.ravel())
            if found is None:
                return puzzle
            cuts = [
                (rng.random() * block[2] * block[3], k, halves)
                for k, block in enumerate(blocks)
                for halves in _halves(block)
                if _shaded(grid, halves[0]) != _shaded(found.reshape(grid.shape), halves[0])
            ]
            for _, k, halves in sorted(cuts, reverse=True):
                trial = [*blocks[:k], *blocks[k + 1 :], *halves]
                lines = _lines(self.roomed(_rooms(trial, height, width)))
                if all(any(grid[cell] for cell in line) for line in lines):
                    blocks = trial
                    break
            else:
                return None

    def wrong_answers(self) -> Sequence[WrongAnswer[HeyawakePuzzle, HeyawakeAnswer]]:
        return self.wrong(
            "+---+---+---+\n| 1 | . | . |\n+   +   +   +\n| . | . | . |\n+---+---+---+",
            {
                "the room at row 1 column 1 has 0 shaded cells and not 1": [[0, 1, 0], [0, 0, 1]],
                "row 1 column 1 and row 1 column 2 are both shaded": [[1, 1, 0], [0, 0, 1]],
                "the line from row 2 column 1 to row 2 column 3 crosses": [[1, 0, 0], [0, 0, 0]],
                "cut off from the others": [[0, 1, 0], [1, 0, 0]],
            },
        )


def _lines(puzzle: HeyawakePuzzle) -> Iterator[list[Cell]]:
    """The shortest lines of cells over two borders."""
    for cell in cells(puzzle.shape):
        for step in ((1, 0), (0, 1)):
            line, crossed = [cell], 0
            for there in ray(puzzle.shape, cell, step):
                walled = puzzle.walled(line[-1], there)
                line.append(there)
                crossed += walled
                if len(line) == 2 and not walled:
                    break
                if crossed == 2:
                    yield line
                    break


def _blocks(rng: np.random.Generator, height: int, width: int) -> list[Block]:
    """Rectangles of at most nine cells that cover the board."""
    blocks = [(0, 0, height, width)]
    while max(h * w for _, _, h, w in blocks) > 9:
        size = [h * w * (1 + rng.random()) for _, _, h, w in blocks]
        block = blocks.pop(int(np.argmax(size)))
        _, _, h, w = block
        along = h > w or (h == w and rng.random() < 0.5)
        ways = [half for half in _halves(block) if (half[0][2] < h) == along]
        blocks += ways[int(rng.integers(len(ways)))]
    return blocks


def _halves(block: Block) -> list[tuple[Block, Block]]:
    top, left, h, w = block
    down = [((top, left, k, w), (top + k, left, h - k, w)) for k in range(1, h)]
    return down + [((top, left, h, k), (top, left + k, h, w - k)) for k in range(1, w)]


def _shaded(grid: Values, block: Block) -> int:
    top, left, h, w = block
    return int(grid[top : top + h, left : left + w].sum())


def _rooms(blocks: Sequence[Block], height: int, width: int) -> list[list[int]]:
    """The number of each cell's room; blocks in order are rooms in reading order."""
    rooms = np.zeros((height, width), np.int64)
    for k, (top, left, h, w) in enumerate(sorted(blocks)):
        rooms[top : top + h, left : left + w] = k
    numbered: list[list[int]] = rooms.tolist()
    return numbered
