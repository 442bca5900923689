"""Double choco: divide the board into blocks of a grey and a white half that are of one shape."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Literal

import numpy as np

from hrm_toolkit.adapters.constraint.generate import other
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil import codes
from hrm_toolkit.adapters.constraint.pencil.answers import DivisionAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Board, Clue, Division
from hrm_toolkit.adapters.constraint.pencil.division.halves import Halves, bits
from hrm_toolkit.adapters.constraint.pencil.geometry import Cell, Shape, cells, layout, pairs, place
from hrm_toolkit.adapters.constraint.pencil.tasks import rooms_of
from hrm_toolkit.adapters.constraint.pieces import Partition, bounded
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import OptionError, WrongAnswer
from hrm_toolkit.core.rules import Place
from hrm_toolkit.core.scene import PALE

GREY = "#"
_LARGEST = 4
"""Cells in a half of a puzzle that is made."""


class DbchocoPuzzle(Board):
    """Grey cells, and numbers in grey and white ones: how many cells their half has."""

    task: Literal["dbchoco"] = "dbchoco"
    pattern = rf"{GREY}|{GREY}?(\?|[1-9]\d{{0,3}})"
    meaning = "# for a grey cell, a number (#3 in a grey cell), or . for a white one"

    @property
    def grey(self) -> list[Cell]:
        """The grey cells."""
        return [cell for cell, clue in self.clues.items() if str(clue).startswith(GREY)]

    @property
    def sizes(self) -> dict[Cell, int]:
        """The numbers that are told."""
        told = {cell: str(clue).removeprefix(GREY) for cell, clue in self.clues.items()}
        return {cell: int(text) for cell, text in told.items() if text.isdecimal()}


class DbchocoAnswer(Division):
    """The number of each cell's block."""

    task: Literal["dbchoco"] = "dbchoco"


class DbchocoAdapter(DivisionAdapter[DbchocoPuzzle, DbchocoAnswer]):
    """Double choco."""

    task, title = "dbchoco", "double choco"
    summary = "divide the board into blocks of a grey and a white half of one shape and size"
    puzzle_type, answer_type = DbchocoPuzzle, DbchocoAnswer
    default_sizes = (4,)
    largest = 6
    bare = GREY

    def declare(self, puzzle: DbchocoPuzzle) -> Problem:
        grey, shape = puzzle.grey, puzzle.shape
        white = sorted({*cells(shape)} - {*grey})
        half = min(len(grey), len(white))
        found = Halves(shape, grey, white, puzzle.sizes, half)
        return self._divided(shape, (one | two for one, two in found))

    def _divided(self, shape: Shape, blocks: Iterable[int]) -> Problem:
        """A board that some of these blocks, as bits, cover."""
        problem = Problem(words=self.words)
        index = {cell: k for k, cell in enumerate(cells(shape))}
        borders = tuple(
            (index[a], index[b], problem.var(f"the side of {place(a)} and {place(b)}",
                                             place=(*a, *b)))
            for a, b in pairs(shape)
        )  # fmt: skip
        problem.add(
            Partition(
                label="block",
                where="each block is a grey and a white half of one shape, as large as they say",
                cells=tuple(map(place, index)),
                borders=borders,
                pieces=bounded(tuple(sorted(bits(block))) for block in blocks),
            )
        )
        return problem

    def read_board(self, text: codes.Text, shape: Shape) -> DbchocoPuzzle:
        grey = codes.read_bits(text, shape[0] * shape[1])
        told = codes.NUMBER.read(text, shape[0] * shape[1])
        return self.board(codes.rows([*map(_clue, grey, told)], shape))

    def write_board(self, puzzle: DbchocoPuzzle) -> str:
        grey = set(puzzle.grey)
        told = [str(clue or "").removeprefix(GREY) for row in puzzle.grid for clue in row]
        numbers = [int(text) if text.isdecimal() else text or None for text in told]
        return codes.write_bits([int(cell in grey) for cell in cells(puzzle.shape)]) + (
            codes.NUMBER.write(numbers)
        )

    def look(self, text: str) -> tuple[str, str | None]:
        return text.removeprefix(GREY).replace(".", ""), PALE if text.startswith(GREY) else None

    def only(self, puzzle: DbchocoPuzzle, kept: Collection[Place]) -> DbchocoPuzzle:
        sizes = {cell: size for cell, size in puzzle.sizes.items() if cell in kept}
        return self._told(puzzle.shape, puzzle.grey, sizes)

    def _told(
        self, shape: Shape, grey: Collection[Cell], sizes: Mapping[Cell, int]
    ) -> DbchocoPuzzle:
        return self.board(layout(shape, lambda cell: _clue(int(cell in grey), sizes.get(cell))))

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[DbchocoPuzzle, Values]:
        """Blocks and their halves at random; numbers that no other answer has; some are spared."""
        shape, board = (height, width), cells((height, width))
        if len(board) % 2:
            raise OptionError(
                "blocks of two halves do not cover such a board",
                expected="an even number of cells",
                got=f"{height}x{width}",
            )
        ways = _ways(shape)
        while True:
            blocks = _filled(rng, shape, [*ways])
            halves = [ways[block][int(rng.integers(len(ways[block])))] for block in blocks]
            grey = {board[k] for half in halves for k in bits(half)}
            x, size, told = _borders(shape, blocks), _sizes(shape, blocks), dict[Cell, int]()
            while True:
                puzzle = self._told(shape, grey, told)
                found = other(self.declare(puzzle), x)
                if found is None:
                    return self.spared(puzzle, x, rng), x
                theirs = _sizes(shape, _parts(shape, found))
                wrong = [cell for cell in board if theirs[cell] != size[cell]]
                if not wrong:
                    break
                cell = wrong[int(rng.integers(len(wrong)))]
                told[cell] = size[cell]

    def wrong_answers(self) -> Sequence[WrongAnswer[DbchocoPuzzle, DbchocoAnswer]]:
        return self.wrong(
            "# # .\n#3 . .",
            {
                "the piece at row 1 column 1, of 3, is none": [[0, 0, 1], [0, 1, 1]],
                "the piece at row 1 column 1, of 2, is none": [[0, 1, 1], [0, 2, 2]],
                "the piece at row 1 column 1, of 5, is none": [[0, 0, 0], [0, 0, 1]],
                "the piece at row 1 column 3, of 2, is none": [[0, 0, 1], [0, 0, 1]],
            },
        )


