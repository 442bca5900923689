"""What the cells of one ARC pair read of each other: neighbours, lines, patches, copies.

Positions are the cells of the input, row by row, then those of the output where it has cells of its
own, then one for the view, which every cell reads. Every pair has the same kinds, some empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.arc.alone.sizes import Size
from hrm_toolkit.adapters.arc.operations import OPERATIONS, Array, components
from hrm_toolkit.core import Relation

Ints = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

STEPS = {
    **{"north": (-1, 0), "south": (1, 0), "east": (0, 1), "west": (0, -1)},
    **{"north-east": (-1, 1), "north-west": (-1, -1)},
    **{"south-east": (1, 1), "south-west": (1, -1)},
}
_MOVING = ("turn", "mirror", "transpose", "anti-transpose", "tile", "scale", "row", "column")
MOVED = tuple(name for name in OPERATIONS if name.startswith(_MOVING))
"""Operations that only move cells: each cell that they make is one of the input, whatever colours
there are."""


def relations(grid: Array, size: Size | None) -> tuple[Relation, ...]:
    """All kinds for one input.

    Args:
        grid: the input, (H, W).
        size: of the output where it has cells of its own; None where it is written on the input.

    Example:
        >>> found = relations(np.array([[1, 0]], np.uint8), None)
        >>> {r.name: r.source.tolist() for r in found if r.name in ("east", "all", "view")}
        {'east': [1], 'all': [0, 1], 'view': [2]}
    """
    cells: Ints = np.arange(grid.size, dtype=np.int32).reshape(grid.shape)
    written = cells
    if size is not None:
        written = grid.size + np.arange(size[0] * size[1], dtype=np.int32).reshape(size)
    parts = [cells] if size is None else [cells, written]
    length = sum(part.size for part in parts) + 1
    made = [*_steps(parts, length), *_rays(grid, cells, length), *_lines(parts, length)]
    made += _patches(grid, cells, length)
    made += _copies(cells, written, length)
    if size is not None:
        made += _laid_over(grid, cells, written, length)
    return *made, _everywhere("view", [length - 1], length)


def _everywhere(name: str, source: Iterable[int], length: int) -> Relation:
    """What every position reads."""
    entries = np.array(list(source), np.int32)
    return Relation(
        name, entries, np.array([0, len(entries)], np.int32), np.zeros(length, np.int32)
    )


def _steps(parts: list[Ints], length: int) -> Iterator[Relation]:
    """The next cell on each side and corner."""
    for name, (down, right) in STEPS.items():
        source = np.full(length, -1, np.int32)
        for cells in parts:
            height, width = cells.shape
            wide = np.pad(cells, 1, constant_values=-1)
            source[cells] = wide[1 + down : 1 + down + height, 1 + right : 1 + right + width]
        yield Relation.neighbours(name, source)


def _rays(grid: Array, cells: Ints, length: int) -> Iterator[Relation]:
    """The nearest coloured cell on each side."""
    for turns, side in enumerate(("north", "east", "south", "west")):
        shown, numbers = np.rot90(grid, turns), np.rot90(cells, turns)
        source = np.full(length, -1, np.int32)
        last = np.full(shown.shape[1], -1, np.int32)
        for row, places in zip(shown, numbers, strict=True):
            source[places] = last
            last = np.where(row != 0, places, last)
        yield Relation.neighbours(f"coloured {side}", source)


def _lines(parts: list[Ints], length: int) -> Iterator[Relation]:
    """Rows, columns, both diagonals, and the whole input."""
    yield _groups("row", (row for part in parts for row in part), length)
    yield _groups("column", (column for part in parts for column in part.T), length)
    for name, flip in (("diagonal", 1), ("anti-diagonal", -1)):
        shown = [part[:, ::flip] for part in parts]
        found = (np.diagonal(p, k) for p in shown for k in range(1 - p.shape[0], p.shape[1]))
        yield _groups(name, found, length)
    yield _everywhere("all", parts[0].ravel().tolist(), length)


def _groups(name: str, groups: Iterable[Ints], length: int) -> Relation:
    # One group without a cell stands for none: a network pools over one row at least.
    return Relation.groups(name, [group.tolist() for group in groups] or [[]], length)


def _patches(grid: Array, cells: Ints, length: int) -> Iterator[Relation]:
    """Cells of one colour, those connected, objects of any colours, and which of them stand out."""
    colours = np.unique(grid).tolist()
    patches, blanks = components(grid), components((grid == 0).astype(np.uint8))
    objects = joined(grid)
    yield _groups("colour", (cells[grid == colour] for colour in colours), length)
    yield _groups("patch", (cells[mask] for mask in (*patches, *blanks)), length)
    yield _groups("object", (cells[mask] for mask in objects), length)
    edge = np.ones(grid.shape, np.bool_)
    edge[1:-1, 1:-1] = False
    yield _marked("hole", [mask for mask in blanks if not (mask & edge).any()], cells, length)
    alike = [grid == colour for colour in colours if colour]
    for name, masks in (("patch", patches), ("object", objects), ("colour", alike)):
        sizes = [int(mask.sum()) for mask in masks]
        for word, best in (("largest", max(sizes, default=0)), ("smallest", min(sizes, default=0))):
            chosen = [mask for mask, n in zip(masks, sizes, strict=True) if n == best]
            yield _marked(f"{word} {name}", chosen, cells, length)


def _marked(name: str, masks: list[Mask], cells: Ints, length: int) -> Relation:
    """One group that its own cells read, and no others."""
    return _groups(name, [cells[np.logical_or.reduce(masks)]] if masks else [], length)


def joined(grid: Array) -> list[Mask]:
    """Masks of the coloured cells that hang together by sides or corners, whatever their colours.

    Example:
        >>> [int(mask.sum()) for mask in joined(np.array([[1, 0, 0, 3], [0, 2, 0, 0]], np.uint8))]
        [2, 1]
    """
    left = grid != 0
    height, width = grid.shape
    found = []
    while left.any():
        mask: Mask = np.zeros_like(left)
        grown: Mask = np.zeros_like(left)
        grown[tuple(np.argwhere(left)[0])] = True
        while (grown != mask).any():
            mask, wide = grown, np.pad(grown, 1)
            near = [wide[r : r + height, c : c + width] for r, c in product(range(3), range(3))]
            grown = np.logical_or.reduce(near) & left
        found.append(mask)
        left = left & ~mask
    return found


def _copies(cells: Ints, written: Ints, length: int) -> Iterator[Relation]:
    """For each cell of the output the one of the input that a move of the grid would bring."""
    for name in MOVED:
        moved = OPERATIONS[name](cells)
        source = np.full(length, -1, np.int32)
        if moved is not None and moved.shape == written.shape:
            source[written] = moved
        yield Relation.neighbours(name, source)


def _laid_over(grid: Array, cells: Ints, written: Ints, length: int) -> Iterator[Relation]:
    """The cells of the input under one of the output, by several ways to lay it over."""
    (height, width), (tall, wide) = cells.shape, written.shape
    rows, columns = np.arange(tall)[:, None], np.arange(wide)
    for name, (top, left) in _corners(grid).items():
        r, c = rows + top, columns + left
        inside = (r < height) & (c < width)
        source = np.full(length, -1, np.int32)
        source[written] = np.where(inside, cells[r % height, c % width], -1)
        yield Relation.neighbours(name, source)
    ways = {
        "stretched": cells[rows * height // tall, columns * width // wide],
        "repeated": cells[rows % height, columns % width],
    }
    for name, under in ways.items():
        source = np.full(length, -1, np.int32)
        source[written] = under
        yield Relation.neighbours(name, source)
    # Each cell of the input lies in a block, which is one cell of the output.
    down, right = np.indices(cells.shape)
    block = written[down * tall // height, right * wide // width]
    ends = zip(cells.ravel().tolist(), block.ravel().tolist(), strict=True)
    yield Relation.edges("block", ends, length)


def _corners(grid: Array) -> dict[str, Size]:
    """Where the upper left corner of an output may lie on the input."""
    found = {"at corner": (0, 0)}
    masks = sorted(components(grid), key=lambda mask: int(mask.sum())) or [grid == 0]
    boxes = {"box": grid != 0, "largest": masks[-1], "smallest": masks[0]}
    for name, mask in boxes.items():
        sides = [np.flatnonzero(mask.any(axis)) for axis in (1, 0)]
        top, left = (int(side[0]) if len(side) else 0 for side in sides)
        found[f"at {name}"] = top, left
    return found
