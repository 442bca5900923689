"""Graph files: GraphML, node-link JSON, DIMACS shortest-path files and plain edge lists."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from hrm_toolkit.adapters.graph.puzzle import (
    MAX_EDGES,
    MAX_NODES,
    GraphPuzzle,
    assemble,
    edge_fields,
    from_node_link,
    is_node_link,
    unknown_node,
)
from hrm_toolkit.adapters.graph.text import MAX_TEXT, parse_text
from hrm_toolkit.core import InputError, validate
from hrm_toolkit.core.files import (
    MAYBE,
    NO,
    SURE,
    Claim,
    Loaded,
    ReadOptions,
    RecordForm,
    Sample,
    TextForm,
)

_MAX_TAGS = 2_000_000
_DOCTYPE = re.compile(r"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_DIMACS = re.compile(r"^p\s+sp\b", re.MULTILINE)
_DIMACS_END = re.compile(r"c\s+(start|goal)\s+(\S+)\s*")


def read_graph(
    data: bytes | str, *, start: str | None = None, goal: str | None = None
) -> GraphPuzzle:
    """The puzzle of a graph in any form that is read here, told apart by its content.

    Args:
        data: the file's content; bytes are UTF-8.
        start: name of the start node; overrules what the file says.
        goal: likewise.

    Raises:
        InputError: saying what was found and what was expected.

    Example:
        >>> read_graph('{"links": [{"source": 1, "target": 2}]}', start="1", goal="2").nodes
        ('1', '2')
    """
    text = _text(data)
    first = text.lstrip()[:1]
    if not first:
        raise InputError("the text is empty", expected="a graph")
    if first == "<":
        return read_graphml(text, start=start, goal=goal)
    if first in ("{", "["):
        return read_node_link(text, start=start, goal=goal)
    if _DIMACS.search(text):
        return read_dimacs(text, start=start, goal=goal)
    return parse_text(text, start=start, goal=goal)


def read_graphml(
    data: bytes | str, *, start: str | None = None, goal: str | None = None
) -> GraphPuzzle:
    """The puzzle of a GraphML file.

    Nodes go by their ids. An edge's attribute ``weight`` is its cost (1 without it), ``name`` or
    ``label``, or else its id, its name. The ends are graph attributes ``start`` and ``goal``, or
    the nodes whose attribute ``role`` says so.

    Raises:
        InputError: as ``read_graph``; a document type declaration is refused, whatever it holds.
    """
    root = _xml(_text(data))
    if _tag(root) != "graphml":
        raise InputError(f"the XML is a <{_tag(root)}>", expected="<graphml>")
    graphs = _children(root, "graph")
    if len(graphs) != 1:
        raise InputError(f"the file holds {len(graphs)} graphs", expected="one <graph>")
    graph = graphs[0]
    if _children(graph, "hyperedge") or any(
        _children(n, "graph") for n in _children(graph, "node")
    ):
        raise InputError("the graph has hyperedges or graphs inside nodes", expected="a flat graph")
    keys = {key.get("id", ""): key for key in _children(root, "key")}
    directed = graph.get("edgedefault", "undirected") == "directed"
    nodes = [
        (_required(node, "id"), _data(node, keys, "node").get("role"))
        for node in _children(graph, "node")
    ]
    known = {name: None for name, _ in nodes}
    return assemble(
        directed=directed,
        nodes=nodes,
        edges=[_edge(edge, keys, directed, known) for edge in _children(graph, "edge")],
        attributes=_data(graph, keys, "graph"),
        start=start,
        goal=goal,
    )


def read_node_link(
    data: bytes | str, *, start: str | None = None, goal: str | None = None
) -> GraphPuzzle:
    """The puzzle of node-link JSON (edges under ``edges`` or ``links``), or of a puzzle's own JSON.

    Raises:
        InputError: as ``read_graph``.
    """
    try:
        value = json.loads(_text(data))
    except RecursionError:
        raise InputError("the JSON is nested too deeply", expected="node-link data") from None
    except ValueError as error:
        raise InputError(f"this is no JSON: {error}", expected="node-link data") from None
    if not isinstance(value, dict):
        raise InputError("the JSON is no object", expected="node-link data", got=value)
    if is_node_link(value):
        return from_node_link(value, start=start, goal=goal)
    ends = {end: name for end, name in (("start", start), ("goal", goal)) if name is not None}
    return validate(GraphPuzzle, {**value, **ends})


def read_dimacs(
    data: bytes | str, *, start: str | None = None, goal: str | None = None
) -> GraphPuzzle:
    """The puzzle of a DIMACS shortest-path file: ``p sp NODES ARCS`` and ``a FROM TO WEIGHT``.

    Nodes are called "1", "2" and so on; arcs lead one way. The format names no ends: comment
    lines ``c start 1`` and ``c goal 5`` do, or the arguments.

    Raises:
        InputError: as ``read_graph``.

    Example:
        >>> read_dimacs("c start 1\\nc goal 2\\np sp 2 1\\na 1 2 7").edges[0].weight
        7.0
    """
    ends: dict[str, str] = {}
    counts: tuple[int, int] | None = None
    arcs: list[tuple[str, str, str]] = []
    for number, line in enumerate(_text(data).split("\n"), 1):
        words = line.split()
        found = _DIMACS_END.fullmatch(line)
        if found:
            ends[found[1]] = found[2]
        elif not words or words[0] == "c":
            continue
        elif counts is None:
            counts = _sizes(words, number)
        elif words[0] == "a" and len(words) == 4:
            arcs.append((words[1], words[2], words[3]))
        else:
            raise InputError(
                "this line is no arc",
                path=f"line {number}",
                expected='"a FROM TO WEIGHT"',
                got=line,
            )
    if counts is None or len(arcs) != counts[1]:
        said = "says nothing of" if counts is None else f"says {counts[1]:,}"
        raise InputError(f'the file has {len(arcs):,} arcs, and its "p sp" line {said} them')
    return assemble(
        directed=True,
        nodes=[(str(node), None) for node in range(1, counts[0] + 1)],
        edges=arcs,
        attributes=ends,
        start=start,
        goal=goal,
    )


def _text(data: bytes | str) -> str:
    if len(data) > MAX_TEXT:
        raise InputError(f"the file has {len(data):,} bytes", expected=f"at most {MAX_TEXT:,}")
    if isinstance(data, str):
        return data
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"byte {error.start + 1} is not UTF-8", expected="UTF-8 text") from None


def _sizes(words: list[str], number: int) -> tuple[int, int]:
    right = len(words) == 4 and words[:2] == ["p", "sp"]
    if not right or not all(w.isascii() and w.isdigit() and len(w) < 10 for w in words[2:]):
        raise InputError(
            "arcs come after a problem line",
            path=f"line {number}",
            expected='"p sp NODES ARCS"',
            got=" ".join(words),
        )
    nodes, arcs = int(words[2]), int(words[3])
    if nodes > MAX_NODES or arcs > MAX_EDGES:
        raise InputError(
            f"the graph has {nodes:,} nodes and {arcs:,} arcs",
            expected=f"at most {MAX_NODES:,} and {MAX_EDGES:,}",
        )
    return nodes, arcs


def _xml(text: str) -> ET.Element:
    """The document's root. Entities cannot be defined without what is refused here."""
    if _DOCTYPE.search(text):
        raise InputError(
            "the XML has a document type or entity declaration, which is never read",
            expected="plain GraphML",
            hint="delete the <!DOCTYPE ...>",
        )
    if text.count("<") > _MAX_TAGS:
        raise InputError("the XML has too many tags", expected=f"at most {_MAX_TAGS:,}")
    try:
        return ET.fromstring(text)  # noqa: S314 - no DOCTYPE, hence no entities
    except (ET.ParseError, ValueError) as error:
        raise InputError(f"this is no well-formed XML: {error}", expected="GraphML") from None


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _children(element: ET.Element, tag: str) -> list[ET.Element]:
    return [child for child in element if _tag(child) == tag]


