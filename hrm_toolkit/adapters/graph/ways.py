"""Fields that say which way an edge is walked, such as ``oneway``, or that nobody can walk it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hrm_toolkit.adapters.graph.edges import quote
from hrm_toolkit.adapters.names import plain, words
from hrm_toolkit.core import InputError

_ONE_WAY = words("oneway onewaystreet onewayroad onewayonly unidirectional monodirectional")
_BOTH_WAYS = words(
    "bidirectional bidirected bidir twoway bothways bothdirections reversible symmetric mutual"
)
_SHAPES = words("direction arrows arrow way ways dirtype")
_WAYS = _ONE_WAY | _BOTH_WAYS | _SHAPES | {"dir", "reversecost"}
_SHOWN = words("oneway forward to unidirectional directed end ft")
"""What a direction that leads one way is called."""
_NO = frozenset({"", "0", "no", "false", "f", "n", "none", "both", "twoway"})
_YES = words("1 yes true t y forward")
_BACK = ("-1", "reverse", "backward")


def is_way(name: str) -> bool:
    """Whether a field of this name says which way an edge is walked.

    Example:
        >>> is_way("oneway"), is_way("is_oneway"), is_way("one_way_street"), is_way("weight")
        (True, True, True, False)
    """
    return plain(name).removeprefix("is") in _WAYS


_SHUT = words("closed blocked disabled removed deleted forbidden impassable inaccessible broken")
_OPEN = words("open active enabled passable accessible available traversable usable walkable")
_STATES = words("status state access availability")
_SHUT_STATES = _SHUT | words("shut inactive unavailable impossible")
_FALSE = words("0 no false f n none")


def says_open(name: str) -> bool:
    """Whether a field of this name says that an edge or a node can be walked, or cannot.

    Example:
        >>> says_open("is_closed"), says_open("active"), says_open("weight")
        (True, True, False)
    """
    return plain(name).removeprefix("is") in _SHUT | _OPEN | _STATES


def require_open(attributes: Mapping[str, Any], *ends: str) -> None:
    """Refuse an edge or a node that says that nobody can walk it: a path over it would be none.

    Args:
        attributes: what it says.
        ends: two of an edge; the name of a node.

    Raises:
        InputError: naming it and the field.
    """
    for name, said in attributes.items():
        if said is None or not isinstance(name, str) or not says_open(name):
            continue
        bare, word = plain(name).removeprefix("is"), _word(said)
        shut = (bare in _SHUT and word in _YES | {"x"}) or (bare in _OPEN and word in _FALSE)
        if (
            shut
            or (bare in _STATES and word in _SHUT_STATES)
            or (bare == "access" and word == "no")
        ):
            edge = len(ends) == 2
            what = "the edge between " if edge else "the node "
            raise InputError(
                what + " and ".join(map(quote, ends)) + f' has "{name}" as {quote(str(said))}, '
                "which is not read",
                expected=f"{'edges' if edge else 'nodes'} that can be walked alone",
                hint="leave out those that cannot",
            )


def _word(said: Any) -> str:
    """What a field says, in one way of spelling: a table with gaps has 1.0 for 1."""
    return plain(str(said).strip().removesuffix(".0"))


def said_of(
    attributes: Mapping[str, Any], source: str, target: str, *, directed: bool | None
) -> tuple[str, int] | None:
    """The field that says how an edge is walked, with 1 for forward, -1 for back and 0 for both.

    Where the graph is said to be directed its edges stand as they are, so that ``oneway`` adds
    nothing; where it is said to be undirected nobody knows which way an edge was meant.

    Args:
        attributes: of the edge.
        source: its first end.
        target: its second.
        directed: what the file says of the whole graph; None where it leaves it open.

    Raises:
        InputError: where the field would have the edge walked another way than it is.
    """
    found = None
    for name, said in attributes.items():
        if said is None or not is_way(name):
            continue
        bare, word = plain(name).removeprefix("is"), _word(said)
        sign = str(said).strip().removesuffix(".0")
        way = _way(bare, word, sign)
        if directed is None and way is not None:
            if found is not None and found[1] != way:
                raise _unread(source, target, name, said)
            found = name, way
        elif _turns(bare, word, sign, directed=bool(directed)):
            raise _unread(source, target, name, said)
    return found


def _way(bare: str, word: str, sign: str) -> int | None:
    """What a field says, where it can be read: that of OpenStreetMap, of tables, yes or no."""
    if bare in _BOTH_WAYS:
        return 0 if word in _YES else 1 if word in _NO - {"", "both", "twoway"} else None
    if bare not in _ONE_WAY:
        return None
    if sign.lower() in _BACK:
        return -1
    return 1 if word in _YES else 0 if word in _NO else None


def _turns(bare: str, word: str, sign: str, *, directed: bool) -> bool:
    """Whether a field says another way than the edge is walked."""
    no = word in _NO
    if bare == "dir" and word != ("forward" if directed else "none"):
        return True
    if bare in _ONE_WAY and sign == "-1":
        return True
    one = (bare in _ONE_WAY and not no) or (bare in _BOTH_WAYS and no)
    one |= bare == "reversecost" and sign.startswith("-")
    one |= bare in _SHAPES and (word in _SHOWN or sign in ("->", ">"))
    return one and not directed


def _unread(source: str, target: str, name: str, said: Any) -> InputError:
    return InputError(
        f"the edge between {quote(source)} and {quote(target)} has "
        f'"{name}" as {quote(str(said))}, which is not read',
        expected="a directed graph, with an edge for each way that can be walked",
    )
