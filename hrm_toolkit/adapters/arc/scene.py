"""ARC tasks as pictures, and their colours in a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hrm_toolkit.adapters.arc.rules import ArcAnswer, ArcPuzzle, Grid
from hrm_toolkit.core.scene import INK, Mark, Rectangle, Scene, Shape, Words

COLOURS = (
    "#101010",
    "#1e78d2",
    "#e8423c",
    "#38b44a",
    "#f6d32b",
    "#9a9a9a",
    "#d63fb0",
    "#f08c1e",
    "#7cd0f0",
    "#7c1f30",
)


def draw(puzzle: ArcPuzzle, answer: ArcAnswer | None) -> Scene:
    """One row of grids for each demonstration and each test input with its attempts."""
    rows: list[tuple[str, list[Grid]]] = [
        (f"train {k}", [pair.input, pair.output]) for k, pair in enumerate(puzzle.train, 1)
    ]
    for k, test in enumerate(puzzle.test):
        outputs = [test.output] if test.output is not None else []
        if answer is not None and k < len(answer.attempts):
            outputs = list(answer.attempts[k])
        rows.append((f"test {k + 1}", [test.input, *outputs]))
    shapes: list[Shape] = []
    y = width = 0.0
    for label, grids in rows:
        x, tallest = 3.0, max(len(grid) for grid in grids)
        shapes.append(Words(1.5, y + 1, 0.7, label, INK, True))
        for grid in grids:
            shapes += _coloured(grid, x, y + 0.5)
            x += len(grid[0]) + 1
        width, y = max(width, x), y + tallest + 1
    return Scene(width, y + 0.5, tuple(shapes))


def _coloured(grid: Grid, left: float, top: float) -> list[Shape]:
    gap = 0.04
    return [
        Rectangle(left + j + gap, top + i + gap, 1 - 2 * gap, 1 - 2 * gap, COLOURS[colour])
        for i, row in enumerate(grid)
        for j, colour in enumerate(row)
    ]


def marks(text: str) -> Sequence[Mark]:
    """Headings in bold, cells on their colours."""
    found, start = [], 0
    for line in text.split("\n"):
        if re.match(r"name |train \d|test \d", line):
            found.append(Mark(start, start + len(line), bold=True))
        else:
            for cell in re.finditer(r"[0-9.]", line):
                colour = 0 if cell[0] == "." else int(cell[0])
                ink = "black" if colour else "white"
                place = start + cell.start()
                found.append(Mark(place, place + 1, ink, COLOURS[colour]))
        start += len(line) + 1
    return found
