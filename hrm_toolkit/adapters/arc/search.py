"""A search for short programs that reproduce all demonstrations of an ARC task.

A program is a chain of at most ``depth`` named operations, then maybe a recolouring that is read
off the demonstrations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hrm_toolkit.adapters.arc.operations import MARK, OPERATIONS, Array, Operation
from hrm_toolkit.core.clock import Deadline

SIDE = 30
COLOURS = 10


@dataclass(frozen=True)
class Program:
    """A chain of operations, then a recolouring.

    Attributes:
        operations: names out of ``OPERATIONS``.
        recolour: the new colour of each colour 0..9 and of the mark, -1 where none is known; or
            None for no recolouring.
    """

    operations: tuple[str, ...] = ()
    recolour: tuple[int, ...] | None = None

    def __call__(self, grid: Array) -> Array | None:
        """The grid it makes, or None where it does not apply."""
        current: Array | None = grid
        for name in self.operations:
            current = _apply(OPERATIONS[name], current)
        return _painted(current, self.recolour)

    def __len__(self) -> int:
        return len(self.operations) + (self.recolour is not None)

    def __str__(self) -> str:
        names = [*self.operations, *([] if self.recolour is None else ["recolour"])]
        return ", then ".join(names) or "copy"


@dataclass
class Searched:
    """What a search saw.

    Attributes:
        programs: those that reproduce every demonstration, shortest first.
        tried: chains of operations looked at.
        complete: false when time ran out first.
    """

    programs: list[Program]
    tried: int = 0
    complete: bool = True


def find_programs(
    pairs: Sequence[tuple[Array, Array]],
    tests: Sequence[Array] = (),
    *,
    depth: int = 2,
    seconds: float | None = None,
) -> Searched:
    """Programs of at most ``depth`` operations that reproduce all ``pairs``.

    Of chains that make the same grids of all inputs only the first is kept.

    Args:
        pairs: demonstrations, input and output, at least one.
        tests: inputs on which programs may differ.
        depth: operations in a chain; the work grows about fiftyfold with each.
        seconds: wall-clock bound, or None.

    Example:
        >>> turned = np.array([[3, 1], [0, 2]], np.uint8)
        >>> str(find_programs([(np.rot90(turned), turned)], depth=1).programs[0])
        'turn right'
    """
    deadline = Deadline.after(seconds)
    outputs = [output for _, output in pairs]
    start: Grids = (*(grid for grid, _ in pairs), *tests)
    frontier: list[tuple[tuple[str, ...], Grids]] = [((), start)]
    seen = {_key(start)}
    searched = Searched(_fitted((), start, outputs))
    for left in reversed(range(depth)):
        following = []
        for names, grids in frontier:
            if deadline.over:
                searched.complete = False
                break
            for name, operation in OPERATIONS.items():
                searched.tried += 1
                made = _made(operation, grids, outputs, last=left == 0)
                if made is not None and (key := _key(made)) not in seen:
                    seen.add(key)
                    following.append(((*names, name), made))
                    searched.programs += _fitted((*names, name), made, outputs)
        frontier = following
    searched.programs.sort(key=lambda program: (len(program), program.recolour is not None))
    return searched


Grids = tuple["Array | None", ...]


def _made(
    operation: Operation, grids: Grids, outputs: Sequence[Array], *, last: bool
) -> Grids | None:
    """The operation on every grid; None where a demonstration rules it out.

    In a chain's last place each grid must come out as its demonstration shows, up to colours,
    which most operations fail on the first one.
    """
    made = []
    for index, grid in enumerate(grids):
        result = _apply(operation, grid)
        if index < len(outputs):
            if result is None:
                return None
            if last and _colours([result], outputs[index : index + 1]) is None:
                return None
        made.append(result)
    return tuple(made)


def _apply(operation: Operation, grid: Array | None) -> Array | None:
    result = None if grid is None else operation(grid)
    return None if result is None or max(result.shape) > SIDE else result


def _key(grids: Grids) -> tuple[object, ...]:
    return tuple(None if grid is None else (grid.shape, grid.tobytes()) for grid in grids)


def _fitted(names: tuple[str, ...], made: Grids, outputs: Sequence[Array]) -> list[Program]:
    """The program that ends here, if the grids made are the outputs up to a recolouring."""
    shown = [grid for grid in made[: len(outputs)] if grid is not None]
    colours = _colours(shown, outputs)
    if colours is None:
        return []
    if all(new in (-1, old) for old, new in enumerate(colours)):
        return [Program(names)]
    known = [colour if new < 0 else new for colour, new in enumerate(colours[:COLOURS])]
    return [Program(names, (*known, colours[MARK]))]


def _colours(made: Sequence[Array], outputs: Sequence[Array]) -> list[int] | None:
    """The one recolouring that turns ``made`` into ``outputs``, -1 where unseen; None if none."""
    colours = [-1] * (MARK + 1)
    for grid, output in zip(made, outputs, strict=True):
        if grid.shape != output.shape:
            return None
        for code in np.unique(grid.astype(np.int32) * COLOURS + output).tolist():
            old, new = divmod(code, COLOURS)
            if colours[old] not in (-1, new):
                return None
            colours[old] = new
    return colours


def _painted(grid: Array | None, recolour: tuple[int, ...] | None) -> Array | None:
    """The grid with its colours replaced; None where a mark or its colour would be left open."""
    if grid is None:
        return None
    table = np.array(recolour or (*range(COLOURS), -1), np.int8)
    painted = table[grid]
    return None if (painted < 0).any() else painted.astype(np.uint8)
