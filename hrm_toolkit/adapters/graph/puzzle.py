"""Graph path: the puzzle and answer types, and the ways into them from dicts and networkx."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from hrm_toolkit.core import Answer, InputError, Model, Puzzle, nearest, shorten, validate

if TYPE_CHECKING:
    import networkx as nx

MAX_NODES = 10_000
MAX_EDGES = 200_000
MAX_WEIGHT = 1e100

Name = Annotated[str, Field(min_length=1, max_length=1_000)]


class GraphEdge(Model):
    """One edge; in an undirected graph it can be walked both ways.

    Attributes:
        source: name of a node.
        target: name of a node.
        weight: what the edge costs, 0 to 1e100.
        name: what people call it, or None.

    Example:
        >>> GraphEdge.model_validate(["A", "B", 2.5]).weight
        2.5
    """

    source: Name
    target: Name
    weight: float = 1.0
    name: Name | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, value: Any) -> Any:
        if isinstance(value, list | tuple):
            if not 2 <= len(value) <= 4:
                raise InputError(
                    f"an edge has {len(value)} entries",
                    expected="[source, target], with a weight and a name where there are any",
                    got=value,
                )
            value = dict(zip(("source", "target", "weight", "name"), value, strict=False))
        if isinstance(value, Mapping):
            return {**value, **{k: _text(value[k]) for k in ("source", "target") if k in value}}
        return value

    @model_validator(mode="after")
    def _weight_is_a_cost(self) -> GraphEdge:
        if not 0 <= self.weight <= MAX_WEIGHT:
            kind = "a negative weight" if self.weight < 0 else "a weight that is no finite cost"
            raise InputError(
                f"the edge between {quote(self.source)} and {quote(self.target)} has {kind}",
                expected=f"a number from 0 to {MAX_WEIGHT:g}",
                got=self.weight,
                hint="shortest paths here are made of costs; shift or drop what is below 0"
                if self.weight < 0
                else None,
            )
        return self


class GraphPuzzle(Puzzle):
    """Find a cheapest path from ``start`` to ``goal``.

    Attributes:
        directed: whether an edge leads from its source to its target only.
        nodes: distinct names, at most 10,000; left out, they are taken from the edges in order.
        edges: at most 200,000; each may be given as ``[source, target]`` or with a weight as a
            third entry. Of parallel edges the cheapest counts; self-loops are allowed.
        start: name of a node.
        goal: name of a node; it may be the start.

    Example:
        >>> GraphPuzzle.model_validate(
        ...     {"edges": [["A", "B", 3], ["B", "C", 4]], "start": "A", "goal": "C"}
        ... ).nodes
        ('A', 'B', 'C')
    """

    task: Literal["graph"] = "graph"
    directed: bool = False
    nodes: tuple[Name, ...] = Field(default=(), max_length=MAX_NODES)
    edges: tuple[GraphEdge, ...] = Field(default=(), max_length=MAX_EDGES)
    start: Name
    goal: Name

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        for end in ("start", "goal"):
            if value.get(end) is None:
                raise InputError(
                    f"the graph has no {end}",
                    expected=f'"{end}": the name of a node',
                    hint=f'name it as {end}, as a graph attribute "{end}", or by a node '
                    f'attribute role="{end}"',
                )
        edges, nodes = value.get("edges", ()), value.get("nodes", ())
        _at_most(edges, MAX_EDGES, "edges")
        if not nodes:
            nodes = _nodes_of(edges)
        _at_most(nodes, MAX_NODES, "nodes")
        named = [_text(node) for node in nodes] if isinstance(nodes, list | tuple) else nodes
        ends = {end: _text(value[end]) for end in ("start", "goal")}
        return {**value, "nodes": named, **ends}

    @model_validator(mode="after")
    def _names_agree(self) -> GraphPuzzle:
        known = set(self.nodes)
        if len(known) < len(self.nodes):
            twice = Counter(self.nodes).most_common(1)[0][0]
            raise InputError(f"the node {quote(twice)} is listed twice", expected="distinct names")
        for end, name in (("start", self.start), ("goal", self.goal)):
            if name not in known:
                raise unknown_node(f"the {end}", name, self.nodes)
        for edge in self.edges:
            for name in (edge.source, edge.target):
                if name not in known:
                    about = f"the edge between {quote(edge.source)} and {quote(edge.target)}"
                    raise unknown_node(about, name, self.nodes)
        return self


class GraphAnswer(Answer):
    """A path.

    Attributes:
        path: names of the nodes visited, the start first and the goal last.
    """

    task: Literal["graph"] = "graph"
    path: tuple[str, ...] = Field(max_length=100_000)

    @field_validator("path", mode="before")
    @classmethod
    def _numbers_are_names(cls, value: Any) -> Any:
        return [_text(name) for name in value] if isinstance(value, list | tuple) else value


def quote(name: str) -> str:
    """The name as messages show it: short, on one line, in quotation marks."""
    return f'"{shorten(name, 40)}"'


def unknown_node(about: str, name: str, nodes: Sequence[str]) -> InputError:
    """The error that ``about`` names a node that is not there, with the nearest that is."""
    near = nearest(name, nodes)
    return InputError(
        f"{about} names a node {quote(name)} that the graph does not have",
        expected=f"one of its {len(nodes):,} nodes",
        hint=f"did you mean {quote(near)}?" if near else None,
    )


def from_networkx(
    graph: nx.Graph, start: Any = None, goal: Any = None, weight: str = "weight"
) -> GraphPuzzle:
    """The puzzle of a networkx graph of any of its four kinds.

    Args:
        graph: node names become text; edges may carry ``name`` or ``label``.
        start: a node; None takes the graph attribute ``start`` or the node whose ``role`` is so.
        goal: likewise.
        weight: the edge attribute that holds the cost; an edge without it costs 1.

    Raises:
        InputError: for a graph that is too large, a bad weight, or a missing start or goal.

    Example:
        >>> import networkx as nx
        >>> from_networkx(nx.path_graph(3), 0, 2).nodes
        ('0', '1', '2')
    """
    edges = (
        graph.edges(keys=True, data=True)
        if graph.is_multigraph()
        else ((u, v, None, data) for u, v, data in graph.edges(data=True))
    )
    return assemble(
        directed=graph.is_directed(),
        nodes=[(str(node), data.get("role")) for node, data in graph.nodes(data=True)],
        edges=[edge_fields(str(u), str(v), data, weight, key) for u, v, key, data in edges],
        attributes={k: str(v) for k, v in graph.graph.items() if k in ("start", "goal")},
        start=None if start is None else str(start),
        goal=None if goal is None else str(goal),
    )


def to_networkx(puzzle: GraphPuzzle) -> nx.Graph:
    """The puzzle as a networkx graph: a multigraph where it has parallel edges, directed or not.

    Start and goal are graph attributes, so that ``from_networkx`` needs no more arguments.
    """
    import networkx as nx

    def ends(edge: GraphEdge) -> tuple[str, ...]:
        pair = (edge.source, edge.target)
        return pair if puzzle.directed else tuple(sorted(pair))

    several = len({ends(edge) for edge in puzzle.edges}) < len(puzzle.edges)
    kinds = {
        (False, False): nx.Graph,
        (False, True): nx.MultiGraph,
        (True, False): nx.DiGraph,
        (True, True): nx.MultiDiGraph,
    }
    graph = kinds[puzzle.directed, several](start=puzzle.start, goal=puzzle.goal)
    graph.add_nodes_from(puzzle.nodes)
    for edge in puzzle.edges:
        named = {} if edge.name is None else {"name": edge.name}
        graph.add_edge(edge.source, edge.target, weight=edge.weight, **named)
    return graph


def is_node_link(data: Mapping[str, Any]) -> bool:
    """Whether a dict is networkx's node-link form, rather than the fields of a puzzle."""
    nodes = data.get("nodes")
    listed = isinstance(nodes, list | tuple) and bool(nodes) and isinstance(nodes[0], Mapping)
    return listed or any(key in data for key in ("links", "graph", "multigraph"))


