"""Write nurikabe of few and large islands, for networks that are to solve people's.

``islands.py 500 21 islands.jsonl 9,10,10`` writes 500 of seed 21, two thirds of them 10x10.

A sea is grown to the end, then cells of it join islands as long as it hangs together. Clues move
to where another answer has sea, as where puzzles are made; what then still leaves another answer
gets cells of its own one told, up to a sixth of all. So a puzzle has islands as large as people's,
which seldom have one answer by their clues alone; one that has is written as a nurikabe, the
others as the task ``problem``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from problem_lines import Stated, parser, write

from hrm_toolkit.adapters.constraint.generate import other
from hrm_toolkit.adapters.constraint.kinds import exactly
from hrm_toolkit.adapters.constraint.pencil.geometry import cells, grown, islands_of, layout
from hrm_toolkit.adapters.constraint.pencil.shading.nurikabe import NurikabeAdapter, NurikabePuzzle

NURIKABE = NurikabeAdapter()
MOVES, TOLD, LARGEST = 25, 30, (5, 12)
Cell = tuple[int, int]
Ints = npt.NDArray[np.int64]


class Made(NamedTuple):
    """A nurikabe, 1 for each cell of the sea, and the places of cells that are told besides."""

    puzzle: NurikabePuzzle
    answer: Ints
    given: list[int]


def joined(rng: np.random.Generator, shape: Cell, held: set[Cell], largest: int) -> set[Cell]:
    """What is left of a sea where cells of it joined islands, in two passes over it."""
    order = [cell for cell in cells(shape) if cell in held]
    for _ in range(2):
        for k in rng.permutation(len(order)).tolist():
            rest = held - {order[k]}
            if len(rest) < 2 or len(rest) == len(held):
                continue
            if len(islands_of(shape, set(cells(shape)) - rest)) != 1:
                continue
            island = next(part for part in islands_of(shape, rest) if order[k] in part)
            if len(island) <= rng.integers(2, largest + 1):
                held = rest
    return held


def made(rng: np.random.Generator, side: int) -> Made:
    """A puzzle with one answer."""
    shape = side, side
    every = list(cells(shape))
    while True:
        largest = int(rng.integers(*LARGEST))
        held = joined(rng, shape, set(grown(rng, shape)), largest)
        islands = islands_of(shape, held)
        if not islands:
            continue
        answer = np.array([int(cell in held) for cell in every], np.int64)
        found = clued(rng, shape, islands, answer)
        if found is not None:
            return found


def clued(
    rng: np.random.Generator, shape: Cell, islands: list[list[Cell]], answer: Ints
) -> Made | None:
    """Clues for islands, and cells told besides, that leave one answer; None where too many."""
    at = [island[int(rng.integers(len(island)))] for island in islands]
    given: list[int] = []
    doubts = 0
    for move in range(MOVES + TOLD):
        sizes = {cell: len(island) for cell, island in zip(at, islands, strict=True)}
        puzzle = NURIKABE.board(layout(shape, sizes.get))
        problem = NURIKABE.declare(puzzle)
        problem.add(exactly("given", 1, [(k, int(answer[k]))]) for k in given)
        found = other(problem, answer)
        if found is None:
            return Made(puzzle, answer, given)
        if found is answer:
            # The search gave up: with a few cells more it will not.
            order = rng.permutation(len(answer)).tolist()
            given += [k for k in order if k not in given][:4]
            doubts += 1
            if doubts > 3:
                return None
            continue
        sea = found.reshape(shape)
        wet = [(k, cell) for k, island in enumerate(islands) for cell in island if sea[cell]]
        if move < MOVES and wet:
            k, at[k] = wet[int(rng.integers(len(wet)))]
            continue
        given.append(int(rng.choice(np.flatnonzero(found != answer))))
        if len(given) > len(answer) // 6:
            return None
    return None


def stated(one: Made) -> Stated:
    """Puzzle and answer as JSON."""
    if not one.given:
        answer = NURIKABE.answer_of(one.puzzle, one.answer)
        return one.puzzle.model_dump(mode="json"), answer.model_dump(mode="json")
    height, width = one.puzzle.shape
    names = {(r, c): f"x[{r + 1},{c + 1}]" for r, c in cells(one.puzzle.shape)}
    every = list(names.values())
    clues = [[names[cell], int(size)] for cell, size in one.puzzle.clues.items()]
    rules: list[dict[str, object]] = [
        {"kind": "Islands", "of": [f"{name}=0" for name in every], "clues": clues}
    ]
    for r in range(height - 1):
        for c in range(width - 1):
            square = [names[at] for at in ((r, c), (r, c + 1), (r + 1, c), (r + 1, c + 1))]
            rules.append({"kind": "Count", "of": [f"{name}=1" for name in square], "high": 3})
    rules.append({"kind": "Connected", "of": [f"{name}=1" for name in every]})
    told = [f"{every[k]}={one.answer[k]}" for k in sorted(one.given)]
    rules += [{"kind": "Count", "of": [literal], "equals": 1} for literal in told]
    grid = {"rows": height, "columns": width, "low": 0, "high": 1}
    values = {"x": one.answer.reshape(height, width).tolist()}
    puzzle: dict[str, object] = {"task": "problem", "grids": {"x": grid}, "constraints": rules}
    return puzzle, {"task": "problem", "values": values}


def many(count: int, seed: int, sides: list[int]) -> Iterator[Stated]:
    """So many, on boards of sides drawn for each."""
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        yield stated(made(rng, sides[int(rng.integers(len(sides)))]))


if __name__ == "__main__":
    asking = parser(__doc__)
    asking.add_argument("sides", help="of the boards, by commas; one is drawn for each")
    asked = asking.parse_args()
    write(asked.out, many(asked.count, asked.seed, [*map(int, asked.sides.split(","))]))
