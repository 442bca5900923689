"""Cells of a board, what lies beside them and along them; rows and columns count from 0."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.constraint.kinds import Constraint, at_most
from hrm_toolkit.adapters.constraint.literal import Literal, Values
from hrm_toolkit.adapters.constraint.spread import Connected

T = TypeVar("T")
Cell = tuple[int, int]
Pair = tuple[Cell, Cell]
"""Two cells with a side in common, the upper or left one first."""
Shape = tuple[int, int]

STEPS: tuple[Cell, ...] = ((-1, 0), (1, 0), (0, -1), (0, 1))
"""Up, down, left, right."""
RING: tuple[Cell, ...] = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
"""The eight cells around one, in their order around it."""


def cells(shape: Shape) -> list[Cell]:
    """Every cell, row by row."""
    return [(r, c) for r in range(shape[0]) for c in range(shape[1])]


@lru_cache(maxsize=8192)
def near(shape: Shape, cell: Cell) -> tuple[Cell, ...]:
    """The cells that have a side in common with one.

    Example:
        >>> near((2, 2), (0, 0))
        ((1, 0), (0, 1))
    """
    return tuple(there for step in STEPS if inside(shape, there := moved(cell, step)))


def inside(shape: Shape, cell: Cell) -> bool:
    """Whether a cell is on the board."""
    return 0 <= cell[0] < shape[0] and 0 <= cell[1] < shape[1]


def moved(cell: Cell, step: Cell, times: int = 1) -> Cell:
    """The cell some steps away."""
    return cell[0] + times * step[0], cell[1] + times * step[1]


def ray(shape: Shape, cell: Cell, step: Cell) -> Iterator[Cell]:
    """The cells in one direction from a cell to the board's side, without itself."""
    cell = moved(cell, step)
    while inside(shape, cell):
        yield cell
        cell = moved(cell, step)


def sight(shape: Shape, cell: Cell, walls: Container[Cell]) -> list[list[Cell]]:
    """The cells in each direction from a cell before the first wall."""
    seen: list[list[Cell]] = []
    for step in STEPS:
        seen.append([])
        for there in ray(shape, cell, step):
            if there in walls:
                break
            seen[-1].append(there)
    return seen


def layout(shape: Shape, what: Callable[[Cell], T]) -> list[list[T]]:
    """Rows of what there is to each cell."""
    return [[what((r, c)) for c in range(shape[1])] for r in range(shape[0])]


@lru_cache(maxsize=64)
def pairs(shape: Shape) -> tuple[Pair, ...]:
    """Every two cells with a side in common."""
    return tuple(
        (cell, there)
        for cell in cells(shape)
        for step in ((0, 1), (1, 0))
        if inside(shape, there := moved(cell, step))
    )


@lru_cache(maxsize=64)
def pair_places(shape: Shape) -> dict[Pair, int]:
    """Where each of ``pairs`` stands among them."""
    return {two: k for k, two in enumerate(pairs(shape))}


@lru_cache(maxsize=64)
def pair_numbers(shape: Shape) -> npt.NDArray[np.int64]:
    """The cells of each of ``pairs``, counted row by row, shape (pairs, 2)."""
    numbers = [[r * shape[1] + c for r, c in two] for two in pairs(shape)]
    return np.array(numbers, np.int64).reshape(-1, 2)


def pair(a: Cell, b: Cell) -> Pair:
    """Two cells in the order of ``pairs``."""
    return (a, b) if a < b else (b, a)


def squares(shape: Shape) -> list[list[Cell]]:
    """Every 2x2 square."""
    return [
        [(r, c), (r, c + 1), (r + 1, c), (r + 1, c + 1)]
        for r in range(shape[0] - 1)
        for c in range(shape[1] - 1)
    ]


def place(cell: Cell) -> str:
    """A cell for a reader, counted from 1."""
    return f"row {cell[0] + 1} column {cell[1] + 1}"


def on(grid: Values, where: Iterable[Cell], value: int = 1) -> tuple[Literal, ...]:
    """The literals that cells have a value."""
    return tuple((int(grid[cell]), value) for cell in where)


def connected(grid: Values, value: int, what: str) -> Connected:
    """The cells with a value are one piece."""
    shape = grid.shape[0], grid.shape[1]
    index = {cell: k for k, cell in enumerate(cells(shape))}
    edges = tuple((index[a], index[b]) for a, b in pairs(shape))
    return Connected(
        label="connected",
        where=f"all {what} cells hang together",
        nodes=on(grid, cells(shape), value),
        edges=edges,
    )


def none_adjacent(grid: Values, what: str) -> list[Constraint]:
    """No two cells that hold lie side by side."""
    return [
        at_most(
            "adjacent", 1, on(grid, two), where=f"{place(two[0])} and {place(two[1])} are adjacent",
            says=f"{place(two[0])} and {place(two[1])} are both {what}",
        )
        for two in pairs((grid.shape[0], grid.shape[1]))
    ]  # fmt: skip


def no_square(grid: Values, value: int, what: str) -> list[Constraint]:
    """No 2x2 square has the value in all of its cells."""
    return [
        at_most(
            "square", 3, on(grid, square, value), where=f"the 2x2 square at {place(square[0])}",
            says=f"the 2x2 square at {place(square[0])} is all {what}",
        )
        for square in squares((grid.shape[0], grid.shape[1]))
    ]  # fmt: skip


