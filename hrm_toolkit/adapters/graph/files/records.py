"""Graphs in JSON: node-link, adjacency, Cytoscape, graphology, lists of edges, our own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hrm_toolkit.adapters.extras import require_plain_rules
from hrm_toolkit.adapters.graph.draft import (
    Draft,
    DraftEdge,
    DraftNode,
    labels_of,
    node_name,
)
from hrm_toolkit.adapters.graph.edges import name_of
from hrm_toolkit.adapters.graph.files.columns import (
    are_edges,
    are_neighbours,
    edge_of,
    ends_in,
    may_be_edges,
)
from hrm_toolkit.adapters.graph.puzzle import GraphPuzzle
from hrm_toolkit.adapters.graph.ways import is_way, require_open
from hrm_toolkit.adapters.graph.weights import is_number, usual
from hrm_toolkit.adapters.names import plain, require_one, words
from hrm_toolkit.core import InputError, validate
from hrm_toolkit.core.files import MAYBE, NO, SURE, Claim, no

_SAMPLE = 100
_PUZZLE = frozenset(GraphPuzzle.model_fields)
_EDGE = frozenset({"source", "target", "weight", "name"})
_KNOWN = words(
    "nodes vertices edges links directed undirected isdirected multigraph multi graph graphs data",
    "attributes options adjacency elements hyperedges start goal source target weight cost",
    "style layout zoom minzoom maxzoom pan renderer wheelsensitivity zoomingenabled groups",
    "userzoomingenabled panningenabled userpanningenabled boxselectionenabled allowselfloops",
)
_DIRECTED = words("directed digraph multidigraph directedgraph")
_WAYS = _DIRECTED | words("undirected graph multigraph undirectedgraph")
_KINDS = words(
    "type kind mode orientation edgedefault defaultedgetype edgetype edgetypes graphtype graphkind",
    "graphclass graphmode class",
)
"""Names of fields that say which kind of graph it is, and what they say."""
_NEIGHBOURS = "it is a square table of numbers, as of neighbours; list [source, target, weight]"
_SPECIAL = ("elements", "adjacency", "links")
_FROM_TO = words("start goal source target from to src dst end")
_TABLES = words("matrix adjacency adjacencymatrix weights weightmatrix costmatrix distancematrix")

Read = tuple[GraphPuzzle, tuple[str, ...]]


def claims(value: Any) -> Claim:
    """How sure it is that a JSON value is a graph."""
    if isinstance(value, list) and are_neighbours(value):
        return no(_NEIGHBOURS)
    if isinstance(value, list):
        return SURE if are_edges(value) else MAYBE if may_be_edges(value) else NO
    if not isinstance(value, Mapping):
        return NO
    task = value.get("task")
    if task is not None:
        return SURE if task == "graph" else NO
    if _tabled(value):
        return SURE
    if "edges" in value or any(key in value for key in _SPECIAL):
        return MAYBE
    graph = value.get("graph")
    if isinstance(graph, Mapping) and graph:
        return claims(graph) if not _is_neighbours(graph) else MAYBE
    if isinstance(graph, list) and are_edges(graph):
        return MAYBE
    return MAYBE if _is_neighbours(value) else no('it has no "edges", "links" or "adjacency"')


def kind_of(value: Any) -> str:
    """What a JSON value that is a graph goes by."""
    if isinstance(value, list):
        return "list of edges, JSON"
    if "task" in value:
        return "graph puzzle, JSON"
    if "elements" in value:
        return "Cytoscape JSON"
    if "adjacency" in value:
        return "adjacency JSON"
    if "options" in value and "attributes" in value:
        return "graphology JSON"
    return "node-link JSON" if "edges" in value or "links" in value else "graph, JSON"


def read(value: Any, start: Any = None, goal: Any = None, weight: str | None = None) -> Read:
    """The puzzle of a JSON value, and what was assumed.

    Args:
        start: overrules what the value says.
        goal: likewise.
        weight: as ``Draft.finish``.

    Raises:
        InputError: saying which entry is at fault.
        OptionError: where no edge has the attribute ``weight``.
    """
    if isinstance(value, Mapping) and weight in (None, "weight") and is_own(value):
        given = {end: name for end, name in (("start", start), ("goal", goal)) if name is not None}
        return validate(GraphPuzzle, {"task": "graph", **value, **given}), ()
    return draft_of(value).finish(start, goal, weight)


def is_own(value: Mapping[str, Any]) -> bool:
    """Whether a value has the fields of a puzzle alone, misspelt ones of its edges included."""
    nodes, edges = value.get("nodes"), value.get("edges")
    if "edges" not in value or not set(value) <= _PUZZLE:
        return False
    if isinstance(nodes, list | tuple) and any(isinstance(n, Mapping) for n in nodes[:1]):
        return False
    if not isinstance(edges, list | tuple):
        return True
    named = [set(edge) for edge in edges if isinstance(edge, Mapping)]
    if any(not {"source", "target"} <= keys and ends_in(keys) for keys in named):
        return False
    if any(is_way(key) for keys in named for key in keys - _EDGE):
        return False
    return not any(usual(key) for keys in named for key in keys - _EDGE) and not any(
        isinstance(edge, list | tuple) and len(edge) > 2 and isinstance(edge[2], Mapping)
        for edge in edges
    )


def draft_of(value: Any) -> Draft:
    """The graph of a JSON value, as it stands there.

    Raises:
        InputError: saying which entry is at fault.
    """
    if isinstance(value, list) and are_neighbours(value):
        raise InputError("this is no list of edges", hint=_NEIGHBOURS)
    if isinstance(value, list) and all(isinstance(edge, Mapping | list) for edge in value):
        return Draft(None, edges=_edges(value, {}))
    if not isinstance(value, Mapping):
        raise InputError("the JSON is no object", expected="node-link data", got=value)
    if _tabled(value):
        raise InputError("this is no list of edges", hint=_NEIGHBOURS)
    _require_shortest(value)
    graph = value.get("graph")
    ends = {end: value[end] for end in ("start", "goal") if value.get(end) is not None}
    if _is_neighbours(graph) or (isinstance(graph, list) and are_edges(graph)):
        value, graph = graph, None
    elif isinstance(graph, Mapping) and ("edges" in graph or "links" in graph):
        value, graph = {**graph, "directed": graph.get("directed", value.get("directed"))}, None
    if isinstance(value, list):
        draft = Draft(None, edges=_edges(value, {}))
    elif "elements" in value:
        draft = _cytoscape(value)
    elif "adjacency" in value:
        draft = _adjacency(value)
    elif _is_neighbours(value):
        draft = _neighbours(value)
    else:
        draft = _node_link(value)
    own = graph if isinstance(graph, Mapping) else {}
    if isinstance(graph, list):
        own = {pair[0]: pair[1] for pair in graph if isinstance(pair, list) and len(pair) == 2}
    draft.attributes = {**own, **draft.attributes, **ends}
    return draft


def _tabled(value: Mapping[str, Any]) -> bool:
    """Whether it holds a table of neighbours beside ends that are nodes, and not cells."""
    ends = [said for name, said in value.items() if plain(name) in _FROM_TO]
    tables = (said for name, said in value.items() if plain(name) in _TABLES)
    named = bool(ends) and not any(isinstance(end, list | Mapping) for end in ends)
    return named and any(isinstance(said, list) and are_neighbours(said) for said in tables)


def _require_shortest(value: Mapping[str, Any]) -> None:
    """Refuse what asks for more than a shortest path."""
    if "edges" not in value and "links" not in value:
        return  # neighbours by the names of nodes, or a library's own form
    told = {name: said for name, said in value.items() if _said(plain(name), said) is None}
    require_plain_rules(
        told, "graph", known=_KNOWN, expected="nodes, edges, a start, a goal and a shortest path"
    )


def _node_link(value: Mapping[str, Any]) -> Draft:
    """``nodes`` with ``id``, ``key`` or ``name``; ``edges`` or ``links`` with both ends."""
    edges = value.get("edges", value.get("links", []))
    if "edges" in value:
        require_one(value, ("edges", "links"), "edges")
    nodes = value.get("nodes", [])
    if isinstance(nodes, Mapping):
        nodes = [
            {"id": name, **(data if isinstance(data, Mapping) else {})}
            for name, data in nodes.items()
        ]
    for key, entries in (("nodes", nodes), ("edges", edges)):
        if not isinstance(entries, list | tuple):
            raise InputError(f"{key} is no list", path=key, expected="a list", got=entries)
    listed = [_node(node, f"nodes.{i}") for i, node in enumerate(nodes)]
    draft = Draft(_direction(value), listed, _edges(edges, _by_index(nodes, listed, edges)))
    own = value.get("attributes")
    draft.attributes = own if isinstance(own, Mapping) else {}
    return draft


def _node(node: Any, where: str) -> DraftNode:
    if not isinstance(node, Mapping):
        return DraftNode(node_name(node, where))
    key = next((key for key in ("id", "key", "name") if node.get(key) is not None), None)
    if key is None:
        raise InputError('this entry has no "id"', path=where, got=dict(node))
    inner = node.get("attributes")
    data = {**node, **inner} if isinstance(inner, Mapping) else node
    name = node_name(node[key], f"{where}.{key}")
    require_open(data, name)
    return DraftNode(name, data.get("role"), tuple(x for x in labels_of(data) if x != name))


def _by_index(nodes: Sequence[Any], listed: list[DraftNode], edges: Any) -> dict[Any, str]:
    """Names by place, where edges number the nodes from 0, as D3 does and networkx once did."""
    if not nodes or not all(isinstance(node, Mapping) for node in nodes):
        return {}
    used = {
        edge.get(end)
        for edge in edges
        if isinstance(edge, Mapping)
        for end in ("source", "target")
        if isinstance(edge.get(end), int | str)
    }
    names = {node.name for node in listed}
    if not used or not all(isinstance(n, int) and 0 <= n < len(listed) for n in used):
        return {}
    if "id" in nodes[0] and {str(n) for n in used} <= names:
        return {}
    return {place: node.name for place, node in enumerate(listed)}


def _edges(edges: Sequence[Any], by_index: Mapping[Any, str]) -> list[DraftEdge]:
    found = []
    for place, edge in enumerate(edges):
        where = f"edges.{place}"
        if isinstance(edge, Mapping):
            ends = {end: by_index[edge[end]] for end in _ENDS if by_index and end in edge}
            # D3 puts the nodes themselves in the place of their ids.
            ends |= {
                end: edge[end]["id"]
                for end in _ENDS
                if isinstance(edge.get(end), Mapping) and "id" in edge[end]
            }
            found.append(edge_of({**edge, **ends}, where))
        elif isinstance(edge, list | tuple) and 2 <= len(edge) <= 4:
            source, target = (node_name(edge[i], f"{where}.{end}") for i, end in enumerate(_ENDS))
            rest = edge[2:]
            if len(rest) == 1 and isinstance(rest[0], Mapping):
                data = dict(rest[0])
            else:
                data = dict(zip(("weight", "name"), rest, strict=False))
            found.append(DraftEdge(source, target, data))
        else:
            raise InputError(
                f"an edge has {len(edge)} entries"
                if isinstance(edge, list | tuple)
                else "this is no edge",
                path=where,
                expected="[source, target], with a weight and a name where there are any",
                got=edge,
            )
    return found


_ENDS = ("source", "target")


def _cytoscape(value: Mapping[str, Any]) -> Draft:
    elements = value["elements"]
    if isinstance(elements, Mapping):
        nodes, edges = elements.get("nodes", []), elements.get("edges", [])
    else:
        listed = elements if isinstance(elements, list) else []
        edges = [e for e in listed if isinstance(e, Mapping) and "source" in (e.get("data") or {})]
        nodes = [e for e in listed if e not in edges]
    inner = [
        [entry.get("data") if isinstance(entry, Mapping) else None for entry in entries]
        for entries in (nodes, edges)
    ]
    for entries in inner:
        if not all(isinstance(data, Mapping) for data in entries):
            raise InputError('an element has no "data"', expected="Cytoscape JSON")
    return Draft(
        _direction(value),
        [_node(data, f"nodes.{i}") for i, data in enumerate(inner[0])],
        _edges(inner[1], {}),
        {k: v for k, v in value.get("data", []) if k in ("start", "goal")}
        if isinstance(value.get("data"), list)
        else value.get("data", {}),
    )


def _adjacency(value: Mapping[str, Any]) -> Draft:
    """networkx's adjacency data: at the place of each node the edges that leave it."""
    nodes, adjacency = value.get("nodes", []), value["adjacency"]
    right = isinstance(nodes, list) and isinstance(adjacency, list)
    if not right or len(nodes) != len(adjacency):
        raise InputError("adjacency is no list of an entry a node", path="adjacency")
    listed = [_node(node, f"nodes.{i}") for i, node in enumerate(nodes)]
    order = {node.name: place for place, node in enumerate(listed)}
    draft = Draft(bool(value.get("directed", False)), listed)
    for place, there in enumerate(adjacency):
        for data in there if isinstance(there, list) else []:
            where = f"adjacency.{place}"
            if not isinstance(data, Mapping) or "id" not in data:
                raise InputError('this entry has no "id"', path=where, got=data)
            target = node_name(data["id"], where)
            # An undirected edge stands at both of its ends.
            if draft.directed or order.get(target, place) >= place:
                rest = {key: value for key, value in data.items() if key not in ("id", "key")}
                draft.edges.append(DraftEdge(listed[place].name, target, rest))
    return draft


