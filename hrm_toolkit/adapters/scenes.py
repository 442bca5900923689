"""What a picture of each task shows, as plain shapes; a cell is one unit wide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hrm_toolkit.core import Answer, AnyAdapter, Puzzle

Point = tuple[float, float]

_INK, _PALE, _RULE, _NEW, _WRONG = "#222222", "#bbbbbb", "#444444", "#1f6fd6", "#d62222"
_START, _GOAL, _WALL = "#2ca02c", "#d62728", "#33373d"
_ARC = (
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
_MARGIN = 0.5
_GRAPH_SIDE = 24.0
_MOST_SPRUNG = 400
_NAMED = 80
_LAYOUT_SEED = 0
_LETTER = 0.6


@dataclass(frozen=True)
class Rectangle:
    """A filled rectangle; (x, y) is its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    fill: str


@dataclass(frozen=True)
class Circle:
    """A filled circle."""

    x: float
    y: float
    radius: float
    fill: str


@dataclass(frozen=True)
class Line:
    """A line through points."""

    points: tuple[Point, ...]
    colour: str
    width: float


@dataclass(frozen=True)
class Words:
    """Text centred on a point."""

    x: float
    y: float
    size: float
    text: str
    colour: str = _INK
    bold: bool = False


Shape = Rectangle | Circle | Line | Words


@dataclass(frozen=True)
class Scene:
    """Shapes on a white sheet, drawn in order."""

    width: float
    height: float
    shapes: tuple[Shape, ...]


def scene(adapter: AnyAdapter, puzzle: Puzzle, answer: Answer | None = None) -> Scene:
    """The picture of a puzzle, with an answer where there is one.

    A task of somebody else's is drawn as the text that its adapter renders.

    Example:
        >>> from hrm_toolkit.adapters.sudoku import SudokuAdapter
        >>> adapter = SudokuAdapter()
        >>> scene(adapter, adapter.parse("1... ..3. .4.. ...2")).width
        5.0
    """
    painter = _PAINTERS.get(puzzle.task)
    drawn = painter(puzzle, answer) if painter else _text(adapter.render(puzzle, answer))
    sheet = Rectangle(0, 0, drawn.width, drawn.height, "white")
    return Scene(drawn.width, drawn.height, (sheet, *drawn.shapes))


def _text(text: str) -> Scene:
    """Letters in columns, whatever the width of each."""
    lines = text.split("\n")
    shapes = [
        Words(_MARGIN + (j + 0.5) * _LETTER, _MARGIN + i + 0.5, 0.8, letter)
        for i, line in enumerate(lines)
        for j, letter in enumerate(line)
        if not letter.isspace()
    ]
    width = 2 * _MARGIN + _LETTER * max(map(len, lines))
    return Scene(width, len(lines) + 2 * _MARGIN, tuple(shapes))


def _sudoku(puzzle: Any, answer: Any) -> Scene:
    size = len(puzzle.grid)
    filled = puzzle.grid if answer is None or len(answer.grid) != size else answer.grid
    shapes: list[Shape] = []
    for i, row in enumerate(filled):
        for j, value in enumerate(row):
            clue = puzzle.grid[i][j]
            if value or clue:
                colour = _INK if value == clue else _WRONG if clue else _NEW
                x, y = j + 0.5 + _MARGIN, i + 0.5 + _MARGIN
                shapes.append(Words(x, y, 0.6, str(value), colour, bool(clue)))
    height, width = puzzle.boxes
    end = size + _MARGIN
    # Thin lines first, so that the box borders lie on top.
    for thick in (False, True):
        for k in range(size + 1):
            at = k + _MARGIN
            for points, step in (
                (((_MARGIN, at), (end, at)), height),
                (((at, _MARGIN), (at, end)), width),
            ):
                if (k % step == 0) is thick:
                    colour = _RULE if thick else _PALE
                    shapes.append(Line(points, colour, 0.07 if thick else 0.025))
    return Scene(size + 2 * _MARGIN, size + 2 * _MARGIN, tuple(shapes))


