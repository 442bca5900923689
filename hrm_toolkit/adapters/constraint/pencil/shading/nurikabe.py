"""Nurikabe: islands of as many cells as their number, in one sea without 2x2 squares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from hrm_toolkit.adapters.constraint.generate import other
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil.answers import ShadingAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Board, Shading
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    cells,
    connected,
    grown,
    islands_of,
    layout,
    no_square,
    on,
    pairs,
    pruned,
)
from hrm_toolkit.adapters.constraint.pieces import Islands
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import WrongAnswer

_MOVES = 40


class NurikabePuzzle(Board):
    """The size of each island in one of its cells; ``?`` where it is not told."""

    task: Literal["nurikabe"] = "nurikabe"
    pattern, meaning = r"\?|[1-9]\d{0,3}", "the size of an island, ?, or . for none"


class NurikabeAnswer(Shading):
    """1 where the sea is."""

    task: Literal["nurikabe"] = "nurikabe"


class NurikabeAdapter(ShadingAdapter[NurikabePuzzle, NurikabeAnswer]):
    """Nurikabe."""

    task = title = "nurikabe"
    summary = "shade one connected sea without 2x2 squares around islands of given sizes"
    puzzle_type, answer_type = NurikabePuzzle, NurikabeAnswer
    default_sizes = (5, 6)

    def declare(self, puzzle: NurikabePuzzle) -> Problem:
        problem = Problem(words=self.words)
        sea = problem.grid(*puzzle.shape)
        index = {cell: k for k, cell in enumerate(cells(puzzle.shape))}
        islands = Islands(
            label="island",
            where="the islands",
            nodes=on(sea, index, 0),
            edges=tuple((index[a], index[b]) for a, b in pairs(puzzle.shape)),
            clues=tuple(
                (index[cell], 0 if clue == "?" else int(clue))
                for cell, clue in puzzle.clues.items()
            ),
        )
        problem.add(islands, no_square(sea, 1, "shaded"), connected(sea, 1, "shaded"))
        return problem

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[NurikabePuzzle, Values]:
        """A sea grown to the end; where another answer differs, a clue moves to where it is sea."""
        shape = height, width
        while True:
            largest = (height + width) // 2 + 1
            held = pruned(rng, shape, grown(rng, shape), largest)
            islands = islands_of(shape, held)
            x = np.array([int(cell in held) for cell in cells(shape)], np.int64)
            if not islands:
                continue
            at = [island[int(rng.integers(len(island)))] for island in islands]
            for _ in range(_MOVES):
                sizes = {cell: len(island) for cell, island in zip(at, islands, strict=True)}
                puzzle = self.board(layout(shape, sizes.get))
                found = other(self.declare(puzzle), x)
                if found is None:
                    return puzzle, x
                sea = found.reshape(shape)
                wet = [(k, c) for k, island in enumerate(islands) for c in island if sea[c]]
                if not wet:
                    break
                k, at[k] = wet[int(rng.integers(len(wet)))]

    def wrong_answers(self) -> Sequence[WrongAnswer[NurikabePuzzle, NurikabeAnswer]]:
        return self.wrong(
            "2 . .\n. . .\n. . 2",
            {
                "the island of row 1 column 1 has 1 cells and not 2": [
                    [0, 1, 1],
                    [1, 1, 0],
                    [1, 1, 0],
                ],
                "the 2x2 square at row 2 column 1 is all shaded": [[0, 0, 1], [1, 1, 0], [1, 1, 0]],
                "cut off from the others": [[0, 0, 1], [1, 0, 1], [1, 1, 0]],
                "the clue at row 1 column 1 is covered": [[1, 0, 1], [1, 1, 1], [1, 0, 0]],
            },
        )
