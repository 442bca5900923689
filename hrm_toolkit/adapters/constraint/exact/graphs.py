"""What graphs force in the compiled search: one connected piece, or one loop.

``check_graph`` looks at a graph after all rows have been. ``graph_reason`` says afterwards, of a
literal that it forced, which literals had failed before and so forced it.
"""

from __future__ import annotations

from typing import cast

import numpy as np

from hrm_toolkit.adapters.constraint.exact.state import (
    ADJ_LIT_AT,
    ADJ_NODE_AT,
    ADJ_START_AT,
    BUFFER,
    BUFFER_AT,
    CONNECTED,
    G_KIND_AT,
    G_ROOT_AT,
    G_START_AT,
    NODE_LIT_AT,
    POS_AT,
    QUEUE_AT,
    STAMP,
    VALUE_AT,
    VISITED_AT,
    State,
)
from hrm_toolkit.adapters.constraint.exact.trail import assign, inner

# Plain constants would have functions compiled once for them and once for all other numbers.
_NOW, _NO_NODE, _ZERO = (cast(int, np.int64(number)) for number in (1 << 30, -1, 0))


@inner
def check_graph(s: State, graph: int) -> bool:
    """Force what the graph forces; False, and the conflict in ``buffer``, where it is broken."""
    if s.m[s.n[G_KIND_AT] + graph] == CONNECTED:
        return _check_piece(s, graph)
    return _check_loop(s, graph)


@inner
def graph_reason(s: State, graph: int, lit: int) -> None:
    """Put the literals that had failed before, and so forced ``lit``, into ``buffer``."""
    before = s.m[s.n[POS_AT] + (lit >> 1)]
    if s.m[s.n[G_KIND_AT] + graph] != CONNECTED:
        _loop_reason(s, graph, lit ^ 1, before)
        return
    for node in range(s.m[s.n[G_START_AT] + graph], s.m[s.n[G_START_AT] + graph + 1]):
        if s.m[s.n[NODE_LIT_AT] + node] == lit ^ 1 and _cut_off(s, graph, node, before):
            return
        if s.m[s.n[NODE_LIT_AT] + node] == lit:
            for k in range(s.m[s.n[ADJ_START_AT] + node], s.m[s.n[ADJ_START_AT] + node + 1]):
                near = s.m[s.n[ADJ_NODE_AT] + k]
                if _is(s, s.m[s.n[NODE_LIT_AT] + near], 1, before) and _only_way(
                    s, graph, near, node, before
                ):
                    return


@inner
def _is(s: State, lit: int, value: int, before: int) -> bool:
    """Whether a literal had a value before a place on the trail."""
    return bool(s.m[s.n[VALUE_AT] + lit] == value and s.m[s.n[POS_AT] + (lit >> 1)] < before)


@inner
def _flood(s: State, first: int, before: int, held: bool) -> int:
    """Visit the nodes that hang together with ``first``; how many, listed in ``queue``.

    Args:
        before: as things stood before this place on the trail.
        held: over nodes that hold; else over all that have not failed.
    """
    s.n[STAMP] += 1
    stamp, at, end = s.n[STAMP], 0, 1
    s.m[s.n[QUEUE_AT] + 0] = first
    s.m[s.n[VISITED_AT] + first] = stamp
    while at < end:
        node = s.m[s.n[QUEUE_AT] + at]
        at += 1
        for k in range(s.m[s.n[ADJ_START_AT] + node], s.m[s.n[ADJ_START_AT] + node + 1]):
            near = s.m[s.n[ADJ_NODE_AT] + k]
            if s.m[s.n[VISITED_AT] + near] == stamp:
                continue
            lit = s.m[s.n[NODE_LIT_AT] + near]
            fits = _is(s, lit, 1, before) if held else not _is(s, lit, -1, before)
            if fits:
                s.m[s.n[VISITED_AT] + near] = stamp
                s.m[s.n[QUEUE_AT] + end] = near
                end += 1
    return end


@inner
def _border(s: State, size: int, but: int, before: int) -> bool:
    """Add the failed literals around the ``size`` visited nodes to ``buffer``.

    Returns:
        whether no other stands there, node ``but`` aside.
    """
    stamp = s.n[STAMP]
    for at in range(size):
        node = s.m[s.n[QUEUE_AT] + at]
        for k in range(s.m[s.n[ADJ_START_AT] + node], s.m[s.n[ADJ_START_AT] + node + 1]):
            near = s.m[s.n[ADJ_NODE_AT] + k]
            if s.m[s.n[VISITED_AT] + near] == stamp or near == but:
                continue
            lit = s.m[s.n[NODE_LIT_AT] + near]
            if not _is(s, lit, -1, before):
                return False
            s.m[s.n[VISITED_AT] + near] = stamp
            s.m[s.n[BUFFER_AT] + s.n[BUFFER]] = lit
            s.n[BUFFER] += 1
    return True