def from_node_link(
    data: Mapping[str, Any], *, start: Any = None, goal: Any = None, weight: str = "weight"
) -> GraphPuzzle:
    """The puzzle of node-link data: ``nodes`` with ``id``, ``edges`` or ``links``.

    Start and goal may stand at the top, under ``graph``, or as a node's ``role``.

    Raises:
        InputError: saying which entry is at fault.
    """
    edges = data.get("edges", data.get("links", []))
    nodes = data.get("nodes", [])
    for key, entries in (("nodes", nodes), ("edges", edges)):
        if not isinstance(entries, list | tuple):
            raise InputError(f"{key} is no list", path=key, expected="a list", got=entries)
    attributes = data.get("graph", {})
    top = {end: data[end] for end in ("start", "goal") if end in data}
    return assemble(
        directed=data.get("directed", False),
        nodes=[
            (_field(node, "id", f"nodes.{i}"), node.get("role"))
            if isinstance(node, Mapping)
            else (node, None)
            for i, node in enumerate(nodes)
        ],
        edges=[
            edge_fields(
                _field(edge, "source", f"edges.{i}"),
                _field(edge, "target", f"edges.{i}"),
                edge,
                weight,
                edge.get("key"),
            )
            if isinstance(edge, Mapping)
            else edge
            for i, edge in enumerate(edges)
        ],
        attributes={**(attributes if isinstance(attributes, Mapping) else {}), **top},
        start=start,
        goal=goal,
    )