def _neighbours(value: Mapping[str, Any]) -> Draft:
    """``{"A": {"B": 3}}`` or ``{"A": ["B", "C"]}``: from each node to its neighbours."""
    draft = Draft(True, [DraftNode(str(name)) for name in value])
    known = set(value)
    for name, there in value.items():
        entries = there.items() if isinstance(there, Mapping) else ((n, None) for n in there)
        for place, entry in enumerate(entries):
            weighted = isinstance(entry[0], list) and len(entry[0]) == 2
            target, data = entry[0] if weighted else entry
            other = node_name(target, f"{name}.{place}")
            if other not in known:
                known.add(other)
                draft.nodes.append(DraftNode(other))
            given = data if isinstance(data, Mapping) else {} if data is None else {"weight": data}
            draft.edges.append(DraftEdge(str(name), other, given))
    draft.notes.append("each edge leads from the node under which it stands, and not back")
    return draft


def _is_neighbours(value: Any) -> bool:
    """Whether a value maps nodes to their neighbours, most of which it has itself."""
    if not isinstance(value, Mapping) or len(value) < 2:
        return False
    entries = list(value.items())[:_SAMPLE]
    if all(isinstance(there, Mapping) for _, there in entries):
        heads = [n for _, there in entries for n in there]
        right = all(
            is_number(data) or isinstance(data, Mapping)
            for _, there in entries
            for data in there.values()
        )
    elif all(isinstance(there, list) for _, there in entries):
        heads = [n[0] if isinstance(n, list) and n else n for _, t in entries for n in t]
        right = all(isinstance(n, str | int) for n in heads)
    else:
        return False
    return right and bool(heads) and sum(name_of(n) in value for n in heads) * 2 > len(heads)


def _said(name: str, item: Any) -> bool | None:
    """What a field of another name than ``directed`` says of the direction of edges."""
    kind = plain(str(item))
    if name in _KINDS and kind in _WAYS:
        return kind in _DIRECTED
    flag = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(kind)
    if flag is not None and name in (
        "isdirected",
        "digraph",
        "isdigraph",
        "undirected",
        "isundirected",
    ):
        return flag != name.endswith("undirected")
    return None


def _direction(value: Mapping[str, Any]) -> bool | None:
    options = value.get("options")
    if isinstance(options, Mapping) and options.get("type") is not None:
        return str(options["type"]) != "undirected"
    said = value.get("directed")
    for name, item in value.items():
        if said is None:
            said = _said(plain(name), item)
    inner = value.get("data")
    if said is None and isinstance(value.get("graph"), Mapping):
        said = value["graph"].get("directed")
    if said is None and isinstance(inner, Mapping):
        said = inner.get("directed")
    if said is None or isinstance(said, bool):
        return said
    if str(said).lower() in ("true", "false", "1", "0", "yes", "no"):
        return str(said).lower() in ("true", "1", "yes")
    raise InputError(
        "directed is neither true nor false", path="directed", expected="true or false", got=said
    )
