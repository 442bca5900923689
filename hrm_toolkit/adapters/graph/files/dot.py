"""The plain part of DOT: ``graph G { A -- B [weight=3]; B -- C -- D; }``."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from hrm_toolkit.adapters.graph.draft import Draft, DraftEdge, DraftNode, labels_of, node_name
from hrm_toolkit.adapters.graph.ways import require_open
from hrm_toolkit.core import InputError

_HEAD = re.compile(
    r"(?:\s|//[^\n]*\n|#[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*(?:strict\s+)?(?:di)?graph\b\s*"
    r"(?:(?:\"(?:[^\"\\]|\\.)*\"|[\w.-]+)\s*)?\{",
    re.IGNORECASE | re.DOTALL,
)
_BODY = re.compile(r'\s*(?:"[^"\n]*"|[\w.]+)\s*(--|->)[^\[\n]*\[\s*\w+\s*=', re.ASCII)
_TOKEN = re.compile(
    r'\s+|//[^\n]*|^\#[^\n]*|/\*.*?\*/|("(?:[^"\\]|\\.)*")|(--|->)|([{}\[\];,=:])'
    r"|(-?(?:\d+\.?\d*|\.\d+)|[^\W\d][\w]*|\w[\w.]*)",
    re.DOTALL | re.MULTILINE,
)
_COMMON = ("graph", "node", "edge")


class _Word(NamedTuple):
    text: str
    kind: str
    line: int


def is_dot(text: str) -> bool:
    """Whether a text begins as DOT does."""
    return _HEAD.match(text) is not None


def is_body(text: str) -> bool:
    """Whether a text is what stands between the braces, with attributes of edges."""
    return _BODY.match(text) is not None


def dot(text: str) -> Draft:
    """The graph of a DOT file of nodes and edges, or of what stands between its braces.

    A subgraph or a port is refused.

    Raises:
        InputError: naming the line at fault.
    """
    body = _BODY.match(text)
    if body:
        text = f"{'digraph' if body[1] == '->' else 'graph'} {{{text}}}"
    return _Parser(list(_tokens(text))).graph()


class _Parser:
    """Reads statements one by one."""

    def __init__(self, words: list[_Word]) -> None:
        self.words, self.place = words, 0
        self.draft = Draft(False, way='write start="A"; goal="B"; in the graph')
        self.nodes: dict[str, dict[str, str]] = {}
        self.common: dict[str, dict[str, str]] = {kind: {} for kind in _COMMON}

    def graph(self) -> Draft:
        word = self._next()
        if word.text.lower() == "strict":
            word = self._next()
        self.draft.directed = word.text.lower() == "digraph"
        if self._peek().text != "{":
            self._next()
        self._expect("{")
        while self._peek().text != "}":
            if self._peek().text == ";":
                self._next()
            else:
                self._statement()
        self._next()
        if self.place < len(self.words):
            raise self._refused("the file holds more than one graph", "one graph { ... }")
        for name, data in self.nodes.items():
            require_open(data, name)
            self.draft.nodes.append(DraftNode(name, data.get("role"), labels_of(data)))
        self.draft.attributes = self.common["graph"]
        return self.draft

    def _statement(self) -> None:
        first = self._next()
        if first.kind == "bare" and first.text.lower() in _COMMON and self._peek().text == "[":
            self.common[first.text.lower()] |= self._attributes()
            return
        if first.text == "{" or (first.kind == "bare" and first.text.lower() == "subgraph"):
            raise self._refused("the graph has subgraphs, which are not read", "nodes and edges")
        if self._peek().text == "=":
            self._next()
            self.common["graph"][_plain(first)] = _plain(self._next())
            return
        path = [self._node(first)]
        while self._peek().kind == "arrow":
            arrow = self._next()
            if (arrow.text == "->") is not self.draft.directed:
                right = "->" if self.draft.directed else "--"
                raise self._refused(f'an edge is written "{arrow.text}"', f'"{right}"')
            path.append(self._node(self._next()))
        data = self._attributes() if self._peek().text == "[" else {}
        if len(path) == 1:
            self.nodes[path[0]] |= data
        for source, target in itertools.pairwise(path):
            edge = {**self.common["edge"], **data}
            self.draft.edges.append(DraftEdge(source, target, edge))

    def _node(self, word: _Word) -> str:
        if word.kind not in ("text", "bare"):
            raise self._refused("this is no node", "a name", word)
        if self._peek().text == ":":
            raise self._refused("nodes with ports are not read", "names alone")
        name = node_name(_plain(word), f"line {word.line}")
        self.nodes.setdefault(name, dict(self.common["node"]))
        return name

    def _attributes(self) -> dict[str, str]:
        found = {}
        while self._peek().text == "[":
            self._next()
            while self._peek().text != "]":
                key = self._next()
                if key.text in (",", ";"):
                    continue
                value = key
                if self._peek().text == "=":
                    self._next()
                    value = self._next()
                found[_plain(key)] = _plain(value)
            self._next()
        return found

    def _peek(self) -> _Word:
        return self.words[self.place] if self.place < len(self.words) else _Word("", "end", 0)

    def _next(self) -> _Word:
        word = self._peek()
        if word.kind == "end":
            raise InputError("the DOT ends too early", hint="is the file complete?")
        self.place += 1
        return word

    def _expect(self, text: str) -> None:
        word = self._next()
        if word.text != text:
            raise self._refused("this is no DOT that is read", f'"{text}"', word)

    def _refused(self, what: str, expected: str, word: _Word | None = None) -> InputError:
        word = word or self.words[max(0, self.place - 1)]
        return InputError(
            what,
            path=f"line {word.line}",
            expected=expected,
            got=word.text,
            hint="networkx.nx_pydot.read_dot reads all of DOT, and write_graphml writes GraphML",
        )


def _tokens(text: str) -> Iterator[_Word]:
    place, line = 0, 1
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise InputError(
                "this is no DOT that is read", path=f"line {line}", got=text[place : place + 20]
            )
        if found.lastindex is not None:
            kind = ("text", "arrow", "sign", "bare")[found.lastindex - 1]
            yield _Word(found[found.lastindex], kind, line)
        line += found[0].count("\n")
        place = found.end()


def _plain(word: _Word) -> str:
    if word.kind != "text":
        return word.text
    return word.text[1:-1].replace('\\"', '"').replace("\\n", " ")