@inner
def _outside(s: State, graph: int, before: int) -> int:
    """A node that holds and is not visited, the root where it is one; -1 where there is none."""
    root, stamp = s.m[s.n[G_ROOT_AT] + graph], s.n[STAMP]
    if (
        root >= 0
        and s.m[s.n[VISITED_AT] + root] != stamp
        and _is(s, s.m[s.n[NODE_LIT_AT] + root], 1, before)
    ):
        return int(root)
    for node in range(s.m[s.n[G_START_AT] + graph], s.m[s.n[G_START_AT] + graph + 1]):
        if s.m[s.n[VISITED_AT] + node] != stamp and _is(s, s.m[s.n[NODE_LIT_AT] + node], 1, before):
            return node
    return -1


@inner
def _cut_off(s: State, graph: int, node: int, before: int) -> bool:
    """The reason why a node fails: no way leads to one that holds."""
    size = _flood(s, node, before, False)
    other = _outside(s, graph, before)
    if other < 0:
        return False
    s.m[s.n[BUFFER_AT] + 0] = s.m[s.n[NODE_LIT_AT] + other] ^ 1
    s.n[BUFFER] = 1
    return _border(s, size, _NO_NODE, before)


@inner
def _only_way(s: State, graph: int, held: int, node: int, before: int) -> bool:
    """The reason why a node holds: nodes that do, ``held`` among them, have no other way out."""
    size = _flood(s, held, before, True)
    other = _outside(s, graph, before)
    if other < 0:
        return False
    s.m[s.n[BUFFER_AT] + 0], s.m[s.n[BUFFER_AT] + 1] = (
        s.m[s.n[NODE_LIT_AT] + held] ^ 1,
        s.m[s.n[NODE_LIT_AT] + other] ^ 1,
    )
    s.n[BUFFER] = 2
    return _border(s, size, node, before)


@inner
def _check_piece(s: State, graph: int) -> bool:
    first, end = s.m[s.n[G_START_AT] + graph], s.m[s.n[G_START_AT] + graph + 1]
    begin, total = s.m[s.n[G_ROOT_AT] + graph], _ZERO
    for node in range(first, end):
        if s.m[s.n[VALUE_AT] + s.m[s.n[NODE_LIT_AT] + node]] == 1:
            total += 1
            if begin < 0:
                begin = node
    if begin < 0 or s.m[s.n[VALUE_AT] + s.m[s.n[NODE_LIT_AT] + begin]] != 1:
        return True
    _flood(s, begin, _NOW, False)
    stamp = s.n[STAMP]
    for node in range(first, end):
        lit = s.m[s.n[NODE_LIT_AT] + node]
        if s.m[s.n[VISITED_AT] + node] == stamp or s.m[s.n[VALUE_AT] + lit] == -1:
            continue
        if s.m[s.n[VALUE_AT] + lit] == 1:
            _cut_off(s, graph, node, _NOW)
            s.m[s.n[BUFFER_AT] + s.n[BUFFER]] = lit ^ 1
            s.n[BUFFER] += 1
            return False
        assign(s, lit ^ 1, -2 - graph)
    if total > 1:
        _check_ways(s, graph, total)
    return True


@inner
def _check_ways(s: State, graph: int, total: int) -> None:
    """Where nodes that hold can only be left through one open node, that one holds."""
    first = s.n[STAMP] + 1
    for begin in range(s.m[s.n[G_START_AT] + graph], s.m[s.n[G_START_AT] + graph + 1]):
        if (
            s.m[s.n[VISITED_AT] + begin] >= first
            or s.m[s.n[VALUE_AT] + s.m[s.n[NODE_LIT_AT] + begin]] != 1
        ):
            continue
        size = _flood(s, begin, _NOW, True)
        if size == total:
            return
        way, several = -1, False
        for at in range(size):
            node = s.m[s.n[QUEUE_AT] + at]
            for k in range(s.m[s.n[ADJ_START_AT] + node], s.m[s.n[ADJ_START_AT] + node + 1]):
                near = s.m[s.n[ADJ_NODE_AT] + k]
                if s.m[s.n[VALUE_AT] + s.m[s.n[NODE_LIT_AT] + near]] == 0 and near != way:
                    several = way >= 0
                    way = near
            if several:
                break
        if way >= 0 and not several:
            # What follows from it is looked at before the rest is.
            assign(s, s.m[s.n[NODE_LIT_AT] + way], -2 - graph)
            return


