"""Graphs as pictures."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from hrm_toolkit.adapters.graph.puzzle import GraphAnswer, GraphPuzzle
from hrm_toolkit.adapters.room import LETTERS, RADIUS, Room
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
    Scene,
    Shape,
    Words,
)

if TYPE_CHECKING:
    import networkx as nx

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
    on_path, named = set(path), len(places) <= _NAMED
    room = Room(places, [(places[edge.source], places[edge.target]) for edge in puzzle.edges])
    if len(puzzle.edges) <= _NAMED:
        for edge in puzzle.edges:
            weight = f"{edge.weight:g}"
            x, y = room.along(places[edge.source], places[edge.target], len(weight))
            shapes.append(Words(x, y, 0.5, weight, RULE, halo=True))
    for name, (x, y) in places.items():
        colour = NEW if name in on_path else RULE
        colour = {puzzle.start: START, puzzle.goal: GOAL}.get(name, colour)
        shapes.append(Circle(x, y, RADIUS if named else 0.2, colour))
    if named:
        # Where a name stands does not hang on the answer, lest names move from picture to picture.
        for name in sorted(places, key=lambda name: name not in (puzzle.start, puzzle.goal)):
            said = puzzle.called.get(name, name)
            x, y = room.beside(places[name], len(said))
            shapes.append(Words(x, y, LETTERS, said, INK, name in on_path, halo=True))
    side = _SIDE + 4
    return Scene(side, side, tuple(shapes), nodes=places)


def _layout(puzzle: GraphPuzzle) -> dict[str, Point]:
    """A place for each node, the same each time: the largest piece above, others in a row below."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(puzzle.nodes)
    graph.add_edges_from((edge.source, edge.target) for edge in puzzle.edges)
    if len(graph) > _MOST_SPRUNG:
        return _spread(nx.circular_layout(graph), (0.0, 0.0), (_SIDE, _SIDE))
    largest, *others = sorted(nx.connected_components(graph), key=len, reverse=True)
    wide = _SIDE / max(len(others), 3)
    tall = min(wide, _SIDE / 4) if others else 0.0
    places = _spread(_sprung(graph, largest), (0.0, 0.0), (_SIDE, _SIDE - tall))
    for number, piece in enumerate(others):
        corner = wide * (number + 0.15), _SIDE - 0.7 * tall
        places |= _spread(_sprung(graph, piece), corner, (0.7 * wide, 0.7 * tall))
    return {name: places[name] for name in puzzle.nodes}


def _sprung(graph: nx.Graph[str], piece: Collection[str]) -> Mapping[str, Sequence[float]]:
    """The nodes of a connected piece, where springs for edges put them."""
    import networkx as nx

    own = nx.Graph()
    # A set of names has another order in each process.
    own.add_nodes_from(name for name in graph if name in piece)
    own.add_edges_from(edge for edge in graph.edges if edge[0] in piece)
    places: Mapping[str, Sequence[float]] = nx.spring_layout(own, seed=_LAYOUT_SEED, iterations=100)
    return places


def _spread(
    raw: Mapping[str, Sequence[float]], corner: Point, size: tuple[float, float]
) -> dict[str, Point]:
    """The same places, stretched over a part of the sheet inside its margin."""
    points = {name: (float(x), float(y)) for name, (x, y) in raw.items()}
    low = [min(p[axis] for p in points.values()) for axis in (0, 1)]
    span = [max(p[axis] for p in points.values()) - low[axis] for axis in (0, 1)]
    return {
        name: (
            2 + corner[0] + size[0] * ((x - low[0]) / span[0] if span[0] else 0.0),
            2 + corner[1] + size[1] * ((y - low[1]) / span[1] if span[1] else 0.0),
        )
        for name, (x, y) in points.items()
    }
