"""Graphs as pictures."""

from __future__ import annotations

from hrm_toolkit.adapters.graph.puzzle import GraphAnswer, GraphPuzzle
from hrm_toolkit.core.scene import (
    GOAL,
    INK,
    NEW,
    PALE,
    RULE,
    START,
    Circle,
    Line,
    Point,
    Rectangle,
    Scene,
    Shape,
    Words,
)

_SIDE = 24.0
_MOST_SPRUNG = 400
_NAMED = 80
_LAYOUT_SEED = 0


def draw(puzzle: GraphPuzzle, answer: GraphAnswer | None) -> Scene:
    """Nodes where a layout puts them, edges with their weights, and the answer's path."""
    places = _layout(puzzle)
    path = [] if answer is None else [name for name in answer.path if name in places]
    shapes: list[Shape] = []
    for edge in puzzle.edges:
        ends = places[edge.source], places[edge.target]
        shapes.append(Line(ends, PALE, 0.08))
    if len(path) > 1:
        shapes.append(Line(tuple(places[name] for name in path), NEW, 0.3))
    if len(puzzle.edges) <= _NAMED:
        for edge in puzzle.edges:
            shapes += _weight(edge.weight, places[edge.source], places[edge.target])
    on_path, called = set(path), puzzle.called
    radius = 0.35 if len(places) <= _NAMED else 0.2
    for name, (x, y) in places.items():
        colour = NEW if name in on_path else RULE
        colour = {puzzle.start: START, puzzle.goal: GOAL}.get(name, colour)
        shapes.append(Circle(x, y, radius, colour))
        if len(places) <= _NAMED:
            said = called.get(name, name)
            shapes.append(Words(x, y - 0.75, 0.6, said, INK, name in on_path))
    side = _SIDE + 4
    return Scene(side, side, tuple(shapes), nodes=places)


def _layout(puzzle: GraphPuzzle) -> dict[str, Point]:
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
            2 + _SIDE * (x - low[0]) / span[0],
            2 + _SIDE * (y - low[1]) / span[1],
        )
        for name, (x, y) in points.items()
    }


def _weight(weight: float, one: Point, other: Point) -> list[Shape]:
    """A weight on a white plate in the middle of its edge."""
    x, y, text = (one[0] + other[0]) / 2, (one[1] + other[1]) / 2, f"{weight:g}"
    half = 0.17 * len(text) + 0.1
    return [Rectangle(x - half, y - 0.33, 2 * half, 0.66, "white"), Words(x, y, 0.5, text, RULE)]
