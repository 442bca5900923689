"""Squares of numbers as pictures."""

from __future__ import annotations

from collections.abc import Sequence

from hrm_toolkit.core.scene import INK, MARGIN, NEW, PALE, RULE, WRONG, Line, Scene, Shape, Words

Numbers = Sequence[Sequence[int]]


def draw(clues: Numbers, filled: Numbers | None, box: tuple[int, int]) -> Scene:
    """The grid with its boxes: clues in ink, what an answer adds in blue, changed clues in red.

    Args:
        clues: n rows of n numbers, 0 for a blank.
        filled: of the answer; of another size, or None, it is left out.
        box: rows and columns of each box; all of them where there are none.
    """
    size = len(clues)
    shown = clues if filled is None or len(filled) != size else filled
    shapes: list[Shape] = []
    for i, row in enumerate(shown):
        for j, value in enumerate(row):
            clue = clues[i][j]
            if value or clue:
                colour = INK if value == clue else WRONG if clue else NEW
                x, y = j + 0.5 + MARGIN, i + 0.5 + MARGIN
                shapes.append(Words(x, y, 0.6, str(value), colour, bool(clue)))
    height, width = box
    end = size + MARGIN
    # Thin lines first, so that the box borders lie on top.
    for thick in (False, True):
        for k in range(size + 1):
            at = k + MARGIN
            for points, step in (
                (((MARGIN, at), (end, at)), height),
                (((at, MARGIN), (at, end)), width),
            ):
                if (k % step == 0) is thick:
                    colour = RULE if thick else PALE
                    shapes.append(Line(points, colour, 0.07 if thick else 0.025))
    side = size + 2 * MARGIN
    return Scene(side, side, tuple(shapes), (MARGIN, MARGIN))
