"""Where there is room for the words of a drawn graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hrm_toolkit.core.scene import Box, Point

LETTERS, RADIUS = 0.6, 0.35
"""Size of a node's name, and the radius of the node."""

_WIDE = 0.32
"""Width of a letter beside its size of ``LETTERS``."""
_PARTS = 24
"""Points of an edge that are looked at."""
_ALONG = (0.5, 0.4, 0.6, 0.3, 0.7)
_CLEAR = RADIUS + 0.1


class Room:
    """What lies on the sheet so far; each word goes where it covers least.

    Args:
        nodes: their middles, by name.
        edges: their ends.
    """

    def __init__(self, nodes: Mapping[str, Point], edges: Sequence[tuple[Point, Point]]) -> None:
        side = 2 * RADIUS
        self._taken = np.array(
            [(x - RADIUS, y - RADIUS, side, side) for x, y in nodes.values()]
        ).reshape(-1, 4)
        # (edges, 1, 2) and (parts, 1) make (edges, parts, 2): x and y of points on the edges.
        ends = np.array(edges, np.float64).reshape(-1, 2, 1, 2)
        share = np.linspace(0, 1, _PARTS)[:, None]
        self._lines = (ends[:, 0] * (1 - share) + ends[:, 1] * share).reshape(-1, 2)

    def along(self, one: Point, other: Point, letters: int) -> Point:
        """The middle of a weight on the edge between two nodes, near the edge's middle."""
        half = 0.17 * letters + 0.1
        spots = [
            (one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1]))
            for share in _ALONG
        ]
        return self._best([((x, y), (x - half, y - 0.33, 2 * half, 0.66)) for x, y in spots], 0.0)

    def beside(self, node: Point, letters: int) -> Point:
        """The middle of a node's name, above it where there is room."""
        x, y = node
        half, high = _WIDE * letters / 2, LETTERS / 2
        right, down = _CLEAR + half, _CLEAR + high
        spots = [
            *((x, y - down), (x, y + down), (x + right, y), (x - right, y)),
            *((x + a * (half + 0.3), y + b * (high + 0.3)) for b in (-1, 1) for a in (1, -1)),
        ]
        boxes = [((x, y), (x - half, y - high, 2 * half, 2 * high)) for x, y in spots]
        return self._best(boxes, 0.02)

    def _best(self, spots: Sequence[tuple[Point, Box]], crossing: float) -> Point:
        """The first of the spots that cover least, from now on taken.

        Args:
            crossing: what a point of an edge counts, beside the area of a word or node.
        """
        costs = [self._covered(box) + crossing * self._crossed(box) for _, box in spots]
        point, box = spots[int(np.argmin(costs))]
        self._taken = np.vstack([self._taken, box])
        return point

    def _covered(self, box: Box) -> float:
        """The area that the box shares with what is there."""
        x, y, width, height = box
        left, top, wide, high = self._taken.T
        across = np.minimum(left + wide, x + width) - np.maximum(left, x)
        down = np.minimum(top + high, y + height) - np.maximum(top, y)
        return float((across.clip(0) * down.clip(0)).sum())

    def _crossed(self, box: Box) -> int:
        """How many points of edges lie in the box."""
        x, y = self._lines.T
        inside = (x > box[0]) & (x < box[0] + box[2]) & (y > box[1]) & (y < box[1] + box[3])
        return int(inside.sum())
