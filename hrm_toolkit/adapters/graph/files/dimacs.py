"""DIMACS shortest-path files, as the 9th implementation challenge has its road networks."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from hrm_toolkit.adapters.graph.draft import Draft
from hrm_toolkit.adapters.graph.edges import MAX_EDGES, Edges, bad_weight, quote
from hrm_toolkit.adapters.graph.puzzle import MAX_NODES, GraphPuzzle, unknown_node
from hrm_toolkit.core import InputError, validate

WAY = 'write comment lines "c start 1" and "c goal 5" in the file'

_END = re.compile(r"c\s+(start|goal)\s+(\S+)\s*")
_PROBLEM = re.compile(r"^p\s+(\w+)\b[ \t]*([^\n]*)", re.MULTILINE)
_AUXILIARY = {"co": "coordinates of nodes", "ss": "sources", "p2p": "pairs of nodes"}
_OTHERS = {"cnf": "satisfiability", "max": "maximum flow"}


def problem_of(text: str) -> str | None:
    """What the ``p`` line says the file is, such as ``sp``; None without one."""
    found = _PROBLEM.search(text)
    return None if found is None else found[1]


def dimacs(
    text: str, start: Any = None, goal: Any = None, weight: str | None = None
) -> tuple[GraphPuzzle, tuple[str, ...]]:
    """The puzzle of ``p sp NODES ARCS`` and ``a FROM TO WEIGHT``; arcs lead one way.

    Nodes are called "1", "2" and so on. The format names no ends: comment lines ``c start 1`` and
    ``c goal 5`` do, or the arguments.

    Args:
        weight: ``none`` makes every arc cost 1; there is no other attribute.

    Raises:
        InputError: saying what was found and what was expected.
    """
    _require_shortest_path(text)
    ends: dict[str, str] = {}
    counts: tuple[int, int] | None = None
    columns = array("q"), array("q"), array("d")
    for number, line in enumerate(_lines(text), 1):
        if line.startswith("a "):
            if counts is None:
                counts = _sizes(line.split(), number)
            _arc(line, number, counts[0], columns)
            continue
        words = line.split()
        found = _END.fullmatch(line)
        if found:
            if ends.setdefault(found[1], found[2]) != found[2]:
                raise InputError(
                    f"a second {found[1]}", path=f"line {number}", expected=f"one {found[1]}"
                )
        elif not words or words[0] == "c":
            continue
        elif counts is None:
            counts = _sizes(words, number)
        else:
            raise _no_arc(line, number)
    arcs = len(columns[0])
    if counts is None:
        raise InputError("the file has no problem line", expected='"p sp NODES ARCS"')
    if arcs != counts[1]:
        raise InputError(f'the file has {arcs:,} arcs, and its "p sp" line says {counts[1]:,}')
    names = [str(node) for node in range(counts[0] + 1)]
    draft = Draft(True, attributes=ends, way=WAY)
    fields = draft.ends(start, goal, names[1:])
    cost = np.array(columns[2])
    if weight is not None and weight.lower() not in ("weight", "none"):
        raise InputError(f"arcs have no attribute {quote(weight)}", expected='"weight" or "none"')
    if weight is not None and weight.lower() == "none":
        cost = np.ones(arcs)
    sources, targets = ([names[node] for node in column] for column in columns[:2])
    edges = Edges(sources, targets, cost)
    puzzle = validate(GraphPuzzle, {"directed": True, "nodes": names[1:], "edges": edges, **fields})
    return puzzle, tuple(draft.notes)


def _lines(text: str) -> Iterator[str]:
    """The lines one by one: those of a city come to twice the file if they are held at once."""
    place = 0
    while place <= len(text):
        end = text.find("\n", place)
        end = len(text) if end < 0 else end
        yield text[place:end]
        place = end + 1


def _arc(line: str, number: int, nodes: int, columns: Sequence[array[Any]]) -> None:
    words = line.split()
    try:
        source, target, cost = int(words[1]), int(words[2]), float(words[3])
    except (ValueError, IndexError):
        raise _no_arc(line, number) from None
    if len(words) != 4:
        raise _no_arc(line, number)
    for node in (source, target):
        if not 1 <= node <= nodes:
            known = [str(name) for name in range(1, min(nodes, 9_999) + 1)]
            raise unknown_node("this arc", str(node), known).at(f"line {number}")
    if not 0 <= cost <= 1e100:
        raise bad_weight(words[1], words[2], cost).at(f"line {number}")
    for column, value in zip(columns, (source, target, cost), strict=True):
        column.append(value)


def _no_arc(line: str, number: int) -> InputError:
    return InputError(
        "this line is no arc", path=f"line {number}", expected='"a FROM TO WEIGHT"', got=line
    )


def _require_shortest_path(text: str) -> None:
    """Refuse the other files that go by DIMACS, and those that go with a road network."""
    found = _PROBLEM.search(text)
    if found is None or found[1] == "sp":
        return
    words = found[2].split()
    kind = next((word for word in words if word in _AUXILIARY), None)
    if found[1] == "aux" and kind is not None:
        raise InputError(
            f'this file holds {_AUXILIARY[kind]} ("p aux sp {kind}"), and no arcs',
            expected='the graph itself ("p sp", a .gr file)',
            hint="give the .gr file, with --start and --goal",
        )
    raise InputError(
        f'this is a DIMACS {_OTHERS.get(found[1], found[1])} file ("p {found[1]}"), '
        "which no adapter reads",
        expected='a shortest-path file ("p sp")',
    )


def _sizes(words: Sequence[str], number: int) -> tuple[int, int]:
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
            hint="cut out the part that lies around start and goal",
        )
    return nodes, arcs