def _maze(puzzle: Any, answer: Any) -> Scene:
    height, width = len(puzzle.grid), len(puzzle.grid[0])
    shapes: list[Shape] = []
    for i, row in enumerate(puzzle.grid):
        j = 0
        while j < width:
            run = len(row[j:]) - len(row[j:].lstrip("#"))
            if run:
                shapes.append(Rectangle(j, i, run, 1, _WALL))
            j += run or 1
    if answer is not None and len(answer.path) > 1:
        points = tuple((column + 0.5, row + 0.5) for row, column in answer.path)
        shapes.append(Line(points, _NEW, 0.3))
    for i, row in enumerate(puzzle.grid):
        for mark, colour in (("S", _START), ("G", _GOAL)):
            j = row.find(mark)
            if j >= 0:
                shapes.append(Circle(j + 0.5, i + 0.5, 0.4, colour))
                shapes.append(Words(j + 0.5, i + 0.5, 0.5, mark, "white", True))
    return Scene(width, height, tuple(shapes))


def _graph(puzzle: Any, answer: Any) -> Scene:
    places = _layout(puzzle)
    path = [] if answer is None else [name for name in answer.path if name in places]
    shapes: list[Shape] = []
    for edge in puzzle.edges:
        ends = places[edge.source], places[edge.target]
        shapes.append(Line(ends, _PALE, 0.08))
    if len(path) > 1:
        shapes.append(Line(tuple(places[name] for name in path), _NEW, 0.3))
    if len(puzzle.edges) <= _NAMED:
        for edge in puzzle.edges:
            shapes += _weight(edge.weight, places[edge.source], places[edge.target])
    on_path = set(path)
    radius = 0.35 if len(places) <= _NAMED else 0.2
    for name, (x, y) in places.items():
        colour = _NEW if name in on_path else _RULE
        colour = {puzzle.start: _START, puzzle.goal: _GOAL}.get(name, colour)
        shapes.append(Circle(x, y, radius, colour))
        if len(places) <= _NAMED:
            shapes.append(Words(x, y - 0.75, 0.6, name, _INK, name in on_path))
    side = _GRAPH_SIDE + 4
    return Scene(side, side, tuple(shapes))


def _layout(puzzle: Any) -> dict[str, Point]:
    """A place for each node, the same each time."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(puzzle.nodes)
    graph.add_edges_from((edge.source, edge.target) for edge in puzzle.edges)
    if len(graph) <= _MOST_SPRUNG:
        raw = nx.spring_layout(graph, seed=_LAYOUT_SEED, iterations=100)
    else:
        raw = nx.circular_layout(graph)
    points = {name: (float(x), float(y)) for name, (x, y) in raw.items()}
    low = [min(p[axis] for p in points.values()) for axis in (0, 1)]
    span = [max(p[axis] for p in points.values()) - low[axis] or 1.0 for axis in (0, 1)]
    return {
        name: (
            2 + _GRAPH_SIDE * (x - low[0]) / span[0],
            2 + _GRAPH_SIDE * (y - low[1]) / span[1],
        )
        for name, (x, y) in points.items()
    }


def _weight(weight: float, one: Point, other: Point) -> list[Shape]:
    """A weight on a white plate in the middle of its edge."""
    x, y, text = (one[0] + other[0]) / 2, (one[1] + other[1]) / 2, f"{weight:g}"
    half = 0.17 * len(text) + 0.1
    return [Rectangle(x - half, y - 0.33, 2 * half, 0.66, "white"), Words(x, y, 0.5, text, _RULE)]


def _arc(puzzle: Any, answer: Any) -> Scene:
    """One row of grids for each demonstration and each test input with its attempts."""
    rows: list[tuple[str, list[Any]]] = [
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
        shapes.append(Words(1.5, y + 1, 0.7, label, _INK, True))
        for grid in grids:
            shapes += _coloured(grid, x, y + 0.5)
            x += len(grid[0]) + 1
        width, y = max(width, x), y + tallest + 1
    return Scene(width, y + 0.5, tuple(shapes))


def _coloured(grid: Sequence[Sequence[int]], left: float, top: float) -> list[Shape]:
    gap = 0.04
    return [
        Rectangle(left + j + gap, top + i + gap, 1 - 2 * gap, 1 - 2 * gap, _ARC[colour])
        for i, row in enumerate(grid)
        for j, colour in enumerate(row)
    ]


_PAINTERS: dict[str, Callable[[Any, Any], Scene]] = {
    "arc": _arc,
    "graph": _graph,
    "maze": _maze,
    "sudoku": _sudoku,
}
