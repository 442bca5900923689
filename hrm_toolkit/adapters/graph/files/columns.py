"""Edges as rows of named fields: how the two ends and the direction are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from hrm_toolkit.adapters.graph.draft import DraftEdge, node_name
from hrm_toolkit.adapters.graph.weights import is_number
from hrm_toolkit.adapters.names import plain
from hrm_toolkit.core import InputError

_SAMPLE = 100

PAIRS = (
    ("source", "target"),
    ("from", "to"),
    ("src", "dst"),
    ("src", "dest"),
    ("src", "tgt"),
    ("source", "destination"),
    ("origin", "destination"),
    ("orig", "dest"),
    ("sourceid", "targetid"),
    ("fromid", "toid"),
    ("fromnode", "tonode"),
    ("fromnodeid", "tonodeid"),
    ("sourcenode", "targetnode"),
    ("startnode", "endnode"),
    ("startnodeid", "endnodeid"),
    ("fromcity", "tocity"),
    ("node1", "node2"),
    ("nodea", "nodeb"),
    ("node1id", "node2id"),
    ("vertex1", "vertex2"),
    ("city1", "city2"),
    ("id1", "id2"),
    ("tail", "head"),
    ("start", "end"),
    ("u", "v"),
)
"""Usual names of an edge's ends, without case, spaces and signs."""

SHORT = frozenset({"u", "v", "start", "end", "tail", "head"})
"""Names of ends that are as often names of nodes."""

_WAYS = {
    "directed": True,
    "undirected": False,
    "mutual": False,
    "true": True,
    "false": False,
    "1": True,
    "0": False,
    "yes": True,
    "no": False,
    "y": True,
    "n": False,
    "t": True,
    "f": False,
    "1.0": True,
    "0.0": False,
}
_TYPES = ("directed", "undirected", "mutual")
_DIRECTIONS = frozenset(
    {"directed", "undirected", "type", "direction", "kind", "edgetype", "edgekind", "orientation"}
)


def ends_in(names: Iterable[Any]) -> tuple[Any, Any] | None:
    """Which of some names stand for an edge's ends.

    Example:
        >>> ends_in(["Cost", "From", "To"])
        ('From', 'To')
    """
    return _ends_in(tuple(name for name in names if isinstance(name, str)))


@lru_cache(1_000)
def _ends_in(names: tuple[str, ...]) -> tuple[str, str] | None:
    # The rows of a table have the same names a million times.
    spelt = {plain(name): name for name in names}
    for source, target in PAIRS:
        if source in spelt and target in spelt:
            return spelt[source], spelt[target]
    return None


def edge_of(row: Mapping[str, Any], where: str, ends: tuple[Any, Any] | None = None) -> DraftEdge:
    """The edge of a row of fields.

    Args:
        where: the row's place, for errors.
        ends: names of the fields of its ends; None looks for usual ones.

    Raises:
        InputError: for a row without ends.
    """
    ends = ends or ends_in(row)
    if ends is None:
        lacks = next((n for n in ("source", "target") if n not in row), "source")
        raise InputError(f'this entry has no "{lacks}"', path=where, got=dict(row))
    source, target = (node_name(row[end], f"{where}.{end}") for end in ends)
    return DraftEdge(source, target, _rest(row, ends), row.get("key"), _way(row))


def _rest(row: Mapping[str, Any], ends: tuple[Any, Any]) -> dict[str, Any]:
    """What the row says beside the ends, with what is said one level deeper."""
    found: dict[str, Any] = {}
    for key, value in row.items():
        if key in ends:
            continue
        if key in ("attributes", "data", "metadata", "properties") and isinstance(value, Mapping):
            found |= value
        else:
            found[key] = value
    return found


def _way(row: Mapping[str, Any]) -> bool | None:
    """Whether the row says that its edge leads one way."""
    for name, value in row.items():
        bare = plain(name).removeprefix("is") if isinstance(name, str) else ""
        if bare not in _DIRECTIONS:
            continue
        said = str(value).strip().lower()
        if (bare == "directed" and said in _WAYS) or (bare != "undirected" and said in _TYPES):
            return _WAYS[said]
        if bare == "undirected" and said in _WAYS:
            return not _WAYS[said]
    return None


def are_edges(value: Sequence[Any]) -> bool:
    """Whether a list holds edges: objects with two ends, or pairs with a weight maybe."""
    head = value[:_SAMPLE]
    if not head:
        return False
    if all(isinstance(edge, Mapping) for edge in head):
        return all(
            ends_in(edge) and not {"data", "grid", "maze", "puzzle"} & set(edge) for edge in head
        )
    if not all(isinstance(edge, list) and len(edge) in (2, 3) for edge in head):
        return False
    names = [name for edge in head for name in edge[:2]]
    if not all(isinstance(n, str | int) and not isinstance(n, bool) for n in names):
        return False
    if not all(is_number(edge[2]) or isinstance(edge[2], Mapping) for edge in head if edge[2:]):
        return False
    # Rows of cells are a grid: of single signs, of 0 and 1, or as many as columns.
    if all(isinstance(n, str) for n in names):
        return any(len(n) > 1 for n in names) or (
            len(value) != 3 and all(len(edge) == 3 for edge in head)
        )
    return len(value) > 3 and not set(names) <= {0, 1}


def are_neighbours(rows: Sequence[Any]) -> bool:
    """Whether rows are a square table that leads from no node to itself, as of neighbours.

    Example:
        >>> are_neighbours([[0, 4, 0], [4, 0, 8], [0, 8, 0]])
        True
    """
    size = len(rows)
    return size > 2 and all(
        isinstance(row, list | tuple)
        and len(row) == size
        and all(map(is_number, row))
        and float(row[place]) == 0
        for place, row in enumerate(rows)
    )


def may_be_edges(value: Sequence[Any]) -> bool:
    """Whether a list holds few pairs of numbers, which may be the rows of something else."""
    return (
        1 < len(value) <= 3
        and all(
            isinstance(edge, list) and len(edge) in (2, 3) and all(type(n) is int for n in edge)
            for edge in value
        )
        and not {n for edge in value for n in edge} <= {0, 1}
    )
