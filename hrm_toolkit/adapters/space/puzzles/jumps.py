"""Jumps of pegs: what a board allows, what rules out a way, and a search for one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from hrm_toolkit.adapters.grid import DIRECTIONS
from hrm_toolkit.core import Deadline

MOST_SIDE = 12
Cell = tuple[int, int]
Jump = tuple[str, int, int]
"""What a jump is called, the bits of the peg and of that which it takes, and where it comes to."""

_FIRST, _KEPT = 20_000, 4_000_000
"""States that the first search may see, each later one twice as many; and the most."""


@dataclass(frozen=True)
class Board:
    """What does not change: cells and goal.

    Attributes:
        cells: rows and columns, in reading order; each has the bit of its place in there.
        last: where the last peg has to be, or None.
        height: in cells.
        width: likewise.
    """

    cells: tuple[Cell, ...]
    last: Cell | None
    height: int
    width: int
    jumps: tuple[Jump, ...] = field(init=False, compare=False, repr=False)
    classes: tuple[int, ...] = field(init=False, compare=False, repr=False)
    kept: tuple[int, ...] = field(init=False, compare=False, repr=False)
    _hash: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        bit = {cell: 1 << number for number, cell in enumerate(self.cells)}
        jumps = []
        for row, column in self.cells:
            for name, (down, right) in DIRECTIONS.items():
                over, to = (row + down, column + right), (row + 2 * down, column + 2 * right)
                if over in bit and to in bit:
                    both = bit[row, column] | bit[over]
                    jumps.append((f"{row + 1} {column + 1} {name}", both, bit[to]))
        object.__setattr__(self, "jumps", tuple(jumps))
        # Every jump changes the parity of each of three classes along a diagonal, either way.
        classes = tuple(
            sum(b for (row, column), b in bit.items() if (row + way * column) % 3 == rest)
            for way in (1, -1)
            for rest in range(3)
        )
        object.__setattr__(self, "classes", classes)
        # A peg stays in rows and columns of its parity: where none of such cells' pegs is left,
        # none comes there any more.
        kept = tuple(
            sum(b for (row, column), b in bit.items() if (row % 2, column % 2) == parity)
            for parity in {(r % 2, c % 2) for r, c in ([self.last] if self.last else ())}
        )
        object.__setattr__(self, "kept", kept)
        object.__setattr__(self, "_hash", hash((self.cells, self.last)))

    def __hash__(self) -> int:
        return self._hash

    def parities(self, pegs: int) -> tuple[bool, ...]:
        """For each of the six classes whether it has as odd a number of pegs as the first of its
        diagonal: no jump changes that."""
        odd = [(pegs & cells).bit_count() % 2 for cells in self.classes]
        return tuple(odd[at] == odd[at - at % 3] for at in range(6))

    def ends(self) -> list[int]:
        """Every goal."""
        cells = range(len(self.cells))
        return [1 << at for at in cells if self.last in (None, self.cells[at])]


def searched(board: Board, pegs: int, deadline: Deadline) -> tuple[list[str] | None, bool, int]:
    """Search depth first for a plan, again and again, each time longer and in another order.

    Returns:
        A plan if one was found; whether every state was seen; how many were, over all searches.
    """
    rng = np.random.default_rng(0)
    nodes, number = 0, 0
    # From the far corner on is often best: pegs are taken row by row.
    order = board.jumps[::-1]
    while True:
        actions, whole, seen = _deep(board, pegs, order, min(_FIRST << number, _KEPT), deadline)
        nodes += seen
        if actions is not None or whole or deadline.over:
            return actions, whole, nodes
        order = tuple(board.jumps[at] for at in rng.permutation(len(board.jumps)))
        if number % 2:
            order = tuple(sorted(order, key=_SIDES[number // 2 % 4]))
        number += 1


def _deep(
    board: Board, start: int, order: Sequence[Jump], limit: int, deadline: Deadline
) -> tuple[list[str] | None, bool, int]:
    """Search depth first in an order of jumps, no state twice."""
    ends = set(board.ends())
    seen = {start}
    path, stack = list[str](), [(start, iter(order))]
    while stack:
        pegs, jumps = stack[-1]
        for name, both, to in jumps:
            after = pegs ^ both ^ to
            if pegs & both != both or pegs & to or after in seen:
                continue
            if after in ends:
                return [*path, name], False, len(seen)
            if not all(after & cells for cells in board.kept):
                continue
            if len(seen) >= limit or (not len(seen) % 1024 and deadline.over):
                return None, False, len(seen)
            seen.add(after)
            stack.append((after, iter(order)))
            path.append(name)
            break
        else:
            stack.pop()
            del path[-1:]
    return None, True, len(seen)


def _from(down: int, right: int) -> Callable[[Jump], int]:
    def key(jump: Jump) -> int:
        row, column, _ = jump[0].split()
        return down * int(row) * MOST_SIDE + right * int(column)

    return key


_SIDES = (_from(1, 1), _from(1, -1), _from(-1, 1), _from(-1, -1))