def _required(element: ET.Element, attribute: str) -> str:
    value = element.get(attribute)
    if value is None:
        raise InputError(
            f'a <{_tag(element)}> has no attribute "{attribute}"', got=dict(element.attrib)
        )
    return value


def _data(element: ET.Element, keys: Mapping[str, ET.Element], kind: str) -> dict[str, str]:
    """What an element's ``data`` say, by attribute name, over the defaults of its kind."""
    found: dict[str, str] = {}
    for key in keys.values():
        for default in _children(key, "default"):
            if key.get("for", "all") in (kind, "all"):
                found[key.get("attr.name", key.get("id", ""))] = (default.text or "").strip()
    for data in _children(element, "data"):
        key_id = data.get("key", "")
        declared = keys.get(key_id)
        name = key_id if declared is None else declared.get("attr.name", key_id)
        found[name] = (data.text or "").strip()
    return found


def _edge(
    edge: ET.Element,
    keys: Mapping[str, ET.Element],
    directed: bool,
    known: Mapping[str, None],
) -> dict[str, Any]:
    ends = _required(edge, "source"), _required(edge, "target")
    if edge.get("directed", str(directed).lower()) != str(directed).lower():
        raise InputError(
            f'the edge from "{ends[0]}" to "{ends[1]}" goes against edgedefault',
            expected="all edges directed, or none",
        )
    for name in ends:
        if name not in known:
            raise unknown_node(f'the edge from "{ends[0]}" to "{ends[1]}"', name, list(known))
    return edge_fields(*ends, _data(edge, keys, "edge"), "weight", edge.get("id"))


