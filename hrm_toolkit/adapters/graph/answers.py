"""Paths as people write them, and as this toolkit prints and writes them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from hrm_toolkit.adapters.graph.edges import name_of, quote
from hrm_toolkit.adapters.graph.paths import Network
from hrm_toolkit.adapters.graph.puzzle import GraphAnswer, GraphPuzzle
from hrm_toolkit.core import InputError, nearest

_DRAWN = re.compile(r"graph (un)?directed\s*")
_TOLD = re.compile(
    r"(read as .*|solved: .*|not solved: .*|valid: .*|refuted: .*|cost \S+ .*·.*|solving .*)"
)
_ARROW = re.compile(r"\s(?:-+>|=+>|--+|→|⟶|⇒)\s|\n")
_TIGHT = re.compile(r"(?<!-)-+>|(?<!=)=+>|--+|→|⟶|⇒|\n")
# What stands between arrows; a name in quotation marks may hold one.
_BETWEEN = re.compile(rf'((?:"(?:[^"\\\n]|\\.)*"|(?!{_ARROW.pattern}).)+)(?:{_ARROW.pattern}|$)')
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


def known_words(puzzle: GraphPuzzle) -> Mapping[str, Any]:
    """The words that stand for a node: names, and labels that are none."""
    index = Network.of(puzzle).index
    return index if not puzzle.labels else {label: None for _, label in puzzle.labels} | index


def _by_name(puzzle: GraphPuzzle, answer: GraphAnswer) -> GraphAnswer:
    """An answer whose nodes go by their names; labels are what people write of them.

    Raises:
        InputError: for a label of several nodes.
    """
    if not puzzle.labels:
        return answer
    index, names = Network.of(puzzle).index, {label: name for name, label in puzzle.labels}
    called = puzzle.called
    for word in answer.path:
        if word not in index and word in names and names[word] not in called:
            raise InputError(
                f"several nodes have the label {quote(word)}",
                expected="one",
                hint=f"name it by its id, such as {quote(names[word])}",
            )
    path = tuple(word if word in index else names.get(word, word) for word in answer.path)
    return answer.model_copy(update={"path": path})


def claiming(puzzle: GraphPuzzle, answer: GraphAnswer, claim: float | None) -> GraphAnswer:
    """An answer by names, with the cost that is claimed of it, where its path's is another."""
    answer = _by_name(puzzle, answer)
    if claim is None:
        return answer
    cost = Network.of(puzzle).cost(answer.path)
    # Costs are printed to six digits.
    if cost is None or math.isclose(claim, cost, rel_tol=1e-5, abs_tol=1e-9):
        return answer
    return answer.model_copy(update={"claimed": claim})


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
    chain = _chained([_leg(item, nodes) for item in re.split(r"[\n,;]", body) if item.strip()])
    if chain:
        return chain
    tried = [_stripped(words) for words in _ways(body)]
    for words in tried:
        if words and all(word in nodes for word in words):
            return words
    if re.search(r"->|=>|→|⟶|⇒|\s--+\s", body):
        parted = (_between(body), _split(_ARROW, body), _split(_TIGHT, body))
        arrows = [_stripped(words) for words in parted]
        words = max(arrows, key=lambda words: sum(word in nodes for word in words))
        odd = next((word for word in words if word not in nodes and _is_talk(word, nodes)), None)
        if odd is None:
            return words
        raise InputError(
            f"this cannot be read as a path: {quote(odd)} is no node of the graph",
            expected='"A -> B -> C", and nothing else on the line',
        )
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


def _leg(item: str, nodes: Collection[str]) -> list[str]:
    """The two ends of one edge of a path, maybe with its weight behind; [] where it is none."""
    words = _stripped(_split(_TIGHT, item) if _TIGHT.search(item) else item.split())
    words = [part for word in words for part in ([word] if word in nodes else word.split())]
    return words[:2] if len(words) in (2, 3) and all(word in nodes for word in words[:2]) else []


def _chained(legs: Sequence[Sequence[str]]) -> list[str]:
    """The path of edges that follow on each other; [] where they do not."""
    if len(legs) < 2 or not all(legs):
        return []
    if any(before[1] != after[0] for before, after in pairwise(legs)):
        return []
    return [legs[0][0], *(leg[1] for leg in legs)]


