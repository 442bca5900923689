"""Pajek's ``.net``: numbered vertices, then edges, which lead both ways, and arcs, which do not."""

from __future__ import annotations

import re

from hrm_toolkit.adapters.graph.draft import Draft, DraftEdge, DraftNode, node_name
from hrm_toolkit.core import InputError

_HEAD = re.compile(r"\s*(?:\*network[^\n]*\n\s*)?\*vertices\s+\d", re.IGNORECASE)
_WORD = re.compile(r'"([^"]*)"|(\S+)')


def is_pajek(text: str) -> bool:
    """Whether a text begins as such a file does."""
    return _HEAD.match(text) is not None


def pajek(text: str) -> Draft:
    """The graph of a Pajek file; vertices go by their labels where these differ.

    Raises:
        InputError: naming the line at fault.
    """
    labels: dict[str, str] = {}
    rows: list[tuple[bool, list[str], str]] = []
    section, count = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        words = [a or b for a, b in _WORD.findall(line)]
        if not words or words[0].startswith("%"):
            continue
        where = f"line {number}"
        if words[0].startswith("*"):
            section = words[0][1:].lower()
            if section == "vertices":
                count = (
                    int(words[1])
                    if words[1:] and words[1].isdecimal() and len(words[1]) < 10
                    else 0
                )
            elif section not in ("network", "edges", "arcs"):
                raise InputError(
                    f'the section "{words[0]}" is not read',
                    path=where,
                    expected="*vertices, *edges and *arcs",
                )
        elif section == "vertices":
            labels[words[0]] = words[1] if len(words) > 1 else words[0]
        elif section in ("edges", "arcs") and len(words) >= 2:
            rows.append((section == "arcs", words, where))
        else:
            raise InputError("this line is no edge", path=where, expected="FROM TO WEIGHT")
    numbers = [str(number) for number in range(1, count + 1)] if count <= 10**7 else []
    own = len(set(labels.values())) == len(labels) == len(numbers)
    names = {number: labels[number] if own else number for number in numbers if number in labels}
    names |= {number: number for number in numbers if number not in labels}
    draft = Draft(bool(rows) and all(arc for arc, *_ in rows), way="")
    for vertex in numbers:
        name = node_name(names[vertex], f"vertex {vertex}")
        label = labels.get(vertex, vertex)
        called = (label,) if label != name else ()
        draft.nodes.append(DraftNode(name, None, called, (vertex,) if vertex != name else ()))
    for arc, words, where in rows:
        if not (words[0] in names and words[1] in names):
            raise InputError(
                "this line names a vertex that there is not",
                path=where,
                expected=f"numbers from 1 to {count:,}",
                got=" ".join(words[:2]),
            )
        cost = {"weight": words[2]} if len(words) > 2 else {}
        draft.edges.append(DraftEdge(names[words[0]], names[words[1]], cost, None, arc))
    return draft