def _clue(grey: int, told: Clue) -> Clue:
    """What stands in a cell of a colour with a number, or without one."""
    return f"{GREY}{told or ''}" if grey else told


@lru_cache(maxsize=8)
def _ways(shape: Shape) -> dict[int, list[int]]:
    """Every block on a board without colours, as bits, with the halves that may be its grey one."""
    board, ways = cells(shape), dict[int, list[int]]()
    for grey, white in Halves(shape, board, board, {}, _LARGEST):
        ways.setdefault(grey | white, []).append(grey)
    return ways


def _filled(rng: np.random.Generator, shape: Shape, blocks: Sequence[int]) -> list[int]:
    """Blocks at random that cover the board, laid where fewest fit."""
    # Shape (blocks, cells): the cells of each.
    covers = np.array(
        [[block >> k & 1 for k in range(len(cells(shape)))] for block in blocks], bool
    )
    while True:
        left, free, laid = covers, np.ones(covers.shape[1], bool), list[int]()
        numbers = np.arange(len(blocks))
        while free.any() and left[:, free].any(0).all():
            ways = np.where(free, left.sum(0), len(blocks) + 1)
            fit = np.flatnonzero(left[:, ways.argmin()])
            chosen = fit[rng.integers(len(fit))]
            laid.append(blocks[numbers[chosen]])
            free &= ~left[chosen]
            apart = ~left[:, left[chosen]].any(1)
            left, numbers = left[apart], numbers[apart]
        if not free.any():
            return laid


def _parts(shape: Shape, x: Values) -> list[int]:
    """The parts between borders, as bits."""
    room = rooms_of(shape, {two for two, held in zip(pairs(shape), x, strict=True) if held})
    parts = dict[int, int]()
    for k, cell in enumerate(cells(shape)):
        parts[room[cell]] = parts.get(room[cell], 0) | 1 << k
    return list(parts.values())


def _borders(shape: Shape, blocks: Iterable[int]) -> Values:
    """The borders between blocks, as an answer's values."""
    block_of = {cells(shape)[k]: block for block in blocks for k in bits(block)}
    return np.array([int(block_of[a] != block_of[b]) for a, b in pairs(shape)], np.int64)


def _sizes(shape: Shape, blocks: Iterable[int]) -> dict[Cell, int]:
    """How many cells the half of each cell has."""
    return {cells(shape)[k]: block.bit_count() // 2 for block in blocks for k in bits(block)}
