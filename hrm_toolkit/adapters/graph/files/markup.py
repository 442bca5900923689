"""Graphs in XML: GraphML, as networkx, OSMnx and yEd write it, and GEXF, as Gephi does."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from hrm_toolkit.adapters.graph import weights
from hrm_toolkit.adapters.graph.draft import Draft, DraftEdge, DraftNode, labels_of, node_name
from hrm_toolkit.adapters.graph.ways import require_open
from hrm_toolkit.core import InputError

_DEEPEST = 64
_DOCTYPE = re.compile(r"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")
NAMED = {
    "gxl": "GXL",
    "mxfile": "a drawing of draw.io",
    "mxGraphModel": "a drawing of draw.io",
    "osm": "a map of OpenStreetMap",
    "svg": "a picture",
    "graph": "XGMML",
    "dynetml": "DyNetML",
}
_YED = (
    "numbers on edges are labels of yEd, which are not read as costs",
    'in yEd, Edit > Manage custom properties: give edges a property "weight"; '
    "or say --weight none where every edge costs 1",
)


def root_of(text: str) -> str | None:
    """The name of an XML document's outermost element; None where the text is no XML.

    Example:
        >>> root_of('<?xml version="1.0"?><gexf version="1.2">')
        'gexf'
    """
    if not text.lstrip("\ufeff \t\r\n").startswith("<"):
        return None
    found = _ROOT.search(re.sub(r"<!--.*?-->|<\?.*?\?>", "", text[:10_000], flags=re.DOTALL))
    return found[1] if found else ""


def graphml(text: str) -> Draft:
    """The graph of a GraphML file.

    Nodes go by their ids. An edge's ``name`` or ``label``, or else its id, is its name. The ends
    are graph attributes ``start`` and ``goal``, or the nodes whose attribute ``role`` says so. A
    document type declaration is refused, whatever it holds.

    Raises:
        InputError: saying what was found and what was expected.
    """
    reading = _GraphML()
    for above, element in _elements(text, "GraphML"):
        reading.take(above, element)
    return reading.draft()


@dataclass
class _GraphML:
    """What the elements that have ended so far have said."""

    root: str = ""
    graphs: int = 0
    directed: bool = False
    keys: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, dict[str, str]] = field(default_factory=lambda: {"node": {}, "edge": {}})
    nodes: list[DraftNode] = field(default_factory=list)
    edges: list[DraftEdge] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    labels: int = 0

    def take(self, above: list[str], element: ET.Element) -> None:
        tag = _tag(element)
        if not above:
            self.root = tag
        elif tag == "key" and above == ["graphml"]:
            self._key(element)
        elif tag == "hyperedge" or (tag == "graph" and "node" in above):
            raise InputError(
                "the graph has hyperedges or graphs inside nodes", expected="a flat graph"
            )
        elif above == ["graphml"] and tag == "graph":
            self.graphs += 1
            self.directed = element.get("edgedefault", "undirected") == "directed"
            self.attributes = self._data(element, {})
        elif above == ["graphml", "graph"] and tag == "node":
            self._node(element)
        elif above == ["graphml", "graph"] and tag == "edge":
            self._edge(element)

    def draft(self) -> Draft:
        if self.root != "graphml":
            raise InputError(f"the XML is a <{self.root}>", expected="<graphml>")
        if self.graphs != 1:
            raise InputError(f"the file holds {self.graphs} graphs", expected="one <graph>")
        notes = []
        if self.labels:
            notes.append(f"{self.labels:,} {_YED[0]}")
        draft = Draft(self.directed, self.nodes, self.edges, self.attributes, notes=notes)
        if self.labels == len(self.edges) > 0:
            draft.unread = _YED
        return draft

    def _key(self, key: ET.Element) -> None:
        name = key.get("attr.name", key.get("id", ""))
        self.keys[key.get("id", "")] = name
        for default in _children(key, "default"):
            for kind in ("node", "edge"):
                if key.get("for", "all") in (kind, "all"):
                    self.defaults[kind][name] = (default.text or "").strip()

    def _node(self, node: ET.Element) -> None:
        name = node_name(_required(node, "id"), f"nodes.{len(self.nodes)}")
        data = self._data(node, self.defaults["node"])
        require_open(data, name)
        drawn = tuple(_texts(node, "NodeLabel"))
        self.nodes.append(DraftNode(name, data.get("role"), labels_of(data) + drawn))

    def _edge(self, edge: ET.Element) -> None:
        where = f"edges.{len(self.edges)}"
        source, target = (node_name(_required(edge, end), where) for end in ("source", "target"))
        said = edge.get("directed")
        self.labels += any(weights.is_number(label) for label in _texts(edge, "EdgeLabel"))
        self.edges.append(
            DraftEdge(
                source,
                target,
                self._data(edge, self.defaults["edge"]),
                edge.get("id"),
                None if said is None else said.lower() == "true",
            )
        )

    def _data(self, element: ET.Element, defaults: Mapping[str, str]) -> dict[str, str]:
        """What an element's ``data`` say, by attribute name, over the defaults of its kind."""
        found = dict(defaults)
        for data in element:
            if _tag(data) == "data" and not len(data):
                key = data.get("key", "")
                found[self.keys.get(key, key)] = (data.text or "").strip()
        return found


