"""GML, as networkx, igraph and Gephi write it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hrm_toolkit.adapters.graph.draft import Draft, DraftEdge, DraftNode, labels_of, node_name
from hrm_toolkit.adapters.graph.ways import require_open
from hrm_toolkit.core import InputError

_TOKEN = re.compile(r'\s+|#[^\n]*|(\[)|(\])|"([^"]*)"|([^\s\[\]"]+)')
_HEAD = re.compile(
    r"(?:\s|#[^\n]*\n|(?:Creator|Version|comment)\s+(?:\"[^\"]*+\"|\S++))*+graph\s*\[",
    re.IGNORECASE,
)
_DEEPEST = 20
_KEYS = frozenset({"graph", "node", "edge", "id", "source", "target", "directed", "label"})


def is_gml(text: str) -> bool:
    """Whether a text begins as GML does."""
    return _HEAD.match(text) is not None


def gml(text: str) -> Draft:
    """The graph of a GML file. Nodes go by their labels where these differ, else by their ids.

    Raises:
        InputError: saying what was found and what was expected.
    """
    graphs = [value for key, value in _pairs(_tokens(text), 0) if key == "graph"]
    if len(graphs) != 1 or not isinstance(graphs[0], list):
        raise InputError(f"the file holds {len(graphs)} graphs", expected="one graph [ ... ]")
    fields: list[tuple[str, Any]] = graphs[0]
    listed = [dict(value) for key, value in fields if key == "node" and isinstance(value, list)]
    names = _names(listed)
    nodes = []
    for entry in listed:
        name = names[entry["id"]]
        require_open(entry, name)
        labels = tuple(label for label in labels_of(entry) if label != name)
        by_id = name == entry["id"]
        others = () if by_id else (*labels, entry["id"])
        nodes.append(DraftNode(name, entry.get("role"), labels if by_id else (), others))
    edges = []
    for place, value in enumerate(value for key, value in fields if key == "edge"):
        row = dict(value) if isinstance(value, list) else {}
        ends = []
        for end in ("source", "target"):
            if row.get(end) not in names:
                lacks = f'has no "{end}"' if end not in row else f"names no node as its {end}"
                raise InputError(f"this edge {lacks}", path=f"edges.{place}", got=row.get(end))
            ends.append(names[row.pop(end)])
        source, target = ends
        edges.append(DraftEdge(source, target, row, row.pop("key", None)))
    top = {key: value for key, value in fields if isinstance(value, str)}
    return Draft(top.get("directed", "0") == "1", nodes, edges, top)


def _names(nodes: list[dict[str, Any]]) -> dict[str, str]:
    """The name of each id: its label, as networkx has it, where all have one and none twice."""
    for place, node in enumerate(nodes):
        if not isinstance(node.get("id"), str):
            raise InputError('this node has no "id"', path=f"nodes.{place}", got=node)
    labels = [node.get("label") for node in nodes]
    named = all(isinstance(label, str) and label for label in labels)
    use = labels if named and len(set(labels)) == len(labels) else [node["id"] for node in nodes]
    return {
        node["id"]: node_name(name, f"nodes.{place}")
        for place, (node, name) in enumerate(zip(nodes, use, strict=True))
    }


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Kind and text of each part: ``[``, ``]``, a quoted text, or a word."""
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            line = text.count("\n", 0, place) + 1
            raise InputError("a quotation mark is not closed", path=f"line {line}")
        place = found.end()
        if found.lastindex is not None:
            kind = ("[", "]", "text", "word")[found.lastindex - 1]
            yield kind, found[found.lastindex]


def _pairs(tokens: Iterator[tuple[str, str]], depth: int) -> list[tuple[str, Any]]:
    """Keys with their values up to the bracket that closes; a value is a text or such a list."""
    if depth > _DEEPEST:
        raise InputError("the GML is nested too deeply", expected="graph [ node [ ] edge [ ] ]")
    found: list[tuple[str, Any]] = []
    for kind, key in tokens:
        if kind == "]" and depth:
            return found
        if kind != "word":
            raise InputError("this GML has a value without a key", got=key)
        sort, value = next(tokens, ("", ""))
        key = key.lower() if key.lower() in _KEYS else key  # noqa: PLW2901
        if sort == "[":
            found.append((key, _pairs(tokens, depth + 1)))
        elif sort in ("text", "word"):
            found.append((key, value))
        else:
            raise InputError(f'the key "{key}" has no value', expected="a number, text or [ ... ]")
    if depth:
        raise InputError("the GML ends too early", hint="is the file complete?")
    return found
