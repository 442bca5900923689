"""Variants of an ARC task as published datasets have them: drawn, named, told apart by digests.

Draws come from NumPy's legacy generator, in the order of the published builder of TRM: checkpoints
number their puzzle embeddings by these draws.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from hrm_toolkit.adapters.arc.operations import DIHEDRAL, Array
from hrm_toolkit.adapters.arc.search import COLOURS, SIDE
from hrm_toolkit.adapters.arc.symmetry import ArcSymmetry

Pair = tuple[Array, Array]
"""Input and output, each uint8 (H, W)."""

TRIES = 5
"""Tries for each variant that is asked for; a simple task has fewer variants."""


_NAME = re.compile(r"(.+)(\|\|\||_)t([0-7])\2(\d{10})")


@dataclass(frozen=True, slots=True)
class Variant:
    """What is done to every grid of a task; as it is made, nothing.

    Attributes:
        move: index into ``DIHEDRAL``; the move comes after the recolouring.
        colours: for each colour its new one; 0 stays.
    """

    move: int = 0
    colours: tuple[int, ...] = tuple(range(COLOURS))

    @classmethod
    def draw(cls, legacy: np.random.RandomState) -> Variant:
        """One of 8 moves, then one of 9! recolourings."""
        move = int(legacy.randint(0, len(DIHEDRAL)))
        return cls(move, (0, *(legacy.permutation(COLOURS - 1) + 1).tolist()))

    def name(self, task: str) -> str:
        """The published identifier.

        Example:
            >>> Variant(3, (0, 6, 1, 4, 7, 3, 2, 9, 5, 8)).name("tr_b")
            'tr_b|||t3|||0614732958'
        """
        return f"{task}|||t{self.move}|||{''.join(map(str, self.colours))}"

    def pairs(self, pairs: Iterable[Pair]) -> list[Pair]:
        """The grids of a task, recoloured and moved."""
        colours, move = np.array(self.colours, np.uint8), DIHEDRAL[self.move]
        return [
            (move.array(colours[asked]), move.array(colours[solved])) for asked, solved in pairs
        ]


def parse_name(name: str) -> tuple[str, ArcSymmetry]:
    """The task that a published identifier belongs to, and what was done to it.

    The inverse of ``Variant.name``.

    Args:
        name: a task's id; or of a variant, ``id|||t3|||0412356789`` (TRM) or ``id_t3_0412356789``
            (HRM): the number of the move, and for each colour its new one.

    Example:
        >>> task, symmetry = parse_name("007bbfb7|||t4|||0213456789")
        >>> task, symmetry.grid(((1, 2, 3),))
        ('007bbfb7', ((3, 1, 2),))
    """
    match = _NAME.fullmatch(name)
    if match:
        colours = tuple(map(int, match[4]))
        if colours[0] == 0 and sorted(colours) == list(range(COLOURS)):
            return match[1], ArcSymmetry(DIHEDRAL[int(match[3])], colours)
    return name, ArcSymmetry(DIHEDRAL[0], tuple(range(COLOURS)))


def grid_hash(cells: Array) -> str:
    """SHA-256, in hex, of height, width and cells row by row, a byte each.

    Example:
        >>> grid_hash(np.zeros((2, 3), np.uint8))[:8]
        'c425a9ec'
    """
    return hashlib.sha256(bytes(cells.shape) + cells.tobytes()).hexdigest()


def task_hash(pairs: Iterable[Pair]) -> str:
    """SHA-256, in hex, of a task's pairs; their order is of no matter."""
    digests = sorted(f"{grid_hash(asked)}|{grid_hash(solved)}" for asked, solved in pairs)
    return hashlib.sha256("|".join(digests).encode()).hexdigest()


def draw_variants(
    pairs: Sequence[Pair], count: int, legacy: np.random.RandomState
) -> list[Variant]:
    """Up to ``count`` variants of a task, no two alike and none like the task itself.

    Args:
        pairs: all of the task, tests included.
        count: variants asked for; ``TRIES`` times as many are drawn at most.
        legacy: draws them.
    """
    seen, found = {task_hash(pairs)}, list[Variant]()
    for _ in range(TRIES * count):
        if len(found) == count:
            break
        variant = Variant.draw(legacy)
        digest = task_hash(variant.pairs(pairs))
        if digest not in seen:
            seen.add(digest)
            found.append(variant)
    return found


def draw_place(pair: Pair, legacy: np.random.RandomState) -> tuple[int, int]:
    """Top and left, from 0, of a place among 30 x 30 cells where both grids fit."""
    (height, width), (tall, wide) = (cells.shape for cells in pair)
    top = legacy.randint(0, SIDE + 1 - max(height, tall))
    return int(top), int(legacy.randint(0, SIDE + 1 - max(width, wide)))
