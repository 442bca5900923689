"""Graph files: the forms in which graphs are kept, told apart by their content."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

from hrm_toolkit.adapters.graph.draft import Draft
from hrm_toolkit.adapters.graph.files import lists, markup, records
from hrm_toolkit.adapters.graph.files.dimacs import dimacs, problem_of
from hrm_toolkit.adapters.graph.files.dot import dot, is_body, is_dot
from hrm_toolkit.adapters.graph.files.gml import gml, is_gml
from hrm_toolkit.adapters.graph.files.pajek import is_pajek, pajek
from hrm_toolkit.adapters.graph.puzzle import GraphPuzzle
from hrm_toolkit.adapters.graph.text import text_draft
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.core import InputError
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
    no,
)

MAX_TEXT = 2**28
"""The longest text read, in characters."""

OPTIONS = frozenset({"start", "goal", "weight"})

_EDGE = re.compile(
    r'(graph (un)?directed|(start|goal|node) \S.*|("[^"]*"|\S+) (--|->) \S.*)', re.ASCII
)
_ARROW = re.compile(r'("[^"]*"|\S+) (--|->) \S')

Read = tuple[GraphPuzzle, tuple[str, ...]]


def read_graph(
    data: bytes | str,
    *,
    start: str | None = None,
    goal: str | None = None,
    weight: str | None = None,
) -> GraphPuzzle:
    """The puzzle of a graph in any form that is read here, told apart by its content.

    Args:
        data: the file's content; bytes are UTF-8.
        start: name of the start node; overrules what the file says.
        goal: likewise.
        weight: the attribute that is an edge's cost, ``none``, or None for the usual.

    Raises:
        InputError: saying what was found and what was expected.

    Example:
        >>> read_graph('{"links": [{"source": 1, "target": 2}]}', start="1", goal="2").nodes
        ('1', '2')
    """
    text = _text(data)
    sample = Sample.of(text)
    if not sample.first:
        raise InputError("the text is empty", expected="a graph")
    if sample.first.startswith(("{", "[")):
        return records.read(read_json(text), start, goal, weight)[0]
    form = next((form for form in _TEXTS if form.claims(sample).strength), _OWN)
    options = ReadOptions(start=start, goal=goal, weight=weight)
    return cast(GraphPuzzle, form.read(text, options).puzzles[0])


def _text(data: bytes | str) -> str:
    if len(data) > MAX_TEXT:
        raise InputError(f"the file has {len(data):,} bytes", expected=f"at most {MAX_TEXT:,}")
    if isinstance(data, str):
        return data
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"byte {error.start + 1} is not UTF-8", expected="UTF-8 text") from None


def _claims_graphml(sample: Sample) -> Claim:
    root = markup.root_of(sample.text)
    # A document type comes before the root, and is refused by the reader.
    named = root is not None and re.search(r"<!doctype\s+graphml", sample.text[:10_000], re.I)
    return SURE if root == "graphml" or named else NO


def _claims_xml(sample: Sample) -> Claim:
    root = markup.root_of(sample.text)
    if root is None or root in ("graphml", "gexf"):
        return NO
    return SURE if root in markup.NAMED else MAYBE


def _claims_own(sample: Sample) -> Claim:
    content = [line for line in sample.lines if not line.lstrip().startswith("#")] or [""]
    if not _EDGE.match(content[0].strip()) or is_body(sample.text):
        return NO
    ends = [line for line in content if not re.match(r"(start|goal) \S+\s*$", line.strip())]
    own = not ends or _EDGE.match(ends[0].strip())
    return SURE if own else NO


def _claims_dimacs(sample: Sample) -> Claim:
    if sample.first.startswith(("{", "[", "<")):
        return NO
    kind = problem_of(sample.text)
    if kind in ("edge", "edges", "col"):
        return no('its "p" line says colouring, and no shortest path')
    return SURE if kind and re.match(r"[cpa]\b", sample.first) else NO


def _when(right: Callable[[str], bool]) -> Callable[[Sample], Claim]:
    return lambda sample: SURE if right(sample.text) else NO


def _drafted(kind: str, draft: Callable[[str], Draft]) -> Callable[[str, ReadOptions], Loaded]:
    def read(text: str, options: ReadOptions) -> Loaded:
        found = draft(_text(text)).finish(options.start, options.goal, options.weight)
        return _loaded(kind, found)

    return read


def _read_dimacs(text: str, options: ReadOptions) -> Loaded:
    found = dimacs(_text(text), options.start, options.goal, options.weight)
    return _loaded("DIMACS shortest path", found)


def _read_record(value: Any, options: ReadOptions) -> Loaded:
    found = records.read(value, options.start, options.goal, options.weight)
    return _loaded(records.kind_of(value), found)


def _read_xml(text: str, options: ReadOptions) -> Loaded:
    raise markup.refuse(markup.root_of(text) or "")


def _loaded(kind: str, found: Read) -> Loaded:
    return Loaded.of(kind, [(found[0], None)], found[1])


def _form(
    name: str, kind: str, claims: Callable[[Sample], Claim], draft: Callable[[str], Draft]
) -> TextForm:
    return TextForm(name, "graph", claims, _drafted(kind, draft), OPTIONS)


_OWN = _form("an edge list with arrows", "edge list", _claims_own, text_draft)
_TEXTS = (
    _form("GraphML", "GraphML", _claims_graphml, markup.graphml),
    _form("GEXF", "GEXF", lambda s: SURE if markup.root_of(s.text) == "gexf" else NO, markup.gexf),
    TextForm("a graph in XML", "graph", _claims_xml, _read_xml, OPTIONS),
    TextForm("a DIMACS file", "graph", _claims_dimacs, _read_dimacs, OPTIONS),
    _form("GML", "GML", _when(is_gml), gml),
    _form("DOT", "DOT", _when(lambda text: is_dot(text) or is_body(text)), dot),
    _form("a Pajek network", "Pajek network", _when(is_pajek), pajek),
    _OWN,
    _form("a list of edges", "list of edges", lists.claims, lists.read),
)
FORMS = (*_TEXTS, RecordForm("a graph", "graph", records.claims, _read_record, OPTIONS))
