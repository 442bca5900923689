"""Graph path: the puzzle and answer types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from hrm_toolkit.adapters.graph.edges import MAX_EDGES, Edges, GraphEdge, Name, name_of, quote
from hrm_toolkit.core import Answer, InputError, Puzzle, nearest

MAX_NODES = 1_000_000

_NEAR = 10_000
"""The most names among which the nearest is looked for."""


class GraphPuzzle(Puzzle):
    """Find a cheapest path from ``start`` to ``goal``.

    Attributes:
        directed: whether an edge leads from its source to its target only.
        nodes: distinct names, at most 1,000,000; left out, they are taken from the edges in order.
        edges: at most 3,000,000; each may be given as ``[source, target]`` or with a weight as a
            third entry. Of parallel edges the cheapest counts; self-loops are allowed.
        start: name of a node.
        goal: name of a node; it may be the start.
        labels: what people call some nodes, as pairs of name and label, where that is no node's
            name. Texts and pictures show those of one node alone; an answer has names.

    Example:
        >>> GraphPuzzle.model_validate(
        ...     {"edges": [["A", "B", 3], ["B", "C", 4]], "start": "A", "goal": "C"}
        ... ).nodes
        ('A', 'B', 'C')
    """

    task: Literal["graph"] = "graph"
    directed: bool = False
    nodes: tuple[Name, ...] = Field(default=(), max_length=MAX_NODES)
    edges: Edges = Field(default_factory=lambda: Edges.of(()))
    start: Name
    goal: Name
    labels: tuple[tuple[Name, Name], ...] = Field(
        default=(), max_length=MAX_NODES, exclude_if=lambda labels: not labels
    )

    @property
    def called(self) -> dict[str, str]:
        """What people call a node, by its name, where that is its own label alone."""
        counts = Counter(label for _, label in self.labels)
        return {name: label for name, label in self.labels if counts[label] == 1}

    @property
    def size_words(self) -> str:
        return f"{len(self.nodes)}-node"

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        require_ends(value)
        edges, nodes = value.get("edges", ()), value.get("nodes", ())
        require_at_most(edges, MAX_EDGES, "edges")
        if not nodes:
            nodes = _nodes_of(edges)
        require_at_most(nodes, MAX_NODES, "nodes")
        named = [name_of(node) for node in nodes] if isinstance(nodes, list | tuple) else nodes
        ends = {end: name_of(value[end]) for end in ("start", "goal")}
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
        if known.issuperset(self.edges.sources) and known.issuperset(self.edges.targets):
            return self
        for source, target in zip(self.edges.sources, self.edges.targets, strict=True):
            for name in (source, target):
                if name not in known:
                    about = f"the edge between {quote(source)} and {quote(target)}"
                    raise unknown_node(about, name, self.nodes)
        return self


class GraphAnswer(Answer):
    """A path.

    Attributes:
        path: names of the nodes visited, the start first and the goal last.
        claimed: the cost that whoever gave the answer claims, where the path's is another.
    """

    task: Literal["graph"] = "graph"
    path: tuple[str, ...] = Field(max_length=1_000_000)
    claimed: float | None = Field(default=None, exclude_if=lambda cost: cost is None)

    @field_validator("path", mode="before")
    @classmethod
    def _numbers_are_names(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple) or {*map(type, value)} == {str}:
            return value
        return [name_of(name) for name in value]


def require_ends(fields: Mapping[str, Any], way: str = "", nodes: Sequence[str] = ()) -> None:
    """Refuse a graph that lacks a start or a goal.

    Args:
        way: how its form names them, in words; "" for the usual ways.
        nodes: names to choose from, some of which are shown.

    Raises:
        InputError: naming what is missing, and the ways to say it.
    """
    missing = [end for end in ("start", "goal") if fields.get(end) is None]
    if not missing:
        return
    shown = ", ".join(quote(name) for name in nodes[:3])
    end = missing[0]
    own = way or (
        f'name it as {end}, as a graph attribute "{end}", or by a node attribute role="{end}"'
    )
    options = " ".join(f"--{name} NODE" for name in missing)
    arguments = ", ".join(f"{name}=..." for name in missing)
    raise InputError(
        f"the graph has no {' and no '.join(missing)}",
        expected=f'"{end}": the name of a node' + (f", such as {shown}" if shown else ""),
        hint=f"say {options} ({arguments} in Python), or {own}",
    )


def require_at_most(entries: Any, limit: int, what: str) -> None:
    """Refuse a graph that is too large to be read and searched.

    Raises:
        InputError: with both numbers.
    """
    if isinstance(entries, Sequence) and len(entries) > limit:
        raise InputError(
            f"the graph has {len(entries):,} {what}",
            expected=f"at most {limit:,}",
            hint="cut out the part that lies around start and goal",
        )


def unknown_node(about: str, name: str, nodes: Sequence[str]) -> InputError:
    """The error that ``about`` names a node that is not there, with the nearest that is."""
    near = nearest(name, nodes) if len(nodes) <= _NEAR else None
    return InputError(
        f"{about} names a node {quote(name)} that the graph does not have",
        expected=f"one of its {len(nodes):,} nodes",
        hint=f"did you mean {quote(near)}?" if near else None,
    )


def _nodes_of(edges: Any) -> list[Any]:
    """Names in the order of mention; edges that are none get an error of their own later."""
    if isinstance(edges, Edges):
        pairs = zip(edges.sources, edges.targets, strict=True)
        return list(dict.fromkeys(name for pair in pairs for name in pair))
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
        names |= dict.fromkeys(n for n in map(name_of, pair) if isinstance(n, str))
    return list(names)
