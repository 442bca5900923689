"""Blocks of two halves of one shape, each half within cells of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from hrm_toolkit.adapters.constraint.pencil.geometry import Cell, Shape, cells, near
from hrm_toolkit.core import InputError

MOST_TRIES = 1_000_000
"""Halves that are looked at, before a board has too many."""
_TURNS = [(s, 0, 0, t) for s in (1, -1) for t in (1, -1)]
_TURNS += [(0, s, t, 0) for s in (1, -1) for t in (1, -1)]
"""The eight rotations and reflections: what each has of row and column in the new row, column."""


class Halves:
    """Every connected set of dark cells with one of light cells that it lies beside and that is
    the same but for rotation and reflection.

    Sets of cells are bits: the board's cell k is ``1 << k``.

    Args:
        sizes: of the half that a cell is in; those within a block agree.
        most: cells in a half.

    Example:
        >>> [*Halves((1, 3), [(0, 0), (0, 1)], [(0, 2)], {}, 2)]
        [(2, 4), (2, 4), (2, 4), (2, 4), (2, 4), (2, 4), (2, 4), (2, 4)]
    """

    def __init__(
        self,
        shape: Shape,
        dark: Collection[Cell],
        light: Collection[Cell],
        sizes: Mapping[Cell, int],
        most: int,
    ) -> None:
        board = cells(shape)
        self._index = {cell: k for k, cell in enumerate(board)}
        self._beside = [sum(1 << self._index[n] for n in near(shape, cell)) for cell in board]
        self._sizes = [sizes.get(cell, 0) for cell in board]
        self._dark, self._light, self._most = dark, light, most
        self._tries = 0

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """The pairs, each once for every way to move its dark half upon the light one.

        Raises:
            InputError: as soon as too many have been looked at.
        """
        self._tries = 0
        # A half is found from its first cell on, and those with a size come before the others:
        # from another cell on no size has to be met.
        order = sorted(self._index[cell] for cell in self._dark)
        order.sort(key=lambda k: not self._sizes[k])
        for image in self._images():
            left = sum(1 << k for k in image)
            for first in order:
                if first in image:
                    part = self._reached(first, left)
                    if self._touch(part, image):
                        yield from self._from(first, part, image)
                    left &= ~(1 << first)

    def _images(self) -> Iterator[dict[int, int]]:
        """For each way to move the board, the dark cells that come upon light ones, and where."""
        light = [(r, c, self._index[r, c]) for r, c in self._light]
        for a, b, c, d in _TURNS:
            moved: dict[Cell, dict[int, int]] = {}
            for y, x in self._dark:
                top, side, k = a * y + b * x, c * y + d * x, self._index[y, x]
                # Eight of these take as long as a half does.
                self._spend(len(light) // 8)
                for row, column, there in light:
                    moved.setdefault((row - top, column - side), {})[k] = there
            yield from moved.values()

    def _reached(self, first: int, within: int) -> int:
        """The cells that hang together with one."""
        part = todo = 1 << first
        while todo:
            k = todo.bit_length() - 1
            more = self._beside[k] & within & ~part
            part |= more
            todo = todo ^ 1 << k | more
        return part

    def _touch(self, part: int, image: Mapping[int, int]) -> bool:
        """Whether some cells lie beside what they come upon: else none of their halves do."""
        there = sum(1 << image[k] for k in bits(part))
        return any(self._beside[k] & there for k in bits(part))

    def _from(self, first: int, within: int, image: Mapping[int, int]) -> Iterator[tuple[int, int]]:
        """The halves with this first cell, moved in one way; each once (Redelmeier 1981)."""
        start, near_first = 1 << first, self._beside[first]
        size = self._agreed(first, image[first], 0, 1)
        if size is None or image[first] == first:
            return
        # A half, upon what it comes, what is beside it, what may join it yet, what may no more
        # or has, and the size that it is to have, 0 where none is said.
        stack = [(start, 1 << image[first], near_first, near_first & within,
                  start | near_first, size)]  # fmt: skip
        while stack:
            half, upon, around, todo, seen, size = stack.pop()
            self._spend(1)
            count = half.bit_count()
            if around & upon and size in (0, count):
                yield half, upon
            if count == (size or self._most):
                continue
            while todo:
                k = todo.bit_length() - 1
                todo ^= 1 << k
                more = self._agreed(k, image[k], size, count + 1)
                both = half | 1 << k, upon | 1 << image[k]
                if more is not None and not both[0] & both[1]:
                    fresh = self._beside[k] & within & ~seen
                    further = around | self._beside[k], todo | fresh, seen | fresh
                    stack.append((*both, *further, more))

    def _agreed(self, k: int, there: int, size: int, least: int) -> int | None:
        """The size that two cells and a half agree on; None where they do not, or it is passed."""
        for said in (self._sizes[k], self._sizes[there]):
            if said and size and said != size:
                return None
            size = size or said
        return None if size and size < least else size

    def _spend(self, count: int) -> None:
        self._tries += count
        if self._tries > MOST_TRIES:
            raise InputError(
                "there are too many ways to lay a block",
                expected="smaller parts of one colour, or more numbers",
            )


def bits(mask: int) -> Iterator[int]:
    """The numbers of a set's cells, the largest first."""
    while mask:
        k = mask.bit_length() - 1
        yield k
        mask ^= 1 << k