def runs_around(shape: Shape, cell: Cell, held: Sequence[Cell] | set[Cell]) -> list[int]:
    """Lengths of the runs of held cells around a cell, ascending; cells off the board end them.

    Example:
        >>> runs_around((3, 3), (1, 1), {(0, 0), (0, 1), (2, 2)})
        [1, 2]
    """
    ring = [moved(cell, step) in held for step in RING]
    if all(ring):
        return [8]
    first = ring.index(False)
    text = "".join("x" if k else " " for k in (*ring[first:], *ring[:first]))
    return sorted(map(len, text.split()))


def grown(rng: np.random.Generator, shape: Shape) -> set[Cell]:
    """A connected set of cells without a 2x2 square to which no cell can be added."""
    every = cells(shape)
    held = {every[int(rng.integers(len(every)))]}
    changed = True
    while changed:
        changed = False
        for k in rng.permutation(len(every)).tolist():
            cell = every[k]
            if cell in held or not any(n in held for n in near(shape, cell)):
                continue
            held.add(cell)
            if _fills(shape, held, cell):
                held.discard(cell)
            else:
                changed = True
    return held


def _fills(shape: Shape, held: set[Cell], cell: Cell) -> bool:
    """Whether a cell is in a 2x2 square that is all held."""
    for dr in (-1, 1):
        for dc in (-1, 1):
            corner = (moved(cell, (dr, 0)), moved(cell, (0, dc)), moved(cell, (dr, dc)))
            if all(other in held for other in corner):
                return True
    return False


def islands_of(shape: Shape, held: set[Cell]) -> list[list[Cell]]:
    """The connected parts of the cells that are not held."""
    left = dict.fromkeys(cell for cell in cells(shape) if cell not in held)
    found = []
    while left:
        first = next(iter(left))
        del left[first]
        part = [first]
        for cell in part:
            for other in near(shape, cell):
                if other in left:
                    del left[other]
                    part.append(other)
        found.append(part)
    return found


def pruned(rng: np.random.Generator, shape: Shape, held: set[Cell], largest: int) -> set[Cell]:
    """Held cells without some, so that they stay connected and what they enclose stays small.

    Args:
        largest: cells in a connected part of the others, at most.
    """
    held = set(held)
    order = [cell for cell in cells(shape) if cell in held]
    for k in rng.permutation(len(order)).tolist()[: len(order) // 2]:
        cell = order[k]
        rest = held - {cell}
        if len(rest) > 1 and len(islands_of(shape, set(cells(shape)) - rest)) == 1:
            joined = next(p for p in islands_of(shape, rest) if cell in p)
            if len(joined) <= rng.integers(1, largest + 1):
                held = rest
    return held


def apart(rng: np.random.Generator, shape: Shape) -> set[Cell]:
    """Cells of which none lie side by side, and which leave the others connected."""
    every, held = cells(shape), set[Cell]()
    for k in rng.permutation(len(every)).tolist():
        cell = every[k]
        if held.isdisjoint(near(shape, cell)) and len(islands_of(shape, held | {cell})) == 1:
            held.add(cell)
    return held


def drawn_rooms(
    rng: np.random.Generator, shape: Shape, count: int, room: dict[Cell, int] | None = None
) -> dict[Cell, int]:
    """So many rooms that grow from cells drawn, or from the rooms that there are."""
    every = cells(shape)
    seeds = rng.permutation(len(every))[:count].tolist()
    room = dict(room or {every[k]: number for number, k in enumerate(seeds)})
    while len(room) < len(every):
        edge = [(c, n) for c in room for n in near(shape, c) if n not in room]
        here, there = edge[int(rng.integers(len(edge)))]
        room[there] = room[here]
    return room


def movable(shape: Shape, room: Mapping[Cell, int], cell: Cell) -> list[int]:
    """The rooms that a cell could join, where its own stays in one piece without it."""
    mine = {c for c in room if room[c] == room[cell] and c != cell}
    part = [next(iter(mine))] if mine else []
    found = set(part)
    for here in part:
        part += [n for n in near(shape, here) if n in mine and n not in found]
        found.update(part)
    if not mine or found != mine:
        return []
    return sorted({room[n] for n in near(shape, cell)} - {room[cell]})


def drawn_loop(rng: np.random.Generator, shape: Shape) -> set[Pair]:
    """A loop over nodes of a grid: the outline of a region that grows from a face between them.

    Args:
        shape: rows and columns of the nodes, at least 2.
    """
    faces = shape[0] - 1, shape[1] - 1
    every = cells(faces)
    region = {every[int(rng.integers(len(every)))]}
    for _ in range(3):
        for k in rng.permutation(len(every)).tolist():
            face = every[k]
            beside = [n for n in near(faces, face) if n in region]
            # One run around it, which a side belongs to: the region keeps one outline.
            single = len(runs_around(faces, face, region)) == 1
            if face not in region and beside and single and rng.random() < 1.2 / len(beside) ** 2:
                region.add(face)
    loop = set()
    for a, b in pairs(shape):
        across = a[0] == b[0]
        sides = ((a[0] - 1, a[1]), a) if across else ((a[0], a[1] - 1), a)
        if (sides[0] in region) != (sides[1] in region):
            loop.add((a, b))
    return loop


def turns(loop: set[Pair], cell: Cell) -> list[Cell]:
    """The directions in which a loop leaves a cell, none where it does not pass."""
    return [step for step in STEPS if pair(cell, moved(cell, step)) in loop]
