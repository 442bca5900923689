"""Paths as people write them, and as this toolkit prints and writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from hrm_toolkit.adapters.graph.edges import name_of, quote
from hrm_toolkit.core import InputError, nearest

_DRAWN = re.compile(r"graph (un)?directed\s*")
_TOLD = re.compile(
    r"(read as .*|solved: .*|not solved: .*|valid: .*|refuted: .*|cost \S+ .*·.*|solving .*)"
)
_ARROW = re.compile(r"\s(?:-+>|=+>|--+|→|⟶|⇒)\s|\n")
_TIGHT = re.compile(r"(?<!-)-+>|(?<!=)=+>|--+|→|⟶|⇒|\n")
_COST = re.compile(
    r"(?<![\s,;])[\s,;]*(?:[(\[]\s*)?(?:total\s+)?(?:cost|length|distance|weight)\s*"
    r"(?:(?:is|[:=])\s*)?[-+\d.e]+\s*(?:[)\]]\s*)?$",
    re.IGNORECASE,
)
_CLAIM = re.compile(
    r"(?<!\w)cost\s*(?:(?:is|[:=])\s*)?([-+\d.e]+)\s*[)\]]?\s*(?:$|\n)", re.IGNORECASE
)
_LABEL = re.compile(
    r"(?:the\s+)?(?:(?:shortest|cheapest|best|optimal)\s+)?(?:path|route|answer|solution|way)"
    r"\s*(?:is|[:=])\s*",
    re.IGNORECASE,
)
_FIELDS = ("path", "solution", "route", "nodes", "answer")


def path_of(text: str, nodes: Collection[str]) -> list[str]:
    """The path in a text: arrows, commas, blanks or line ends between nodes; or a printed result.

    Without arrows a text is a path only where each of its words is a node.

    Args:
        nodes: names of the graph's nodes.

    Raises:
        InputError: when the text cannot be read as a path, which refutes nothing.

    Example:
        >>> path_of("A -> B  (cost 3)", {"A", "B"}), path_of("A,B", {"A", "B"})
        (['A', 'B'], ['A', 'B'])
    """
    body = _body(text)
    if not body:
        raise InputError("there is no path in it", expected='such as "A -> B -> C"')
    tried = [_stripped(words) for words in _ways(body)]
    for words in tried:
        if words and all(word in nodes for word in words):
            return words
    if re.search(r"->|=>|→|⟶|⇒|\s--+\s", body):
        arrows = [_stripped(_split(at, body)) for at in (_ARROW, _TIGHT)]
        return max(arrows, key=lambda words: sum(word in nodes for word in words))
    best = max(tried, key=lambda words: sum(word in nodes for word in words))
    unknown = next((word for word in best if word not in nodes), body)
    near = nearest(unknown, nodes) if len(nodes) <= 10_000 else None
    raise InputError(
        f"this cannot be read as a path: {quote(unknown)} is no node of the graph",
        expected='"A -> B -> C", or the nodes apart by blanks, commas or line ends',
        hint=f"did you mean {quote(near)}?" if near else None,
    )


def claimed_cost(text: str) -> float | None:
    """The cost that a text claims behind its path, else None.

    Example:
        >>> claimed_cost("A -> B  (cost 3)"), claimed_cost("A -> B")
        (3.0, None)
    """
    found = _CLAIM.search(_body(text))
    try:
        return float(found[1]) if found else None
    except ValueError:
        return None


def fields_of(value: Any, nodes: Collection[str]) -> Any:
    """The path in a JSON value: a list, or an object that holds one under a usual name.

    Values that hold none come back as they are.

    Raises:
        InputError: where a text in it cannot be read as a path.
    """
    if isinstance(value, Mapping):
        field = next((key for key in _FIELDS if value.get(key) is not None), None)
        own = set(value) <= {"task", "path"}
        return value if own or field is None else fields_of(value[field], nodes)
    if isinstance(value, str):
        return path_of(value, nodes)
    if isinstance(value, list | tuple):
        lone = value[0] if len(value) == 1 else None
        if isinstance(lone, list | tuple | Mapping) and name_of(lone) not in _names(nodes):
            return fields_of(lone, nodes)
        if value and all(isinstance(item, Mapping) for item in value):
            ids = [next((i[k] for k in ("id", "node", "name") if k in i), None) for i in value]
            return ids if None not in ids else value
    return value


def _names(nodes: Collection[str]) -> Collection[Any]:
    return nodes if isinstance(nodes, Mapping | set | frozenset) else set(nodes)


def _body(text: str) -> str:
    """The lines that hold the path, of a text that may be all that a command printed."""
    lines = [line.strip() for line in text.strip().splitlines()]
    drawn = next((i for i, line in enumerate(lines) if _DRAWN.fullmatch(line)), None)
    if drawn is not None:
        lines = lines[:drawn]
    kept = [line for line in lines if line and not _TOLD.fullmatch(line)]
    return "\n".join(kept) if kept != ["(no path)"] else ""


def _ways(body: str) -> Iterator[list[str]]:
    """The ways in which a text may be parted into names, the surest first."""
    bare = _LABEL.sub("", _COST.sub("", body), count=1).strip()
    inner = bare[1:-1] if bare[:1] + bare[-1:] in ("()", "[]", "<>") else bare
    for text in dict.fromkeys((body, bare, inner)):
        yield text.splitlines()
        yield _split(_ARROW, text)
        yield _split(_TIGHT, text)
        yield re.split(r"[,\n]", text)
        yield re.split(r"[;|\t\n]", text)
        yield [a or b for a, b in re.findall(r'("(?:[^"\\]|\\.)*"|\'[^\']*\')|([^\s,;]+)', text)]


def _split(at: re.Pattern[str], body: str) -> list[str]:
    bare = _LABEL.sub("", _COST.sub("", body), count=1)
    return at.split(bare)


def _stripped(words: Sequence[str]) -> list[str]:
    return [_unquoted(word.strip()) for word in words if word.strip()]


def _unquoted(word: str) -> str:
    if len(word) > 1 and word[0] == word[-1] == '"':
        try:
            return str(json.loads(word, strict=False))
        except ValueError:
            return word[1:-1]
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] == "'" else word
