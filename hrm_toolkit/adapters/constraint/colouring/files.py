"""Graphs to be coloured as files have them: DIMACS ``.col`` and JSON; and answers to them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hrm_toolkit.adapters.constraint.colouring.puzzle import (
    MOST_EDGES,
    MOST_NODES,
    ColouringAnswer,
    ColouringPuzzle,
    answer_from,
)
from hrm_toolkit.adapters.names import plain, words
from hrm_toolkit.core import InputError, validate
from hrm_toolkit.core.files import (
    NO,
    SURE,
    Claim,
    Form,
    Loaded,
    ReadOptions,
    RecordForm,
    Sample,
    TextForm,
)

TASK = "colouring"
FEWEST = (
    "no number of colours is said: the fewest are looked for "
    '(a line "c colours 4" in the file asks for 4)'
)
_PROBLEM = re.compile(r"^[ \t]*p[ \t]+(edges?|col)\s", re.MULTILINE)
_SAID = re.compile(r"c\s+(colou?rs\s+(?P<many>\d{1,6})|name\s+(?P<node>\d{1,6})\s+(?P<name>\S.*))")
_GIVEN = re.compile(r"c\s+colou?r\s+of\s+(?P<node>\d{1,6})\s+is\s+(?P<colour>\d{1,6})")
_LINE = re.compile(r"(?:l\s+)?(?P<node>.*?\S)(?:\s*(?::|=|,|->)\s*|\s+)(?P<colour>[^\s:=,>]+)")
_NAMES = {
    "colours": words("colours colors k numcolours numcolors"),
    "edges": words("edges links"),
    "nodes": words("nodes vertices"),
    "given": words("given precoloured precolored fixed"),
}


def written(puzzle: ColouringPuzzle) -> str:
    """A ``.col`` file; what that has no lines for stands in comments.

    Example:
        >>> print(written(ColouringPuzzle(nodes=("1", "b"), edges=((0, 1),), colours=2)))
        c colours 2
        c name 2 b
        p edge 2 1
        e 1 2
    """
    lines = [] if puzzle.colours is None else [f"c colours {puzzle.colours}"]
    lines += [f"c name {k} {n}" for k, n in enumerate(puzzle.nodes, 1) if n != str(k)]
    lines += [f"c colour of {node + 1} is {colour}" for node, colour in puzzle.given]
    lines.append(f"p edge {len(puzzle.nodes)} {len(puzzle.edges)}")
    return "\n".join([*lines, *(f"e {a + 1} {b + 1}" for a, b in puzzle.edges)])


def read_col(text: str) -> tuple[ColouringPuzzle, tuple[str, ...]]:
    """The puzzle of a ``.col`` file, and what was assumed.

    Raises:
        InputError: naming the line at fault, or when edges are missing.
    """
    edges: list[tuple[int, int]] = []
    names: dict[int, str] = {}
    given: list[tuple[int, int]] = []
    colours: int | None = None
    size: tuple[int, int] | None = None
    others: set[str] = set()
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        kind, where = line.split(maxsplit=1)[0] if line else "", f"line {number}"
        said, told = _SAID.fullmatch(line), _GIVEN.fullmatch(line)
        if said and said["many"]:
            if colours not in (None, int(said["many"])):
                raise _twice("colours", where, line)
            colours = int(said["many"])
        elif said:
            if names.setdefault(int(said["node"]), said["name"]) != said["name"]:
                raise _twice(f"the name of node {said['node']}", where, line)
        elif told:
            given.append((int(told["node"]) - 1, int(told["colour"])))
        elif kind == "p" and size is None:
            size = _sizes(line, where)
        elif kind == "e" and size is not None:
            edges.append(_edge(line, where, size[0]))
        elif kind in ("n", "d", "v", "x"):
            others.add(kind)
        elif kind not in ("", "c"):
            raise InputError(
                "this line is no edge",
                path=where,
                expected='"e NODE NODE" after "p edge"',
                got=line,
            )
    if size is None:
        raise InputError("the file has no problem line", expected='"p edge NODES EDGES"')
    notes = _counted(edges, size[1])
    nodes = [names.get(k, str(k)) for k in range(1, size[0] + 1)]
    data = {"nodes": nodes, "edges": edges, "colours": colours, "given": given}
    notes += [] if colours is not None else [FEWEST]
    if others:
        notes.append(f"lines of other kinds are left out: {', '.join(sorted(others))}")
    return validate(ColouringPuzzle, data), tuple(notes)


def _counted(edges: Sequence[tuple[int, int]], said: int) -> list[str]:
    """A note where the problem line counts each edge twice, as many published files do.

    Raises:
        InputError: where it counts others than there are.
    """
    distinct = len({frozenset(edge) for edge in edges})
    if said in (len(edges), distinct):
        return []
    if said in (2 * len(edges), 2 * distinct):
        return [f"the p line says {said:,} edges, so it counts each of the {distinct:,} twice"]
    raise InputError(f"the file has {len(edges):,} edges", expected=f"{said:,}, as its p line says")


def _twice(what: str, where: str, line: str) -> InputError:
    return InputError(f"{what} said twice", path=where, expected="one value", got=line)


def _sizes(line: str, where: str) -> tuple[int, int]:
    found = line.split()
    if len(found) != 4 or not all(w.isascii() and w.isdecimal() and len(w) < 9 for w in found[2:]):
        raise InputError(
            "the problem line has no sizes", path=where, expected='"p edge NODES EDGES"', got=line
        )
    nodes, edges = int(found[2]), int(found[3])
    if not 1 <= nodes <= MOST_NODES or edges > 2 * MOST_EDGES:
        raise InputError(
            f"the graph has {nodes:,} nodes and {edges:,} edges",
            expected=f"1 to {MOST_NODES:,} nodes, and at most {MOST_EDGES:,} edges",
        )
    return nodes, edges


def _edge(line: str, where: str, nodes: int) -> tuple[int, int]:
    found = line.split()
    right = len(found) == 3 and all(w.isascii() and w.isdecimal() and len(w) < 9 for w in found[1:])
    ends = (int(found[1]), int(found[2])) if right else (0, 0)
    if not all(1 <= end <= nodes for end in ends):
        expected = f'"e NODE NODE", nodes from 1 to {nodes}'
        raise InputError("this line is no edge", path=where, expected=expected, got=line)
    return ends[0] - 1, ends[1] - 1


def read_record(value: Any) -> tuple[ColouringPuzzle, tuple[str, ...]]:
    """The puzzle of an object with edges and colours; edges name their nodes.

    Raises:
        InputError: for a field that is not known, or an edge that is no pair.
    """
    if set(value) <= set(ColouringPuzzle.model_fields) and value.get("task") == TASK:
        puzzle = validate(ColouringPuzzle, value)
        return puzzle, () if puzzle.colours is not None else (FEWEST,)
    found: dict[str, Any] = {}
    for name, held in value.items():
        kept = next((k for k, known in _NAMES.items() if plain(str(name)) in known), None)
        if kept is None and name not in ("task", "name", "title"):
            known = "edges, nodes, colours and given"
            raise InputError("there is no such field", path=str(name)[:40], expected=known)
        if kept in found:
            raise InputError(f"this says the {kept} once more", path=str(name)[:40], expected="one")
        if kept is not None:
            found[kept] = held
    pairs = [_ends(edge, number) for number, edge in enumerate(found.get("edges") or (), 1)]
    listed: Any = found.get("nodes")
    if isinstance(listed, int) and not isinstance(listed, bool):
        listed = [str(k + 1) for k in range(min(listed, MOST_NODES + 1))]
    names = [_name(node) for node in listed or ()] or [*dict.fromkeys(n for p in pairs for n in p)]
    place = {name: k for k, name in enumerate(names)}
    for number, pair in enumerate(pairs, 1):
        for name in pair:
            if name not in place:
                raise InputError(
                    f"edge {number} has the node {name[:40]!r}", expected="one of nodes"
                )
    given = found.get("given") or {}
    if not isinstance(given, dict) or any(str(name) not in place for name in given):
        raise InputError("what is given is no such object", path="given", expected="node: colour")
    data = {
        "nodes": names,
        "edges": [(place[a], place[b]) for a, b in pairs],
        "colours": found.get("colours"),
        "given": [(place[str(name)], colour) for name, colour in given.items()],
    }
    return validate(ColouringPuzzle, data), () if data["colours"] is not None else (FEWEST,)


def _ends(edge: Any, number: int) -> tuple[str, str]:
    if isinstance(edge, dict) and set(edge) == {"source", "target"}:
        edge = [edge["source"], edge["target"]]
    if not isinstance(edge, list) or len(edge) != 2:
        raise InputError(f"edge {number} is no pair", expected="two nodes", got=edge)
    return _name(edge[0]), _name(edge[1])


def _name(node: Any) -> str:
    name = node.get("id") if isinstance(node, dict) else node
    if not isinstance(name, str | int) or isinstance(name, bool):
        raise InputError("this is no node", expected="a name or a number", got=node)
    return str(name)


def read_answer(puzzle: ColouringPuzzle, text: str) -> ColouringAnswer:
    """An answer from lines of a node and its colour (``3 2``, ``l 3 2``, ``c: red``), or from the
    colours alone, in the order of the nodes.

    Raises:
        InputError: for a line that is neither, or a node that is not there.
    """
    lines = [line.strip() for line in text.splitlines()]
    # A node may be called c, as comments are.
    kinds = r"(s col|p (edge|col))\s" if "c" in puzzle.place else r"(c|s col|p (edge|col))\s"
    lines = [line for line in lines if line and not re.match(kinds, line)]
    bare = [word for line in lines for word in line.replace(",", " ").split()]
    listed = len(bare) == len(puzzle.nodes) or (len(bare) > 2 and all(map(str.isdecimal, bare)))
    if len(bare) == len(lines) or (len(lines) == 1 and listed):
        if len(bare) != len(puzzle.nodes):
            raise InputError(
                f"there are {len(bare)} colours", expected=f"{len(puzzle.nodes)}, one a node"
            )
        told: dict[str, Any] = dict(zip(puzzle.nodes, bare, strict=True))
    else:
        told = {}
        for line in lines:
            found = _LINE.fullmatch(line)
            if found is None:
                raise InputError("this line is no node with its colour", expected="3 2", got=line)
            node = found["node"].strip("\"'")
            if told.setdefault(node, found["colour"]) != found["colour"]:
                raise InputError(f"node {node[:40]!r} has two colours", expected="one")
    return validate(ColouringAnswer, answer_from(puzzle, told))


def claims_col(sample: Sample) -> Claim:
    """Sure where a problem line says that it is one."""
    return SURE if re.match(r"\s*[cp]\s", sample.first) and _PROBLEM.search(sample.text) else NO


def claims_record(value: Any) -> Claim:
    """Sure of an object with edges and a number of colours."""
    if not isinstance(value, dict) or value.get("task", TASK) != TASK:
        return NO
    found = {k for name in value for k, known in _NAMES.items() if plain(str(name)) in known}
    return SURE if {"edges", "colours"} <= found or value.get("task") == TASK else NO


def forms() -> Sequence[Form]:
    """The forms in which such graphs are kept."""

    def of_text(text: str, options: ReadOptions) -> Loaded:
        puzzle, notes = read_col(text)
        return Loaded.of("DIMACS colouring", [(puzzle, None)], notes)

    def of_record(value: Any, options: ReadOptions) -> Loaded:
        puzzle, notes = read_record(value)
        return Loaded.of("graph colouring, JSON", [(puzzle, None)], notes)

    return (
        TextForm("a DIMACS colouring", TASK, claims_col, of_text),
        RecordForm("a graph to colour, JSON", TASK, claims_record, of_record),
    )