def _is_talk(word: str, nodes: Collection[str]) -> bool:
    """Whether a part of a text is no name that somebody means, but words or marks around one."""
    return any(c.isspace() for c in word) or word.strip("`*.,:;=()[]{}!?") in nodes


def fields_of(value: Any, nodes: Collection[str]) -> Any:
    """The path in a JSON value: a list, or an object that holds one under a usual name.

    Values that hold none come back as they are.

    Raises:
        InputError: where a text in it cannot be read as a path.
    """
    if isinstance(value, Mapping):
        field = next((key for key in _FIELDS if value.get(key) is not None), None)
        own, path = set(value) <= {"task", "path"}, value.get("path")
        if own and isinstance(path, list | tuple):
            return {**value, "path": fields_of(path, nodes)}
        return value if own or field is None else fields_of(value[field], nodes)
    if isinstance(value, str):
        return path_of(value, nodes)
    if isinstance(value, list | tuple):
        if not value:
            raise InputError("there is no path in it", expected="a list of nodes")
        if _are_legs(value):
            known = _names(nodes)
            names = [[name_of(end) for end in leg[:2]] for leg in value]
            if all(isinstance(end, str) and end in known for leg in names for end in leg):
                return _chained(names) or value
        value = [_whole(item, nodes) for item in value]
        lone = value[0] if len(value) == 1 else None
        if isinstance(lone, list | tuple | Mapping) and name_of(lone) not in _names(nodes):
            return fields_of(lone, nodes)
        if value and all(isinstance(item, Mapping) for item in value):
            ids = [next((i[k] for k in ("id", "node", "name") if k in i), None) for i in value]
            return ids if None not in ids else value
    return value


def _whole(item: Any, nodes: Collection[str]) -> Any:
    """A number as the node that it names: 1.0 is 1 where no node is called so."""
    whole = isinstance(item, float) and item.is_integer() and str(item) not in _names(nodes)
    return int(item) if whole else item


def _are_legs(value: Sequence[Any]) -> bool:
    """Whether a list may hold a path edge by edge."""
    return bool(value) and all(
        isinstance(leg, list | tuple) and len(leg) in (2, 3) for leg in value
    )


def _names(nodes: Collection[str]) -> Collection[Any]:
    return nodes if isinstance(nodes, Mapping | set | frozenset) else set(nodes)


def _body(text: str) -> str:
    """The lines that hold the path, of a text that may be all that a command printed."""
    lines = [line.strip() for line in text.strip().splitlines()]
    drawn = next((i for i, line in enumerate(lines) if _DRAWN.fullmatch(line)), None)
    if drawn is not None:
        lines = lines[:drawn]
    kept = [line for line in lines if line and not _TOLD.fullmatch(line) and line[:3] != "```"]
    return "\n".join(kept) if kept != ["(no path)"] else ""


def _ways(body: str) -> Iterator[list[str]]:
    """The ways in which a text may be parted into names, the surest first."""
    bare = _bare(body).strip()
    inner = bare[1:-1] if bare[:1] + bare[-1:] in ("()", "[]", "<>") else bare
    for text in dict.fromkeys((body, bare, inner)):
        yield text.splitlines()
        yield _between(text)
        yield _split(_ARROW, text)
        yield _split(_TIGHT, text)
        yield re.split(r"[,\n]", text)
        yield re.split(r"[;|\t\n]", text)
        yield [a or b for a, b in re.findall(r'("(?:[^"\\]|\\.)*"|\'[^\']*\')|([^\s,;]+)', text)]


def _split(at: re.Pattern[str], body: str) -> list[str]:
    return at.split(_bare(body))


def _bare(body: str) -> str:
    """Without a word before the path and a cost behind it."""
    return _LABEL.sub("", _COST.sub("", body), count=1)


def _between(body: str) -> list[str]:
    """What stands between arrows outside quotation marks, as texts are written here."""
    return _BETWEEN.findall(_bare(body))


def _stripped(words: Sequence[str]) -> list[str]:
    return [_unquoted(word.strip()) for word in words if word.strip()]


def _unquoted(word: str) -> str:
    if len(word) > 1 and word[0] == word[-1] == '"':
        try:
            return str(json.loads(word, strict=False))
        except ValueError:
            return word[1:-1]
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] == "'" else word