def gexf(text: str) -> Draft:
    """The graph of a GEXF file; nodes go by their ids, and by their labels.

    Raises:
        InputError: saying what was found and what was expected.
    """
    reading = _Gexf()
    for above, element in _elements(text, "GEXF"):
        reading.take(above, element)
    return Draft(reading.directed, reading.nodes, reading.edges)


@dataclass
class _Gexf:
    """As ``_GraphML``."""

    directed: bool = False
    titles: dict[tuple[str, str], str] = field(default_factory=dict)
    nodes: list[DraftNode] = field(default_factory=list)
    edges: list[DraftEdge] = field(default_factory=list)

    def take(self, above: list[str], element: ET.Element) -> None:
        tag = _tag(element)
        if tag == "graph":
            self.directed = element.get("defaultedgetype", "undirected") == "directed"
            if element.get("mode", "static") != "static":
                raise InputError("the graph changes in time", expected='a GEXF of mode "static"')
        elif tag == "attributes":
            for one in _children(element, "attribute"):
                at = element.get("class", ""), one.get("id", "")
                self.titles[at] = one.get("title", one.get("id", ""))
        elif tag == "node" and "node" in above:
            raise InputError("the graph has nodes inside nodes", expected="a flat graph")
        elif tag == "node":
            name = node_name(_required(element, "id"), f"nodes.{len(self.nodes)}")
            data = self._values(element, "node")
            if element.get("label") is not None:
                data["label"] = element.get("label", "")
            require_open(data, name)
            self.nodes.append(DraftNode(name, data.get("role"), labels_of(data)))
        elif tag == "edge":
            self._edge(element)

    def _edge(self, edge: ET.Element) -> None:
        where = f"edges.{len(self.edges)}"
        source, target = (node_name(_required(edge, end), where) for end in ("source", "target"))
        data = self._values(edge, "edge")
        data |= {key: edge.get(key, "") for key in ("weight", "label") if edge.get(key)}
        kinds = {"directed": True, "undirected": False, "mutual": False}
        self.edges.append(
            DraftEdge(source, target, data, None, kinds.get(edge.get("type", "").lower()))
        )

    def _values(self, element: ET.Element, kind: str) -> dict[str, str]:
        found = {}
        for values in _children(element, "attvalues"):
            for value in _children(values, "attvalue"):
                key = value.get("for", value.get("id", ""))
                found[self.titles.get((kind, key), key)] = value.get("value", "")
        return found


def refuse(root: str) -> InputError:
    """The error that an XML document is of another kind."""
    named = NAMED.get(root)
    return InputError(
        f"the XML is a <{root}>" + (f": {named}" if named else ""),
        expected="<graphml> or <gexf>",
        hint="osmnx.graph_from_xml reads it and osmnx.save_graphml writes GraphML"
        if root == "osm"
        else "export it as GraphML",
    )


def _elements(text: str, kind: str) -> Iterator[tuple[list[str], ET.Element]]:
    """Each element as it ends, with the tags around it; what is used up is let go.

    Entities cannot be defined without what is refused here.
    """
    if _DOCTYPE.search(text):
        raise InputError(
            "the XML has a document type or entity declaration, which is never read",
            expected=f"plain {kind}",
            hint="delete the <!DOCTYPE ...>",
        )
    above: list[str] = []
    around: list[ET.Element] = []
    try:
        for event, element in ET.iterparse(io.StringIO(text), ("start", "end")):  # noqa: S314
            if event == "start":
                if len(above) > _DEEPEST:
                    raise InputError("the XML is nested too deeply", expected=kind)
                above.append(_local(element.tag))
                around.append(element)
                continue
            tag = above.pop()
            around.pop()
            yield above, element
            if around and tag in ("node", "edge"):
                around[-1].remove(element)
    except (ET.ParseError, ValueError) as error:
        raise InputError(f"this is no well-formed XML: {error}", expected=kind) from None


def _tag(element: ET.Element) -> str:
    return _local(element.tag)


@lru_cache(1_000)
def _local(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rpartition("}")[2]


def _children(element: ET.Element, tag: str) -> list[ET.Element]:
    return [child for child in element if _tag(child) == tag]


def _texts(element: ET.Element, tag: str) -> list[str]:
    """What all elements of a kind inside this one say."""
    if not any(len(child) for child in element):
        return []
    return [(e.text or "").strip() for e in element.iter() if _tag(e) == tag and e.text]


def _required(element: ET.Element, attribute: str) -> str:
    value = element.get(attribute)
    if value is None:
        raise InputError(
            f'a <{_tag(element)}> has no attribute "{attribute}"', got=dict(element.attrib)
        )
    return value
