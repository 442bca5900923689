"""Coloured graphs as pictures."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping

from hrm_toolkit.adapters.constraint.colouring.puzzle import ColouringPuzzle
from hrm_toolkit.core.scene import INK, PALE, Circle, Line, Scene, Shape, Words

_SIDE, _SEED, _MOST_SPRUNG, _NAMED = 20.0, 0, 300, 80


def draw(puzzle: ColouringPuzzle, colours: Mapping[int, int]) -> Scene:
    """Nodes where a layout puts them, filled with their colours.

    Args:
        colours: of nodes by their places; others are white.
    """
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(range(len(puzzle.nodes)))
    graph.add_edges_from(puzzle.edges)
    few = len(graph) <= _MOST_SPRUNG
    raw = nx.spring_layout(graph, seed=_SEED) if few else nx.circular_layout(graph)
    at = {k: tuple(1.5 + _SIDE * (float(v) + 1) / 2 for v in raw[k]) for k in graph}
    radius = 0.5 if len(puzzle.nodes) <= _NAMED else 0.2
    shapes: list[Shape] = [
        Line(((at[a][0], at[a][1]), (at[b][0], at[b][1])), PALE, 0.06) for a, b in puzzle.edges
    ]
    for k, name in enumerate(puzzle.nodes):
        x, y = at[k]
        shapes.append(Circle(x, y, radius, INK))
        shapes.append(Circle(x, y, radius - 0.06, _paint(colours.get(k, 0))))
        if len(puzzle.nodes) <= _NAMED:
            shapes.append(Words(x, y, 0.5, name[:8], INK))
    nodes = {k: (x, y) for k, (x, y) in at.items()}
    return Scene(_SIDE + 3, _SIDE + 3, tuple(shapes), nodes=nodes)


def _paint(colour: int) -> str:
    """A light colour for each number, neighbours in number far apart; white for 0."""
    if colour < 1:
        return "white"
    red, green, blue = colorsys.hsv_to_rgb(colour * 0.618 % 1, 0.45, 1.0)
    return f"#{int(red * 255):02x}{int(green * 255):02x}{int(blue * 255):02x}"
