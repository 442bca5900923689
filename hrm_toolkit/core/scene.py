"""Pictures of puzzles as plain shapes, which become SVG by themselves; a cell is one unit wide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""x and y of the upper left corner, width and height."""

INK, PALE, RULE, NEW, WRONG = "#222222", "#bbbbbb", "#444444", "#1f6fd6", "#d62222"
START, GOAL, WALL = "#2ca02c", "#d62728", "#33373d"
MARGIN = 0.5
_LETTER = 0.5


@dataclass(frozen=True)
class Rectangle:
    """A filled rectangle; (x, y) is its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    fill: str

    def svg(self) -> str:
        """Its SVG element."""
        box = f'x="{self.x:g}" y="{self.y:g}" width="{self.width:g}" height="{self.height:g}"'
        # Between two that touch no light may shine through.
        return f'<rect {box} fill="{escape(self.fill)}" shape-rendering="crispEdges"/>'


@dataclass(frozen=True)
class Circle:
    """A filled circle."""

    x: float
    y: float
    radius: float
    fill: str

    def svg(self) -> str:
        """Its SVG element."""
        place = f'cx="{self.x:g}" cy="{self.y:g}" r="{self.radius:g}"'
        return f'<circle {place} fill="{escape(self.fill)}"/>'


@dataclass(frozen=True)
class Polygon:
    """A filled area inside corners."""

    points: tuple[Point, ...]
    fill: str

    def svg(self) -> str:
        """Its SVG element."""
        points = " ".join(f"{x:.4g},{y:.4g}" for x, y in self.points)
        return f'<polygon points="{points}" fill="{escape(self.fill)}"/>'


@dataclass(frozen=True)
class Line:
    """A line through points."""

    points: tuple[Point, ...]
    colour: str
    width: float

    def svg(self) -> str:
        """Its SVG element."""
        points = " ".join(f"{x:.4g},{y:.4g}" for x, y in self.points)
        style = f'fill="none" stroke="{escape(self.colour)}" stroke-width="{self.width:g}"'
        ends = 'stroke-linecap="round" stroke-linejoin="round"'
        return f'<polyline points="{points}" {style} {ends}/>'


@dataclass(frozen=True)
class Words:
    """Text centred on a point.

    Attributes:
        start: whether it begins at the point instead.
        halo: whether there is white around its letters, for those that lie on lines.
    """

    x: float
    y: float
    size: float
    text: str
    colour: str = INK
    bold: bool = False
    start: bool = False
    halo: bool = False

    def svg(self) -> str:
        """Its SVG element."""
        weight = ' font-weight="bold"' if self.bold else ""
        if self.halo:
            line = f'stroke="white" stroke-width="{0.25 * self.size:.4g}" stroke-linejoin="round"'
            weight += f' paint-order="stroke" {line}'
        anchor = "start" if self.start else "middle"
        place = f'x="{self.x:g}" y="{self.y:g}" text-anchor="{anchor}" dominant-baseline="central"'
        font = f'font-family="sans-serif" font-size="{self.size:g}"{weight}'
        # XML has no place for control characters, escaped or not.
        text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in self.text)
        return f'<text {place} {font} fill="{escape(self.colour)}">{escape(text)}</text>'


Shape = Rectangle | Circle | Polygon | Line | Words


@dataclass(frozen=True)
class Scene:
    """Shapes on a white sheet, drawn in order.

    Attributes:
        width: of the sheet, in cells; more than 0.
        height: likewise.
        shapes: from the lowest to the uppermost.
        corner: the upper left corner of the cell at row 0, column 0, where it shows such cells.
        nodes: the middle of each thing that has a name, by it.
    """

    width: float
    height: float
    shapes: tuple[Shape, ...]
    corner: Point | None = None
    nodes: Mapping[Any, Point] = field(default_factory=dict)

    def box(self, place: tuple[int | str, ...]) -> Box | None:
        """Where a place of a violation lies: a cell, two cells side by side, or what has a name.

        Example:
            >>> board = Scene(3, 3, (), corner=(0.5, 0.5))
            >>> board.box((1, 0)), board.box((0, 0, 0, 1)), board.box(("a",))
            ((0.5, 1.5, 1, 1), (0.5, 0.5, 2, 1), None)
        """
        if len(place) == 1 and place[0] in self.nodes:
            x, y = self.nodes[place[0]]
            return x - 0.6, y - 0.6, 1.2, 1.2
        numbers = [part for part in place if isinstance(part, int)]
        if self.corner is None or len(numbers) != len(place) or len(numbers) not in (2, 4):
            return None
        rows, columns = numbers[::2], numbers[1::2]
        left, top = self.corner[0] + min(columns), self.corner[1] + min(rows)
        box = left, top, max(columns) - min(columns) + 1, max(rows) - min(rows) + 1
        # What the rules say of a cell outside the grid has no place in its picture.
        inside = left >= 0 <= top and left + box[2] <= self.width and top + box[3] <= self.height
        return box if inside else None

    def svg(self) -> str:
        """One SVG document.

        Example:
            >>> Scene(2, 1, (Circle(1, 0.5, 0.5, "red"),)).svg().splitlines()[2]
            '<circle cx="1" cy="0.5" r="0.5" fill="red"/>'
        """
        size = f"{self.width:g} {self.height:g}"
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}">'
        sheet = Rectangle(0, 0, self.width, self.height, "white")
        return "\n".join([head, *(shape.svg() for shape in (sheet, *self.shapes)), "</svg>\n"])


@dataclass(frozen=True)
class Mark:
    """Characters of a drawn text that a terminal sets apart.

    Attributes:
        start: of the first character, in the whole text.
        end: after the last.
        colour: of the characters, by name or as ``#rrggbb``; None for the usual one.
        ground: behind them, likewise.
        bold: whether they are.
    """

    start: int
    end: int
    colour: str | None = None
    ground: str | None = None
    bold: bool = False


def text_scene(text: str, before: str | None = None) -> Scene:
    """A picture of letters in columns, whatever the width of each.

    Args:
        text: to draw.
        before: the text of the puzzle, where ``text`` is one with an answer: what the puzzle says
            is bold, and what the answer adds is blue. A puzzle of which ``text`` shows nothing
            stands above it.

    Example:
        >>> drawn = text_scene("1 2", before="1 .")
        >>> [(piece.text, piece.colour == NEW, piece.bold) for piece in drawn.shapes]
        [('1', False, True), ('2', True, False)]
    """
    lines, known = text.split("\n"), (before or "").split("\n")
    if before is not None and not _continues(lines, known):
        lines, known = [*known, "", *lines], [*known, ""]
    shapes = []
    for i, line in enumerate(lines):
        said = known[i] if i < len(known) else ""
        for j, letter in enumerate(line):
            if not letter.isspace():
                old = before is not None and said[j : j + 1] == letter
                colour = INK if before is None or old else NEW
                place = MARGIN + (j + 0.5) * _LETTER, MARGIN + i + 0.5
                shapes.append(Words(*place, 0.8, letter, colour, old))
    width = 2 * MARGIN + _LETTER * max(map(len, lines))
    return Scene(width, len(lines) + 2 * MARGIN, tuple(shapes))


def _continues(lines: Sequence[str], known: Sequence[str]) -> bool:
    """Whether a text fills another in, or goes on where it ends."""
    filled = [len(line) for line in lines] == [len(line) for line in known]
    return filled or list(lines[: len(known)]) == list(known)
