"""What a reader found of a graph, before it is settled what edges cost and where a path leads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from hrm_toolkit.adapters.graph import ways, weights
from hrm_toolkit.adapters.graph.edges import MAX_EDGES, MAX_NAME, Edges, name_of, quote
from hrm_toolkit.adapters.graph.puzzle import (
    MAX_NODES,
    GraphPuzzle,
    require_at_most,
    require_ends,
    unknown_node,
)
from hrm_toolkit.core import InputError, validate

BOTH_WAYS = "the file does not say that edges lead one way, so they are walked both ways"
"""The note on a graph whose form leaves it open."""


class DraftNode(NamedTuple):
    """A node as a file has it: its name, what it is to a path, and what people call it.

    ``others`` are words it may be given by, which are no better than its name.
    """

    name: str
    role: Any = None
    labels: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


class DraftEdge(NamedTuple):
    """An edge as a file has it.

    ``directed`` is None where it is as the graph; ``key`` names the edge where nothing else does.
    """

    source: str
    target: str
    attributes: Mapping[str, Any]
    key: Any = None
    directed: bool | None = None


@dataclass
class Draft:
    """A graph as its file has it.

    Attributes:
        directed: None where the file leaves it open.
        nodes: those listed; where none is, they are taken from the edges.
        edges: in the file's order.
        attributes: the graph's own; may hold ``start`` and ``goal``.
        way: how the form names start and goal, in words, or "" for the usual ways.
        notes: what the reader assumed.
        unread: why numbers on every edge are not read as costs, and what to do; or None.
    """

    directed: bool | None
    nodes: list[DraftNode] = field(default_factory=list)
    edges: list[DraftEdge] = field(default_factory=list)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    way: str = ""
    notes: list[str] = field(default_factory=list)
    unread: tuple[str, str] | None = None

    def finish(
        self, start: Any = None, goal: Any = None, weight: str | None = None
    ) -> tuple[GraphPuzzle, tuple[str, ...]]:
        """The puzzle, and what was assumed on the way.

        Args:
            start: a node's name or label; overrules what the file says.
            goal: likewise.
            weight: the attribute of edges that is their cost, ``none``, or None for the usual.

        Raises:
            InputError: for whatever makes it no puzzle, or leaves open which one.
            OptionError: where no edge has the attribute ``weight``.
        """
        require_at_most(self.nodes, MAX_NODES, "nodes")
        require_at_most(self.edges, MAX_EDGES, "edges")
        notes = self.notes
        self._walk_ways()
        attributes = [edge.attributes for edge in self.edges]
        chosen, said = weights.choose(attributes, weight)
        notes += said
        if self.unread and chosen is None and weight is None:
            raise InputError(f"the {self.unread[0]}", expected="a cost", hint=self.unread[1])
        pairs = [(edge.source, edge.target) for edge in self.edges]
        cost, said = weights.costs(pairs, attributes, chosen)
        notes += said
        nodes = [node.name for node in self.nodes] or list(_mentioned(pairs))
        _refuse_marks(nodes)
        ends = self.ends(start, goal, nodes)
        directed = self._directed(notes)
        rows = list(self._rows(directed, cost.tolist(), chosen))
        edges = Edges(
            [row[0] for row in rows],
            [row[1] for row in rows],
            np.array([row[2] for row in rows]),
            [row[3] for row in rows],
        )
        fields = {"directed": directed, "nodes": nodes, "edges": edges, **ends}
        fields["labels"] = self._shown_labels(nodes)
        return validate(GraphPuzzle, fields), tuple(notes)

    def _directed(self, notes: list[str]) -> bool:
        """Whether edges lead one way; where some do and others not, these become two arcs each."""
        default = bool(self.directed)
        one_way = sum(default if e.directed is None else e.directed for e in self.edges)
        if self.directed is None and any(e.directed is None for e in self.edges) and not one_way:
            notes.append(BOTH_WAYS)
        if 0 < one_way < len(self.edges):
            both = len(self.edges) - one_way
            notes.append(f"{both:,} of {len(self.edges):,} edges lead both ways, the others one")
        return one_way > 0 or (default and not self.edges)

    def _walk_ways(self) -> None:
        """Have edges lead the way that a field of theirs says."""
        heeded = set()
        for place, edge in enumerate(self.edges):
            ways.require_open(edge.attributes, edge.source, edge.target)
            said = ways.said_of(edge.attributes, edge.source, edge.target, directed=self.directed)
            if said is None:
                continue
            name, way = said
            heeded.add(name)
            ends = (edge.source, edge.target)[:: -1 if way < 0 else 1]
            self.edges[place] = edge._replace(source=ends[0], target=ends[1], directed=way != 0)
        self.notes += [f'"{name}" says which edges lead one way' for name in sorted(heeded)]

    def _rows(
        self, directed: bool, cost: Sequence[float], chosen: str | None
    ) -> Iterator[tuple[str, str, float, str | None]]:
        default = bool(self.directed)
        for edge, price in zip(self.edges, cost, strict=True):
            name = _name(edge, chosen)
            yield edge.source, edge.target, price, name
            if directed and not (default if edge.directed is None else edge.directed):
                yield edge.target, edge.source, price, name

    def ends(self, start: Any, goal: Any, nodes: Sequence[str]) -> dict[str, Any]:
        """Start and goal among ``nodes``, by name or label.

        Raises:
            InputError: where one is missing or unknown.
        """
        fields: dict[str, Any] = {}
        for end, given in (("start", start), ("goal", goal)):
            found = given if given is not None else self.attributes.get(end)
            fields[end] = self._holder(end) if found is None else name_of(found)
        require_ends(fields, self.way, nodes)
        known = set(nodes)
        for end, name in fields.items():
            if isinstance(name, str) and name not in known:
                fields[end] = self._labelled(end, name, nodes)
        return fields

    def _labelled(self, end: str, name: str, nodes: Sequence[str]) -> str:
        """The one node that people call so."""
        found = list(
            dict.fromkeys(node.name for node in self.nodes if name in (*node.labels, *node.others))
        )
        if not found and _bare(name):
            found = [node for node in nodes if node.startswith("(") and _bare(node) == _bare(name)]
        if len(found) > 1:
            raise InputError(
                f"{len(found):,} nodes have the label {quote(name)}, "
                f"{quote(found[0])} and {quote(found[1])} among them",
                expected=f"one {end}",
                hint=f"name the {end} by its id",
            )
        if not found:
            error = unknown_node(f"the {end}", name, nodes)
            if nodes and error.hint is None:
                error.hint = "nodes go by names such as " + ", ".join(map(quote, nodes[:3]))
            raise error
        if _bare(found[0]) != _bare(name):
            known = any(node.name == found[0] and name in node.labels for node in self.nodes)
            told = "is the label of" if known else "stands for"
            self.notes.append(f"the {end} {quote(name)} {told} the node {quote(found[0])}")
        return found[0]

    def _shown_labels(self, nodes: Sequence[str]) -> list[tuple[str, str]]:
        """The labels of nodes that are no node's name."""
        said = {node.name: node.labels[0] for node in self.nodes if node.labels}
        names = set(nodes) if said else set()
        return [(n, said[n]) for n in said if said[n] not in names and len(said[n]) <= MAX_NAME]

    def _holder(self, role: str) -> Any:
        holders = [node.name for node in self.nodes if node.role == role]
        if len(holders) > 1:
            raise InputError(
                f"{len(holders)} nodes have the role {role}, "
                f"{quote(str(holders[0]))} and {quote(str(holders[1]))} among them",
                expected=f"one {role}",
            )
        return holders[0] if holders else None


