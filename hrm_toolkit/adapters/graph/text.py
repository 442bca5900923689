"""Graph path as plain text that people write and read.

::

    graph undirected
    start Aldmoor
    goal "Port Vesper"
    node Farhill
    Aldmoor -- Brackwell 4.5 "old road"
    Brackwell -- "Port Vesper" 3

``->`` makes a directed edge; the weight (1 if left out) and the name are optional; ``label A Oak``
says what people call a node; ``#`` starts a comment. Names with spaces or special
characters are quoted as JSON strings.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from hrm_toolkit.adapters.graph.draft import (
    Draft,
    DraftEdge,
    DraftNode,
    is_marked,
    node_name,
    require_unmarked,
)
from hrm_toolkit.adapters.graph.edges import MAX_EDGES
from hrm_toolkit.adapters.graph.puzzle import MAX_NODES, GraphAnswer, GraphPuzzle
from hrm_toolkit.core import InputError
from hrm_toolkit.core.errors import is_shown

_MAX_LINE = 100_000

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"#]+')
_ARROWS = {"--": False, "->": True}
_NODES_A_LINE = 8
_WAY = 'write lines "start A" and "goal B" in the file'


def render_text(puzzle: GraphPuzzle, answer: GraphAnswer | None, cost: float | None) -> str:
    """The puzzle as text; with an answer, its path in the first line.

    Args:
        cost: shown after the path, or None.
    """
    arrow = "->" if puzzle.directed else "--"
    lines = [] if answer is None else [_path_line(puzzle, answer, cost)]
    lines.append(f"graph {'directed' if puzzle.directed else 'undirected'}")
    lines += [f"start {_word(puzzle.start)}", f"goal {_word(puzzle.goal)}"]
    edges = puzzle.edges
    words = {name: _word(name) for name in puzzle.nodes}
    pairs = zip(edges.sources, edges.targets, strict=True)
    if tuple(dict.fromkeys(n for pair in pairs for n in pair)) != puzzle.nodes:
        listed = list(words.values())
        for first in range(0, len(listed), _NODES_A_LINE):
            lines.append("node " + " ".join(listed[first : first + _NODES_A_LINE]))
    lines += [f"label {words[name]} {_word(label)}" for name, label in puzzle.labels]
    for source, target, weight, name in edges.rows():
        parts = [words[source], arrow, words[target]]
        if weight != 1.0 or name is not None:
            parts.append(number(weight))
        if name is not None:
            parts.append(_word(name))
        lines.append(" ".join(parts))
    return "\n".join(lines)


def number(value: float) -> str:
    """The shortest text that reads back as ``value``.

    Example:
        >>> number(3.0), number(0.25)
        ('3', '0.25')
    """
    return repr(float(value)).removesuffix(".0")


def text_draft(text: str) -> Draft:
    """The graph that a text stands for.

    Raises:
        InputError: naming the line at fault.

    Example:
        >>> text_draft("start A\\ngoal C\\nA -- B 2\\nB -- C").edges[0].attributes
        {'weight': 2.0}
    """
    reading = _Reading()
    for index, line in enumerate(text.split("\n"), start=1):
        tokens = _tokens(line, index)
        if tokens:
            reading.take(tokens, index)
    return Draft(
        bool(reading.directed),
        [DraftNode(name, None, reading.labels.get(name, ())) for name in reading.nodes],
        reading.edges,
        reading.ends,
        way=_WAY,
    )


@dataclass
class _Reading:
    """What the lines so far have said."""

    directed: bool | None = None
    ends: dict[str, str] = field(default_factory=dict)
    nodes: dict[str, None] = field(default_factory=dict)
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    edges: list[DraftEdge] = field(default_factory=list)

    def take(self, tokens: list[str], line: int) -> None:
        first, rest = tokens[0], tokens[1:]
        if len(self.edges) > MAX_EDGES or len(self.nodes) > MAX_NODES:
            raise InputError(
                "the graph is too large",
                path=f"line {line}",
                expected=f"at most {MAX_NODES:,} nodes and {MAX_EDGES:,} edges",
            )
        if rest and rest[0] in _ARROWS:
            self._edge(tokens, line)
        elif first == "node" and rest:
            self.nodes |= dict.fromkeys(_name(token, line) for token in rest)
        elif first == "label" and len(rest) == 2:
            name, label = (_name(token, line) for token in rest)
            self.nodes |= {name: None}
            self.labels[name] = (label,)
        elif first in ("start", "goal") and len(rest) == 1:
            if first in self.ends:
                raise InputError(f"a second {first}", path=f"line {line}", expected=f"one {first}")
            self.ends[first] = _name(rest[0], line)
        elif first == "graph" and rest in (["directed"], ["undirected"]):
            self._direction(rest == ["directed"], line)
        else:
            raise InputError(
                "this line is no part of a graph",
                path=f"line {line}",
                expected='"A -- B 3", "A -> B 3", "node A", "label A Oak", "start A", "goal A" or '
                '"graph directed|undirected"',
                got=" ".join(tokens),
            )

    def _direction(self, directed: bool, line: int) -> None:
        if self.directed is not None and self.directed is not directed:
            raise InputError(
                "the graph is said to be both directed and undirected",
                path=f"line {line}",
                expected='"->" in each edge of a directed graph, "--" in each of an undirected one',
            )
        self.directed = directed

    def _edge(self, tokens: list[str], line: int) -> None:
        self._direction(_ARROWS[tokens[1]], line)
        if not 3 <= len(tokens) <= 5:
            raise InputError(
                "this edge has too few or too many parts",
                path=f"line {line}",
                expected='"A -- B", a weight and a name where there are any',
                got=" ".join(tokens),
                hint="quote names that have spaces",
            )
        source, target = _name(tokens[0], line), _name(tokens[2], line)
        self.nodes |= {source: None, target: None}
        said: dict[str, Any] = {}
        if len(tokens) > 3:
            said["weight"] = _weight(tokens[3], line)
        if len(tokens) > 4:
            said["name"] = _name(tokens[4], line)
        self.edges.append(DraftEdge(source, target, said))


def _tokens(line: str, index: int) -> list[str]:
    if len(line) > _MAX_LINE:
        raise InputError(
            f"this line has {len(line):,} characters",
            path=f"line {index}",
            expected=f"at most {_MAX_LINE:,}",
        )
    tokens = []
    position = 0
    if line.rstrip().endswith(";"):
        line = line.rstrip().rstrip("; ")
    while position < len(line) and line[position] != "#":
        match = _TOKEN.match(line, position)
        if match:
            tokens.append(match.group())
        elif line[position] == '"':
            raise InputError("a quotation mark is not closed", path=f"line {index}", got=line)
        position = match.end() if match else position + 1
    return tokens


def _name(token: str, line: int) -> str:
    if not token.startswith('"'):
        require_unmarked(token, f"line {line}")
        return node_name(token, f"line {line}")
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        raise InputError("this is no quoted name", path=f"line {line}", got=token) from None


def _weight(token: str, line: int) -> float:
    try:
        return float(token)
    except ValueError:
        raise InputError(
            "the weight is no number",
            path=f"line {line}",
            expected="a number after the two nodes",
            got=token,
            hint="a name comes after the weight",
        ) from None


def _word(name: str) -> str:
    bare = is_shown(name) and name not in _ARROWS and not is_marked(name)
    # A semicolon at the end of a line ends a statement.
    if bare and _TOKEN.fullmatch(name) and name[0] != '"' and name[-1] != ";":
        return name
    # Of what does not print, JSON leaves DEL alone as it is.
    return json.dumps(name, ensure_ascii=not is_shown(name)).replace("\x7f", "\\u007f")


def _path_line(puzzle: GraphPuzzle, answer: GraphAnswer, cost: float | None) -> str:
    called = puzzle.called
    path = " -> ".join(_word(called.get(name, name)) for name in answer.path) or "(no path)"
    return path if cost is None else f"{path}  (cost {number(cost)})"
