"""Sudoku as text: boxed grids for a terminal."""

from __future__ import annotations

from hrm_toolkit.adapters.sudoku.boxes import BOXES, Box, Rows


def render_grid(grid: Rows, box: Box | None = None) -> str:
    """Boxed text that ``SudokuAdapter.parse`` reads back; ``.`` for a blank.

    Args:
        box: rows and columns of a box, the usual ones unless said.

    Example:
        >>> print(render_grid(((1, 0, 0, 0), (0, 0, 3, 0), (0, 4, 0, 0), (0, 0, 0, 2))))
        ┌─────┬─────┐
        │ 1 . │ . . │
        │ . . │ 3 . │
        ├─────┼─────┤
        │ . 4 │ . . │
        │ . . │ . 2 │
        └─────┴─────┘
    """
    size = len(grid)
    height, width = box or BOXES[size]
    wide = len(str(max(size, *map(max, grid))))
    bar = "─" * ((wide + 1) * width + 1)
    bars = [bar] * (size // width)
    lines = ["┌" + "┬".join(bars) + "┐"]
    for i, row in enumerate(grid):
        if i and i % height == 0:
            lines.append("├" + "┼".join(bars) + "┤")
        cells = [str(value or ".").rjust(wide) for value in row]
        boxes = [" ".join(cells[j : j + width]) for j in range(0, size, width)]
        lines.append("│ " + " │ ".join(boxes) + " │")
    return "\n".join([*lines, "└" + "┴".join(bars) + "┘"])