@inner
def _walk(s: State, begin: int, before: int) -> int:
    """Follow the edges that hold from a node, listing them in ``queue`` from place 0 on as
    literals; the last node. A loop ends where it began.
    """
    s.n[STAMP] += 1
    stamp, node, count, came = s.n[STAMP], begin, 0, -1
    s.m[s.n[VISITED_AT] + node] = stamp
    while True:
        further = -1
        for k in range(s.m[s.n[ADJ_START_AT] + node], s.m[s.n[ADJ_START_AT] + node + 1]):
            lit = s.m[s.n[ADJ_LIT_AT] + k]
            if lit != came and _is(s, lit, 1, before):
                further, came = s.m[s.n[ADJ_NODE_AT] + k], lit
                break
        if further < 0:
            break
        s.m[s.n[QUEUE_AT] + count] = came
        count += 1
        node = further
        if s.m[s.n[VISITED_AT] + node] == stamp:
            break
        s.m[s.n[VISITED_AT] + node] = stamp
    s.n[BUFFER] = count
    return node


@inner
def _other_edge(s: State, graph: int, before: int) -> int:
    """An edge that holds and meets no visited node; -1 where there is none."""
    stamp = s.n[STAMP]
    for node in range(s.m[s.n[G_START_AT] + graph], s.m[s.n[G_START_AT] + graph + 1]):
        if s.m[s.n[VISITED_AT] + node] != stamp:
            for k in range(s.m[s.n[ADJ_START_AT] + node], s.m[s.n[ADJ_START_AT] + node + 1]):
                if _is(s, s.m[s.n[ADJ_LIT_AT] + k], 1, before):
                    return int(s.m[s.n[ADJ_LIT_AT] + k])
    return -1


@inner
def _walked(s: State, other: int) -> None:
    """Fill ``buffer`` with the edges that ``_walk`` listed and one more, as literals that fail."""
    count = s.n[BUFFER]
    for k in range(count):
        s.m[s.n[BUFFER_AT] + k] = s.m[s.n[QUEUE_AT] + k] ^ 1
    s.m[s.n[BUFFER_AT] + count] = other ^ 1
    s.n[BUFFER] = count + 1


@inner
def _degree(s: State, node: int) -> int:
    count = 0
    for k in range(s.m[s.n[ADJ_START_AT] + node], s.m[s.n[ADJ_START_AT] + node + 1]):
        count += s.m[s.n[VALUE_AT] + s.m[s.n[ADJ_LIT_AT] + k]] == 1
    return count


@inner
def _check_loop(s: State, graph: int) -> bool:
    """No loop closes while a line lies elsewhere."""
    first, end = s.m[s.n[G_START_AT] + graph], s.m[s.n[G_START_AT] + graph + 1]
    seen = s.n[STAMP] + 1
    for begin in range(first, end):
        if s.m[s.n[VISITED_AT] + begin] >= seen or _degree(s, begin) != 1:
            continue
        last = _walk(s, begin, _NOW)
        for k in range(s.m[s.n[ADJ_START_AT] + begin], s.m[s.n[ADJ_START_AT] + begin + 1]):
            lit = s.m[s.n[ADJ_LIT_AT] + k]
            closing = s.m[s.n[ADJ_NODE_AT] + k] == last and s.m[s.n[VALUE_AT] + lit] == 0
            if closing and _other_edge(s, graph, _NOW) >= 0:
                assign(s, lit ^ 1, -2 - graph)
                return True
    for begin in range(first, end):
        if s.m[s.n[VISITED_AT] + begin] >= seen or _degree(s, begin) == 0:
            continue
        _walk(s, begin, _NOW)
        other = _other_edge(s, graph, _NOW)
        if other >= 0:
            _walked(s, other)
            return False
    return True


@inner
def _loop_reason(s: State, graph: int, edge: int, before: int) -> None:
    """Why an edge fails: it would close a loop while a line lies elsewhere."""
    for node in range(s.m[s.n[G_START_AT] + graph], s.m[s.n[G_START_AT] + graph + 1]):
        for k in range(s.m[s.n[ADJ_START_AT] + node], s.m[s.n[ADJ_START_AT] + node + 1]):
            if (
                s.m[s.n[ADJ_LIT_AT] + k] == edge
                and _walk(s, node, before) == s.m[s.n[ADJ_NODE_AT] + k]
            ):
                _walked(s, _other_edge(s, graph, before))
                return
