"""Which attribute of a graph's edges is what they cost: one rule for every form and library."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from hrm_toolkit.adapters.graph import ways
from hrm_toolkit.adapters.graph.edges import MAX_WEIGHT, bad_weight, quote
from hrm_toolkit.adapters.names import parts, plain, words
from hrm_toolkit.core import InputError, OptionError, nearest

NONE = "none"
"""What is said in place of an attribute where every edge is to cost 1."""

Attributes = Mapping[str, Any]


_USUAL = words(
    "weight weights w length len cost costs distance dist time traveltime duration value val",
    "edgeweight edgecost edgelength edgevalue edgedistance km kilometers kilometres m meter meters",
    "metre metres mi mile miles min mins minutes seconds secs hours lengthm lengthkm distancem",
    "distancekm distkm distm timemin times costusd price toll delay latency impedance",
)
"""Usual names of costs, without case, spaces, and signs."""

_NO_COST = words(
    "id ids key index idx osmid u v source target from to edgeid eid linkid ref uid uuid group",
    "class category color colour width penwidth thickness size opacity fontsize minlen layer order",
    "rank x y z lat lon start end name type directed undirected year",
)
"""Usual names of numbers that are never what an edge costs: ids, places, and how it is drawn."""

_DRAWN = words("id key source target from to u v x y z color colour")
"""Those of them that nobody takes for a cost."""

_DOUBTFUL = words(
    "capacity speed lanes probab confidence similarity correlation flow bandwidth score strength",
    "reliab throughput trust affinity popular rating frequency quality safety profit reward gain",
    "benefit traffic volume mbps snr rssi votes timestamp unixtime date maxweight widthm prob",
)
"""Parts of names of numbers that may be best large, or are no amount: only a person can say."""

_TIMES = (6e8, 4e9)
"""Seconds since 1970 in the years from 1989 to 2096."""

_AMOUNT = re.compile(
    r"(?:(?:[A-Z]{2,3}|Rs\.?|Fr\.?|ca\.?|about|approx\.?|around)\s?|[^\w\s.]{0,2}\s?)"
    r"[0-9][0-9.,:]{0,20}\s?(?:[^\W\d_]{1,8}(?:\s[^\W\d_]{1,8}){0,2}|[^\w\s]{1,3})?"
)
"""A number with a unit, a currency or a mark, as a whole: "USD 3", "3 miles away"."""


def choose(edges: Sequence[Attributes], wanted: str | None) -> tuple[str | None, list[str]]:
    """The attribute that holds the cost, or None where every edge costs 1; and what to say of it.

    ``weight`` goes first. Without it a usual name in any case (``length``, ``Cost``,
    ``travel_time``) is taken where there is one, else the one attribute that holds numbers.

    Args:
        edges: the attributes of each edge.
        wanted: the attribute that somebody names, ``none``, or None for this rule.

    Raises:
        InputError: where it is not clear, naming the candidates.
        OptionError: where no edge has the attribute that is wanted.

    Example:
        >>> choose([{"Length": "2.5", "lanes": 2}], None)[0]
        'Length'
    """
    if wanted is not None and wanted.lower() == NONE:
        return None, []
    present = _counts(edges)
    numeric = [name for name, counts in present.items() if counts.numbers]
    if wanted is not None:
        return _named(wanted, present, numeric), []
    name, notes = _clear(edges, present)
    if name is not None and _are_times(edges, name):
        raise _unclear([name], "which reads as points in time")
    return name, notes


def _clear(
    edges: Sequence[Attributes], present: Mapping[str, _Counts]
) -> tuple[str | None, list[str]]:
    """What ``choose`` takes where nobody names an attribute."""
    # What is called a cost is one, and is refused later where it reads "3 km".
    named = [n for n, counts in present.items() if usual(n) and (counts.numbers or counts.shown)]
    # An attribute that is no number throughout is a cost only where its name says so.
    whole = [n for n, counts in present.items() if counts.numbers == counts.there]
    others = [n for n in whole if n not in named and not _is_no_cost(n)]
    if "weight" in present:
        rivals = [name for name in named if name != "weight"]
        if rivals and _always_one(edges):
            raise _unclear(["weight", *rivals], 'its "weight" is 1 throughout')
        more = [*rivals, *others]
        return "weight", [_said("weight", more)] if more else []
    if len(named) == 1:
        return named[0], [_said(named[0], others)]
    if named or len(others) > 1:
        raise _unclear(named or others)
    if others and _is_doubtful(others[0]):
        raise _unclear(others, "which may be no cost")
    if others and plain(others[0]) == "label" and present[others[0]].there < len(edges):
        return None, []
    if others:
        return others[0], [_said(others[0], [])]
    for name, counts in present.items():
        if 2 * counts.amounts > len(edges) and not _is_no_cost(name):
            raise InputError(
                f'the edges have "{name}", which may be the cost and reads "{counts.shown}"',
                expected="plain numbers",
                hint="write numbers alone, or say weight none (--weight none) to count edges",
            )
    _refuse_words(edges, [name for name in present if usual(name)])
    notes = [_unread(name, counts.shown) for name, counts in present.items() if counts.shown]
    drawn = [n for n in whole if _is_no_cost(n) and plain(n) not in _DRAWN]
    if drawn:
        shown = ", ".join(f'"{name}"' for name in drawn[:6])
        notes.append(f"numbers under {shown} are not read as costs: every edge costs 1")
    return None, notes


def _refuse_words(edges: Sequence[Attributes], names: Sequence[str]) -> None:
    """Refuse costs that are said in words: they would be left, and every edge cost 1."""
    for name in names:
        said = next((e[name] for e in edges if isinstance(e.get(name), str) and e[name]), None)
        if said is not None:
            raise InputError(
                f'the edges have "{name}", which reads {quote(said)}',
                expected="plain numbers",
                hint="write numbers alone, or say weight none (--weight none) to count edges",
            )


def costs(
    pairs: Sequence[tuple[str, str]], edges: Sequence[Attributes], name: str | None
) -> tuple[np.ndarray, list[str]]:
    """What each edge costs, shape (edges,), and what to say of those that do not tell.

    Args:
        pairs: names of each edge's ends.
        edges: its attributes.
        name: the attribute, or None where every edge costs 1.

    Raises:
        InputError: naming an edge whose cost is no number of at least 0.
    """
    found = np.ones(len(edges))
    if name is None:
        return found, []
    missing = 0
    for place, edge in enumerate(edges):
        value = edge.get(name)
        if value is None:
            missing += 1
            continue
        number = _number(value)
        if number is None:
            source, target = pairs[place]
            raise InputError(
                f"the {name} of the edge between {quote(source)} and {quote(target)} is no number",
                path=f"edges.{place}.{name}",
                expected="a valid number",
                got=value if str(value) else '""',
            )
        if not 0 <= number <= MAX_WEIGHT:
            raise bad_weight(*pairs[place], number, name)
        found[place] = number
    if not missing:
        return found, []
    have = "have" if missing != 1 else "has"
    cost = "cost" if missing != 1 else "costs"
    return found, [f"{missing:,} of {len(edges):,} edges {have} no {name} and {cost} 1"]


def _is_no_cost(name: str) -> bool:
    return plain(name) in _NO_COST or ways.is_way(name) or ways.says_open(name)


def usual(name: Any) -> bool:
    """Whether a name is a usual one of a cost.

    Example:
        >>> usual("Travel Time"), usual("lanes")
        (True, False)
    """
    return isinstance(name, str) and plain(name) in _USUAL


def is_number(value: Any) -> bool:
    """Whether a value is a number, or a text that is one.

    Example:
        >>> is_number("2.5"), is_number("2,5"), is_number(True)
        (True, False, False)
    """
    return _number(value) is not None


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        try:
            # Python also takes 1_000 and digits of other scripts.
            return float(value) if value.isascii() and "_" not in value else None
        except ValueError:
            return None
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        return None
    try:
        return float(value)
    except (OverflowError, TypeError):
        return None


class _Counts(NamedTuple):
    """On how many edges an attribute is, on how many a number, and a value such as "3 km"."""

    there: int = 0
    numbers: int = 0
    shown: str = ""
    amounts: int = 0


def _counts(edges: Iterable[Attributes]) -> dict[str, _Counts]:
    """What there is of each attribute."""
    found: dict[str, list[int]] = {}
    shown: dict[str, str] = {}
    for edge in edges:
        for name, value in edge.items():
            if value is None or not isinstance(name, str):
                continue
            there = found.setdefault(name, [0, 0, 0])
            there[0] += 1
            if is_number(value):
                there[1] += 1
            elif isinstance(value, str) and _AMOUNT.fullmatch(value.strip()):
                there[2] += 1
                shown.setdefault(name, value)
    return {
        name: _Counts(there, numbers, shown.get(name, ""), amounts)
        for name, (there, numbers, amounts) in found.items()
    }


def _are_times(edges: Sequence[Attributes], name: str) -> bool:
    """Whether an attribute holds Unix times, as temporal networks have them, and no amounts."""
    first = edges[0].get(name) if edges else None
    if not is_number(first) or not _TIMES[0] <= float(str(first)) < _TIMES[1]:
        return False
    values = [float(str(edge[name])) for edge in edges if is_number(edge.get(name))]
    return all(_TIMES[0] <= v < _TIMES[1] and v == int(v) for v in values)


def _is_doubtful(name: str) -> bool:
    """Whether a word in a name begins as those of numbers that may be best large."""
    starts = [*parts(name), plain(name)]
    starts += [word[3:] for word in starts if word.startswith("max")]
    return any(word.startswith(stem) for word in starts for stem in _DOUBTFUL)


def _named(wanted: str, present: Mapping[str, Any], numeric: Sequence[str]) -> str:
    """The attribute that somebody names, in the case in which edges carry it."""
    if wanted in present:
        return wanted
    alike = [name for name in present if plain(name) == plain(wanted)]
    if len(alike) == 1:
        return alike[0]
    near = nearest(wanted, present)
    known = ", ".join(f'"{name}"' for name in numeric[:8])
    raise OptionError(
        f"no edge has an attribute {quote(wanted)}",
        expected=f"{known} or none" if known else "none: no attribute of the edges holds numbers",
        hint=f'did you mean "{near}"?' if near else None,
    )


def _always_one(edges: Sequence[Attributes]) -> bool:
    return all(_number(edge.get("weight", 1)) == 1.0 for edge in edges)


def _said(name: str, others: Sequence[str]) -> str:
    more = ""
    if others:
        more = " (edges also carry " + ", ".join(f'"{other}"' for other in others[:6]) + ")"
    return f'the cost of an edge is its "{name}"{more}; --weight NAME or none chooses otherwise'


def _unread(name: str, value: str) -> str:
    return f'edges carry "{name}", such as {quote(value)}, which is not read: every edge costs 1'


def _unclear(names: Sequence[str], why: str = "") -> InputError:
    shown = ", ".join(f'"{name}"' for name in names[:8])
    return InputError(
        f"which of its attributes an edge costs is not clear: it has {shown}"
        + (f", {why}" if why and len(names) == 1 else f"; {why}" if why else ""),
        expected='one of them called "weight"',
        hint=f'say --weight "{names[0]}" (weight="{names[0]}" in Python), '
        "or --weight none where every edge costs 1",
    )
