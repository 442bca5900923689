"""Operations on coloured grids, by name: turns, copies, parts, masks, patches.

They may write ``MARK``, a colour beyond the ten, on cells they single out; a recolouring then
says what becomes of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.grid import Dihedral

Array = npt.NDArray[np.uint8]
Operation = Callable[[Array], "Array | None"]
"""A grid to a grid, or to None where the operation does not apply."""

MARK = 10

DIHEDRAL = (
    Dihedral(),
    Dihedral(transpose=True, flip_rows=True),
    Dihedral(flip_rows=True, flip_columns=True),
    Dihedral(transpose=True, flip_columns=True),
    Dihedral(flip_columns=True),
    Dihedral(flip_rows=True),
    Dihedral(transpose=True),
    Dihedral(transpose=True, flip_rows=True, flip_columns=True),
)
"""The eight in the order of published datasets: identity, one to three quarter turns
counter-clockwise, left-right flip, up-down flip, transpose, anti-transpose."""


def tile(down: int, right: int) -> Operation:
    """Copies side by side."""
    return lambda grid: np.tile(grid, (down, right))


def scale(factor: int) -> Operation:
    """Each cell a square of ``factor`` x ``factor`` cells."""
    return lambda grid: grid.repeat(factor, 0).repeat(factor, 1)


def shrink(factor: int) -> Operation:
    """The inverse of ``scale``, where it has one."""

    def operation(grid: Array) -> Array | None:
        small = grid[::factor, ::factor]
        return small if np.array_equal(small.repeat(factor, 0).repeat(factor, 1), grid) else None

    return operation


def mirrored(axis: int, *, first: bool) -> Operation:
    """The grid beside its mirror image, the image ``first`` or second."""

    def operation(grid: Array) -> Array:
        image = np.flip(grid, axis)
        return np.concatenate((image, grid) if first else (grid, image), axis)

    return operation


def part(axis: int, index: int, of: int) -> Operation:
    """One of ``of`` equal parts; one line between parts is skipped where sizes ask for it."""

    def operation(grid: Array) -> Array | None:
        size, spare = divmod(grid.shape[axis] - (of - 1), of)
        gap = 1
        if spare or size < 1:
            size, spare = divmod(grid.shape[axis], of)
            gap = 0
        if spare or size < 1:
            return None
        start = index * (size + gap)
        return grid[start : start + size] if axis == 0 else grid[:, start : start + size]

    return operation


def halves(axis: int, combine: Callable[[Array, Array], Array]) -> Operation:
    """The two halves laid over each other as masks; a mark where ``combine`` holds."""

    def operation(grid: Array) -> Array | None:
        one, two = part(axis, 0, 2)(grid), part(axis, 1, 2)(grid)
        if one is None or two is None:
            return None
        return (combine(one != 0, two != 0) * MARK).astype(np.uint8)

    return operation


def gravity(turns: int) -> Operation:
    """Coloured cells fall, after ``turns`` quarter turns and before turning back."""

    def operation(grid: Array) -> Array:
        turned = np.rot90(grid, turns)
        order = np.argsort(turned != 0, axis=0, kind="stable")
        return np.rot90(np.take_along_axis(turned, order, 0), -turns)

    return operation


def box(grid: Array) -> Array | None:
    """The smallest rectangle around all coloured cells."""
    return _around(grid, grid != 0)


def solid(grid: Array) -> Array | None:
    """Rows and columns that are not blank throughout."""
    coloured = grid != 0
    kept = grid[coloured.any(1)][:, coloured.any(0)]
    return kept if kept.size else None


def distinct(grid: Array) -> Array:
    """Adjacent equal rows and columns merged into one."""
    rows = np.concatenate(([True], (grid[1:] != grid[:-1]).any(1)))
    columns = np.concatenate(([True], (grid[:, 1:] != grid[:, :-1]).any(0)))
    return grid[rows][:, columns]


def fractal(grid: Array) -> Array:
    """The grid in place of each of its coloured cells."""
    return np.kron((grid != 0).astype(np.uint8), grid)


def holes(grid: Array) -> Array:
    """A mark on each blank cell that coloured cells cut off from the border."""
    height, width = grid.shape
    outside = np.zeros_like(grid, np.bool_)
    for mask in components(np.pad(grid == 0, 1, constant_values=True).astype(np.uint8)):
        if mask[0, 0]:
            outside = mask[1 : height + 1, 1 : width + 1]
    return np.where((grid == 0) & ~outside, MARK, grid).astype(np.uint8)


def component(*, largest: bool) -> Operation:
    """The box of the largest or smallest connected patch of one colour; None on a draw."""

    def operation(grid: Array) -> Array | None:
        masks = sorted(components(grid), key=lambda mask: int(mask.sum()), reverse=largest)
        if not masks or (len(masks) > 1 and masks[0].sum() == masks[1].sum()):
            return None
        return _around(grid, masks[0])

    return operation


def components(grid: Array) -> list[npt.NDArray[np.bool_]]:
    """Masks of the patches of one colour, connected by sides; blank cells belong to none."""
    height, width = grid.shape
    cells = grid.tolist()
    masks = []
    for row, column in np.argwhere(grid != 0).tolist():
        colour = cells[row][column]
        if not colour:
            continue
        mask = np.zeros((height, width), np.bool_)
        queue = deque([(row, column)])
        cells[row][column] = 0
        while queue:
            r, c = queue.popleft()
            mask[r, c] = True
            for near in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
                inside = 0 <= near[0] < height and 0 <= near[1] < width
                if inside and cells[near[0]][near[1]] == colour:
                    cells[near[0]][near[1]] = 0
                    queue.append(near)
        masks.append(mask)
    return masks


def _around(grid: Array, mask: npt.NDArray[np.bool_]) -> Array | None:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return None
    return grid[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


_TURNS = ("turn left", "turn half", "turn right", "mirror left-right", "mirror up-down")
_COMBINED: dict[str, Callable[[Array, Array], Array]] = {
    "both": np.logical_and,
    "either": np.logical_or,
    "exactly one": np.logical_xor,
    "neither": lambda one, two: ~(one | two),
}

OPERATIONS: dict[str, Operation] = {
    **{
        name: move.array
        for name, move in zip((*_TURNS, "transpose", "anti-transpose"), DIHEDRAL[1:], strict=True)
    },
    **{f"scale {k}": scale(k) for k in (2, 3)},
    **{f"shrink {k}": shrink(k) for k in (2, 3)},
    **{f"tile {h} x {w}": tile(h, w) for h, w in ((1, 2), (2, 1), (2, 2), (1, 3), (3, 1), (3, 3))},
    "mirror to the right": mirrored(1, first=False),
    "mirror to the left": mirrored(1, first=True),
    "mirror below": mirrored(0, first=False),
    "mirror above": mirrored(0, first=True),
    **{
        f"{side} {number} of {of}": part(axis, number - 1, of)
        for axis, side in enumerate(("row", "column"))
        for of in (2, 3)
        for number in range(1, of + 1)
    },
    **{
        f"halves by {side}: {name}": halves(axis, combine)
        for axis, side in enumerate(("row", "column"))
        for name, combine in _COMBINED.items()
    },
    **{
        f"fall {side}": gravity(turns) for turns, side in enumerate(("down", "left", "up", "right"))
    },
    "box": box,
    "without blank lines": solid,
    "distinct lines": distinct,
    "fractal": fractal,
    "mark holes": holes,
    "largest patch": component(largest=True),
    "smallest patch": component(largest=False),
}
