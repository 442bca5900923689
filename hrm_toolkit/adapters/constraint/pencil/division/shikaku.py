"""Shikaku: divide the board into rectangles, each of the size of its one number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from hrm_toolkit.adapters.constraint.generate import other
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil.answers import DivisionAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Board, Division
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    Cell,
    Pair,
    Shape,
    cells,
    layout,
    pairs,
    place,
)
from hrm_toolkit.adapters.constraint.pencil.tasks import rooms_of
from hrm_toolkit.adapters.constraint.pieces import Partition, bounded
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import WrongAnswer

_MOVES = 30


class ShikakuPuzzle(Board):
    """The size of each rectangle in one of its cells; ``?`` where it is not told."""

    task: Literal["shikaku"] = "shikaku"
    pattern, meaning = r"\?|[1-9]\d{0,3}", "the size of a rectangle, ?, or . for none"


class ShikakuAnswer(Division):
    """The number of each cell's rectangle."""

    task: Literal["shikaku"] = "shikaku"


class ShikakuAdapter(DivisionAdapter[ShikakuPuzzle, ShikakuAnswer]):
    """Shikaku."""

    task = title = "shikaku"
    summary = "divide the board into rectangles, each of the size of its one number"
    puzzle_type, answer_type = ShikakuPuzzle, ShikakuAnswer
    default_sizes = (5, 6)

    def declare(self, puzzle: ShikakuPuzzle) -> Problem:
        problem = Problem(words=self.words)
        index = {cell: k for k, cell in enumerate(cells(puzzle.shape))}
        borders = tuple(
            (
                index[a],
                index[b],
                problem.var(f"the side of {place(a)} and {place(b)}", place=(*a, *b)),
            )
            for a, b in pairs(puzzle.shape)
        )
        pieces = bounded(tuple(index[cell] for cell in piece) for piece in _rectangles(puzzle))
        problem.add(
            Partition(
                label="rectangle",
                where="each rectangle has one number, which is its size",
                cells=tuple(map(place, cells(puzzle.shape))),
                borders=borders,
                pieces=pieces,
            )
        )
        return problem

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[ShikakuPuzzle, Values]:
        """Rectangles at random; numbers move until there is no other answer."""
        shape = height, width
        while True:
            room = _divided(rng, shape)
            x = np.array([int(room[a] != room[b]) for a, b in pairs(shape)], np.int64)
            parts: dict[int, list[Cell]] = {}
            for cell in cells(shape):
                parts.setdefault(room[cell], []).append(cell)
            at = {k: part[int(rng.integers(len(part)))] for k, part in parts.items()}
            for _ in range(_MOVES):
                sizes = {at[k]: len(part) for k, part in parts.items()}
                puzzle = self.board(layout(shape, sizes.get))
                found = other(self.declare(puzzle), x)
                if found is None:
                    return puzzle, x
                differs = {two for two, v in zip(pairs(shape), found != x, strict=True) if v}
                touched = sorted({room[cell] for two in differs for cell in two})
                if not touched:
                    break
                k = touched[int(rng.integers(len(touched)))]
                at[k] = parts[k][int(rng.integers(len(parts[k])))]

    def wrong_answers(self) -> Sequence[WrongAnswer[ShikakuPuzzle, ShikakuAnswer]]:
        return self.wrong(
            "4 . 2\n. . .\n. 3 .",
            {
                "the piece at row 1 column 1, of 9, is none": [[0, 0, 0]] * 3,
                "the piece at row 1 column 3, of 3, is none": [[0, 0, 1], [0, 0, 1], [2, 2, 1]],
                "the piece at row 2 column 1, of 6, is none": [[0, 0, 0], [1, 1, 1], [1, 1, 1]],
            },
        )


def _rectangles(puzzle: ShikakuPuzzle) -> Iterator[list[Cell]]:
    """Every rectangle with one clue, of its size."""
    height, width = puzzle.shape
    clues = puzzle.clues
    has = np.zeros((height + 1, width + 1), np.int64)
    for r, c in clues:
        has[r + 1, c + 1] = 1
    has = has.cumsum(0).cumsum(1)
    for (r, c), clue in clues.items():
        size = None if clue == "?" else int(clue)
        for h in range(1, height + 1):
            for w in range(1, width + 1) if size is None else [size // h] if size % h == 0 else []:
                for top in range(max(0, r - h + 1), min(r, height - h) + 1):
                    for left in range(max(0, c - w + 1), min(c, width - w) + 1):
                        low, right = top + h, left + w
                        inner = has[low, right] - has[top, right] - has[low, left] + has[top, left]
                        if inner == 1:
                            yield [(i, j) for i in range(top, low) for j in range(left, right)]


def _divided(rng: np.random.Generator, shape: Shape) -> dict[Cell, int]:
    """Rectangles of at most six cells that cover the board."""
    borders = set[Pair]()
    todo = [(0, 0, *shape)]
    while todo:
        top, left, h, w = todo.pop()
        if h * w <= 2 or (h * w <= 6 and rng.random() < 0.7):
            continue
        down = h > w or (h == w and rng.random() < 0.5)
        k = int(rng.integers(1, h if down else w))
        if down:
            borders |= {((top + k - 1, c), (top + k, c)) for c in range(left, left + w)}
            todo += [(top, left, k, w), (top + k, left, h - k, w)]
        else:
            borders |= {((r, left + k - 1), (r, left + k)) for r in range(top, top + h)}
            todo += [(top, left, h, k), (top, left + k, h, w - k)]
    return rooms_of(shape, borders)