def edge_fields(
    source: Any, target: Any, data: Mapping[str, Any], weight: str, key: Any = None
) -> dict[str, Any]:
    """An edge's fields from the attributes a file or library keeps for it.

    Args:
        data: its ``name`` or ``label`` becomes the name.
        weight: which attribute is the cost.
        key: the name to fall back to, if it is a text.
    """
    name = data.get("name", data.get("label", key if isinstance(key, str) else None))
    return {
        "source": source,
        "target": target,
        "weight": data.get(weight, 1.0),
        "name": _text(name) or None,
    }


def assemble(
    *,
    directed: Any,
    nodes: Sequence[tuple[Any, Any]],
    edges: Sequence[Any],
    attributes: Mapping[str, Any],
    start: Any = None,
    goal: Any = None,
) -> GraphPuzzle:
    """The puzzle of parts that a reader found.

    Args:
        nodes: (name, role) each; role may be "start", "goal" or anything else.
        attributes: the graph's own; may hold ``start`` and ``goal``.
        start: overrules what the graph says.
        goal: likewise.

    Raises:
        InputError: as ``GraphPuzzle`` does, or when two nodes share the role of an end.
    """
    fields: dict[str, Any] = {"directed": directed, "nodes": [n for n, _ in nodes], "edges": edges}
    for end, given in (("start", start), ("goal", goal)):
        fields[end] = given if given is not None else attributes.get(end)
        if fields[end] is None:
            fields[end] = _holder(end, nodes)
    return validate(GraphPuzzle, fields)


def _holder(role: str, nodes: Iterable[tuple[Any, Any]]) -> Any:
    holders = [name for name, its in nodes if its == role]
    if len(holders) > 1:
        raise InputError(
            f"{len(holders)} nodes have the role {role}, "
            f"{quote(str(holders[0]))} and {quote(str(holders[1]))} among them",
            expected=f"one {role}",
        )
    return holders[0] if holders else None


def _field(entry: Mapping[str, Any], key: str, path: str) -> Any:
    if key not in entry:
        raise InputError(f'this entry has no "{key}"', path=path, got=dict(entry))
    return entry[key]


def _text(name: Any) -> Any:
    whole = isinstance(name, int | np.integer) and not isinstance(name, bool)
    return str(name) if whole else name


def _at_most(entries: Any, limit: int, what: str) -> None:
    if isinstance(entries, list | tuple) and len(entries) > limit:
        raise InputError(f"the graph has {len(entries):,} {what}", expected=f"at most {limit:,}")


def _nodes_of(edges: Any) -> list[Any]:
    """Names in the order of mention; edges that are none get an error of their own later."""
    names: dict[Any, None] = {}
    for edge in edges if isinstance(edges, list | tuple) else ():
        if isinstance(edge, GraphEdge):
            pair: tuple[Any, Any] = (edge.source, edge.target)
        elif isinstance(edge, Mapping):
            pair = (edge.get("source"), edge.get("target"))
        elif isinstance(edge, list | tuple) and len(edge) >= 2:
            pair = (edge[0], edge[1])
        else:
            continue
        names |= dict.fromkeys(n for n in map(_text, pair) if isinstance(n, str))
    return list(names)