def _refuse_marks(names: Sequence[str]) -> None:
    """Refuse a name with a mark behind that stands without it elsewhere: it parts a weight."""
    marked = [name for name in names if name[-1:] in (":", ",", ";")]
    known = set(names) if marked else set()
    name = next((name for name in marked if name[:-1].rstrip() in known), None)
    if name is not None:
        raise InputError(
            f"{quote(name)} and {quote(name[:-1].rstrip())} are two nodes, or one with a mark",
            expected="source, target and weight apart by blanks or commas alone",
        )


_MARKED = re.compile(r".+(?:[:,;]|(?<![\d:\].]):\d+(?:\.\d+)?)|[^\s:]+:\s.*", re.DOTALL)


def is_marked(word: str) -> bool:
    """Whether a word has a mark behind it or a number behind a colon, which may be no part of it.

    Example:
        >>> is_marked("Oak:"), is_marked("Oak:3"), is_marked("Oak"), is_marked("10.0.0.1:80")
        (True, True, False, False)
    """
    return _MARKED.fullmatch(word) is not None


def require_unmarked(word: str, where: str) -> None:
    """Refuse the name of a node, written without quotes, with a mark that may part it from a cost.

    Raises:
        InputError: with the place ``where`` it stands.
    """
    if is_marked(word):
        raise InputError(
            f"{quote(word)} may be a node, or one with a mark or a cost behind it",
            path=where,
            expected="an edge a line, its two nodes and the cost apart by blanks or commas alone",
            hint="quote a name that ends so",
        )


def node_name(value: Any, where: str) -> str:
    """A value as the name of a node.

    Raises:
        InputError: for what is no name, with the place ``where`` it stands.
    """
    name = name_of(value)
    if not isinstance(name, str):
        raise InputError(
            "this is no name of a node", path=where, expected="a valid string or number", got=value
        )
    if not 1 <= len(name) <= MAX_NAME:
        raise InputError(
            f"the name of this node has {len(name):,} characters",
            path=where,
            expected=f"1 to {MAX_NAME:,}",
        )
    return name


def labels_of(attributes: Mapping[str, Any]) -> tuple[str, ...]:
    """What people call a node, of its attributes."""
    named = (value for key, value in attributes.items() if key.lower() in ("label", "name"))
    return tuple(str(value) for value in named if value not in (None, ""))


def _name(edge: DraftEdge, chosen: str | None) -> str | None:
    """What people call an edge."""
    for attribute in ("name", "label"):
        value = edge.attributes.get(attribute)
        if attribute != chosen and value not in (None, ""):
            return str(value)[:MAX_NAME]
    return edge.key[:MAX_NAME] if isinstance(edge.key, str) and edge.key else None


def _mentioned(pairs: Sequence[tuple[str, str]]) -> dict[str, None]:
    return dict.fromkeys(name for pair in pairs for name in pair)


def _bare(name: str) -> str:
    """A place such as "(0, 1)" without what people leave out: "0,1"."""
    return "".join(c for c in name if not c.isspace() and c not in "()[]'\"")
