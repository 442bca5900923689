"""Write problems of shaded cells by rules at random, for networks that are to read any:
counts.py N SEED OUT.

An answer is drawn on a board of 5x5 to 8x8: each cell by chance, or one connected shape, or cells
that touch nowhere. What kinds of rules a puzzle has is drawn, and their numbers are those that the
answer has: how many cells of a room or line are shaded, how many beside each shaded or each blank
cell, no two side by side, no square of four, all of one colour hang together. Then clues that count
around a cell, or cells told, until no other answer is left. None is one of the tasks that the
package has but by chance.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hrm_toolkit.adapters.constraint.generate import other
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    Cell,
    Shape,
    apart,
    cells,
    drawn_rooms,
    grown,
    islands_of,
    near,
    pairs,
    pruned,
)
from hrm_toolkit.adapters.constraint.stated.adapter import ProblemAdapter

SIZES = (5, 6, 7, 8)
_MOST_CLUES = 60
Rule = dict[str, Any]


def name(cell: Cell, value: int | None = None) -> str:
    """A cell, or a cell with a value, as problems write it."""
    variable = f"x[{cell[0] + 1},{cell[1] + 1}]"
    return variable if value is None else f"{variable}={value}"


def count(of: list[Cell], low: int, high: int, when: list[str] | None = None) -> Rule:
    """So many of the cells are shaded."""
    rule: Rule = {"kind": "Count", "of": [name(c, 1) for c in of], "low": low, "high": high}
    return {**rule, "when": when} if when else rule


def drawn(rng: np.random.Generator, shape: Shape) -> set[Cell]:
    """The shaded cells of an answer."""
    way = rng.integers(4)
    if way == 0:
        return pruned(rng, shape, grown(rng, shape), sum(shape) // 2 + 1)
    if way == 1:
        return apart(rng, shape)
    share = rng.uniform(0.2, 0.6)
    return {cell for cell in cells(shape) if rng.random() < share}


def everywhere(rng: np.random.Generator, shape: Shape, held: set[Cell]) -> Iterator[Rule]:
    """Rules of kinds drawn, with the numbers of the answer."""
    for line in scopes(rng, shape):
        n = len(held.intersection(line))
        yield count(line, n, n)
    for value in (0, 1):
        if rng.random() < 0.5:
            yield from beside_each(shape, held, value)
    if all(held.isdisjoint(near(shape, cell)) for cell in held):
        for a, b in pairs(shape):
            yield count([a, b], 0, 1)
    corners = cells((shape[0] - 1, shape[1] - 1))
    squares = [[(r, c), (r, c + 1), (r + 1, c), (r + 1, c + 1)] for r, c in corners]
    if max(len(held.intersection(square)) for square in squares) < 4 and rng.random() < 0.8:
        for square in squares:
            yield count(square, 0, 3)
    blank = set(cells(shape)) - held
    for value, part, rest in ((1, held, blank), (0, blank, held)):
        if part and len(islands_of(shape, rest)) == 1 and rng.random() < 0.9:
            of = [name(cell, value) for cell in cells(shape)]
            ends = [[name(a), name(b)] for a, b in pairs(shape)]
            yield {"kind": "Connected", "of": of, "edges": ends}


def scopes(rng: np.random.Generator, shape: Shape) -> Iterator[list[Cell]]:
    """Rooms or lines whose shaded cells are counted, or neither."""
    every, (height, width) = cells(shape), shape
    if rng.random() < 0.6:
        room = drawn_rooms(rng, shape, int(rng.integers(len(every) // 6, len(every) // 3)))
        yield from ([c for c in every if room[c] == n] for n in sorted(set(room.values())))
    if rng.random() < 0.3:
        yield from ([(r, c) for c in range(width)] for r in range(height))
        yield from ([(r, c) for r in range(height)] for c in range(width))


def beside_each(shape: Shape, held: set[Cell], value: int) -> Iterator[Rule]:
    """How many beside each cell of one colour are shaded: as many as in the answer."""
    mine = [cell for cell in cells(shape) if (cell in held) == bool(value)]
    counts = [len(held.intersection(near(shape, cell))) for cell in mine]
    for cell in cells(shape) if mine else ():
        beside = list(near(shape, cell))
        high = min(max(counts), len(beside))
        yield count(beside, min(*counts, high), high, [name(cell, value)])


def clue(rng: np.random.Generator, shape: Shape, held: set[Cell], wrong: set[Cell]) -> Rule:
    """One more that the answer keeps and the wrong one does not."""
    every = cells(shape)
    differs = sorted(held ^ wrong)
    if rng.random() < 0.7:
        r, c = differs[int(rng.integers(len(differs)))]
        around = [cell for cell in every if max(abs(cell[0] - r), abs(cell[1] - c)) <= 1]
        n = len(held.intersection(around))
        if n != len(wrong.intersection(around)):
            return count(around, n, n)
    cell = differs[int(rng.integers(len(differs)))]
    return count([cell], int(cell in held), int(cell in held))


def made(rng: np.random.Generator) -> tuple[dict[str, object], dict[str, object]] | None:
    """A puzzle and its answer as the task ``problem`` states them; None where it takes long."""
    side = SIZES[int(rng.integers(len(SIZES)))]
    shape, adapter = (side, side), ProblemAdapter()
    held = drawn(rng, shape)
    grid = {"rows": side, "columns": side, "low": 0, "high": 1}
    rules = list(everywhere(rng, shape, held))
    x = np.array([int(cell in held) for cell in cells(shape)], np.int64)
    for _ in range(_MOST_CLUES):
        puzzle: dict[str, object] = {"task": "problem", "grids": {"x": grid}, "constraints": rules}
        if rules:
            found = other(adapter.problem(adapter.coerce(puzzle)), x)
            if found is None:
                values = x.reshape(shape).tolist()
                return puzzle, {"task": "problem", "values": {"x": values}}
            if found is x:
                return None
        else:
            found = 1 - x
        wrong = {cell for cell, value in zip(cells(shape), found, strict=True) if value}
        rules.append(clue(rng, shape, held, wrong))
    return None


def main(count: int, seed: int, out: Path) -> None:
    """Write as many, one a line."""
    number = written = 0
    with out.open("w", encoding="utf-8") as file:
        while written < count:
            found = made(np.random.default_rng([seed, number]))
            number += 1
            if found is not None:
                written += 1
                file.write(json.dumps({"puzzle": found[0], "answer": found[1]}) + "\n")
                file.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
