"""Graph puzzles from networkx graphs and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hrm_toolkit.adapters.graph.draft import Draft, DraftEdge, DraftNode, labels_of
from hrm_toolkit.adapters.graph.puzzle import GraphPuzzle
from hrm_toolkit.adapters.graph.ways import require_open

if TYPE_CHECKING:
    import networkx as nx


def from_networkx(
    graph: nx.Graph, start: Any = None, goal: Any = None, weight: str | None = None
) -> GraphPuzzle:
    """The puzzle of a networkx graph of any of its four kinds.

    Args:
        graph: node names become text; edges may carry ``name`` or ``label``.
        start: a node; None takes the graph attribute ``start`` or the node whose ``role`` is so.
        goal: likewise.
        weight: the edge attribute that holds the cost, or ``none`` where every edge costs 1; None
            takes ``weight``, or else the one with a usual name, or the only one that holds
            numbers. An edge without it costs 1.

    Raises:
        InputError: for a graph that is too large, a bad weight, a missing start or goal, or where
            several attributes may be the cost.
        OptionError: where no edge has the attribute ``weight``.

    Example:
        >>> import networkx as nx
        >>> from_networkx(nx.path_graph(3), 0, 2).nodes
        ('0', '1', '2')
    """
    return networkx_draft(graph).finish(
        None if start is None else str(start), None if goal is None else str(goal), weight
    )[0]


def networkx_draft(graph: nx.Graph) -> Draft:
    """A networkx graph as readers of files leave theirs, which tells what it assumes."""
    edges = (
        graph.edges(keys=True, data=True)
        if graph.is_multigraph()
        else ((u, v, None, data) for u, v, data in graph.edges(data=True))
    )
    for node, data in graph.nodes(data=True):
        require_open(data, str(node))
    return Draft(
        directed=graph.is_directed(),
        nodes=[
            DraftNode(str(node), data.get("role"), labels_of(data))
            for node, data in graph.nodes(data=True)
        ],
        edges=[DraftEdge(str(u), str(v), data, key) for u, v, key, data in edges],
        attributes={k: str(v) for k, v in graph.graph.items() if k in ("start", "goal")},
    )


def to_networkx(puzzle: GraphPuzzle) -> nx.Graph:
    """The puzzle as a networkx graph: a multigraph where it has parallel edges, directed or not.

    Start and goal are graph attributes, so that ``from_networkx`` needs no more arguments.
    """
    import networkx as nx

    rows = list(puzzle.edges.rows())
    ends = {(u, v) if puzzle.directed or u < v else (v, u) for u, v, *_ in rows}
    several = len(ends) < len(rows)
    kinds = {
        (False, False): nx.Graph,
        (False, True): nx.MultiGraph,
        (True, False): nx.DiGraph,
        (True, True): nx.MultiDiGraph,
    }
    graph = kinds[puzzle.directed, several](start=puzzle.start, goal=puzzle.goal)
    graph.add_nodes_from(puzzle.nodes)
    for source, target, weight, name in rows:
        named = {} if name is None else {"name": name}
        graph.add_edge(source, target, weight=weight, **named)
    return graph
