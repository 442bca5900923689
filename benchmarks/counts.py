"""Write problems of shaded cells by rules at random, for networks that are to read any.

``counts.py 500 5 counts.jsonl`` writes 500 of seed 5.

An answer is drawn on a board of 5x5 to 8x8: each cell by chance, one connected shape, cells that
touch nowhere, or cells each of which has so many others a step, a diagonal or a knight's move
away. What kinds of rules a puzzle has is drawn, and their numbers are those that the answer has:
how many cells of a room or line are shaded, how many beside each cell of a colour, no two side by
side, no square of four, all of one colour hang together. Then clues until no other answer is left:
counts around a cell, cells told, or small groups anywhere of which at most, at least or exactly so
many are shaded, or are blank, or each is as told.
None is one of the tasks that the package has but by chance, and two of them are kept at a distance:
where blank cells hang together around cells apart, groups tell of shaded cells and not of blank
ones as a hitori does (that of two cells one at least is shaded comes to its rule all the same), and
where each cell has one neighbour, as in norinori, no room is counted.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from problem_lines import Stated, parser, write

from hrm_toolkit.adapters.constraint.generate import drawn, other
from hrm_toolkit.adapters.constraint.kinds import Count, exactly
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    STEPS,
    Cell,
    Shape,
    apart,
    cells,
    drawn_rooms,
    grown,
    inside,
    islands_of,
    moved,
    near,
    on,
    pairs,
    pruned,
)
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.constraint.stated.adapter import ProblemAdapter

SIZES = (5, 6, 7, 8)
CORNERS = ((-1, -1), (-1, 1), (1, -1), (1, 1))
KNIGHTS = tuple((r, c) for r in (-2, -1, 1, 2) for c in (-2, -1, 1, 2) if abs(r) != abs(c))
MOVES = (STEPS, STEPS, CORNERS, KNIGHTS)
WAYS = ("shape", "apart", "as-many", "as-many", "chance")
_MOST_CLUES = 60
Rule = dict[str, Any]
Moves = tuple[tuple[int, int], ...]


def name(cell: Cell, value: int | None = None) -> str:
    """A cell, or a cell with a value, as problems write it."""
    variable = f"x[{cell[0] + 1},{cell[1] + 1}]"
    return variable if value is None else f"{variable}={value}"


def count(of: list[str], low: int, high: int, when: list[str] | None = None) -> Rule:
    """So many of them hold."""
    rule: Rule = {"kind": "Count", "of": of, "low": low, "high": high}
    return {**rule, "when": when} if when else rule


def shaded(of: list[Cell], low: int, high: int, when: list[str] | None = None) -> Rule:
    """So many of the cells are shaded."""
    return count([name(cell, 1) for cell in of], low, high, when)


def beside(shape: Shape, cell: Cell, moves: Moves) -> list[Cell]:
    """The cells that a move from one leads to."""
    return [there for move in moves if inside(shape, there := moved(cell, move))]


def drawn_cells(rng: np.random.Generator, shape: Shape, moves: Moves, way: str) -> set[Cell] | None:
    """The shaded cells of an answer, drawn in one of ``WAYS``; None where the draw failed."""
    if way == "shape":
        return pruned(rng, shape, grown(rng, shape), sum(shape) // 2 + 1)
    if way == "apart":
        return apart(rng, shape)
    if way == "as-many":
        return with_as_many(rng, shape, moves)
    share = rng.uniform(0.2, 0.6)
    return {cell for cell in cells(shape) if rng.random() < share}


def with_as_many(rng: np.random.Generator, shape: Shape, moves: Moves) -> set[Cell] | None:
    """Cells each of which has one other a move away, or each two."""
    problem, number, every = Problem(), int(rng.integers(1, 3)), cells(shape)
    grid = problem.grid(*shape)
    for cell in every:
        there, when = on(grid, beside(shape, cell, moves)), on(grid, [cell])
        if len(there) < number:
            problem.add(exactly("corner", 0, when))
        else:
            problem.add(exactly("beside", number, there, when=when))
    least = int(len(every) * rng.uniform(0.1, 0.3))
    problem.add(Count(label="all", of=tuple(on(grid, every)), low=least, high=len(every)))
    x = drawn(problem, rng)
    return None if x is None else {c for c, value in zip(every, x.tolist(), strict=True) if value}


def everywhere(
    rng: np.random.Generator, shape: Shape, held: set[Cell], moves: Moves, as_many: bool
) -> Iterator[Rule]:
    """Rules of kinds drawn, with the numbers of the answer."""
    if any(len(held.intersection(near(shape, cell))) != 1 for cell in held):
        for line in scopes(rng, shape, 0.9 if as_many else 0.6):
            n = len(held.intersection(line))
            yield shaded(line, n, n)
    for value in (0, 1):
        if rng.random() < 0.5 or (as_many and value):
            yield from beside_each(shape, held, value, moves)
    if all(held.isdisjoint(near(shape, cell)) for cell in held):
        for a, b in pairs(shape):
            yield shaded([a, b], 0, 1)
    corners = cells((shape[0] - 1, shape[1] - 1))
    squares = [[(r, c), (r, c + 1), (r + 1, c), (r + 1, c + 1)] for r, c in corners]
    if max(len(held.intersection(square)) for square in squares) < 4 and rng.random() < 0.8:
        for square in squares:
            yield shaded(square, 0, 3)
    for value in (0, 1):
        if hang_together(shape, held, value) and rng.random() < 0.9:
            of = [name(cell, value) for cell in cells(shape)]
            ends = [[name(a), name(b)] for a, b in pairs(shape)]
            yield {"kind": "Connected", "of": of, "edges": ends}


def hang_together(shape: Shape, held: set[Cell], value: int) -> bool:
    """Whether all the cells of one colour are one piece."""
    return len(islands_of(shape, set(cells(shape)) - held if value else held)) == 1


def scopes(rng: np.random.Generator, shape: Shape, often: float) -> Iterator[list[Cell]]:
    """Rooms or lines whose shaded cells are counted, or neither."""
    every, (height, width) = cells(shape), shape
    if rng.random() < often:
        room = drawn_rooms(rng, shape, int(rng.integers(len(every) // 6, len(every) // 3)))
        yield from ([c for c in every if room[c] == n] for n in sorted(set(room.values())))
    if rng.random() < 0.3:
        yield from ([(r, c) for c in range(width)] for r in range(height))
        yield from ([(r, c) for r in range(height)] for c in range(width))


def beside_each(shape: Shape, held: set[Cell], value: int, moves: Moves) -> Iterator[Rule]:
    """How many a move from each cell of one colour are shaded: as many as in the answer."""
    mine = [cell for cell in cells(shape) if (cell in held) == bool(value)]
    counts = [len(held.intersection(beside(shape, cell, moves))) for cell in mine]
    for cell in cells(shape) if mine else ():
        there = beside(shape, cell, moves)
        high = min(max(counts), len(there))
        if there:
            yield shaded(there, min(*counts, high), high, [name(cell, value)])


def around(rng: np.random.Generator, shape: Shape, held: set[Cell], wrong: set[Cell]) -> Rule:
    """A clue that the answer keeps and the wrong one does not: a count around a cell, or a cell."""
    differs = sorted(held ^ wrong)
    r, c = cell = differs[int(rng.integers(len(differs)))]
    block = [there for there in cells(shape) if max(abs(there[0] - r), abs(there[1] - c)) <= 1]
    n = len(held.intersection(block))
    if rng.random() < 0.7 and n != len(wrong.intersection(block)):
        return shaded(block, n, n)
    return shaded([cell], int(cell in held), int(cell in held))


def group(
    rng: np.random.Generator,
    shape: Shape,
    held: set[Cell],
    wrong: set[Cell],
    told: int | None,
) -> Rule:
    """Such a clue of two to five cells, which tells of them as ``told``, or of each as drawn."""
    differs, every = sorted(held ^ wrong), cells(shape)
    reach = int(rng.integers(2, max(shape) + 1))
    while True:
        r, c = differs[int(rng.integers(len(differs)))]
        there = [x for x in every if 0 < abs(x[0] - r) + abs(x[1] - c) <= reach]
        size = min(int(rng.choice([1, 1, 2, 2, 3, 4])), len(there))
        of = [(r, c), *(there[k] for k in rng.permutation(len(there))[:size].tolist())]
        values = [int(rng.integers(2)) if told is None else told for _ in of]
        both = list(zip(of, values, strict=True))
        right = sum((cell in held) == bool(value) for cell, value in both)
        false = sum((cell in wrong) == bool(value) for cell, value in both)
        if right != false:
            low = right if right > false or rng.random() < 0.2 else 0
            high = right if right < false or rng.random() < 0.2 else len(of)
            return count([name(cell, value) for cell, value in both], low, high)


def made(rng: np.random.Generator, ways: Sequence[str]) -> Stated | None:
    """A puzzle and its answer as the task ``problem`` states them; None where it takes long."""
    side = SIZES[int(rng.integers(len(SIZES)))]
    shape, adapter = (side, side), ProblemAdapter()
    moves = MOVES[int(rng.integers(len(MOVES)))]
    way = ways[int(rng.integers(len(ways)))]
    held = drawn_cells(rng, shape, moves, way)
    if not held:
        return None
    grid = {"rows": side, "columns": side, "low": 0, "high": 1}
    rules = list(everywhere(rng, shape, held, moves, way == "as-many"))
    lone = all(held.isdisjoint(near(shape, cell)) for cell in held)
    told = 1 if lone and hang_together(shape, held, 0) else (0, 1, None)[int(rng.integers(3))]
    groups = float(rng.choice([0, 0.5, 1]))
    x = np.array([int(cell in held) for cell in cells(shape)], np.int64)
    found = 1 - x
    for _ in range(_MOST_CLUES):
        puzzle: dict[str, object] = {"task": "problem", "grids": {"x": grid}, "constraints": rules}
        if rules:
            answer = other(adapter.problem(adapter.coerce(puzzle)), x)
            if answer is None:
                values = x.reshape(shape).tolist()
                return puzzle, {"task": "problem", "values": {"x": values}}
            if answer is x:
                return None
            found = answer
        wrong = {cell for cell, value in zip(cells(shape), found.tolist(), strict=True) if value}
        if rng.random() < groups:
            rules.append(group(rng, shape, held, wrong, told))
        else:
            rules.append(around(rng, shape, held, wrong))
    return None


def many(count: int, seed: int, ways: Sequence[str]) -> Iterator[Stated]:
    """So many of those that do not take long."""
    drawn_all = (made(np.random.default_rng([seed, number]), ways) for number in itertools.count())
    return itertools.islice((found for found in drawn_all if found is not None), count)


if __name__ == "__main__":
    asking = parser(__doc__)
    asking.add_argument("--way", choices=sorted(set(WAYS)), help="how all answers are drawn")
    asked = asking.parse_args()
    write(asked.out, many(asked.count, asked.seed, [asked.way] if asked.way else WAYS))