_EDGE = re.compile(
    r'(graph (un)?directed|(start|goal|node) \S.*|("[^"]*"|\S+) (--|->) \S.*)', re.ASCII
)
_PROBLEM = re.compile(r"^p\s+(\w+)\s+\d", re.MULTILINE)
_ENDS = frozenset({"start", "goal"})


def _claims_graphml(sample: Sample) -> Claim:
    return SURE if sample.first.startswith("<") else NO


def _claims_dimacs(sample: Sample) -> Claim:
    problem = _PROBLEM.search(sample.text)
    return SURE if problem and not sample.first.startswith(("{", "[")) else NO


def _claims_edges(sample: Sample) -> Claim:
    content = [line for line in sample.lines if not line.startswith("#")] or [""]
    return SURE if _EDGE.match(content[0].strip()) else NO


def _read_dimacs(text: str, options: ReadOptions) -> Loaded:
    found = _PROBLEM.search(text)
    problem = found[1] if found else "sp"
    if problem != "sp":
        about = {"edge": "colouring", "col": "colouring", "cnf": "satisfiability"}
        raise InputError(
            f'this is a DIMACS {about.get(problem, problem)} file ("p {problem}"), '
            "which no adapter reads",
            expected='a shortest-path file ("p sp")',
        )
    return _loaded("DIMACS shortest path", read_dimacs, text, options)


def _loaded(kind: str, read: Callable[..., GraphPuzzle], data: Any, options: ReadOptions) -> Loaded:
    return Loaded.of(kind, [(read(data, start=options.start, goal=options.goal), None)])


def _claims_record(value: Any) -> Claim:
    if not isinstance(value, dict):
        return NO
    if value.get("task") == "graph":
        return SURE
    return MAYBE if {"edges", "links"} & set(value) else NO


def _read_record(value: dict[str, Any], options: ReadOptions) -> Loaded:
    if is_node_link(value):
        kind = "graph puzzle, JSON" if "task" in value else "node-link JSON"
        return _loaded(kind, from_node_link, value, options)
    ends = {"start": options.start, "goal": options.goal}
    given = {end: name for end, name in ends.items() if name is not None}
    puzzle = validate(GraphPuzzle, {"task": "graph", **value, **given})
    return Loaded.of(
        "graph puzzle, JSON" if "task" in value else "node-link JSON", [(puzzle, None)]
    )


FORMS = (
    TextForm("GraphML", "graph", _claims_graphml, partial(_loaded, "GraphML", read_graphml), _ENDS),
    TextForm("a DIMACS file", "graph", _claims_dimacs, _read_dimacs, _ENDS),
    TextForm(
        "an edge list", "graph", _claims_edges, partial(_loaded, "edge list", parse_text), _ENDS
    ),
    RecordForm("a graph", "graph", _claims_record, _read_record, _ENDS),
)
