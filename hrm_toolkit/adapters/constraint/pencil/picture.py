"""Boards as pictures."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from hrm_toolkit.adapters.constraint.pencil.geometry import Cell, Pair, Shape
from hrm_toolkit.core.scene import (
    INK,
    MARGIN,
    NEW,
    PALE,
    RULE,
    Circle,
    Line,
    Point,
    Polygon,
    Rectangle,
    Scene,
    Words,
)
from hrm_toolkit.core.scene import Shape as Drawn

_THIN, _THICK = 0.03, 0.1


def draw(
    shape: Shape,
    *,
    words: Mapping[Cell, str],
    numbers: Mapping[Cell, str] | None = None,
    triangles: Mapping[Cell, Sequence[Point]] | None = None,
    fills: Mapping[Cell, str] | None = None,
    dots: Mapping[Cell, str] | None = None,
    borders: Collection[Pair] = (),
    lines: Collection[Pair] = (),
    corners: bool = False,
) -> Scene:
    """A board.

    Args:
        words: in the cells, and ``numbers`` those that an answer adds.
        triangles: shaded halves of cells, by the corners of each as (x, y) inside its cell.
        fills: colours of cells, and ``dots`` of circles in them.
        borders: thick ones, between two cells.
        lines: from one cell to another; from one corner to another with ``corners``.
    """
    height, width = shape
    shapes: list[Drawn] = [
        Rectangle(MARGIN + c, MARGIN + r, 1, 1, colour) for (r, c), colour in (fills or {}).items()
    ]
    for (r, c), corners_of in (triangles or {}).items():
        points = tuple((MARGIN + c + x, MARGIN + r + y) for x, y in corners_of)
        shapes.append(Polygon(points, INK))
    for k in range(height + 1):
        shapes.append(_line((0, k), (width, k), PALE, _THIN))
    for k in range(width + 1):
        shapes.append(_line((k, 0), (k, height), PALE, _THIN))
    box = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height), (0.0, 0.0)]
    if not corners:
        shapes += [_line(a, b, RULE, _THICK) for a, b in pairwise(box)]
    for (r, c), there in borders:
        across = there[0] > r
        start = (c, r + 1) if across else (c + 1, r)
        end = (c + 1, r + 1)
        shapes.append(_line(start, end, RULE, _THICK))
    for (r, c), colour in (dots or {}).items():
        shapes.append(Circle(MARGIN + c + 0.5, MARGIN + r + 0.5, 0.38, INK))
        shapes.append(Circle(MARGIN + c + 0.5, MARGIN + r + 0.5, 0.34, colour))
    middle = 0.0 if corners else 0.5
    for a, b in lines:
        ends = [(cell[1] + middle, cell[0] + middle) for cell in (a, b)]
        shapes.append(_line(ends[0], ends[1], NEW, 2 * _THICK))
    told = [(words, INK), (numbers or {}, NEW)]
    for (r, c), word, ink in ((at, word, ink) for own, ink in told for at, word in own.items()):
        dark = (fills or {}).get((r, c)) == INK
        size = 0.6 if len(word) < 3 else 1.4 / len(word)
        colour = "white" if dark else ink
        shapes.append(Words(MARGIN + c + 0.5, MARGIN + r + 0.5, size, word, colour))
    at = MARGIN + middle - 0.5
    return Scene(width + 2 * MARGIN, height + 2 * MARGIN, tuple(shapes), (at, at))


def _line(a: tuple[float, float], b: tuple[float, float], colour: str, width: float) -> Line:
    return Line(tuple((MARGIN + x, MARGIN + y) for x, y in (a, b)), colour, width)
